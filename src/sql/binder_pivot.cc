// PIVOT: an aggregation with a column for each value. UNPIVOT: a row for each column.
// Source: Spark 4.3, PivotTransformer, Unpivot.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

bool SameColumn(const BoundExpr& expr, ColumnId id) {
  const auto* column = std::get_if<BoundColumn>(&expr.node);
  return column != nullptr && column->id == id;
}

// Of these types Spark aggregates once for all values and then spreads the results: where a group
// has no row for a value there is no result, so that even count() is NULL.
bool IsSpread(const Type& type) { return type.IsNumeric() || type.Is(TypeId::kBoolean); }

std::vector<const Expr*> PartsOf(const Expr& value, size_t count) {
  if (count == 1) return {&value};
  std::vector<const Expr*> parts;
  if (const auto* tuple = std::get_if<TupleExpr>(&value.node)) {
    for (const ExprPtr& item : tuple->items) parts.push_back(item.get());
  }
  return parts;
}

// stack(n, 'a', a, 'b', b, ...)
Generate StackOf(const std::vector<std::string>& names, std::vector<std::vector<BoundPtr>> rows,
                 const std::vector<Attribute>& columns, Span span) {
  Generate generate{.input = nullptr,
                    .function = FindFunction("stack"),
                    .args = {},
                    .outer = false,
                    .columns = columns};
  generate.args.push_back(IntConstant(static_cast<int64_t>(rows.size()), span));
  for (size_t r = 0; r < rows.size(); ++r) {
    generate.args.push_back(StringConstant(names[r], span));
    for (BoundPtr& cell : rows[r]) generate.args.push_back(std::move(cell));
  }
  return generate;
}

}  // namespace

/// A PIVOT while it is bound.
struct PivotState {
  const Pivot& pivot;
  Span span;
  BoundRelation input = {};
  std::vector<NamedExpr> aggregates = {};     // what the results are made of
  std::vector<BoundPtr> results = {};         // one for each aggregate of the text
  std::vector<std::string> suffixes = {};     // of the columns' names
  std::vector<BoundPtr> columns = {};         // FOR
  std::vector<std::string> value_names = {};  // one for each value
  std::vector<std::vector<BoundPtr>> values = {};
  std::vector<NamedExpr> groups = {};
  std::vector<ScopeColumn> group_scope = {};
};

Result<BoundRelation> Binder::BindPivot(const Pivot& pivot, Span span, const ExprScope* outer,
                                        const CteEnv& env) {
  PivotState state{.pivot = pivot, .span = span};
  TRY(state.input, BindRelation(*pivot.input, outer, env));
  TRY_DO(BindPivotAggregates(state, outer, env));
  TRY_DO(BindPivotValues(state));
  const auto used = [&](ColumnId id) {
    bool found = false;
    const auto visit = [&](const BoundExpr& part) { found = found || SameColumn(part, id); };
    for (const BoundPtr& column : state.columns) VisitDeep(*column, visit);
    for (const NamedExpr& item : state.aggregates) VisitDeep(*item.expr, visit);
    return found;
  };
  // What neither FOR nor an aggregate uses is grouped by.
  for (const ScopeColumn& each : state.input.scope.columns) {
    if (!each.in_star || used(each.column.id)) continue;
    if (!IsComparable(each.column.type)) {
      return Unsupported(span, "PIVOT: column {} is {}, by which rows cannot be grouped",
                         each.column.name, each.column.type.ToSql());
    }
    ScopeColumn group = each;
    group.column = NewColumn(each.column.name, each.column.type, each.column.nullable);
    state.groups.push_back({group.column, ColumnOf(each.column, span)});
    state.group_scope.push_back(std::move(group));
  }
  const bool spread = std::all_of(state.results.begin(), state.results.end(),
                                  [](const BoundPtr& expr) { return IsSpread(expr->type); });
  return spread ? SpreadPivot(state) : FilterPivot(state);
}

