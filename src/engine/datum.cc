#include "engine/datum_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

constexpr int64_t kDayMicros = 86'400'000'000;

template <class T>
T At(duckdb_vector vector, idx_t row) {
  return static_cast<const T*>(duckdb_vector_get_data(vector))[row];
}

std::string TextAt(duckdb_vector vector, idx_t row) {
  const auto& value = static_cast<const duckdb_string_t*>(duckdb_vector_get_data(vector))[row];
  const uint32_t length = value.value.inlined.length;
  return {length <= 12 ? value.value.inlined.inlined : value.value.pointer.ptr, length};
}

Int128 DecimalAt(duckdb_vector vector, idx_t row, int precision) {
  if (precision <= 4) return At<int16_t>(vector, row);
  if (precision <= 9) return At<int32_t>(vector, row);
  if (precision <= 18) return At<int64_t>(vector, row);
  const auto value = At<duckdb_hugeint>(vector, row);
  return (static_cast<Int128>(value.upper) << 64) + value.lower;
}

Datum ReadList(duckdb_vector vector, idx_t row, const Type& type) {
  const auto entry = At<duckdb_list_entry>(vector, row);
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  Datum::Items items;
  for (idx_t i = entry.offset; i < entry.offset + entry.length; ++i) {
    if (type.Is(TypeId::kArray)) {
      items.push_back(ReadDatum(child, i, type.element()));
      continue;
    }
    items.push_back(ReadDatum(duckdb_struct_vector_get_child(child, 0), i, type.key()));
    items.push_back(ReadDatum(duckdb_struct_vector_get_child(child, 1), i, type.value()));
  }
  return Datum(std::move(items));
}

Datum ReadInterval(duckdb_vector vector, idx_t row, const Type& type) {
  const auto value = At<duckdb_interval>(vector, row);
  if (type.Is(TypeId::kIntervalYearMonth)) return Datum(int64_t{value.months});
  return Datum(value.days * kDayMicros + value.micros);
}

Datum ReadStruct(duckdb_vector vector, idx_t row, const Type& type) {
  Datum::Items fields;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    fields.push_back(
        ReadDatum(duckdb_struct_vector_get_child(vector, i), row, type.fields()[i].type));
  }
  return Datum(std::move(fields));
}

template <class T>
void Put(duckdb_vector vector, idx_t row, T value) {
  static_cast<T*>(duckdb_vector_get_data(vector))[row] = value;
}

void PutDecimal(duckdb_vector vector, idx_t row, int precision, Int128 value) {
  if (precision <= 4) {
    Put(vector, row, static_cast<int16_t>(value));
  } else if (precision <= 9) {
    Put(vector, row, static_cast<int32_t>(value));
  } else if (precision <= 18) {
    Put(vector, row, static_cast<int64_t>(value));
  } else {
    Put(vector, row,
        duckdb_hugeint{.lower = static_cast<uint64_t>(value),
                       .upper = static_cast<int64_t>(value >> 64)});
  }
}

void PutNull(duckdb_vector vector, idx_t row, const Type& type) {
  duckdb_vector_ensure_validity_writable(vector);
  duckdb_validity_set_row_invalid(duckdb_vector_get_validity(vector), row);
  // A struct that is NULL has fields that are NULL.
  if (!type.Is(TypeId::kStruct)) return;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    PutNull(duckdb_struct_vector_get_child(vector, i), row, type.fields()[i].type);
  }
}

void PutList(duckdb_vector vector, idx_t row, const Type& type, const Datum& value) {
  const bool is_map = type.Is(TypeId::kMap);
  const idx_t count = is_map ? value.List().size() / 2 : value.List().size();
  const idx_t offset = duckdb_list_vector_get_size(vector);
  duckdb_list_vector_reserve(vector, offset + count);
  duckdb_list_vector_set_size(vector, offset + count);
  Put(vector, row, duckdb_list_entry{.offset = offset, .length = count});
  const duckdb_vector child = duckdb_list_vector_get_child(vector);
  for (idx_t i = 0; i < count; ++i) {
    if (!is_map) {
      WriteDatum(child, offset + i, type.element(), value.List()[i]);
      continue;
    }
    WriteDatum(duckdb_struct_vector_get_child(child, 0), offset + i, type.key(),
               value.List()[2 * i]);
    WriteDatum(duckdb_struct_vector_get_child(child, 1), offset + i, type.value(),
               value.List()[2 * i + 1]);
  }
}

