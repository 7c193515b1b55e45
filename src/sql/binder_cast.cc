// Casts, and the small nodes that everything is made of.

#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {

BoundPtr StringConstant(std::string text, Span span) {
  return MakeExpr(Type(TypeId::kString), false, span, BoundLiteral{std::move(text)});
}

BoundPtr NullConstant(Span span) { return MakeExpr(Type(), true, span, BoundLiteral{}); }

BoundPtr IntConstant(int64_t value, Span span) {
  return MakeExpr(Type(TypeId::kInt), false, span, BoundLiteral{value});
}

BoundPtr BooleanConstant(bool value, Span span) {
  return MakeExpr(Type(TypeId::kBoolean), false, span, BoundLiteral{value});
}

BoundPtr Binder::ColumnOf(const Attribute& column, Span span) const {
  return MakeExpr(column.type, column.nullable, span, BoundColumn{column.id});
}

namespace {

// A number as a literal of a wider type, so that plans do not cast constants.
bool WidenLiteral(BoundExpr& expr, const Type& type) {
  auto* literal = std::get_if<BoundLiteral>(&expr.node);
  auto* decimal = literal != nullptr ? std::get_if<std::string>(&literal->value) : nullptr;
  if (decimal != nullptr && expr.type.Is(TypeId::kDecimal) && type.Is(TypeId::kDecimal)) {
    if (!CanCastLosslessly(expr.type, type)) return false;
    if (expr.type.scale() == 0 && type.scale() > 0) *decimal += '.';
    decimal->append(static_cast<size_t>(type.scale() - expr.type.scale()), '0');
    expr.type = type;
    return true;
  }
  const auto* value = literal != nullptr ? std::get_if<int64_t>(&literal->value) : nullptr;
  if (value == nullptr || !expr.type.IsIntegral() || !type.IsNumeric()) return false;
  constexpr int64_t kExactMax = int64_t{1} << 24;  // each is a FLOAT too
  if (type.Is(TypeId::kDecimal)) {
    std::string digits = std::to_string(*value);
    const size_t count = digits.size() - (digits[0] == '-' ? 1 : 0);
    if (static_cast<int>(count) > type.precision() - type.scale()) return false;
    if (type.scale() > 0) digits += "." + std::string(static_cast<size_t>(type.scale()), '0');
    literal->value = std::move(digits);
  } else if (type.IsIntegral()) {
    if (type.id() < expr.type.id()) return false;
  } else {
    if (*value > kExactMax || *value < -kExactMax) return false;
    literal->value = static_cast<double>(*value);
  }
  expr.type = type;
  return true;
}

}  // namespace

Result<BoundPtr> Binder::CastTo(BoundPtr expr, const Type& type) {
  if (expr->type == type || WidenLiteral(*expr, type)) return expr;
  const Span span = expr->span;
  const bool is_null =
      std::holds_alternative<BoundLiteral>(expr->node) &&
      std::holds_alternative<std::monostate>(std::get<BoundLiteral>(expr->node).value);
  if (is_null) {
    expr->type = type;
    return expr;
  }
  if (!CanCastExplicitly(expr->type, type)) {
    return Invalid(span, "cast: {} to {}: Spark has no such cast", expr->type.ToSql(),
                   type.ToSql());
  }
  const bool nullable = expr->nullable;
  return MakeExpr(type, nullable, span, BoundCast{std::move(expr), CastMode::kAnsi});
}

Result<BoundPtr> Binder::CastImplicitly(BoundPtr expr, const Type& type, std::string_view what) {
  if (!CanCastImplicitly(expr->type, type)) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "{}: it is {}, and {} is needed", what,
                          expr->type.ToSql(), type.ToSql())
                    .WithFix(fmt::format("write CAST({} AS {})", TextOf(expr->span), type.ToSql()))
                    .At(source_->Place(expr->span)));
  }
  return CastTo(std::move(expr), type);
}

Status Binder::CastAllToCommon(std::vector<BoundPtr*> exprs, std::string_view what) {
  std::optional<Type> common = Type();
  for (const BoundPtr* expr : exprs) {
    auto wider = CommonType(*common, (*expr)->type);
    if (!wider) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "{}: {} and {} have no common type", what,
                            common->ToSql(), (*expr)->type.ToSql())
                      .WithFix("cast one side to the type of the other")
                      .At(source_->Place((*expr)->span)));
    }
    common = std::move(wider);
  }
  for (BoundPtr* expr : exprs) {
    TRY(*expr, CastTo(std::move(*expr), *common));
  }
  return {};
}

}  // namespace oresmith::sql
