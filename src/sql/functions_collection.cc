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
  return Signature{{type}, Type(kInt), args[0].nullable, type.Is(TypeId::kMap) ? "size:map" : ""};
}

Result<Signature> MakeArray(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  return Signature{
      std::vector<Type>(args.size(), common), Type::Array(common, AnyNullable(args)), false, {}};
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
  Signature signature{
      .arguments = {}, .result = Type::Map(key, value, AnyNullable(values)), .nullable = false};
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
  return Signature{
      {type, args[1].type}, Type::Array(args[1].type, args[1].nullable), args[0].nullable, {}};
}

Result<Signature> Filter(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  if (!CanCastImplicitly(args[1].type, Type(kBool))) {
    return WrongArgument(entry, args, 1, "a condition");
  }
  return Signature{{type, Type(kBool)}, type, args[0].nullable, {}};
}

// sequence(from, to [, step]): whole numbers, or dates and times with a step of days and shorter.
Result<Signature> Sequence(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args.first(2)));
  const bool two = args.size() == 2;
  Signature signature{{common, common}, Type::Array(common, false), AnyNullable(args), {}};
  if (common.IsIntegral()) {
    if (!two && !args[2].type.IsIntegral()) return WrongArgument(entry, args, 2, "a whole number");
    TRY(const Type all, CommonOf(entry, args));
    signature.arguments.assign(args.size(), all);
    signature.result = Type::Array(all, false);
    if (two) signature.overload = "sequence:two";
    return signature;
  }
  if (!common.Is(kDate) && !common.Is(kTs)) {
    return Fail(ErrorKind::kUnsupported, "sequence: of {} is not supported", common.ToSql());
  }
  if (!two && args[2].type.Is(TypeId::kIntervalYearMonth)) {
    signature.arguments.push_back(args[2].type);
    signature.overload = "sequence:months";
    return signature;
  }
  if (!two && !args[2].type.Is(TypeId::kIntervalDayTime)) {
    return Fail(ErrorKind::kUnsupported, "sequence: of {} with a step of {} is not supported",
                common.ToSql(), args[2].type.ToSql());
  }
  if (!two) signature.arguments.push_back(args[2].type);
  signature.overload = common.Is(kDate) ? (two ? "sequence:dates" : "sequence:dates_step")
                                        : (two ? "sequence:times" : "sequence:times_step");
  return signature;
}

// Whether two element types meet without text becoming numbers or decimals growing.
bool MeetTightly(const Type& left, const Type& right) {
  if (left == right || left.Is(TypeId::kVoid) || right.Is(TypeId::kVoid)) return true;
  if (left.Is(kStr) || right.Is(kStr)) return false;
  return !left.Is(TypeId::kDecimal) && !right.Is(TypeId::kDecimal);
}

// An array, and values that are compared with its elements.
Result<Signature> ArrayAndElement(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  const auto element = CommonType(type.element(), args[1].type);
  if (!element || !IsComparable(*element)) {
    return WrongArgument(entry, args, 1, type.element().ToSql());
  }
  const Type array = Type::Array(*element, type.contains_null());
  Signature signature{
      {array, *element}, Type(kBool), AnyNullable(args) || type.contains_null(), {}};
  if (entry.name == "array_position") signature.result = Type(kLong);
  if (entry.name == "array_remove") signature.result = array;
  if (entry.name == "array_append" || entry.name == "array_prepend") {
    if (!MeetTightly(type.element(), args[1].type)) {
      return WrongArgument(entry, args, 1, type.element().ToSql());
    }
    signature.result = Type::Array(*element, type.contains_null() || args[1].nullable);
  }
  return signature;
}

// Two arrays with a common type.
Result<Signature> TwoArrays(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, CommonOfAll(entry, args));
  if (!signature.result.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  if (!IsComparable(signature.result)) return WrongArgument(entry, args, 0, "comparable elements");
  if (args[0].type.Is(TypeId::kArray) && args[1].type.Is(TypeId::kArray) &&
      !MeetTightly(args[0].type.element(), args[1].type.element())) {
    return WrongArgument(entry, args, 1, args[0].type.ToSql());
  }
  if (entry.name == "arrays_overlap") {
    signature.result = Type(kBool);
    signature.nullable = true;
  }
  return signature;
}

