// SELECT: its parts in the order in which they are bound, and the operators they become.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// A column of the output keeps the qualifier of the column that it is: ORDER BY t.a.
std::vector<std::string> QualifierOf(const BoundExpr& expr, const Scope& from) {
  const auto* column = std::get_if<BoundColumn>(&expr.node);
  if (column == nullptr) return {};
  for (const ScopeColumn& candidate : from.columns) {
    if (candidate.column.id == column->id && !candidate.qualifier.empty()) {
      return candidate.qualifier;
    }
  }
  return {};
}

// The columns of the output, but none whose name is that of a grouped column of FROM.
Scope WithoutGrouped(const SelectState& state) {
  Scope scope;
  for (const ScopeColumn& candidate : state.output_scope.columns) {
    const bool grouped =
        std::any_of(state.groups.begin(), state.groups.end(), [&](const NamedExpr& group) {
          const auto* column = std::get_if<BoundColumn>(&group.expr->node);
          if (column == nullptr) return false;
          const auto& from = state.from.scope.columns;
          return std::any_of(from.begin(), from.end(), [&](const ScopeColumn& each) {
            return each.column.id == column->id &&
                   SameName(each.column.name, candidate.column.name);
          });
        });
    if (!grouped) scope.columns.push_back(candidate);
  }
  return scope;
}

}  // namespace

ExprScope Binder::ScopeFor(SelectState& state, std::string_view clause) {
  ExprScope scope;
  scope.columns = &state.from.scope;
  scope.outer = state.outer;
  scope.env = state.env;
  scope.input = &state.from.op;
  scope.named_windows = &state.select.windows;
  scope.clause = clause;
  scope.has_grouping = !state.select.grouping.empty() && clause != "GROUP BY" && clause != "WHERE";
  return scope;
}

Result<OperatorPtr> Binder::BindSelect(const Select& select, const Query& query,
                                       const ExprScope* outer, const CteEnv& env) {
  SelectState state{.select = select, .query = query, .outer = outer, .env = env};
  TRY(state.from, BindFrom(select.from, outer, env));
  if (select.where) {
    ExprScope scope = ScopeFor(state, "WHERE");
    TRY(BoundPtr condition, BindCondition(*select.where, scope));
    std::vector<Attribute> output = state.from.op->output;
    state.from.op = MakeOperator(std::move(output), select.where->span,
                                 Filter{std::move(state.from.op), std::move(condition)});
  }
  TRY_DO(MakeKeysNullable(state));
  TRY_DO(BindTimeWindow(state));
  TRY_DO(BindSelectItems(state));
  TRY_DO(BindGroups(state));
  TRY_DO(BindHavingAndQualify(state));
  TRY_DO(BindOrderBy(state));
  if (state.generator && !state.windows.empty()) {
    return Unsupported(query.span,
                       "a generator and a window function in one select list; use LATERAL VIEW");
  }
  state.grouped = !state.groups.empty() || !state.aggregates.empty() || select.having ||
                  !select.group_by.empty() || select.group_by_all || !select.grouping.empty();
  if (state.grouped) TRY_DO(ReplaceGroups(state));
  TRY(OperatorPtr rows, AssembleSelect(state));
  return AssembleOutput(state, std::move(rows));
}

Status Binder::BindSelectItems(SelectState& state) {
  const std::vector<SelectItem>& items = state.select.items;
  const size_t before = state.aliases.size();  // the one of a window of time
  for (const SelectItem& item : items) {
    // An alias becomes visible to the items after it.
    state.aliases.push_back(
        {.name = item.aliases.size() == 1 ? item.aliases[0].text : "", .expr = nullptr});
  }
  for (size_t i = 0; i < items.size(); ++i) {
    TRY_DO(BindSelectItem(state, items[i], i));
    const bool named = items[i].aliases.size() == 1;
    if (named && GeneratorCall(*items[i].expr) == nullptr) {
      state.aliases[before + i].expr = items[i].expr.get();
    }
  }
  for (const SelectColumn& item : state.items) {
    state.output.push_back(NewColumn(item.name.text, item.expr->type, item.expr->nullable));
    state.output_scope.columns.push_back(
        {.column = state.output.back(), .qualifier = QualifierOf(*item.expr, state.from.scope)});
  }
  return {};
}

