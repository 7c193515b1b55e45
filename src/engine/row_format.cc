// Numbers as text by a pattern, and back.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "engine/row_functions_internal.h"
#include "sql/number_format.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

std::string WithCommas(std::string_view digits) {
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

// The number with so many places, half rounded to even: 1234.50, perhaps with a minus.
std::string Places(const Datum& value, const Type& type, int places) {
  if (type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble)) {
    return fmt::format("{:.{}f}", value.Double(), places);
  }
  if (!type.Is(TypeId::kDecimal)) {
    const std::string text = std::to_string(value.Int());
    return places == 0 ? text : text + "." + std::string(static_cast<size_t>(places), '0');
  }
  Int128 number = value.Decimal();
  int scale = type.scale();
  if (scale > places) {
    const Int128 unit = PowerOfTen(scale - places);
    const Int128 rest = number % unit < 0 ? -(number % unit) : number % unit;
    const int sign = number < 0 ? -1 : 1;
    number /= unit;
    if (rest * 2 > unit || (rest * 2 == unit && number % 2 != 0)) number += sign;
    scale = places;
  }
  std::string text;
  AppendDecimal(text, number, scale);
  if (scale < places) {
    if (scale == 0) text += '.';
    text.append(static_cast<size_t>(places - scale), '0');
  }
  // A negative number that rounds to nothing keeps its sign, as Java's.
  if (number == 0 && value.Decimal() < 0 && text.front() != '-') text.insert(0, "-");
  return text;
}

// 12345.60 as 12,345.60.
std::string Grouped(const std::string& plain) {
  const size_t point = std::min(plain.find('.'), plain.size());
  const bool minus = plain.front() == '-';
  return (minus ? "-" : "") +
         WithCommas(std::string_view(plain).substr(minus ? 1 : 0, point - (minus ? 1 : 0))) +
         plain.substr(point);
}

// #,##0.00: how many digits at least before the point, and behind it at least and at most.
struct DecimalPattern {
  int whole_min = 0, fraction_min = 0, fraction_max = 0;
  size_t group = 0;
};

std::optional<DecimalPattern> ParsePattern(const std::string& text) {
  DecimalPattern pattern;
  const size_t point = text.find('.');
  const std::string whole = text.substr(0, point);
  const std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  if (fraction.find_first_of(".,") != std::string::npos) return std::nullopt;
  bool zeros = false;
  for (const char c : whole) {
    if (c == '#' && zeros) return std::nullopt;
    if (c == '0') zeros = true;
    if (c == '0') ++pattern.whole_min;
  }
  if (const size_t comma = whole.rfind(','); comma != std::string::npos) {
    pattern.group = whole.size() - comma - 1;
    if (pattern.group == 0) return std::nullopt;
  }
  const size_t optional = fraction.find('#');
  pattern.fraction_min =
      static_cast<int>(optional == std::string::npos ? fraction.size() : optional);
  if (optional != std::string::npos && fraction.find('0', optional) != std::string::npos) {
    return std::nullopt;
  }
  pattern.fraction_max = static_cast<int>(fraction.size());
  return pattern;
}

std::string ByPattern(std::string plain, const DecimalPattern& pattern) {
  const bool minus = plain.front() == '-';
  if (minus) plain.erase(0, 1);
  const size_t point = std::min(plain.find('.'), plain.size());
  std::string whole = plain.substr(0, point);
  std::string fraction = point < plain.size() ? plain.substr(point + 1) : "";
  while (fraction.size() > static_cast<size_t>(pattern.fraction_min) && fraction.back() == '0') {
    fraction.pop_back();
  }
  if (whole == "0" && pattern.whole_min == 0 && !fraction.empty()) whole.clear();
  if (whole == "0" && pattern.whole_min == 0 && pattern.fraction_max == 0) whole = "0";
  while (whole.size() < static_cast<size_t>(pattern.whole_min)) whole.insert(0, "0");
  std::string grouped;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (pattern.group > 0 && i > 0 && (whole.size() - i) % pattern.group == 0) grouped += ',';
    grouped += whole[i];
  }
  return (minus ? "-" : "") + grouped + (fraction.empty() ? "" : "." + fraction);
}

