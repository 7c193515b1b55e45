// INSERT, DELETE, UPDATE: the rows that change, and Spark's store assignment.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/change.h"

namespace oresmith::sql {

namespace {

std::vector<std::string> SplitName(std::string_view name) {
  std::vector<std::string> parts;
  for (size_t dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    parts.emplace_back(name.substr(0, dot));
    name.remove_prefix(dot + 1);
  }
  parts.emplace_back(name);
  return parts;
}

bool IsDateOrTime(const Type& type) {
  return type.Is(TypeId::kDate) || type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}

/// Source: Spark, Cast.canANSIStoreAssign.
bool CanStoreAssign(const Type& from, const Type& to) {
  if (from == to || from.Is(TypeId::kVoid)) return true;
  if (from.Is(TypeId::kArray) && to.Is(TypeId::kArray)) {
    return CanStoreAssign(from.element(), to.element());
  }
  if (from.Is(TypeId::kMap) && to.Is(TypeId::kMap)) {
    return CanStoreAssign(from.key(), to.key()) && CanStoreAssign(from.value(), to.value());
  }
  if (from.Is(TypeId::kStruct) && to.Is(TypeId::kStruct)) {
    return from.fields().size() == to.fields().size() &&
           std::equal(from.fields().begin(), from.fields().end(), to.fields().begin(),
                      [](const types::Field& left, const types::Field& right) {
                        return SameName(left.name, right.name) &&
                               CanStoreAssign(left.type, right.type);
                      });
  }
  if (from.IsNested() || to.IsNested()) return false;
  if (to.Is(TypeId::kString)) return !from.Is(TypeId::kBinary);
  return (from.IsNumeric() && to.IsNumeric()) || (IsDateOrTime(from) && IsDateOrTime(to));
}

}  // namespace

Result<BoundPtr> Binder::StoreAssign(BoundPtr value, const types::Field& column) {
  if (CanStoreAssign(value->type, column.type)) return CastTo(std::move(value), column.type);
  return Fail(
      MakeError(ErrorKind::kInvalidInput, "column {}: it is {}, and the value is {}", column.name,
                column.type.ToSql(), value->type.ToSql())
          .WithFix(fmt::format("write CAST({} AS {})", TextOf(value->span), column.type.ToSql()))
          .At(source_->Place(value->span)));
}

Result<BoundPtr> Binder::BindText(const std::string& what, const std::string& sql,
                                  const Scope& columns) {
  const SourceText text(what, sql);
  TRY(const ExprPtr expr, ParseExpression(text));
  const SourceText* const outside = std::exchange(source_, &text);
  ExprScope scope;
  scope.columns = &columns;
  scope.clause = what;
  auto bound = BindExpr(*expr, scope);
  source_ = outside;
  return bound;
}

Result<BoundPtr> Binder::DefaultOf(const ChangeTarget& target, size_t column, Span span) {
  const types::Field& field = target.relation.schema[column];
  if (target.defaults[column].empty()) return CastTo(NullConstant(span), field.type);
  const Scope none;
  TRY(BoundPtr value, BindText("default of " + field.name, target.defaults[column], none));
  return StoreAssign(std::move(value), field);
}

size_t Binder::ColumnCount(const ChangeTarget& target) {
  return target.relation.schema.size() - static_cast<size_t>(target.relation.hidden_columns);
}

Result<size_t> Binder::TargetColumn(const ChangeTarget& target, const QualifiedName& name,
                                    const Identifier& alias) {
  const Identifier& last = name.back();
  const size_t count = ColumnCount(target);
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.push_back(target.relation.schema[i].name);
    if (!SameName(names.back(), name.front().text) || name.size() == 1) continue;
    if (SameName(alias.text, name.front().text)) continue;
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "column {}: one field of a struct cannot be set here", JoinName(name))
                    .WithFix("set the whole column: named_struct(...)")
                    .At(source_->Place(last.span)));
  }
  for (size_t i = 0; i < count; ++i) {
    if (SameName(names[i], last.text)) return i;
  }
  const std::string near = NearestName(last.text, names);
  return Fail(MakeError(ErrorKind::kInvalidInput, "table {}: there is no column {}",
                        target.relation.name, last.text)
                  .WithFix(near.empty() ? "" : fmt::format("did you mean {}?", near))
                  .At(source_->Place(last.span)));
}

