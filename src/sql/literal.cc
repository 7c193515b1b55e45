#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "sql/literal_internal.h"

namespace oresmith::sql {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;
constexpr int64_t kExponentMax = 1'000;

std::string_view Trim(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Reads pieces of a text from left to right.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}
  bool Done() const { return rest_.empty(); }
  char Peek() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool Take(char c) {
    if (Peek() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// Between `min` and `max` digits.
  std::optional<int64_t> Digits(size_t min, size_t max) {
    size_t count = 0;
    while (count < rest_.size() && count < max &&
           std::isdigit(static_cast<unsigned char>(rest_[count])))
      ++count;
    if (count < min) return std::nullopt;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + count, value);
    if (error != std::errc()) return std::nullopt;
    rest_.remove_prefix(count);
    return value;
  }
  /// Digits after a point as millionths; more than six are cut, as Spark does.
  std::optional<int64_t> Fraction() {
    int64_t micros = 0;
    int count = 0;
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front()))) {
      if (count < 6) micros = micros * 10 + (rest_.front() - '0');
      ++count;
      rest_.remove_prefix(1);
    }
    for (int i = count; i < 6; ++i) micros *= 10;
    return micros;
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

// `whole` says that the day was there: only then a time may follow.
std::optional<int64_t> ParseDays(Cursor& cursor, bool& whole) {
  whole = false;
  const auto year = cursor.Digits(4, 7);
  if (!year) return std::nullopt;
  int64_t month = 1, day = 1;
  if (cursor.Take('-')) {
    const auto value = cursor.Digits(1, 2);
    if (!value) return std::nullopt;
    month = *value;
    if (cursor.Take('-')) {
      const auto day_value = cursor.Digits(1, 2);
      if (!day_value) return std::nullopt;
      day = *day_value;
      whole = true;
    }
  }
  return DaysFromCivil(*year, static_cast<int>(month), static_cast<int>(day));
}

std::optional<int64_t> ParseTimeOfDay(Cursor& cursor) {
  std::array<int64_t, 3> fields{};
  constexpr std::array<int64_t, 3> kLimits{23, 59, 59};
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0 && !cursor.Take(':')) break;
    const auto value = cursor.Digits(1, 2);
    if (!value || *value > kLimits[i]) return std::nullopt;
    fields[i] = *value;
  }
  int64_t micros =
      fields[0] * kMicrosPerHour + fields[1] * kMicrosPerMinute + fields[2] * kMicrosPerSecond;
  if (cursor.Take('.')) micros += cursor.Fraction().value_or(0);
  return micros;
}

std::optional<int64_t> ParseOffset(Cursor& cursor) {
  if (cursor.rest() == "Z" || cursor.rest() == "UTC" || cursor.rest() == "GMT") return 0;
  const bool negative = cursor.Peek() == '-';
  if (!cursor.Take('+') && !cursor.Take('-')) return std::nullopt;
  const auto hours = cursor.Digits(1, 2);
  if (!hours || *hours > 18) return std::nullopt;
  int64_t minutes = 0;
  if (!cursor.Done()) {
    cursor.Take(':');
    const auto value = cursor.Digits(2, 2);
    if (!value || *value > 59 || !cursor.Done()) return std::nullopt;
    minutes = *value;
  }
  const int64_t micros = *hours * kMicrosPerHour + minutes * kMicrosPerMinute;
  return negative ? -micros : micros;
}

std::optional<int64_t> UnitMicros(std::string_view unit) {
  if (unit == "WEEK") return 7 * kMicrosPerDay;
  if (unit == "DAY") return kMicrosPerDay;
  if (unit == "HOUR") return kMicrosPerHour;
  if (unit == "MINUTE") return kMicrosPerMinute;
  if (unit == "SECOND") return kMicrosPerSecond;
  if (unit == "MILLISECOND") return 1'000;
  if (unit == "MICROSECOND") return 1;
  return std::nullopt;
}

// '1-2' YEAR TO MONTH.
std::optional<int64_t> ParseYearToMonth(Cursor& cursor) {
  const auto years = cursor.Digits(1, 9);
  if (!years || !cursor.Take('-')) return std::nullopt;
  const auto months = cursor.Digits(1, 2);
  if (!months || *months > 11 || !cursor.Done()) return std::nullopt;
  return *years * 12 + *months;
}

int UnitRank(std::string_view unit) {
  constexpr std::array<std::string_view, 4> kUnits{"DAY", "HOUR", "MINUTE", "SECOND"};
  for (size_t i = 0; i < kUnits.size(); ++i) {
    if (kUnits[i] == unit) return static_cast<int>(i);
  }
  return -1;
}

