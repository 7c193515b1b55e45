// Aggregates, window functions and generators.

#include <algorithm>

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

Result<Signature> Count(const FunctionEntry& /*entry*/, Infos args) {
  Signature signature{.arguments = {}, .result = Type(kLong), .nullable = false};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  // A row counts when none of several arguments is NULL.
  if (args.size() > 1) signature.overload = "count:several";
  return signature;
}

Result<Signature> Sum(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.IsIntegral()) return Signature{{type}, Type(kLong), true, {}};
  if (type.Is(TypeId::kDecimal)) {
    const Type result = Type::Decimal(std::min(38, type.precision() + 10), type.scale());
    return Signature{{type}, result, true, {}};
  }
  if (type.Is(TypeId::kFloat) || type.Is(kDouble) || type.Is(kStr) || type.Is(TypeId::kVoid)) {
    return Signature{{Type(kDouble)}, Type(kDouble), true, {}};
  }
  return WrongArgument(entry, args, 0, "a number");
}

Result<Signature> Avg(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(TypeId::kDecimal)) {
    const Type result =
        Type::Decimal(std::min(38, type.precision() + 4), std::min(38, type.scale() + 4));
    return Signature{{type}, result, true, "avg:decimal"};
  }
  if (type.IsNumeric() || type.Is(kStr) || type.Is(TypeId::kVoid)) {
    return Signature{{Type(kDouble)}, Type(kDouble), true, {}};
  }
  return WrongArgument(entry, args, 0, "a number");
}

Result<Signature> Extreme(const FunctionEntry& entry, Infos args) {
  if (!IsOrderable(args[0].type)) return WrongArgument(entry, args, 0, "a type with an order");
  return Signature{{args[0].type}, args[0].type, true, {}};
}

Result<Signature> ExtremeBy(const FunctionEntry& entry, Infos args) {
  if (!IsOrderable(args[1].type)) return WrongArgument(entry, args, 1, "a type with an order");
  if (args.size() == 3) {
    if (!args[2].number || *args[2].number < 1 || !args[2].type.IsIntegral()) {
      return WrongArgument(entry, args, 2, "a constant number of values");
    }
    return Signature{{args[0].type, args[1].type, args[2].type},
                     Type::Array(args[0].type, true),
                     true,
                     entry.name == "max_by" ? "max_by:some" : "min_by:some"};
  }
  return Signature{{args[0].type, args[1].type}, args[0].type, true, {}};
}

Result<Signature> AnyOfGroup(const FunctionEntry& /*entry*/, Infos args) {
  return Signature{{args[0].type}, args[0].type, true, {}};
}

Result<Signature> Collect(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (entry.name == "collect_set" && !IsComparable(type)) {
    return WrongArgument(entry, args, 0, "a type whose values can be compared");
  }
  return Signature{{type}, Type::Array(type, false), false, {}};
}

Result<Signature> Median(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  return Signature{{Type(kDouble)}, Type(kDouble), true, {}};
}

Result<Signature> Bits(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsIntegral()) return WrongArgument(entry, args, 0, "a whole number");
  return Signature{{args[0].type}, args[0].type, true, {}};
}

// An aggregate that engine/ computes from the list of the group's rows.
Signature OfRows(Infos args, Type result) {
  Signature signature{.arguments = {}, .result = std::move(result), .nullable = true};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

Result<Signature> Shape(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNumeric() && !args[0].type.Is(kStr)) {
    return WrongArgument(entry, args, 0, "a number");
  }
  return Signature{{Type(kDouble)}, Type(kDouble), true, {}};
}

// Several shares at once, or a frequency.
Result<Signature> PercentileOfRows(const FunctionEntry& entry, Infos args) {
  const bool exact = entry.name == "percentile";
  const bool many = args[1].type.Is(TypeId::kArray);
  const Type share =
      many ? Type::Array(Type(kDouble), args[1].type.contains_null()) : Type(kDouble);
  if (many && (!args[1].type.element().IsNumeric() || args[1].type.contains_null())) {
    return WrongArgument(entry, args, 1, "an array of numbers");
  }
  const Type value = exact ? Type(kDouble) : args[0].type;
  Signature signature{{args[0].type, share},
                      many ? Type::Array(value, false) : value,
                      true,
                      exact ? "percentile:rows" : "percentile_approx:rows"};
  if (args.size() == 3) {
    if (!args[2].type.IsIntegral()) return WrongArgument(entry, args, 2, "a whole number");
    signature.arguments.push_back(args[2].type);
  }
  return signature;
}

