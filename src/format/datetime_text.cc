#include <array>
#include <limits>
#include <string>

#include "format/datetime_text_internal.h"

namespace oresmith::format {

namespace {

constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kMicrosPerDay = 86400 * kMicrosPerSecond;

// UTF8String.trimAll: spaces and control characters at both ends.
std::string_view TrimAll(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Reads between `min` and `max` digits; stops at the first other character.
std::optional<int64_t> Digits(std::string_view text, size_t& at, size_t min, size_t max) {
  int64_t value = 0;
  const size_t begin = at;
  while (at < text.size() && IsDigit(text[at])) {
    if (at - begin == max) return std::nullopt;
    value = value * 10 + (text[at++] - '0');
  }
  if (at - begin < min) return std::nullopt;
  return value;
}

bool IsLeap(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

bool IsDay(int64_t year, int64_t month, int64_t day) {
  constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return false;
  return day <= kDays[static_cast<size_t>(month - 1)] + (month == 2 && IsLeap(year) ? 1 : 0);
}

// [+-]yyyy[-m[m][-d[d]]] from `at` on; `full` says whether all three parts were there.
std::optional<int64_t> ReadDate(std::string_view text, size_t& at, bool& full) {
  int sign = 1;
  full = false;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) sign = text[at++] == '-' ? -1 : 1;
  const auto year = Digits(text, at, 4, 7);
  if (!year) return std::nullopt;
  int64_t month = 1;
  int64_t day = 1;
  if (at < text.size() && text[at] == '-') {
    const auto m = Digits(text, ++at, 1, 2);
    if (!m) return std::nullopt;
    month = *m;
    if (at < text.size() && text[at] == '-') {
      const auto d = Digits(text, ++at, 1, 2);
      if (!d) return std::nullopt;
      day = *d;
      full = true;
    }
  }
  if (!IsDay(sign * *year, month, day)) return std::nullopt;
  return DaysFromCivil(sign * *year, static_cast<int>(month), static_cast<int>(day));
}

// +h, +hh, +hhmm, +h:m, +hh:mm, +hh:mm:ss and with minus.
std::optional<int64_t> ReadOffset(std::string_view text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const int64_t sign = text[0] == '-' ? -1 : 1;
  size_t at = 1;
  int64_t parts[3] = {0, 0, 0};
  if (text.size() == 5 && text.find(':') == std::string_view::npos) {
    const auto all = Digits(text, at, 4, 4);
    if (!all) return std::nullopt;
    parts[0] = *all / 100;
    parts[1] = *all % 100;
  } else {
    for (int i = 0; i < 3; ++i) {
      const auto part = Digits(text, at, i == 2 ? 2 : 1, 2);
      if (!part) return std::nullopt;
      parts[i] = *part;
      if (at == text.size()) break;
      if (text[at] != ':' || i == 2) return std::nullopt;
      ++at;
    }
  }
  const int64_t seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (parts[1] > 59 || parts[2] > 59 || seconds > 18 * 3600) return std::nullopt;
  return sign * seconds * kMicrosPerSecond;
}

std::optional<int64_t> ReadZone(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!text.starts_with(prefix)) continue;
    const std::string_view rest = text.substr(prefix.size());
    if (rest.empty()) return 0;
    return ReadOffset(rest);
  }
  return ReadOffset(text);
}

// h[:m[:s[.f]]] from `at` on, in microseconds of the day.
std::optional<int64_t> ReadTime(std::string_view text, size_t& at) {
  const auto hour = Digits(text, at, 1, 2);
  if (!hour || *hour > 23) return std::nullopt;
  int64_t minute = 0;
  int64_t second = 0;
  int64_t fraction = 0;
  if (at < text.size() && text[at] == ':') {
    const auto m = Digits(text, ++at, 1, 2);
    if (!m || *m > 59) return std::nullopt;
    minute = *m;
    if (at < text.size() && text[at] == ':') {
      const auto s = Digits(text, ++at, 1, 2);
      if (!s || *s > 59) return std::nullopt;
      second = *s;
      if (at < text.size() && text[at] == '.') {
        ++at;
        int64_t unit = 100000;
        for (; at < text.size() && IsDigit(text[at]); ++at, unit /= 10) {
          fraction += (text[at] - '0') * unit;
        }
      }
    }
  }
  return ((*hour * 60 + minute) * 60 + second) * kMicrosPerSecond + fraction;
}

}  // namespace

int64_t DaysFromCivil(int64_t year, int month, int day) {
  // H. Hinnant, "chrono-compatible low-level date algorithms".
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::optional<int32_t> DateFromText(std::string_view text) {
  text = TrimAll(text);
  size_t at = 0;
  bool full = false;
  const auto days = ReadDate(text, at, full);
  if (!days) return std::nullopt;
  const bool ends = at == text.size();
  if (!ends && (!full || (text[at] != ' ' && text[at] != 'T'))) return std::nullopt;
  if (*days < std::numeric_limits<int32_t>::min() || *days > std::numeric_limits<int32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<int32_t>(*days);
}

std::optional<ParsedTimestamp> TimestampFromText(std::string_view text) {
  text = TrimAll(text);
  if (text.empty()) return std::nullopt;
  ParsedTimestamp parsed;
  size_t at = 0;
  int64_t days = 0;
  bool full = false;
  const bool time_only =
      text[0] == 'T' || (text.size() > 1 && text[1] == ':') || (text.size() > 2 && text[2] == ':');
  if (time_only) {
    parsed.has_date = false;
    if (text[0] == 'T') ++at;
  } else {
    const auto date = ReadDate(text, at, full);
    if (!date) return std::nullopt;
    days = *date;
    if (at == text.size()) {
      if (__builtin_mul_overflow(days, kMicrosPerDay, &parsed.wall_micros)) return std::nullopt;
      return parsed;
    }
    if (!full || (text[at] != ' ' && text[at] != 'T')) return std::nullopt;
    ++at;
  }
  const auto time = ReadTime(text, at);
  if (!time) return std::nullopt;
  if (at < text.size()) {
    std::string_view zone = text.substr(at);
    if (zone.front() == ' ') zone.remove_prefix(1);
    const auto offset = ReadZone(zone);
    if (!offset) return std::nullopt;
    parsed.has_zone = true;
    parsed.offset_micros = *offset;
  }
  int64_t micros = 0;
  if (__builtin_mul_overflow(days, kMicrosPerDay, &micros) ||
      __builtin_add_overflow(micros, *time, &parsed.wall_micros)) {
    return std::nullopt;
  }
  return parsed;
}

}  // namespace oresmith::format