// '1 10:20:30.5' DAY TO SECOND and its parts.
std::optional<int64_t> ParseDayToSecond(Cursor& cursor, int first, int last) {
  if (first < 0 || last <= first) return std::nullopt;
  constexpr std::array<int64_t, 4> kMicros{kMicrosPerDay, kMicrosPerHour, kMicrosPerMinute,
                                           kMicrosPerSecond};
  constexpr std::array<int64_t, 4> kLimits{INT64_MAX, 23, 59, 59};
  int64_t total = 0;
  for (int unit = first; unit <= last; ++unit) {
    if (unit > first && !cursor.Take(unit == 1 ? ' ' : ':')) return std::nullopt;
    const auto value = cursor.Digits(1, 9);
    const size_t place = static_cast<size_t>(unit);
    if (!value || (unit > first && *value > kLimits[place])) return std::nullopt;
    int64_t micros = 0;
    if (__builtin_mul_overflow(*value, kMicros[place], &micros)) return std::nullopt;
    if (__builtin_add_overflow(total, micros, &total)) return std::nullopt;
  }
  const int64_t fraction = last == 3 && cursor.Take('.') ? cursor.Fraction().value_or(0) : 0;
  if (__builtin_add_overflow(total, fraction, &total)) return std::nullopt;
  if (!cursor.Done()) return std::nullopt;
  return total;
}

}  // namespace

std::optional<DecimalDigits> ParseDecimalDigits(std::string_view digits) {
  std::string all;
  int64_t scale = 0;
  size_t i = 0;
  bool after_point = false;
  for (; i < digits.size() && digits[i] != 'e' && digits[i] != 'E'; ++i) {
    if (digits[i] == '.') {
      after_point = true;
      continue;
    }
    all += digits[i];
    if (after_point) ++scale;
  }
  if (i < digits.size()) {
    int64_t exponent = 0;
    std::string_view text = digits.substr(i + 1);
    if (!text.empty() && text[0] == '+') text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (exponent > kExponentMax || exponent < -kExponentMax) return std::nullopt;
    scale -= exponent;
  }
  const size_t first = all.find_first_not_of('0');
  all.erase(0, first == std::string::npos ? all.size() : first);
  // DECIMAL has no negative scale: 1e3 is 1000.
  if (!all.empty() && scale < 0) all.append(static_cast<size_t>(-scale), '0');
  if (scale < 0) scale = 0;
  const int precision = std::max({static_cast<int>(all.size()), static_cast<int>(scale), 1});
  std::string text = all;
  const size_t wanted = static_cast<size_t>(scale) + 1;
  if (text.size() < wanted) text.insert(0, wanted - text.size(), '0');
  if (scale > 0) text.insert(text.size() - static_cast<size_t>(scale), ".");
  return DecimalDigits{std::move(text), precision, static_cast<int>(scale)};
}

std::optional<int64_t> DaysFromCivil(int64_t year, int month, int day) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return std::nullopt;
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const int last = kDays[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
  if (day > last) return std::nullopt;
  // Years that begin in March, so that the leap day is the last one.
  const int64_t shifted = month <= 2 ? year - 1 : year;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
  const int64_t year_of_era = shifted - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

std::optional<int64_t> ParseDateText(std::string_view text) {
  Cursor cursor(Trim(text));
  bool whole = false;
  const auto days = ParseDays(cursor, whole);
  if (!days || (!whole && !cursor.Done())) return std::nullopt;
  if (!cursor.Done() && cursor.Peek() != 'T' && cursor.Peek() != ' ') return std::nullopt;
  return days;
}

std::optional<TimestampText> ParseTimestampText(std::string_view text) {
  Cursor cursor(Trim(text));
  bool whole = false;
  const auto days = ParseDays(cursor, whole);
  if (!days || (!whole && !cursor.Done())) return std::nullopt;
  TimestampText result{.local_micros = *days * kMicrosPerDay, .offset_micros = std::nullopt};
  if (cursor.Done()) return result;
  if (!cursor.Take('T') && !cursor.Take(' ')) return std::nullopt;
  if (cursor.Done()) return result;
  const auto time = ParseTimeOfDay(cursor);
  if (!time) return std::nullopt;
  result.local_micros += *time;
  cursor.Take(' ');
  if (cursor.Done()) return result;
  result.offset_micros = ParseOffset(cursor);
  if (!result.offset_micros) return std::nullopt;
  return result;
}

std::optional<IntervalPartValue> ParseIntervalPart(std::string_view text, std::string_view unit,
                                                   std::string_view to_unit) {
  text = Trim(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  Cursor cursor(text);
  const auto signed_value = [&](bool months, int64_t amount) {
    return IntervalPartValue{months, negative ? -amount : amount};
  };
  if (!to_unit.empty()) {
    const bool months = unit == "YEAR" && to_unit == "MONTH";
    const auto value = months ? ParseYearToMonth(cursor)
                              : ParseDayToSecond(cursor, UnitRank(unit), UnitRank(to_unit));
    if (!value) return std::nullopt;
    return signed_value(months, *value);
  }
  const auto amount = cursor.Digits(1, 18);
  if (!amount) return std::nullopt;
  int64_t value = 0;
  if (unit == "YEAR" || unit == "MONTH" || unit == "QUARTER") {
    const int64_t months = unit == "YEAR" ? 12 : unit == "QUARTER" ? 3 : 1;
    if (!cursor.Done() || __builtin_mul_overflow(*amount, months, &value)) return std::nullopt;
    return signed_value(true, value);
  }
  const auto micros = UnitMicros(unit);
  if (!micros || __builtin_mul_overflow(*amount, *micros, &value)) return std::nullopt;
  if (unit == "SECOND" && cursor.Take('.')) value += cursor.Fraction().value_or(0);
  if (!cursor.Done()) return std::nullopt;
  return signed_value(false, value);
}

}  // namespace oresmith::sql
