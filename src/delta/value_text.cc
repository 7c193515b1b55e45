#include "delta/value_text.h"

#include <arrow/util/utf8.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace oresmith::delta {
namespace {

constexpr int64_t kSecondMicros = 1'000'000;
constexpr int64_t kDayMicros = 86'400 * kSecondMicros;

/// `digits`e`exponent` in Java's form; `digits` has one digit before its (left out) point.
std::string JavaForm(bool negative, const std::string& digits, int exponent) {
  const auto count = static_cast<int>(digits.size());
  std::string text = negative ? "-" : "";
  if (exponent >= 7 || exponent < -3) {
    const std::string rest = count > 1 ? digits.substr(1) : "0";
    return text + fmt::format("{}.{}E{}", digits[0], rest, exponent);
  }
  if (exponent < 0)
    return text + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  const int whole = exponent + 1;
  if (count <= whole) {
    return text + digits + std::string(static_cast<size_t>(whole - count), '0') + ".0";
  }
  return text + digits.substr(0, static_cast<size_t>(whole)) + "." +
         digits.substr(static_cast<size_t>(whole));
}

template <class Float>
std::string JavaTextOf(Float value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[64];
  auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), std::abs(value), std::chars_format::scientific)
          .ptr;
  if (!std::isnormal(value) && buffer[1] == 'e') {
    // One digit tells these apart, but Java takes the closest of two: 4.9E-324, not 5.0E-324.
    end = std::to_chars(buffer, buffer + sizeof(buffer), std::abs(value),
                        std::chars_format::scientific, 1)
              .ptr;
  }
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c != '.') digits += c;
  }
  if (digits.size() == 2 && digits[1] == '0') digits.pop_back();
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  return JavaForm(std::signbit(value), digits, exponent);
}

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

/// Takes a number of `digits_min` to `digits_max` digits from the front.
std::optional<int64_t> TakeNumber(std::string_view& text, size_t digits_min, size_t digits_max) {
  size_t count = 0;
  int64_t number = 0;
  while (count < text.size() && count < digits_max && text[count] >= '0' && text[count] <= '9') {
    number = number * 10 + (text[count++] - '0');
  }
  if (count < digits_min) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int32_t> TakeDate(std::string_view& text) {
  const bool negative = TakeChar(text, '-');
  if (!negative) TakeChar(text, '+');
  const auto year = TakeNumber(text, 4, 6);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const auto month = TakeNumber(text, 1, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const auto day = TakeNumber(text, 1, 2);
  if (!day) return std::nullopt;
  // The calendar of <chrono> ends at 32767; Spark's at 9999 for texts.
  if (*year > 32767) return std::nullopt;
  const std::chrono::year_month_day date(
      std::chrono::year(static_cast<int>(negative ? -*year : *year)),
      std::chrono::month(static_cast<unsigned>(*month)),
      std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Hours, minutes, seconds and fraction, in microseconds.
std::optional<int64_t> TakeTime(std::string_view& text) {
  const auto hours = TakeNumber(text, 1, 2);
  if (!hours || *hours > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 1, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  int64_t micros = (*hours * 3600 + *minutes * 60) * kSecondMicros;
  if (!TakeChar(text, ':')) return micros;
  const auto seconds = TakeNumber(text, 1, 2);
  if (!seconds || *seconds > 59) return std::nullopt;
  micros += *seconds * kSecondMicros;
  if (!TakeChar(text, '.')) return micros;
  const size_t before = text.size();
  const auto fraction = TakeNumber(text, 1, 9);
  if (!fraction) return std::nullopt;
  int64_t nanos = *fraction;
  for (size_t digits = before - text.size(); digits < 9; ++digits) nanos *= 10;
  return micros + nanos / 1000;
}

/// The zone's distance from UTC in microseconds. Takes all that is left.
std::optional<int64_t> ParseZone(std::string_view text) {
  while (TakeChar(text, ' ')) {
  }
  if (text.empty() || text == "Z" || text == "UTC" || text == "GMT") return 0;
  const bool negative = TakeChar(text, '-');
  if (!negative && !TakeChar(text, '+')) return std::nullopt;
  const auto hours = TakeNumber(text, 1, 2);
  if (!hours || *hours > 18) return std::nullopt;
  TakeChar(text, ':');
  const auto minutes = text.empty() ? std::optional<int64_t>(0) : TakeNumber(text, 2, 2);
  if (!minutes || *minutes > 59 || !text.empty()) return std::nullopt;
  const int64_t offset = (*hours * 60 + *minutes) * 60 * kSecondMicros;
  return negative ? -offset : offset;
}

}  // namespace

std::string JavaText(double value) { return JavaTextOf(value); }
std::string JavaText(float value) { return JavaTextOf(value); }

std::string DecimalText(std::string_view unscaled, int scale) {
  const bool negative = unscaled.starts_with('-');
  if (negative) unscaled.remove_prefix(1);
  std::string digits(unscaled);
  const auto digits_min = static_cast<size_t>(scale) + 1;
  if (digits.size() < digits_min) digits.insert(0, digits_min - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - static_cast<size_t>(scale), 1, '.');
  return negative ? "-" + digits : digits;
}

std::string DateText(int32_t days) {
  // std::chrono's years end at 32767 and DATE's far later: shift whole cycles of 400 years.
  constexpr int64_t kCycleDays = 146'097;
  const int64_t cycles = FloorDivide(days, kCycleDays);
  const auto in_cycle = static_cast<int32_t>(days - cycles * kCycleDays);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(in_cycle))};
  const int64_t year = static_cast<int>(date.year()) + cycles * 400;
  const std::string_view sign = year < 0 ? "-" : year > 9999 ? "+" : "";
  return fmt::format("{}{:04}-{:02}-{:02}", sign, std::abs(year),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<int32_t> ParseDate(std::string_view text) {
  const auto days = TakeDate(text);
  return text.empty() ? days : std::nullopt;
}

std::string TimestampText(int64_t micros, int digits, char separator) {
  const int64_t days = FloorDivide(micros, kDayMicros);
  const int64_t in_day = micros - days * kDayMicros;
  const int64_t seconds = in_day / kSecondMicros;
  const int64_t fraction = in_day % kSecondMicros;
  return fmt::format("{}{}{:02}:{:02}:{:02}.{:0{}}", DateText(static_cast<int32_t>(days)),
                     separator, seconds / 3600, seconds / 60 % 60, seconds % 60,
                     digits == 3 ? fraction / 1000 : fraction, digits);
}

std::string ShortTimestampText(int64_t micros) {
  std::string text = TimestampText(micros, 6, ' ');
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  const auto days = TakeDate(text);
  if (!days) return std::nullopt;
  const int64_t midnight = *days * kDayMicros;
  if (text.empty()) return midnight;
  if (!TakeChar(text, ' ') && !TakeChar(text, 'T')) return std::nullopt;
  const auto time = TakeTime(text);
  if (!time) return std::nullopt;
  const auto offset = ParseZone(text);
  if (!offset) return std::nullopt;
  return midnight + *time - *offset;
}

bool IsUtf8(std::string_view text) {
  arrow::util::InitializeUTF8();  // does its work once; without it everything counts as valid
  return arrow::util::ValidateUTF8(text);
}

}  // namespace oresmith::delta
