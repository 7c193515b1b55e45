#include <arrow/array.h>
#include <arrow/scalar.h>
#include <arrow/util/checked_cast.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cmath>

#include "columnar/batch.h"

namespace oresmith::columnar {
namespace {

using arrow::internal::checked_cast;

// Deeper values are written as null: a message needs no more.
constexpr int kDepthMax = 64;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kSecondsPerDay = 86'400;

// The number of bytes of the well-formed UTF-8 character at `at`; 0 when it is not one.
size_t Utf8Length(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at);
  const size_t length = lead < 0x80   ? 1
                        : lead < 0xC2 ? 0
                        : lead < 0xE0 ? 2
                        : lead < 0xF0 ? 3
                        : lead < 0xF5 ? 4
                                      : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0;
  }
  if (length < 3) return length;
  const unsigned char second = byte(at + 1);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool outside = (lead == 0xED && second >= 0xA0) || (lead == 0xF4 && second >= 0x90);
  return overlong || outside ? 0 : length;
}

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
  }
}

void AppendString(std::string& out, std::string_view text) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20) {
      AppendEscaped(out, c);
      ++i;
      continue;
    }
    const size_t length = Utf8Length(text, i);
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD in place of the byte
      ++i;
      continue;
    }
    out.append(text.substr(i, length));
    i += length;
  }
  out += '"';
}

void AppendBase64(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  out += '"';
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group <<= 8;
      if (i + k < bytes.size()) group |= static_cast<unsigned char>(bytes[i + k]);
    }
    const size_t digits = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t k = 0; k < 4; ++k) {
      out += k < digits ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  out += '"';
}

