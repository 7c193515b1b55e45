// Joins: ON, USING, NATURAL, comma; LATERAL VIEW and generators beside a table.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// The columns of a side that outer rows fill with NULL.
void MakeNullable(BoundRelation& side) {
  for (ScopeColumn& column : side.scope.columns) column.column.nullable = true;
}

bool KeepsOnlyLeft(JoinType type) {
  return type == JoinType::kLeftSemi || type == JoinType::kLeftAnti;
}

std::vector<Attribute> JoinOutput(JoinType type, const BoundRelation& left,
                                  const BoundRelation& right) {
  const bool left_null = type == JoinType::kRight || type == JoinType::kFull;
  const bool right_null = type == JoinType::kLeft || type == JoinType::kFull;
  std::vector<Attribute> output;
  for (Attribute column : left.op->output) {
    column.nullable = column.nullable || left_null;
    output.push_back(std::move(column));
  }
  if (KeepsOnlyLeft(type)) return output;
  for (Attribute column : right.op->output) {
    column.nullable = column.nullable || right_null;
    output.push_back(std::move(column));
  }
  return output;
}

const TableFunctionRef* GeneratorOf(const Relation& relation) {
  const auto* function = std::get_if<TableFunctionRef>(&relation.node);
  if (function == nullptr) return nullptr;
  const FunctionEntry* entry = FindFunction(function->name.back().text);
  return entry != nullptr && entry->kind == FunctionKind::kGenerator ? function : nullptr;
}

bool RefersTo(const Operator& plan, const std::vector<Attribute>& columns) {
  bool found = false;
  VisitDeep(plan, [&](const BoundExpr& expr) {
    const auto* column = std::get_if<BoundColumn>(&expr.node);
    if (column == nullptr) return;
    found = found || std::any_of(columns.begin(), columns.end(),
                                 [&](const Attribute& each) { return each.id == column->id; });
  });
  return found;
}

}  // namespace

Result<BoundRelation> Binder::BindFrom(const std::vector<RelationPtr>& from, const ExprScope* outer,
                                       const CteEnv& env) {
  if (from.empty()) {
    Values one_row;
    one_row.rows.emplace_back();
    BoundRelation bound;
    bound.op = MakeOperator({}, Span{}, std::move(one_row));
    return bound;
  }
  TRY(BoundRelation bound, BindRelation(*from[0], outer, env));
  for (size_t i = 1; i < from.size(); ++i) {
    bool generated = false;
    TRY(BoundRelation next,
        BindRightSide(std::move(bound), *from[i], JoinType::kCross, outer, env, generated));
    bound = std::move(next);
  }
  return bound;
}

// Binds `right` and, when it has no condition of its own, joins it; a generator sees the left side.
Result<BoundRelation> Binder::BindRightSide(BoundRelation left, const Relation& right,
                                            JoinType type, const ExprScope* outer,
                                            const CteEnv& env, bool& generated) {
  if (const TableFunctionRef* function = GeneratorOf(right)) {
    if (type != JoinType::kCross && type != JoinType::kInner && type != JoinType::kLeft) {
      return Unsupported(right.span,
                         "join: a generator can only be at the right of a CROSS, INNER "
                         "or LEFT join");
    }
    generated = true;
    const FunctionEntry& entry = *FindFunction(function->name.back().text);
    return BindGeneratorArgs(std::move(left), entry, function->args, right.span,
                             type == JoinType::kLeft, right.alias, right.column_aliases, outer);
  }
  BoundRelation bound;
  const auto* subquery = std::get_if<SubqueryRef>(&right.node);
  if (subquery != nullptr && subquery->lateral) {
    ExprScope beside;
    beside.columns = &left.scope;
    beside.outer = outer;
    beside.env = env;
    TRY(bound, BindRelation(right, &beside, env));
    if (RefersTo(*bound.op, left.op->output)) {
      return Unsupported(right.span,
                         "LATERAL: a subquery that uses columns of the tables before it is not "
                         "supported; write a join");
    }
  } else {
    TRY(bound, BindRelation(right, outer, env));
  }
  const Join cross{.left = nullptr,
                   .right = nullptr,
                   .type = type,
                   .natural = false,
                   .on = nullptr,
                   .using_columns = {}};
  return FinishJoin(cross, right.span, std::move(left), std::move(bound), outer, env);
}

Result<BoundRelation> Binder::BindJoin(const Join& join, Span span, const ExprScope* outer,
                                       const CteEnv& env) {
  TRY(BoundRelation left, BindRelation(*join.left, outer, env));
  const auto* subquery = std::get_if<SubqueryRef>(&join.right->node);
  const bool lateral = subquery != nullptr && subquery->lateral;
  const bool bare = !join.on && join.using_columns.empty() && !join.natural;
  if (GeneratorOf(*join.right) != nullptr || (lateral && bare)) {
    bool generated = false;
    TRY(BoundRelation bound,
        BindRightSide(std::move(left), *join.right, join.type, outer, env, generated));
    if (generated && join.on) {
      const auto* on = std::get_if<BooleanLiteral>(&join.on->node);
      if (on == nullptr || !on->value) {
        return Unsupported(join.on->span, "join: a generator with ON; filter with WHERE");
      }
    }
    return bound;
  }
  if (lateral) return Unsupported(join.right->span, "LATERAL: a subquery with ON or USING");
  TRY(BoundRelation right, BindRelation(*join.right, outer, env));
  return FinishJoin(join, span, std::move(left), std::move(right), outer, env);
}

