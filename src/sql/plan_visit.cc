#include "sql/plan_visit.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "sql/functions.h"

namespace oresmith::sql {
namespace {

template <class Keys, class Visit>
void EachKey(Keys& keys, const Visit& visit) {
  for (auto& key : keys) visit(key.expr);
}

template <class Exprs, class Visit>
void EachOf(Exprs& exprs, const Visit& visit) {
  for (auto& expr : exprs) visit(expr);
}

template <class Items, class Visit>
void EachItem(Items& items, const Visit& visit) {
  for (auto& item : items) visit(item.expr);
}

// `Node` is const or not; `visit` takes the place of each operand that is there.
template <class Node, class Visit>
void Operands(Node& node, const Visit& visit) {
  using Kind = std::remove_const_t<Node>;
  if constexpr (std::is_same_v<Kind, BoundLambda>) {
    visit(node.body);
  } else if constexpr (std::is_same_v<Kind, BoundCall>) {
    EachOf(node.args, visit);
  } else if constexpr (std::is_same_v<Kind, BoundCast> || std::is_same_v<Kind, BoundSubquery>) {
    visit(node.operand);
  } else if constexpr (std::is_same_v<Kind, BoundCase>) {
    for (auto& [condition, value] : node.branches) {
      visit(condition);
      visit(value);
    }
    visit(node.otherwise);
  } else if constexpr (std::is_same_v<Kind, BoundField>) {
    visit(node.base);
  } else if constexpr (std::is_same_v<Kind, BoundAggregate>) {
    EachOf(node.args, visit);
    visit(node.filter);
    EachKey(node.order_by, visit);
  } else if constexpr (std::is_same_v<Kind, BoundWindow>) {
    EachOf(node.args, visit);
    EachOf(node.partition_by, visit);
    EachKey(node.order_by, visit);
    visit(node.start.amount);
    visit(node.end.amount);
  }
}

template <class Node, class Visit>
void Expressions(Node& node, const Visit& visit) {
  using Kind = std::remove_const_t<Node>;
  if constexpr (std::is_same_v<Kind, Values>) {
    for (auto& row : node.rows) EachOf(row, visit);
  } else if constexpr (std::is_same_v<Kind, Project> || std::is_same_v<Kind, WindowOp>) {
    EachItem(node.items, visit);
  } else if constexpr (std::is_same_v<Kind, Filter> || std::is_same_v<Kind, JoinOp>) {
    visit(node.condition);
  } else if constexpr (std::is_same_v<Kind, Aggregate>) {
    EachItem(node.groups, visit);
    EachItem(node.aggregates, visit);
  } else if constexpr (std::is_same_v<Kind, Generate>) {
    EachOf(node.args, visit);
  } else if constexpr (std::is_same_v<Kind, Sort>) {
    EachKey(node.keys, visit);
  }
}

template <class Node, class Visit>
void Inputs(Node& node, const Visit& visit) {
  using Kind = std::remove_const_t<Node>;
  if constexpr (std::is_same_v<Kind, JoinOp>) {
    visit(node.left);
    visit(node.right);
  } else if constexpr (std::is_same_v<Kind, SetOperation>) {
    for (auto& input : node.inputs) visit(input);
  } else if constexpr (!std::is_same_v<Kind, Scan> && !std::is_same_v<Kind, Values>) {
    visit(node.input);
  }
}

}  // namespace

void ForEachOperand(BoundExpr& expr, const std::function<void(BoundPtr&)>& visit) {
  const auto present = [&](BoundPtr& place) {
    if (place) visit(place);
  };
  std::visit([&](auto& node) { Operands(node, present); }, expr.node);
}

void ForEachOperand(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit) {
  const auto present = [&](const BoundPtr& place) {
    if (place) visit(*place);
  };
  std::visit([&](const auto& node) { Operands(node, present); }, expr.node);
}

void ForEachExpr(Operator& op, const std::function<void(BoundPtr&)>& visit) {
  const auto present = [&](BoundPtr& place) {
    if (place) visit(place);
  };
  std::visit([&](auto& node) { Expressions(node, present); }, op.node);
}

void ForEachExpr(const Operator& op, const std::function<void(const BoundExpr&)>& visit) {
  const auto present = [&](const BoundPtr& place) {
    if (place) visit(*place);
  };
  std::visit([&](const auto& node) { Expressions(node, present); }, op.node);
}

void ForEachInput(Operator& op, const std::function<void(OperatorPtr&)>& visit) {
  std::visit([&](auto& node) { Inputs(node, visit); }, op.node);
}

void ForEachInput(const Operator& op, const std::function<void(const Operator&)>& visit) {
  const auto inner = [&](const OperatorPtr& input) { visit(*input); };
  std::visit([&](const auto& node) { Inputs(node, inner); }, op.node);
}

void VisitDeep(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit) {
  visit(expr);
  ForEachOperand(expr, [&](const BoundExpr& operand) { VisitDeep(operand, visit); });
  if (const auto* subquery = std::get_if<BoundSubquery>(&expr.node)) {
    VisitDeep(*subquery->plan, visit);
  }
}

void RewriteDeep(BoundPtr& expr, const std::function<bool(BoundPtr&)>& visit) {
  if (visit(expr)) return;
  ForEachOperand(*expr, [&](BoundPtr& operand) { RewriteDeep(operand, visit); });
  if (auto* subquery = std::get_if<BoundSubquery>(&expr->node)) {
    RewriteDeep(*subquery->plan, visit);
  }
}

void VisitDeep(const Operator& op, const std::function<void(const BoundExpr&)>& visit) {
  ForEachExpr(op, [&](const BoundExpr& expr) { VisitDeep(expr, visit); });
  ForEachInput(op, [&](const Operator& input) { VisitDeep(input, visit); });
}

void RewriteDeep(Operator& op, const std::function<bool(BoundPtr&)>& visit) {
  ForEachExpr(op, [&](BoundPtr& expr) { RewriteDeep(expr, visit); });
  ForEachInput(op, [&](OperatorPtr& input) { RewriteDeep(*input, visit); });
}

}  // namespace oresmith::sql