// A function of one array that gives an array of the same type.
Result<Signature> ArrayToSame(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  if (entry.name == "array_compact") {
    return Signature{{type}, Type::Array(type.element(), false), args[0].nullable, {}};
  }
  if (!IsComparable(type)) return WrongArgument(entry, args, 0, "an array of comparable elements");
  return SameAsFirst(entry, args);
}

// sort_array(a [, ascending])
Result<Signature> SortArray(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, ArrayToSame(entry, args));
  if (args.size() == 2) {
    if (!args[1].number || !args[1].type.Is(kBool)) {
      return Fail(ErrorKind::kUnsupported, "sort_array: the order must be true or false");
    }
    signature.overload = *args[1].number != 0 ? "sort_array:up" : "sort_array:down";
  }
  return signature;
}

Result<Signature> ArrayExtreme(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  return Signature{{type}, type.element(), true, {}};
}

Result<Signature> ArrayJoin(const FunctionEntry& entry, Infos args) {
  const Type strings = Type::Array(Type(kStr), true);
  if (!CanCastImplicitly(args[0].type, strings))
    return WrongArgument(entry, args, 0, "an array of texts");
  Signature signature{{strings, Type(kStr)}, Type(kStr), AnyNullable(args), {}};
  if (args.size() == 3) {
    signature.arguments.emplace_back(kStr);
    signature.overload = "array_join:null";
  }
  return signature;
}

Result<Signature> Slice(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  TRY(Type start, AcceptArgument(entry, args, 1, kInt));
  TRY(Type length, AcceptArgument(entry, args, 2, kInt));
  return Signature{
      {args[0].type, std::move(start), std::move(length)}, args[0].type, AnyNullable(args), {}};
}

Result<Signature> Flatten(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray) || !type.element().Is(TypeId::kArray)) {
    return WrongArgument(entry, args, 0, "an array of arrays");
  }
  return Signature{{type}, type.element(), args[0].nullable || type.contains_null(), {}};
}

Result<Signature> ArrayRepeat(const FunctionEntry& entry, Infos args) {
  TRY(Type count, AcceptArgument(entry, args, 1, kInt));
  return Signature{{args[0].type, std::move(count)},
                   Type::Array(args[0].type, args[0].nullable),
                   args[1].nullable,
                   {}};
}

Result<Signature> ElementAt(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const bool trying = entry.name == "try_element_at";
  if (type.Is(TypeId::kArray)) {
    TRY(Type index, AcceptArgument(entry, args, 1, kInt));
    return Signature{{type, std::move(index)},
                     type.element(),
                     true,
                     trying ? "try_element_at:array" : "element_at:array"};
  }
  if (!type.Is(TypeId::kMap)) return WrongArgument(entry, args, 0, "an array or a map");
  if (!CanCastImplicitly(args[1].type, type.key())) {
    return WrongArgument(entry, args, 1, type.key().ToSql());
  }
  return Signature{{type, type.key()}, type.value(), true, "[]:map"};
}

Result<Signature> GetOrNull(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  TRY(Type index, AcceptArgument(entry, args, 1, kInt));
  return Signature{{args[0].type, std::move(index)}, args[0].type.element(), true, {}};
}

// Parts of a map.
Result<Signature> OfMap(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kMap)) return WrongArgument(entry, args, 0, "a map");
  Signature signature{{type}, Type::Array(type.key(), false), args[0].nullable, {}};
  if (entry.name == "map_values") {
    signature.result = Type::Array(type.value(), type.value_contains_null());
  } else if (entry.name == "map_entries") {
    signature.result = Type::Array(
        Type::Struct({{.name = "key", .type = type.key(), .nullable = false, .comment = {}},
                      {.name = "value",
                       .type = type.value(),
                       .nullable = type.value_contains_null(),
                       .comment = {}}}),
        false);
  } else if (entry.name == "map_contains_key") {
    const bool text =
        args[1].type.Is(kStr) != type.key().Is(kStr) && !args[1].type.Is(TypeId::kVoid);
    if (text || !CanCastImplicitly(args[1].type, type.key())) {
      return WrongArgument(entry, args, 1, type.key().ToSql());
    }
    signature.arguments.push_back(type.key());
    signature.result = Type(kBool);
    signature.nullable = AnyNullable(args);
  }
  return signature;
}

