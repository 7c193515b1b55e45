#include "cli/text_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

TEST(TextTable, AlignsByTheWidestCellAndLeavesNoSpaceAtTheEnd) {
  TextTable table({{"name"}, {"rows", true}, {"state"}});
  table.Add({"Gdańsk", "1,000", "ok"});
  table.Add({"x", "7", ""});
  EXPECT_THAT(table.Lines(), testing::ElementsAre("name     rows  state",  //
                                                  "Gdańsk  1,000  ok",     //
                                                  "x           7"));
}

TEST(WithThousands, GroupsThreeDigits) {
  EXPECT_EQ(WithThousands(0), "0");
  EXPECT_EQ(WithThousands(999), "999");
  EXPECT_EQ(WithThousands(1000), "1,000");
  EXPECT_EQ(WithThousands(1234567), "1,234,567");
  EXPECT_EQ(WithThousands(-1234), "-1,234");
  EXPECT_EQ(WithThousands(-123), "-123");
}

TEST(ElapsedText, ChoosesTheUnit) {
  EXPECT_EQ(ElapsedText(0), "0.0 s");
  EXPECT_EQ(ElapsedText(12'345), "12.3 s");
  EXPECT_EQ(ElapsedText(125'000), "2 min 5 s");
  EXPECT_EQ(ElapsedText(7'260'000), "2 h 1 min");
}

TEST(ShellWord, QuotesOnlyWhatAShellWouldTakeApart) {
  EXPECT_EQ(ShellWord("examples/retail"), "examples/retail");
  EXPECT_EQ(ShellWord("my shop"), "'my shop'");
  EXPECT_EQ(ShellWord("it's"), "'it'\\''s'");
  EXPECT_EQ(ShellWord(""), "''");
}

}  // namespace
}  // namespace oresmith::cli
