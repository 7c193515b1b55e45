#include <arrow/record_batch.h>
#include <arrow/util/decimal.h>

#include <algorithm>
#include <utility>

#include "engine/arrow_out_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

// Batches become row groups and are handed on in memory: large enough for their overhead not to
// matter, small enough for a few of them to be under way.
constexpr int64_t kBatchRows = 64 * 1024;
constexpr int64_t kBatchTextBytes = 64 << 20;

// Part of a vector.
struct Slice {
  duckdb_vector vector;
  int64_t offset;
  int64_t rows;
};

bool IsValid(const uint64_t* validity, int64_t row) {
  return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
}

class Appender {
 public:
  arrow::Status Append(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder);
  int64_t text_bytes() const { return text_bytes_; }

 private:
  template <class Builder, class Value>
  arrow::Status AppendFixed(const Slice& slice, arrow::ArrayBuilder& builder);
  template <class Builder>
  arrow::Status AppendText(const Slice& slice, arrow::ArrayBuilder& builder);
  arrow::Status AppendBooleans(const Slice& slice, arrow::ArrayBuilder& builder);
  template <class Value>
  arrow::Status AppendDecimals(const Slice& slice, arrow::ArrayBuilder& builder);
  arrow::Status AppendIntervals(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder);
  arrow::Status AppendStruct(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder);
  arrow::Status AppendList(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder);
  arrow::Status AppendMap(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder);
  template <class Builder, class Child>
  arrow::Status AppendRanges(const Slice& slice, int64_t child_rows, Builder& builder,
                             const Child& append_child);

  int64_t text_bytes_ = 0;
};

template <class Builder, class Value>
arrow::Status Appender::AppendFixed(const Slice& slice, arrow::ArrayBuilder& builder) {
  const auto* values = static_cast<const Value*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  // DuckDB's mask has Arrow's layout: bit i is row i, least significant first.
  return static_cast<Builder&>(builder).AppendValues(
      values + slice.offset, slice.rows, reinterpret_cast<const uint8_t*>(validity), slice.offset);
}

template <class Builder>
arrow::Status Appender::AppendText(const Slice& slice, arrow::ArrayBuilder& builder) {
  auto& texts = static_cast<Builder&>(builder);
  auto* values = static_cast<duckdb_string_t*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  int64_t bytes = 0;
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    if (IsValid(validity, row)) bytes += duckdb_string_t_length(values[row]);
  }
  ARROW_RETURN_NOT_OK(texts.Reserve(slice.rows));
  ARROW_RETURN_NOT_OK(texts.ReserveData(bytes));
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    if (!IsValid(validity, row)) {
      texts.UnsafeAppendNull();
      continue;
    }
    const duckdb_string_t& value = values[row];
    const uint32_t length = value.value.inlined.length;
    texts.UnsafeAppend(length <= 12 ? value.value.inlined.inlined : value.value.pointer.ptr,
                       static_cast<int32_t>(length));
  }
  text_bytes_ += bytes;
  return arrow::Status::OK();
}

arrow::Status Appender::AppendBooleans(const Slice& slice, arrow::ArrayBuilder& builder) {
  auto& booleans = static_cast<arrow::BooleanBuilder&>(builder);
  const auto* values = static_cast<const bool*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  ARROW_RETURN_NOT_OK(booleans.Reserve(slice.rows));
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    if (IsValid(validity, row)) {
      booleans.UnsafeAppend(values[row]);
    } else {
      booleans.UnsafeAppendNull();
    }
  }
  return arrow::Status::OK();
}

template <class Value>
arrow::Status Appender::AppendDecimals(const Slice& slice, arrow::ArrayBuilder& builder) {
  auto& decimals = static_cast<arrow::Decimal128Builder&>(builder);
  const auto* values = static_cast<const Value*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  ARROW_RETURN_NOT_OK(decimals.Reserve(slice.rows));
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    if (!IsValid(validity, row)) {
      decimals.UnsafeAppendNull();
    } else if constexpr (std::is_same_v<Value, duckdb_hugeint>) {
      decimals.UnsafeAppend(arrow::Decimal128(values[row].upper, values[row].lower));
    } else {
      decimals.UnsafeAppend(arrow::Decimal128(static_cast<int64_t>(values[row])));
    }
  }
  return arrow::Status::OK();
}

