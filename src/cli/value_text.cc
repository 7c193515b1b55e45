#include "cli/value_text.h"

#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>

#include "cli/text_width.h"

namespace oresmith::cli {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = int64_t{86'400} * kMicrosPerSecond;

enum class Style { kText, kJson };

int64_t FloorDivide(int64_t value, int64_t by) {
  const int64_t quotient = value / by;
  return value % by < 0 ? quotient - 1 : quotient;
}

/// Java's Double.toString, which Spark's cast is: 1.0, 1.0E7, 1.0E-5. `digits` is the shortest text
/// that reads back as the same number, in the form d.ddde+xx.
std::string JavaNumber(std::string_view digits) {
  std::string sign;
  if (digits.starts_with('-')) {
    sign = "-";
    digits.remove_prefix(1);
  }
  const size_t e = digits.find('e');
  int exponent = 0;
  std::string_view exponent_text = digits.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string figures(digits.substr(0, 1));
  if (e > 2) figures += digits.substr(2, e - 2);
  if (exponent < -3 || exponent >= 7) {
    const std::string fraction = figures.size() > 1 ? figures.substr(1) : "0";
    return fmt::format("{}{}.{}E{}", sign, figures[0], fraction, exponent);
  }
  if (exponent < 0) {
    return sign + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + figures;
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (figures.size() < whole) figures.append(whole - figures.size(), '0');
  const std::string fraction = figures.size() > whole ? figures.substr(whole) : "0";
  return sign + figures.substr(0, whole) + "." + fraction;
}

template <class Number>
void AppendFloating(Number value, Style style, std::string& text) {
  if (!std::isfinite(value)) {
    const std::string_view name = std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    text += style == Style::kJson ? fmt::format("\"{}\"", name) : std::string(name);
    return;
  }
  if (value == 0) {
    text += std::signbit(value) ? "-0.0" : "0.0";
    return;
  }
  std::array<char, 64> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                    std::chars_format::scientific);
  text += JavaNumber(std::string_view(buffer.data(), result.ptr));
}

/// The digits of a decimal with its point, never with an exponent.
void AppendDecimal(const arrow::Decimal128& value, int scale, std::string& text) {
  std::string digits = value.ToIntegerString();
  if (digits.starts_with('-')) {
    text += '-';
    digits.erase(0, 1);
  }
  if (scale <= 0) {
    text += digits + std::string(static_cast<size_t>(-scale), '0');
    return;
  }
  const auto places = static_cast<size_t>(scale);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  text += digits.substr(0, digits.size() - places) + "." + digits.substr(digits.size() - places);
}

/// 2026-11-21; years past 9999 with a plus, as Java writes them.
std::string DateText(int64_t days) {
  // The library's years end at 32767: the same day of the first 400 years after 1970.
  constexpr int64_t kDaysPer400Years = 146'097;
  const int64_t cycles = FloorDivide(days, kDaysPer400Years);
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<int>(days - cycles * kDaysPer400Years)}}};
  const int64_t year = static_cast<int>(date.year()) + cycles * 400;
  const auto month = static_cast<unsigned>(date.month());
  const auto day = static_cast<unsigned>(date.day());
  if (year < 0) return fmt::format("-{:04}-{:02}-{:02}", -year, month, day);
  return fmt::format("{}{:04}-{:02}-{:02}", year > 9999 ? "+" : "", year, month, day);
}

std::string TimestampText(int64_t micros, bool has_zone, Style style) {
  const int64_t days = FloorDivide(micros, kMicrosPerDay);
  const int64_t in_day = micros - days * kMicrosPerDay;
  const int64_t seconds = in_day / kMicrosPerSecond;
  std::string text =
      fmt::format("{}{}{:02}:{:02}:{:02}", DateText(days), style == Style::kJson ? 'T' : ' ',
                  seconds / 3600, seconds / 60 % 60, seconds % 60);
  const int64_t fraction = in_day % kMicrosPerSecond;
  if (fraction != 0) {
    std::string digits = fmt::format("{:06}", fraction);
    while (digits.back() == '0') digits.pop_back();
    text += "." + digits;
  }
  if (style == Style::kJson && has_zone) text += 'Z';
  return text;
}

