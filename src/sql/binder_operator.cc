// Operators: each becomes a call of the registry's function of that name.

#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

bool IsArithmetic(std::string_view op) {
  return op == "+" || op == "-" || op == "*" || op == "/" || op == "%";
}

// A literal integer beside a decimal counts with its own digits: in `d * 2` it is DECIMAL(1,0).
std::optional<Type> LiteralDecimal(const BoundExpr& expr) {
  const auto* literal = std::get_if<BoundLiteral>(&expr.node);
  if (literal == nullptr || !expr.type.IsIntegral()) return std::nullopt;
  const auto* value = std::get_if<int64_t>(&literal->value);
  if (value == nullptr) return std::nullopt;
  std::string digits = std::to_string(*value);
  if (digits[0] == '-') digits.erase(0, 1);
  return Type::Decimal(static_cast<int>(digits.size()), 0);
}

bool IsDayLiteral(const Expr& expr) {
  const auto* interval = std::get_if<IntervalLiteral>(&expr.node);
  if (interval == nullptr) return false;
  for (const IntervalLiteral::Part& part : interval->parts) {
    if (!part.to_unit.empty() || (part.unit != "DAY" && part.unit != "WEEK")) return false;
  }
  return true;
}

bool IsInterval(const Type& type) {
  return type.Is(TypeId::kIntervalDayTime) || type.Is(TypeId::kIntervalYearMonth);
}

}  // namespace

Result<BoundPtr> Binder::BindBinary(const Expr& expr, ExprScope& scope) {
  // `a + b + c + ...` leans to the left, however long it is: walk that side without recursion.
  std::vector<const Expr*> spine;
  const Expr* leftmost = &expr;
  while (const auto* op = std::get_if<BinaryOp>(&leftmost->node)) {
    spine.push_back(leftmost);
    leftmost = op->left.get();
  }
  TRY(BoundPtr left, BindExpr(*leftmost, scope));
  while (!spine.empty()) {
    const Expr& node = *spine.back();
    spine.pop_back();
    const auto& op = std::get<BinaryOp>(node.node);
    TRY(BoundPtr right, BindExpr(*op.right, scope));
    TRY(left, CombineBinary(op, node.span, std::move(left), std::move(right), scope));
  }
  return left;
}

// `written` tells a literal from CAST(1 AS INT), which is bound as one but is an INT of ten digits.
Status Binder::NarrowLiterals(const Expr& left_written, BoundPtr& left, const Expr& right_written,
                              BoundPtr& right) {
  const auto narrow = [&](const Expr& written, BoundPtr& one, const BoundPtr& other) -> Status {
    if (!other->type.Is(TypeId::kDecimal) || std::holds_alternative<Cast>(written.node)) return {};
    if (const auto type = LiteralDecimal(*one)) {
      TRY(one, CastTo(std::move(one), *type));
    }
    return {};
  };
  TRY_DO(narrow(left_written, left, right));
  return narrow(right_written, right, left);
}

Result<BoundPtr> Binder::CombineBinary(const BinaryOp& op, Span span, BoundPtr left, BoundPtr right,
                                       ExprScope& scope) {
  if (op.op == "LIKE" || op.op == "ILIKE" || op.op == "RLIKE") {
    return CombineLike(op, span, std::move(left), std::move(right), scope);
  }
  if (IsArithmetic(op.op) || op.op == "=" || op.op == "<" || op.op == ">") {
    TRY_DO(NarrowLiterals(*op.left, left, *op.right, right));
  }
  std::string name = LowerCase(op.op);
  const bool adds = op.op == "+" || op.op == "-";
  if (adds && left->type.Is(TypeId::kDate) && IsInterval(right->type)) {
    if (IsDayLiteral(*op.right)) name += ":date_days";
  } else if (op.op == "+" && IsInterval(left->type) && right->type.Is(TypeId::kDate)) {
    std::swap(left, right);
    if (IsDayLiteral(*op.left)) name += ":date_days";
  } else if (op.op == "+" && IsInterval(left->type) && !IsInterval(right->type)) {
    std::swap(left, right);
  } else if (op.op == "*" && !IsInterval(left->type) && IsInterval(right->type)) {
    std::swap(left, right);
  }
  std::vector<BoundPtr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  TRY(BoundPtr call, MakeCall(name, std::move(args), span));
  if (!op.negated) return call;
  std::vector<BoundPtr> inner;
  inner.push_back(std::move(call));
  return MakeCall("not", std::move(inner), span);
}

