#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/compute/cast.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/checked_cast.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "columnar/batch.h"

namespace oresmith::columnar {
namespace {

using arrow::internal::checked_cast;
using types::Field;
using types::Type;
using types::TypeId;

using ArrayPtr = std::shared_ptr<arrow::Array>;

constexpr int kNone = -1;
constexpr int kAmbiguous = -2;

std::string Join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

bool SameFields(const arrow::FieldVector& have, const std::vector<Field>& want);

bool IsExactly(const arrow::DataType& have, const Type& want);

bool IsExactlyMap(const arrow::MapType& have, const Type& want) {
  return have.item_field()->nullable() == want.value_contains_null() &&
         have.key_field()->name() == "key" && have.item_field()->name() == "value" &&
         IsExactly(*have.key_type(), want.key()) && IsExactly(*have.item_type(), want.value());
}

// Whether `have` is exactly ToArrow(want), found out without making that.
bool IsExactly(const arrow::DataType& have, const Type& want) {
  switch (want.id()) {
    case TypeId::kVoid:
      return have.id() == arrow::Type::NA;
    case TypeId::kBoolean:
      return have.id() == arrow::Type::BOOL;
    case TypeId::kByte:
      return have.id() == arrow::Type::INT8;
    case TypeId::kShort:
      return have.id() == arrow::Type::INT16;
    case TypeId::kInt:
      return have.id() == arrow::Type::INT32;
    case TypeId::kLong:
      return have.id() == arrow::Type::INT64;
    case TypeId::kFloat:
      return have.id() == arrow::Type::FLOAT;
    case TypeId::kDouble:
      return have.id() == arrow::Type::DOUBLE;
    case TypeId::kString:
      return have.id() == arrow::Type::STRING;
    case TypeId::kBinary:
      return have.id() == arrow::Type::BINARY;
    case TypeId::kDate:
      return have.id() == arrow::Type::DATE32;
    case TypeId::kIntervalYearMonth:
      return have.id() == arrow::Type::INTERVAL_MONTHS;
    case TypeId::kDecimal: {
      if (have.id() != arrow::Type::DECIMAL128) return false;
      const auto& decimal = checked_cast<const arrow::DecimalType&>(have);
      return decimal.precision() == want.precision() && decimal.scale() == want.scale();
    }
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz: {
      if (have.id() != arrow::Type::TIMESTAMP) return false;
      const auto& time = checked_cast<const arrow::TimestampType&>(have);
      return time.unit() == arrow::TimeUnit::MICRO &&
             time.timezone() == (want.Is(TypeId::kTimestamp) ? "UTC" : "");
    }
    case TypeId::kIntervalDayTime:
      return have.id() == arrow::Type::DURATION &&
             checked_cast<const arrow::DurationType&>(have).unit() == arrow::TimeUnit::MICRO;
    case TypeId::kVariant:
      return have.Equals(*ToArrow(want));
    case TypeId::kArray: {
      if (have.id() != arrow::Type::LIST) return false;
      const arrow::Field& child = *have.field(0);
      return child.nullable() == want.contains_null() && child.name() == "element" &&
             IsExactly(*child.type(), want.element());
    }
    case TypeId::kMap:
      return have.id() == arrow::Type::MAP &&
             IsExactlyMap(checked_cast<const arrow::MapType&>(have), want);
    case TypeId::kStruct:
      return have.id() == arrow::Type::STRUCT && SameFields(have.fields(), want.fields());
  }
  return false;
}

bool SameFields(const arrow::FieldVector& have, const std::vector<Field>& want) {
  if (have.size() != want.size()) return false;
  for (size_t i = 0; i < want.size(); ++i) {
    const bool same = have[i]->nullable() == want[i].nullable && have[i]->name() == want[i].name &&
                      IsExactly(*have[i]->type(), want[i].type);
    if (!same) return false;
  }
  return true;
}

bool EqualIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  });
}

