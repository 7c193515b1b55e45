#include <array>
#include <utility>

#include "engine/datetime_pattern_internal.h"
#include "engine/spark_text_internal.h"

namespace oresmith::engine {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
// From 1970-01-01 on, which was a Thursday.
constexpr std::array<std::string_view, 7> kWeekdays{"Thursday", "Friday",  "Saturday", "Sunday",
                                                    "Monday",   "Tuesday", "Wednesday"};

int64_t FloorDivide(int64_t value, int64_t divisor) {
  return value >= 0 ? value / divisor : (value - divisor + 1) / divisor;
}

void AppendNumber(std::string& text, int64_t value, int width) {
  const std::string digits = std::to_string(value);
  if (static_cast<int>(digits.size()) < width) {
    text.append(static_cast<size_t>(width) - digits.size(), '0');
  }
  text += digits;
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Takes `word` from the start of `text`, ignoring case.
bool Take(std::string_view& text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (Lower(text[i]) != Lower(word[i])) return false;
  }
  text.remove_prefix(word.size());
  return true;
}

// Takes digits, at least `min` and at most `max`.
std::optional<int64_t> TakeNumber(std::string_view& text, int min, int max) {
  int64_t value = 0;
  int digits = 0;
  while (digits < max && !text.empty() && text.front() >= '0' && text.front() <= '9') {
    value = value * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  return digits >= min ? std::optional(value) : std::nullopt;
}

// +hh, +hhmm or +hh:mm as X, XX and XXX want it; Z for none.
std::optional<int32_t> TakeOffset(std::string_view& text, int count) {
  if (Take(text, "Z")) return 0;
  if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto hours = TakeNumber(text, 2, 2);
  if (!hours) return std::nullopt;
  int64_t minutes = 0;
  const bool has_minutes =
      count > 1 || (!text.empty() && text.front() >= '0' && text.front() <= '9');
  if (has_minutes) {
    if (count == 3 && !Take(text, ":")) return std::nullopt;
    const auto taken = TakeNumber(text, 2, 2);
    if (!taken || *taken > 59) return std::nullopt;
    minutes = *taken;
  }
  const int64_t seconds = *hours * 3600 + minutes * 60;
  if (seconds > 18 * 3600) return std::nullopt;
  return static_cast<int32_t>(sign * seconds);
}

std::optional<int64_t> TakeMonthName(std::string_view& text, bool whole) {
  for (size_t i = 0; i < kMonths.size(); ++i) {
    if (Take(text, whole ? kMonths[i] : kMonths[i].substr(0, 3))) return static_cast<int64_t>(i);
  }
  return std::nullopt;
}

// What a text said.
struct Fields {
  int64_t year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, micro = 0;
  std::optional<int64_t> day_of_year, half_day_hour, half;
  std::optional<int32_t> offset_seconds;
};

bool TakeInto(std::string_view& text, int min, int max, int64_t& field) {
  const auto number = TakeNumber(text, min, max);
  if (number) field = *number;
  return number.has_value();
}

bool TakeYear(std::string_view& text, int count, Fields& fields) {
  if (count == 2) {
    if (!TakeInto(text, 2, 2, fields.year)) return false;
    fields.year += 2000;
    return true;
  }
  return count == 1 ? TakeInto(text, 1, 6, fields.year) : TakeInto(text, count, count, fields.year);
}

bool TakeMonth(std::string_view& text, int count, Fields& fields) {
  if (count <= 2) return TakeInto(text, count, 2, fields.month);
  const auto month = TakeMonthName(text, count == 4);
  if (month) fields.month = *month + 1;
  return month.has_value();
}

bool TakeFraction(std::string_view& text, int count, Fields& fields) {
  const size_t before = text.size();
  const auto digits = TakeNumber(text, 1, count);
  if (!digits) return false;
  const auto taken = static_cast<int>(before - text.size());
  fields.micro = *digits;
  for (int i = taken; i < 6; ++i) fields.micro *= 10;
  for (int i = taken; i > 6; --i) fields.micro /= 10;
  return true;
}

bool TakeItem(std::string_view& text, char letter, int count, Fields& fields) {
  int64_t number = 0;
  switch (letter) {
    case 'y':
      return TakeYear(text, count, fields);
    case 'M':
    case 'L':
      return TakeMonth(text, count, fields);
    case 'd':
      return TakeInto(text, count, 2, fields.day);
    case 'H':
      return TakeInto(text, count, 2, fields.hour);
    case 'm':
      return TakeInto(text, count, 2, fields.minute);
    case 's':
      return TakeInto(text, count, 2, fields.second);
    case 'S':
      return TakeFraction(text, count, fields);
    case 'D':
      if (!TakeInto(text, count, 3, number)) return false;
      fields.day_of_year = number;
      return true;
    case 'h':
      if (!TakeInto(text, count, 2, number)) return false;
      fields.half_day_hour = number;
      return true;
    case 'a':
      fields.half = Take(text, "AM") ? 0 : Take(text, "PM") ? 1 : -1;
      return *fields.half >= 0;
    default:
      fields.offset_seconds = TakeOffset(text, count);
      return fields.offset_seconds.has_value();
  }
}

std::optional<int64_t> ToMicros(Fields fields) {
  if (fields.half_day_hour) {
    if (*fields.half_day_hour < 1 || *fields.half_day_hour > 12) return std::nullopt;
    fields.hour = *fields.half_day_hour % 12 + 12 * fields.half.value_or(0);
  }
  std::optional<int64_t> days = DaysOf(fields.year, fields.month, fields.day);
  if (fields.day_of_year) {
    const auto first = DaysOf(fields.year, 1, 1);
    const auto last = DaysOf(fields.year, 12, 31);
    days = *first + *fields.day_of_year - 1;
    if (*days < *first || *days > *last) return std::nullopt;
  }
  if (!days || fields.hour > 23 || fields.minute > 59 || fields.second > 59) return std::nullopt;
  if (*days > 106'751'990 || *days < -106'751'990) return std::nullopt;
  return *days * kDay + ((fields.hour * 60 + fields.minute) * 60 + fields.second) * kSecond +
         fields.micro;
}

void AppendDatePart(std::string& text, char letter, int count, int64_t days) {
  constexpr size_t kWhole = std::string_view::npos;
  const CivilDate date = ToCivil(days);
  switch (letter) {
    case 'y':
      if (count != 2) return AppendNumber(text, date.year, count);
      return AppendNumber(text, ((date.year % 100) + 100) % 100, 2);
    case 'd':
      return AppendNumber(text, date.day, count);
    case 'D':
      return AppendNumber(text, days - *DaysOf(date.year, 1, 1) + 1, count);
    case 'E':
      text +=
          kWeekdays[static_cast<size_t>(((days % 7) + 7) % 7)].substr(0, count <= 3 ? 3 : kWhole);
      return;
    default:
      if (count <= 2) return AppendNumber(text, date.month, count);
      text += kMonths[date.month - 1].substr(0, count == 3 ? 3 : kWhole);
  }
}

void AppendTimePart(std::string& text, char letter, int count, int64_t of_day) {
  const int64_t second = of_day / kSecond;
  const int64_t hour = second / 3600;
  switch (letter) {
    case 'H':
      return AppendNumber(text, hour, count);
    case 'h':
      return AppendNumber(text, hour % 12 == 0 ? 12 : hour % 12, count);
    case 'm':
      return AppendNumber(text, second / 60 % 60, count);
    case 's':
      return AppendNumber(text, second % 60, count);
    case 'a':
      text += hour < 12 ? "AM" : "PM";
      return;
    default: {
      std::string fraction;
      AppendNumber(fraction, of_day % kSecond, 6);
      fraction.resize(static_cast<size_t>(count), '0');
      text += fraction;
    }
  }
}

}  // namespace

Result<DatetimePattern> DatetimePattern::Make(std::string_view pattern) {
  DatetimePattern made;
  const auto literal = [&](std::string_view text) {
    made.items_.push_back(Item{.letter = 0, .count = 0, .literal = std::string(text)});
  };
  for (size_t at = 0; at < pattern.size();) {
    const char c = pattern[at];
    if (c == '\'') {
      const size_t end = pattern.find('\'', at + 1);
      if (end == std::string_view::npos) {
        return Fail(ErrorKind::kInvalidInput, "the pattern '{}': a quote that does not end",
                    pattern);
      }
      literal(end == at + 1 ? "'" : pattern.substr(at + 1, end - at - 1));
      at = end + 1;
      continue;
    }
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    size_t end = at + 1;
    while (is_letter && end < pattern.size() && pattern[end] == c) ++end;
    const auto count = static_cast<int>(end - at);
    if (!is_letter) {
      const bool reserved = std::string_view("[]{}#").find(c) != std::string_view::npos;
      if (reserved) {
        return Fail(ErrorKind::kUnsupported, "the pattern '{}': {} is not supported here", pattern,
                    c);
      }
      literal(pattern.substr(at, 1));
    } else {
      const size_t known = std::string_view("yMLdHhmsSDaEX").find(c);
      constexpr std::array<int, 13> kCountMax{4, 4, 4, 2, 2, 2, 2, 2, 9, 3, 1, 4, 3};
      if (known == std::string_view::npos || count > kCountMax[known]) {
        return Fail(ErrorKind::kUnsupported, "the pattern '{}': {} is not supported here", pattern,
                    pattern.substr(at, end - at));
      }
      made.items_.push_back(Item{.letter = c, .count = count, .literal = {}});
    }
    at = end;
  }
  return made;
}

Status DatetimePattern::CheckForParsing() const {
  for (const Item& item : items_) {
    if (item.letter != 'E') continue;
    return Fail(ErrorKind::kInvalidInput, "a day of the week (E) can be written, but not read");
  }
  return {};
}

void DatetimePattern::Append(std::string& text, int64_t micros) const {
  const int64_t days = FloorDivide(micros, kDay);
  const int64_t of_day = micros - days * kDay;
  for (const Item& item : items_) {
    if (item.letter == 0) {
      text += item.literal;
    } else if (item.letter == 'X') {
      text += 'Z';  // only with the zone UTC
    } else if (std::string_view("yMLdDE").find(item.letter) != std::string_view::npos) {
      AppendDatePart(text, item.letter, item.count, days);
    } else {
      AppendTimePart(text, item.letter, item.count, of_day);
    }
  }
}

std::optional<DatetimePattern::Parsed> DatetimePattern::Parse(std::string_view text) const {
  Fields fields;
  for (const Item& item : items_) {
    if (item.letter == 0) {
      if (!text.starts_with(item.literal)) return std::nullopt;
      text.remove_prefix(item.literal.size());
    } else if (!TakeItem(text, item.letter, item.count, fields)) {
      return std::nullopt;
    }
  }
  if (!text.empty()) return std::nullopt;
  const std::optional<int64_t> micros = ToMicros(fields);
  if (!micros) return std::nullopt;
  return Parsed{.micros = *micros, .offset_seconds = fields.offset_seconds};
}

}  // namespace oresmith::engine
