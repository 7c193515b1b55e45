// JSON: from_json and what reads single values out of text.

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

// The schema is a column list, or one type: STRUCT<...>, ARRAY<...>, MAP<...>.
Result<Type> JsonType(const std::string& ddl) {
  auto type = types::ParseType(ddl);
  if (type) return AsNullable(*type);
  auto schema = types::ParseDdlSchema(ddl);
  if (!schema) return Fail(std::move(schema).error());
  return AsNullable(Type::Struct(*std::move(schema)));
}

Result<Signature> FromJson(const FunctionEntry& entry, Infos args) {
  TRY(Type text, AcceptArgument(entry, args, 0, kStr));
  if (args[1].constant == nullptr) return WrongArgument(entry, args, 1, "a constant schema");
  auto type = JsonType(*args[1].constant);
  if (!type) return Fail(std::move(type).error().Within("from_json: schema"));
  if (!type->Is(TypeId::kStruct) && !type->Is(TypeId::kArray) && !type->Is(TypeId::kMap)) {
    return Fail(ErrorKind::kInvalidInput,
                "from_json: the schema is {}, and a struct, an array or a map is needed",
                type->ToSql());
  }
  Signature signature{
      .arguments = {std::move(text), Type(kStr)}, .result = *std::move(type), .nullable = true};
  signature.arguments.resize(args.size(), Type(kStr));
  return signature;
}

Result<Signature> JsonPath(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.Is(kStr)) return WrongArgument(entry, args, 0, "STRING");
  return Signature{{Type(kStr), Type(kStr)}, Type(kStr), true, {}};
}

Result<Signature> ToJson(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNested()) return WrongArgument(entry, args, 0, "a struct, an array or a map");
  return Signature{{args[0].type}, Type(kStr), args[0].nullable, {}};
}

constexpr FunctionEntry kEntries[] = {
    {":", kScalar, 2, 2, JsonPath, ""},
    {"from_json", kScalar, 2, -1, FromJson, ""},
    {"get_json_object", kScalar, 2, 2, Fixed<kAlways, kStr, kStr, kStr>, ""},
    {"json_object_keys", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(Type text, AcceptArgument(entry, args, 0, kStr));
       return Signature{{std::move(text)}, Type::Array(Type(kStr), true), true, {}};
     },
     "TRY(CASE WHEN json_type({0}) = 'OBJECT' THEN json_keys({0}) END)"},
    {"json_array_length", kScalar, 1, 1, Fixed<kAlways, kInt, kStr>,
     "TRY(CASE WHEN json_type({0}) = 'ARRAY' THEN CAST(json_array_length({0}) AS INTEGER) END)"},
    {"to_json", kScalar, 1, 1, ToJson, ""},
};

}  // namespace

std::span<const FunctionEntry> JsonEntries() { return kEntries; }

}  // namespace oresmith::sql