Result<std::vector<const Assignment*>> Binder::AssignmentsByColumn(
    const ChangeTarget& target, const std::vector<Assignment>& assignments,
    const Identifier& alias) {
  std::vector<const Assignment*> by_column(ColumnCount(target), nullptr);
  for (const Assignment& assignment : assignments) {
    TRY(const size_t column, TargetColumn(target, assignment.column, alias));
    if (by_column[column] != nullptr) {
      return Invalid(assignment.column.back().span, "column {}: it is set twice",
                     assignment.column.back().text);
    }
    by_column[column] = &assignment;
  }
  return by_column;
}

Result<BoundRelation> Binder::BindTarget(const ChangeTarget& target, const Identifier& alias,
                                         Span span) {
  BoundRelation bound = MakeScan(target.relation, false, SplitName(target.relation.name), span);
  const Relation named{.span = span, .node = {}, .alias = alias, .column_aliases = {}};
  TRY_DO(ApplyAlias(named, bound));
  return bound;
}

Status Binder::FilterBy(const Expr* where, BoundRelation& bound) {
  if (where == nullptr) return {};
  ExprScope scope;
  scope.columns = &bound.scope;
  scope.clause = "WHERE";
  TRY(BoundPtr condition, BindCondition(*where, scope));
  std::vector<Attribute> output = bound.op->output;
  bound.op = MakeOperator(std::move(output), where->span,
                          Filter{std::move(bound.op), std::move(condition)});
  return {};
}

/// Puts kind, file and row after the values, and makes the plan.
BoundChange Binder::FinishChange(OperatorPtr input, const types::Schema& schema,
                                 std::vector<BoundPtr> values, BoundPtr kind, BoundPtr file,
                                 BoundPtr row) {
  Project project;
  std::vector<Attribute> output;
  const Span span = kind->span;
  values.push_back(std::move(kind));
  values.push_back(std::move(file));
  values.push_back(std::move(row));
  static constexpr std::string_view kNames[] = {"__kind", "__file", "__row"};
  const size_t count = values.size() - 3;
  for (size_t i = 0; i < values.size(); ++i) {
    std::string name = i < count ? schema[i].name : std::string(kNames[i - count]);
    output.push_back(NewColumn(std::move(name), values[i]->type, values[i]->nullable));
    project.items.push_back({output.back(), std::move(values[i])});
  }
  project.input = std::move(input);
  BoundChange change;
  change.plan.root = MakeOperator(std::move(output), span, std::move(project));
  change.plan.scan_count = next_scan_;
  change.plan.next_column_id = next_column_id_;
  return change;
}

Result<BoundChange> Binder::BindDeleteRows(const Expr* where, const Identifier& alias,
                                           const SourceText& source, const ChangeTarget& target) {
  source_ = &source;
  const Span span = where != nullptr ? where->span : Span{};
  TRY(BoundRelation bound, BindTarget(target, alias, span));
  const size_t count = ColumnCount(target);
  const Attribute file = bound.op->output[count];
  const Attribute row = bound.op->output[count + 1];
  TRY_DO(FilterBy(where, bound));
  std::vector<BoundPtr> values;
  for (size_t i = 0; i < count; ++i) {
    TRY(BoundPtr none, CastTo(NullConstant(span), target.relation.schema[i].type));
    values.push_back(std::move(none));
  }
  BoundChange change = FinishChange(std::move(bound.op), target.relation.schema, std::move(values),
                                    IntConstant(static_cast<int>(RowChange::kDelete), span),
                                    ColumnOf(file, span), ColumnOf(row, span));
  change.given.assign(count, false);
  return change;
}