Status Binder::BindSelectItem(SelectState& state, const SelectItem& item, size_t /*index*/) {
  if (const auto* star = std::get_if<Star>(&item.expr->node)) {
    return ExpandStar(state, *star, item.expr->span);
  }
  if (const FunctionCall* call = GeneratorCall(*item.expr)) {
    return BindGeneratorItem(state, item, *call);
  }
  if (item.aliases.size() > 1) {
    return Invalid(item.aliases[1].span, "alias: several names for one column");
  }
  ExprScope scope = ScopeFor(state, "the select list");
  scope.aliases = &state.aliases;
  scope.aggregates = &state.aggregates;
  scope.windows = &state.windows;
  TRY(BoundPtr expr, BindExpr(*item.expr, scope));
  Identifier name{.text = {}, .quoted = false, .span = item.expr->span};
  if (item.aliases.empty()) {
    name.text = ColumnNameOf(*item.expr, TextOf(item.expr->span));
  } else {
    name = item.aliases[0];
  }
  state.items.push_back({std::move(name), std::move(expr)});
  return {};
}

Status Binder::BindHavingAndQualify(SelectState& state) {
  for (const bool is_having : {true, false}) {
    const ExprPtr& condition = is_having ? state.select.having : state.select.qualify;
    if (!condition) continue;
    ExprScope scope = ScopeFor(state, is_having ? "HAVING" : "QUALIFY");
    const Scope named = is_having ? WithoutGrouped(state) : state.output_scope;
    scope.preferred = &named;
    scope.aliases = &state.aliases;
    scope.aggregates = &state.aggregates;
    if (!is_having) scope.windows = &state.windows;
    TRY(BoundPtr bound, BindCondition(*condition, scope));
    // An alias stands for its expression: the columns of the output do not exist yet down there.
    bool copied = true;
    RewriteDeep(bound, [&](BoundPtr& place) {
      const auto* column = std::get_if<BoundColumn>(&place->node);
      if (column == nullptr) return false;
      for (size_t i = 0; i < state.output.size(); ++i) {
        if (state.output[i].id != column->id) continue;
        BoundPtr copy = CloneExpr(*state.items[i].expr);
        copied = copied && copy != nullptr && IsDeterministic(*copy);
        if (copy) place = std::move(copy);
        return true;
      }
      return true;
    });
    if (!copied) {
      return Unsupported(condition->span,
                         "{}: it uses an alias of a subquery or of a value that differs each time; "
                         "compute that in a subquery of FROM",
                         scope.clause);
    }
    (is_having ? state.having : state.qualify) = std::move(bound);
  }
  return {};
}

Status Binder::BindOrderBy(SelectState& state) {
  for (const SortKey& key : state.query.order_by) {
    BoundSortKey bound;
    bound.descending = key.descending;
    bound.nulls_first = key.nulls_first.value_or(!key.descending);
    TRY(bound.expr, BindOrderKey(state, *key.expr));
    if (!IsOrderable(bound.expr->type)) {
      return Invalid(key.expr->span, "ORDER BY: values of {} have no order",
                     bound.expr->type.ToSql());
    }
    state.order.push_back(std::move(bound));
  }
  return {};
}

Result<BoundPtr> Binder::BindOrderKey(SelectState& state, const Expr& key) {
  const auto* number = std::get_if<NumberLiteral>(&key.node);
  if (number != nullptr && number->digits.find_first_not_of("0123456789") == std::string::npos) {
    TRY(BoundPtr place, BindNumber(*number, key.span, false));
    const auto* literal = std::get_if<BoundLiteral>(&place->node);
    const auto* value = std::get_if<int64_t>(&literal->value);
    const auto count = static_cast<int64_t>(state.output.size());
    if (value == nullptr || *value < 1 || *value > count) {
      return Invalid(key.span, "ORDER BY {}: the select list has {} columns", number->digits,
                     count);
    }
    return ColumnOf(state.output[static_cast<size_t>(*value - 1)], key.span);
  }
  if (const auto* sign = std::get_if<UnaryOp>(&key.node);
      sign != nullptr && std::holds_alternative<NumberLiteral>(sign->operand->node)) {
    return Invalid(key.span, "ORDER BY {}: the select list has {} columns", TextOf(key.span),
                   state.output.size());
  }
  ExprScope scope = ScopeFor(state, "ORDER BY");
  scope.preferred = &state.output_scope;
  scope.aliases = &state.aliases;
  scope.aggregates = &state.aggregates;
  scope.windows = &state.windows;
  TRY(BoundPtr bound, BindExpr(key, scope));
  // The same expression as an item is that item's column.
  for (size_t i = 0; i < state.items.size(); ++i) {
    if (SameExpr(*bound, *state.items[i].expr)) return ColumnOf(state.output[i], key.span);
  }
  return bound;
}

