// Arrays, maps and structs.

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

// a[i] of an array, m[k] of a map.
Result<Signature> Element(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(TypeId::kArray)) {
    if (!args[1].type.IsIntegral()) return WrongArgument(entry, args, 1, "a whole number");
    return Signature{{type, args[1].type}, type.element(), true, "[]:array"};
  }
  if (!type.Is(TypeId::kMap)) return WrongArgument(entry, args, 0, "an array, a map or a struct");
  if (!CanCastImplicitly(args[1].type, type.key())) {
    return WrongArgument(entry, args, 1, type.key().ToSql());
  }
  return Signature{{type, type.key()}, type.value(), true, "[]:map"};
}

Result<Signature> Size(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray) && !type.Is(TypeId::kMap)) {
    return WrongArgument(entry, args, 0, "an array or a map");
  }
  return Signature{{type}, Type(kInt), args[0].nullable,
                   type.Is(TypeId::kMap) ? "size:map" : ""};
}

Result<Signature> MakeArray(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  return Signature{std::vector<Type>(args.size(), common),
                   Type::Array(common, AnyNullable(args)), false, {}};
}

Result<Signature> NamedStruct(const FunctionEntry& entry, Infos args) {
  Signature signature{.arguments = {}, .result = {}, .nullable = false};
  std::vector<types::Field> fields;
  if (args.size() % 2 != 0) {
    return Fail(ErrorKind::kInvalidInput, "{}: names and values do not pair", entry.name);
  }
  for (size_t i = 0; i < args.size(); i += 2) {
    if (args[i].constant == nullptr) return WrongArgument(entry, args, i, "a constant name");
    fields.push_back({.name = *args[i].constant,
                      .type = args[i + 1].type,
                      .nullable = args[i + 1].nullable,
                      .comment = {}});
    signature.arguments.push_back(args[i].type);
    signature.arguments.push_back(args[i + 1].type);
  }
  signature.result = Type::Struct(std::move(fields));
  return signature;
}

Result<Signature> MakeMap(const FunctionEntry& entry, Infos args) {
  if (args.size() % 2 != 0) {
    return Fail(ErrorKind::kInvalidInput, "{}: keys and values do not pair", entry.name);
  }
  std::vector<ArgumentInfo> keys, values;
  for (size_t i = 0; i < args.size(); i += 2) {
    keys.push_back(args[i]);
    values.push_back(args[i + 1]);
  }
  TRY(const Type key, CommonOf(entry, keys));
  TRY(const Type value, CommonOf(entry, values));
  Signature signature{.arguments = {}, .result = Type::Map(key, value, AnyNullable(values)),
                      .nullable = false};
  for (size_t i = 0; i < args.size(); i += 2) {
    signature.arguments.push_back(key);
    signature.arguments.push_back(value);
  }
  return signature;
}

// A lambda's argument type is the type of its body.
Result<Signature> Transform(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  return Signature{{type, args[1].type}, Type::Array(args[1].type, args[1].nullable),
                   args[0].nullable, {}};
}

Result<Signature> Filter(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  if (!CanCastImplicitly(args[1].type, Type(kBool))) {
    return WrongArgument(entry, args, 1, "a condition");
  }
  return Signature{{type, Type(kBool)}, type, args[0].nullable, {}};
}

Result<Signature> Sequence(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  if (!common.IsIntegral()) {
    return Fail(ErrorKind::kUnsupported, "sequence: of {} is not supported", common.ToSql());
  }
  return Signature{std::vector<Type>(args.size(), common), Type::Array(common, false),
                   AnyNullable(args), args.size() == 2 ? "sequence:two" : ""};
}

constexpr FunctionEntry kEntries[] = {
    {"[]", kScalar, 2, 2, Element, ""},
    {"[]:array", kScalar, 2, 2, Element,
     "(CASE WHEN {1} < 0 OR {1} >= len({0}) THEN error('[INVALID_ARRAY_INDEX] The index ' || "
     "CAST({1} AS VARCHAR) || ' is out of bounds. The array has ' || CAST(len({0}) AS VARCHAR) || "
     "' elements.') ELSE list_extract({0}, CAST({1} AS BIGINT) + 1) END)"},
    {"[]:map", kScalar, 2, 2, Element, "map_extract_value({0}, {1})"},
    {"array", kScalar, 0, -1, MakeArray, "[{*}]"},
    {"filter", kScalar, 2, 2, Filter, "list_filter({0}, {1})"},
    {"map", kScalar, 0, -1, MakeMap, ""},
    {"named_struct", kScalar, 2, -1, NamedStruct, ""},
    {"sequence", kScalar, 2, 3, Sequence, "generate_series({0}, {1}, {2})"},
    {"sequence:two", kScalar, 2, 2, Sequence,
     "generate_series({0}, {1}, CASE WHEN {0} <= {1} THEN 1 ELSE -1 END)"},
    {"size", kScalar, 1, 1, Size, "CAST(len({0}) AS INTEGER)"},
    {"size:map", kScalar, 1, 1, Size, "CAST(cardinality({0}) AS INTEGER)"},
    {"transform", kScalar, 2, 2, Transform, "list_transform({0}, {1})"},
};

}  // namespace

std::span<const FunctionEntry> CollectionEntries() { return kEntries; }

}  // namespace oresmith::sql
