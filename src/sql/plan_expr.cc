// Copies and comparisons of bound expressions.

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "sql/functions.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// REQUIRES: no subquery inside.
BoundPtr CloneChecked(const BoundExpr& expr);

BoundPtr CloneOptional(const BoundPtr& expr) { return expr ? CloneChecked(*expr) : nullptr; }

std::vector<BoundPtr> CloneAll(const std::vector<BoundPtr>& exprs) {
  std::vector<BoundPtr> copies;
  copies.reserve(exprs.size());
  for (const BoundPtr& expr : exprs) copies.push_back(CloneChecked(*expr));
  return copies;
}

std::vector<BoundSortKey> CloneKeys(const std::vector<BoundSortKey>& keys) {
  std::vector<BoundSortKey> copies;
  for (const BoundSortKey& key : keys) {
    copies.push_back({CloneChecked(*key.expr), key.descending, key.nulls_first});
  }
  return copies;
}

struct Cloner {
  BoundLiteral operator()(const BoundLiteral& node) const { return node; }
  BoundColumn operator()(const BoundColumn& node) const { return node; }
  BoundLambdaVariable operator()(const BoundLambdaVariable& node) const { return node; }
  BoundLambda operator()(const BoundLambda& node) const {
    return {node.parameters, node.parameter_types, CloneChecked(*node.body)};
  }
  BoundCall operator()(const BoundCall& node) const { return {node.function, CloneAll(node.args)}; }
  BoundCast operator()(const BoundCast& node) const {
    return {CloneChecked(*node.operand), node.mode};
  }
  BoundCase operator()(const BoundCase& node) const {
    BoundCase copy;
    for (const auto& [condition, value] : node.branches) {
      copy.branches.emplace_back(CloneChecked(*condition), CloneChecked(*value));
    }
    copy.otherwise = CloneOptional(node.otherwise);
    return copy;
  }
  BoundField operator()(const BoundField& node) const {
    return {CloneChecked(*node.base), node.index, node.name};
  }
  // Not reached: CloneExpr looks for subqueries first.
  BoundSubquery operator()(const BoundSubquery&) const { return {}; }
  BoundAggregate operator()(const BoundAggregate& node) const {
    return {node.function,     CloneAll(node.args),        node.distinct,
            node.ignore_nulls, CloneOptional(node.filter), CloneKeys(node.order_by)};
  }
  BoundWindow operator()(const BoundWindow& node) const {
    BoundWindow copy;
    copy.function = node.function;
    copy.args = CloneAll(node.args);
    copy.ignore_nulls = node.ignore_nulls;
    copy.partition_by = CloneAll(node.partition_by);
    copy.order_by = CloneKeys(node.order_by);
    copy.has_frame = node.has_frame;
    copy.rows = node.rows;
    copy.start = {node.start.kind, CloneOptional(node.start.amount)};
    copy.end = {node.end.kind, CloneOptional(node.end.amount)};
    return copy;
  }
};

bool HasSubquery(const BoundExpr& expr) {
  if (std::holds_alternative<BoundSubquery>(expr.node)) return true;
  bool found = false;
  ForEachOperand(expr, [&](const BoundExpr& operand) { found = found || HasSubquery(operand); });
  return found;
}

BoundPtr CloneChecked(const BoundExpr& expr) {
  return std::make_unique<BoundExpr>(BoundExpr{
      expr.type, expr.nullable, expr.span,
      std::visit([](const auto& node) { return decltype(BoundExpr::node)(Cloner{}(node)); },
                 expr.node)});
}

bool SameOptional(const BoundPtr& left, const BoundPtr& right) {
  if (!left || !right) return !left && !right;
  return SameExpr(*left, *right);
}

bool SameAll(const std::vector<BoundPtr>& left, const std::vector<BoundPtr>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const BoundPtr& a, const BoundPtr& b) { return SameExpr(*a, *b); });
}

bool SameKeys(const std::vector<BoundSortKey>& left, const std::vector<BoundSortKey>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const BoundSortKey& a, const BoundSortKey& b) {
                      return a.descending == b.descending && a.nulls_first == b.nulls_first &&
                             SameExpr(*a.expr, *b.expr);
                    });
}

