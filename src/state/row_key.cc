#include "state/row_key.h"

#include <arrow/array.h>
#include <arrow/type.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace oresmith::state {
namespace {

template <class Value>
void AppendRaw(Value value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
void AppendFloating(Value value, std::string& bytes) {
  if (std::isnan(value)) value = std::numeric_limits<Value>::quiet_NaN();
  AppendRaw(value == 0 ? Value{0} : value, bytes);
}

void AppendText(std::string_view text, std::string& bytes) {
  AppendRaw(static_cast<uint32_t>(text.size()), bytes);
  bytes.append(text);
}

void AppendValue(const arrow::Array& array, int64_t row, std::string& bytes);

void AppendList(const arrow::Array& values, int64_t begin, int64_t count, std::string& bytes) {
  AppendRaw(static_cast<uint32_t>(count), bytes);
  for (int64_t i = 0; i < count; ++i) AppendValue(values, begin + i, bytes);
}

void AppendFixed(const arrow::Array& array, int64_t row, std::string& bytes) {
  const auto& type = static_cast<const arrow::FixedWidthType&>(*array.type());
  const auto width = static_cast<size_t>(type.bit_width()) / 8;
  const uint8_t* values = array.data()->GetValues<uint8_t>(1, 0);
  const size_t at = static_cast<size_t>(array.offset() + row) * width;
  bytes.append(reinterpret_cast<const char*>(values) + at, width);
}

void AppendValue(const arrow::Array& array, int64_t row, std::string& bytes) {
  if (array.IsNull(row)) {
    bytes.push_back('\0');
    return;
  }
  bytes.push_back('\1');
  switch (array.type_id()) {
    case arrow::Type::NA:
      return;
    case arrow::Type::BOOL:
      bytes.push_back(static_cast<const arrow::BooleanArray&>(array).Value(row) ? '\1' : '\0');
      return;
    case arrow::Type::FLOAT:
      return AppendFloating(static_cast<const arrow::FloatArray&>(array).Value(row), bytes);
    case arrow::Type::DOUBLE:
      return AppendFloating(static_cast<const arrow::DoubleArray&>(array).Value(row), bytes);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return AppendText(static_cast<const arrow::BinaryArray&>(array).GetView(row), bytes);
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      return AppendList(*list.values(), list.value_offset(row), list.value_length(row), bytes);
    }
    case arrow::Type::STRUCT: {
      const auto& fields = static_cast<const arrow::StructArray&>(array);
      for (int i = 0; i < fields.num_fields(); ++i) AppendValue(*fields.field(i), row, bytes);
      return;
    }
    default:
      return AppendFixed(array, row, bytes);
  }
}

}  // namespace

void AppendRowKey(const arrow::RecordBatch& batch, const std::vector<int>& columns, int64_t row,
                  std::string& bytes) {
  for (const int column : columns) AppendValue(*batch.column(column), row, bytes);
}

bool HasNull(const arrow::RecordBatch& batch, const std::vector<int>& columns, int64_t row) {
  return std::any_of(columns.begin(), columns.end(),
                     [&](int column) { return batch.column(column)->IsNull(row); });
}

bool CanBeKey(const types::Type& type) {
  using types::TypeId;
  if (type.Is(TypeId::kMap) || type.Is(TypeId::kVariant)) return false;
  if (type.Is(TypeId::kArray)) return CanBeKey(type.element());
  if (!type.Is(TypeId::kStruct)) return true;
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const types::Field& field) { return CanBeKey(field.type); });
}

}  // namespace oresmith::state
