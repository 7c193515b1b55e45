#include <arrow/status.h>
#include <arrow/util/checked_cast.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"

namespace oresmith::columnar {
namespace {

using arrow::internal::checked_cast;
using types::Field;
using types::Type;
using types::TypeId;

// Deeper nesting than this is a damaged or hostile file, not a table.
constexpr int kDepthMax = 64;

std::shared_ptr<arrow::Field> ToArrowField(const Field& field) {
  return arrow::field(field.name, ToArrow(field.type), field.nullable);
}

std::shared_ptr<arrow::DataType> StructToArrow(const Type& type) {
  arrow::FieldVector fields;
  fields.reserve(type.fields().size());
  for (const Field& field : type.fields()) fields.push_back(ToArrowField(field));
  return arrow::struct_(std::move(fields));
}

Result<Type> FromArrowAt(const arrow::DataType& type, const std::string& path, int depth);

tl::unexpected<Error> NotSupported(const arrow::DataType& type, const std::string& path) {
  const std::string where = path.empty() ? "" : fmt::format("column {}: ", path);
  return Fail(ErrorKind::kUnsupported, "{}no SQL type for the Arrow type {}", where,
              type.ToString());
}

std::string Join(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : fmt::format("{}.{}", path, name);
}

Result<Type> DecimalFromArrow(const arrow::DataType& type, const std::string& path) {
  const auto& decimal = checked_cast<const arrow::DecimalType&>(type);
  const bool fits = decimal.precision() >= 1 && decimal.precision() <= 38 && decimal.scale() >= 0 &&
                    decimal.scale() <= decimal.precision();
  if (!fits) return NotSupported(type, path);
  return Type::Decimal(decimal.precision(), decimal.scale());
}

Result<Type> ListFromArrow(const arrow::DataType& type, const std::string& path, int depth) {
  const arrow::Field& child = *type.field(0);
  TRY(Type element, FromArrowAt(*child.type(), Join(path, "element"), depth + 1));
  return Type::Array(std::move(element), child.nullable());
}

Result<Type> MapFromArrow(const arrow::DataType& type, const std::string& path, int depth) {
  const auto& map = checked_cast<const arrow::MapType&>(type);
  TRY(Type key, FromArrowAt(*map.key_type(), Join(path, "key"), depth + 1));
  TRY(Type value, FromArrowAt(*map.item_type(), Join(path, "value"), depth + 1));
  return Type::Map(std::move(key), std::move(value), map.item_field()->nullable());
}

Result<Type> StructFromArrow(const arrow::DataType& type, const std::string& path, int depth) {
  std::vector<Field> fields;
  fields.reserve(type.fields().size());
  for (const auto& child : type.fields()) {
    TRY(Type child_type, FromArrowAt(*child->type(), Join(path, child->name()), depth + 1));
    fields.push_back(Field{.name = child->name(),
                           .type = std::move(child_type),
                           .nullable = child->nullable(),
                           .comment = {}});
  }
  return Type::Struct(std::move(fields));
}

// Unsigned integers take the next wider signed type, as Spark reads them from Parquet.
Result<Type> FlatFromArrow(const arrow::DataType& type, const std::string& path) {
  switch (type.id()) {
    case arrow::Type::NA:
      return Type();
    case arrow::Type::BOOL:
      return Type(TypeId::kBoolean);
    case arrow::Type::INT8:
      return Type(TypeId::kByte);
    case arrow::Type::UINT8:
    case arrow::Type::INT16:
      return Type(TypeId::kShort);
    case arrow::Type::UINT16:
    case arrow::Type::INT32:
      return Type(TypeId::kInt);
    case arrow::Type::UINT32:
    case arrow::Type::INT64:
      return Type(TypeId::kLong);
    case arrow::Type::UINT64:
      return Type::Decimal(20, 0);
    case arrow::Type::FLOAT:
      return Type(TypeId::kFloat);
    case arrow::Type::DOUBLE:
      return Type(TypeId::kDouble);
    case arrow::Type::DECIMAL32:
    case arrow::Type::DECIMAL64:
    case arrow::Type::DECIMAL128:
    case arrow::Type::DECIMAL256:
      return DecimalFromArrow(type, path);
    case arrow::Type::STRING:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::STRING_VIEW:
      return Type(TypeId::kString);
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::BINARY_VIEW:
    case arrow::Type::FIXED_SIZE_BINARY:
      return Type(TypeId::kBinary);
    case arrow::Type::DATE32:
    case arrow::Type::DATE64:
      return Type(TypeId::kDate);
    case arrow::Type::TIMESTAMP: {
      const bool zoned = !checked_cast<const arrow::TimestampType&>(type).timezone().empty();
      return Type(zoned ? TypeId::kTimestamp : TypeId::kTimestampNtz);
    }
    case arrow::Type::INTERVAL_MONTHS:
      return Type(TypeId::kIntervalYearMonth);
    case arrow::Type::DURATION:
      return Type(TypeId::kIntervalDayTime);
    default:
      return NotSupported(type, path);
  }
}

Result<Type> FromArrowAt(const arrow::DataType& type, const std::string& path, int depth) {
  if (depth > kDepthMax) {
    return Fail(ErrorKind::kUnsupported, "column {}: types nested deeper than {}", path, kDepthMax);
  }
  switch (type.id()) {
    case arrow::Type::DICTIONARY:
      return FromArrowAt(*checked_cast<const arrow::DictionaryType&>(type).value_type(), path,
                         depth + 1);
    case arrow::Type::LIST:
    case arrow::Type::LARGE_LIST:
    case arrow::Type::LIST_VIEW:
    case arrow::Type::LARGE_LIST_VIEW:
    case arrow::Type::FIXED_SIZE_LIST:
      return ListFromArrow(type, path, depth);
    case arrow::Type::MAP:
      return MapFromArrow(type, path, depth);
    case arrow::Type::STRUCT:
      return StructFromArrow(type, path, depth);
    default:
      return FlatFromArrow(type, path);
  }
}

}  // namespace

std::shared_ptr<arrow::DataType> ToArrow(const Type& type) {
  switch (type.id()) {
    case TypeId::kVoid:
      return arrow::null();
    case TypeId::kBoolean:
      return arrow::boolean();
    case TypeId::kByte:
      return arrow::int8();
    case TypeId::kShort:
      return arrow::int16();
    case TypeId::kInt:
      return arrow::int32();
    case TypeId::kLong:
      return arrow::int64();
    case TypeId::kFloat:
      return arrow::float32();
    case TypeId::kDouble:
      return arrow::float64();
    case TypeId::kDecimal:
      return arrow::decimal128(type.precision(), type.scale());
    case TypeId::kString:
      return arrow::utf8();
    case TypeId::kBinary:
      return arrow::binary();
    case TypeId::kDate:
      return arrow::date32();
    case TypeId::kTimestamp:
      return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case TypeId::kTimestampNtz:
      return arrow::timestamp(arrow::TimeUnit::MICRO);
    case TypeId::kIntervalYearMonth:
      return arrow::month_interval();
    case TypeId::kIntervalDayTime:
      return arrow::duration(arrow::TimeUnit::MICRO);
    case TypeId::kVariant:
      return arrow::struct_({arrow::field("metadata", arrow::binary(), false),
                             arrow::field("value", arrow::binary(), false)});
    case TypeId::kArray:
      return arrow::list(arrow::field("element", ToArrow(type.element()), type.contains_null()));
    case TypeId::kMap:
      return arrow::map(ToArrow(type.key()),
                        arrow::field("value", ToArrow(type.value()), type.value_contains_null()));
    case TypeId::kStruct:
      return StructToArrow(type);
  }
  return arrow::null();
}

std::shared_ptr<arrow::Schema> ToArrow(const types::Schema& schema) {
  arrow::FieldVector fields;
  fields.reserve(schema.size());
  for (const Field& field : schema) fields.push_back(ToArrowField(field));
  return arrow::schema(std::move(fields));
}

Result<Type> FromArrow(const arrow::DataType& type) { return FromArrowAt(type, "", 0); }

Result<types::Schema> FromArrow(const arrow::Schema& schema) {
  types::Schema fields;
  fields.reserve(schema.fields().size());
  for (const auto& field : schema.fields()) {
    TRY(Type type, FromArrowAt(*field->type(), field->name(), 0));
    fields.push_back(Field{.name = field->name(),
                           .type = std::move(type),
                           .nullable = field->nullable(),
                           .comment = {}});
  }
  return fields;
}

Error FromArrowStatus(const arrow::Status& status, ErrorKind kind, std::string_view context) {
  return MakeError(kind, "{}: {}", context, status.message());
}

}  // namespace oresmith::columnar
