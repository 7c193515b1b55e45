#include "delta/row_group_bounds.h"

#include <arrow/util/decimal.h>
#include <parquet/schema.h>
#include <parquet/statistics.h>
#include <parquet/types.h>

#include <optional>
#include <string>
#include <utility>

namespace oresmith::delta {
namespace {

using parquet::LogicalType;
using types::Type;
using types::TypeId;

constexpr int64_t kMicrosPerMilli = 1000;

/// How the whole numbers of a leaf are to be taken for the column's type.
std::optional<Value> Whole(const Type& type, const LogicalType& logical, int64_t number) {
  const bool is_plain_number =
      logical.is_none() ||
      (logical.is_int() && static_cast<const parquet::IntLogicalType&>(logical).is_signed());
  if (type.IsIntegral() && is_plain_number) return number;
  if (type.Is(TypeId::kDate) && logical.is_date()) return number;
  if (type.Is(TypeId::kDecimal)) {
    if (is_plain_number) return DecimalValue{arrow::Decimal256(number), 0};
    if (!logical.is_decimal()) return std::nullopt;
    const auto& decimal = static_cast<const parquet::DecimalLogicalType&>(logical);
    return DecimalValue{arrow::Decimal256(number), decimal.scale()};
  }
  const bool is_time = type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
  if (!is_time || !logical.is_timestamp()) return std::nullopt;
  const auto unit = static_cast<const parquet::TimestampLogicalType&>(logical).time_unit();
  if (unit == LogicalType::TimeUnit::MICROS) return number;
  int64_t micros = 0;
  if (unit != LogicalType::TimeUnit::MILLIS ||
      __builtin_mul_overflow(number, kMicrosPerMilli, &micros)) {
    return std::nullopt;
  }
  return micros;
}

std::optional<Value> Real(const Type& type, double number) {
  const bool is_real = type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble);
  return is_real ? std::optional<Value>(number) : std::nullopt;
}

std::optional<Value> Bytes(const Type& type, const LogicalType& logical, std::string_view bytes) {
  if (type.Is(TypeId::kString) && logical.is_string()) return std::string(bytes);
  if (type.Is(TypeId::kDecimal) && logical.is_decimal() && !bytes.empty()) {
    const auto digits = arrow::Decimal256::FromBigEndian(
        reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int32_t>(bytes.size()));
    if (!digits.ok()) return std::nullopt;
    return DecimalValue{*digits, static_cast<const parquet::DecimalLogicalType&>(logical).scale()};
  }
  return std::nullopt;
}

template <class Physical, class Convert>
void Take(const parquet::Statistics& statistics, const Convert& convert, Bounds& bounds) {
  const auto& typed = static_cast<const parquet::TypedStatistics<Physical>&>(statistics);
  bounds.min = convert(typed.min());
  bounds.max = convert(typed.max());
}

void TakeMinMax(const Type& type, const parquet::ColumnDescriptor& leaf,
                const parquet::Statistics& statistics, Bounds& bounds) {
  const LogicalType& logical = *leaf.logical_type();
  const auto whole = [&](int64_t number) { return Whole(type, logical, number); };
  const auto real = [&](double number) { return Real(type, number); };
  switch (leaf.physical_type()) {
    case parquet::Type::INT32:
      return Take<parquet::Int32Type>(statistics, whole, bounds);
    case parquet::Type::INT64:
      return Take<parquet::Int64Type>(statistics, whole, bounds);
    case parquet::Type::FLOAT:
      return Take<parquet::FloatType>(statistics, real, bounds);
    case parquet::Type::DOUBLE:
      return Take<parquet::DoubleType>(statistics, real, bounds);
    case parquet::Type::BYTE_ARRAY:
      return Take<parquet::ByteArrayType>(
          statistics,
          [&](const parquet::ByteArray& bytes) {
            return Bytes(type, logical, std::string_view(bytes));
          },
          bounds);
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return Take<parquet::FLBAType>(
          statistics,
          [&](const parquet::FixedLenByteArray& bytes) {
            return Bytes(type, logical,
                         std::string_view(reinterpret_cast<const char*>(bytes.ptr),
                                          static_cast<size_t>(leaf.type_length())));
          },
          bounds);
    default:
      return;  // booleans, INT96
  }
}

}  // namespace

Bounds BoundsOfLeaf(const Type& type, const parquet::FileMetaData& metadata, int row_group,
                    int leaf) {
  Bounds bounds{.may_be_nan = type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble)};
  const auto group = metadata.RowGroup(row_group);
  const auto chunk = group->ColumnChunk(leaf);
  if (!chunk->is_stats_set()) return bounds;
  const auto statistics = chunk->statistics();
  if (statistics == nullptr) return bounds;
  if (statistics->HasNullCount()) {
    bounds.may_be_null = statistics->null_count() != 0;
    bounds.may_be_value = statistics->null_count() != group->num_rows();
  }
  if (statistics->HasMinMax()) {
    TakeMinMax(type, *metadata.schema()->Column(leaf), *statistics, bounds);
  }
  return bounds;
}

}  // namespace oresmith::delta