Result<Signature> MapFromArrays(const FunctionEntry& entry, Infos args) {
  for (size_t i = 0; i < 2; ++i) {
    if (!args[i].type.Is(TypeId::kArray)) return WrongArgument(entry, args, i, "an array");
  }
  return Signature{
      {args[0].type, args[1].type},
      Type::Map(args[0].type.element(), args[1].type.element(), args[1].type.contains_null()),
      AnyNullable(args),
      {}};
}

Result<Signature> MapFromEntries(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const bool pairs = type.Is(TypeId::kArray) && type.element().Is(TypeId::kStruct) &&
                     type.element().fields().size() == 2;
  if (!pairs) return WrongArgument(entry, args, 0, "an array of structs with two fields");
  const auto& fields = type.element().fields();
  return Signature{{type},
                   Type::Map(fields[0].type, fields[1].type, fields[1].nullable),
                   args[0].nullable || type.contains_null(),
                   {}};
}

// exists and forall.
Result<Signature> Quantifier(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Filter(entry, args));
  signature.result = Type(kBool);
  signature.nullable = args[0].nullable || args[1].nullable;
  return signature;
}

// aggregate(array, start, merge [, finish])
Result<Signature> Fold(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  const Type& state = args[1].type;
  if (!CanCastImplicitly(args[2].type, state)) {
    return Fail(ErrorKind::kInvalidInput,
                "aggregate: the start is {} and the lambda gives {}; cast the start to that",
                state.ToSql(), args[2].type.ToSql());
  }
  Signature signature{{type, state, state}, state, true, {}};
  if (args.size() == 4) {
    signature.arguments.push_back(args[3].type);
    signature.result = args[3].type;
    signature.overload = "aggregate:finish";
  }
  return signature;
}

