// Constants of a text, without types: options of table functions, schemas.

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kFoldDepthMax = 100;

std::optional<std::string> Fold(const Expr& expr, int depth);

std::optional<std::string> FoldCall(const FunctionCall& call, int depth) {
  const bool concat = call.name.size() == 1 && SameName(call.name[0].text, "concat");
  if (!concat || call.over || call.distinct || call.filter) return std::nullopt;
  std::string text;
  for (const ExprPtr& arg : call.args) {
    const auto part = Fold(*arg, depth);
    if (!part) return std::nullopt;
    text += *part;
  }
  return text;
}

std::optional<std::string> Fold(const Expr& expr, int depth) {
  if (depth > kFoldDepthMax) return std::nullopt;
  if (const auto* text = std::get_if<StringLiteral>(&expr.node)) return text->value;
  if (const auto* number = std::get_if<NumberLiteral>(&expr.node)) return number->digits;
  if (const auto* boolean = std::get_if<BooleanLiteral>(&expr.node)) {
    return boolean->value ? "true" : "false";
  }
  if (const auto* unary = std::get_if<UnaryOp>(&expr.node)) {
    const auto* number = std::get_if<NumberLiteral>(&unary->operand->node);
    if (number != nullptr && unary->op == "-") return "-" + number->digits;
    return std::nullopt;
  }
  if (const auto* op = std::get_if<BinaryOp>(&expr.node); op != nullptr && op->op == "||") {
    const auto left = Fold(*op->left, depth + 1);
    const auto right = Fold(*op->right, depth + 1);
    if (!left || !right) return std::nullopt;
    return *left + *right;
  }
  if (const auto* cast = std::get_if<Cast>(&expr.node)) {
    // Only casts that keep the text.
    const bool keeps =
        cast->type.Is(TypeId::kString) ||
        (cast->type.IsIntegral() && std::holds_alternative<NumberLiteral>(cast->operand->node));
    return keeps ? Fold(*cast->operand, depth + 1) : std::nullopt;
  }
  if (const auto* call = std::get_if<FunctionCall>(&expr.node)) return FoldCall(*call, depth + 1);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> FoldToText(const Expr& expr) { return Fold(expr, 0); }

}  // namespace oresmith::sql