Result<BoundRelation> Binder::FinishJoin(const Join& join, Span span, BoundRelation left,
                                         BoundRelation right, const ExprScope* outer,
                                         const CteEnv& env) {
  TRY(const std::vector<Identifier> names, SharedColumns(join, left, right, span));
  JoinOp op{.type = join.type, .left = nullptr, .right = nullptr, .condition = nullptr};
  std::vector<size_t> left_places, right_places;
  if (!names.empty()) {
    TRY(op.condition, UsingCondition(names, left, right, left_places, right_places));
  } else if (join.on) {
    Scope both = left.scope;
    both.columns.insert(both.columns.end(), right.scope.columns.begin(), right.scope.columns.end());
    ExprScope scope;
    scope.columns = &both;
    scope.outer = outer;
    scope.env = env;
    scope.clause = "ON";
    TRY(op.condition, BindCondition(*join.on, scope));
  }
  if (!op.condition && join.type != JoinType::kCross) {
    op.condition = BooleanConstant(true, span);
  }
  std::vector<Attribute> output = JoinOutput(join.type, left, right);
  if (join.type == JoinType::kRight || join.type == JoinType::kFull) MakeNullable(left);
  if (join.type == JoinType::kLeft || join.type == JoinType::kFull) MakeNullable(right);
  op.left = std::move(left.op);
  op.right = std::move(right.op);
  BoundRelation bound;
  bound.op = MakeOperator(std::move(output), span, std::move(op));
  if (!names.empty()) {
    return MergeUsing(join, span, names, std::move(bound), std::move(left.scope),
                      std::move(right.scope), left_places, right_places);
  }
  bound.scope = std::move(left.scope);
  if (!KeepsOnlyLeft(join.type)) {
    bound.scope.columns.insert(bound.scope.columns.end(), right.scope.columns.begin(),
                               right.scope.columns.end());
  }
  return bound;
}

Result<std::vector<Identifier>> Binder::SharedColumns(const Join& join, const BoundRelation& left,
                                                      const BoundRelation& right, Span span) {
  if (!join.natural) return join.using_columns;
  std::vector<Identifier> names;
  const auto right_names = VisibleNames(right.scope);
  for (const std::string& name : VisibleNames(left.scope)) {
    for (const std::string& other : right_names) {
      if (SameName(name, other)) names.push_back({.text = name, .quoted = false, .span = span});
    }
  }
  return names;
}

Result<BoundPtr> Binder::UsingCondition(const std::vector<Identifier>& names,
                                        const BoundRelation& left, const BoundRelation& right,
                                        std::vector<size_t>& left_places,
                                        std::vector<size_t>& right_places) {
  BoundPtr condition;
  for (const Identifier& name : names) {
    std::vector<BoundPtr> sides;
    for (const auto& [side, places, word] :
         {std::tuple{&left, &left_places, "left"}, std::tuple{&right, &right_places, "right"}}) {
      const NameRef ref{{name}};
      TRY(BoundPtr column, ResolveIn(side->scope, ref, name.span));
      if (!column) {
        const std::string nearest = NearestName(name.text, VisibleNames(side->scope));
        return Fail(MakeError(ErrorKind::kInvalidInput, "USING {}: the {} side has no such column",
                              name.text, word)
                        .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}?", nearest))
                        .At(source_->Place(name.span)));
      }
      const ColumnId id = std::get<BoundColumn>(column->node).id;
      const auto& columns = side->scope.columns;
      const auto found = std::find_if(columns.begin(), columns.end(), [&](const ScopeColumn& each) {
        return each.column.id == id && !each.qualified_only;
      });
      places->push_back(static_cast<size_t>(found - columns.begin()));
      sides.push_back(std::move(column));
    }
    TRY(BoundPtr equal, MakeCall("=", std::move(sides), name.span));
    if (!condition) {
      condition = std::move(equal);
      continue;
    }
    std::vector<BoundPtr> both;
    both.push_back(std::move(condition));
    both.push_back(std::move(equal));
    TRY(condition, MakeCall("and", std::move(both), name.span));
  }
  return condition;
}

