#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/emit_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

std::string FrameBoundSql(const sql::BoundFrameBound& bound, const std::string& amount) {
  using Kind = sql::FrameBound::Kind;
  switch (bound.kind) {
    case Kind::kUnboundedPreceding:
      return "UNBOUNDED PRECEDING";
    case Kind::kPreceding:
      return amount + " PRECEDING";
    case Kind::kCurrentRow:
      return "CURRENT ROW";
    case Kind::kFollowing:
      return amount + " FOLLOWING";
    case Kind::kUnboundedFollowing:
      return "UNBOUNDED FOLLOWING";
  }
  return "CURRENT ROW";
}

}  // namespace

Result<std::string> Emitter::AggregateCall(const sql::BoundExpr& expr,
                                           const sql::BoundAggregate& node,
                                           const std::string& over) {
  TRY(const std::vector<std::string> args, Exprs(node.args));
  CallText text{.args = args, .distinct = {}, .ignore_nulls = {}, .order = {}, .filter = {}};
  if (node.distinct) text.distinct = "DISTINCT ";
  if (node.ignore_nulls) text.ignore_nulls = " IGNORE NULLS";
  if (!node.order_by.empty()) {
    TRY(const std::string keys, SortKeys(node.order_by));
    text.order = " ORDER BY " + keys;
  }
  std::vector<std::string> conditions;
  if (node.filter) {
    TRY(conditions.emplace_back(), Expr(*node.filter));
  }
  const bool takes_ignore = node.function->duckdb.find("{i}") != std::string_view::npos;
  if (node.ignore_nulls && !takes_ignore) conditions.push_back(args.front() + " IS NOT NULL");
  if (!conditions.empty()) {
    text.filter = fmt::format(" FILTER (WHERE {})", fmt::join(conditions, " AND "));
  }
  text.filter += over;
  if (node.function->duckdb.empty()) return OwnAggregate(expr, node, text);
  sql::FunctionEntry function = *node.function;
  OrderAggregate(node.args, text, function);
  TRY(const std::string call, FillTemplate(function, text, expr.type));
  return AsType(call, expr.type);
}

Result<std::string> Emitter::WindowSpec(const sql::BoundWindow& node) {
  std::vector<std::string> parts;
  if (!node.partition_by.empty()) {
    TRY(const std::vector<std::string> keys, Exprs(node.partition_by));
    parts.push_back(fmt::format("PARTITION BY {}", fmt::join(keys, ", ")));
  }
  if (!node.order_by.empty()) {
    TRY(const std::string keys, SortKeys(node.order_by));
    parts.push_back("ORDER BY " + keys);
  }
  if (node.has_frame) {
    std::string start;
    std::string end;
    if (node.start.amount) {
      TRY(start, Expr(*node.start.amount));
    }
    if (node.end.amount) {
      TRY(end, Expr(*node.end.amount));
    }
    parts.push_back(fmt::format("{} BETWEEN {} AND {}", node.rows ? "ROWS" : "RANGE",
                                FrameBoundSql(node.start, start), FrameBoundSql(node.end, end)));
  }
  return fmt::format(" OVER ({})", fmt::join(parts, " "));
}

Result<std::string> Emitter::WindowCall(const sql::BoundExpr& expr, const sql::BoundWindow& node,
                                        const std::string& over) {
  TRY(const std::vector<std::string> args, Exprs(node.args));
  CallText text{.args = args,
                .distinct = {},
                .ignore_nulls = node.ignore_nulls ? " IGNORE NULLS" : "",
                .order = {},
                .filter = over};
  sql::FunctionEntry function = *node.function;
  OrderAggregate(node.args, text, function);
  TRY(const std::string call, FillTemplate(function, text, expr.type));
  return AsType(call, expr.type);
}

}  // namespace oresmith::engine