Status Binder::BindPivotAggregates(PivotState& state, const ExprScope* outer, const CteEnv& env) {
  ExprScope scope;
  scope.columns = &state.input.scope;
  scope.outer = outer;
  scope.env = env;
  scope.aggregates = &state.aggregates;
  scope.clause = "PIVOT";
  for (const SelectItem& item : state.pivot.aggregates) {
    TRY(BoundPtr expr, BindExpr(*item.expr, scope));
    bool bare = false;
    VisitDeep(*expr, [&](const BoundExpr& part) {
      for (const ScopeColumn& each : state.input.scope.columns) {
        bare = bare || SameColumn(part, each.column.id);
      }
    });
    if (bare || state.aggregates.empty() || std::holds_alternative<BoundLiteral>(expr->node)) {
      return Invalid(item.expr->span, "PIVOT: {} is not an aggregate, such as sum(x)",
                     TextOf(item.expr->span));
    }
    state.results.push_back(std::move(expr));
    state.suffixes.push_back(item.aliases.empty()
                                 ? ColumnNameOf(*item.expr, TextOf(item.expr->span))
                                 : item.aliases[0].text);
  }
  for (const Identifier& column : state.pivot.columns) {
    NameRef name;
    name.parts.push_back(column);
    TRY(BoundPtr bound, BindName(name, column.span, scope));
    if (!IsComparable(bound->type)) {
      return Unsupported(column.span, "PIVOT: column {} is {}, whose values cannot be compared",
                         column.text, bound->type.ToSql());
    }
    state.columns.push_back(std::move(bound));
  }
  return {};
}

Status Binder::BindPivotValues(PivotState& state) {
  const Scope no_columns;
  ExprScope scope;
  scope.columns = &no_columns;
  scope.clause = "the values of PIVOT";
  for (const SelectItem& item : state.pivot.values) {
    const auto parts = PartsOf(*item.expr, state.columns.size());
    if (parts.size() != state.columns.size()) {
      return Invalid(item.expr->span, "PIVOT: a value for each of the {} columns is needed: (a, b)",
                     state.columns.size());
    }
    std::string name;
    std::vector<BoundPtr> value;
    for (const Expr* part : parts) {
      TRY(BoundPtr bound, BindExpr(*part, scope));
      const auto text = FoldToText(*part);
      const bool null = bound->type.Is(TypeId::kVoid);
      if (!text && !null && item.aliases.empty()) {
        return Unsupported(part->span, "PIVOT: give this value a name: {} AS name",
                           TextOf(part->span));
      }
      if (!name.empty()) name += ", ";
      name += null ? "null" : text.value_or("");
      const Type& wanted = state.columns[value.size()]->type;
      if (!CanCastExplicitly(bound->type, wanted)) {
        return Invalid(part->span, "PIVOT: the value is {} and the column {}", bound->type.ToSql(),
                       wanted.ToSql());
      }
      TRY(bound, CastTo(std::move(bound), wanted));
      value.push_back(std::move(bound));
    }
    if (parts.size() > 1) name = "{" + name + "}";
    if (!item.aliases.empty()) name = item.aliases[0].text;
    state.value_names.push_back(std::move(name));
    for (const auto& other : state.values) {
      bool same = true;
      for (size_t i = 0; i < value.size(); ++i) same = same && SameExpr(*value[i], *other[i]);
      if (same) return Invalid(item.expr->span, "PIVOT: the value stands twice");
    }
    state.values.push_back(std::move(value));
  }
  return {};
}

/// Whether the row's columns are the value; NULL is a value.
Result<BoundPtr> Binder::IsPivotValue(const std::vector<BoundPtr>& columns,
                                      const std::vector<BoundPtr>& value) {
  BoundPtr all;
  for (size_t i = 0; i < columns.size(); ++i) {
    std::vector<BoundPtr> pair;
    pair.push_back(CloneExpr(*columns[i]));
    pair.push_back(CloneExpr(*value[i]));
    if (!pair[0] || !pair[1]) return Unsupported(value[i]->span, "PIVOT: a subquery as a value");
    TRY(BoundPtr same, MakeCall("<=>", std::move(pair), value[i]->span));
    if (!all) {
      all = std::move(same);
      continue;
    }
    std::vector<BoundPtr> both;
    both.push_back(std::move(all));
    both.push_back(std::move(same));
    TRY(all, MakeCall("and", std::move(both), value[i]->span));
  }
  return all;
}