// One column for each name of USING, first; the sides' own columns stay behind their qualifiers.
Result<BoundRelation> Binder::MergeUsing(const Join& join, Span span,
                                         const std::vector<Identifier>& names, BoundRelation bound,
                                         Scope left, Scope right,
                                         const std::vector<size_t>& left_places,
                                         const std::vector<size_t>& right_places) {
  if (KeepsOnlyLeft(join.type)) {
    bound.scope = std::move(left);
    return bound;
  }
  Scope merged;
  std::vector<NamedExpr> computed;
  for (size_t i = 0; i < names.size(); ++i) {
    ScopeColumn& of_left = left.columns[left_places[i]];
    ScopeColumn& of_right = right.columns[right_places[i]];
    ScopeColumn column = join.type == JoinType::kRight ? of_right : of_left;
    column.qualifier = {};
    if (join.type == JoinType::kFull) {
      std::vector<BoundPtr> sides;
      sides.push_back(ColumnOf(of_left.column, names[i].span));
      sides.push_back(ColumnOf(of_right.column, names[i].span));
      TRY(BoundPtr either, MakeCall("coalesce", std::move(sides), names[i].span));
      column.column = NewColumn(of_left.column.name, either->type, either->nullable);
      computed.push_back({column.column, std::move(either)});
    }
    merged.columns.push_back(std::move(column));
  }
  for (const size_t place : left_places) left.columns[place].qualified_only = true;
  for (const size_t place : right_places) right.columns[place].qualified_only = true;
  for (Scope* side : {&left, &right}) {
    for (ScopeColumn& column : side->columns) {
      if (column.qualified_only) column.in_star = false;
      merged.columns.push_back(std::move(column));
    }
  }
  bound.scope = std::move(merged);
  if (computed.empty()) return bound;
  Project project;
  std::vector<Attribute> output;
  for (ScopeColumn& column : bound.scope.columns) {
    const bool is_new = column.column.id == computed[0].column.id ||
                        std::any_of(computed.begin(), computed.end(), [&](const NamedExpr& each) {
                          return each.column.id == column.column.id;
                        });
    if (is_new) continue;
    BoundPtr same = ColumnOf(column.column, span);
    const bool hidden = column.column.hidden;
    column.column = NewColumn(column.column.name, column.column.type, column.column.nullable);
    column.column.hidden = hidden;
    project.items.push_back({column.column, std::move(same)});
  }
  for (NamedExpr& item : computed) project.items.push_back(std::move(item));
  for (const NamedExpr& item : project.items) output.push_back(item.column);
  project.input = std::move(bound.op);
  bound.op = MakeOperator(std::move(output), span, std::move(project));
  return bound;
}

Result<BoundRelation> Binder::BindLateralView(const LateralView& view, Span span,
                                              const ExprScope* outer, const CteEnv& env) {
  TRY(BoundRelation left, BindRelation(*view.input, outer, env));
  const auto& call = std::get<FunctionCall>(view.generator->node);
  const FunctionEntry* entry = FindFunction(call.name.back().text);
  if (entry == nullptr || entry->kind != FunctionKind::kGenerator) {
    return Invalid(view.generator->span, "LATERAL VIEW: {} does not generate rows",
                   JoinName(call.name));
  }
  return BindGeneratorArgs(std::move(left), *entry, call.args, span, view.outer, view.table_alias,
                           view.column_aliases, outer);
}

Result<BoundRelation> Binder::BindGeneratorArgs(BoundRelation left, const FunctionEntry& entry,
                                                const std::vector<ExprPtr>& args, Span span,
                                                bool outer_rows, const Identifier& alias,
                                                const std::vector<Identifier>& column_aliases,
                                                const ExprScope* outer) {
  ExprScope scope;
  scope.columns = &left.scope;
  scope.outer = outer;
  scope.input = &left.op;
  scope.clause = "a generator's argument";
  TRY(Generate generate, MakeGenerate(entry, args, span, column_aliases, scope));
  if (outer_rows) {
    generate.outer = true;
    for (Attribute& column : generate.columns) column.nullable = true;
  }
  std::vector<std::string> qualifier;
  if (!alias.text.empty()) qualifier.push_back(alias.text);
  for (const Attribute& column : generate.columns) {
    left.scope.columns.push_back({.column = column, .qualifier = qualifier});
  }
  generate.input = std::move(left.op);
  std::vector<Attribute> output = generate.input->output;
  output.insert(output.end(), generate.columns.begin(), generate.columns.end());
  left.op = MakeOperator(std::move(output), span, std::move(generate));
  return left;
}

Result<Generate> Binder::MakeGenerate(const FunctionEntry& entry, const std::vector<ExprPtr>& args,
                                      Span span, const std::vector<Identifier>& aliases,
                                      ExprScope& scope) {
  TRY(std::vector<BoundPtr> bound, BindArguments(args, scope));
  const FunctionEntry* function = &entry;
  const bool outer = entry.name.ends_with("_outer");
  TRY(const Signature signature, ResolveCall(function, bound, span));
  Generate generate{.input = nullptr,
                    .function = function,
                    .args = std::move(bound),
                    .outer = outer,
                    .columns = {}};
  const auto& fields = signature.result.fields();
  if (!aliases.empty() && aliases.size() != fields.size()) {
    return Invalid(aliases[0].span, "{}: {} column names for {} columns", entry.name,
                   aliases.size(), fields.size());
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    generate.columns.push_back(NewColumn(aliases.empty() ? fields[i].name : aliases[i].text,
                                         fields[i].type, fields[i].nullable || outer));
  }
  return generate;
}

}  // namespace oresmith::sql
