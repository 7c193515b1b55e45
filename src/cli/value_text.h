#pragma once

// One value of a result as text: as Spark's cast to STRING shows it, and as JSON. The only place
// that knows how a value looks.

#include <arrow/array.h>

#include <cstdint>
#include <string>

namespace oresmith::cli {

/// Appends the value as Spark 4 casts it to STRING: doubles as 1.0E10, timestamps in UTC as
/// 2026-11-21 10:00:00.5, nested values as {1, null}, [1, 2], {a -> 1}; binary as Spark shows it,
/// [41 42]. A NULL is `null` (inside of nested values) unless the caller asked before.
/// REQUIRES: 0 <= row < array.length().
void AppendText(const arrow::Array& array, int64_t row, std::string& text);

/// Appends the value as JSON: numbers as exact numbers (NaN and infinities as strings), timestamps
/// as ISO 8601 strings with Z, dates as strings, binary as base64, structs and maps as objects.
/// Strings that are not UTF-8 get U+FFFD. REQUIRES: 0 <= row < array.length().
void AppendJson(const arrow::Array& array, int64_t row, std::string& text);

/// Appends `value` as a JSON string with its quotes.
void AppendJsonString(std::string_view value, std::string& text);

/// A moment in UTC to the second: 2026-11-21 10:00:00.
std::string UtcSecondsText(int64_t milliseconds);

}  // namespace oresmith::cli