Result<BoundChange> Binder::BindUpdateRows(const UpdateTable& update, const SourceText& source,
                                           const ChangeTarget& target) {
  source_ = &source;
  const Span span = update.table.span;
  TRY(const auto assignments, AssignmentsByColumn(target, update.assignments, update.alias));
  TRY(BoundRelation bound, BindTarget(target, update.alias, span));
  const std::vector<Attribute> columns = bound.op->output;
  TRY_DO(FilterBy(update.where.get(), bound));
  ExprScope scope;
  scope.columns = &bound.scope;
  scope.clause = "SET";
  std::vector<BoundPtr> values;
  std::vector<bool> given;
  for (size_t i = 0; i < assignments.size(); ++i) {
    given.push_back(assignments[i] != nullptr);
    TRY(BoundPtr value, AssignedValue(target, i, assignments[i], scope, columns[i]));
    values.push_back(std::move(value));
  }
  const size_t count = assignments.size();
  BoundChange change =
      FinishChange(std::move(bound.op), target.relation.schema, std::move(values),
                   IntConstant(static_cast<int>(RowChange::kUpdate), span),
                   ColumnOf(columns[count], span), ColumnOf(columns[count + 1], span));
  change.given = std::move(given);
  return change;
}

/// What `assignment` gives the column; `old` when there is none.
Result<BoundPtr> Binder::AssignedValue(const ChangeTarget& target, size_t column,
                                       const Assignment* assignment, ExprScope& scope,
                                       const Attribute& old) {
  if (assignment == nullptr) return ColumnOf(old, {});
  if (assignment->value == nullptr) {
    return DefaultOf(target, column, assignment->column.back().span);
  }
  TRY(BoundPtr value, BindExpr(*assignment->value, scope));
  return StoreAssign(std::move(value), target.relation.schema[column]);
}

/// For each column of the table, the query's column that goes into it; -1: its default.
Result<std::vector<int>> Binder::InsertOrder(const InsertInto& insert, const ChangeTarget& target,
                                             const std::vector<Attribute>& query) {
  const size_t count = ColumnCount(target);
  std::vector<int> order(count, -1);
  std::vector<Identifier> names = insert.columns;
  if (insert.by_name) {
    for (const Attribute& column : query) {
      names.push_back({.text = column.name, .quoted = false, .span = insert.query->span});
    }
  }
  const size_t wanted = names.empty() ? count : names.size();
  if (query.size() != wanted) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "insert into {}: the query gives {} columns, and {} are needed",
                          target.relation.name, query.size(), wanted)
                    .WithFix("name the columns: INSERT INTO t (a, b) SELECT ...")
                    .At(source_->Place(insert.query->span)));
  }
  for (size_t i = 0; i < query.size(); ++i) {
    size_t column = i;
    if (!names.empty()) {
      TRY(column, TargetColumn(target, {names[i]}, {}));
    }
    if (order[column] >= 0) {
      return Invalid(names[i].span, "column {}: it is named twice", names[i].text);
    }
    order[column] = static_cast<int>(i);
  }
  return order;
}

Result<BoundChange> Binder::BindInsertRows(const InsertInto& insert, const SourceText& source,
                                           const ChangeTarget& target) {
  source_ = &source;
  TRY(OperatorPtr query, BindQueryNode(*insert.query, nullptr, nullptr));
  std::vector<Attribute> visible;
  std::copy_if(query->output.begin(), query->output.end(), std::back_inserter(visible),
               [](const Attribute& column) { return !column.hidden; });
  TRY(const std::vector<int> order, InsertOrder(insert, target, visible));
  const Span span = insert.query->span;
  std::vector<BoundPtr> values;
  std::vector<bool> given;
  for (size_t i = 0; i < order.size(); ++i) {
    given.push_back(order[i] >= 0);
    if (order[i] < 0) {
      TRY(BoundPtr value, DefaultOf(target, i, span));
      values.push_back(std::move(value));
      continue;
    }
    TRY(BoundPtr value, StoreAssign(ColumnOf(visible[static_cast<size_t>(order[i])], span),
                                    target.relation.schema[i]));
    values.push_back(std::move(value));
  }
  TRY(BoundPtr row, CastTo(NullConstant(span), Type(TypeId::kLong)));
  TRY(BoundPtr file, CastTo(NullConstant(span), Type(TypeId::kInt)));
  BoundChange change = FinishChange(std::move(query), target.relation.schema, std::move(values),
                                    IntConstant(static_cast<int>(RowChange::kInsert), span),
                                    std::move(file), std::move(row));
  change.given = std::move(given);
  return change;
}

