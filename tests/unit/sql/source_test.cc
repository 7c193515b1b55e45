#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/parser.h"
#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

using Values = std::map<std::string, std::string>;

std::string Substituted(std::string_view text, const Values& values) {
  const Result<SourceText> result = SubstituteParameters("test.sql", std::string(text), values);
  return result ? std::string(result->text()) : ErrorText(result.error());
}

TEST(SourceText, PlacesCountLinesAndCodePoints) {
  const SourceText source("a.sql", "SELECT\r\n  'äö' AS x,\n");
  const SourcePlace place = source.Place({17, 19});
  EXPECT_EQ(place.file, "a.sql");
  EXPECT_EQ(place.line, 2);
  EXPECT_EQ(place.column, 8);
  EXPECT_EQ(place.length, 2);
  EXPECT_EQ(place.line_text, "  'äö' AS x,");
}

TEST(SourceText, PlacesAtTheEndAndPastItAreInTheText) {
  const SourceText source("a.sql", "SELECT");
  EXPECT_EQ(source.Place({6, 6}).column, 7);
  EXPECT_EQ(source.Place({6, 6}).length, 1);
  EXPECT_EQ(source.Place({100, 200}).column, 7);
  EXPECT_EQ(SourceText("a.sql", "").Place({0, 0}).line, 1);
  EXPECT_EQ(SourceText("a.sql", "a\n").Place({2, 2}).line, 2);
}

TEST(SourceText, ASpanOfSeveralLinesIsUnderlinedToTheEndOfItsFirst) {
  const SourceText source("a.sql", "SELECT\na");
  EXPECT_EQ(source.Place({0, 8}).length, 6);
}

// Errors carry the line; a generated statement in one line must not copy megabytes into each.
// The line is shown with an error, and so ends up in logs.
TEST(SourceText, SecretsOfOptionsAreNotShown) {
  const SourceText source("a.sql",
                          "read_kafka(`kafka.sasl.password` => 'hun\\'ter2', 'sasl.JAAS.config' = "
                          "\"p='x'\", topic => 't'");
  EXPECT_EQ(
      source.Place({0, 4}).line_text,
      "read_kafka(`kafka.sasl.password` => '*********', 'sasl.JAAS.config' = \"*****\", topic => "
      "'t'");
}

TEST(SourceText, AVeryLongLineIsLeftOut) {
  const SourceText source("a.sql", std::string(1 << 20, 'x'));
  EXPECT_EQ(source.Place({5, 6}).line_text, "");
  EXPECT_EQ(source.Place({5, 6}).column, 6);
}

TEST(SubstituteParameters, ReplacesEverywhereButInComments) {
  EXPECT_EQ(
      Substituted("SELECT '${a}' FROM `${b}`.${ b } -- ${undefined}\n/* ${too} */ ${env:HOME}",
                  {{"a", "it"}, {"b", "t"}, {"env:HOME", "/root"}}),
      "SELECT 'it' FROM `t`.t -- ${undefined}\n/* ${too} */ /root");
}

// A value may be a secret, and may have another length or lines of its own.
TEST(SubstituteParameters, PlacesAreThoseOfTheFileAsItWasWritten) {
  const auto source = SubstituteParameters("a.sql", "SELECT '${a}', ${b}\nFROM ${a} WHERE x",
                                           {{"a", "a\nlong secret"}, {"b", ""}});
  ASSERT_TRUE(source);
  ASSERT_EQ(source->text(), "SELECT 'a\nlong secret', \nFROM a\nlong secret WHERE x");
  const auto place_of = [&](std::string_view word) {
    const auto begin = static_cast<uint32_t>(source->text().rfind(word));
    return source->Place({begin, begin + static_cast<uint32_t>(word.size())});
  };
  EXPECT_EQ(place_of("x").line, 2);
  EXPECT_EQ(place_of("x").column, 17);
  EXPECT_EQ(place_of("x").line_text, "FROM ${a} WHERE x");
  EXPECT_EQ(place_of("secret").column, 6);
  EXPECT_EQ(place_of("secret").length, 4);
  EXPECT_EQ(place_of("FROM").column, 1);
  EXPECT_EQ(place_of("SELECT").line_text, "SELECT '${a}', ${b}");
}

TEST(SubstituteParameters, AValueIsNotReplacedAgain) {
  EXPECT_EQ(Substituted("${a}", {{"a", "${b}"}, {"b", "c"}}), "${b}");
}

TEST(SubstituteParameters, ADashDashInsideAStringIsNoComment) {
  EXPECT_EQ(Substituted("'--' ${a} 'it\\'s -- ${a}' \"/*\" ${a}", {{"a", "1"}}),
            "'--' 1 'it\\'s -- 1' \"/*\" 1");
  EXPECT_EQ(Substituted("r'\\' -- ${x}", {}), "r'\\' -- ${x}");
}

TEST(SubstituteParameters, AnUndefinedKeyNamesTheNearest) {
  EXPECT_EQ(Substituted("SELECT 1,\n ${landng}", {{"landing", "x"}}),
            "2:2 parse: ${landng} is not defined [did you mean ${landing}?]");
  EXPECT_EQ(Substituted("${path}", {}),
            "1:1 parse: ${path} is not defined [add path to the configuration, or run with --set "
            "path=VALUE]");
  EXPECT_EQ(
      Substituted("${env:ORDERS_DIR}", {}),
      "1:1 parse: ${env:ORDERS_DIR} is not defined [set the environment variable ORDERS_DIR]");
}

TEST(SubstituteParameters, AnOpenBraceIsAnErrorAndADollarAloneIsNot) {
  EXPECT_EQ(Substituted("a\n${b\n}", {{"b", "x"}}),
            "2:1 parse: this ${ is never closed by a } in its line");
  EXPECT_EQ(Substituted("'$ConnectionString' $x $", {}), "'$ConnectionString' $x $");
  EXPECT_EQ(Substituted("'^a$\\{2}'", {}), "'^a$\\{2}'");
}

}  // namespace
}  // namespace oresmith::sql
