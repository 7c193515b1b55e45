#include "sql/plan.h"

#include <algorithm>

#include "sql/plan_carry_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

void CollectScans(const Operator& op, std::vector<const Operator*>& scans) {
  if (std::holds_alternative<Scan>(op.node)) scans.push_back(&op);
  ForEachInput(op, [&](const Operator& input) { CollectScans(input, scans); });
  ForEachExpr(op, [&](const BoundExpr& expr) {
    VisitDeep(expr, [&](const BoundExpr& part) {
      const auto* subquery = std::get_if<BoundSubquery>(&part.node);
      if (subquery != nullptr) CollectScans(*subquery->plan, scans);
    });
  });
}

}  // namespace

std::vector<const Operator*> Scans(const Plan& plan) {
  std::vector<const Operator*> scans;
  CollectScans(*plan.root, scans);
  std::sort(scans.begin(), scans.end(), [](const Operator* a, const Operator* b) {
    return std::get<Scan>(a->node).index < std::get<Scan>(b->node).index;
  });
  // A subquery inside a subquery is met by both walks.
  scans.erase(std::unique(scans.begin(), scans.end()), scans.end());
  return scans;
}

std::vector<Operator*> MutableScans(Plan& plan) {
  std::vector<Operator*> scans;
  // The plan is not const, and so nothing in it is.
  for (const Operator* scan : Scans(plan)) scans.push_back(const_cast<Operator*>(scan));  // NOLINT
  return scans;
}

types::Schema OutputSchema(const Plan& plan) {
  types::Schema schema;
  for (const Attribute& column : plan.root->output) {
    if (column.hidden) continue;
    schema.push_back(
        {.name = column.name, .type = column.type, .nullable = column.nullable, .comment = {}});
  }
  return schema;
}

}  // namespace oresmith::sql