Result<Plan> Binder::BindRuleRows(const TableRules& rules, const RelationInfo& relation) {
  const SourceText nothing("rules", "");
  source_ = &nothing;
  BoundRelation bound = MakeScan(relation, false, SplitName(relation.name), {});
  Project computed;
  std::vector<Attribute> output;
  Scope scope;
  for (size_t i = 0; i < relation.schema.size(); ++i) {
    const types::Field& field = relation.schema[i];
    BoundPtr value = ColumnOf(bound.op->output[i], {});
    for (const TableRules::Generated& rule : rules.generated) {
      if (static_cast<size_t>(rule.column) != i) continue;
      TRY(value, BindText("generated column " + field.name, rule.sql, bound.scope));
      TRY(value, CastTo(std::move(value), field.type));
    }
    output.push_back(NewColumn(field.name, field.type, true));
    scope.columns.push_back({.column = output.back(), .qualifier = {}});
    computed.items.push_back({output.back(), std::move(value)});
  }
  computed.input = std::move(bound.op);
  OperatorPtr op = MakeOperator(output, {}, std::move(computed));
  Project checked;
  std::vector<Attribute> columns;
  for (const Attribute& column : output) {
    columns.push_back(NewColumn(column.name, column.type, column.nullable));
    checked.items.push_back({columns.back(), ColumnOf(column, {})});
  }
  for (const TableRules::Check& rule : rules.checks) {
    std::vector<BoundPtr> args(2);
    TRY(args[0], BindText("constraint " + rule.name, rule.sql, scope));
    TRY(args[0], CastTo(std::move(args[0]), Type(TypeId::kBoolean)));
    args[1] = BooleanConstant(true, {});
    TRY(BoundPtr check, MakeCall("<=>", std::move(args), {}));
    columns.push_back(NewColumn(rule.name, check->type, false));
    checked.items.push_back({columns.back(), std::move(check)});
  }
  checked.input = std::move(op);
  Plan plan;
  plan.root = MakeOperator(std::move(columns), {}, std::move(checked));
  plan.scan_count = next_scan_;
  plan.next_column_id = next_column_id_;
  return plan;
}

namespace {

/// A rule binds over one table's rows alone.
class NoCatalog final : public Catalog {
 public:
  Result<std::variant<RelationInfo, ViewInfo>> FindTable(const std::vector<std::string>&,
                                                         bool) override {
    return Fail(ErrorKind::kInvalidInput, "a rule of a table cannot read tables");
  }
  Result<RelationInfo> FindTableFunction(const std::string&, const std::vector<FunctionArgument>&,
                                         bool) override {
    return Fail(ErrorKind::kInvalidInput, "a rule of a table cannot read tables");
  }
};

}  // namespace

Result<BoundChange> BindInsert(const InsertInto& insert, const SourceText& source, Catalog& catalog,
                               const BindOptions& options, const ChangeTarget& target) {
  return Binder(catalog, options).BindInsertRows(insert, source, target);
}

Result<BoundChange> BindDelete(const Expr* where, const Identifier& alias, const SourceText& source,
                               Catalog& catalog, const BindOptions& options,
                               const ChangeTarget& target) {
  return Binder(catalog, options).BindDeleteRows(where, alias, source, target);
}

Result<BoundChange> BindUpdate(const UpdateTable& update, const SourceText& source,
                               Catalog& catalog, const BindOptions& options,
                               const ChangeTarget& target) {
  return Binder(catalog, options).BindUpdateRows(update, source, target);
}

Result<BoundChange> BindMerge(const MergeInto& merge, const SourceText& source, Catalog& catalog,
                              const BindOptions& options, const ChangeTarget& target) {
  return Binder(catalog, options).BindMergeRows(merge, source, target);
}

Result<Plan> BindRules(const TableRules& rules, const RelationInfo& relation,
                       const BindOptions& options) {
  NoCatalog none;
  return Binder(none, options).BindRuleRows(rules, relation);
}

}  // namespace oresmith::sql