std::string FormatNumber(const RowCall& call, Datum& out) {
  const Type& type = call.types[0];
  const bool floating = type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble);
  if (floating && !std::isfinite(call.Double(0))) {
    const double value = call.Double(0);
    return Give(out, std::isnan(value) ? "NaN" : value > 0 ? "\xE2\x88\x9E" : "-\xE2\x88\x9E");
  }
  if (!call.types[1].Is(TypeId::kString)) {
    const int64_t places = call.Int(1);
    if (places < 0) return {};
    return Give(
        out, Grouped(Places(call.args[0], type, static_cast<int>(std::min<int64_t>(places, 340)))));
  }
  const std::string& text = call.Text(1);
  if (text.empty()) return Give(out, Grouped(Places(call.args[0], type, 0)));
  const auto pattern = ParsePattern(text);
  if (!pattern) return fmt::format("[INVALID_FORMAT] format_number: '{}' is no pattern", text);
  return Give(out, ByPattern(Places(call.args[0], type, pattern->fraction_max), *pattern));
}

// ---- format_string ------------------------------------------------------------------------------

std::string PlainText(const Datum& value, const Type& type) {
  if (value.IsNull()) return "null";
  std::string text;
  if (type.Is(TypeId::kBoolean)) return value.Bool() ? "true" : "false";
  if (type.Is(TypeId::kString)) return value.Text();
  if (type.Is(TypeId::kDecimal)) {
    AppendDecimal(text, value.Decimal(), type.scale());
  } else if (type.Is(TypeId::kDouble)) {
    AppendDouble(text, value.Double());
  } else {
    text = std::to_string(value.Int());
  }
  return text;
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Unsigned(const Datum& value, const Type& type, char conversion) {
  auto bits = static_cast<uint64_t>(value.Int());
  if (type.Is(TypeId::kByte)) bits &= 0xFF;
  if (type.Is(TypeId::kShort)) bits &= 0xFFFF;
  if (type.Is(TypeId::kInt)) bits &= 0xFFFFFFFF;
  if (conversion == 'o') return fmt::format("{:o}", bits);
  return conversion == 'x' ? fmt::format("{:x}", bits) : fmt::format("{:X}", bits);
}

/// What Double.toString shows of a value without its sign.
struct ShownDigits {
  std::string digits;  // without the point
  int whole = 0;       // digits before the point; may be negative
};

ShownDigits DigitsOf(double value) {
  std::string text;
  AppendDouble(text, std::abs(value));
  int exponent = 0;
  if (const size_t e = text.find('E'); e != std::string::npos) {
    exponent = std::stoi(text.substr(e + 1));
    text.resize(e);
  }
  const size_t point = text.find('.');
  return {.digits = text.substr(0, point) + text.substr(point + 1),
          .whole = static_cast<int>(point) + exponent};
}

/// Adds one to the last digit; true when there is one digit more for it.
bool AddOne(std::string& digits) {
  size_t i = digits.size();
  while (i > 0 && digits[i - 1] == '9') digits[--i] = '0';
  if (i > 0) {
    ++digits[i - 1];
    return false;
  }
  digits.insert(0, "1");
  return true;
}

// Java rounds what Double.toString shows, half up.
std::string HalfUp(double value, int places) {
  auto [digits, whole] = DigitsOf(value);
  while (whole <= 0) {
    digits.insert(0, "0");
    ++whole;
  }
  while (static_cast<int>(digits.size()) < whole + places + 1) digits += '0';
  const auto kept = static_cast<size_t>(whole + places);
  const bool up = digits[kept] >= '5';
  digits.resize(kept);
  if (up && AddOne(digits)) ++whole;
  const auto before = static_cast<size_t>(whole);
  return digits.substr(0, before) + (places > 0 ? "." + digits.substr(before) : "");
}

// The same digits, half up, with one before the point: 1.13e+00.
std::string Scientific(double value, int places, char letter) {
  auto [digits, whole] = DigitsOf(value);
  int exponent = whole - 1;
  const size_t zeros = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  digits.erase(0, zeros);
  exponent = value == 0 ? 0 : exponent - static_cast<int>(zeros);
  const size_t kept = static_cast<size_t>(places) + 1;
  const bool up = digits.size() > kept && digits[kept] >= '5';
  digits.resize(kept, '0');
  if (up && AddOne(digits)) {
    digits.pop_back();
    ++exponent;
  }
  if (places > 0) digits.insert(1, ".");
  return fmt::format("{}{}{}{:02}", digits, letter, exponent < 0 ? '-' : '+', std::abs(exponent));
}

std::string Signed(const sql::PrintfPiece& piece, bool negative, std::string digits) {
  if (piece.group) digits = Grouped(digits);
  std::string sign = negative ? "-" : piece.plus ? "+" : piece.blank ? " " : "";
  const auto width = static_cast<size_t>(std::max(piece.width, 0));
  while (piece.zero && sign.size() + digits.size() < width) digits.insert(0, "0");
  return sign + digits;
}

// Nothing: Java would raise an error.
std::optional<std::string> Converted(const sql::PrintfPiece& piece, const Datum& value,
                                     const Type& type) {
  const char conversion = piece.conversion;
  if (conversion == 'b' || conversion == 'B') {
    const bool truth = !value.IsNull() && value.Bool();
    return conversion == 'b' ? (truth ? "true" : "false") : (truth ? "TRUE" : "FALSE");
  }
  if (value.IsNull())
    return conversion == 'S' || conversion == 'X' || conversion == 'E' ? "NULL" : "null";
  if (conversion == 'x' || conversion == 'X' || conversion == 'o') {
    std::string text = Unsigned(value, type, conversion);
    while (piece.zero && static_cast<int>(text.size()) < piece.width) text.insert(0, "0");
    return text;
  }
  if (conversion == 'd') {
    const int64_t number = value.Int();
    std::string digits = std::to_string(number);
    if (number < 0) digits.erase(0, 1);
    return Signed(piece, number < 0, std::move(digits));
  }
  if (conversion == 's' || conversion == 'S') {
    std::string text = PlainText(value, type);
    if (conversion == 'S') {
      std::transform(text.begin(), text.end(), text.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    }
    return text;
  }
  const double number = value.Double();
  if (!std::isfinite(number))
    return std::isnan(number) ? "NaN"
           : number > 0       ? (piece.plus ? "+Infinity" : "Infinity")
                              : "-Infinity";
  const int places = piece.precision >= 0 ? piece.precision : 6;
  if (conversion == 'f') return Signed(piece, std::signbit(number), HalfUp(number, places));
  return Signed(piece, std::signbit(number), Scientific(number, places, conversion));
}

std::string FormatString(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  const auto pieces = sql::ParsePrintf(call.Text(0));
  if (!pieces) return "[INVALID_FORMAT] format_string: the format is not supported";
  std::string result;
  for (const sql::PrintfPiece& piece : *pieces) {
    if (piece.conversion == 0) {
      result += piece.text;
      continue;
    }
    const auto index = static_cast<size_t>(piece.argument) + 1;
    std::string text = *Converted(piece, call.args[index], call.types[index]);
    const bool words = std::string_view("sSbB").find(piece.conversion) != std::string_view::npos;
    const bool cuts = piece.precision >= 0 && (words || call.args[index].IsNull());
    if (cuts) {
      size_t end = 0;
      for (int left = piece.precision; end < text.size() && left > 0; --left) {
        ++end;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
      }
      text.resize(end);
    }
    const size_t width = static_cast<size_t>(std::max(piece.width, 0));
    const size_t count = CharacterCount(text);
    const std::string blanks(width > count ? width - count : 0, ' ');
    result += piece.left ? text + blanks : blanks + text;
  }
  return Give(out, std::move(result));
}

constexpr RowEntry kEntries[] = {
    {"format_number", FormatNumber},
    {"format_string", FormatString, RowNulls::kPassed},
    {"printf", FormatString, RowNulls::kPassed},
};

}  // namespace

std::span<const RowEntry> FormatRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
