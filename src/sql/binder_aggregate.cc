// GROUP BY: the keys, aggregate calls, and what may stand above them.

#include <algorithm>
#include <array>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

bool Contains(const std::vector<NamedExpr>& items, ColumnId id) {
  return std::any_of(items.begin(), items.end(),
                     [&](const NamedExpr& item) { return item.column.id == id; });
}

bool UsesAny(const BoundExpr& expr, const std::vector<NamedExpr>& items) {
  bool found = false;
  VisitDeep(expr, [&](const BoundExpr& part) {
    const auto* column = std::get_if<BoundColumn>(&part.node);
    found = found || (column != nullptr && Contains(items, column->id));
  });
  return found;
}

bool MayIgnoreNulls(std::string_view name) {
  return name == "first" || name == "last" || name == "any_value";
}

// mode(), percentile_cont(p) and percentile_disc(p) WITHIN GROUP (ORDER BY x).
bool TakesOrder(std::string_view name) {
  return name == "mode" || name == "percentile_cont" || name == "percentile_disc";
}

// The value of a constant boolean; nullptr when it is none.
const bool* FlagOf(const BoundExpr& expr) {
  const auto* literal = std::get_if<BoundLiteral>(&expr.node);
  return literal != nullptr ? std::get_if<bool>(&literal->value) : nullptr;
}
// Whether DISTINCT reaches DuckDB, or changes nothing.
bool KeepsDistinct(const FunctionEntry& function) {
  if (function.name.starts_with("percentile") || function.name.starts_with("mode")) return false;
  if (function.duckdb.empty() || function.duckdb.find("{d}") != std::string_view::npos) return true;
  constexpr std::array<std::string_view, 11> kSame{"min",
                                                   "max",
                                                   "bool_and",
                                                   "bool_or",
                                                   "bit_and",
                                                   "bit_or",
                                                   "first",
                                                   "last",
                                                   "any_value",
                                                   "collect_set",
                                                   "approx_count_distinct"};
  return std::find(kSame.begin(), kSame.end(), function.name) != kSame.end();
}

// Why DISTINCT cannot stand in a call; nothing when it can.
std::string DistinctProblem(const FunctionEntry& function, const std::vector<BoundPtr>& args) {
  for (const BoundPtr& arg : args) {
    if (IsComparable(arg->type)) continue;
    return fmt::format("DISTINCT over {}, whose values cannot be compared", arg->type.ToSql());
  }
  return KeepsDistinct(function) ? "" : "DISTINCT is not supported";
}

}  // namespace

Status Binder::BindGroups(SelectState& state) {
  if (state.select.group_by_all) return BindGroupByAll(state);
  if (!state.select.grouping.empty()) return BindGroupingSets(state);
  for (const ExprPtr& key : state.select.group_by) TRY_DO(AddGroup(state, *key));
  return {};
}

Result<int> Binder::AddGroup(SelectState& state, const Expr& key) {
  TRY(BoundPtr expr, BindGroupKey(state, key));
  if (!IsComparable(expr->type)) {
    return Unsupported(key.span, "GROUP BY: values of {} cannot be compared", expr->type.ToSql());
  }
  const auto known = std::find_if(state.groups.begin(), state.groups.end(),
                                  [&](const NamedExpr& g) { return SameExpr(*g.expr, *expr); });
  if (known != state.groups.end()) return static_cast<int>(known - state.groups.begin());
  const std::string name = ColumnNameOf(key, TextOf(key.span));
  Attribute column = NewColumn(name, expr->type, expr->nullable);
  state.groups.push_back({std::move(column), std::move(expr)});
  return static_cast<int>(state.groups.size()) - 1;
}

// A number is a place in the select list; a name that is no column of FROM is an alias there.
Result<BoundPtr> Binder::BindGroupKey(SelectState& state, const Expr& key) {
  const SelectColumn* item = nullptr;
  if (const auto* number = std::get_if<NumberLiteral>(&key.node);
      number != nullptr && number->digits.find_first_not_of("0123456789") == std::string::npos) {
    const int64_t count = static_cast<int64_t>(state.items.size());
    TRY(const BoundPtr place, BindNumber(*number, key.span, false));
    const auto* literal = std::get_if<BoundLiteral>(&place->node);
    const auto* value = std::get_if<int64_t>(&literal->value);
    if (value == nullptr || *value < 1 || *value > count) {
      return Invalid(key.span, "GROUP BY {}: the select list has {} columns", number->digits,
                     count);
    }
    item = &state.items[static_cast<size_t>(*value - 1)];
  } else if (const auto* name = std::get_if<NameRef>(&key.node)) {
    TRY(BoundPtr column, ResolveIn(state.from.scope, *name, key.span));
    if (column) return column;
    for (const SelectColumn& candidate : state.items) {
      if (name->parts.size() == 1 && SameName(candidate.name.text, name->parts[0].text)) {
        item = &candidate;
        break;
      }
    }
  }
  if (item == nullptr) {
    ExprScope scope = ScopeFor(state, "GROUP BY");
    return BindExpr(key, scope);
  }
  if (UsesAny(*item->expr, state.aggregates) || UsesAny(*item->expr, state.windows)) {
    return Invalid(key.span, "GROUP BY {}: {} is an aggregate or a window function",
                   TextOf(key.span), item->name.text);
  }
  BoundPtr copy = CloneExpr(*item->expr);
  if (!copy) {
    return Unsupported(key.span, "GROUP BY {}: it is a subquery; compute it in a subquery of FROM",
                       TextOf(key.span));
  }
  copy->span = key.span;
  return copy;
}

