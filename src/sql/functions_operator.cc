// Operators: arithmetic, comparison, logic, and what is written like them.

#include <algorithm>

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

constexpr int kPrecisionMax = 38;

bool IsInterval(const Type& type) {
  return type.Is(TypeId::kIntervalDayTime) || type.Is(TypeId::kIntervalYearMonth);
}
bool IsTimestamp(const Type& type) {
  return type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}

tl::unexpected<Error> NoOperator(const FunctionEntry& entry, Infos args) {
  return Fail(ErrorKind::kInvalidInput, "operator {}: not defined for {} and {}",
              entry.name.substr(0, entry.name.find(':')), args[0].type.ToSql(),
              args[1].type.ToSql());
}

Signature Keep(Infos args, Type result, std::string_view overload) {
  return {.arguments = {args[0].type, args[1].type},
          .result = std::move(result),
          .nullable = AnyNullable(args),
          .overload = overload};
}

// Numbers of both sides: a common type, or both as decimals with the result Spark gives them.
Result<Signature> Arithmetic(const FunctionEntry& entry, Infos args) {
  const auto common = CommonType(args[0].type, args[1].type);
  const char op = entry.name[0];
  if (!common || !(common->IsNumeric() || common->Is(TypeId::kVoid))) {
    return NoOperator(entry, args);
  }
  if (common->Is(TypeId::kVoid)) {
    return Signature{{Type(kDouble), Type(kDouble)}, Type(kDouble), true, {}};
  }
  const bool divides = op == '/' || op == '%';
  const bool nullable = AnyNullable(args);
  if (!common->Is(TypeId::kDecimal)) {
    const Type type = op == '/' ? Type(kDouble) : *common;
    return Signature{{type, type}, type, nullable, {}};
  }
  const Type left = args[0].type.Is(TypeId::kVoid) ? *common : DecimalFor(args[0].type);
  const Type right = args[1].type.Is(TypeId::kVoid) ? *common : DecimalFor(args[1].type);
  const Type result = DecimalResult(op, left, right);
  if (op == '/') return Signature{{left, right}, result, nullable, "/:decimal"};
  // DuckDB computes a product with p1 + p2 digits, a sum with one more than the wider side.
  const int product = left.precision() + right.precision();
  const int sum = std::max(left.precision() - left.scale(), right.precision() - right.scale()) +
                  std::max(left.scale(), right.scale()) + 1;
  const bool wide = op == '*' ? product > kPrecisionMax : !divides && sum > kPrecisionMax;
  const std::string_view overload = !wide       ? ""
                                    : op == '*' ? "*:decimal"
                                    : op == '+' ? "+:decimal"
                                                : "-:decimal";
  return Signature{{left, right}, result, nullable, overload};
}

Result<Signature> AddDays(const FunctionEntry& entry, Infos args) {
  const Type& days = args[1].type;
  const bool small = days.IsIntegral() && !days.Is(TypeId::kLong);
  if (!small) return NoOperator(entry, args);
  return Signature{{Type(kDate), Type(kInt)},
                   Type(kDate),
                   AnyNullable(args),
                   entry.name[0] == '+' ? "+:days" : "-:days"};
}

Result<Signature> AddInterval(const FunctionEntry& entry, Infos args) {
  const bool plus = entry.name[0] == '+';
  if (args[0].type.Is(TypeId::kDate)) {
    if (args[1].type.Is(TypeId::kIntervalYearMonth)) {
      return Keep(args, Type(kDate), plus ? "+:date_interval" : "-:date_interval");
    }
    // A time of day makes it a timestamp.
    return Signature{{Type(kTs), args[1].type},
                     Type(kTs),
                     AnyNullable(args),
                     plus ? "+:interval" : "-:interval"};
  }
  return Keep(args, args[0].type, plus ? "+:interval" : "-:interval");
}