// FROM, WHERE, GROUP BY, HAVING, a generator, windows, QUALIFY: each over the one before.
Result<OperatorPtr> Binder::AssembleSelect(SelectState& state) {
  OperatorPtr rows = std::move(state.from.op);
  const Span span = state.query.span;
  if (state.grouped) {
    std::vector<Attribute> output;
    for (const NamedExpr& group : state.groups) output.push_back(group.column);
    for (const NamedExpr& aggregate : state.aggregates) output.push_back(aggregate.column);
    if (state.grouping_id) output.push_back(*state.grouping_id);
    Aggregate node{.input = std::move(rows),
                   .groups = std::move(state.groups),
                   .aggregates = std::move(state.aggregates),
                   .sets = std::move(state.sets),
                   .grouping_id = state.grouping_id};
    rows = MakeOperator(std::move(output), span, std::move(node));
  }
  if (state.having) {
    std::vector<Attribute> output = rows->output;
    rows = MakeOperator(std::move(output), span, Filter{std::move(rows), std::move(state.having)});
  }
  if (state.generator) {
    std::vector<Attribute> output = rows->output;
    output.insert(output.end(), state.generator->columns.begin(), state.generator->columns.end());
    state.generator->input = std::move(rows);
    rows = MakeOperator(std::move(output), span, *std::move(state.generator));
  }
  if (!state.windows.empty()) {
    std::vector<Attribute> output = rows->output;
    for (const NamedExpr& item : state.windows) output.push_back(item.column);
    rows =
        MakeOperator(std::move(output), span, WindowOp{std::move(rows), std::move(state.windows)});
  }
  if (state.qualify) {
    std::vector<Attribute> output = rows->output;
    rows = MakeOperator(std::move(output), span, Filter{std::move(rows), std::move(state.qualify)});
  }
  return rows;
}

// The select list, DISTINCT and ORDER BY. A key over columns that are not selected makes them extra
// columns of the list, which are dropped after sorting.
Result<OperatorPtr> Binder::AssembleOutput(SelectState& state, OperatorPtr input) {
  const Span span = state.query.span;
  Project project;
  for (size_t i = 0; i < state.items.size(); ++i) {
    project.items.push_back({state.output[i], std::move(state.items[i].expr)});
  }
  std::vector<Attribute> output = state.output;
  for (BoundSortKey& key : state.order) {
    RewriteDeep(key.expr, [&](BoundPtr& place) {
      const auto* column = std::get_if<BoundColumn>(&place->node);
      if (column == nullptr) return false;
      const auto below = std::find_if(input->output.begin(), input->output.end(),
                                      [&](const Attribute& each) { return each.id == column->id; });
      if (below == input->output.end()) return true;
      output.push_back(NewColumn(below->name, below->type, below->nullable));
      BoundPtr above = ColumnOf(output.back(), place->span);
      project.items.push_back({output.back(), std::exchange(place, std::move(above))});
      return true;
    });
  }
  const bool extra = output.size() > state.output.size();
  if (state.select.distinct) {
    if (extra) {
      return Invalid(state.query.order_by[0].expr->span,
                     "ORDER BY: with DISTINCT it can use only what the select list has");
    }
    for (const Attribute& column : output) {
      if (IsComparable(column.type)) continue;
      return Unsupported(span, "DISTINCT: column {} is {}, whose values cannot be compared",
                         column.name, column.type.ToSql());
    }
  }
  project.input = std::move(input);
  OperatorPtr rows = MakeOperator(output, span, std::move(project));
  if (state.select.distinct) {
    rows = MakeOperator(output, span, Distinct{std::move(rows)});
  }
  if (state.order.empty()) return rows;
  rows = MakeOperator(output, span, Sort{std::move(rows), std::move(state.order)});
  if (!extra) return rows;
  Project visible;
  std::vector<Attribute> kept;
  for (const Attribute& column : state.output) {
    kept.push_back(NewColumn(column.name, column.type, column.nullable));
    visible.items.push_back({kept.back(), ColumnOf(column, span)});
  }
  visible.input = std::move(rows);
  return MakeOperator(std::move(kept), span, std::move(visible));
}

}  // namespace oresmith::sql