// The field that `name` means: the one spelt so, else the only one that differs in case alone.
int FindField(const arrow::FieldVector& fields, std::string_view name) {
  int exact = kNone;
  int similar = kNone;
  for (int i = 0; i < static_cast<int>(fields.size()); ++i) {
    const std::string& candidate = fields[static_cast<size_t>(i)]->name();
    if (candidate == name) exact = exact == kNone ? i : kAmbiguous;
    if (EqualIgnoringCase(candidate, name)) similar = similar == kNone ? i : kAmbiguous;
  }
  return exact != kNone ? exact : similar;
}

int DecimalDigits(arrow::Type::type integer) {
  switch (integer) {
    case arrow::Type::INT8:
    case arrow::Type::UINT8:
      return 3;
    case arrow::Type::INT16:
    case arrow::Type::UINT16:
      return 5;
    case arrow::Type::INT32:
    case arrow::Type::UINT32:
      return 10;
    case arrow::Type::INT64:
      return 19;
    default:
      return 20;
  }
}

// Whether each value of the integer type is also one of `want`.
bool IntegerFits(arrow::Type::type have, const Type& want) {
  const bool is_unsigned = have == arrow::Type::UINT8 || have == arrow::Type::UINT16 ||
                           have == arrow::Type::UINT32 || have == arrow::Type::UINT64;
  const int digits = DecimalDigits(have);  // 3, 5, 10 and 19 stand for 1, 2, 4 and 8 bytes
  switch (want.id()) {
    case TypeId::kByte:
      return !is_unsigned && digits <= 3;
    case TypeId::kShort:
      return is_unsigned ? digits <= 3 : digits <= 5;
    case TypeId::kInt:
      return is_unsigned ? digits <= 5 : digits <= 10;
    case TypeId::kLong:
      return is_unsigned ? digits <= 10 : digits <= 19;
    case TypeId::kFloat:
      return digits <= 5;
    case TypeId::kDouble:
      return digits <= 10;
    case TypeId::kDecimal:
      return want.precision() - want.scale() >= digits;
    default:
      return false;
  }
}

bool DecimalFits(const arrow::DataType& have, const Type& want) {
  if (!want.Is(TypeId::kDecimal)) return false;
  const auto& decimal = checked_cast<const arrow::DecimalType&>(have);
  return want.scale() >= decimal.scale() &&
         want.precision() - want.scale() >= decimal.precision() - decimal.scale();
}

// Whether a cast between types without children keeps each value. Dictionaries are resolved before.
bool CastKeepsValues(const arrow::DataType& have, const Type& want) {
  switch (have.id()) {
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
    case arrow::Type::UINT8:
    case arrow::Type::UINT16:
    case arrow::Type::UINT32:
    case arrow::Type::UINT64:
      return IntegerFits(have.id(), want);
    case arrow::Type::FLOAT:
      return want.Is(TypeId::kDouble);
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return DecimalFits(have, want);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return want.Is(TypeId::kString);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return want.Is(TypeId::kBinary);
    case arrow::Type::DATE32:
      return want.Is(TypeId::kTimestampNtz);
    case arrow::Type::DATE64:
      return want.Is(TypeId::kDate);
    case arrow::Type::TIMESTAMP: {
      const bool zoned = !checked_cast<const arrow::TimestampType&>(have).timezone().empty();
      return want.Is(zoned ? TypeId::kTimestamp : TypeId::kTimestampNtz);
    }
    case arrow::Type::DURATION:
      return want.Is(TypeId::kIntervalDayTime);
    default:
      return false;
  }
}

tl::unexpected<Error> CannotCast(const arrow::DataType& have, const Type& want,
                                 const std::string& path) {
  return Fail(ErrorKind::kInvalidInput,
              "column {}: cannot become {} from {} without changing values", path, want.ToSql(),
              have.ToString());
}