Result<Signature> Plus(const FunctionEntry& entry, Infos args) {
  const Type& left = args[0].type;
  const Type& right = args[1].type;
  const bool datetime = left.Is(kDate) || IsTimestamp(left);
  if (datetime && IsInterval(right)) return AddInterval(entry, args);
  if (left.Is(kDate)) return AddDays(entry, args);
  if (right.Is(kDate)) {
    const std::array<ArgumentInfo, 2> swapped{args[1], args[0]};
    TRY(Signature signature, AddDays(entry, swapped));
    std::swap(signature.arguments[0], signature.arguments[1]);
    signature.overload = "+:days_first";
    return signature;
  }
  if (IsInterval(left) && left == right) return Keep(args, left, "+:interval");
  return Arithmetic(entry, args);
}

Result<Signature> Minus(const FunctionEntry& entry, Infos args) {
  const Type& left = args[0].type;
  const Type& right = args[1].type;
  const bool datetime = left.Is(kDate) || IsTimestamp(left);
  if (datetime && IsInterval(right)) return AddInterval(entry, args);
  const bool right_datetime = right.Is(kDate) || IsTimestamp(right);
  const bool text_date = left.Is(kStr) && right_datetime;
  if ((datetime && (right_datetime || right.Is(kStr))) || text_date) {
    const auto common = CommonType(left, right);
    if (!common) return NoOperator(entry, args);
    return Signature{{*common, *common},
                     Type(TypeId::kIntervalDayTime),
                     AnyNullable(args),
                     common->Is(kDate) ? "-:dates" : "-:timestamps"};
  }
  if (left.Is(kDate)) return AddDays(entry, args);
  if (IsInterval(left) && left == right) return Keep(args, left, "-:interval");
  return Arithmetic(entry, args);
}

Result<Signature> Times(const FunctionEntry& entry, Infos args) {
  if (!IsInterval(args[0].type)) return Arithmetic(entry, args);
  if (!args[1].type.IsIntegral()) {
    return Fail(ErrorKind::kUnsupported, "operator *: an interval times {} is not supported",
                args[1].type.ToSql());
  }
  return Signature{{args[0].type, Type(kLong)}, args[0].type, AnyNullable(args), "*:interval"};
}

Result<Signature> Divide(const FunctionEntry& entry, Infos args) {
  if (IsInterval(args[0].type)) {
    return Fail(ErrorKind::kUnsupported, "operator /: dividing an interval is not supported");
  }
  return Arithmetic(entry, args);
}

// div: BIGINT, whatever the numbers are.
Result<Signature> IntegerDivide(const FunctionEntry& entry, Infos args) {
  const auto common = CommonType(args[0].type, args[1].type);
  if (!common || (!common->IsIntegral() && !common->Is(TypeId::kVoid))) {
    if (common && common->Is(TypeId::kDecimal)) {
      return Fail(ErrorKind::kUnsupported, "operator div: for {} and {} it is not supported",
                  args[0].type.ToSql(), args[1].type.ToSql());
    }
    return NoOperator(entry, args);
  }
  return Signature{{Type(kLong), Type(kLong)}, Type(kLong), AnyNullable(args), {}};
}

Result<Signature> Compare(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  if (!IsComparable(common)) return NoOperator(entry, args);
  // Arrays and structs are compared only with their own type.
  for (const ArgumentInfo& arg : args) {
    const bool same = AsNullable(arg.type) == AsNullable(common) || arg.type.Is(TypeId::kVoid);
    if (common.IsNested() && !same) return NoOperator(entry, args);
  }
  return Signature{std::vector<Type>(args.size(), common), Type(kBool), AnyNullable(args), {}};
}

Result<Signature> NullSafe(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Compare(entry, args));
  signature.nullable = false;
  return signature;
}

Result<Signature> TestNull(const FunctionEntry& /*entry*/, Infos args) {
  return Signature{{args[0].type}, Type(kBool), false, {}};
}

