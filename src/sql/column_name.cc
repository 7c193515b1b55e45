// The name of a column without an alias, as Spark prints its expression.
// Source: Spark 4.1, Expression.sql and toPrettySQL.

#include <fmt/ranges.h>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kNameDepthMax = 60;

/// Prints expressions; what it does not know makes it give up.
class Printer {
 public:
  std::optional<std::string> Print(const Expr& expr) {
    const DepthGuard guard(depth_);
    if (depth_ > kNameDepthMax) return std::nullopt;
    return std::visit([&](const auto& node) { return Node(node); }, expr.node);
  }

 private:
  using Text = std::optional<std::string>;

  Text All(const std::vector<ExprPtr>& exprs) {
    std::string text;
    for (const ExprPtr& expr : exprs) {
      const Text part = Print(*expr);
      if (!part) return std::nullopt;
      text += (text.empty() ? "" : ", ") + *part;
    }
    return text;
  }

  Text Node(const NullLiteral&) { return "NULL"; }
  Text Node(const BooleanLiteral& node) { return node.value ? "true" : "false"; }
  Text Node(const NumberLiteral& node) {
    if (node.digits.find_first_of("eE") != std::string::npos) return std::nullopt;
    return node.digits;
  }
  Text Node(const StringLiteral& node) { return node.value; }
  Text Node(const TypedLiteral& node) { return node.type + " '" + node.value + "'"; }
  Text Node(const NameRef& node) { return JoinName(node.parts); }
  Text Node(const FieldAccess& node) {
    const Text base = Print(*node.base);
    return base ? Text(*base + "." + node.field.text) : std::nullopt;
  }
  Text Node(const Subscript& node) {
    const Text base = Print(*node.base), index = Print(*node.index);
    if (!base || !index) return std::nullopt;
    return fmt::format("{}[{}]", *base, *index);
  }
  Text Node(const BinaryOp& node) {
    const Text left = Print(*node.left), right = Print(*node.right);
    if (!left || !right || node.escape) return std::nullopt;
    if (node.op == "||") return fmt::format("concat({}, {})", *left, *right);
    if (node.op == "RLIKE")
      return Negated(node.negated, fmt::format("RLIKE({}, {})", *left, *right));
    if (node.op == "ILIKE") {
      return Negated(node.negated, fmt::format("ilike({}, {})", *left, *right));
    }
    if (node.op == "LIKE") return Negated(node.negated, fmt::format("{} LIKE {}", *left, *right));
    const std::string op = node.op == "DIV" ? "div" : node.op;
    if (node.op == "<>") return fmt::format("(NOT ({} = {}))", *left, *right);
    return Negated(node.negated, fmt::format("({} {} {})", *left, op, *right));
  }
  Text Node(const UnaryOp& node) {
    const Text operand = Print(*node.operand);
    if (!operand) return std::nullopt;
    if (node.op == "NOT") return fmt::format("(NOT {})", *operand);
    if (node.op == "-") {
      const bool literal = std::holds_alternative<NumberLiteral>(node.operand->node);
      return literal ? "-" + *operand : fmt::format("(- {})", *operand);
    }
    return node.op == "+" ? Text(fmt::format("(+ {})", *operand)) : Text("~" + *operand);
  }
  Text Node(const IsTest& node) {
    const Text operand = Print(*node.operand);
    if (!operand || node.what != "NULL") return std::nullopt;
    return fmt::format("({} IS {}NULL)", *operand, node.negated ? "NOT " : "");
  }
  Text Node(const InList& node) {
    const Text operand = Print(*node.operand), values = All(node.values);
    if (!operand || !values) return std::nullopt;
    return Negated(node.negated, fmt::format("({} IN ({}))", *operand, *values));
  }
  Text Node(const Case& node) {
    std::string text = "CASE";
    for (const auto& [when, then] : node.branches) {
      const Text condition = Print(*when), value = Print(*then);
      if (!condition || !value) return std::nullopt;
      if (node.operand) {
        const Text operand = Print(*node.operand);
        if (!operand) return std::nullopt;
        text += fmt::format(" WHEN ({} = {}) THEN {}", *operand, *condition, *value);
      } else {
        text += fmt::format(" WHEN {} THEN {}", *condition, *value);
      }
    }
    if (node.otherwise) {
      const Text value = Print(*node.otherwise);
      if (!value) return std::nullopt;
      text += " ELSE " + *value;
    }
    return text + " END";
  }
  Text Node(const Cast& node) {
    const Text operand = Print(*node.operand);
    if (!operand) return std::nullopt;
    return fmt::format("{}({} AS {})", node.is_try ? "TRY_CAST" : "CAST", *operand,
                       node.type.ToSql());
  }
  Text Node(const FunctionCall& node) {
    if (node.over || node.filter || !node.within_group.empty() || node.name.size() != 1) {
      return std::nullopt;
    }
    std::string name = LowerCase(node.name[0].text);
    const bool star = node.args.size() == 1 && std::holds_alternative<Star>(node.args[0]->node);
    if (name == "count" && star) return "count(1)";
    if (name == "if" && node.args.size() == 3) {
      const Text args = All(node.args);
      return args ? Text(fmt::format("(IF({}))", *args)) : std::nullopt;
    }
    const Text args = All(node.args);
    if (!args) return std::nullopt;
    return fmt::format("{}({}{})", name, node.distinct ? "DISTINCT " : "", *args);
  }
  template <class Other>
  Text Node(const Other&) {
    return std::nullopt;
  }

  static Text Negated(bool negated, std::string text) {
    if (!negated) return text;
    return fmt::format("(NOT {})", text);
  }

  int depth_ = 0;
};

bool IsCastName(std::string_view name) {
  for (const std::string_view type :
       {"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary",
        "date", "timestamp", "decimal"}) {
    if (SameName(name, type)) return true;
  }
  return false;
}

}  // namespace

std::string ColumnNameOf(const Expr& expr, std::string_view text) {
  if (const auto* name = std::get_if<NameRef>(&expr.node)) return name->parts.back().text;
  if (const auto* field = std::get_if<FieldAccess>(&expr.node)) return field->field.text;
  // A cast of a column keeps the column's name.
  const Expr* operand = nullptr;
  if (const auto* cast = std::get_if<Cast>(&expr.node)) operand = cast->operand.get();
  const auto* call = std::get_if<FunctionCall>(&expr.node);
  if (call != nullptr && call->name.size() == 1 && call->args.size() == 1 &&
      IsCastName(call->name[0].text)) {
    operand = call->args[0].get();
  }
  if (operand != nullptr) {
    if (const auto* name = std::get_if<NameRef>(&operand->node)) return name->parts.back().text;
  }
  return Printer().Print(expr).value_or(std::string(text));
}

}  // namespace oresmith::sql