int64_t ToMicros(int64_t value, arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return value * kMicrosPerSecond;
    case arrow::TimeUnit::MILLI:
      return value * 1000;
    case arrow::TimeUnit::MICRO:
      return value;
    case arrow::TimeUnit::NANO:
      return FloorDivide(value, 1000);
  }
  return value;
}

void AppendQuoted(std::string_view value, Style style, std::string& text) {
  if (style == Style::kJson) {
    AppendJsonString(value, text);
  } else {
    text += value;
  }
}

void AppendBinary(std::string_view bytes, Style style, std::string& text) {
  if (style == Style::kText) {
    text += '[';
    for (size_t i = 0; i < bytes.size(); ++i) {
      text += fmt::format("{}{:02X}", i == 0 ? "" : " ", static_cast<unsigned char>(bytes[i]));
    }
    text += ']';
    return;
  }
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  text += '"';
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t at) -> unsigned {
      return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
    };
    const unsigned group = (byte(i) << 16) | (byte(i + 1) << 8) | byte(i + 2);
    text += kDigits[group >> 18];
    text += kDigits[(group >> 12) & 63];
    text += i + 1 < bytes.size() ? kDigits[(group >> 6) & 63] : '=';
    text += i + 2 < bytes.size() ? kDigits[group & 63] : '=';
  }
  text += '"';
}

// Spark refuses types nested deeper than a few hundred levels; a type of a result is never deeper
// than the one that the binder accepted.
void Append(const arrow::Array& array, int64_t row, Style style, std::string& text);

void AppendStruct(const arrow::StructArray& array, int64_t row, Style style, std::string& text) {
  text += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) text += style == Style::kJson ? "," : ", ";
    if (style == Style::kJson) {
      AppendJsonString(array.struct_type()->field(i)->name(), text);
      text += ':';
    }
    Append(*array.field(i), row, style, text);
  }
  text += '}';
}

template <class ListArray>
void AppendList(const ListArray& array, int64_t row, Style style, std::string& text) {
  text += '[';
  for (int64_t at = array.value_offset(row); at < array.value_offset(row + 1); ++at) {
    if (at > array.value_offset(row)) text += style == Style::kJson ? "," : ", ";
    Append(*array.values(), at, style, text);
  }
  text += ']';
}

void AppendMap(const arrow::MapArray& array, int64_t row, Style style, std::string& text) {
  text += '{';
  for (int64_t at = array.value_offset(row); at < array.value_offset(row + 1); ++at) {
    if (at > array.value_offset(row)) text += style == Style::kJson ? "," : ", ";
    if (style == Style::kJson) {
      std::string key;
      Append(*array.keys(), at, Style::kText, key);
      AppendJsonString(key, text);
      text += ':';
    } else {
      Append(*array.keys(), at, style, text);
      text += " -> ";
    }
    Append(*array.items(), at, style, text);
  }
  text += '}';
}

template <class ArrayType>
auto ValueAt(const arrow::Array& array, int64_t row) {
  return static_cast<const ArrayType&>(array).GetView(row);
}

void AppendOther(const arrow::Array& array, int64_t row, Style style, std::string& text) {
  const auto scalar = array.GetScalar(row);
  AppendQuoted(scalar.ok() ? (*scalar)->ToString() : scalar.status().ToString(), style, text);
}

void AppendTime(const arrow::Array& array, int64_t row, Style style, std::string& text) {
  const std::string_view quote = style == Style::kJson ? "\"" : "";
  if (array.type_id() == arrow::Type::DATE32) {
    text += fmt::format("{}{}{}", quote, DateText(ValueAt<arrow::Date32Array>(array, row)), quote);
    return;
  }
  const auto& type = static_cast<const arrow::TimestampType&>(*array.type());
  const int64_t micros = ToMicros(ValueAt<arrow::TimestampArray>(array, row), type.unit());
  text +=
      fmt::format("{}{}{}", quote, TimestampText(micros, !type.timezone().empty(), style), quote);
}