Result<Signature> PercentileDisc(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  if (!args[1].type.IsNumeric()) return WrongArgument(entry, args, 1, "a share, such as 0.5");
  return Signature{{args[0].type, Type(kDouble)}, Type(kDouble), true, {}};
}

// mode(x [, deterministic])
Result<Signature> Mode(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(TypeId::kMap)) {
    return Fail(ErrorKind::kUnsupported, "mode: of maps is not supported");
  }
  if (args.size() == 1) return Signature{{args[0].type}, args[0].type, true, {}};
  if (!args[1].number || !args[1].type.Is(kBool)) {
    return WrongArgument(entry, args, 1, "true or false");
  }
  Signature signature = OfRows(args, args[0].type);
  signature.overload = "mode:least";
  return signature;
}

Result<Signature> Histogram(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNumeric() || args[0].type.Is(TypeId::kDecimal)) {
    return WrongArgument(entry, args, 0, "a number, but no decimal");
  }
  TRY(Type bins, AcceptArgument(entry, args, 1, kInt));
  if (!args[1].number || *args[1].number < 2) return WrongArgument(entry, args, 1, "at least 2");
  const Type bin =
      Type::Struct({{.name = "x", .type = args[0].type}, {.name = "y", .type = Type(kDouble)}});
  Signature signature = OfRows(args, Type::Array(bin, true));
  signature.arguments[1] = std::move(bins);
  return signature;
}

Result<Signature> TryAverage(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Avg(entry, args));
  if (signature.overload != "avg:decimal") return signature;
  if (args[0].type.precision() > 28) {
    return Fail(ErrorKind::kUnsupported, "try_avg: of {} is not supported", args[0].type.ToSql());
  }
  signature.overload = "try_avg:decimal";
  return signature;
}

// try_sum: where DuckDB's wider sum holds every sum.
Result<Signature> TrySum(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Sum(entry, args));
  if (signature.result.Is(TypeId::kDecimal) && args[0].type.precision() > 28) {
    return Fail(ErrorKind::kUnsupported, "try_sum: of {} is not supported", args[0].type.ToSql());
  }
  return signature;
}

// regr_count(y, x)
Result<Signature> RegrCount(const FunctionEntry& entry, Infos args) {
  return Fixed<kNever, kLong, kDouble, kDouble>(entry, args);
}

// percentile(x, p), percentile_approx(x, p [, accuracy]): one constant share.
Result<Signature> Percentile(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  const bool exact = entry.name == "percentile";
  if (!args[1].type.IsNumeric() || (exact && args.size() == 3))
    return PercentileOfRows(entry, args);
  const Type value = exact ? Type(kDouble) : args[0].type;
  Signature signature{{value, Type(kDouble)}, value, true, {}};
  if (args.size() == 3) signature.arguments.push_back(args[2].type);
  return signature;
}

Result<Signature> TextAggregate(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kAlways, kStr, kStr, kStr>(entry, args)));
  if (args.size() == 2) {
    if (args[1].constant == nullptr) return WrongArgument(entry, args, 1, "a constant text");
    signature.overload = "listagg:separator";
  }
  return signature;
}

constexpr ResolveFunction kRegression = Fixed<kAlways, kDouble, kDouble, kDouble>;