Status Binder::BindGroupByAll(SelectState& state) {
  for (const ScopeColumn& column : state.from.scope.columns) {
    if (!SameName(column.column.name, "all")) continue;
    return Unsupported(state.query.span,
                       "GROUP BY ALL: the input has a column {}; write GROUP BY `{}`",
                       column.column.name, column.column.name);
  }
  for (const SelectColumn& item : state.items) {
    if (UsesAny(*item.expr, state.aggregates) || UsesAny(*item.expr, state.windows)) continue;
    const bool constant = std::holds_alternative<BoundLiteral>(item.expr->node);
    BoundPtr copy = CloneExpr(*item.expr);
    if (!copy) {
      return Unsupported(item.name.span, "GROUP BY ALL: {} is a subquery", item.name.text);
    }
    if (constant) continue;
    Attribute column = NewColumn(item.name.text, copy->type, copy->nullable);
    state.groups.push_back({std::move(column), std::move(copy)});
  }
  return {};
}

Status Binder::ReplaceGroups(SelectState& state) {
  for (size_t i = 0; i < state.items.size(); ++i) {
    BoundPtr& expr = state.items[i].expr;
    TRY_DO(ReplaceGroupsIn(state, expr));
    state.output[i].nullable = state.output[i].nullable || expr->nullable;
  }
  if (state.having) TRY_DO(ReplaceGroupsIn(state, state.having));
  if (state.qualify) TRY_DO(ReplaceGroupsIn(state, state.qualify));
  for (BoundSortKey& key : state.order) TRY_DO(ReplaceGroupsIn(state, key.expr));
  for (NamedExpr& window : state.windows) TRY_DO(ReplaceGroupsIn(state, window.expr));
  if (state.generator) {
    for (BoundPtr& arg : state.generator->args) TRY_DO(ReplaceGroupsIn(state, arg));
  }
  return {};
}

// Puts the group's column where its expression stands; what is then left of FROM's columns is
// neither grouped nor aggregated.
Status Binder::ReplaceGroupsIn(SelectState& state, BoundPtr& expr) {
  Status status;
  bool may_be_null = false;
  RewriteDeep(expr, [&](BoundPtr& place) {
    if (!status) return true;
    const auto* call = std::get_if<BoundCall>(&place->node);
    if (state.grouping_id && call != nullptr && call->function->name.starts_with("grouping")) {
      auto value = GroupingValue(state, *place);
      if (value) {
        place = *std::move(value);
      } else {
        status = Fail(std::move(value).error());
      }
      return true;
    }
    for (const NamedExpr& group : state.groups) {
      if (!SameExpr(*place, *group.expr)) continue;
      may_be_null = may_be_null || (group.column.nullable && !place->nullable);
      place = ColumnOf(group.column, place->span);
      return true;
    }
    const auto* column = std::get_if<BoundColumn>(&place->node);
    if (column == nullptr) return false;
    const auto& from = state.from.op->output;
    const auto found = std::find_if(from.begin(), from.end(),
                                    [&](const Attribute& each) { return each.id == column->id; });
    if (found == from.end()) return true;
    status =
        Fail(MakeError(ErrorKind::kInvalidInput, "column {}: neither in GROUP BY nor aggregated",
                       found->name)
                 .WithFix(fmt::format("add {0} to GROUP BY, or use any_value({0})", found->name))
                 .At(source_->Place(place->span)));
    return true;
  });
  expr->nullable = expr->nullable || may_be_null;
  return status;
}

Result<BoundPtr> Binder::BindAggregateCall(const FunctionEntry& entry, const FunctionCall& call,
                                           Span span, ExprScope& scope) {
  if (scope.inside_aggregate) {
    return Invalid(span, "{}: an aggregate cannot stand inside another; use a subquery",
                   entry.name);
  }
  if (scope.aggregates == nullptr || !scope.lambdas.empty()) {
    const bool where = scope.clause == "WHERE";
    return Fail(MakeError(ErrorKind::kInvalidInput, "{}: an aggregate cannot stand in {}",
                          entry.name, scope.lambdas.empty() ? scope.clause : "a lambda")
                    .WithFix(where ? "filter groups with HAVING" : "")
                    .At(source_->Place(span)));
  }
  ExprScope inner = scope;
  inner.inside_aggregate = true;
  inner.preferred = nullptr;
  inner.windows = nullptr;
  inner.clause = "an aggregate";
  TRY(BoundPtr node, BindAggregateNode(entry, call, span, inner));
  for (const NamedExpr& known : *scope.aggregates) {
    if (SameExpr(*known.expr, *node)) return ColumnOf(known.column, span);
  }
  Attribute column = NewColumn(std::string(entry.name), node->type, node->nullable);
  BoundPtr result = ColumnOf(column, span);
  scope.aggregates->push_back({std::move(column), std::move(node)});
  return result;
}

