// Numbers, and conditions over any type.

#include <algorithm>

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

Result<Signature> Number(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(kStr) || type.Is(TypeId::kVoid)) {
    return Signature{{Type(kDouble)}, Type(kDouble), args[0].nullable, {}};
  }
  if (!type.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  return SameAsFirst(entry, args);
}

bool IsInterval(const Type& type) {
  return type.Is(TypeId::kIntervalDayTime) || type.Is(TypeId::kIntervalYearMonth);
}

Result<Signature> Absolute(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!IsInterval(type)) return Number(entry, args);
  return Signature{{type}, type, args[0].nullable, "abs:interval"};
}

Result<Signature> Sign(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!IsInterval(type)) return Fixed<kArgs, kDouble, kDouble>(entry, args);
  return Signature{{type}, Type(kDouble), args[0].nullable, "sign:interval"};
}

// The type of a decimal rounded to `places`. Source: Spark, RoundBase.dataType.
Type RoundedDecimal(const Type& type, int64_t places) {
  const int64_t digits = type.precision() - type.scale() + 1;
  if (places < 0) {
    return Type::Decimal(static_cast<int>(std::min<int64_t>(38, std::max(digits, -places + 1))), 0);
  }
  const int64_t scale = std::min<int64_t>(type.scale(), places);
  return Type::Decimal(static_cast<int>(std::min<int64_t>(38, digits + scale)),
                       static_cast<int>(scale));
}

// round(x [, places]): the places decide the type of a decimal, so they must be a constant.
Result<Signature> Round(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Number(entry, args.first(1)));
  if (args.size() == 2) signature.arguments.emplace_back(kInt);
  const int64_t places = args.size() == 1 ? 0 : args[1].number.value_or(0);
  if (args.size() == 2 && !args[1].number) {
    return Fail(ErrorKind::kUnsupported, "{}: the number of places must be a constant", entry.name);
  }
  if (places > 18 || places < -18) {
    return Fail(ErrorKind::kUnsupported, "{}: to {} places is not supported", entry.name, places);
  }
  const Type& type = signature.arguments[0];
  const bool two = args.size() == 2;
  if (type.Is(TypeId::kDecimal)) {
    signature.result = RoundedDecimal(type, places);
    signature.overload = two ? "round:places" : "round";
  } else if (type.IsIntegral()) {
    signature.overload = two && places < 0 ? "round:whole" : two ? "round:nothing" : "positive";
  } else {
    signature.overload = two ? "round:double_places" : "round:double";
  }
  return signature;
}

// ceil and floor of what has a fraction.
Result<Signature> ToWhole(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(TypeId::kDecimal)) {
    const int digits = type.precision() - type.scale() + 1;
    return Signature{{type},
                     Type::Decimal(std::min(38, digits), 0),
                     args[0].nullable,
                     entry.name == "floor" ? "floor:decimal" : "ceil:decimal"};
  }
  if (type.Is(kLong)) return Signature{{type}, type, args[0].nullable, "positive"};
  TRY(const Type accepted, AcceptArgument(entry, args, 0, kDouble));
  return Signature{{accepted}, Type(kLong), args[0].nullable, {}};
}

// bround(x [, places]): to the even neighbour.
Result<Signature> RoundHalfEven(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Round(entry, args));
  signature.overload = {};
  return signature;
}

// ceil and floor to places: of decimals, which other numbers become.
Result<Signature> ToPlaces(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!args[1].number || *args[1].number > 38 || *args[1].number < -38) {
    return Fail(ErrorKind::kUnsupported, "{}: the number of places must be a constant", entry.name);
  }
  if (!type.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  const Type decimal = DecimalFor(type);
  return Signature{{decimal, Type(kInt)},
                   RoundedDecimal(decimal, *args[1].number),
                   args[0].nullable,
                   entry.name == "floor" ? "floor:places" : "ceil:places"};
}

Result<Signature> Ceiling(const FunctionEntry& entry, Infos args) {
  return args.size() == 2 ? ToPlaces(entry, args) : ToWhole(entry, args);
}

// Of numbers, or of intervals.
Result<Signature> WidthBucket(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const bool interval = type.Is(TypeId::kIntervalDayTime) || type.Is(TypeId::kIntervalYearMonth);
  if (!interval) return Fixed<kAlways, kLong, kDouble, kDouble, kDouble, kLong>(entry, args);
  for (size_t i = 1; i < 3; ++i) {
    if (args[i].type != type) return WrongArgument(entry, args, i, type.ToSql());
  }
  TRY(Type count, AcceptArgument(entry, args, 3, kLong));
  return Signature{{type, type, type, std::move(count)}, Type(kLong), true, {}};
}

