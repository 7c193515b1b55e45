#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string>

#include "engine/spark_text_internal.h"

namespace oresmith::engine {
namespace {

// The shortest decimal that reads back as `value`, taken apart: digits, and the power of ten of
// the first one.
struct Shortest {
  std::string digits;
  int exponent = 0;
};

template <class Float>
Shortest ShortestOf(Float value) {
  char buffer[64];
  auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific).ptr;
  // Java gives two digits at least, the two that are nearest: 4.9E-324, not 5.0E-324.
  if (buffer[1] != '.') {
    char two[64];
    const auto two_end =
        std::to_chars(two, two + sizeof(two), value, std::chars_format::scientific, 1).ptr;
    Float back{};
    std::from_chars(two, two_end, back);
    if (back == value) end = std::copy(two, two_end, buffer);
  }
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  Shortest shortest;
  for (const char c : text.substr(0, e)) {
    if (c != '.') shortest.digits += c;
  }
  std::string_view exponent = text.substr(e + 1);
  if (exponent.front() == '+') exponent.remove_prefix(1);
  std::from_chars(exponent.data(), exponent.data() + exponent.size(), shortest.exponent);
  while (shortest.digits.size() > 1 && shortest.digits.back() == '0') shortest.digits.pop_back();
  return shortest;
}

// Java's Double.toString: a plain number from 0.001 up to 10 million, else with an exponent.
template <class Float>
void AppendFloating(std::string& text, Float value) {
  if (std::isnan(value)) {
    text += "NaN";
    return;
  }
  if (std::signbit(value)) text += '-';
  if (std::isinf(value)) {
    text += "Infinity";
    return;
  }
  if (value == 0) {
    text += "0.0";
    return;
  }
  Shortest number = ShortestOf(std::abs(value));
  const auto count = static_cast<int>(number.digits.size());
  if (number.exponent < -3 || number.exponent >= 7) {
    text += number.digits[0];
    text += '.';
    text += count > 1 ? number.digits.substr(1) : "0";
    text += fmt::format("E{}", number.exponent);
    return;
  }
  if (number.exponent < 0) {
    text += "0.";
    text.append(static_cast<size_t>(-number.exponent - 1), '0');
    text += number.digits;
    return;
  }
  const int whole = number.exponent + 1;
  if (count <= whole) {
    text += number.digits;
    text.append(static_cast<size_t>(whole - count), '0');
    text += ".0";
    return;
  }
  text += number.digits.substr(0, static_cast<size_t>(whole));
  text += '.';
  text += number.digits.substr(static_cast<size_t>(whole));
}

void AppendPadded(std::string& text, int64_t value, int width) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value > 0);
  for (int i = count; i < width; ++i) text += '0';
  while (count > 0) text += digits[--count];
}

// How many bytes the UTF-8 character has that `text` begins with; 0 when it begins with none, and
// `bad` says how many bytes stand for one replacement.
size_t CharacterLength(std::string_view text, size_t& bad) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  bad = 1;
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (i >= text.size()) return 0;
    unsigned low = 0x80;
    unsigned high = 0xBF;
    if (i == 1 && first == 0xE0) low = 0xA0;   // overlong
    if (i == 1 && first == 0xED) high = 0x9F;  // surrogates
    if (i == 1 && first == 0xF0) low = 0x90;
    if (i == 1 && first == 0xF4) high = 0x8F;  // beyond U+10FFFF
    if (byte(i) < low || byte(i) > high) return 0;
    bad = i + 1;
  }
  return length;
}

}  // namespace

// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
CivilDate ToCivil(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const auto of_era = static_cast<unsigned>(days - era * 146097);
  const unsigned year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const unsigned shifted_month = (5 * of_year + 2) / 153;
  const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const int64_t year = static_cast<int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0);
  return {year, month, of_year - (153 * shifted_month + 2) / 5 + 1};
}

std::string ReplaceInvalidUtf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    size_t bad = 0;
    const size_t length = CharacterLength(bytes, bad);
    text += length > 0 ? bytes.substr(0, length) : "\xEF\xBF\xBD";
    bytes.remove_prefix(length > 0 ? length : bad);
  }
  return text;
}

void AppendDouble(std::string& text, double value) { AppendFloating(text, value); }
void AppendFloat(std::string& text, float value) { AppendFloating(text, value); }

void AppendDecimal(std::string& text, Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  UInt128 rest = negative ? -static_cast<UInt128>(unscaled) : static_cast<UInt128>(unscaled);
  std::string reversed;
  for (int place = 0; rest != 0 || place <= scale; ++place) {
    if (place == scale && scale > 0) reversed += '.';
    reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) text += '-';
  text.append(reversed.rbegin(), reversed.rend());
}

void AppendDate(std::string& text, int64_t days) {
  const CivilDate date = ToCivil(days);
  if (date.year > 9999) text += '+';
  if (date.year < 0) text += '-';
  AppendPadded(text, date.year < 0 ? -date.year : date.year, 4);
  text += '-';
  AppendPadded(text, date.month, 2);
  text += '-';
  AppendPadded(text, date.day, 2);
}

void AppendTimestamp(std::string& text, int64_t micros) {
  constexpr int64_t kSecond = 1'000'000;
  constexpr int64_t kDay = 86'400 * kSecond;
  int64_t days = micros / kDay;
  int64_t of_day = micros % kDay;
  if (of_day < 0) {
    of_day += kDay;
    --days;
  }
  AppendDate(text, days);
  const int64_t second = of_day / kSecond;
  text += ' ';
  AppendPadded(text, second / 3600, 2);
  text += ':';
  AppendPadded(text, second / 60 % 60, 2);
  text += ':';
  AppendPadded(text, second % 60, 2);
  const int64_t fraction = of_day % kSecond;
  if (fraction == 0) return;
  text += '.';
  AppendPadded(text, fraction, 6);
  while (text.back() == '0') text.pop_back();
}

}  // namespace oresmith::engine
