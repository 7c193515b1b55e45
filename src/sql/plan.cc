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