// The shortest text that reads back as the same value; always with a point or an exponent, so that
// it stays a double. JSON has no NaN or infinity: those become strings, as in Spark.
template <class Float>
void AppendFloat(std::string& out, Float value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
    return;
  }
  if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void AppendDay(std::string& out, int64_t days) {
  const std::chrono::year_month_day day{std::chrono::sys_days(std::chrono::days(days))};
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                 static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

int64_t FloorDivide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

int64_t UnitsPerSecond(arrow::TimeUnit::type unit) {
  switch (unit) {
    case arrow::TimeUnit::SECOND:
      return 1;
    case arrow::TimeUnit::MILLI:
      return 1'000;
    case arrow::TimeUnit::MICRO:
      return kMicrosPerSecond;
    case arrow::TimeUnit::NANO:
      return 1'000'000'000;
  }
  return 1;
}

// Milliseconds at least, more digits only where they are not zero.
void AppendTimestamp(std::string& out, int64_t value, const arrow::TimestampType& type) {
  const int64_t per_second = UnitsPerSecond(type.unit());
  const int64_t seconds = FloorDivide(value, per_second);
  const int64_t nanos = (value - seconds * per_second) * (1'000'000'000 / per_second);
  const int64_t days = FloorDivide(seconds, kSecondsPerDay);
  const int64_t second = seconds - days * kSecondsPerDay;
  out += '"';
  AppendDay(out, days);
  fmt::format_to(std::back_inserter(out), "T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60,
                 second % 60);
  if (nanos % 1'000'000 == 0) {
    fmt::format_to(std::back_inserter(out), ".{:03}", nanos / 1'000'000);
  } else if (nanos % 1'000 == 0) {
    fmt::format_to(std::back_inserter(out), ".{:06}", nanos / 1'000);
  } else {
    fmt::format_to(std::back_inserter(out), ".{:09}", nanos);
  }
  out += type.timezone().empty() ? "\"" : "Z\"";
}

void AppendValue(std::string& out, const arrow::Array& array, int64_t row, int depth);

void AppendStruct(std::string& out, const arrow::StructArray& array, int64_t row, int depth) {
  out += '{';
  for (int i = 0; i < array.num_fields(); ++i) {
    if (i > 0) out += ',';
    AppendString(out, array.struct_type()->field(i)->name());
    out += ':';
    AppendValue(out, *array.field(i), row, depth + 1);
  }
  out += '}';
}

template <class ListArray>
void AppendList(std::string& out, const arrow::Array& array, int64_t row, int depth) {
  const auto& lists = checked_cast<const ListArray&>(array);
  const int64_t begin = lists.value_offset(row);
  const int64_t end = begin + lists.value_length(row);
  out += '[';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    AppendValue(out, *lists.values(), i, depth + 1);
  }
  out += ']';
}

void AppendMap(std::string& out, const arrow::MapArray& maps, int64_t row, int depth) {
  const int64_t begin = maps.value_offset(row);
  const int64_t end = begin + maps.value_length(row);
  out += '{';
  for (int64_t i = begin; i < end; ++i) {
    if (i > begin) out += ',';
    std::string key;
    AppendValue(key, *maps.keys(), i, depth + 1);
    if (key.starts_with('"')) {
      out += key;
    } else {
      AppendString(out, key);  // JSON's keys are strings: 7 becomes "7"
    }
    out += ':';
    AppendValue(out, *maps.items(), i, depth + 1);
  }
  out += '}';
}

template <class IntegerArray>
void AppendInteger(std::string& out, const arrow::Array& array, int64_t row) {
  const auto value = checked_cast<const IntegerArray&>(array).Value(row);
  fmt::format_to(std::back_inserter(out), "{}", +value);
}

// Whatever has no form of its own here: Arrow's text, as a string.
void AppendOther(std::string& out, const arrow::Array& array, int64_t row) {
  const auto scalar = array.GetScalar(row);
  AppendString(out, scalar.ok() ? (*scalar)->ToString() : "?");
}

bool AppendNested(std::string& out, const arrow::Array& array, int64_t row, int depth) {
  switch (array.type_id()) {
    case arrow::Type::STRUCT:
      AppendStruct(out, checked_cast<const arrow::StructArray&>(array), row, depth);
      return true;
    case arrow::Type::LIST:
      AppendList<arrow::ListArray>(out, array, row, depth);
      return true;
    case arrow::Type::LARGE_LIST:
      AppendList<arrow::LargeListArray>(out, array, row, depth);
      return true;
    case arrow::Type::MAP:
      AppendMap(out, checked_cast<const arrow::MapArray&>(array), row, depth);
      return true;
    case arrow::Type::DICTIONARY: {
      const auto& coded = checked_cast<const arrow::DictionaryArray&>(array);
      AppendValue(out, *coded.dictionary(), coded.GetValueIndex(row), depth + 1);
      return true;
    }
    default:
      return false;
  }
}

void AppendValue(std::string& out, const arrow::Array& array, int64_t row, int depth) {
  if (depth > kDepthMax || array.IsNull(row)) {
    out += "null";
    return;
  }
  if (AppendNested(out, array, row, depth)) return;
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      out += checked_cast<const arrow::BooleanArray&>(array).Value(row) ? "true" : "false";
      return;
    case arrow::Type::INT8:
      return AppendInteger<arrow::Int8Array>(out, array, row);
    case arrow::Type::INT16:
      return AppendInteger<arrow::Int16Array>(out, array, row);
    case arrow::Type::INT32:
      return AppendInteger<arrow::Int32Array>(out, array, row);
    case arrow::Type::INT64:
      return AppendInteger<arrow::Int64Array>(out, array, row);
    case arrow::Type::UINT8:
      return AppendInteger<arrow::UInt8Array>(out, array, row);
    case arrow::Type::UINT16:
      return AppendInteger<arrow::UInt16Array>(out, array, row);
    case arrow::Type::UINT32:
      return AppendInteger<arrow::UInt32Array>(out, array, row);
    case arrow::Type::UINT64:
      return AppendInteger<arrow::UInt64Array>(out, array, row);
    case arrow::Type::FLOAT:
      return AppendFloat(out, checked_cast<const arrow::FloatArray&>(array).Value(row));
    case arrow::Type::DOUBLE:
      return AppendFloat(out, checked_cast<const arrow::DoubleArray&>(array).Value(row));
    case arrow::Type::DECIMAL128:
      out += checked_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
      return;
    case arrow::Type::STRING:
      return AppendString(out, checked_cast<const arrow::StringArray&>(array).GetView(row));
    case arrow::Type::LARGE_STRING:
      return AppendString(out, checked_cast<const arrow::LargeStringArray&>(array).GetView(row));
    case arrow::Type::STRING_VIEW:
      return AppendString(out, checked_cast<const arrow::StringViewArray&>(array).GetView(row));
    case arrow::Type::BINARY:
      return AppendBase64(out, checked_cast<const arrow::BinaryArray&>(array).GetView(row));
    case arrow::Type::LARGE_BINARY:
      return AppendBase64(out, checked_cast<const arrow::LargeBinaryArray&>(array).GetView(row));
    case arrow::Type::FIXED_SIZE_BINARY:
      return AppendBase64(out,
                          checked_cast<const arrow::FixedSizeBinaryArray&>(array).GetView(row));
    case arrow::Type::DATE32:
      out += '"';
      AppendDay(out, checked_cast<const arrow::Date32Array&>(array).Value(row));
      out += '"';
      return;
    case arrow::Type::TIMESTAMP:
      return AppendTimestamp(out, checked_cast<const arrow::TimestampArray&>(array).Value(row),
                             checked_cast<const arrow::TimestampType&>(*array.type()));
    default:
      return AppendOther(out, array, row);
  }
}

}  // namespace

std::string RowToJson(const arrow::RecordBatch& batch, int64_t row) {
  ORESMITH_ASSERT(row >= 0 && row < batch.num_rows());
  std::string out = "{";
  for (int i = 0; i < batch.num_columns(); ++i) {
    if (i > 0) out += ',';
    AppendString(out, batch.schema()->field(i)->name());
    out += ':';
    AppendValue(out, *batch.column(i), row, 0);
  }
  out += '}';
  return out;
}

}  // namespace oresmith::columnar