Result<ArrayPtr> Cast(const arrow::Array& array, const std::shared_ptr<arrow::DataType>& type,
                      const std::string& path) {
  auto cast = arrow::compute::Cast(array, type, arrow::compute::CastOptions::Safe());
  if (!cast.ok()) {
    return Fail(
        FromArrowStatus(cast.status(), ErrorKind::kInvalidInput, fmt::format("column {}", path)));
  }
  return *std::move(cast);
}

ArrayPtr WithType(const arrow::Array& array, std::shared_ptr<arrow::DataType> type) {
  auto data = array.data()->Copy();
  data->type = std::move(type);
  return arrow::MakeArray(std::move(data));
}

// Nanoseconds are rounded down, as Spark does with Parquet's INT96; Arrow's cast would round
// times before 1970 up.
Result<ArrayPtr> FloorNanosToMicros(const arrow::Array& array,
                                    std::shared_ptr<arrow::DataType> type,
                                    const std::string& path) {
  auto buffer = arrow::AllocateBuffer(array.length() * static_cast<int64_t>(sizeof(int64_t)));
  if (!buffer.ok()) {
    return Fail(
        FromArrowStatus(buffer.status(), ErrorKind::kUnavailable, fmt::format("column {}", path)));
  }
  const std::shared_ptr<arrow::Buffer> values = *std::move(buffer);
  const auto* in = array.data()->GetValues<int64_t>(1);
  auto* out = reinterpret_cast<int64_t*>(values->mutable_data());
  for (int64_t i = 0; i < array.length(); ++i) {
    const int64_t nanos = in[i];
    out[i] = nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
  }
  std::shared_ptr<arrow::Buffer> valid;
  if (array.null_count() > 0) {
    auto copied = arrow::internal::CopyBitmap(
        arrow::default_memory_pool(), array.null_bitmap_data(), array.offset(), array.length());
    if (!copied.ok()) {
      return Fail(FromArrowStatus(copied.status(), ErrorKind::kUnavailable,
                                  fmt::format("column {}", path)));
    }
    valid = *std::move(copied);
  }
  return arrow::MakeArray(arrow::ArrayData::Make(std::move(type), array.length(),
                                                 {std::move(valid), values}, array.null_count()));
}

Result<ArrayPtr> ConformArray(const ArrayPtr& array, const Type& want, const std::string& path);

Result<ArrayPtr> ConformFlat(const ArrayPtr& array, const Type& want, const std::string& path) {
  const arrow::DataType& have = *array->type();
  if (!CastKeepsValues(have, want)) return CannotCast(have, want, path);
  auto target = ToArrow(want);
  if (have.id() == arrow::Type::TIMESTAMP) {
    const auto unit = checked_cast<const arrow::TimestampType&>(have).unit();
    if (unit == arrow::TimeUnit::MICRO) return WithType(*array, std::move(target));
    if (unit == arrow::TimeUnit::NANO) return FloorNanosToMicros(*array, std::move(target), path);
  }
  return Cast(*array, target, path);
}

// Columns or struct fields by name, from `have`'s order into `want`'s.
Result<arrow::ArrayVector> ConformFields(const arrow::FieldVector& have,
                                         const arrow::ArrayVector& arrays, int64_t rows,
                                         const std::vector<Field>& want, const std::string& path) {
  arrow::ArrayVector conformed;
  conformed.reserve(want.size());
  for (const Field& field : want) {
    const std::string field_path = Join(path, field.name);
    const int index = FindField(have, field.name);
    if (index == kAmbiguous) {
      return Fail(ErrorKind::kInvalidInput, "column {}: several columns have that name",
                  field_path);
    }
    if (index == kNone) {
      auto nulls = arrow::MakeArrayOfNull(ToArrow(field.type), rows);
      if (!nulls.ok()) {
        return Fail(FromArrowStatus(nulls.status(), ErrorKind::kUnavailable,
                                    fmt::format("column {}", field_path)));
      }
      conformed.push_back(*std::move(nulls));
      continue;
    }
    TRY(ArrayPtr array, ConformArray(arrays[static_cast<size_t>(index)], field.type, field_path));
    conformed.push_back(std::move(array));
  }
  return conformed;
}