Result<Signature> BitGet(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsIntegral()) return WrongArgument(entry, args, 0, "a whole number");
  TRY(const Type position, AcceptArgument(entry, args, 1, kInt));
  return Signature{{args[0].type, position}, Type(TypeId::kByte), AnyNullable(args), {}};
}

Result<Signature> Remainder(const FunctionEntry& /*entry*/, Infos args) {
  const FunctionEntry& plain = *FindFunction("%");
  TRY(Signature signature, plain.resolve(plain, args));
  signature.nullable = true;
  return signature;
}

Result<Signature> AssertTrue(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kAlways, kBool, kBool, kStr>(entry, args)));
  signature.result = Type();
  if (args.size() == 2) signature.overload = "assert_true:message";
  return signature;
}

Result<Signature> Modulo(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  if (!common.IsIntegral()) {
    return Fail(ErrorKind::kUnsupported, "{}: of {} is not supported", entry.name, common.ToSql());
  }
  return Signature{{common, common}, common, AnyNullable(args), {}};
}

Result<Signature> Shift(const FunctionEntry& entry, Infos args) {
  const bool is_long = args[0].type.Is(kLong);
  TRY(const Type value, AcceptArgument(entry, args, 0, is_long ? kLong : kInt));
  TRY(const Type count, AcceptArgument(entry, args, 1, kInt));
  return Signature{{value, count}, value, AnyNullable(args), {}};
}

Result<Signature> Extreme(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, CommonOfAll(entry, args));
  if (!IsOrderable(signature.result)) return WrongArgument(entry, args, 0, "a type with an order");
  signature.nullable =
      std::all_of(args.begin(), args.end(), [](const ArgumentInfo& arg) { return arg.nullable; });
  return signature;
}

Result<Signature> Coalesce(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, CommonOfAll(entry, args));
  signature.nullable =
      std::all_of(args.begin(), args.end(), [](const ArgumentInfo& arg) { return arg.nullable; });
  return signature;
}

Result<Signature> EqualNull(const FunctionEntry& entry, Infos args) {
  return FindFunction("<=>")->resolve(entry, args);
}

Result<Signature> NanTest(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const TypeId wanted = type.Is(TypeId::kFloat) ? TypeId::kFloat : kDouble;
  TRY(const Type accepted, AcceptArgument(entry, args, 0, wanted));
  return Signature{{accepted}, Type(kBool), false, {}};
}

Result<Signature> Nanvl(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  const Type type(common.Is(TypeId::kFloat) ? TypeId::kFloat : kDouble);
  return Signature{{type, type}, type, AnyNullable(args), {}};
}

// coalesce(x, 0): the zero is an INT.
Result<Signature> ZeroIfNull(const FunctionEntry& entry, Infos args) {
  const auto common = CommonType(args[0].type, Type(kInt));
  if (!common || !common->IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  return Signature{{*common}, *common, false, {}};
}

// NULL instead of an overflow of this very operation: an error inside of an argument stays one.
Result<Signature> TryArithmetic(const FunctionEntry& entry, Infos args) {
  const std::string_view op = entry.name == "try_add"        ? "+"
                              : entry.name == "try_multiply" ? "*"
                              : entry.name == "try_divide"   ? "/"
                                                             : "-";
  const FunctionEntry& plain = *FindFunction(op);
  TRY(Signature signature, plain.resolve(plain, args));
  signature.nullable = true;
  const Type& result = signature.result;
  if (result.Is(TypeId::kDecimal)) {
    signature.overload = op == "+"   ? "try_add:decimal"
                         : op == "*" ? "try_multiply:decimal"
                         : op == "/" ? "try_divide:decimal"
                                     : "try_subtract:decimal";
  } else if (op != "/" && (result.Is(TypeId::kFloat) || result.Is(kDouble))) {
    signature.overload = op;  // these never overflow
  } else if (result.IsNumeric()) {
    signature.overload = {};
  } else if (IsInterval(args[0].type) && op != "*" && op != "/") {
    signature.overload = op == "+" ? "try_add:interval" : "try_subtract:interval";
  } else if (!signature.overload.starts_with(op) || op == "*" || op == "/") {
    return Fail(ErrorKind::kUnsupported, "{}: of {} and {} is not supported", entry.name,
                args[0].type.ToSql(), args[1].type.ToSql());
  }
  return signature;
}

bool HasMap(const Type& type) {
  if (type.Is(TypeId::kMap) || type.Is(TypeId::kVariant)) return true;
  if (type.Is(TypeId::kArray)) return HasMap(type.element());
  if (!type.Is(TypeId::kStruct)) return false;
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const types::Field& field) { return HasMap(field.type); });
}

