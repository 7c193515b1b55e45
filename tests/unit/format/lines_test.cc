#include "format/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::format {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Lines, EachKindOfLineEndCountsOnce) {
  const std::string_view text = "a\r\nb\n\nc\rd\r\re";
  EXPECT_THAT(SplitLines(text), ElementsAre("a", "b", "", "c", "d", "", "e"));
  EXPECT_EQ(CountLines(text), 7);
}

TEST(Lines, AnEndAtTheEndMakesNoFurtherLine) {
  EXPECT_THAT(SplitLines("a\n"), ElementsAre("a"));
  EXPECT_EQ(CountLines("a\n"), 1);
  EXPECT_THAT(SplitLines("a\r"), ElementsAre("a"));
  EXPECT_EQ(CountLines("a\r"), 1);
  EXPECT_THAT(SplitLines(""), IsEmpty());
  EXPECT_EQ(CountLines(""), 0);
}

// A chunk that ends between \r and \n would count one line end twice.
TEST(Lines, AChunkIsNotCutBetweenCarriageReturnAndLineFeed) {
  EXPECT_EQ(WholeLinesSize("ab\r"), 0U);
  EXPECT_EQ(WholeLinesSize("ab\rc"), 3U);
  EXPECT_EQ(WholeLinesSize("ab\r\nc"), 4U);
  EXPECT_EQ(WholeLinesSize("ab"), 0U);
}

}  // namespace
}  // namespace oresmith::format
