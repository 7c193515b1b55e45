// Expressions that are neither names, calls nor operators.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// Deeper nesting is refused before it can exhaust the stack.
constexpr int kExprDepthMax = 300;
// Views, CTEs and aliases used twice double a query: a limit on what they may grow to.
constexpr int64_t kNodesMax = 200'000;

}  // namespace

Result<BoundPtr> Binder::BindExpr(const Expr& expr, ExprScope& scope) {
  const DepthGuard guard(expr_depth_);
  if (expr_depth_ > kExprDepthMax) {
    return Unsupported(expr.span, "expression: nested more than {} deep", kExprDepthMax);
  }
  if (++node_count_ > kNodesMax) {
    return Unsupported(expr.span,
                       "query: more than {} expressions once views, CTEs and aliases are expanded",
                       kNodesMax);
  }
  return BindNode(expr, scope);
}

Result<BoundPtr> Binder::BindNode(const Expr& expr, ExprScope& scope) {
  const Span span = expr.span;
  const auto* node = &expr.node;
  if (std::get_if<NullLiteral>(node)) return NullConstant(span);
  if (const auto* n = std::get_if<BooleanLiteral>(node)) return BooleanConstant(n->value, span);
  if (const auto* n = std::get_if<NumberLiteral>(node)) return BindNumber(*n, span, false);
  if (const auto* n = std::get_if<StringLiteral>(node)) return StringConstant(n->value, span);
  if (const auto* n = std::get_if<BinaryLiteral>(node)) {
    return MakeExpr(Type(TypeId::kBinary), false, span, BoundLiteral{n->bytes});
  }
  if (const auto* n = std::get_if<TypedLiteral>(node)) return BindTypedLiteral(*n, span);
  if (const auto* n = std::get_if<IntervalLiteral>(node)) return BindInterval(*n, span, scope);
  if (const auto* n = std::get_if<NameRef>(node)) return BindName(*n, span, scope);
  if (const auto* n = std::get_if<FieldAccess>(node)) {
    TRY(BoundPtr base, BindExpr(*n->base, scope));
    return AccessField(std::move(base), n->field);
  }
  if (const auto* n = std::get_if<Subscript>(node)) return BindSubscript(*n, span, scope);
  if (const auto* n = std::get_if<JsonPath>(node)) {
    std::vector<BoundPtr> args(2);
    TRY(args[0], BindExpr(*n->base, scope));
    args[1] = StringConstant(n->path, span);
    return MakeCall(":", std::move(args), span);
  }
  if (std::get_if<BinaryOp>(node)) return BindBinary(expr, scope);
  if (const auto* n = std::get_if<UnaryOp>(node)) return BindUnary(*n, span, scope);
  if (const auto* n = std::get_if<IsTest>(node)) return BindIsTest(*n, span, scope);
  if (const auto* n = std::get_if<Between>(node)) return BindBetween(*n, span, scope);
  if (const auto* n = std::get_if<InList>(node)) return BindInList(*n, span, scope);
  if (const auto* n = std::get_if<InSubquery>(node)) return BindInSubquery(*n, span, scope);
  if (std::get_if<Exists>(node) || std::get_if<ScalarSubquery>(node)) {
    return BindSubqueryExpr(expr, scope);
  }
  if (const auto* n = std::get_if<Case>(node)) return BindCase(*n, span, scope);
  if (const auto* n = std::get_if<Cast>(node)) return BindCast(*n, span, scope);
  if (const auto* n = std::get_if<Extract>(node)) return BindExtract(*n, span, scope);
  if (const auto* n = std::get_if<TupleExpr>(node)) return BindTuple(*n, span, scope);
  if (std::get_if<FunctionCall>(node)) return BindCall(expr, scope);
  if (std::get_if<Star>(node)) {
    return Invalid(span, "*: it can stand only in a select list, in count(*) or in struct(*)");
  }
  if (std::get_if<Lambda>(node)) {
    return Invalid(span, "lambda: it can only be an argument of a function such as transform");
  }
  return Invalid(span, "named argument: this function takes its arguments by position");
}

