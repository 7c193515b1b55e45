#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "engine/arithmetic_functions_internal.h"
#include "engine/datetime_functions_internal.h"
#include "engine/emit_internal.h"
#include "engine/plain_functions_internal.h"
#include "engine/regex_functions_internal.h"
#include "engine/row_functions_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::BoundCall;
using sql::BoundExpr;
using types::Type;
using types::TypeId;

const std::string* ConstantText(const BoundExpr& expr) {
  const auto* literal = std::get_if<sql::BoundLiteral>(&expr.node);
  return literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
}

// A path as DuckDB writes it: $.a."b c"[0]. Errors: kUnsupported for wildcards.
Result<std::string> JsonPathSql(std::string_view function, std::string path) {
  // The operator's path has no `$`: payload:order.items[0] is given as order.items[0].
  if (function == ":") path = (path.starts_with("[") ? "$" : "$.") + path;
  if (path.find('*') != std::string::npos) {
    return Fail(ErrorKind::kUnsupported, "{}: the wildcard in the path {} is not supported here",
                function, path);
  }
  // $['a'] is $."a" there.
  std::string text;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool quoted = path.compare(i, 2, "['") == 0;
    const size_t end = quoted ? path.find("']", i) : std::string::npos;
    if (end == std::string::npos) {
      text += path[i];
      continue;
    }
    text += ".\"" + path.substr(i + 2, end - i - 2) + "\"";
    i = end + 1;
  }
  return text;
}

bool HasInstant(const Type& type) {
  if (type.Is(TypeId::kArray)) return HasInstant(type.element());
  if (type.Is(TypeId::kMap)) return HasInstant(type.key()) || HasInstant(type.value());
  if (!type.Is(TypeId::kStruct)) return type.Is(TypeId::kTimestamp);
  return std::any_of(type.fields().begin(), type.fields().end(),
                     [](const types::Field& field) { return HasInstant(field.type); });
}

}  // namespace

// Calls that no template of the function table says, or that it would evaluate an argument twice
// for.
Result<std::optional<std::string>> Emitter::OwnCall(const BoundExpr& expr, const BoundCall& call) {
  const std::string_view name = call.function->name;
  std::vector<Type> types;
  for (const sql::BoundPtr& arg : call.args) types.push_back(arg->type);
  std::optional<FunctionSpec> function = ArithmeticFunction(name, types, expr.type);
  if (!function) function = PlainFunction(name);
  if (!function) function = RowFunction(name, types, expr.type);
  // Instants are written with the zone's offset, and read as of the zone.
  const bool writes = name == "to_json" || name == "to_csv";
  const bool reads = name == "from_json" || name == "from_csv";
  if ((writes || reads) && options_.time_zone != "UTC" &&
      HasInstant(writes ? types[0] : expr.type)) {
    return Fail(ErrorKind::kUnsupported, "{}: of timestamps only in the time zone UTC", name);
  }
  if (function) {
    TRY(const std::vector<std::string> args, Exprs(call.args));
    return fmt::format("{}({})", Need(*std::move(function)), fmt::join(args, ", "));
  }
  TRY(std::optional<std::string> ordered, OrderCall(expr, call));
  if (ordered) return ordered;
  if (name.ends_with(":java") || name == "regexp_instr") return Regex(expr, call);
  TRY(std::optional<std::string> clocks, OfClocks(expr, call));
  if (clocks) return clocks;
  TRY(std::optional<std::string> map_lambda, MapLambda(expr, call));
  if (map_lambda) return map_lambda;
  TRY(std::optional<std::string> folded, FoldLambda(call));
  if (folded) return folded;
  if (name == "from_json") return FromJson(expr, call);
  if (name == "named_struct") return NamedStruct(expr, call);
  if (name == "map") return MakeMap(expr, call);
  if (name == "transform" || name == "filter") return ListLambda(call);
  if (name == "current_timestamp" || name == "current_date") {
    emission_.uses_now = true;
    const std::string now = "CAST($now AS TIMESTAMPTZ)";
    return name == "current_date" ? fmt::format("CAST({} AS DATE)", now) : now;
  }
  if (call.args.size() == 2 &&
      (name == "date_format" || name.ends_with("to_date") || name.ends_with("to_timestamp"))) {
    return WithPattern(call);
  }
  if (name == ":" || name == "get_json_object") return JsonPath(call);
  return std::nullopt;
}

// By PCRE2, with the pattern compiled once.
Result<std::optional<std::string>> Emitter::Regex(const BoundExpr& expr, const BoundCall& call) {
  const std::string* pattern = ConstantText(*call.args[1]);
  if (pattern == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the pattern must be a constant here",
                call.function->name);
  }
  std::vector<Type> types;
  std::vector<std::string> args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    types.push_back(call.args[i]->type);
    if (i == 1) continue;
    TRY(args.emplace_back(), Expr(*call.args[i]));
  }
  TRY(std::optional<FunctionSpec> function,
      RegexFunction(call.function->name, *pattern, types, expr.type));
  if (!function) return std::nullopt;
  return fmt::format("{}({})", Need(*std::move(function)), fmt::join(args, ", "));
}

