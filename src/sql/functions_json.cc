// JSON: from_json and what reads single values out of text.

#include <algorithm>

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

// What to_json and to_csv write.
bool HasJsonForm(const Type& type) {
  switch (type.id()) {
    case TypeId::kVariant:
    case TypeId::kIntervalDayTime:
    case TypeId::kIntervalYearMonth:
      return false;
    case TypeId::kArray:
      return HasJsonForm(type.element());
    case TypeId::kMap:
      return (type.key().Is(kStr) || type.key().IsIntegral()) && HasJsonForm(type.value());
    case TypeId::kStruct:
      return std::all_of(type.fields().begin(), type.fields().end(),
                         [](const types::Field& field) { return HasJsonForm(field.type); });
    default:
      return true;
  }
}

Result<Signature> ToCsv(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kStruct)) return WrongArgument(entry, args, 0, "a struct");
  for (const types::Field& field : type.fields()) {
    const Type& each = field.type;
    const bool plain = each.IsNumeric() || each.Is(kStr) || each.Is(kBool) || each.Is(kDate) ||
                       each.Is(kTs) || each.Is(TypeId::kTimestampNtz);
    if (!plain) {
      return Fail(ErrorKind::kUnsupported, "to_csv: a field of {} is not supported", each.ToSql());
    }
  }
  return Signature{{type}, Type(kStr), args[0].nullable, {}};
}

Result<Signature> ToJson(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNested()) return WrongArgument(entry, args, 0, "a struct, an array or a map");
  if (!HasJsonForm(args[0].type)) {
    return Fail(ErrorKind::kUnsupported, "to_json: of {} is not supported", args[0].type.ToSql());
  }
  return Signature{{args[0].type}, Type(kStr), args[0].nullable, {}};
}

// A text, and not what else could be cast to it.
Result<Signature> OfText(const FunctionEntry& entry, Infos args, Type result) {
  if (!args[0].type.Is(kStr) && !args[0].type.Is(TypeId::kVoid)) {
    return WrongArgument(entry, args, 0, "STRING");
  }
  return Signature{{Type(kStr)}, std::move(result), true, {}};
}

constexpr FunctionEntry kEntries[] = {
    {":", kScalar, 2, 2, JsonPath, ""},
    {"from_json", kScalar, 2, -1, FromJson, ""},
    {"get_json_object", kScalar, 2, 2, Fixed<kAlways, kStr, kStr, kStr>, ""},
    {"json_object_keys", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) {
       return OfText(entry, args, Type::Array(Type(kStr), true));
     },
     "(CASE WHEN json_type(TRY_CAST({0} AS JSON)) = 'OBJECT' THEN json_keys({0}) END)"},
    {"json_array_length", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) { return OfText(entry, args, Type(kInt)); },
     "(CASE WHEN json_type(TRY_CAST({0} AS JSON)) = 'ARRAY' THEN CAST(json_array_length({0}) AS "
     "INTEGER) END)"},
    {"to_csv", kScalar, 1, 1, ToCsv, ""},
    {"to_json", kScalar, 1, 1, ToJson, ""},
};

}  // namespace

std::span<const FunctionEntry> JsonEntries() { return kEntries; }

}  // namespace oresmith::sql
