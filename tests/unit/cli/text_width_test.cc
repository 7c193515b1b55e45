#include "cli/text_width.h"

#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("Gdańsk"), 6);
  EXPECT_EQ(DisplayWidth("東京"), 4);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);  // e and a combining accent
  EXPECT_EQ(DisplayWidth("☕"), 1);
  EXPECT_EQ(DisplayWidth("🍵"), 2);
  EXPECT_EQ(DisplayWidth(""), 0);
}

TEST(DisplayWidth, BrokenUtf8IsOneColumnAByte) {
  EXPECT_EQ(DisplayWidth("a\xff\xfe"), 3);
  EXPECT_EQ(DisplayWidth("\xC5"), 1);          // cut off
  EXPECT_EQ(DisplayWidth("\xC0\xAF"), 2);      // overlong
  EXPECT_EQ(DisplayWidth("\xED\xA0\x80"), 3);  // a surrogate
}

TEST(CutTo, LeavesWhatFitsAndMarksWhatDoesNot) {
  EXPECT_EQ(CutTo("silver", 6), "silver");
  EXPECT_EQ(CutTo("silver", 5), "silv…");
  EXPECT_EQ(CutTo("東京都", 4), "東…");  // a wide character is not halved
}

TEST(Pad, FillsUpToTheWidthAndNeverCuts) {
  EXPECT_EQ(PadRight("ń", 3), "ń  ");
  EXPECT_EQ(PadLeft("12", 4), "  12");
  EXPECT_EQ(PadLeft("12345", 4), "12345");
}

}  // namespace
}  // namespace oresmith::cli