// Groups by the FOR columns too, and then takes the one row of each value.
Result<BoundRelation> Binder::SpreadPivot(PivotState& state) {
  const Span span = state.span;
  Aggregate first;
  std::vector<Attribute> output;
  std::vector<Attribute> fors;
  for (NamedExpr& group : state.groups) {
    Attribute column = NewColumn(group.column.name, group.column.type, group.column.nullable);
    output.push_back(column);
    first.groups.push_back({std::move(column), std::move(group.expr)});
    group.expr = ColumnOf(output.back(), span);
  }
  for (BoundPtr& column : state.columns) {
    fors.push_back(NewColumn("for", column->type, column->nullable));
    output.push_back(fors.back());
    first.groups.push_back({fors.back(), std::move(column)});
    column = ColumnOf(fors.back(), span);
  }
  for (const NamedExpr& item : state.aggregates) output.push_back(item.column);
  first.aggregates = std::move(state.aggregates);
  first.input = std::move(state.input.op);
  OperatorPtr grouped = MakeOperator(std::move(output), span, std::move(first));
  Aggregate spread;
  for (size_t v = 0; v < state.values.size(); ++v) {
    for (size_t i = 0; i < state.results.size(); ++i) {
      BoundAggregate node;
      node.function = FindFunction("max");
      node.args.push_back(CloneExpr(*state.results[i]));
      if (!node.args[0]) return Unsupported(span, "PIVOT: a subquery in an aggregate");
      TRY(node.filter, IsPivotValue(state.columns, state.values[v]));
      const Type type = state.results[i]->type;
      spread.aggregates.push_back({NewColumn(PivotName(state, v, i), type, true),
                                   MakeExpr(type, true, span, std::move(node))});
    }
  }
  spread.input = std::move(grouped);
  return FinishPivot(state, std::move(spread));
}

// Each aggregate sees the rows of its value alone.
Result<BoundRelation> Binder::FilterPivot(PivotState& state) {
  const Span span = state.span;
  Aggregate filtered;
  std::vector<NamedExpr> items;
  for (size_t v = 0; v < state.values.size(); ++v) {
    std::vector<std::pair<ColumnId, Attribute>> renamed;
    for (const NamedExpr& item : state.aggregates) {
      BoundPtr copy = CloneExpr(*item.expr);
      if (!copy) return Unsupported(span, "PIVOT: a subquery in an aggregate");
      auto& node = std::get<BoundAggregate>(copy->node);
      TRY(BoundPtr filter, IsPivotValue(state.columns, state.values[v]));
      const std::string_view function = node.function->name;
      if (function == "first" || function == "last" || function == "any_value") {
        TRY_DO(IgnoreNulls(*node.function, node.args, node, span));
      }
      if (node.filter) {
        std::vector<BoundPtr> both;
        both.push_back(std::move(filter));
        both.push_back(std::move(node.filter));
        TRY(filter, MakeCall("and", std::move(both), span));
      }
      node.filter = std::move(filter);
      renamed.emplace_back(item.column.id,
                           NewColumn(item.column.name, item.column.type, item.column.nullable));
      filtered.aggregates.push_back({renamed.back().second, std::move(copy)});
    }
    for (size_t i = 0; i < state.results.size(); ++i) {
      BoundPtr result = CloneExpr(*state.results[i]);
      if (!result) return Unsupported(span, "PIVOT: a subquery in an aggregate");
      RewriteDeep(result, [&](BoundPtr& place) {
        for (const auto& [id, column] : renamed) {
          if (!SameColumn(*place, id)) continue;
          place = ColumnOf(column, place->span);
          return true;
        }
        return false;
      });
      items.push_back(
          {NewColumn(PivotName(state, v, i), result->type, result->nullable), std::move(result)});
    }
  }
  filtered.input = std::move(state.input.op);
  TRY(BoundRelation bound, FinishPivot(state, std::move(filtered)));
  return ProjectPivot(state, std::move(bound), std::move(items));
}

std::string Binder::PivotName(const PivotState& state, size_t value, size_t result) {
  const std::string& name = state.value_names[value];
  return state.results.size() == 1 ? name : name + "_" + state.suffixes[result];
}

Result<BoundRelation> Binder::FinishPivot(PivotState& state, Aggregate node) {
  BoundRelation bound;
  std::vector<Attribute> output;
  bound.scope.columns = state.group_scope;
  for (const NamedExpr& group : state.groups) output.push_back(group.column);
  for (const NamedExpr& item : node.aggregates) {
    output.push_back(item.column);
    bound.scope.columns.push_back({.column = item.column, .qualifier = {}});
  }
  node.groups = std::move(state.groups);
  bound.op = MakeOperator(std::move(output), state.span, std::move(node));
  return bound;
}

// The results are made of the aggregates.
Result<BoundRelation> Binder::ProjectPivot(PivotState& state, BoundRelation bound,
                                           std::vector<NamedExpr> items) {
  Project project;
  std::vector<Attribute> output;
  Scope scope;
  for (const ScopeColumn& group : state.group_scope) {
    ScopeColumn column = group;
    column.column = NewColumn(group.column.name, group.column.type, group.column.nullable);
    project.items.push_back({column.column, ColumnOf(group.column, state.span)});
    output.push_back(column.column);
    scope.columns.push_back(std::move(column));
  }
  for (NamedExpr& item : items) {
    output.push_back(item.column);
    scope.columns.push_back({.column = item.column, .qualifier = {}});
    project.items.push_back(std::move(item));
  }
  project.input = std::move(bound.op);
  bound.op = MakeOperator(std::move(output), state.span, std::move(project));
  bound.scope = std::move(scope);
  return bound;
}

