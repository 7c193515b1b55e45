#pragma once

// Pipeline text to syntax trees: a hand-written lexer and a recursive-descent parser with
// precedence climbing. Pure: no I/O, no names, no types.

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"

namespace oresmith::sql {

/// A `${key}` that was replaced, as offsets: of its value in the text, and of itself in the file.
struct Replacement {
  Span value;
  Span key;
};

/// One file of SQL text after `${}` was replaced, and as it was written. Immutable; statements
/// refer to it by Span.
class SourceText {
 public:
  SourceText(std::string file, std::string text);
  /// `written` became `text` by `replacements` (in their order).
  SourceText(std::string file, std::string text, std::string written,
             std::vector<Replacement> replacements);
  const std::string& file() const { return file_; }
  std::string_view text() const { return text_; }
  /// Line, column and line text of a span of text(), for an error: those of the file as it was
  /// written, so that no value of a `${key}`, which may be a secret, is shown. Only the span's
  /// first line is underlined; a line of more than 4 KiB has no text.
  SourcePlace Place(Span span) const;

 private:
  std::string_view written() const { return replacements_.empty() ? text_ : written_; }
  Span AsWritten(Span span) const;

  std::string file_;
  std::string text_;
  std::string written_;  // empty without replacements
  std::vector<Replacement> replacements_;
  std::vector<uint32_t> line_starts_;  // in written()
};

struct ParsedFile {
  std::shared_ptr<const SourceText> source;
  std::vector<Statement> statements;  // in the order of the text
  std::vector<Error> warnings;  // accepted but without effect here (kUnsupported), with places
};

/// Replaces `${key}` everywhere but in comments: inside strings and quoted names too, as Databricks
/// does. A value is not searched again. `values` holds configuration and `env:NAME` entries.
/// Errors: kInvalidInput with the place of an undefined `${key}` (and the nearest defined key).
Result<SourceText> SubstituteParameters(std::string file, std::string written,
                                        const std::map<std::string, std::string>& values);

/// Parses all statements of a file, bare queries left out with a warning. On failure returns every
/// error found (at least one), each with its place: the parser goes on after the next `;`.
tl::expected<ParsedFile, std::vector<Error>> ParseFile(SourceText source);
tl::expected<ParsedFile, std::vector<Error>> ParseFile(std::string file, std::string text);

/// Parses one query, for `oresmith query`; `file` names it in errors ("query").
tl::expected<ParsedFile, std::vector<Error>> ParseQuery(std::string file, std::string text);

/// As ParseQuery, and a command over tables (command.h) is accepted too.
tl::expected<ParsedFile, std::vector<Error>> ParseQueryOrCommand(std::string file,
                                                                 std::string text);

/// Parses one expression that stands alone.
Result<ExprPtr> ParseExpression(const SourceText& source);
/// Parses a table's name that stands alone, such as a text that names one.
Result<QualifiedName> ParseTableName(const SourceText& source);

}  // namespace oresmith::sql