Result<ArrayPtr> ConformStruct(const ArrayPtr& array, const Type& want, const std::string& path) {
  const auto& rows = checked_cast<const arrow::StructArray&>(*array);
  // fields() are cut to the rows of this slice, so the result starts at 0.
  TRY(arrow::ArrayVector children,
      ConformFields(rows.type()->fields(), rows.fields(), rows.length(), want.fields(), path));
  std::shared_ptr<arrow::Buffer> valid;
  if (rows.null_count() > 0) {
    auto copied = arrow::internal::CopyBitmap(arrow::default_memory_pool(), rows.null_bitmap_data(),
                                              rows.offset(), rows.length());
    if (!copied.ok()) {
      return Fail(FromArrowStatus(copied.status(), ErrorKind::kUnavailable,
                                  fmt::format("column {}", path)));
    }
    valid = *std::move(copied);
  }
  return ArrayPtr(std::make_shared<arrow::StructArray>(
      ToArrow(want), rows.length(), std::move(children), std::move(valid), rows.null_count()));
}

Result<ArrayPtr> ConformList(const ArrayPtr& array, const Type& want, const std::string& path) {
  if (array->type_id() != arrow::Type::LIST) {
    TRY(ArrayPtr plain, Cast(*array, arrow::list(array->type()->field(0)), path));
    return ConformArray(plain, want, path);
  }
  const auto& lists = checked_cast<const arrow::ListArray&>(*array);
  TRY(ArrayPtr values, ConformArray(lists.values(), want.element(), Join(path, "element")));
  auto data = lists.data()->Copy();
  data->type = ToArrow(want);
  data->child_data = {values->data()};
  return arrow::MakeArray(std::move(data));
}

Result<ArrayPtr> ConformMap(const ArrayPtr& array, const Type& want, const std::string& path) {
  const auto& maps = checked_cast<const arrow::MapArray&>(*array);
  TRY(ArrayPtr keys, ConformArray(maps.keys(), want.key(), Join(path, "key")));
  TRY(ArrayPtr values, ConformArray(maps.items(), want.value(), Join(path, "value")));
  auto type = ToArrow(want);
  const auto entries = std::make_shared<arrow::StructArray>(type->field(0)->type(), keys->length(),
                                                            arrow::ArrayVector{keys, values});
  auto data = maps.data()->Copy();
  data->type = std::move(type);
  data->child_data = {entries->data()};
  return arrow::MakeArray(std::move(data));
}

bool IsList(arrow::Type::type id) {
  return id == arrow::Type::LIST || id == arrow::Type::LARGE_LIST || id == arrow::Type::LIST_VIEW ||
         id == arrow::Type::LARGE_LIST_VIEW || id == arrow::Type::FIXED_SIZE_LIST;
}

Result<ArrayPtr> ConformArray(const ArrayPtr& array, const Type& want, const std::string& path) {
  const arrow::DataType& have = *array->type();
  if (IsExactly(have, want)) return array;
  if (have.id() == arrow::Type::NA) {
    auto nulls = arrow::MakeArrayOfNull(ToArrow(want), array->length());
    if (nulls.ok()) return *std::move(nulls);
    return Fail(
        FromArrowStatus(nulls.status(), ErrorKind::kUnavailable, fmt::format("column {}", path)));
  }
  if (have.id() == arrow::Type::DICTIONARY) {
    const auto& dictionary = checked_cast<const arrow::DictionaryType&>(have);
    TRY(ArrayPtr plain, Cast(*array, dictionary.value_type(), path));
    return ConformArray(plain, want, path);
  }
  if (want.Is(TypeId::kStruct) && have.id() == arrow::Type::STRUCT) {
    return ConformStruct(array, want, path);
  }
  if (want.Is(TypeId::kArray) && IsList(have.id())) return ConformList(array, want, path);
  if (want.Is(TypeId::kMap) && have.id() == arrow::Type::MAP) {
    return ConformMap(array, want, path);
  }
  return ConformFlat(array, want, path);
}