void PutStruct(duckdb_vector vector, idx_t row, const Type& type, const Datum& value) {
  for (size_t i = 0; i < type.fields().size(); ++i) {
    WriteDatum(duckdb_struct_vector_get_child(vector, i), row, type.fields()[i].type,
               value.List()[i]);
  }
}

}  // namespace

Datum ReadDatum(duckdb_vector vector, idx_t row, const Type& type) {
  const uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && ((validity[row / 64] >> (row % 64)) & 1) == 0) return {};
  switch (type.id()) {
    case TypeId::kBoolean:
      return Datum(At<bool>(vector, row));
    case TypeId::kByte:
      return Datum(int64_t{At<int8_t>(vector, row)});
    case TypeId::kShort:
      return Datum(int64_t{At<int16_t>(vector, row)});
    case TypeId::kInt:
    case TypeId::kDate:
      return Datum(int64_t{At<int32_t>(vector, row)});
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Datum(At<int64_t>(vector, row));
    case TypeId::kFloat:
      return Datum(static_cast<double>(At<float>(vector, row)));
    case TypeId::kDouble:
      return Datum(At<double>(vector, row));
    case TypeId::kDecimal:
      return Datum(DecimalAt(vector, row, type.precision()));
    case TypeId::kString:
    case TypeId::kBinary:
      return Datum(TextAt(vector, row));
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
      return ReadInterval(vector, row, type);
    case TypeId::kArray:
    case TypeId::kMap:
      return ReadList(vector, row, type);
    case TypeId::kStruct:
      return ReadStruct(vector, row, type);
    default:
      return {};
  }
}

void WriteDatum(duckdb_vector vector, idx_t row, const Type& type, const Datum& value) {
  if (value.IsNull()) return PutNull(vector, row, type);
  switch (type.id()) {
    case TypeId::kBoolean:
      return Put(vector, row, value.Bool());
    case TypeId::kByte:
      return Put(vector, row, static_cast<int8_t>(value.Int()));
    case TypeId::kShort:
      return Put(vector, row, static_cast<int16_t>(value.Int()));
    case TypeId::kInt:
    case TypeId::kDate:
      return Put(vector, row, static_cast<int32_t>(value.Int()));
    case TypeId::kLong:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Put(vector, row, value.Int());
    case TypeId::kFloat:
      return Put(vector, row, static_cast<float>(value.Double()));
    case TypeId::kDouble:
      return Put(vector, row, value.Double());
    case TypeId::kDecimal:
      return PutDecimal(vector, row, type.precision(), value.Decimal());
    case TypeId::kString:
    case TypeId::kBinary:
      return duckdb_unsafe_vector_assign_string_element_len(vector, row, value.Text().data(),
                                                            value.Text().size());
    case TypeId::kIntervalYearMonth:
      return Put(
          vector, row,
          duckdb_interval{.months = static_cast<int32_t>(value.Int()), .days = 0, .micros = 0});
    case TypeId::kIntervalDayTime:
      return Put(vector, row, duckdb_interval{.months = 0, .days = 0, .micros = value.Int()});
    case TypeId::kArray:
    case TypeId::kMap:
      return PutList(vector, row, type, value);
    case TypeId::kStruct:
      return PutStruct(vector, row, type, value);
    default:
      return PutNull(vector, row, type);
  }
}

namespace {

bool LessItems(const Datum::Items& left, const Datum::Items& right, const Type& type) {
  const bool array = type.Is(TypeId::kArray);
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    const Type& item = array ? type.element() : type.fields()[i].type;
    if (Less(left[i], right[i], item)) return true;
    if (Less(right[i], left[i], item)) return false;
  }
  return left.size() < right.size();
}

}  // namespace

bool Less(const Datum& left, const Datum& right, const Type& type) {
  if (left.IsNull() || right.IsNull()) return left.IsNull() && !right.IsNull();
  switch (type.id()) {
    case TypeId::kBoolean:
      return left.Bool() < right.Bool();
    case TypeId::kFloat:
    case TypeId::kDouble:
      if (std::isnan(left.Double())) return false;
      return std::isnan(right.Double()) || left.Double() < right.Double();
    case TypeId::kDecimal:
      return left.Decimal() < right.Decimal();
    case TypeId::kString:
    case TypeId::kBinary:
      return left.Text() < right.Text();
    case TypeId::kArray:
    case TypeId::kStruct:
      return LessItems(left.List(), right.List(), type);
    default:
      return left.Int() < right.Int();
  }
}

}  // namespace oresmith::engine