// The rows come from stack().
Result<BoundRelation> Binder::BindUnpivot(const Unpivot& unpivot, Span span, const ExprScope* outer,
                                          const CteEnv& env) {
  TRY(BoundRelation bound, BindRelation(*unpivot.input, outer, env));
  const size_t width = unpivot.value_columns.size();
  std::vector<std::string> names;
  std::vector<std::vector<BoundPtr>> rows;
  std::vector<ColumnId> spent;
  ExprScope scope;
  scope.columns = &bound.scope;
  scope.clause = "UNPIVOT";
  for (const Unpivot::Set& set : unpivot.sets) {
    std::string name;
    std::vector<BoundPtr> row;
    for (const QualifiedName& column : set.columns) {
      const Span place{column.front().span.begin, column.back().span.end};
      TRY(BoundPtr value, BindName(NameRef{column}, place, scope));
      const auto* plain = std::get_if<BoundColumn>(&value->node);
      if (plain == nullptr) {
        return Invalid(place, "UNPIVOT: {} is part of a column; name whole columns",
                       JoinName(column));
      }
      spent.push_back(plain->id);
      name += (name.empty() ? "" : "_") + column.back().text;
      row.push_back(std::move(value));
    }
    names.push_back(set.alias.text.empty() ? name : set.alias.text);
    rows.push_back(std::move(row));
  }
  std::vector<Attribute> columns;
  columns.push_back(NewColumn(unpivot.name_column.text, Type(TypeId::kString), false));
  for (size_t i = 0; i < width; ++i) {
    std::vector<BoundPtr*> cells;
    bool nullable = false;
    for (auto& row : rows) {
      cells.push_back(&row[i]);
      nullable = nullable || row[i]->nullable;
    }
    TRY_DO(CheckUnpivotTypes(cells));
    TRY_DO(CastAllToCommon(cells, fmt::format("UNPIVOT: {}", unpivot.value_columns[i].text)));
    columns.push_back(NewColumn(unpivot.value_columns[i].text, (*cells[0])->type, nullable));
  }
  Generate generate = StackOf(names, std::move(rows), columns, span);
  generate.input = std::move(bound.op);
  std::vector<Attribute> output = generate.input->output;
  output.insert(output.end(), columns.begin(), columns.end());
  bound.op = MakeOperator(std::move(output), span, std::move(generate));
  if (!unpivot.include_nulls) TRY_DO(DropEmptyRows(bound, columns, span));
  std::erase_if(bound.scope.columns, [&](const ScopeColumn& each) {
    return std::find(spent.begin(), spent.end(), each.column.id) != spent.end();
  });
  for (const Attribute& column : columns) {
    bound.scope.columns.push_back({.column = column, .qualifier = {}});
  }
  return bound;
}

// Text does not become a number on the way, nor a number text.
Status Binder::CheckUnpivotTypes(const std::vector<BoundPtr*>& cells) {
  for (const BoundPtr* cell : cells) {
    const Type& type = (*cell)->type;
    const Type& first = (*cells[0])->type;
    if (type.Is(TypeId::kVoid) || first.Is(TypeId::kVoid)) continue;
    if (type.Is(TypeId::kString) == first.Is(TypeId::kString)) continue;
    return Fail(MakeError(ErrorKind::kInvalidInput, "UNPIVOT: this column is {} and the first {}",
                          type.ToSql(), first.ToSql())
                    .WithFix("cast them to one type in a subquery")
                    .At(source_->Place((*cell)->span)));
  }
  return {};
}

// Rows whose values are all NULL; the first column has the names.
Status Binder::DropEmptyRows(BoundRelation& bound, const std::vector<Attribute>& columns,
                             Span span) {
  BoundPtr any;
  for (size_t i = 1; i < columns.size(); ++i) {
    std::vector<BoundPtr> value(1);
    value[0] = ColumnOf(columns[i], span);
    TRY(BoundPtr there, MakeCall("isnotnull", std::move(value), span));
    if (!any) {
      any = std::move(there);
      continue;
    }
    std::vector<BoundPtr> both;
    both.push_back(std::move(any));
    both.push_back(std::move(there));
    TRY(any, MakeCall("or", std::move(both), span));
  }
  std::vector<Attribute> output = bound.op->output;
  bound.op = MakeOperator(std::move(output), span, Filter{std::move(bound.op), std::move(any)});
  return {};
}

}  // namespace oresmith::sql
