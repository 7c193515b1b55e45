#pragma once

// The patterns of format_string (Java's) and of to_char and to_number (Spark's).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::sql {

/// A piece of a Java format: text, or one conversion.
struct PrintfPiece {
  std::string text;     // when conversion is 0
  char conversion = 0;  // d, s, f, ...
  int argument = 0;     // from 0
  bool left = false, plus = false, blank = false, zero = false, group = false, parens = false,
       alternate = false;
  int width = -1, precision = -1;
};

/// Nothing when the format has what is not done here.
std::optional<std::vector<PrintfPiece>> ParsePrintf(std::string_view format);

/// A format of to_number and to_char, such as '$999,999.99PR'.
struct NumberFormat {
  std::vector<char> tokens;
  int whole_digits = 0, fraction_digits = 0;
  int precision() const { return whole_digits + fraction_digits; }
  int scale() const { return fraction_digits; }
};

/// Errors: kInvalidInput for what is no such format.
Result<NumberFormat> ParseNumberFormat(std::string_view text);

}  // namespace oresmith::sql