template <TypeId result>
Result<Signature> GroupingBits(const FunctionEntry& /*entry*/, Infos args) {
  Signature signature{.arguments = {}, .result = Type(result), .nullable = false, .overload = {}};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

constexpr FunctionEntry kAggregates[] = {
    {"regr_count", kAggregate, 2, 2, RegrCount, "regr_count({0}, {1}){f}"},
    {"regr_avgx", kAggregate, 2, 2, kRegression, "regr_avgx({0}, {1}){f}"},
    {"regr_avgy", kAggregate, 2, 2, kRegression, "regr_avgy({0}, {1}){f}"},
    {"regr_intercept", kAggregate, 2, 2, kRegression,
     "(CASE WHEN NOT isnan(regr_intercept({0}, {1}){f}) THEN regr_intercept({0}, {1}){f} END)"},
    {"regr_r2", kAggregate, 2, 2, kRegression,
     "(CASE WHEN NOT isnan(regr_r2({0}, {1}){f}) THEN regr_r2({0}, {1}){f} END)"},
    {"regr_slope", kAggregate, 2, 2, kRegression,
     "(CASE WHEN NOT isnan(regr_slope({0}, {1}){f}) THEN regr_slope({0}, {1}){f} END)"},
    {"regr_sxx", kAggregate, 2, 2, kRegression, "regr_sxx({0}, {1}){f}"},
    {"regr_sxy", kAggregate, 2, 2, kRegression, "regr_sxy({0}, {1}){f}"},
    {"regr_syy", kAggregate, 2, 2, kRegression, "regr_syy({0}, {1}){f}"},
    {"skewness", kAggregate, 1, 1, Shape, ""},
    {"kurtosis", kAggregate, 1, 1, Shape, ""},
    {"percentile:rows", kAggregate, 2, 3, PercentileOfRows, ""},
    {"percentile_approx:rows", kAggregate, 2, 3, PercentileOfRows, ""},
    {"percentile_disc", kAggregate, 2, 2, PercentileDisc, ""},
    {"percentile_cont", kAggregate, 2, 2,
     [](const FunctionEntry&, Infos args) -> Result<Signature> {
       const FunctionEntry& percentile = *FindFunction("percentile");
       TRY(Signature signature, percentile.resolve(percentile, args));
       if (signature.overload.empty()) signature.overload = "percentile";
       return signature;
     },
     ""},
    {"histogram_numeric", kAggregate, 2, 2, Histogram, ""},
    {"bitmap_construct_agg", kAggregate, 1, 1, Fixed<kNever, kBin, kLong>, ""},
    {"bitmap_or_agg", kAggregate, 1, 1, Fixed<kNever, kBin, kBin>, ""},
    {"bitmap_and_agg", kAggregate, 1, 1, Fixed<kNever, kBin, kBin>, ""},
    {"try_sum", kAggregate, 1, 1, TrySum, "TRY_CAST(sum({d}{0}){f} AS {t})"},
    {"try_avg", kAggregate, 1, 1, TryAverage, "avg({d}{0}){f}"},
    {"try_avg:decimal", kAggregate, 1, 1, TryAverage, ""},
    {"percentile", kAggregate, 2, 3, Percentile, "quantile_cont({0}, {1}){f}"},
    // Any value within the promised error is right: the exact one is.
    {"percentile_approx", kAggregate, 2, 3, Percentile, "quantile_disc({0}, {1}){f}"},
    // Values of the row's grouping set: the binder puts others in their place.
    {"grouping", kAggregate, 1, 1, GroupingBits<TypeId::kByte>, ""},
    {"grouping_id", kAggregate, 0, -1, GroupingBits<TypeId::kLong>, ""},
    {"mode", kAggregate, 1, 2, Mode, "mode({0}){f}"},
    {"mode:least", kAggregate, 2, 2, Mode, ""},
    {"listagg", kAggregate, 1, 2, TextAggregate, "string_agg({d}{0}, ''{o}){f}"},
    {"listagg:separator", kAggregate, 2, 2, TextAggregate, "string_agg({d}{0}, {1}{o}){f}"},
    {"count", kAggregate, 1, -1, Count, "count({d}{0}){f}"},
    {"count:several", kAggregate, 2, -1, Count, ""},
    {"count_if", kAggregate, 1, 1, Fixed<kNever, kLong, kBool>,
     "count({d}CASE WHEN {0} THEN 1 END){f}"},
    {"sum", kAggregate, 1, 1, Sum, "sum({d}{0}){f}"},
    {"avg", kAggregate, 1, 1, Avg, "avg({d}{0}){f}"},
    {"avg:decimal", kAggregate, 1, 1, Avg, ""},
    {"min", kAggregate, 1, 1, Extreme, "min({0}){f}"},
    {"max", kAggregate, 1, 1, Extreme, "max({0}){f}"},
    {"min_by:some", kAggregate, 3, 3, ExtremeBy, ""},
    {"max_by:some", kAggregate, 3, 3, ExtremeBy, ""},
    {"min_by", kAggregate, 2, 3, ExtremeBy, "arg_min_null({0}, {1}){f}"},
    {"max_by", kAggregate, 2, 3, ExtremeBy, "arg_max_null({0}, {1}){f}"},
    {"first", kAggregate, 1, 1, AnyOfGroup, "first({0}){f}"},
    {"last", kAggregate, 1, 1, AnyOfGroup, "last({0}){f}"},
    {"any_value", kAggregate, 1, 1, AnyOfGroup, "first({0}){f}"},
    {"bool_and", kAggregate, 1, 1, Fixed<kAlways, kBool, kBool>, "bool_and({0}){f}"},
    {"bool_or", kAggregate, 1, 1, Fixed<kAlways, kBool, kBool>, "bool_or({0}){f}"},
    {"bit_and", kAggregate, 1, 1, Bits, "bit_and({0}){f}"},
    {"bit_or", kAggregate, 1, 1, Bits, "bit_or({0}){f}"},
    {"bit_xor", kAggregate, 1, 1, Bits, "bit_xor({0}){f}"},
    {"stddev_samp", kAggregate, 1, 1, Fixed<kAlways, kDouble, kDouble>, "stddev_samp({d}{0}){f}"},
    {"stddev_pop", kAggregate, 1, 1, Fixed<kAlways, kDouble, kDouble>, "stddev_pop({d}{0}){f}"},
    {"var_samp", kAggregate, 1, 1, Fixed<kAlways, kDouble, kDouble>, "var_samp({d}{0}){f}"},
    {"var_pop", kAggregate, 1, 1, Fixed<kAlways, kDouble, kDouble>, "var_pop({d}{0}){f}"},
    {"corr", kAggregate, 2, 2, Fixed<kAlways, kDouble, kDouble, kDouble>,
     "(CASE WHEN NOT isnan(corr({0}, {1}){f}) THEN corr({0}, {1}){f} END)"},
    {"covar_samp", kAggregate, 2, 2, Fixed<kAlways, kDouble, kDouble, kDouble>,
     "covar_samp({0}, {1}){f}"},
    {"covar_pop", kAggregate, 2, 2, Fixed<kAlways, kDouble, kDouble, kDouble>,
     "covar_pop({0}, {1}){f}"},
    {"collect_list", kAggregate, 1, 1, Collect,
     "coalesce(list_filter(list({d}{0}){f}, lambda e: e IS NOT NULL), [])"},
    {"collect_set", kAggregate, 1, 1, Collect,
     "coalesce(list_filter(list(DISTINCT {0}){f}, lambda e: e IS NOT NULL), [])"},
    {"median", kAggregate, 1, 1, Median, "median({d}{0}){f}"},
    {"approx_count_distinct", kAggregate, 1, 1, Count, "approx_count_distinct({0}){f}"},
};

// rank(x): Spark takes arguments and does nothing with them.
Result<Signature> Rank(const FunctionEntry& /*entry*/, Infos args) {
  Signature signature{.arguments = {}, .result = Type(kInt), .nullable = false};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

Result<Signature> Fraction(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, Rank(entry, args));
  signature.result = Type(kDouble);
  return signature;
}

// lag(x [, offset [, default]])
Result<Signature> Shift(const FunctionEntry& entry, Infos args) {
  Signature signature{.arguments = {args[0].type}, .result = args[0].type, .nullable = true};
  if (args.size() > 1) {
    if (!args[1].type.IsIntegral()) return WrongArgument(entry, args, 1, "a whole number");
    signature.arguments.emplace_back(kInt);
  }
  if (args.size() > 2) {
    // The value's type is the result's: the default is cast to it.
    const auto common = CommonType(args[0].type, args[2].type);
    if (!common || *common != args[0].type) {
      return WrongArgument(entry, args, 2, args[0].type.ToSql());
    }
    signature.arguments.push_back(*common);
    signature.nullable = args[0].nullable || args[2].nullable;
  }
  return signature;
}

Result<Signature> NthValue(const FunctionEntry& entry, Infos args) {
  if (!args[1].type.IsIntegral()) return WrongArgument(entry, args, 1, "a whole number");
  return Signature{{args[0].type, Type(kInt)}, args[0].type, true, {}};
}

constexpr FunctionEntry kWindows[] = {
    {"row_number", kWindow, 0, 0, Rank, "row_number(){f}"},
    {"rank", kWindow, 0, -1, Rank, "rank(){f}"},
    {"dense_rank", kWindow, 0, -1, Rank, "dense_rank(){f}"},
    {"percent_rank", kWindow, 0, -1, Fraction, "percent_rank(){f}"},
    {"cume_dist", kWindow, 0, 0, Fraction, "cume_dist(){f}"},
    {"ntile", kWindow, 1, 1, Fixed<kNever, kInt, kInt>, "ntile({0}){f}"},
    {"lag", kWindow, 1, 3, Shift, "lag({*}{i}){f}"},
    {"lead", kWindow, 1, 3, Shift, "lead({*}{i}){f}"},
    {"first_value:window", kWindow, 1, 1, AnyOfGroup, "first_value({0}{i}){f}"},
    {"last_value:window", kWindow, 1, 1, AnyOfGroup, "last_value({0}{i}){f}"},
    {"nth_value", kWindow, 2, 2, NthValue, "nth_value({0}, {1}{i}){f}"},
};

types::Field Column(std::string name, Type type, bool nullable) {
  return {.name = std::move(name), .type = std::move(type), .nullable = nullable, .comment = {}};
}

// explode and posexplode of an array or a map.
Result<Signature> Explode(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const bool positions = entry.name.starts_with("pos");
  const bool outer = entry.name.ends_with("_outer");
  std::vector<types::Field> columns;
  if (positions) columns.push_back(Column("pos", Type(kInt), outer));
  if (type.Is(TypeId::kArray)) {
    columns.push_back(Column("col", type.element(), type.contains_null() || outer));
  } else if (type.Is(TypeId::kMap)) {
    columns.push_back(Column("key", type.key(), outer));
    columns.push_back(Column("value", type.value(), type.value_contains_null() || outer));
  } else {
    return WrongArgument(entry, args, 0, "an array or a map");
  }
  return Signature{
      {type}, Type::Struct(std::move(columns)), false, positions ? "posexplode" : "explode"};
}

Result<Signature> Inline(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray) || !type.element().Is(TypeId::kStruct)) {
    return WrongArgument(entry, args, 0, "an array of structs");
  }
  const bool outer = type.contains_null() || entry.name.ends_with("_outer");
  std::vector<types::Field> columns;
  for (const types::Field& field : type.element().fields()) {
    columns.push_back(Column(field.name, field.type, field.nullable || outer));
  }
  return Signature{{type}, Type::Struct(std::move(columns)), false, "inline"};
}

