#pragma once

// Numbers as text, by Java's rules.

#include <optional>
#include <string>
#include <string_view>

#include "format/column_internal.h"
#include "format/json_cursor_internal.h"

namespace oresmith::format {

/// The nearest double or float; beyond the range infinity, below it zero, as Java gives.
double ToDouble(const JsonNumber& number);
float ToFloat(const JsonNumber& number);
/// REQUIRES: `text` is a JSON number.
double DoubleFromText(std::string_view text);

/// A decimal number: optional sign, digits with at most one point, optional exponent (what
/// java.math.BigDecimal takes). Rounded HALF_UP to `scale`; nothing when it is no number or has
/// more than `precision` digits then.
std::optional<Int128> DecimalFromText(std::string_view text, int precision, int scale);

/// Significant digits and scale of a decimal number's text, as BigDecimal counts them.
struct DecimalShape {
  int precision = 0;
  int scale = 0;
};
std::optional<DecimalShape> ShapeOfDecimal(std::string_view text);

/// Double.toString: 1.0, 1.0E10, 1.0E-5, NaN, Infinity. The shortest digits that read back the
/// same, as from Java 19 on.
std::string JavaDoubleText(double value);

/// Digits only, with an optional sign (Java's Long.parseLong); nothing when beyond 64 bits.
std::optional<int64_t> LongFromText(std::string_view text);

}  // namespace oresmith::format
