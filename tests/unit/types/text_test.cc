#include "types/text.h"

#include <gtest/gtest.h>

namespace oresmith::types {
namespace {

TEST(UnescapeString, ResolvesSparksEscapes) {
  EXPECT_EQ(UnescapeString(R"(a\nb\t\'\"\\)", '\''), "a\nb\t'\"\\");
  EXPECT_EQ(UnescapeString(R"(\u0041\101\U0001F600)", '\''), "AA\xF0\x9F\x98\x80");
  EXPECT_EQ(UnescapeString(R"(\ud83d\ude00)", '\''), "\xF0\x9F\x98\x80");
  EXPECT_EQ(UnescapeString(R"(\ud83d)", '\''), "?");
  EXPECT_EQ(UnescapeString(R"(\0)", '\''), std::string(1, '\0'));
  EXPECT_EQ(UnescapeString(R"(\d+\q)", '\''), "d+q");
}

// LIKE patterns need them: '100\%' looks for a percent sign.
TEST(UnescapeString, KeepsTheBackslashOfLikeWildcards) {
  EXPECT_EQ(UnescapeString(R"(100\%\_)", '\''), R"(100\%\_)");
}

TEST(UnescapeString, HalvesDoubledQuotes) {
  EXPECT_EQ(UnescapeString("it''s \"\"", '\''), "it's \"\"");
  EXPECT_EQ(UnescapeString("a\"\"b", '"'), "a\"b");
}

TEST(UnescapeString, ToleratesCutEscapes) {
  EXPECT_EQ(UnescapeString(R"(\)", '\''), R"(\)");
  EXPECT_EQ(UnescapeString(R"(\u12)", '\''), "u12");
  EXPECT_EQ(UnescapeString(R"(\1)", '\''), "1");
}

TEST(QuoteNameIfNeeded, QuotesWhatIsNotALettersDigitsName) {
  EXPECT_EQ(QuoteNameIfNeeded("order_id"), "order_id");
  EXPECT_EQ(QuoteNameIfNeeded("1st"), "`1st`");
  EXPECT_EQ(QuoteNameIfNeeded("a`b"), "`a``b`");
  EXPECT_EQ(QuoteNameIfNeeded(""), "``");
}

}  // namespace
}  // namespace oresmith::types