void AppendNested(const arrow::Array& array, int64_t row, Style style, std::string& text) {
  switch (array.type_id()) {
    case arrow::Type::STRUCT:
      AppendStruct(static_cast<const arrow::StructArray&>(array), row, style, text);
      return;
    case arrow::Type::LIST:
      AppendList(static_cast<const arrow::ListArray&>(array), row, style, text);
      return;
    case arrow::Type::LARGE_LIST:
      AppendList(static_cast<const arrow::LargeListArray&>(array), row, style, text);
      return;
    case arrow::Type::MAP:
      AppendMap(static_cast<const arrow::MapArray&>(array), row, style, text);
      return;
    default:
      AppendOther(array, row, style, text);
  }
}

void Append(const arrow::Array& array, int64_t row, Style style, std::string& text) {
  if (array.IsNull(row)) {
    text += "null";
    return;
  }
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      text += ValueAt<arrow::BooleanArray>(array, row) ? "true" : "false";
      return;
    case arrow::Type::INT8:
      text += fmt::format_int(ValueAt<arrow::Int8Array>(array, row)).c_str();
      return;
    case arrow::Type::INT16:
      text += fmt::format_int(ValueAt<arrow::Int16Array>(array, row)).c_str();
      return;
    case arrow::Type::INT32:
      text += fmt::format_int(ValueAt<arrow::Int32Array>(array, row)).c_str();
      return;
    case arrow::Type::INT64:
      text += fmt::format_int(ValueAt<arrow::Int64Array>(array, row)).c_str();
      return;
    case arrow::Type::FLOAT:
      AppendFloating(ValueAt<arrow::FloatArray>(array, row), style, text);
      return;
    case arrow::Type::DOUBLE:
      AppendFloating(ValueAt<arrow::DoubleArray>(array, row), style, text);
      return;
    case arrow::Type::DECIMAL128: {
      const auto& decimals = static_cast<const arrow::Decimal128Array&>(array);
      const auto& type = static_cast<const arrow::Decimal128Type&>(*array.type());
      AppendDecimal(arrow::Decimal128(decimals.GetValue(row)), type.scale(), text);
      return;
    }
    case arrow::Type::STRING:
      AppendQuoted(ValueAt<arrow::StringArray>(array, row), style, text);
      return;
    case arrow::Type::LARGE_STRING:
      AppendQuoted(ValueAt<arrow::LargeStringArray>(array, row), style, text);
      return;
    case arrow::Type::BINARY:
      AppendBinary(ValueAt<arrow::BinaryArray>(array, row), style, text);
      return;
    case arrow::Type::LARGE_BINARY:
      AppendBinary(ValueAt<arrow::LargeBinaryArray>(array, row), style, text);
      return;
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
      AppendTime(array, row, style, text);
      return;
    default:
      AppendNested(array, row, style, text);
  }
}

}  // namespace

void AppendText(const arrow::Array& array, int64_t row, std::string& text) {
  Append(array, row, Style::kText, text);
}

void AppendJson(const arrow::Array& array, int64_t row, std::string& text) {
  Append(array, row, Style::kJson, text);
}

void AppendJsonString(std::string_view value, std::string& text) {
  text += '"';
  for (size_t at = 0; at < value.size();) {
    const CodePoint point = DecodeAt(value, at);
    if (point.value < 0) {
      text += "\xEF\xBF\xBD";
    } else if (point.value == '"' || point.value == '\\') {
      text += '\\';
      text += static_cast<char>(point.value);
    } else if (point.value == '\n') {
      text += "\\n";
    } else if (point.value == '\r') {
      text += "\\r";
    } else if (point.value == '\t') {
      text += "\\t";
    } else if (point.value < 0x20 || point.value == 0x7F) {
      text += fmt::format("\\u{:04x}", point.value);
    } else {
      text += value.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  text += '"';
}

std::string UtcSecondsText(int64_t milliseconds) {
  const int64_t seconds = FloorDivide(milliseconds, 1000);
  return TimestampText(seconds * kMicrosPerSecond, true, Style::kText);
}

}  // namespace oresmith::cli