Result<Signature> HashOf(const FunctionEntry& entry, Infos args) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (HasMap(args[i].type)) return WrongArgument(entry, args, i, "no map");
  }
  Signature signature{
      .arguments = {}, .result = Type(entry.name == "hash" ? kInt : kLong), .nullable = false};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

// log(x) is the natural logarithm; log(base, x).
Result<Signature> Logarithm(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kAlways, kDouble, kDouble, kDouble>(entry, args)));
  if (args.size() == 2) signature.overload = "log:base";
  return signature;
}

constexpr ResolveFunction kDoubleToDouble = Fixed<kArgs, kDouble, kDouble>;

constexpr FunctionEntry kEntries[] = {
    {"abs", kScalar, 1, 1, Absolute, "abs({0})"},
    {"abs:interval", kScalar, 1, 1, Absolute,
     "(CASE WHEN {0} < INTERVAL 0 DAY THEN -({0}) ELSE {0} END)"},
    {"acos", kScalar, 1, 1, kDoubleToDouble,
     "(CASE WHEN abs({0}) > 1 THEN CAST('nan' AS DOUBLE) ELSE acos({0}) END)"},
    {"asin", kScalar, 1, 1, kDoubleToDouble,
     "(CASE WHEN abs({0}) > 1 THEN CAST('nan' AS DOUBLE) ELSE asin({0}) END)"},
    {"atan", kScalar, 1, 1, kDoubleToDouble, "atan({0})"},
    {"atan2", kScalar, 2, 2, Fixed<kArgs, kDouble, kDouble, kDouble>, "atan2({0}, {1})"},
    {"bit_count", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       const Type& type = args[0].type;
       if (!type.IsIntegral() && !type.Is(kBool) && !type.Is(TypeId::kVoid)) {
         return WrongArgument(entry, args, 0, "a whole number");
       }
       return Signature{{Type(kLong)}, Type(kInt), args[0].nullable, {}};
     },
     "CAST(bit_count({0}) AS INTEGER)"},
    // The C library misses the last bit of some exact roots.
    {"cbrt", kScalar, 1, 1, kDoubleToDouble,
     "(CASE WHEN pow(round(cbrt({0})), 3) = {0} THEN round(cbrt({0})) ELSE cbrt({0}) END)"},
    {"ceil", kScalar, 1, 2, Ceiling,
     "(CASE WHEN isnan({0}) THEN 0 WHEN abs({0}) >= 9223372036854775807e0 THEN "
     "error('[ARITHMETIC_OVERFLOW] long overflow.') ELSE CAST(ceil({0}) AS BIGINT) END)"},
    {"ceil:places", kScalar, 2, 2, ToPlaces, ""},
    {"ceil:decimal", kScalar, 1, 1, ToWhole, "ceil({0})"},
    {"coalesce", kScalar, 1, -1, Coalesce, "coalesce({*})"},
    {"cos", kScalar, 1, 1, kDoubleToDouble, "cos({0})"},
    {"degrees", kScalar, 1, 1, kDoubleToDouble, "degrees({0})"},
    {"e", kScalar, 0, 0, Fixed<kNever, kDouble>, "exp(1)"},
    {"equal_null", kScalar, 2, 2, EqualNull, "({0} IS NOT DISTINCT FROM {1})"},
    {"exp", kScalar, 1, 1, kDoubleToDouble, "exp({0})"},
    {"floor", kScalar, 1, 2, Ceiling,
     "(CASE WHEN isnan({0}) THEN 0 WHEN abs({0}) >= 9223372036854775807e0 THEN "
     "error('[ARITHMETIC_OVERFLOW] long overflow.') ELSE CAST(floor({0}) AS BIGINT) END)"},
    {"floor:places", kScalar, 2, 2, ToPlaces, ""},
    {"floor:decimal", kScalar, 1, 1, ToWhole, "floor({0})"},
    {"greatest", kScalar, 2, -1, Extreme, "greatest({*})"},
    {"isnan", kScalar, 1, 1, NanTest, "coalesce(isnan({0}), false)"},
    {"least", kScalar, 2, -1, Extreme, "least({*})"},
    {"ln", kScalar, 1, 1, Fixed<kAlways, kDouble, kDouble>, "(CASE WHEN {0} > 0 THEN ln({0}) END)"},
    {"log10", kScalar, 1, 1, Fixed<kAlways, kDouble, kDouble>,
     "(CASE WHEN {0} > 0 THEN log10({0}) END)"},
    {"log2", kScalar, 1, 1, Fixed<kAlways, kDouble, kDouble>,
     "(CASE WHEN {0} > 0 THEN log2({0}) END)"},
    {"nanvl", kScalar, 2, 2, Nanvl, "(CASE WHEN isnan({0}) THEN {1} ELSE {0} END)"},
    {"pi", kScalar, 0, 0, Fixed<kNever, kDouble>, "pi()"},
    {"pmod", kScalar, 2, 2, Modulo,
     "(CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN error('[REMAINDER_BY_ZERO] Remainder by zero.') "
     "WHEN {0} % {1} < 0 THEN ({0} % {1} + {1}) % {1} ELSE {0} % {1} END)"},
    {"power", kScalar, 2, 2, Fixed<kArgs, kDouble, kDouble, kDouble>,
     // Java has no 1 for the powers of 1 that are no number or infinite.
     "(CASE WHEN NOT isfinite({1}) AND abs({0}) = 1 THEN CAST('nan' AS DOUBLE) ELSE pow({0}, {1}) "
     "END)"},
    {"radians", kScalar, 1, 1, kDoubleToDouble, "radians({0})"},
    {"rand", kScalar, 0, 0, Fixed<kNever, kDouble>, "random()", false},
    {"round", kScalar, 1, 2, Round, "round({0}, 0)"},
    {"round:places", kScalar, 2, 2, Round, "round({0}, {1})"},
    {"round:whole", kScalar, 2, 2, Round, ""},
    {"round:nothing", kScalar, 2, 2, Round, "{0}"},
    // Spark rounds the digits that a double prints, 1.005 to 1.01; DuckDB its exact value.
    {"round:double", kScalar, 1, 1, Round,
     "(CASE WHEN abs({0}) < 1e18 THEN CAST(round(CAST(CAST({0} AS VARCHAR) AS DECIMAL(38,18)), 0) "
     "AS DOUBLE) ELSE {0} END)"},
    {"round:double_places", kScalar, 2, 2, Round,
     "(CASE WHEN abs({0}) < 1e18 THEN CAST(round(CAST(CAST({0} AS VARCHAR) AS DECIMAL(38,18)), "
     "{1}) AS DOUBLE) ELSE {0} END)"},
    {"shiftleft", kScalar, 2, 2, Shift, ""},
    {"hex", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       const Type& type = args[0].type;
       const TypeId wanted = type.Is(kStr) || type.Is(kBin) ? type.id() : kLong;
       TRY(const Type accepted, AcceptArgument(entry, args, 0, wanted));
       return Signature{{accepted}, Type(kStr), args[0].nullable, {}};
     },
     "hex({0})"},
    {"bin", kScalar, 1, 1, Fixed<kArgs, kStr, kLong>, "bin({0})"},
    {"factorial", kScalar, 1, 1, Fixed<kAlways, kLong, kInt>,
     "(CASE WHEN {0} BETWEEN 0 AND 20 THEN factorial({0}) END)"},
    {"hash", kScalar, 1, -1, HashOf, ""},
    {"xxhash64", kScalar, 1, -1, HashOf, ""},
    {"crc32", kScalar, 1, 1, Fixed<kArgs, kLong, kBin>, ""},
    {"log", kScalar, 1, 2, Logarithm, "(CASE WHEN {0} > 0 THEN ln({0}) END)"},
    {"log:base", kScalar, 2, 2, Logarithm,
     "(CASE WHEN {0} > 0 AND {1} > 0 THEN ln({1}) / ln({0}) END)"},
    {"zeroifnull", kScalar, 1, 1, ZeroIfNull, "coalesce({0}, 0)"},
    {"nullifzero", kScalar, 1, 1, Number, "nullif({0}, 0)"},
    {"raise_error", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(const Type text, AcceptArgument(entry, args, 0, kStr));
       return Signature{{text}, Type(), true, {}};
     },
     "error('[USER_RAISED_EXCEPTION] ' || coalesce({0}, 'null'))", false},
    // A HUGEINT holds each sum and product of two BIGINT.
    {"try_subtract", kScalar, 2, 2, TryArithmetic, "TRY_CAST(CAST({0} AS HUGEINT) - {1} AS {t})"},
    // TRY around the operator alone: a lambda's parameter is computed outside.
    {"try_add:interval", kScalar, 2, 2, TryArithmetic,
     "list_transform([{{'a': {0}, 'b': {1}}}], lambda p: TRY(p.a + p.b))[1]"},
    {"try_subtract:interval", kScalar, 2, 2, TryArithmetic,
     "list_transform([{{'a': {0}, 'b': {1}}}], lambda p: TRY(p.a - p.b))[1]"},
    {"try_subtract:decimal", kScalar, 2, 2, TryArithmetic, ""},
    {"try_multiply", kScalar, 2, 2, TryArithmetic, "TRY_CAST(CAST({0} AS HUGEINT) * {1} AS {t})"},
    {"try_multiply:decimal", kScalar, 2, 2, TryArithmetic, ""},
    {"sign:interval", kScalar, 1, 1, Sign,
     "(CASE WHEN {0} > INTERVAL 0 DAY THEN 1e0 WHEN {0} < INTERVAL 0 DAY THEN -1e0 WHEN {0} IS NOT "
     "NULL THEN 0e0 END)"},
    {"sign", kScalar, 1, 1, Sign,
     "(CASE WHEN {0} = 0 OR isnan({0}) THEN {0} ELSE CAST(sign({0}) AS DOUBLE) END)"},
    {"sin", kScalar, 1, 1, kDoubleToDouble, "sin({0})"},
    {"sqrt", kScalar, 1, 1, kDoubleToDouble,
     "(CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt({0}) END)"},
    {"tan", kScalar, 1, 1, kDoubleToDouble, "tan({0})"},
    {"try_add", kScalar, 2, 2, TryArithmetic, "TRY_CAST(CAST({0} AS HUGEINT) + {1} AS {t})"},
    {"try_add:decimal", kScalar, 2, 2, TryArithmetic, ""},
    {"try_divide", kScalar, 2, 2, TryArithmetic, "(CASE WHEN {1} <> 0 THEN {0} / {1} END)"},
    {"try_divide:decimal", kScalar, 2, 2, TryArithmetic, ""},
    // Computed row by row.
    {"acosh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"asinh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"atanh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"bit_get", kScalar, 2, 2, BitGet, ""},
    {"bitmap_bit_position", kScalar, 1, 1, Fixed<kArgs, kLong, kLong>, ""},
    {"bitmap_bucket_number", kScalar, 1, 1, Fixed<kArgs, kLong, kLong>, ""},
    {"bitmap_count", kScalar, 1, 1, Fixed<kArgs, kLong, kBin>, ""},
    {"bround", kScalar, 1, 2, RoundHalfEven, ""},
    {"conv", kScalar, 3, 3, Fixed<kAlways, kStr, kStr, kInt, kInt>, ""},
    {"cosh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"cot", kScalar, 1, 1, kDoubleToDouble, ""},
    {"csc", kScalar, 1, 1, kDoubleToDouble, ""},
    {"expm1", kScalar, 1, 1, kDoubleToDouble, ""},
    {"hypot", kScalar, 2, 2, Fixed<kArgs, kDouble, kDouble, kDouble>, ""},
    {"log1p", kScalar, 1, 1, Fixed<kAlways, kDouble, kDouble>, ""},
    {"luhn_check", kScalar, 1, 1, Fixed<kArgs, kBool, kStr>, ""},
    {"rint", kScalar, 1, 1, kDoubleToDouble, ""},
    {"sec", kScalar, 1, 1, kDoubleToDouble, ""},
    {"shiftright", kScalar, 2, 2, Shift, ""},
    {"shiftrightunsigned", kScalar, 2, 2, Shift, ""},
    {"sinh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"tanh", kScalar, 1, 1, kDoubleToDouble, ""},
    {"width_bucket", kScalar, 4, 4, WidthBucket, ""},
    {"randn", kScalar, 0, 0, Fixed<kNever, kDouble>,
     "(sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))", false},
    {"try_mod", kScalar, 2, 2, Remainder, "(CASE WHEN {1} <> 0 THEN {0} % {1} END)"},
    {"assert_true", kScalar, 1, 2, AssertTrue,
     "CAST(CASE WHEN {0} THEN NULL ELSE error('[USER_RAISED_EXCEPTION] the condition is not true') "
     "END AS BOOLEAN)",
     false},
    {"assert_true:message", kScalar, 2, 2, AssertTrue,
     "CAST(CASE WHEN {0} THEN NULL ELSE error('[USER_RAISED_EXCEPTION] ' || {1}) END AS BOOLEAN)",
     false},
    {"uuid", kScalar, 0, 0, Fixed<kNever, kStr>, "CAST(uuid() AS VARCHAR)", false},
};

}  // namespace

std::span<const FunctionEntry> NumericEntries() { return kEntries; }

}  // namespace oresmith::sql
