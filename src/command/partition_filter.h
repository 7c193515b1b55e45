#pragma once

// Which partitions of a table a condition of SQL is true for.

#include <set>

#include "command/command_internal.h"
#include "delta/table.h"
#include "sql/ast.h"

namespace oresmith::command {

/// The partitions of the table's snapshot, by their values in the log. The condition is evaluated
/// by the engine, so that it means what it means in a query. Errors: kInvalidInput, with its place,
/// for a condition that cannot be read, or that asks for other columns than those the table is
/// partitioned by; kUnsupported for a subquery.
Result<std::set<delta::PartitionValues>> PartitionsWhere(const OpenTable& open,
                                                         const sql::Expr& where, Context& context);

}  // namespace oresmith::command
