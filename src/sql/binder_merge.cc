// MERGE: a join of the source with the table, the first clause that applies to each row, and what
// that clause makes of it.

#include <algorithm>
#include <map>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/change.h"

namespace oresmith::sql {

namespace {

constexpr std::string_view kSourceAlias = "__source";

Scope Renamed(Scope scope, const std::map<ColumnId, Attribute>& columns) {
  for (ScopeColumn& column : scope.columns) {
    const Attribute& to = columns.at(column.column.id);
    column.column.id = to.id;
    column.column.nullable = to.nullable;
  }
  return scope;
}

JoinType MergeJoinType(const MergeInto& merge) {
  bool sources = false;
  bool targets = false;
  for (const MergeClause& clause : merge.clauses) {
    sources |= clause.match == MergeMatch::kNotMatched;
    targets |= clause.match == MergeMatch::kNotMatchedBySource;
  }
  if (sources && targets) return JoinType::kFull;
  if (sources) return JoinType::kLeft;
  return targets ? JoinType::kRight : JoinType::kInner;
}

}  // namespace

/// The source's columns, and one that is never NULL in its rows.
Result<BoundRelation> Binder::BindMergeSource(const MergeInto& merge, Attribute& present) {
  TRY(BoundRelation source, BindRelation(*merge.source, nullptr, nullptr));
  const Span span = merge.source->span;
  Project project;
  std::vector<Attribute> output;
  std::map<ColumnId, Attribute> renamed;
  for (const Attribute& column : source.op->output) {
    output.push_back(NewColumn(column.name, column.type, column.nullable));
    output.back().hidden = column.hidden;
    renamed[column.id] = output.back();
    project.items.push_back({output.back(), ColumnOf(column, span)});
  }
  present = NewColumn("__present", Type(TypeId::kBoolean), false);
  present.hidden = true;
  output.push_back(present);
  project.items.push_back({present, BooleanConstant(true, span)});
  project.input = std::move(source.op);
  source.op = MakeOperator(std::move(output), span, std::move(project));
  source.scope = Renamed(std::move(source.scope), renamed);
  // SET * and INSERT * name the source's columns; a subquery need not have a name of its own.
  for (ScopeColumn& column : source.scope.columns) {
    if (column.qualifier.empty()) column.qualifier = {std::string(kSourceAlias)};
  }
  return source;
}

Result<BoundPtr> Binder::CallOn(std::string_view function, BoundPtr first, BoundPtr second) {
  std::vector<BoundPtr> args;
  const Span span = first->span;
  args.push_back(std::move(first));
  if (second != nullptr) args.push_back(std::move(second));
  return MakeCall(function, std::move(args), span);
}

/// The condition under which `clause` may apply to a row of the join.
Result<BoundPtr> Binder::BindMergeClauseCondition(const MergeClause& clause, MergeState& state) {
  const Span span = clause.span;
  const bool matched = clause.match == MergeMatch::kMatched;
  const bool by_source = clause.match == MergeMatch::kNotMatchedBySource;
  TRY(BoundPtr condition,
      CallOn(by_source ? "isnull" : "isnotnull", ColumnOf(state.present, span), nullptr));
  TRY(BoundPtr target,
      CallOn(matched || by_source ? "isnotnull" : "isnull", ColumnOf(state.row, span), nullptr));
  TRY(condition, CallOn("and", std::move(condition), std::move(target)));
  if (clause.condition == nullptr) return condition;
  ExprScope scope;
  scope.columns = matched ? &state.both : by_source ? &state.target : &state.source;
  scope.clause = "WHEN";
  TRY(BoundPtr extra, BindCondition(*clause.condition, scope));
  return CallOn("and", std::move(condition), std::move(extra));
}

Result<OperatorPtr> Binder::JoinForMerge(const MergeInto& merge, const ChangeTarget& target,
                                         MergeState& state) {
  TRY(BoundRelation source, BindMergeSource(merge, state.present));
  TRY(BoundRelation table, BindTarget(target, merge.alias, merge.table.span));
  const size_t count = ColumnCount(target);
  JoinOp join;
  join.type = MergeJoinType(merge);
  state.both.columns = source.scope.columns;
  state.both.columns.insert(state.both.columns.end(), table.scope.columns.begin(),
                            table.scope.columns.end());
  ExprScope scope;
  scope.columns = &state.both;
  scope.clause = "ON";
  TRY(join.condition, BindCondition(*merge.on, scope));
  // Below the clauses all columns get new numbers, and each side may be missing.
  std::map<ColumnId, Attribute> renamed;
  std::vector<Attribute> joined, output;
  Project project;
  const auto pass = [&](Attribute column) {
    column.nullable = true;
    joined.push_back(column);
    output.push_back(NewColumn(column.name, column.type, true));
    renamed[column.id] = output.back();
    project.items.push_back({output.back(), ColumnOf(column, merge.on->span)});
  };
  for (const Attribute& column : source.op->output) pass(column);
  for (const Attribute& column : table.op->output) pass(column);
  for (size_t i = 0; i < count; ++i) state.columns.push_back(renamed.at(table.op->output[i].id));
  state.present = renamed.at(state.present.id);
  state.file = renamed.at(table.op->output[count].id);
  state.row = renamed.at(table.op->output[count + 1].id);
  state.source = Renamed(std::move(source.scope), renamed);
  state.target = Renamed(std::move(table.scope), renamed);
  state.both = Renamed(std::move(state.both), renamed);
  join.left = std::move(source.op);
  join.right = std::move(table.op);
  project.input = MakeOperator(std::move(joined), merge.on->span, std::move(join));
  return MakeOperator(std::move(output), merge.on->span, std::move(project));
}

/// Adds the number of the clause that applies, and leaves out rows without one.
Result<OperatorPtr> Binder::ChooseClause(const MergeInto& merge, OperatorPtr input,
                                         MergeState& state) {
  BoundCase choice;
  for (size_t i = 0; i < merge.clauses.size(); ++i) {
    TRY(BoundPtr condition, BindMergeClauseCondition(merge.clauses[i], state));
    choice.branches.emplace_back(std::move(condition),
                                 IntConstant(static_cast<int64_t>(i), merge.clauses[i].span));
  }
  const Span span = merge.on->span;
  Project project;
  std::vector<Attribute> output;
  std::map<ColumnId, Attribute> renamed;
  for (const Attribute& column : input->output) {
    output.push_back(NewColumn(column.name, column.type, true));
    renamed[column.id] = output.back();
    project.items.push_back({output.back(), ColumnOf(column, span)});
  }
  state.clause = NewColumn("__clause", Type(TypeId::kInt), true);
  output.push_back(state.clause);
  project.items.push_back(
      {state.clause, MakeExpr(Type(TypeId::kInt), true, span, std::move(choice))});
  for (Attribute* const column : {&state.present, &state.file, &state.row}) {
    *column = renamed.at(column->id);
  }
  for (Attribute& column : state.columns) column = renamed.at(column.id);
  state.source = Renamed(std::move(state.source), renamed);
  state.target = Renamed(std::move(state.target), renamed);
  state.both = Renamed(std::move(state.both), renamed);
  project.input = std::move(input);
  OperatorPtr chosen = MakeOperator(output, span, std::move(project));
  TRY(BoundPtr some, CallOn("isnotnull", ColumnOf(state.clause, span), nullptr));
  return MakeOperator(std::move(output), span, Filter{std::move(chosen), std::move(some)});
}

/// The value of a column in a row that the clause writes.
Result<BoundPtr> Binder::BindMergeValue(const ChangeTarget& target, const MergeClause& clause,
                                        size_t column, const Assignment* assignment,
                                        MergeState& state) {
  const types::Field& field = target.relation.schema[column];
  const bool insert = clause.action == MergeAction::kInsert;
  if (clause.star) {
    for (const ScopeColumn& each : state.source.columns) {
      if (!each.in_star || !SameName(each.column.name, field.name)) continue;
      return StoreAssign(ColumnOf(each.column, clause.span), field);
    }
    if (state.evolves && insert) return DefaultOf(target, column, clause.span);
    if (state.evolves) return ColumnOf(state.columns[column], clause.span);
    return Fail(
        MakeError(ErrorKind::kInvalidInput,
                  "merge: * takes each column of the table from the source, which has no {}",
                  field.name)
            .WithFix("add it to the source, or name the columns")
            .At(source_->Place(clause.span)));
  }
  if (assignment == nullptr && insert) return DefaultOf(target, column, clause.span);
  ExprScope scope;
  scope.clause = insert ? "INSERT" : "SET";
  scope.columns = insert                                 ? &state.source
                  : clause.match == MergeMatch::kMatched ? &state.both
                                                         : &state.target;
  return AssignedValue(target, column, assignment, scope, state.columns[column]);
}

Result<BoundChange> Binder::BindMergeRows(const MergeInto& merge, const SourceText& source,
                                          const ChangeTarget& target) {
  source_ = &source;
  MergeState state;
  state.evolves = merge.evolves;
  TRY(OperatorPtr op, JoinForMerge(merge, target, state));
  TRY(op, ChooseClause(merge, std::move(op), state));
  const Span span = merge.table.span;
  const size_t count = ColumnCount(target);
  std::vector<BoundCase> values(count);
  std::vector<bool> given(count, true);
  BoundCase kind;
  for (size_t i = 0; i < merge.clauses.size(); ++i) {
    const MergeClause& clause = merge.clauses[i];
    const auto is_clause = [&]() {
      return CallOn("=", ColumnOf(state.clause, clause.span),
                    IntConstant(static_cast<int64_t>(i), clause.span));
    };
    TRY(BoundPtr chosen, is_clause());
    const RowChange change = clause.action == MergeAction::kDelete   ? RowChange::kDelete
                             : clause.action == MergeAction::kUpdate ? RowChange::kUpdate
                                                                     : RowChange::kInsert;
    kind.branches.emplace_back(std::move(chosen),
                               IntConstant(static_cast<int>(change), clause.span));
    if (change == RowChange::kDelete) continue;
    TRY(const auto assignments, AssignmentsByColumn(target, clause.assignments, merge.alias));
    for (size_t column = 0; column < count; ++column) {
      if (!clause.star && assignments[column] == nullptr) given[column] = false;
      TRY(BoundPtr when, is_clause());
      TRY(BoundPtr value, BindMergeValue(target, clause, column, assignments[column], state));
      values[column].branches.emplace_back(std::move(when), std::move(value));
    }
  }
  std::vector<BoundPtr> columns;
  for (size_t column = 0; column < count; ++column) {
    const Type& type = target.relation.schema[column].type;
    if (values[column].branches.empty()) {
      TRY(BoundPtr none, CastTo(NullConstant(span), type));
      columns.push_back(std::move(none));
    } else {
      columns.push_back(MakeExpr(type, true, span, std::move(values[column])));
    }
  }
  BoundChange change = FinishChange(std::move(op), target.relation.schema, std::move(columns),
                                    MakeExpr(Type(TypeId::kInt), true, span, std::move(kind)),
                                    ColumnOf(state.file, span), ColumnOf(state.row, span));
  change.given = std::move(given);
  return change;
}

}  // namespace oresmith::sql