Result<BoundPtr> Binder::CombineLike(const BinaryOp& op, Span span, BoundPtr left, BoundPtr right,
                                     ExprScope& scope) {
  std::vector<BoundPtr> args;
  args.push_back(std::move(left));
  args.push_back(std::move(right));
  if (op.escape) {
    const auto escape = FoldToText(*op.escape);
    if (!escape || escape->size() != 1) {
      return Invalid(op.escape->span, "ESCAPE: it must be a string of one character");
    }
    TRY(BoundPtr bound, BindExpr(*op.escape, scope));
    args.push_back(std::move(bound));
  }
  TRY(BoundPtr call, MakeCall(LowerCase(op.op), std::move(args), span));
  if (!op.negated) return call;
  std::vector<BoundPtr> inner;
  inner.push_back(std::move(call));
  return MakeCall("not", std::move(inner), span);
}

Result<BoundPtr> Binder::BindUnary(const UnaryOp& op, Span span, ExprScope& scope) {
  const auto* number = std::get_if<NumberLiteral>(&op.operand->node);
  // -2147483648 is one INT: its digits alone would be a BIGINT.
  if (op.op == "-" && number != nullptr) return BindNumber(*number, span, true);
  std::vector<BoundPtr> args(1);
  TRY(args[0], BindExpr(*op.operand, scope));
  if (op.op == "-") return MakeCall("negative", std::move(args), span);
  if (op.op == "+") return MakeCall("positive", std::move(args), span);
  if (op.op == "NOT") {
    if (BoundSubquery* in = KnownIn(*args[0])) {
      in->negated = !in->negated;
      return std::move(args[0]);
    }
  }
  if (op.op == "~") return MakeCall("~", std::move(args), span);
  return MakeCall("not", std::move(args), span);
}

Result<BoundPtr> Binder::BindIsTest(const IsTest& test, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args(1);
  TRY(args[0], BindExpr(*test.operand, scope));
  if (test.what == "NULL" || test.what == "UNKNOWN") {
    if (test.what == "UNKNOWN") {
      TRY(args[0], CastImplicitly(std::move(args[0]), Type(TypeId::kBoolean), "IS UNKNOWN"));
    }
    return MakeCall(test.negated ? "isnotnull" : "isnull", std::move(args), span);
  }
  TRY(args[0], CastImplicitly(std::move(args[0]), Type(TypeId::kBoolean), "IS " + test.what));
  args.push_back(BooleanConstant(test.what == "TRUE", span));
  TRY(BoundPtr same, MakeCall("<=>", std::move(args), span));
  if (!test.negated) return same;
  std::vector<BoundPtr> inner;
  inner.push_back(std::move(same));
  return MakeCall("not", std::move(inner), span);
}

Result<BoundPtr> Binder::BindBetween(const Between& between, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args(3);
  TRY(args[0], BindExpr(*between.operand, scope));
  TRY(args[1], BindExpr(*between.low, scope));
  TRY(args[2], BindExpr(*between.high, scope));
  TRY(BoundPtr call, MakeCall("between", std::move(args), span));
  if (!between.negated) return call;
  std::vector<BoundPtr> inner;
  inner.push_back(std::move(call));
  return MakeCall("not", std::move(inner), span);
}

Result<BoundPtr> Binder::BindInList(const InList& list, Span span, ExprScope& scope) {
  std::vector<BoundPtr> args;
  TRY(BoundPtr operand, BindExpr(*list.operand, scope));
  args.push_back(std::move(operand));
  for (const ExprPtr& value : list.values) {
    TRY(BoundPtr bound, BindExpr(*value, scope));
    args.push_back(std::move(bound));
  }
  TRY(BoundPtr call, MakeCall("in", std::move(args), span));
  if (!list.negated) return call;
  std::vector<BoundPtr> inner;
  inner.push_back(std::move(call));
  return MakeCall("not", std::move(inner), span);
}

}  // namespace oresmith::sql
