#pragma once

// Texts of single values as Spark writes them into the log (statistics, partition values).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oresmith::delta {

/// Java's Double.toString and Float.toString: 1.0, 1.0E20, -0.0, NaN, -Infinity; the shortest
/// digits that give the value again.
std::string JavaText(double value);
std::string JavaText(float value);

/// -3.10 of the unscaled digits "-310" and scale 2: all digits of the scale, never an exponent.
std::string DecimalText(std::string_view unscaled, int scale);

/// 2020-02-29, by days since 1970.
std::string DateText(int32_t days);
/// Days since 1970, of yyyy-MM-dd (a year may have a sign and more digits).
std::optional<int32_t> ParseDate(std::string_view text);

/// 2020-02-29T12:34:56.123 of microseconds since 1970: `digits` of the fraction (3 or 6), the rest
/// rounded down; `separator` between date and time.
std::string TimestampText(int64_t micros, int digits, char separator);
/// 2020-02-29 12:34:56.5 of microseconds since 1970: as many digits of the fraction as it has.
std::string ShortTimestampText(int64_t micros);
/// Microseconds since 1970 in UTC, of a date, a blank or a T, a time with up to 9 digits of
/// fraction, and at most one zone: Z, UTC or an offset; without a zone it is UTC.
std::optional<int64_t> ParseTimestamp(std::string_view text);

/// The log is JSON, which other bytes would break.
bool IsUtf8(std::string_view text);

}  // namespace oresmith::delta
