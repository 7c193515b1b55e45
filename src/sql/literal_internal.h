#pragma once

// The texts inside literals: decimal digits, dates, timestamps, intervals, as Spark reads them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oresmith::sql {

struct DecimalDigits {
  std::string text;  // with exactly `scale` digits after the point
  int precision = 0;
  int scale = 0;
};
/// `1.50`, `.5`, `1e3`: DECIMAL(3,2), (1,1), (4,0). Without a sign.
std::optional<DecimalDigits> ParseDecimalDigits(std::string_view digits);

/// Days since 1970 for `2024`, `2024-1`, `2024-01-05`; a time after T or a blank is ignored, as in
/// Spark's cast.
std::optional<int64_t> ParseDateText(std::string_view text);

struct TimestampText {
  int64_t local_micros = 0;              // the clock that is written, as if in UTC
  std::optional<int64_t> offset_micros;  // of its zone, when it has one
};
/// `2024-01-05`, `2024-01-05 10:20:30.123456`, with `Z` or `+02:00`. Nothing for named zones.
std::optional<TimestampText> ParseTimestampText(std::string_view text);

struct IntervalPartValue {
  bool is_months = false;
  int64_t amount = 0;  // months or microseconds
};
/// `unit` and `to_unit` are upper case and singular; `to_unit` may be empty.
std::optional<IntervalPartValue> ParseIntervalPart(std::string_view text, std::string_view unit,
                                                   std::string_view to_unit);

/// Days since 1970-01-01 of the proleptic Gregorian calendar; nothing for 30 February.
std::optional<int64_t> DaysFromCivil(int64_t year, int month, int day);

}  // namespace oresmith::sql
