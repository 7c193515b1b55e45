// Queries: WITH, set operations, VALUES, ORDER BY over a result, LIMIT.

#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kQueryDepthMax = 64;

std::string_view SetOpName(SetOpType type) {
  switch (type) {
    case SetOpType::kUnion:
      return "UNION";
    case SetOpType::kIntersect:
      return "INTERSECT";
    case SetOpType::kExcept:
      return "EXCEPT";
  }
  return "";
}

std::vector<Attribute> Visible(const std::vector<Attribute>& columns) {
  std::vector<Attribute> visible;
  for (const Attribute& column : columns) {
    if (!column.hidden) visible.push_back(column);
  }
  return visible;
}

}  // namespace

Result<OperatorPtr> Binder::BindQueryNode(const Query& query, const ExprScope* outer, CteEnv env) {
  const DepthGuard guard(query_depth_);
  if (query_depth_ > kQueryDepthMax) {
    return Unsupported(query.span, "query: subqueries, CTEs and views nested more than {} deep",
                       kQueryDepthMax);
  }
  for (const CommonTable& table : query.with) {
    for (const CommonTable* before = query.with.data(); before != &table; ++before) {
      if (!SameName(before->name.text, table.name.text)) continue;
      return Invalid(table.name.span, "WITH: there are two tables {}", table.name.text);
    }
    env = std::make_shared<const CteNode>(CteNode{&table, env});
  }
  TRY(OperatorPtr root, BindQueryBody(query, outer, env));
  return BindLimit(std::move(root), query);
}

Result<OperatorPtr> Binder::BindQueryBody(const Query& query, const ExprScope* outer,
                                          const CteEnv& env) {
  if (const auto* select = std::get_if<Select>(&query.body)) {
    return BindSelect(*select, query, outer, env);
  }
  OperatorPtr root;
  if (const auto* op = std::get_if<SetOp>(&query.body)) {
    TRY(root, BindSetOp(*op, query.span, outer, env));
  } else if (const auto* values = std::get_if<ValuesRef>(&query.body)) {
    TRY(root, BindValues(*values, query.span, outer));
  } else {
    TRY(root, BindQueryNode(*std::get<QueryPtr>(query.body), outer, env));
  }
  return SortByOutput(std::move(root), query, outer, env);
}

Result<OperatorPtr> Binder::BindSetOp(const SetOp& op, Span span, const ExprScope* outer,
                                      const CteEnv& env) {
  std::vector<OperatorPtr> inputs;
  std::vector<Span> spans;
  TRY_DO(CollectUnion(op, outer, env, inputs, spans));
  return UniteInputs(op.type, op.all, std::move(inputs), spans, span);
}

// `a UNION ALL b UNION ALL c` is one operator with three inputs.
Status Binder::CollectUnion(const SetOp& op, const ExprScope* outer, const CteEnv& env,
                            std::vector<OperatorPtr>& inputs, std::vector<Span>& spans) {
  std::vector<const Query*> queries;
  const Query* left = op.left.get();
  queries.push_back(op.right.get());
  while (op.type == SetOpType::kUnion && op.all) {
    const auto* inner = std::get_if<SetOp>(&left->body);
    const bool plain =
        left->with.empty() && left->order_by.empty() && !left->limit && !left->offset;
    if (inner == nullptr || !plain || inner->type != op.type || !inner->all) break;
    queries.push_back(inner->right.get());
    left = inner->left.get();
  }
  queries.push_back(left);
  for (auto query = queries.rbegin(); query != queries.rend(); ++query) {
    TRY(OperatorPtr input, BindQueryNode(**query, outer, env));
    inputs.push_back(std::move(input));
    spans.push_back((*query)->span);
  }
  return {};
}

Result<OperatorPtr> Binder::UniteInputs(SetOpType type, bool all, std::vector<OperatorPtr> inputs,
                                        const std::vector<Span>& spans, Span span) {
  const std::string_view name = SetOpName(type);
  std::vector<Attribute> output = Visible(inputs[0]->output);
  std::vector<Type> types;
  for (const Attribute& column : output) types.push_back(column.type);
  for (size_t i = 1; i < inputs.size(); ++i) {
    const std::vector<Attribute> columns = Visible(inputs[i]->output);
    if (columns.size() != output.size()) {
      return Invalid(spans[i], "{}: this side has {} columns, the first has {}", name,
                     columns.size(), output.size());
    }
    for (size_t j = 0; j < columns.size(); ++j) {
      auto common = CommonType(types[j], columns[j].type);
      if (!common) {
        return Invalid(spans[i], "{}: column {} ({}) is {} here and {} before", name, j + 1,
                       columns[j].name, columns[j].type.ToSql(), types[j].ToSql());
      }
      types[j] = *std::move(common);
      const bool either = output[j].nullable || columns[j].nullable;
      output[j].nullable = type == SetOpType::kUnion ? either
                           : type == SetOpType::kIntersect
                               ? output[j].nullable && columns[j].nullable
                               : output[j].nullable;
    }
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    TRY(inputs[i], CastColumns(std::move(inputs[i]), types, spans[i]));
  }
  for (size_t j = 0; j < output.size(); ++j) {
    output[j] = NewColumn(output[j].name, types[j], output[j].nullable);
    if (type != SetOpType::kUnion || !all) {
      if (IsComparable(types[j])) continue;
      return Unsupported(span, "{}: column {} is {}, whose values cannot be compared", name,
                         output[j].name, types[j].ToSql());
    }
  }
  return MakeOperator(std::move(output), span, SetOperation{type, all, std::move(inputs)});
}