constexpr FunctionEntry kEntries[] = {
    {"aggregate", kScalar, 3, 4, Fold, "list_reduce({0}, {2}, {1})"},
    {"aggregate:finish", kScalar, 4, 4, Fold,
     "(CASE WHEN {0} IS NOT NULL THEN list_transform([list_reduce({0}, {2}, {1})], {3})[1] END)"},
    {"array_append", kScalar, 2, 2, ArrayAndElement,
     "(CASE WHEN {0} IS NOT NULL THEN list_append({0}, {1}) END)"},
    {"array_prepend", kScalar, 2, 2, ArrayAndElement,
     "(CASE WHEN {0} IS NOT NULL THEN list_prepend({1}, {0}) END)"},
    {"array_compact", kScalar, 1, 1, ArrayToSame, "list_filter({0}, lambda e: e IS NOT NULL)"},
    {"array_contains", kScalar, 2, 2, ArrayAndElement,
     "(CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN list_contains({0}, {1}) THEN true "
     "WHEN list_position({0}, NULL) IS NOT NULL THEN NULL ELSE false END)"},
    {"array_distinct", kScalar, 1, 1, ArrayToSame,
     "list_filter({0}, lambda e, i: list_position({0}, e) = i)"},
    {"array_except", kScalar, 2, 2, TwoArrays,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e, i: list_position({0}, e) = i AND "
     "list_position({1}, e) IS NULL) END)"},
    {"array_intersect", kScalar, 2, 2, TwoArrays,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e, i: list_position({0}, e) = i AND "
     "list_position({1}, e) IS NOT NULL) END)"},
    {"array_union", kScalar, 2, 2, TwoArrays,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_filter(list_concat({0}, {1}), "
     "lambda e, i: list_position(list_concat({0}, {1}), e) = i) END)"},
    {"arrays_overlap", kScalar, 2, 2, TwoArrays,
     "(CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN list_has_any({0}, {1}) THEN true WHEN "
     "len({0}) > 0 AND len({1}) > 0 AND (list_position({0}, NULL) IS NOT NULL OR "
     "list_position({1}, NULL) IS NOT NULL) THEN NULL ELSE false END)"},
    {"array_join", kScalar, 2, 3, ArrayJoin,
     "(CASE WHEN {0} IS NOT NULL THEN coalesce(array_to_string({0}, {1}), '') END)"},
    {"array_join:null", kScalar, 3, 3, ArrayJoin,
     "(CASE WHEN {0} IS NOT NULL AND {2} IS NOT NULL THEN coalesce(array_to_string("
     "list_transform({0}, lambda e: coalesce(e, {2})), {1}), '') END)"},
    {"array_max", kScalar, 1, 1, ArrayExtreme, "list_max({0})"},
    {"array_min", kScalar, 1, 1, ArrayExtreme, "list_min({0})"},
    {"array_position", kScalar, 2, 2, ArrayAndElement,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN coalesce(list_position({0}, {1}), 0) "
     "END)"},
    {"array_remove", kScalar, 2, 2, ArrayAndElement,
     "(CASE WHEN {1} IS NOT NULL THEN list_filter({0}, lambda e: e IS NULL OR e <> {1}) END)"},
    {"array_repeat", kScalar, 2, 2, ArrayRepeat, "repeat([{0}], {1})"},
    {"array_sort", kScalar, 1, 1, ArrayToSame, "list_sort({0}, 'ASC', 'NULLS LAST')"},
    {"sort_array", kScalar, 1, 2, SortArray, "list_sort({0}, 'ASC', 'NULLS FIRST')"},
    {"sort_array:up", kScalar, 2, 2, SortArray, "list_sort({0}, 'ASC', 'NULLS FIRST')"},
    {"sort_array:down", kScalar, 2, 2, SortArray, "list_sort({0}, 'DESC', 'NULLS LAST')"},
    {"element_at", kScalar, 2, 2, ElementAt, ""},
    {"element_at:array", kScalar, 2, 2, ElementAt,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index "
     "shall be either < 0 or > 0 (the first element has index 1).') WHEN abs({1}) > len({0}) THEN "
     "error('[INVALID_ARRAY_INDEX_IN_ELEMENT_AT] The index ' || CAST({1} AS VARCHAR) || ' is out "
     "of bounds. The array has ' || CAST(len({0}) AS VARCHAR) || ' elements.') ELSE "
     "list_extract({0}, {1}) END)"},
    {"try_element_at", kScalar, 2, 2, ElementAt, ""},
    {"try_element_at:array", kScalar, 2, 2, ElementAt,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid. An index "
     "shall be either < 0 or > 0 (the first element has index 1).') ELSE list_extract({0}, {1}) "
     "END)"},
    {"exists", kScalar, 2, 2, Quantifier,
     "(CASE WHEN {0} IS NULL THEN NULL WHEN list_position(list_transform({0}, {1}), true) IS NOT "
     "NULL THEN true WHEN list_position(list_transform({0}, {1}), NULL) IS NOT NULL THEN NULL "
     "ELSE false END)"},
    {"forall", kScalar, 2, 2, Quantifier,
     "(CASE WHEN {0} IS NULL THEN NULL WHEN list_position(list_transform({0}, {1}), false) IS NOT "
     "NULL THEN false WHEN list_position(list_transform({0}, {1}), NULL) IS NOT NULL THEN NULL "
     "ELSE true END)"},
    {"flatten", kScalar, 1, 1, Flatten,
     "(CASE WHEN list_position({0}, NULL) IS NULL THEN flatten({0}) END)"},
    {"get", kScalar, 2, 2, GetOrNull,
     "(CASE WHEN {1} >= 0 THEN list_extract({0}, CAST({1} AS BIGINT) + 1) END)"},
    {"map_contains_key", kScalar, 2, 2, OfMap, "map_contains({0}, {1})"},
    {"map_entries", kScalar, 1, 1, OfMap, "map_entries({0})"},
    {"map_keys", kScalar, 1, 1, OfMap, "map_keys({0})"},
    {"map_values", kScalar, 1, 1, OfMap, "map_values({0})"},
    {"map_from_arrays", kScalar, 2, 2, MapFromArrays, "MAP({0}, {1})"},
    {"map_from_entries", kScalar, 1, 1, MapFromEntries, "map_from_entries({0})"},
    {"slice", kScalar, 3, 3, Slice,
     "(CASE WHEN {1} = 0 THEN error('[INVALID_PARAMETER_VALUE.START] slice: the start cannot be "
     "0') WHEN {2} < 0 THEN error('[INVALID_PARAMETER_VALUE.LENGTH] slice: the length cannot be "
     "negative') WHEN {1} < -len({0}) THEN [] WHEN {1} < 0 THEN list_slice({0}, len({0}) + {1} + "
     "1, len({0}) + {1} + {2}) ELSE list_slice({0}, {1}, CAST({1} AS BIGINT) + {2} - 1) END)"},
    {"[]", kScalar, 2, 2, Element, ""},
    {"[]:array", kScalar, 2, 2, Element,
     "(CASE WHEN {1} < 0 OR {1} >= len({0}) THEN error('[INVALID_ARRAY_INDEX] The index ' || "
     "CAST({1} AS VARCHAR) || ' is out of bounds. The array has ' || CAST(len({0}) AS VARCHAR) || "
     "' elements.') ELSE list_extract({0}, CAST({1} AS BIGINT) + 1) END)"},
    {"[]:map", kScalar, 2, 2, Element, "map_extract_value({0}, {1})"},
    {"array", kScalar, 0, -1, MakeArray, "[{*}]"},
    {"filter", kScalar, 2, 2, Filter, ""},
    {"map", kScalar, 0, -1, MakeMap, ""},
    {"named_struct", kScalar, 2, -1, NamedStruct, ""},
    {"sequence", kScalar, 2, 3, Sequence,
     "(CASE WHEN ({2} > 0 AND {0} <= {1}) OR ({2} < 0 AND {0} >= {1}) THEN generate_series({0}, "
     "{1}, {2}) WHEN {2} = 0 AND {0} = {1} THEN [{0}] WHEN {0} IS NOT NULL AND {1} IS NOT NULL AND "
     "{2} IS NOT NULL THEN error('Illegal sequence boundaries: ' || CAST({0} AS VARCHAR) || ' to ' "
     "|| CAST({1} AS VARCHAR) || ' by ' || CAST({2} AS VARCHAR)) END)"},
    {"sequence:two", kScalar, 2, 2, Sequence,
     "generate_series({0}, {1}, CASE WHEN {0} <= {1} THEN 1 ELSE -1 END)"},
    {"sequence:dates", kScalar, 2, 2, Sequence,
     "CAST(generate_series({0}, {1}, to_days(CASE WHEN {0} <= {1} THEN 1 ELSE -1 END)) AS DATE[])"},
    {"sequence:dates_step", kScalar, 3, 3, Sequence,
     "(CASE WHEN epoch({2}) % 86400 = 0 AND ((epoch({2}) > 0 AND {0} <= {1}) OR (epoch({2}) < 0 "
     "AND "
     "{0} >= {1})) THEN CAST(generate_series({0}, {1}, {2}) AS DATE[]) WHEN {0} IS NOT NULL AND "
     "{1} "
     "IS NOT NULL AND {2} IS NOT NULL THEN error('Illegal sequence boundaries: ' || CAST({0} AS "
     "VARCHAR) || ' to ' || CAST({1} AS VARCHAR) || ' by ' || CAST({2} AS VARCHAR)) END)"},
    {"sequence:times", kScalar, 2, 2, Sequence,
     "generate_series({0}, {1}, to_days(CASE WHEN {0} <= {1} THEN 1 ELSE -1 END))"},
    {"sequence:times_step", kScalar, 3, 3, Sequence,
     "(CASE WHEN (epoch({2}) > 0 AND {0} <= {1}) OR (epoch({2}) < 0 AND {0} >= {1}) THEN "
     "generate_series({0}, {1}, {2}) WHEN {0} IS NOT NULL AND {1} IS NOT NULL AND {2} IS NOT NULL "
     "THEN error('Illegal sequence boundaries: ' || CAST({0} AS VARCHAR) || ' to ' || CAST({1} AS "
     "VARCHAR) || ' by ' || CAST({2} AS VARCHAR)) END)"},
    {"sequence:months", kScalar, 3, 3, Sequence, ""},
    {"array_size", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       if (!args[0].type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
       return Signature{{args[0].type}, Type(kInt), args[0].nullable, {}};
     },
     "CAST(len({0}) AS INTEGER)"},
    {"size", kScalar, 1, 1, Size, "CAST(len({0}) AS INTEGER)"},
    {"size:map", kScalar, 1, 1, Size, "CAST(cardinality({0}) AS INTEGER)"},
    {"transform", kScalar, 2, 2, Transform, ""},
};

}  // namespace

std::span<const FunctionEntry> CollectionEntries() { return kEntries; }

}  // namespace oresmith::sql