Result<BoundPtr> Binder::BindCondition(const Expr& expr, ExprScope& scope) {
  TRY(BoundPtr condition, BindExpr(expr, scope));
  const Type boolean(TypeId::kBoolean);
  KeepUnknownIn(condition);
  if (condition->type.Is(TypeId::kVoid)) return CastTo(std::move(condition), boolean);
  if (condition->type == boolean) return condition;
  return Invalid(expr.span, "{}: the condition is {}, not BOOLEAN", scope.clause,
                 condition->type.ToSql());
}

Result<BoundPtr> Binder::BindCase(const Case& node, Span span, ExprScope& scope) {
  BoundPtr operand;
  if (node.operand) {
    TRY(operand, BindExpr(*node.operand, scope));
    if (!IsDeterministic(*operand)) {
      return Unsupported(node.operand->span,
                         "CASE: its operand differs each time it is computed; compute it in a "
                         "subquery");
    }
  }
  BoundCase bound;
  for (const auto& [when, then] : node.branches) {
    TRY(BoundPtr condition, BindCaseCondition(node, *when, operand, scope));
    TRY(BoundPtr value, BindExpr(*then, scope));
    bound.branches.emplace_back(std::move(condition), std::move(value));
  }
  if (node.otherwise) {
    TRY(bound.otherwise, BindExpr(*node.otherwise, scope));
  }
  return FinishCase(std::move(bound), span);
}

Result<BoundPtr> Binder::BindCaseCondition(const Case& node, const Expr& when, BoundPtr& operand,
                                           ExprScope& scope) {
  if (!node.operand) {
    ExprScope inner = scope;
    inner.clause = "CASE WHEN";
    return BindCondition(when, inner);
  }
  std::vector<BoundPtr> args(2);
  args[0] = CloneExpr(*operand);
  if (!args[0]) {
    TRY(args[0], BindExpr(*node.operand, scope));
  }
  TRY(args[1], BindExpr(when, scope));
  return MakeCall("=", std::move(args), when.span);
}

Result<BoundPtr> Binder::FinishCase(BoundCase node, Span span) {
  std::vector<BoundPtr*> values;
  bool nullable = !node.otherwise || node.otherwise->nullable;
  for (auto& [condition, value] : node.branches) {
    values.push_back(&value);
    nullable = nullable || value->nullable;
  }
  if (node.otherwise) values.push_back(&node.otherwise);
  TRY_DO(CastAllToCommon(std::move(values), "CASE"));
  Type type = node.branches.front().second->type;
  return MakeExpr(std::move(type), nullable, span, std::move(node));
}

Result<BoundPtr> Binder::BindCast(const Cast& cast, Span span, ExprScope& scope) {
  TRY(BoundPtr operand, BindExpr(*cast.operand, scope));
  if (!CanCastExplicitly(operand->type, cast.type)) {
    return Invalid(span, "cast: {} to {}: Spark has no such cast", operand->type.ToSql(),
                   cast.type.ToSql());
  }
  if (!cast.is_try) {
    const bool nullable = operand->nullable;
    if (operand->type == cast.type) return operand;
    return MakeExpr(cast.type, nullable, span, BoundCast{std::move(operand), CastMode::kAnsi});
  }
  return MakeExpr(cast.type, true, span, BoundCast{std::move(operand), CastMode::kTry});
}

Result<BoundPtr> Binder::BindSubscript(const Subscript& node, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args(2);
  TRY(args[0], BindExpr(*node.base, scope));
  TRY(args[1], BindExpr(*node.index, scope));
  const auto* literal = std::get_if<BoundLiteral>(&args[1]->node);
  const bool named = literal != nullptr && args[1]->type.Is(TypeId::kString) &&
                     std::holds_alternative<std::string>(literal->value);
  if (args[0]->type.Is(TypeId::kStruct)) {
    if (!named) {
      return Invalid(node.index->span, "subscript: a field of a struct needs its name as a string");
    }
    const Identifier field{std::get<std::string>(literal->value), true, node.index->span};
    return AccessField(std::move(args[0]), field);
  }
  return MakeCall("[]", std::move(args), span);
}

