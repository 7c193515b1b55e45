#include "sql/java_regex.h"

#include <gtest/gtest.h>

namespace oresmith::sql {
namespace {

std::string Translated(std::string_view pattern) {
  const auto regex = TranslateJavaRegex(pattern);
  if (!regex) return regex.error().message;
  return (regex->needs_pcre ? "pcre " : "re2 ") + regex->text;
}

// What both engines read as Java does stays with the fast one.
TEST(JavaRegex, PlainPatternsStayWithRe2) {
  EXPECT_EQ(Translated("a-[b-d]+(e|f){2,3}"), "re2 a\\x{2d}[b-d]+(e|f){2,3}");
  EXPECT_EQ(Translated("\\d\\w\\."), "re2 [0-9][a-zA-Z0-9_]\\x{2e}");
  EXPECT_EQ(Translated("."), "re2 [^\\n\\r\\x{85}\\x{2028}\\x{2029}]");
  EXPECT_EQ(Translated("(?s)."), "re2 (?s:.)");
  EXPECT_EQ(Translated("(?<n>a)\\Qb.\\E"), "re2 (?P<n>a)b\\x{2e}");
}

TEST(JavaRegex, WhatRe2LacksOrReadsOtherwiseGoesToPcre) {
  EXPECT_EQ(Translated("a(?=b)"), "pcre a(?=b)");
  EXPECT_EQ(Translated("(a)\\1"), "pcre (a)\\g{1}");
  EXPECT_EQ(Translated("a++"), "pcre a++");
  EXPECT_EQ(Translated("(?i)a1"), "pcre [aA]1");
  EXPECT_EQ(Translated("[a-z&&[^b]]"), "pcre (?:(?:(?=[a-z])(?:[^b])))");
  EXPECT_EQ(Translated("[a[x-z]]"), "pcre [ax-z]");
  EXPECT_EQ(Translated("(a|b*)"), "pcre (a|b*)");
}

TEST(JavaRegex, ErrorsNameTheCharacterOfThePattern) {
  EXPECT_EQ(Translated("é(a"), "the pattern 'é(a' at its character 4: ')' is missing");
  EXPECT_EQ(Translated("a**"),
            "the pattern 'a**' at its character 3: nothing is there to be repeated");
  EXPECT_EQ(Translated("(?x)a"),
            "the pattern '(?x)a' at its character 3: the flag x is not supported");
  EXPECT_EQ(Translated("a{2,1}"),
            "the pattern 'a{2,1}' at its character 6: the second number is less than the first");
  EXPECT_EQ(Translated("\\p{Foo}"),
            "the pattern '\\p{Foo}' at its character 8: \\p{Foo} is not supported");
}

TEST(JavaRegex, DeepNestingIsRefused) {
  const auto regex = TranslateJavaRegex(std::string(100'000, '(') + std::string(100'000, ')'));
  ASSERT_FALSE(regex);
  EXPECT_EQ(regex.error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace oresmith::sql
