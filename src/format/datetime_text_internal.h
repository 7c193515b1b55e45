#pragma once

// Dates and times as text, by the rules of Spark's casts (SparkDateTimeUtils.stringToDate and
// stringToTimestamp), which are also the default of its JSON and CSV readers.

#include <cstdint>
#include <optional>
#include <string_view>

namespace oresmith::format {

/// Days since 1970-01-01: [+-]y{4,7}[-m[m][-d[d]]], then a space or T and anything.
std::optional<int32_t> DateFromText(std::string_view text);

/// A time as text: the wall clock in microseconds since 1970, and the zone that was written.
struct ParsedTimestamp {
  int64_t wall_micros = 0;
  bool has_zone = false;
  bool has_date = true;
  int64_t offset_micros = 0;  ///< of the zone, east of UTC
};

/// [date][T| ][h]h[:[m]m[:[s]s[.f]]][zone]. A zone is Z, UTC, GMT, UT or an offset; a region's name
/// (Europe/Berlin) is not understood here.
std::optional<ParsedTimestamp> TimestampFromText(std::string_view text);

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar.
int64_t DaysFromCivil(int64_t year, int month, int day);

}  // namespace oresmith::format