arrow::Status Appender::AppendIntervals(const Type& type, const Slice& slice,
                                        arrow::ArrayBuilder& builder) {
  const auto* values = static_cast<const duckdb_interval*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  constexpr int64_t kDayMicros = 86'400'000'000;
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    const duckdb_interval& value = values[row];
    if (!IsValid(validity, row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else if (type.Is(TypeId::kIntervalYearMonth)) {
      ARROW_RETURN_NOT_OK(static_cast<arrow::MonthIntervalBuilder&>(builder).Append(value.months));
    } else {
      ARROW_RETURN_NOT_OK(static_cast<arrow::DurationBuilder&>(builder).Append(
          value.days * kDayMicros + value.micros));
    }
  }
  return arrow::Status::OK();
}

arrow::Status Appender::AppendStruct(const Type& type, const Slice& slice,
                                     arrow::ArrayBuilder& builder) {
  auto& rows = static_cast<arrow::StructBuilder&>(builder);
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  ARROW_RETURN_NOT_OK(rows.Reserve(slice.rows));
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    ARROW_RETURN_NOT_OK(rows.Append(IsValid(validity, row)));
  }
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const Slice child{.vector = duckdb_struct_vector_get_child(slice.vector, i),
                      .offset = slice.offset,
                      .rows = slice.rows};
    ARROW_RETURN_NOT_OK(
        Append(type.fields()[i].type, child, *rows.field_builder(static_cast<int>(i))));
  }
  return arrow::Status::OK();
}

// The elements of consecutive rows mostly follow each other: appended in as few ranges as possible.
template <class Builder, class Child>
arrow::Status Appender::AppendRanges(const Slice& slice, int64_t child_rows, Builder& builder,
                                     const Child& append_child) {
  const auto* entries = static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(slice.vector));
  const uint64_t* validity = duckdb_vector_get_validity(slice.vector);
  std::vector<int32_t> offsets;
  std::vector<uint8_t> valid;
  std::vector<std::pair<int64_t, int64_t>> ranges;  // of the child: begin, end
  for (int64_t row = slice.offset; row < slice.offset + slice.rows; ++row) {
    offsets.push_back(static_cast<int32_t>(child_rows));
    valid.push_back(IsValid(validity, row) ? 1 : 0);
    if (valid.back() == 0 || entries[row].length == 0) continue;
    const auto begin = static_cast<int64_t>(entries[row].offset);
    const auto end = begin + static_cast<int64_t>(entries[row].length);
    child_rows += end - begin;
    if (!ranges.empty() && ranges.back().second == begin) {
      ranges.back().second = end;
    } else {
      ranges.emplace_back(begin, end);
    }
  }
  ARROW_RETURN_NOT_OK(builder.AppendValues(offsets.data(), slice.rows, valid.data()));
  for (const auto& [begin, end] : ranges) ARROW_RETURN_NOT_OK(append_child(begin, end - begin));
  return arrow::Status::OK();
}

arrow::Status Appender::AppendList(const Type& type, const Slice& slice,
                                   arrow::ArrayBuilder& builder) {
  auto& lists = static_cast<arrow::ListBuilder&>(builder);
  const duckdb_vector child = duckdb_list_vector_get_child(slice.vector);
  arrow::ArrayBuilder& elements = *lists.value_builder();
  return AppendRanges(slice, elements.length(), lists, [&](int64_t begin, int64_t rows) {
    return Append(type.element(), Slice{.vector = child, .offset = begin, .rows = rows}, elements);
  });
}

arrow::Status Appender::AppendMap(const Type& type, const Slice& slice,
                                  arrow::ArrayBuilder& builder) {
  auto& maps = static_cast<arrow::MapBuilder&>(builder);
  const duckdb_vector entries = duckdb_list_vector_get_child(slice.vector);
  const duckdb_vector keys = duckdb_struct_vector_get_child(entries, 0);
  const duckdb_vector values = duckdb_struct_vector_get_child(entries, 1);
  return AppendRanges(slice, maps.key_builder()->length(), maps, [&](int64_t begin, int64_t rows) {
    ARROW_RETURN_NOT_OK(Append(type.key(), Slice{.vector = keys, .offset = begin, .rows = rows},
                               *maps.key_builder()));
    return Append(type.value(), Slice{.vector = values, .offset = begin, .rows = rows},
                  *maps.item_builder());
  });
}