// stack(n, v1, v2, ...): n rows of as many columns as the values need.
Result<Signature> Stack(const FunctionEntry& entry, Infos args) {
  if (!args[0].number || *args[0].number < 1 || !args[0].type.IsIntegral()) {
    return WrongArgument(entry, args, 0, "a constant number of rows");
  }
  const size_t values = args.size() - 1;
  const auto rows = static_cast<size_t>(*args[0].number);
  const size_t width = (values + rows - 1) / rows;
  std::vector<types::Field> columns;
  for (size_t column = 0; column < width; ++column) {
    Type common;
    bool nullable = values % width != 0 || values / width < rows;
    for (size_t i = 1 + column; i < args.size(); i += width) {
      const auto wider = CommonType(common, args[i].type);
      if (!wider) return WrongArgument(entry, args, i, common.ToSql());
      common = *wider;
      nullable = nullable || args[i].nullable;
    }
    columns.push_back(Column("col" + std::to_string(column), common, nullable));
  }
  Signature signature{.arguments = {Type(kInt)}, .result = {}, .nullable = false};
  for (size_t i = 0; i < values; ++i) signature.arguments.push_back(columns[i % width].type);
  signature.result = Type::Struct(std::move(columns));
  return signature;
}

// json_tuple(text, name, ...)
Result<Signature> JsonTuple(const FunctionEntry& entry, Infos args) {
  std::vector<types::Field> columns;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.Is(kStr) && !args[i].type.Is(TypeId::kVoid)) {
      return WrongArgument(entry, args, i, "STRING");
    }
    if (i > 0) columns.push_back(Column("c" + std::to_string(i - 1), Type(kStr), true));
  }
  return Signature{
      std::vector<Type>(args.size(), Type(kStr)), Type::Struct(std::move(columns)), false, {}};
}

constexpr FunctionEntry kGenerators[] = {
    {"json_tuple", kGenerator, 2, -1, JsonTuple, ""},
    {"stack", kGenerator, 2, -1, Stack, ""},
    {"explode", kGenerator, 1, 1, Explode, ""},
    {"explode_outer", kGenerator, 1, 1, Explode, ""},
    {"posexplode", kGenerator, 1, 1, Explode, ""},
    {"posexplode_outer", kGenerator, 1, 1, Explode, ""},
    {"inline", kGenerator, 1, 1, Inline, ""},
    {"inline_outer", kGenerator, 1, 1, Inline, ""},
};

}  // namespace

std::span<const FunctionEntry> AggregateEntries() { return kAggregates; }
std::span<const FunctionEntry> WindowEntries() { return kWindows; }
std::span<const FunctionEntry> GeneratorEntries() { return kGenerators; }

}  // namespace oresmith::sql
