// Delta's schema string to types. Depth is bounded by ParseJson.

#include <fmt/format.h>

#include "types/json_internal.h"
#include "types/text_internal.h"
#include "types/type.h"

namespace oresmith::types {
namespace {

using Kind = JsonValue::Kind;

Result<Type> TypeFromJson(const JsonValue& json);

Result<std::string> StringMember(const JsonValue& json, std::string_view name,
                                 std::string_view where) {
  const JsonValue* const member = json.Find(name);
  if (member == nullptr || member->kind != Kind::kString) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: {} has no text '{}'", where, name);
  }
  return member->string;
}

/// Absent means true, as in Spark's own reader of old tables.
Result<bool> BooleanMember(const JsonValue& json, std::string_view name, std::string_view where) {
  const JsonValue* const member = json.Find(name);
  if (member == nullptr) return true;
  if (member->kind != Kind::kBoolean) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: '{}' of {} is neither true nor false", name,
                where);
  }
  return member->boolean;
}

Result<Type> TypeMember(const JsonValue& json, std::string_view name, std::string_view where) {
  const JsonValue* const member = json.Find(name);
  if (member == nullptr) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: {} has no '{}'", where, name);
  }
  return TypeFromJson(*member);
}

Result<Type> NamedTypeFromJson(const std::string& name) {
  if (std::optional<Type> plain = PlainTypeFromJsonName(name)) return *plain;
  if (name == "decimal") return Type::Decimal(10, 0);
  if (name.starts_with("decimal(")) {
    Result<Type> decimal = ParseType(name);
    if (decimal && decimal->Is(TypeId::kDecimal)) return decimal;
    return Fail(ErrorKind::kCorrupt, "read schema JSON: not a decimal type: '{}'", name);
  }
  return Fail(ErrorKind::kUnsupported, "read schema JSON: unknown type '{}'", name);
}

Status ReadMetadata(const JsonValue& json, Field& field) {
  const JsonValue* const metadata = json.Find("metadata");
  if (metadata == nullptr || metadata->kind == Kind::kNull) return {};
  if (metadata->kind != Kind::kObject) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: 'metadata' of field {} is not an object",
                field.name);
  }
  for (const auto& [key, value] : metadata->members) {
    if (key == "comment" && value.kind == Kind::kString) {
      field.comment = value.string;
    } else {
      field.metadata.emplace_back(key, std::string(value.raw));
    }
  }
  return {};
}

Result<Field> FieldFromJson(const JsonValue& json) {
  if (json.kind != Kind::kObject) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: a field is not an object: {}", json.raw);
  }
  Field field;
  TRY(field.name, StringMember(json, "name", "a field"));
  Result<Type> type = TypeMember(json, "type", "field " + field.name);
  if (!type) {
    Error error = std::move(type).error();
    if (error.note.empty()) error.note = "it is the type of field " + field.name;
    return Fail(std::move(error));
  }
  field.type = std::move(*type);
  TRY(field.nullable, BooleanMember(json, "nullable", "field " + field.name));
  TRY_DO(ReadMetadata(json, field));
  return field;
}

Result<std::vector<Field>> FieldsFromJson(const JsonValue& json) {
  const JsonValue* const list = json.Find("fields");
  if (list == nullptr || list->kind != Kind::kArray) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: a struct has no list 'fields'");
  }
  std::vector<Field> fields;
  for (const JsonValue& item : list->items) {
    TRY(Field field, FieldFromJson(item));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<Type> TypeFromJson(const JsonValue& json) {
  if (json.kind == Kind::kString) return NamedTypeFromJson(json.string);
  if (json.kind != Kind::kObject) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: not a type: {}", json.raw);
  }
  TRY(const std::string name, StringMember(json, "type", "a type"));
  if (name == "struct") {
    TRY(std::vector<Field> fields, FieldsFromJson(json));
    return Type::Struct(std::move(fields));
  }
  if (name == "array") {
    TRY(Type element, TypeMember(json, "elementType", "an array"));
    TRY(const bool contains_null, BooleanMember(json, "containsNull", "an array"));
    return Type::Array(std::move(element), contains_null);
  }
  if (name == "map") {
    TRY(Type key, TypeMember(json, "keyType", "a map"));
    TRY(Type value, TypeMember(json, "valueType", "a map"));
    TRY(const bool contains_null, BooleanMember(json, "valueContainsNull", "a map"));
    return Type::Map(std::move(key), std::move(value), contains_null);
  }
  return Fail(ErrorKind::kUnsupported, "read schema JSON: unknown type '{}'", name);
}

}  // namespace

Result<Schema> SchemaFromJson(std::string_view json) {
  TRY(const JsonValue value, ParseJson(json));
  TRY(const Type type, TypeFromJson(value));
  if (!type.Is(TypeId::kStruct)) {
    return Fail(ErrorKind::kCorrupt, "read schema JSON: a table's schema is a struct, found {}",
                type.ToSimpleString());
  }
  return type.fields();
}

}  // namespace oresmith::types