arrow::Status Appender::Append(const Type& type, const Slice& slice, arrow::ArrayBuilder& builder) {
  if (slice.rows == 0) return arrow::Status::OK();
  switch (type.id()) {
    case TypeId::kVoid:
      return builder.AppendNulls(slice.rows);
    case TypeId::kBoolean:
      return AppendBooleans(slice, builder);
    case TypeId::kByte:
      return AppendFixed<arrow::Int8Builder, int8_t>(slice, builder);
    case TypeId::kShort:
      return AppendFixed<arrow::Int16Builder, int16_t>(slice, builder);
    case TypeId::kInt:
      return AppendFixed<arrow::Int32Builder, int32_t>(slice, builder);
    case TypeId::kLong:
      return AppendFixed<arrow::Int64Builder, int64_t>(slice, builder);
    case TypeId::kFloat:
      return AppendFixed<arrow::FloatBuilder, float>(slice, builder);
    case TypeId::kDouble:
      return AppendFixed<arrow::DoubleBuilder, double>(slice, builder);
    case TypeId::kDate:
      return AppendFixed<arrow::Date32Builder, int32_t>(slice, builder);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return AppendFixed<arrow::TimestampBuilder, int64_t>(slice, builder);
    case TypeId::kString:
      return AppendText<arrow::StringBuilder>(slice, builder);
    case TypeId::kBinary:
      return AppendText<arrow::BinaryBuilder>(slice, builder);
    case TypeId::kDecimal:
      if (type.precision() <= 4) return AppendDecimals<int16_t>(slice, builder);
      if (type.precision() <= 9) return AppendDecimals<int32_t>(slice, builder);
      if (type.precision() <= 18) return AppendDecimals<int64_t>(slice, builder);
      return AppendDecimals<duckdb_hugeint>(slice, builder);
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
      return AppendIntervals(type, slice, builder);
    case TypeId::kStruct:
      return AppendStruct(type, slice, builder);
    case TypeId::kArray:
      return AppendList(type, slice, builder);
    case TypeId::kMap:
      return AppendMap(type, slice, builder);
    case TypeId::kVariant:
      break;
  }
  return arrow::Status::NotImplemented(type.ToSql());
}

}  // namespace

Result<ArrowCollector> ArrowCollector::Make(const types::Schema& schema) {
  ArrowCollector collector;
  for (const types::Field& field : schema) {
    TRY_DO(CheckType(field.type));
    collector.types_.push_back(field.type);
  }
  collector.schema_ = columnar::ToArrow(schema);
  for (const auto& field : collector.schema_->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    const arrow::Status made =
        arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder);
    if (!made.ok()) {
      return Fail(columnar::FromArrowStatus(made, ErrorKind::kUnsupported, field->name()));
    }
    collector.builders_.push_back(std::move(builder));
  }
  return collector;
}

Status ArrowCollector::Append(duckdb_data_chunk chunk) {
  const auto rows = static_cast<int64_t>(duckdb_data_chunk_get_size(chunk));
  Appender appender;
  for (size_t i = 0; i < builders_.size(); ++i) {
    const Slice all{.vector = duckdb_data_chunk_get_vector(chunk, i), .offset = 0, .rows = rows};
    const arrow::Status appended = appender.Append(types_[i], all, *builders_[i]);
    if (!appended.ok()) {
      return Fail(columnar::FromArrowStatus(appended, ErrorKind::kUnavailable, "collect rows"));
    }
  }
  row_count_ += rows;
  text_bytes_ += appender.text_bytes();
  return {};
}

bool ArrowCollector::IsFull() const {
  return row_count_ >= kBatchRows || text_bytes_ >= kBatchTextBytes;
}

Result<columnar::Batch> ArrowCollector::Finish() {
  arrow::ArrayVector arrays;
  for (const auto& builder : builders_) {
    arrow::Result<std::shared_ptr<arrow::Array>> array = builder->Finish();
    if (!array.ok()) {
      return Fail(
          columnar::FromArrowStatus(array.status(), ErrorKind::kUnavailable, "collect rows"));
    }
    arrays.push_back(std::move(*array));
  }
  columnar::Batch batch = arrow::RecordBatch::Make(schema_, row_count_, std::move(arrays));
  row_count_ = 0;
  text_bytes_ = 0;
  return batch;
}

}  // namespace oresmith::engine
