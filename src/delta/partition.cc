#include "delta/partition.h"

#include <arrow/array/util.h>
#include <arrow/scalar.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/decimal.h>

#include <charconv>
#include <cmath>

#include "columnar/batch.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using types::Type;
using types::TypeId;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

template <class Number>
std::optional<Number> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// Also Java's words, which from_chars reads in other spellings.
template <class Float>
std::optional<Float> ParseFloat(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<Float>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<Float>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<Float>::infinity();
  return ParseNumber<Float>(text);
}

ScalarPtr ParseDecimal(const Type& type, std::string_view text) {
  arrow::Decimal128 value;
  int32_t precision = 0;
  int32_t scale = 0;
  if (!arrow::Decimal128::FromString(text, &value, &precision, &scale).ok()) return nullptr;
  const auto rescaled = value.Rescale(scale, type.scale());
  if (!rescaled.ok() || !rescaled->FitsInPrecision(type.precision())) return nullptr;
  return std::make_shared<arrow::Decimal128Scalar>(*rescaled, columnar::ToArrow(type));
}

template <class Scalar, class Value>
ScalarPtr MakeScalar(const std::optional<Value>& value, const Type& type) {
  if (!value) return nullptr;
  return std::make_shared<Scalar>(*value, columnar::ToArrow(type));
}

std::optional<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

/// nullptr when the text is no value of the type.
ScalarPtr ParseScalar(const Type& type, const std::string& text) {
  switch (type.id()) {
    case TypeId::kBoolean: {
      const auto flag = ParseBool(text);
      return flag ? std::make_shared<arrow::BooleanScalar>(*flag) : nullptr;
    }
    case TypeId::kByte:
      return MakeScalar<arrow::Int8Scalar>(ParseNumber<int8_t>(text), type);
    case TypeId::kShort:
      return MakeScalar<arrow::Int16Scalar>(ParseNumber<int16_t>(text), type);
    case TypeId::kInt:
      return MakeScalar<arrow::Int32Scalar>(ParseNumber<int32_t>(text), type);
    case TypeId::kLong:
      return MakeScalar<arrow::Int64Scalar>(ParseNumber<int64_t>(text), type);
    case TypeId::kFloat:
      return MakeScalar<arrow::FloatScalar>(ParseFloat<float>(text), type);
    case TypeId::kDouble:
      return MakeScalar<arrow::DoubleScalar>(ParseFloat<double>(text), type);
    case TypeId::kDecimal:
      return ParseDecimal(type, text);
    case TypeId::kString:
      return std::make_shared<arrow::StringScalar>(text);
    case TypeId::kBinary:
      return std::make_shared<arrow::BinaryScalar>(text);
    case TypeId::kDate:
      return MakeScalar<arrow::Date32Scalar>(ParseDate(text), type);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return MakeScalar<arrow::TimestampScalar>(ParseTimestamp(text), type);
    default:
      return nullptr;
  }
}

template <class Array>
auto ValueAt(const arrow::Array& array, int64_t row) {
  return checked_cast<const Array&>(array).Value(row);
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> PartitionArray(const Type& type,
                                                     const std::optional<std::string>& value,
                                                     int64_t rows) {
  arrow::Result<std::shared_ptr<arrow::Array>> array;
  if (!value || value->empty()) {
    array = arrow::MakeArrayOfNull(columnar::ToArrow(type), rows);
  } else {
    const ScalarPtr scalar = ParseScalar(type, *value);
    if (scalar == nullptr) {
      return Fail(ErrorKind::kCorrupt, "partition value is no {}: '{}'", type.ToSql(), *value);
    }
    array = arrow::MakeArrayFromScalar(*scalar, rows);
  }
  if (array.ok()) return *std::move(array);
  return Fail(
      columnar::FromArrowStatus(array.status(), ErrorKind::kUnavailable, "partition value"));
}

std::optional<std::string> PartitionText(const arrow::Array& array, const Type& type, int64_t row) {
  if (array.IsNull(row)) return std::nullopt;
  switch (type.id()) {
    case TypeId::kBoolean:
      return ValueAt<arrow::BooleanArray>(array, row) ? "true" : "false";
    case TypeId::kByte:
      return fmt::format("{}", static_cast<int>(ValueAt<arrow::Int8Array>(array, row)));
    case TypeId::kShort:
      return fmt::format("{}", ValueAt<arrow::Int16Array>(array, row));
    case TypeId::kInt:
      return fmt::format("{}", ValueAt<arrow::Int32Array>(array, row));
    case TypeId::kLong:
      return fmt::format("{}", ValueAt<arrow::Int64Array>(array, row));
    case TypeId::kFloat:
      return JavaText(ValueAt<arrow::FloatArray>(array, row));
    case TypeId::kDouble:
      return JavaText(ValueAt<arrow::DoubleArray>(array, row));
    case TypeId::kDecimal:
      return DecimalText(
          arrow::Decimal128(checked_cast<const arrow::Decimal128Array&>(array).GetValue(row))
              .ToIntegerString(),
          type.scale());
    case TypeId::kString:
    case TypeId::kBinary: {
      const std::string_view text = checked_cast<const arrow::BinaryArray&>(array).GetView(row);
      // An empty text reads as NULL for everybody: written as what it will be.
      return text.empty() ? std::nullopt : std::optional(std::string(text));
    }
    case TypeId::kDate:
      return DateText(ValueAt<arrow::Date32Array>(array, row));
    case TypeId::kTimestamp:
      return TimestampText(ValueAt<arrow::TimestampArray>(array, row), 6, 'T') + "Z";
    case TypeId::kTimestampNtz:
      return ShortTimestampText(ValueAt<arrow::TimestampArray>(array, row));
    default:
      ORESMITH_ASSERT(false);
      return std::nullopt;
  }
}

std::optional<std::string> PartitionFolderText(const arrow::Array& array, const Type& type,
                                               int64_t row) {
  if (!type.Is(TypeId::kTimestamp) || array.IsNull(row)) return PartitionText(array, type, row);
  return ShortTimestampText(ValueAt<arrow::TimestampArray>(array, row));
}

}  // namespace oresmith::delta