Result<Signature> Bitwise(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  if (!common.IsIntegral()) return NoOperator(entry, {{args.front(), args.back()}});
  return Signature{std::vector<Type>(args.size(), common), common, AnyNullable(args), {}};
}

Result<Signature> BitwiseNot(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsIntegral()) return WrongArgument(entry, args, 0, "a whole number");
  return SameAsFirst(entry, args);
}

Result<Signature> Negative(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(kStr)) return Signature{{Type(kDouble)}, Type(kDouble), args[0].nullable, {}};
  if (type.Is(TypeId::kVoid)) return Signature{{Type(kDouble)}, Type(kDouble), true, {}};
  if (!type.IsNumeric() && !IsInterval(type)) return WrongArgument(entry, args, 0, "a number");
  return SameAsFirst(entry, args);
}

// What is escaped in a pattern is a sign of LIKE. Source: Spark, StringUtils.escapeLikeRegex.
Status CheckEscapes(const FunctionEntry& entry, Infos args) {
  if (args[1].constant == nullptr || (args.size() == 3 && args[2].constant == nullptr)) return {};
  const std::string escape = args.size() == 3 ? *args[2].constant : "\\";
  const std::string& pattern = *args[1].constant;
  for (size_t i = 0; escape.size() == 1 && i < pattern.size(); ++i) {
    if (pattern[i] != escape[0]) continue;
    ++i;
    if (i >= pattern.size()) {
      return Fail(ErrorKind::kInvalidInput, "{}: the pattern '{}' ends with its escape '{}'",
                  entry.name, pattern, escape);
    }
    if (pattern[i] == '_' || pattern[i] == '%' || pattern[i] == escape[0]) continue;
    return Fail(ErrorKind::kInvalidInput,
                "{}: the escape '{}' in the pattern '{}' stands before '{}', not before _ or %",
                entry.name, escape, pattern, pattern[i]);
  }
  return {};
}

// A backslash escapes when nothing else is said.
Result<Signature> Like(const FunctionEntry& entry, Infos args) {
  TRY_DO(CheckEscapes(entry, args));
  TRY(Signature signature, (Fixed<kArgs, kBool, kStr, kStr, kStr>(entry, args)));
  if (args.size() == 3) signature.overload = entry.name[0] == 'l' ? "like:escape" : "ilike:escape";
  return signature;
}

Result<Signature> Matches(const FunctionEntry& entry, Infos args) {
  TRY(const bool pcre, NeedsPcre(entry, args[1]));
  TRY(Signature signature, (Fixed<kArgs, kBool, kStr, kStr>(entry, args)));
  if (pcre) signature.overload = "rlike:java";
  return signature;
}

