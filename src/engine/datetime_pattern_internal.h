#pragma once

// Spark's datetime patterns: yyyy-MM-dd HH:mm:ss.SSS.
// Source: Spark, "Datetime Patterns for Formatting and Parsing";
// java.time.DateTimeFormatterBuilder.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::engine {

/// A pattern, taken apart. Immutable: may be used by many threads at once.
class DatetimePattern {
 public:
  /// Errors: kUnsupported for letters that are not known here, with the letter;
  /// kInvalidInput for a quote that does not end.
  static Result<DatetimePattern> Make(std::string_view pattern);

  /// Whether Spark reads texts in this pattern. Errors: kInvalidInput for a day of the week.
  Status CheckForParsing() const;

  /// A wall-clock time in microseconds since 1970, written in this pattern.
  void Append(std::string& text, int64_t micros) const;

  struct Parsed {
    int64_t micros = 0;  // of the wall clock
    std::optional<int32_t> offset_seconds;
  };
  /// The whole text in this pattern; what it does not name is as in 1970-01-01 00:00:00.
  std::optional<Parsed> Parse(std::string_view text) const;

 private:
  // One run of a letter, or literal text.
  struct Item {
    char letter = 0;  // 0: literal
    int count = 0;
    std::string literal;
  };
  std::vector<Item> items_;
};

}  // namespace oresmith::engine
