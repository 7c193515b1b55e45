#include "cli/render_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Error ErrorAt(SourcePlace place) {
  return MakeError(ErrorKind::kInvalidInput, "it is wrong").At(std::move(place));
}

TEST(RenderError, PlaceLineCaretNoteAndFixStandInThisForm) {
  const Error error =
      MakeError(
          ErrorKind::kInvalidInput,
          "cannot evolve silver.orders: a column may widen, not change: amount DOUBLE -> STRING")
          .At(SourcePlace{.file = "orders.sql",
                          .line = 14,
                          .column = 10,
                          .length = 6,
                          .line_text = "  amount STRING,"})
          .WithNote("version 41 in /data/silver/orders has amount DOUBLE")
          .WithFix("write CAST(amount AS DOUBLE) in the query");
  EXPECT_EQ(RenderError(error, {}),
            "orders.sql:14:10: error: cannot evolve silver.orders: a column may widen, not change: "
            "amount DOUBLE -> STRING\n"
            "   14 |   amount STRING,\n"
            "      |          ^~~~~~\n"
            "note: version 41 in /data/silver/orders has amount DOUBLE\n"
            "fix:  write CAST(amount AS DOUBLE) in the query\n");
}

TEST(RenderError, WithoutAPlaceThereIsOnlyTheMessage) {
  EXPECT_EQ(RenderError(MakeError(ErrorKind::kNotFound, "load shop: no such folder"), {}),
            "error: load shop: no such folder\n");
}

TEST(RenderError, AWarningSaysSo) {
  EXPECT_EQ(RenderError(MakeError(ErrorKind::kBadRecord, "x"), {.severity = Severity::kWarning}),
            "warning: x\n");
}

// The caret must stand below the character, not below the byte.
TEST(RenderError, TheCaretCountsCodePointsTabsAndWideCharacters) {
  EXPECT_THAT(RenderError(ErrorAt({"a.sql", 1, 6, 2, "'Gdań' xy"}), {}),
              HasSubstr("    1 | 'Gdań' xy\n      |      ^~\n"));
  EXPECT_THAT(RenderError(ErrorAt({"a.sql", 1, 2, 1, "\tx"}), {}),
              HasSubstr("    1 | \tx\n      | \t^\n"));
  EXPECT_THAT(RenderError(ErrorAt({"a.sql", 1, 3, 1, "日本x"}), {}),
              HasSubstr("    1 | 日本x\n      |     ^\n"));
}

TEST(RenderError, WhatIsMissingAtTheEndOfALineHasItsCaretThere) {
  EXPECT_THAT(RenderError(ErrorAt({"a.sql", 3, 9, 1, "SELECT a"}), {}),
              HasSubstr("    3 | SELECT a\n      |         ^\n"));
}

TEST(RenderError, AnUnderlineEndsWithItsLine) {
  EXPECT_THAT(RenderError(ErrorAt({"a.sql", 3, 8, 100, "SELECT a,"}), {}),
              HasSubstr("      |        ^~\n"));
}

// A line of JSON may have a megabyte; the terminal gets the part that matters.
TEST(RenderError, ALongLineIsShownAroundTheCaret) {
  const std::string text =
      RenderError(ErrorAt({"a.json", 1, 500'001, 1,
                           std::string(500'000, 'a') + "X" + std::string(500'000, 'b')}),
                  {});
  EXPECT_LT(text.size(), 600U);
  EXPECT_THAT(text, HasSubstr("…aaaa"));
  const size_t line_start = text.find("…");
  const size_t x = text.find('X');
  const size_t caret_line = text.find("      | ");
  const size_t caret = text.find('^');
  // The ellipsis is three bytes and one column.
  EXPECT_EQ(x - line_start - 2, caret - caret_line - std::string_view("      | ").size());
}

// A bad record may hold anything, also an escape sequence that would rewrite the terminal.
TEST(RenderError, ForeignControlCharactersAndBrokenUtf8AreMadeVisible) {
  const std::string text = RenderError(
      MakeError(ErrorKind::kBadRecord, "record \x1b[2J\xff is bad").WithNote("a\rb"), {});
  EXPECT_THAT(text, HasSubstr("record \\x1b[2J\xEF\xBF\xBD is bad"));
  EXPECT_THAT(text, HasSubstr("note: a\\x0db"));
}

TEST(RenderError, FurtherLinesOfAMessageAreSetIn) {
  EXPECT_EQ(RenderError(MakeError(ErrorKind::kInvalidInput, "two\nlines").WithFix("a\nb"), {}),
            "error: two\n  lines\nfix:  a\n      b\n");
}

TEST(RenderError, ColourStandsOnlyWhereItWasAskedFor) {
  const Error error = ErrorAt({"a.sql", 1, 1, 1, "x"});
  EXPECT_THAT(RenderError(error, {.color = true}), HasSubstr("\033[1;31merror:\033[0m"));
  EXPECT_THAT(RenderError(error, {.color = false}), Not(HasSubstr("\033")));
}

TEST(RenderErrors, ABlankLineStandsBetweenTwo) {
  EXPECT_EQ(RenderErrors(
                {MakeError(ErrorKind::kNotFound, "a"), MakeError(ErrorKind::kNotFound, "b")}, {}),
            "error: a\n\nerror: b\n");
}

}  // namespace
}  // namespace oresmith::cli