bool SameBound(const BoundFrameBound& left, const BoundFrameBound& right) {
  return left.kind == right.kind && SameOptional(left.amount, right.amount);
}

// a + b is b + a, for Spark too.
bool SameSwapped(const BoundCall& a, const BoundCall& b) {
  constexpr std::array<std::string_view, 8> kCommutative{"+", "*", "&", "|", "^", "and", "or", "="};
  const std::string_view name = a.function->name.substr(0, a.function->name.find(':'));
  const bool commutes =
      std::find(kCommutative.begin(), kCommutative.end(), name) != kCommutative.end();
  return commutes && a.args.size() == 2 && b.args.size() == 2 &&
         a.args[0]->type == a.args[1]->type && SameExpr(*a.args[0], *b.args[1]) &&
         SameExpr(*a.args[1], *b.args[0]);
}

struct Comparer {
  bool operator()(const BoundLiteral& a, const BoundLiteral& b) const { return a.value == b.value; }
  bool operator()(const BoundColumn& a, const BoundColumn& b) const { return a.id == b.id; }
  bool operator()(const BoundLambdaVariable& a, const BoundLambdaVariable& b) const {
    return a.id == b.id;
  }
  // Two lambdas have different parameter ids, so only the parameterless body could be equal.
  bool operator()(const BoundLambda& a, const BoundLambda& b) const {
    return a.parameters == b.parameters && SameExpr(*a.body, *b.body);
  }
  bool operator()(const BoundCall& a, const BoundCall& b) const {
    if (a.function != b.function || !a.function->deterministic) return false;
    return SameAll(a.args, b.args) || SameSwapped(a, b);
  }
  bool operator()(const BoundCast& a, const BoundCast& b) const {
    return a.mode == b.mode && SameExpr(*a.operand, *b.operand);
  }
  bool operator()(const BoundCase& a, const BoundCase& b) const {
    return std::equal(a.branches.begin(), a.branches.end(), b.branches.begin(), b.branches.end(),
                      [](const auto& x, const auto& y) {
                        return SameExpr(*x.first, *y.first) && SameExpr(*x.second, *y.second);
                      }) &&
           SameOptional(a.otherwise, b.otherwise);
  }
  bool operator()(const BoundField& a, const BoundField& b) const {
    return a.index == b.index && SameExpr(*a.base, *b.base);
  }
  bool operator()(const BoundSubquery&, const BoundSubquery&) const { return false; }
  bool operator()(const BoundAggregate& a, const BoundAggregate& b) const {
    return a.function == b.function && a.function->deterministic && a.distinct == b.distinct &&
           a.ignore_nulls == b.ignore_nulls && SameAll(a.args, b.args) &&
           SameOptional(a.filter, b.filter) && SameKeys(a.order_by, b.order_by);
  }
  bool operator()(const BoundWindow& a, const BoundWindow& b) const {
    return a.function == b.function && a.function->deterministic &&
           a.ignore_nulls == b.ignore_nulls && a.has_frame == b.has_frame && a.rows == b.rows &&
           SameAll(a.args, b.args) && SameAll(a.partition_by, b.partition_by) &&
           SameKeys(a.order_by, b.order_by) && SameBound(a.start, b.start) &&
           SameBound(a.end, b.end);
  }
  template <class A, class B>
  bool operator()(const A&, const B&) const {
    return false;
  }
};

}  // namespace

BoundPtr CloneExpr(const BoundExpr& expr) {
  if (HasSubquery(expr)) return nullptr;
  return CloneChecked(expr);
}

bool SameExpr(const BoundExpr& left, const BoundExpr& right) {
  return left.type == right.type && std::visit(Comparer{}, left.node, right.node);
}

bool IsDeterministic(const BoundExpr& expr) {
  bool deterministic = true;
  VisitDeep(expr, [&](const BoundExpr& part) {
    if (const auto* call = std::get_if<BoundCall>(&part.node)) {
      deterministic = deterministic && call->function->deterministic;
    }
  });
  return deterministic;
}

}  // namespace oresmith::sql
