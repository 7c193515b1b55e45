#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "format/number_text_internal.h"

namespace oresmith::format {

namespace {

constexpr std::array<double, 23> kPowersOfTen = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

// Specials of Jackson: NaN, Infinity, +INF and so on.
double Special(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  return text.starts_with('-') ? -infinity : infinity;
}

bool IsIntegerZero(const JsonNumber& number) {
  return !number.is_float && number.digits == 1 && number.mantissa == 0;
}

// strtod's answer out of range, which from_chars leaves open. The sign of the decimal exponent of
// the first significant digit decides.
template <class T>
T OutOfRange(std::string_view text) {
  const bool negative = text.starts_with('-');
  int64_t exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = text.substr(e + 1);
    const bool minus = power.starts_with('-');
    if (minus || power.starts_with('+')) power.remove_prefix(1);
    for (const char c : power) exponent = std::min<int64_t>(exponent * 10 + (c - '0'), 1000000);
    if (minus) exponent = -exponent;
    text = text.substr(0, e);
  }
  const size_t point = std::min(text.find('.'), text.size());
  const size_t first = text.find_first_of("123456789");
  if (first != std::string_view::npos) {
    exponent += static_cast<int64_t>(point) - static_cast<int64_t>(first);
  }
  const T size = exponent > 0 ? std::numeric_limits<T>::infinity() : T{0};
  return negative ? -size : size;
}

template <class T>
T FromText(std::string_view text) {
  T value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range) return OutOfRange<T>(text);
  return value;
}

// A decimal number taken apart: `digits` without sign, point and exponent.
struct DecimalParts {
  bool negative = false;
  std::string digits;
  int64_t scale = 0;  // digits behind the point
};

std::optional<DecimalParts> SplitDecimal(std::string_view text) {
  DecimalParts parts;
  size_t i = 0;
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) parts.negative = text[i++] == '-';
  bool point = false;
  for (; i < text.size(); ++i) {
    if (JsonCursor::IsDigit(text[i])) {
      parts.digits.push_back(text[i]);
      if (point) ++parts.scale;
    } else if (text[i] == '.' && !point) {
      point = true;
    } else {
      break;
    }
  }
  if (parts.digits.empty()) return std::nullopt;
  if (i == text.size()) return parts;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  if (++i < text.size() && text[i] == '+') ++i;
  int exponent = 0;
  const auto result = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  parts.scale -= exponent;
  return parts;
}

}  // namespace

double DoubleFromText(std::string_view text) { return FromText<double>(text); }

double ToDouble(const JsonNumber& number) {
  if (number.is_special) return Special(number.text);
  // The integer -0 is read as an integer first, and so loses its sign; -0.0 keeps it.
  if (IsIntegerZero(number)) return 0;
  // Both factors are exact then, and one operation rounds correctly (W. Clinger, 1990).
  if (number.digits <= 19 && number.mantissa <= (uint64_t{1} << 53) && number.exponent >= -22 &&
      number.exponent <= 22) {
    const auto mantissa = static_cast<double>(number.mantissa);
    const double size = number.exponent < 0 ? mantissa / kPowersOfTen[-number.exponent]
                                            : mantissa * kPowersOfTen[number.exponent];
    return number.negative ? -size : size;
  }
  return FromText<double>(number.text);
}

float ToFloat(const JsonNumber& number) {
  if (number.is_special) return static_cast<float>(Special(number.text));
  if (IsIntegerZero(number)) return 0;
  return FromText<float>(number.text);
}

std::optional<Int128> DecimalFromText(std::string_view text, int precision, int scale) {
  const std::optional<DecimalParts> parts = SplitDecimal(text);
  if (!parts) return std::nullopt;
  std::string_view digits = parts->digits;
  while (!digits.empty() && digits.front() == '0') digits.remove_prefix(1);
  if (digits.empty()) return Int128{0};
  // How many of the digits stand before the last kept place; more are appended as zeros.
  const int64_t kept = static_cast<int64_t>(digits.size()) - parts->scale + scale;
  if (kept > precision) return std::nullopt;
  if (kept < 0) return Int128{0};
  Int128 value = 0;
  for (int64_t i = 0; i < kept; ++i) {
    const bool given = i < static_cast<int64_t>(digits.size());
    value = value * 10 + (given ? digits[static_cast<size_t>(i)] - '0' : 0);
  }
  if (kept < static_cast<int64_t>(digits.size()) && digits[static_cast<size_t>(kept)] >= '5') {
    ++value;
    Int128 limit = 1;
    for (int i = 0; i < precision; ++i) limit *= 10;
    if (value >= limit) return std::nullopt;
  }
  return parts->negative ? -value : value;
}

std::optional<DecimalShape> ShapeOfDecimal(std::string_view text) {
  const std::optional<DecimalParts> parts = SplitDecimal(text);
  if (!parts) return std::nullopt;
  const size_t zeros = std::min(parts->digits.find_first_not_of('0'), parts->digits.size());
  const int64_t significant = static_cast<int64_t>(parts->digits.size() - zeros);
  constexpr int64_t kMost = 1000000;
  return DecimalShape{.precision = static_cast<int>(std::clamp<int64_t>(significant, 1, kMost)),
                      .scale = static_cast<int>(std::clamp<int64_t>(parts->scale, -kMost, kMost))};
}

std::string JavaDoubleText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific);
  const std::string_view shortest(text.data(), static_cast<size_t>(end.ptr - text.data()));
  const size_t e = shortest.find('e');
  int exponent = 0;
  const size_t power = shortest[e + 1] == '+' ? e + 2 : e + 1;
  std::from_chars(shortest.data() + power, shortest.data() + shortest.size(), exponent);
  std::string digits;
  for (const char c : shortest.substr(0, e)) {
    if (JsonCursor::IsDigit(c)) digits.push_back(c);
  }
  const std::string sign = std::signbit(value) ? "-" : "";
  if (value == 0) return sign + "0.0";
  if (exponent < -3 || exponent >= 7) {
    const std::string fraction = digits.size() > 1 ? digits.substr(1) : "0";
    return fmt::format("{}{}.{}E{}", sign, digits[0], fraction, exponent);
  }
  if (exponent < 0) {
    return fmt::format("{}0.{}{}", sign, std::string(static_cast<size_t>(-exponent - 1), '0'),
                       digits);
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) digits.append(whole + 1 - digits.size(), '0');
  return fmt::format("{}{}.{}", sign, digits.substr(0, whole), digits.substr(whole));
}

std::optional<int64_t> LongFromText(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  int64_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace oresmith::format