Result<BoundPtr> Binder::BindTuple(const TupleExpr& tuple, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args;
  for (size_t i = 0; i < tuple.items.size(); ++i) {
    const Expr& item = *tuple.items[i];
    const bool named = std::holds_alternative<NameRef>(item.node) ||
                       std::holds_alternative<FieldAccess>(item.node);
    args.push_back(StringConstant(
        named ? ColumnNameOf(item, TextOf(item.span)) : fmt::format("col{}", i + 1), item.span));
    TRY(BoundPtr value, BindExpr(item, scope));
    args.push_back(std::move(value));
  }
  return MakeCall("named_struct", std::move(args), span);
}

Result<OperatorPtr> Binder::BindInnerQuery(const Query& query, Span span, ExprScope& scope) {
  if (!scope.lambdas.empty()) {
    return Unsupported(span, "subquery: it cannot stand inside a lambda");
  }
  return BindQueryNode(query, &scope, scope.env);
}

Result<BoundPtr> Binder::BindSubqueryExpr(const Expr& expr, ExprScope& scope) {
  if (const auto* exists = std::get_if<Exists>(&expr.node)) {
    TRY(OperatorPtr plan, BindInnerQuery(*exists->query, expr.span, scope));
    return MakeExpr(Type(TypeId::kBoolean), false, expr.span,
                    BoundSubquery{SubqueryKind::kExists, nullptr, false, std::move(plan)});
  }
  const auto& scalar = std::get<ScalarSubquery>(expr.node);
  TRY(OperatorPtr plan, BindInnerQuery(*scalar.query, expr.span, scope));
  if (plan->output.size() != 1) {
    return Invalid(expr.span, "subquery: it gives {} columns where one value is needed",
                   plan->output.size());
  }
  Type type = plan->output[0].type;
  return MakeExpr(std::move(type), true, expr.span,
                  BoundSubquery{SubqueryKind::kScalar, nullptr, false, std::move(plan)});
}

Result<BoundPtr> Binder::BindInSubquery(const InSubquery& node, Span span, ExprScope& scope) {
  if (std::holds_alternative<TupleExpr>(node.operand->node)) {
    return Unsupported(span, "IN: a tuple of columns compared with a subquery; write EXISTS");
  }
  TRY(BoundPtr operand, BindExpr(*node.operand, scope));
  TRY(OperatorPtr plan, BindInnerQuery(*node.query, span, scope));
  if (plan->output.size() != 1) {
    return Invalid(span, "IN: the subquery gives {} columns where one is needed",
                   plan->output.size());
  }
  const auto common = CommonType(operand->type, plan->output[0].type);
  if (!common || !IsComparable(*common)) {
    return Invalid(span, "IN: {} cannot be compared with the subquery's {}", operand->type.ToSql(),
                   plan->output[0].type.ToSql());
  }
  TRY(operand, CastTo(std::move(operand), *common));
  const bool nullable = operand->nullable || plan->output[0].nullable;
  TRY(plan, CastColumns(std::move(plan), {*common}, span));
  BoundPtr in =
      MakeExpr(Type(TypeId::kBoolean), nullable, span,
               BoundSubquery{SubqueryKind::kIn, std::move(operand), node.negated, std::move(plan)});
  if (!nullable) return in;
  // As a value Spark's IN is FALSE where it is not known, and so is its NOT IN.
  std::vector<BoundPtr> args;
  args.push_back(std::move(in));
  args.push_back(BooleanConstant(false, span));
  return MakeCall("coalesce", std::move(args), span);
}

BoundSubquery* Binder::KnownIn(BoundExpr& expr) {
  auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->function->name != "coalesce" || call->args.size() != 2) {
    return nullptr;
  }
  auto* in = std::get_if<BoundSubquery>(&call->args[0]->node);
  return in != nullptr && in->kind == SubqueryKind::kIn ? in : nullptr;
}

// In a condition not known and FALSE are the same, and a plain IN can be a join.
void Binder::KeepUnknownIn(BoundPtr& condition) {
  if (KnownIn(*condition) != nullptr) {
    BoundPtr in = std::move(std::get<BoundCall>(condition->node).args[0]);
    condition = std::move(in);
    return;
  }
  auto* call = std::get_if<BoundCall>(&condition->node);
  if (call == nullptr) return;
  const std::string_view name = call->function->name;
  if (name != "and" && name != "or" && name != "not") return;
  for (BoundPtr& arg : call->args) KeepUnknownIn(arg);
}

}  // namespace oresmith::sql