Result<BoundPtr> Binder::BindAggregateNode(const FunctionEntry& entry, const FunctionCall& call,
                                           Span span, ExprScope& inner) {
  const FunctionEntry* function = &entry;
  TRY(std::vector<BoundPtr> args, BindAggregateArguments(entry, call, inner));
  // mode() WITHIN GROUP (ORDER BY x) is mode(x), of several the least; percentile_cont(p) likewise.
  const bool within = TakesOrder(entry.name) && call.within_group.size() == 1;
  if (within) {
    const SortKey& key = call.within_group.front();
    if (key.descending) return Unsupported(span, "{}: WITHIN GROUP with DESC", entry.name);
    TRY(BoundPtr value, BindExpr(*key.expr, inner));
    args.insert(args.begin(), std::move(value));
    if (entry.name == "mode")
      args.push_back(MakeExpr(Type(TypeId::kBoolean), false, span, BoundLiteral{true}));
  }
  if (!within && TakesOrder(entry.name) && entry.name != "mode") {
    return Invalid(span, "{}: it needs WITHIN GROUP (ORDER BY ...)", entry.name);
  }
  // first(x, true) is first(x) IGNORE NULLS.
  const bool has_flag = args.size() == 2 && MayIgnoreNulls(entry.name);
  bool ignore_nulls = call.ignore_nulls;
  if (has_flag) {
    const bool* flag = FlagOf(*args[1]);
    if (flag == nullptr)
      return Invalid(args[1]->span, "{}: argument 2 is true or false", entry.name);
    ignore_nulls = ignore_nulls || *flag;
    args.pop_back();
  }
  TRY(const Signature signature, ResolveCall(function, args, span));
  BoundAggregate node;
  node.distinct = call.distinct;
  if (call.filter) {
    ExprScope filter_scope = inner;
    filter_scope.clause = "FILTER";
    TRY(node.filter, BindCondition(*call.filter, filter_scope));
  }
  const std::string problem = call.distinct ? DistinctProblem(*function, args) : "";
  if (!problem.empty()) return Unsupported(span, "{}: {}", entry.name, problem);
  if (ignore_nulls) {
    TRY_DO(IgnoreNulls(*function, args, node, span));
  }
  for (const SortKey& key : call.within_group) {
    if (within) break;
    BoundSortKey bound;
    bound.descending = key.descending;
    bound.nulls_first = key.nulls_first.value_or(!key.descending);
    TRY(bound.expr, BindExpr(*key.expr, inner));
    node.order_by.push_back(std::move(bound));
  }
  if (!node.order_by.empty() && function->duckdb.find("{o}") == std::string_view::npos) {
    return Unsupported(span, "{}: WITHIN GROUP is not supported", entry.name);
  }
  node.function = function;
  node.args = std::move(args);
  return MakeExpr(signature.result, signature.nullable, span, std::move(node));
}

// first(x) IGNORE NULLS is first(x) over the rows where x is there.
Status Binder::IgnoreNulls(const FunctionEntry& function, std::vector<BoundPtr>& args,
                           BoundAggregate& node, Span span) {
  if (function.name != "first" && function.name != "last" && function.name != "any_value") {
    return Invalid(span, "{}: it does not take IGNORE NULLS", function.name);
  }
  std::vector<BoundPtr> tested(1);
  tested[0] = CloneExpr(*args[0]);
  if (!tested[0]) return Unsupported(span, "{}: IGNORE NULLS over a subquery", function.name);
  TRY(BoundPtr there, MakeCall("isnotnull", std::move(tested), span));
  if (!node.filter) {
    node.filter = std::move(there);
    return {};
  }
  std::vector<BoundPtr> both;
  both.push_back(std::move(node.filter));
  both.push_back(std::move(there));
  TRY(node.filter, MakeCall("and", std::move(both), span));
  return {};
}

Result<std::vector<BoundPtr>> Binder::BindAggregateArguments(const FunctionEntry& entry,
                                                             const FunctionCall& call,
                                                             ExprScope& inner) {
  const bool star = call.args.size() == 1 && std::holds_alternative<Star>(call.args[0]->node);
  if (!star) return BindArguments(call.args, inner);
  if (entry.name != "count" || call.distinct) {
    return Unsupported(call.args[0]->span, "{}: * is not supported here; name the columns",
                       entry.name);
  }
  // count(*) is count(1).
  std::vector<BoundPtr> args;
  args.push_back(IntConstant(1, call.args[0]->span));
  return args;
}

}  // namespace oresmith::sql
