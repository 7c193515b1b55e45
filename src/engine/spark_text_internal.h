#pragma once

// Spark's text forms of values, both ways. Every function: nullopt where Spark's ANSI cast raises
// an error. Source: Spark 4.1, UTF8String, SparkDateTimeUtils, Cast.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace oresmith::engine {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

// ---- text to values --------------------------------------------------------------------------

/// Without blanks and control characters at both ends.
std::string_view TrimAll(std::string_view text);

/// An optional sign and digits; between `min` and `max`.
std::optional<int64_t> ParseInteger(std::string_view text, int64_t min, int64_t max);
/// As Java reads it, and inf, infinity, nan in any case.
std::optional<double> ParseDouble(std::string_view text);
std::optional<float> ParseFloat(std::string_view text);
std::optional<bool> ParseBoolean(std::string_view text);

enum class DecimalFailure { kMalformed, kOverflow, kTooLong };
struct ParsedDecimal {
  std::optional<Int128> unscaled;
  DecimalFailure failure = DecimalFailure::kMalformed;  // when there is none
};
/// Rounded half up to `scale`; must fit `precision`.
ParsedDecimal ParseDecimal(std::string_view text, int precision, int scale);

/// Days since 1970: 2024, 2024-1, 2024-1-5, 2024-01-05T whatever follows.
std::optional<int32_t> ParseDate(std::string_view text);

struct ParsedTimestamp {
  int64_t micros = 0;                     // of the wall clock
  std::optional<int32_t> offset_seconds;  // of the zone that stands in the text
  std::string region;  // the zone's name, when a time zone database must say its offset
};
std::optional<ParsedTimestamp> ParseTimestamp(std::string_view text);

// ---- values to text --------------------------------------------------------------------------

/// 1.0E10, 0.1, NaN, -Infinity: as Java writes them.
void AppendDouble(std::string& text, double value);
void AppendFloat(std::string& text, float value);
void AppendDecimal(std::string& text, Int128 unscaled, int scale);
/// 2024-01-05; years beyond 9999 with a sign.
void AppendDate(std::string& text, int64_t days);
/// 2024-01-05 10:20:30.5
void AppendTimestamp(std::string& text, int64_t micros);

/// What is not UTF-8 becomes U+FFFD.
std::string ReplaceInvalidUtf8(std::string_view bytes);

// ---- arithmetic ------------------------------------------------------------------------------

/// 10 to the power, up to 38.
Int128 PowerOfTen(int exponent);

struct CivilDate {
  int64_t year;
  unsigned month, day;
};
/// Days since 1970 as a date of the proleptic Gregorian calendar.
CivilDate ToCivil(int64_t days);

/// Days since 1970 of a date that exists in the proleptic Gregorian calendar, else nullopt.
std::optional<int64_t> DaysOf(int64_t year, int64_t month, int64_t day);

}  // namespace oresmith::engine
