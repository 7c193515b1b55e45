#pragma once

// Lets a column that an operator far below gives arrive further up.

#include <optional>
#include <string_view>
#include <vector>

#include "sql/plan.h"

namespace oresmith::sql {

/// Lets column `id` arrive at `op` as an extra last column, hidden. Gives it as it is called there;
/// nothing when an operator between makes new rows, and the operators are then as they were.
std::optional<Attribute> CarryUp(Operator& op, ColumnId id, int& next_column_id);

/// The hidden columns of scans below that have this name; subqueries in expressions are not
/// entered.
void FindHidden(const Operator& op, std::string_view name, std::vector<Attribute>& found);

}  // namespace oresmith::sql
