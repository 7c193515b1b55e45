#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "engine/spark_text_internal.h"

namespace oresmith::engine {
namespace {

bool IsBlankOrControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F;
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// As Java's String.trim: all up to the blank.
std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.remove_suffix(1);
  return text;
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

template <class Float>
std::optional<Float> SpecialNumber(std::string_view text) {
  const std::string lower = LowerCase(Trim(text));
  constexpr Float kInfinity = std::numeric_limits<Float>::infinity();
  for (const std::string_view name : {"inf", "+inf", "infinity", "+infinity"}) {
    if (lower == name) return kInfinity;
  }
  if (lower == "-inf" || lower == "-infinity") return -kInfinity;
  // Java's own parser takes a sign before NaN, in exactly that spelling.
  if (lower == "nan") return std::numeric_limits<Float>::quiet_NaN();
  const std::string_view trimmed = Trim(text);
  if (trimmed == "+NaN" || trimmed == "-NaN") return std::numeric_limits<Float>::quiet_NaN();
  return std::nullopt;
}

// How long the decimal number is that `text` begins with: digits [. digits] [e [sign] digits].
size_t NumberLength(std::string_view text) {
  size_t at = 0;
  size_t digits = 0;
  while (at < text.size() && IsDigit(text[at])) ++at, ++digits;
  if (at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && IsDigit(text[at])) ++at, ++digits;
  }
  if (digits == 0) return 0;
  if (at == text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  size_t exponent = at + 1;
  if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
  const size_t first = exponent;
  while (exponent < text.size() && IsDigit(text[exponent])) ++exponent;
  return exponent == first ? 0 : exponent;
}

double FromC(const char* text, double) { return std::strtod(text, nullptr); }
float FromC(const char* text, float) { return std::strtof(text, nullptr); }

template <class Float>
std::optional<Float> ParseFloating(std::string_view text) {
  std::string_view trimmed = Trim(text);
  bool negative = false;
  if (!trimmed.empty() && (trimmed.front() == '+' || trimmed.front() == '-')) {
    negative = trimmed.front() == '-';
    trimmed.remove_prefix(1);
  }
  std::string_view number = trimmed;
  if (!number.empty() && std::string_view("dDfF").find(number.back()) != std::string_view::npos) {
    number.remove_suffix(1);
  }
  if (number.empty() || NumberLength(number) != number.size()) return SpecialNumber<Float>(text);
  Float value{};
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  // Out of range, from_chars does not say which way; Java gives infinity or zero.
  if (error != std::errc()) value = FromC(std::string(number).c_str(), Float{});
  return negative ? -value : value;
}

// A decimal number taken apart: digits without a point, and the power of ten of the last one.
struct Digits {
  bool negative = false;
  std::string digits;
  int64_t exponent = 0;
};

std::optional<Digits> TakeApart(std::string_view text) {
  Digits parts;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || NumberLength(text) != text.size()) return std::nullopt;
  const size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    std::string_view exponent = text.substr(e + 1);
    if (exponent.front() == '+') exponent.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(exponent.data(), exponent.data() + exponent.size(), parts.exponent);
    // Java's exponents are 32 bits.
    if (error != std::errc() || std::abs(parts.exponent) > 2'147'483'647) return std::nullopt;
    text = text.substr(0, e);
  }
  const size_t point = text.find('.');
  parts.digits = text.substr(0, point);
  if (point != std::string_view::npos) {
    parts.digits += text.substr(point + 1);
    parts.exponent -= static_cast<int64_t>(text.size() - point - 1);
  }
  const size_t leading = std::min(parts.digits.find_first_not_of('0'), parts.digits.size());
  parts.digits.erase(0, leading);
  return parts;
}

}  // namespace

std::string_view TrimAll(std::string_view text) {
  while (!text.empty() && IsBlankOrControl(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlankOrControl(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max) {
  text = TrimAll(text);
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < min || value > max) return std::nullopt;
  return value;
}

std::optional<double> ParseDouble(std::string_view text) { return ParseFloating<double>(text); }
std::optional<float> ParseFloat(std::string_view text) { return ParseFloating<float>(text); }

std::optional<bool> ParseBoolean(std::string_view text) {
  const std::string lower = LowerCase(TrimAll(text));
  for (const std::string_view name : {"t", "true", "y", "yes", "1"}) {
    if (lower == name) return true;
  }
  for (const std::string_view name : {"f", "false", "n", "no", "0"}) {
    if (lower == name) return false;
  }
  return std::nullopt;
}

Int128 PowerOfTen(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

ParsedDecimal ParseDecimal(std::string_view text, int precision, int scale) {
  std::optional<Digits> parts = TakeApart(Trim(text));
  if (!parts) return {};
  // Digits left of the last kept place.
  const int64_t kept = std::ssize(parts->digits) + parts->exponent + scale;
  if (parts->digits.empty() || kept < 0) return {.unscaled = Int128{0}, .failure = {}};
  if (kept - scale > 38) return {.unscaled = std::nullopt, .failure = DecimalFailure::kTooLong};
  const ParsedDecimal overflow{.unscaled = std::nullopt, .failure = DecimalFailure::kOverflow};
  if (kept > precision + 1) return overflow;
  Int128 value = 0;
  for (int64_t i = 0; i < kept; ++i) {
    const bool has_digit = i < std::ssize(parts->digits);
    if (i >= 38 && value >= PowerOfTen(37) * 2) return overflow;
    value = value * 10 + (has_digit ? parts->digits[static_cast<size_t>(i)] - '0' : 0);
  }
  const bool round_up =
      kept < std::ssize(parts->digits) && parts->digits[static_cast<size_t>(kept)] >= '5';
  if (round_up) ++value;
  if (value >= PowerOfTen(precision)) return overflow;
  return {.unscaled = parts->negative ? -value : value, .failure = {}};
}

}  // namespace oresmith::engine