Result<std::string> Emitter::WithPattern(const BoundCall& call) {
  const std::string_view name = call.function->name;
  const std::string* pattern = ConstantText(*call.args[1]);
  if (pattern == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the pattern must be a constant here", name);
  }
  const bool dates_only = name.ends_with("to_date");
  if (options_.time_zone != "UTC" && !dates_only) {
    return Fail(ErrorKind::kUnsupported,
                "{} with a pattern is supported only with the session time zone UTC", name);
  }
  TRY(std::optional<FunctionSpec> function, PatternFunction(name, *pattern));
  if (!function)
    return Fail(ErrorKind::kUnsupported, "the function {} is not supported here", name);
  TRY(const std::string text, Expr(*call.args[0]));
  return fmt::format("{}({})", Need(*std::move(function)), text);
}

Result<std::string> Emitter::NamedStruct(const BoundExpr& expr, const BoundCall& call) {
  const std::vector<std::string> names = FieldNames(expr.type);
  std::vector<std::string> members;
  for (size_t i = 0; i < names.size(); ++i) {
    TRY(const std::string value, Expr(*call.args[2 * i + 1]));
    members.push_back(fmt::format("{}: {}", QuoteText(names[i]), value));
  }
  return fmt::format("{{{}}}", fmt::join(members, ", "));
}

Result<std::string> Emitter::MakeMap(const BoundExpr& expr, const BoundCall& call) {
  std::vector<std::string> keys;
  std::vector<std::string> values;
  for (size_t i = 0; i + 1 < call.args.size(); i += 2) {
    TRY(keys.emplace_back(), Expr(*call.args[i]));
    TRY(values.emplace_back(), Expr(*call.args[i + 1]));
  }
  return fmt::format("CAST(map([{}], [{}]) AS {})", fmt::join(keys, ", "), fmt::join(values, ", "),
                     TypeSql(expr.type));
}

// (x, i) -> e: i counts from 0, DuckDB's from 1.
Result<std::string> Emitter::ListLambda(const BoundCall& call) {
  TRY(const std::string list, Expr(*call.args[0]));
  TRY(const std::string lambda, Lambda(*call.args[1], 1));
  return fmt::format("{}({}, {})",
                     call.function->name == "filter" ? "list_filter" : "list_transform", list,
                     lambda);
}

Result<std::string> Emitter::JsonPath(const BoundCall& call) {
  const std::string* path = ConstantText(*call.args[1]);
  if (path == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the path must be a constant here",
                call.function->name);
  }
  TRY(const std::string duckdb_path, JsonPathSql(call.function->name, *path));
  TRY(const std::string text, Expr(*call.args[0]));
  // Text that is not JSON has no fields.
  return fmt::format("json_extract_string(TRY_CAST({} AS JSON), {})", text, QuoteText(duckdb_path));
}

// Aggregates whose exact result DuckDB does not compute by itself.
Result<std::string> Emitter::OwnAggregate(const BoundExpr& expr, const sql::BoundAggregate& node,
                                          const CallText& text) {
  const std::string_view name = node.function->name;
  if (name == "avg:decimal" || name == "try_avg:decimal") {
    const Type sum = Type::Decimal(38, node.args.front()->type.scale());
    const Type count(TypeId::kLong);
    const std::string argument = text.distinct + text.args.front();
    return fmt::format("{}(sum({}){}, count({}){})",
                       Need(*ArithmeticFunction(name, {sum, count}, expr.type)), argument,
                       text.filter, argument, text.filter);
  }
  if (name == "count:several") {
    std::vector<std::string> tests;
    for (const std::string& arg : text.args) tests.push_back(arg + " IS NOT NULL");
    const std::string counted =
        text.distinct.empty() ? "1" : fmt::format("row({})", fmt::join(text.args, ", "));
    return fmt::format("count({}CASE WHEN {} THEN {} END){}", text.distinct,
                       fmt::join(tests, " AND "), counted, text.filter);
  }
  return RowsAggregate(expr, node, text);
}

// A function of the list of the group's rows.
Result<std::string> Emitter::RowsAggregate(const BoundExpr& expr, const sql::BoundAggregate& node,
                                           const CallText& text) {
  std::vector<types::Field> fields;
  std::vector<std::string> members;
  for (size_t i = 0; i < node.args.size(); ++i) {
    fields.push_back({.name = fmt::format("a{}", i), .type = node.args[i]->type});
    members.push_back(fmt::format("'a{}': {}", i, text.args[i]));
  }
  const Type rows = Type::Array(Type::Struct(std::move(fields)));
  std::optional<FunctionSpec> function = RowFunction(node.function->name, {rows}, expr.type);
  if (!function) {
    return Fail(ErrorKind::kUnsupported, "the function {} is not supported here",
                node.function->name);
  }
  return fmt::format("{}(list({}{{{}}}){})", Need(*std::move(function)), text.distinct,
                     fmt::join(members, ", "), text.filter);
}

}  // namespace oresmith::engine
