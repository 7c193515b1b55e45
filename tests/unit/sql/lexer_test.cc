#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/lexer_internal.h"
#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// word:a symbol:+ ..., a kind and the text of each token.
std::string Tokens(std::string_view sql) {
  constexpr const char* kKinds[] = {"",       "word",   "name",     "number", "string",
                                    "binary", "symbol", "cell-end", "bad"};
  std::string text;
  for (const Token& token : Tokenize(sql).tokens) {
    if (token.kind == TokenKind::kEnd) break;
    if (!text.empty()) text += ' ';
    text += fmt::format("{}:{}", kKinds[static_cast<int>(token.kind)],
                        sql.substr(token.begin, token.end - token.begin));
  }
  return text;
}

TEST(Lexer, NumbersTakeTheirSuffixAndExponent) {
  EXPECT_EQ(Tokens("1 1L 2y 3S 4.5 .5 6. 1e3 1.5E-3 7BD 8.0f 9d"),
            "number:1 number:1L number:2y number:3S number:4.5 number:.5 number:6. number:1e3 "
            "number:1.5E-3 number:7BD number:8.0f number:9d");
}

TEST(Lexer, NamesMayBeginWithDigits) {
  EXPECT_EQ(Tokens("2024_orders 1st t.2nd_try"),
            "word:2024_orders word:1st word:t symbol:. word:2nd_try");
}

TEST(Lexer, LongestSymbolWins) {
  EXPECT_EQ(Tokens("a<=>b<=c->d=>e::f||g>>>h!=i"),
            "word:a symbol:<=> word:b symbol:<= word:c symbol:-> word:d symbol:=> word:e symbol::: "
            "word:f symbol:|| word:g symbol:>>> word:h symbol:!= word:i");
}

TEST(Lexer, CommentsAreBlank) {
  EXPECT_EQ(Tokens("a -- b\nc /* d /* nested */ e */ f -- COMMAND ----------\n-- MAGIC %md x\ng"),
            "word:a word:c word:f word:g");
  EXPECT_EQ(Tokens("a -- b \\\n still the comment\nc"), "word:a word:c");
  EXPECT_EQ(Tokens("a--"), "word:a");
}

TEST(Lexer, TheLineBetweenTwoCellsOfANotebookEndsAStatement) {
  EXPECT_EQ(Tokens("a\n-- COMMAND ----------\nb"), "word:a cell-end:-- COMMAND ---------- word:b");
}

TEST(Lexer, SpacesOfEditorsAreBlank) {
  EXPECT_EQ(Tokens("\xEF\xBB\xBF"
                   "a\xC2\xA0"
                   "b\xE2\x80\x8B"),
            "word:a word:b");
}

TEST(Lexer, QuotesHoldEachOther) {
  EXPECT_EQ(Tokens(R"('a"b' "it's" 'a\'b' 'it''s' `a``b`)"),
            R"(string:'a"b' string:"it's" string:'a\'b' string:'it''s' name:`a``b`)");
  EXPECT_EQ(Tokens(R"(r'\' R"\d" x'1A' X"" xr'a')"),
            R"(string:r'\' string:R"\d" binary:x'1A' binary:X"" word:xr string:'a')");
}

TEST(Lexer, ValuesAreUnescaped) {
  EXPECT_EQ(StringValue(R"('a\n\u0041''b')"), "a\nA'b");
  EXPECT_EQ(StringValue(R"(r'a\n')"), "a\\n");
  EXPECT_EQ(BinaryValue("X'41f'"), std::string("\x04\x1F"));
  EXPECT_EQ(NameValue("`a``b c`"), "a`b c");
}

TEST(Lexer, AnOpenQuoteIsReportedWhereItOpens) {
  EXPECT_EQ(ErrorsOf("SELECT 1,\n  'abc FROM t;\nSELECT 2"),
            "2:3 parse: this quote ' is never closed [add the closing ']\n");
  EXPECT_THAT(ErrorsOf("SELECT `abc"), StartsWith("1:8 parse: this quote ` is never closed"));
  EXPECT_THAT(ErrorsOf("SELECT r\"abc"), StartsWith("1:8 parse: this quote \" is never closed"));
  EXPECT_THAT(ErrorsOf("SELECT 1 /* x"), StartsWith("1:10 parse: this comment is never closed"));
}

TEST(Lexer, StrangeBytesAreNamed) {
  EXPECT_THAT(ErrorsOf(std::string_view("SELECT a\0b", 10)),
              StartsWith("1:9 parse: unexpected byte 0x00"));
  EXPECT_THAT(ErrorsOf("SELECT a # b"), StartsWith("1:10 parse: unexpected character '#'"));
  EXPECT_THAT(ErrorsOf("SELECT \xE2\x80\x98x\xE2\x80\x99"), HasSubstr("typographic quote"));
  EXPECT_THAT(ErrorsOf("SELECT größe"), HasSubstr("[write `größe`]"));
  EXPECT_THAT(ErrorsOf("SELECT ${x}"), HasSubstr("was not replaced"));
  EXPECT_THAT(ErrorsOf("SELECT X'1G'"), HasSubstr("hexadecimal"));
  EXPECT_THAT(ErrorsOf("SELECT ``"), HasSubstr("a quoted name is empty"));
}

}  // namespace
}  // namespace oresmith::sql
