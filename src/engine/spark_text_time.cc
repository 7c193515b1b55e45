#include <array>
#include <charconv>
#include <cstdlib>
#include <string>

#include "engine/spark_text_internal.h"

namespace oresmith::engine {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsLeap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[static_cast<size_t>(month - 1)];
}

// A number read digit by digit.
struct Segment {
  int64_t value = 0;
  int digits = 0;
  void Add(char c) {
    // More digits than any valid segment has; only their count matters then.
    if (digits < 9) value = value * 10 + (c - '0');
    ++digits;
  }
};

bool IsDatePart(int index, int digits, int year_digits_max) {
  if (index == 0) return digits >= 4 && digits <= year_digits_max;
  return digits > 0 && digits <= 2;
}

// The segments of a timestamp: year, month, day, hour, minute, second, fraction.
struct Moment {
  std::array<int64_t, 7> values{1, 1, 1, 0, 0, 0, 0};
  std::string_view zone;
};

// Where segment `index` ends with `c`, the segment that follows; -1 when it cannot end so.
int NextSegment(int index, char c) {
  if (index < 2) return c == '-' ? index + 1 : -1;
  if (index == 2) return c == ' ' || c == 'T' ? 3 : -1;
  if (index < 5) return c == ':' ? index + 1 : -1;
  return c == '.' && index == 5 ? 6 : 7;
}

std::optional<Moment> SplitTimestamp(std::string_view text) {
  Moment moment;
  int64_t sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  int index = 0;
  int fraction_digits = 0;
  Segment segment;
  for (size_t at = 0; at < text.size() && index < 7; ++at) {
    const char c = text[at];
    if (IsDigit(c)) {
      // More than microseconds is cut off.
      if (index == 6 && segment.digits >= 6) continue;
      segment.Add(c);
      continue;
    }
    const int next = NextSegment(index, c);
    if (next < 0) return std::nullopt;
    if (index != 6 && !IsDatePart(index, segment.digits, 6)) return std::nullopt;
    moment.values[static_cast<size_t>(index)] = segment.value;
    if (index == 6) fraction_digits = segment.digits;
    if (next == 7) moment.zone = text.substr(at);
    segment = {};
    index = next;
  }
  if (index < 7) {
    if (index != 6 && !IsDatePart(index, segment.digits, 6)) return std::nullopt;
    moment.values[static_cast<size_t>(index)] = segment.value;
    if (index == 6) fraction_digits = segment.digits;
  }
  for (; fraction_digits < 6; ++fraction_digits) moment.values[6] *= 10;
  moment.values[0] *= sign;
  return moment;
}

