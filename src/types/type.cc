#include "types/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/json_text.h"
#include "types/text_internal.h"

namespace oresmith::types {

/// What an array, map or struct is made of. An array uses `value` for its elements.
struct Type::Nested {
  Type key;
  Type value;
  bool value_nullable = true;
  std::vector<Field> fields;
};

namespace {

struct TypeNames {
  TypeId id;
  std::string_view sql;
  std::string_view simple;
  std::string_view json;
};

constexpr std::array<TypeNames, 16> kPlainTypes{{
    {TypeId::kVoid, "VOID", "void", "void"},
    {TypeId::kBoolean, "BOOLEAN", "boolean", "boolean"},
    {TypeId::kByte, "TINYINT", "tinyint", "byte"},
    {TypeId::kShort, "SMALLINT", "smallint", "short"},
    {TypeId::kInt, "INT", "int", "integer"},
    {TypeId::kLong, "BIGINT", "bigint", "long"},
    {TypeId::kFloat, "FLOAT", "float", "float"},
    {TypeId::kDouble, "DOUBLE", "double", "double"},
    {TypeId::kString, "STRING", "string", "string"},
    {TypeId::kBinary, "BINARY", "binary", "binary"},
    {TypeId::kDate, "DATE", "date", "date"},
    {TypeId::kTimestamp, "TIMESTAMP", "timestamp", "timestamp"},
    {TypeId::kTimestampNtz, "TIMESTAMP_NTZ", "timestamp_ntz", "timestamp_ntz"},
    {TypeId::kIntervalYearMonth, "INTERVAL YEAR TO MONTH", "interval year to month",
     "interval year to month"},
    {TypeId::kIntervalDayTime, "INTERVAL DAY TO SECOND", "interval day to second",
     "interval day to second"},
    {TypeId::kVariant, "VARIANT", "variant", "variant"},
}};

const TypeNames& NamesOf(TypeId id) {
  const auto* const found = std::find_if(kPlainTypes.begin(), kPlainTypes.end(),
                                         [id](const TypeNames& names) { return names.id == id; });
  ORESMITH_ASSERT(found != kPlainTypes.end());
  return *found;
}

std::string FieldToSql(const Field& field, std::string_view separator) {
  std::string text =
      fmt::format("{}{}{}", QuoteNameIfNeeded(field.name), separator, field.type.ToSql());
  if (!field.nullable) text += " NOT NULL";
  if (!field.comment.empty()) text += " COMMENT " + QuoteString(field.comment);
  return text;
}

std::string JsonBoolean(bool value) { return value ? "true" : "false"; }

std::string MetadataToJson(const Field& field) {
  std::string text = "{";
  if (!field.comment.empty()) text += "\"comment\":" + JsonText(field.comment);
  for (const auto& [key, value] : field.metadata) {
    if (text.size() > 1) text += ',';
    text += JsonText(key) + ":" + value;
  }
  return text + "}";
}

std::string FieldToJson(const Field& field) {
  return fmt::format(R"({{"name":{},"type":{},"nullable":{},"metadata":{}}})", JsonText(field.name),
                     field.type.ToJson(), JsonBoolean(field.nullable), MetadataToJson(field));
}

}  // namespace

Type::Type(TypeId id) : id_(id) { ORESMITH_ASSERT(id != TypeId::kDecimal && id < TypeId::kArray); }

Type Type::Decimal(int precision, int scale) {
  ORESMITH_ASSERT(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision);
  Type type;
  type.id_ = TypeId::kDecimal;
  type.precision_ = static_cast<uint8_t>(precision);
  type.scale_ = static_cast<uint8_t>(scale);
  return type;
}

Type Type::Array(Type element, bool contains_null) {
  Type type;
  type.id_ = TypeId::kArray;
  type.nested_ = std::make_shared<const Nested>(Nested{
      .key = {}, .value = std::move(element), .value_nullable = contains_null, .fields = {}});
  return type;
}

Type Type::Map(Type key, Type value, bool value_contains_null) {
  Type type;
  type.id_ = TypeId::kMap;
  type.nested_ = std::make_shared<const Nested>(Nested{.key = std::move(key),
                                                       .value = std::move(value),
                                                       .value_nullable = value_contains_null,
                                                       .fields = {}});
  return type;
}

Type Type::Struct(std::vector<Field> fields) {
  Type type;
  type.id_ = TypeId::kStruct;
  type.nested_ = std::make_shared<const Nested>(
      Nested{.key = {}, .value = {}, .value_nullable = true, .fields = std::move(fields)});
  return type;
}

const Type& Type::element() const {
  ORESMITH_ASSERT(id_ == TypeId::kArray);
  return nested_->value;
}

bool Type::contains_null() const {
  ORESMITH_ASSERT(id_ == TypeId::kArray);
  return nested_->value_nullable;
}

const Type& Type::key() const {
  ORESMITH_ASSERT(id_ == TypeId::kMap);
  return nested_->key;
}

const Type& Type::value() const {
  ORESMITH_ASSERT(id_ == TypeId::kMap);
  return nested_->value;
}

bool Type::value_contains_null() const {
  ORESMITH_ASSERT(id_ == TypeId::kMap);
  return nested_->value_nullable;
}

const std::vector<Field>& Type::fields() const {
  ORESMITH_ASSERT(id_ == TypeId::kStruct);
  return nested_->fields;
}

const Field* Type::FindField(std::string_view name) const {
  const Field* ignoring_case = nullptr;
  for (const Field& field : fields()) {
    if (field.name == name) return &field;
    if (ignoring_case == nullptr && EqualsIgnoringCase(field.name, name)) ignoring_case = &field;
  }
  return ignoring_case;
}

std::string Type::ToSql() const {
  switch (id_) {
    case TypeId::kDecimal:
      return fmt::format("DECIMAL({},{})", precision_, scale_);
    case TypeId::kArray:
      return fmt::format("ARRAY<{}>", element().ToSql());
    case TypeId::kMap:
      return fmt::format("MAP<{}, {}>", key().ToSql(), value().ToSql());
    case TypeId::kStruct: {
      std::string text = "STRUCT<";
      for (const Field& field : fields()) {
        if (text.back() != '<') text += ", ";
        text += FieldToSql(field, ": ");
      }
      return text + ">";
    }
    default:
      return std::string(NamesOf(id_).sql);
  }
}

std::string Type::ToSimpleString() const {
  switch (id_) {
    case TypeId::kDecimal:
      return fmt::format("decimal({},{})", precision_, scale_);
    case TypeId::kArray:
      return fmt::format("array<{}>", element().ToSimpleString());
    case TypeId::kMap:
      return fmt::format("map<{},{}>", key().ToSimpleString(), value().ToSimpleString());
    case TypeId::kStruct: {
      std::string text = "struct<";
      for (const Field& field : fields()) {
        if (&field != fields().data()) text += ',';
        text += field.name + ":" + field.type.ToSimpleString();
      }
      return text + ">";
    }
    default:
      return std::string(NamesOf(id_).simple);
  }
}

std::string Type::ToJson() const {
  switch (id_) {
    case TypeId::kDecimal:
      return fmt::format("\"decimal({},{})\"", precision_, scale_);
    case TypeId::kArray:
      return fmt::format(R"({{"type":"array","elementType":{},"containsNull":{}}})",
                         element().ToJson(), JsonBoolean(contains_null()));
    case TypeId::kMap:
      return fmt::format(R"({{"type":"map","keyType":{},"valueType":{},"valueContainsNull":{}}})",
                         key().ToJson(), value().ToJson(), JsonBoolean(value_contains_null()));
    case TypeId::kStruct:
      return SchemaToJson(fields());
    default:
      return fmt::format("\"{}\"", NamesOf(id_).json);
  }
}

bool Type::operator==(const Type& other) const {
  if (id_ != other.id_ || precision_ != other.precision_ || scale_ != other.scale_) return false;
  if (nested_ == other.nested_) return true;
  return nested_->key == other.nested_->key && nested_->value == other.nested_->value &&
         nested_->value_nullable == other.nested_->value_nullable &&
         nested_->fields == other.nested_->fields;
}

std::string SchemaToJson(const Schema& schema) {
  std::string text = R"({"type":"struct","fields":[)";
  for (const Field& field : schema) {
    if (&field != schema.data()) text += ',';
    text += FieldToJson(field);
  }
  return text + "]}";
}

std::string SchemaToDdl(const Schema& schema) {
  std::string text;
  for (const Field& field : schema) {
    if (!text.empty()) text += ", ";
    text += FieldToSql(field, " ");
  }
  return text;
}

std::optional<Type> PlainTypeFromJsonName(std::string_view name) {
  for (const TypeNames& names : kPlainTypes) {
    if (names.json == name) return Type(names.id);
  }
  // Older Spark writes the type of NULL so.
  if (name == "null") return Type();
  return std::nullopt;
}

}  // namespace oresmith::types
