#pragma once

// Walks over a plan: every expression and every operator, in one place.

#include <functional>

#include "sql/plan.h"

namespace oresmith::sql {

/// Calls `visit` for each direct operand of an expression; a subquery's plan is not entered.
void ForEachOperand(BoundExpr& expr, const std::function<void(BoundPtr&)>& visit);
void ForEachOperand(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit);

/// Calls `visit` for each expression that stands directly in an operator, not for its inputs'.
void ForEachExpr(Operator& op, const std::function<void(BoundPtr&)>& visit);
void ForEachExpr(const Operator& op, const std::function<void(const BoundExpr&)>& visit);

/// Calls `visit` for each input of an operator.
void ForEachInput(Operator& op, const std::function<void(OperatorPtr&)>& visit);
void ForEachInput(const Operator& op, const std::function<void(const Operator&)>& visit);

/// Calls `visit` for the expression and everything in it, plans of subqueries included.
void VisitDeep(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit);

/// Calls `visit` for each place of an expression, outermost first; true: do not look inside. Plans
/// of subqueries are entered.
void RewriteDeep(BoundPtr& expr, const std::function<bool(BoundPtr&)>& visit);

/// The same for all expressions of a plan, subqueries included.
void VisitDeep(const Operator& op, const std::function<void(const BoundExpr&)>& visit);
void RewriteDeep(Operator& op, const std::function<bool(BoundPtr&)>& visit);

/// A copy. Subqueries and what they define are not copied: nullptr when there is one inside.
BoundPtr CloneExpr(const BoundExpr& expr);

/// Whether both mean the same value, by structure; never true for subqueries and for what is not
/// deterministic.
bool SameExpr(const BoundExpr& left, const BoundExpr& right);

/// Whether each evaluation gives the same value: no rand(), uuid() inside.
bool IsDeterministic(const BoundExpr& expr);

}  // namespace oresmith::sql