constexpr FunctionEntry kEntries[] = {
    {"+", kScalar, 2, 2, Plus, "({0} + {1})"},
    {"+:decimal", kScalar, 2, 2, Arithmetic, ""},
    {"+:days", kScalar, 2, 2, AddDays, "({0} + {1})"},
    {"+:days_first", kScalar, 2, 2, AddDays, "({1} + {0})"},
    {"+:date_days", kScalar, 2, 2,
     [](const FunctionEntry&, Infos args) -> Result<Signature> {
       return Keep(args, Type(kDate), "+:date_interval");
     },
     ""},
    {"+:date_interval", kScalar, 2, 2, Plus, "CAST({0} + {1} AS DATE)"},
    {"+:interval", kScalar, 2, 2, Plus, "({0} + {1})"},
    {"-", kScalar, 2, 2, Minus, "({0} - {1})"},
    {"-:decimal", kScalar, 2, 2, Arithmetic, ""},
    {"-:days", kScalar, 2, 2, AddDays, "({0} - {1})"},
    {"-:date_days", kScalar, 2, 2,
     [](const FunctionEntry&, Infos args) -> Result<Signature> {
       return Keep(args, Type(kDate), "-:date_interval");
     },
     ""},
    {"-:date_interval", kScalar, 2, 2, Minus, "CAST({0} - {1} AS DATE)"},
    {"-:interval", kScalar, 2, 2, Minus, "({0} - {1})"},
    {"-:dates", kScalar, 2, 2, Minus, "to_days(CAST({0} - {1} AS INTEGER))"},
    {"-:timestamps", kScalar, 2, 2, Minus, "to_microseconds(epoch_us({0}) - epoch_us({1}))"},
    {"*", kScalar, 2, 2, Times, "({0} * {1})"},
    {"*:decimal", kScalar, 2, 2, Arithmetic, ""},
    {"*:interval", kScalar, 2, 2, Times, "({0} * {1})"},
    {"/", kScalar, 2, 2, Divide,
     "(CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN error('[DIVIDE_BY_ZERO] Division by zero.') "
     "ELSE {0} / {1} END)"},
    {"/:decimal", kScalar, 2, 2, Arithmetic, ""},
    {"%", kScalar, 2, 2, Arithmetic,
     "(CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN error('[REMAINDER_BY_ZERO] Remainder by zero.') "
     "ELSE {0} % {1} END)"},
    {"div", kScalar, 2, 2, IntegerDivide,
     "(CASE WHEN {1} = 0 AND {0} IS NOT NULL THEN error('[DIVIDE_BY_ZERO] Division by zero.') "
     "ELSE {0} // {1} END)"},
    {"=", kScalar, 2, 2, Compare, "({0} = {1})"},
    {"<>", kScalar, 2, 2, Compare, "({0} <> {1})"},
    {"<", kScalar, 2, 2, Compare, "({0} < {1})"},
    {"<=", kScalar, 2, 2, Compare, "({0} <= {1})"},
    {">", kScalar, 2, 2, Compare, "({0} > {1})"},
    {">=", kScalar, 2, 2, Compare, "({0} >= {1})"},
    {"<=>", kScalar, 2, 2, NullSafe, "({0} IS NOT DISTINCT FROM {1})"},
    {"and", kScalar, 2, 2, Fixed<kArgs, kBool, kBool, kBool>, "({0} AND {1})"},
    {"or", kScalar, 2, 2, Fixed<kArgs, kBool, kBool, kBool>, "({0} OR {1})"},
    {"not", kScalar, 1, 1, Fixed<kArgs, kBool, kBool>, "(NOT {0})"},
    {"&", kScalar, 2, 2, Bitwise, "({0} & {1})"},
    {"|", kScalar, 2, 2, Bitwise, "({0} | {1})"},
    {"^", kScalar, 2, 2, Bitwise, "xor({0}, {1})"},
    {"~", kScalar, 1, 1, BitwiseNot, "(~{0})"},
    {"negative", kScalar, 1, 1, Negative, "(-{0})"},
    {"positive", kScalar, 1, 1, Negative, "{0}"},
    {"isnull", kScalar, 1, 1, TestNull, "({0} IS NULL)"},
    {"isnotnull", kScalar, 1, 1, TestNull, "({0} IS NOT NULL)"},
    {"between", kScalar, 3, 3, Compare, "({0} BETWEEN {1} AND {2})"},
    {"in", kScalar, 2, -1, Compare, "({0} IN ({1*}))"},
    {"like", kScalar, 2, 3, Like, "({0} LIKE {1} ESCAPE '\\')"},
    {"like:escape", kScalar, 3, 3, Like, "({0} LIKE {1} ESCAPE {2})"},
    {"ilike", kScalar, 2, 3, Like, "({0} ILIKE {1} ESCAPE '\\')"},
    {"ilike:escape", kScalar, 3, 3, Like, "({0} ILIKE {1} ESCAPE {2})"},
    {"rlike", kScalar, 2, 2, Matches, "regexp_matches({0}, {1})"},
    {"rlike:java", kScalar, 2, 2, Matches, ""},
};

}  // namespace

std::span<const FunctionEntry> OperatorEntries() { return kEntries; }

}  // namespace oresmith::sql