// Seconds of +h, +hh, +hh:mm, +hhmm, +hh:mm:ss, +hhmmss, up to 18 hours.
std::optional<int32_t> ParseOffset(std::string_view text) {
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  std::array<int, 3> parts{0, 0, 0};
  const bool colons = text.find(':') != std::string_view::npos;
  size_t at = 0;
  for (size_t part = 0; part < 3 && at < text.size(); ++part) {
    if (part > 0 && colons) {
      if (text[at] != ':') return std::nullopt;
      ++at;
    }
    size_t digits = 0;
    while (digits < 2 && at < text.size() && IsDigit(text[at])) {
      parts[part] = parts[part] * 10 + (text[at] - '0');
      ++at;
      ++digits;
    }
    // One digit will do for the hours; for the minutes only after a colon and at the end.
    const bool short_minutes = part == 1 && colons && at == text.size();
    if (digits == 0 || (digits == 1 && part > 0 && !short_minutes)) return std::nullopt;
    if (digits == 1 && part == 0 && at < text.size() && !colons) return std::nullopt;
  }
  if (at != text.size() || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  const int seconds = parts[0] * 3600 + parts[1] * 60 + parts[2];
  if (seconds > 18 * 3600) return std::nullopt;
  return sign * seconds;
}

struct Zone {
  std::optional<int32_t> offset_seconds;
  std::string region;
};

Zone Offset(int32_t seconds) { return Zone{.offset_seconds = seconds, .region = {}}; }

// Java's short names of regions. Source: java.time.ZoneId.SHORT_IDS.
std::string RegionOf(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 25> kShort{
      {{"ACT", "Australia/Darwin"},
       {"AET", "Australia/Sydney"},
       {"AGT", "America/Argentina/Buenos_Aires"},
       {"ART", "Africa/Cairo"},
       {"AST", "America/Anchorage"},
       {"BET", "America/Sao_Paulo"},
       {"BST", "Asia/Dhaka"},
       {"CAT", "Africa/Harare"},
       {"CNT", "America/St_Johns"},
       {"CST", "America/Chicago"},
       {"CTT", "Asia/Shanghai"},
       {"EAT", "Africa/Addis_Ababa"},
       {"ECT", "Europe/Paris"},
       {"IET", "America/Indiana/Indianapolis"},
       {"IST", "Asia/Kolkata"},
       {"JST", "Asia/Tokyo"},
       {"MIT", "Pacific/Apia"},
       {"NET", "Asia/Yerevan"},
       {"NST", "Pacific/Auckland"},
       {"PLT", "Asia/Karachi"},
       {"PNT", "America/Phoenix"},
       {"PRT", "America/Puerto_Rico"},
       {"PST", "America/Los_Angeles"},
       {"SST", "Pacific/Guadalcanal"},
       {"VST", "Asia/Ho_Chi_Minh"}}};
  for (const auto& [abbreviation, region] : kShort) {
    if (name == abbreviation) return std::string(region);
  }
  return std::string(name);
}

std::optional<Zone> ParseZone(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  if (text == "Z") return Offset(0);
  if (text.empty()) return std::nullopt;
  for (const std::string_view prefix : {"UTC", "GMT", "UT"}) {
    if (!text.starts_with(prefix)) continue;
    if (text == prefix) return Offset(0);
    const char next = text[prefix.size()];
    if (next == '+' || next == '-') {
      text.remove_prefix(prefix.size());
      break;
    }
  }
  if (text.front() == '+' || text.front() == '-') {
    if (text.size() < 2) return std::nullopt;
    const std::optional<int32_t> offset = ParseOffset(text);
    if (!offset) return std::nullopt;
    return Offset(*offset);
  }
  constexpr std::array<std::pair<std::string_view, int32_t>, 3> kFixed{
      {{"EST", -5 * 3600}, {"MST", -7 * 3600}, {"HST", -10 * 3600}}};
  for (const auto& [name, seconds] : kFixed) {
    if (text == name) return Offset(seconds);
  }
  const bool is_name =
      (text.front() >= 'A' && text.front() <= 'Z') || (text.front() >= 'a' && text.front() <= 'z');
  if (!is_name || text == "z") return std::nullopt;
  return Zone{.offset_seconds = std::nullopt, .region = RegionOf(text)};
}

}  // namespace

// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
std::optional<int64_t> DaysOf(int64_t year, int64_t month, int64_t day) {
  if (month < 1 || month > 12 || day < 1 || day > DaysInMonth(year, month)) return std::nullopt;
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

std::optional<int32_t> ParseDate(std::string_view text) {
  text = TrimAll(text);
  int64_t sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  std::array<int64_t, 3> values{1, 1, 1};
  int index = 0;
  Segment segment;
  size_t at = 0;
  for (; at < text.size() && text[at] != ' ' && text[at] != 'T'; ++at) {
    if (index < 2 && text[at] == '-') {
      if (!IsDatePart(index, segment.digits, 7)) return std::nullopt;
      values[static_cast<size_t>(index++)] = segment.value;
      segment = {};
      continue;
    }
    if (!IsDigit(text[at])) return std::nullopt;
    segment.Add(text[at]);
  }
  if (!IsDatePart(index, segment.digits, 7)) return std::nullopt;
  // Only a whole date may be followed by a time.
  if (index < 2 && at < text.size()) return std::nullopt;
  values[static_cast<size_t>(index)] = segment.value;
  const std::optional<int64_t> days = DaysOf(sign * values[0], values[1], values[2]);
  if (!days) return std::nullopt;
  return static_cast<int32_t>(*days);
}

std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text) {
  const std::optional<Moment> moment = SplitTimestamp(TrimAll(text));
  if (!moment) return std::nullopt;
  const auto& [year, month, day, hour, minute, second, fraction] = moment->values;
  const std::optional<int64_t> days = DaysOf(year, month, day);
  if (!days || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  ParsedTimestamp parsed;
  // Years beyond what 64 bits of microseconds hold.
  if (*days > 106'751'990 || *days < -106'751'990) return std::nullopt;
  parsed.micros = *days * kDay + ((hour * 60 + minute) * 60 + second) * kSecond + fraction;
  if (moment->zone.empty()) return parsed;
  const std::optional<Zone> zone = ParseZone(moment->zone);
  if (!zone) return std::nullopt;
  parsed.offset_seconds = zone->offset_seconds;
  parsed.region = zone->region;
  return parsed;
}

}  // namespace oresmith::engine
