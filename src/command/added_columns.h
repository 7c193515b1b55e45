#pragma once

// WITH SCHEMA EVOLUTION: the columns that an INSERT or a MERGE brings to its table.

#include "command/command_internal.h"
#include "delta/table.h"
#include "sql/command.h"
#include "types/type.h"

namespace oresmith::command {

/// In the order of the query, each nullable; none when the statement does not ask for it. By
/// position, columns of the query past the last of the table are new.
/// Errors: those of the query, with their places.
Result<types::Schema> AddedColumns(const sql::InsertInto& insert, const delta::Snapshot& snapshot,
                                   Context& context);
/// All columns of the source for `*`, else those that a clause names. A clause gives a new column
/// the type of the source's column of that name.
Result<types::Schema> AddedColumns(const sql::MergeInto& merge, const delta::Snapshot& snapshot,
                                   Context& context);

}  // namespace oresmith::command