// Whether a NULL is forbidden somewhere inside values of `type`.
bool HasRequiredPart(const Type& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return !type.contains_null() || HasRequiredPart(type.element());
    case TypeId::kMap:
      return !type.value_contains_null() || HasRequiredPart(type.value());
    case TypeId::kStruct:
      return std::any_of(type.fields().begin(), type.fields().end(), [](const Field& field) {
        return !field.nullable || HasRequiredPart(field.type);
      });
    default:
      return false;
  }
}

tl::unexpected<Error> NullIn(const std::string& path) {
  return Fail(ErrorKind::kInvalidInput, "column {}: NULL in a column that is NOT NULL", path);
}

Status CheckInside(const arrow::Array& array, const Type& type, const std::string& path);

Status CheckPart(const arrow::Array& array, const arrow::Array* parent, bool nullable,
                 const Type& type, const std::string& path) {
  if (!nullable && array.null_count() > 0) {
    for (int64_t i = 0; i < array.length(); ++i) {
      if (array.IsNull(i) && (parent == nullptr || parent->IsValid(i))) return NullIn(path);
    }
  }
  if (!HasRequiredPart(type)) return {};
  return CheckInside(array, type, path);
}

// Elements outside of the slice, or below a NULL list, belong to nobody: they are not looked at.
Status CheckInside(const arrow::Array& array, const Type& type, const std::string& path) {
  if (type.Is(TypeId::kStruct)) {
    const auto& rows = checked_cast<const arrow::StructArray&>(array);
    for (int i = 0; i < rows.num_fields(); ++i) {
      const Field& field = type.fields()[static_cast<size_t>(i)];
      TRY_DO(CheckPart(*rows.field(i), &rows, field.nullable, field.type, Join(path, field.name)));
    }
    return {};
  }
  if (!type.Is(TypeId::kArray) && !type.Is(TypeId::kMap)) return {};
  const auto& lists = checked_cast<const arrow::ListArray&>(array);
  const bool is_map = type.Is(TypeId::kMap);
  const ArrayPtr values =
      is_map ? checked_cast<const arrow::MapArray&>(array).items() : lists.values();
  const Type& element = is_map ? type.value() : type.element();
  if (values->null_count() == 0 && !HasRequiredPart(element)) return {};
  const bool nullable = is_map ? type.value_contains_null() : type.contains_null();
  for (int64_t i = 0; i < lists.length(); ++i) {
    if (lists.IsNull(i)) continue;
    const ArrayPtr slice = values->Slice(lists.value_offset(i), lists.value_length(i));
    TRY_DO(CheckPart(*slice, nullptr, nullable, element, Join(path, is_map ? "value" : "element")));
  }
  return {};
}

Status CheckNulls(const arrow::RecordBatch& batch, const types::Schema& schema) {
  for (size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema[i];
    if (field.nullable && !HasRequiredPart(field.type)) continue;
    TRY_DO(CheckPart(*batch.column(static_cast<int>(i)), nullptr, field.nullable, field.type,
                     field.name));
  }
  return {};
}

}  // namespace

Result<Batch> Conform(const Batch& batch, const types::Schema& schema) {
  const arrow::FieldVector& have = batch->schema()->fields();
  if (SameFields(have, schema)) {
    TRY_DO(CheckNulls(*batch, schema));
    return batch;
  }
  TRY(arrow::ArrayVector columns,
      ConformFields(have, batch->columns(), batch->num_rows(), schema, ""));
  const Batch conformed =
      arrow::RecordBatch::Make(ToArrow(schema), batch->num_rows(), std::move(columns));
  TRY_DO(CheckNulls(*conformed, schema));
  return conformed;
}

}  // namespace oresmith::columnar