// Also drops hidden columns, so that columns can be matched by position.
Result<OperatorPtr> Binder::CastColumns(OperatorPtr input, const std::vector<Type>& types,
                                        Span span) {
  bool same = true;
  for (const Attribute& column : input->output) same = same && !column.hidden;
  for (size_t i = 0; same && i < types.size(); ++i) same = input->output[i].type == types[i];
  if (same) return input;
  Project project;
  std::vector<Attribute> output;
  for (const Attribute& column : Visible(input->output)) {
    TRY(BoundPtr expr, CastTo(ColumnOf(column, span), types[output.size()]));
    output.push_back(NewColumn(column.name, expr->type, expr->nullable));
    project.items.push_back({output.back(), std::move(expr)});
  }
  project.input = std::move(input);
  return MakeOperator(std::move(output), span, std::move(project));
}

Result<OperatorPtr> Binder::BindValues(const ValuesRef& values, Span span, const ExprScope* outer) {
  ExprScope scope;
  scope.outer = outer;
  scope.clause = "VALUES";
  const Scope no_columns;
  scope.columns = &no_columns;
  Values bound;
  for (const auto& row : values.rows) {
    if (row.size() != values.rows[0].size()) {
      return Invalid(row.empty() ? span : row[0]->span,
                     "VALUES: this row has {} values, the first {}", row.size(),
                     values.rows[0].size());
    }
    TRY(auto exprs, BindArguments(row, scope));
    bound.rows.push_back(std::move(exprs));
  }
  std::vector<Attribute> output;
  for (size_t column = 0; column < values.rows[0].size(); ++column) {
    std::vector<BoundPtr*> cells;
    for (auto& row : bound.rows) cells.push_back(&row[column]);
    TRY_DO(CastAllToCommon(cells, fmt::format("VALUES: column {}", column + 1)));
    bool nullable = false;
    for (const BoundPtr* cell : cells) nullable = nullable || (*cell)->nullable;
    output.push_back(NewColumn(fmt::format("col{}", column + 1), (*cells[0])->type, nullable));
  }
  return MakeOperator(std::move(output), span, std::move(bound));
}

Result<std::optional<int64_t>> Binder::ConstantCount(const ExprPtr& expr, std::string_view clause) {
  if (!expr) return std::nullopt;
  if (const auto* all = std::get_if<NameRef>(&expr->node)) {
    if (all->parts.size() == 1 && SameName(all->parts[0].text, "all")) return std::nullopt;
  }
  ExprScope scope;
  const Scope no_columns;
  scope.columns = &no_columns;
  scope.clause = clause;
  TRY(const BoundPtr bound, BindExpr(*expr, scope));
  const auto* literal = std::get_if<BoundLiteral>(&bound->node);
  const auto* value = literal ? std::get_if<int64_t>(&literal->value) : nullptr;
  if (value == nullptr || !bound->type.IsIntegral() || *value < 0) {
    return Invalid(expr->span, "{}: it must be a whole number that is not negative", clause);
  }
  return std::optional<int64_t>(*value);
}

Result<OperatorPtr> Binder::BindLimit(OperatorPtr input, const Query& query) {
  if (!query.limit && !query.offset) return input;
  TRY(const std::optional<int64_t> limit, ConstantCount(query.limit, "LIMIT"));
  TRY(const std::optional<int64_t> offset, ConstantCount(query.offset, "OFFSET"));
  if (!limit && !offset) return input;
  std::vector<Attribute> output = input->output;
  return MakeOperator(std::move(output), query.span,
                      Limit{std::move(input), limit, offset.value_or(0)});
}

Result<OperatorPtr> Binder::SortByOutput(OperatorPtr input, const Query& query,
                                         const ExprScope* outer, const CteEnv& env) {
  if (query.order_by.empty()) return input;
  Scope columns;
  for (const Attribute& column : input->output)
    columns.columns.push_back({.column = column, .qualifier = {}});
  ExprScope scope;
  scope.columns = &columns;
  scope.outer = outer;
  scope.env = env;
  scope.clause = "ORDER BY";
  Sort sort;
  for (const SortKey& key : query.order_by) {
    BoundSortKey bound;
    bound.descending = key.descending;
    bound.nulls_first = key.nulls_first.value_or(!key.descending);
    const auto* number = std::get_if<NumberLiteral>(&key.expr->node);
    if (number != nullptr && number->suffix == 0) {
      TRY(const auto place, ConstantCount(key.expr, "ORDER BY"));
      if (*place < 1 || *place > static_cast<int64_t>(input->output.size())) {
        return Invalid(key.expr->span, "ORDER BY {}: the query has {} columns", *place,
                       input->output.size());
      }
      bound.expr = ColumnOf(input->output[static_cast<size_t>(*place - 1)], key.expr->span);
    } else {
      TRY(bound.expr, BindExpr(*key.expr, scope));
    }
    if (!IsOrderable(bound.expr->type)) {
      return Invalid(key.expr->span, "ORDER BY: values of {} have no order",
                     bound.expr->type.ToSql());
    }
    sort.keys.push_back(std::move(bound));
  }
  std::vector<Attribute> output = input->output;
  sort.input = std::move(input);
  return MakeOperator(std::move(output), query.span, std::move(sort));
}

}  // namespace oresmith::sql
