#pragma once

// How a table follows its declaration: columns are added, and never dropped; types widen where the
// table allows it.

#include "base/result.h"
#include "delta/table.h"
#include "pipeline/definition.h"

namespace oresmith::pipeline {

/// Name, description, partitioning and properties of a dataset's table.
delta::CreateOptions TableOptions(const Dataset& dataset, const types::Schema& schema);

/// Whether the dataset's query computes the generated columns of its table.
/// Errors: kUnsupported when the table has other rules besides, or other expressions.
Result<bool> ComputesColumns(const delta::Table& table, const Dataset& dataset);

/// The stored columns in their order, then the declared ones that are new. Stored columns that are
/// no longer declared stay (their new rows are NULL). With delta.enableTypeWidening a stored type
/// widens to the declared one, and one that is wider already stays.
/// Errors: kInvalidInput, at the dataset, when a column's type changed otherwise.
Result<types::Schema> MergeSchemas(const Dataset& dataset, const delta::Metadata& stored,
                                   const types::Schema& declared);

/// Commits the merged schema when it differs from the table's.
Status EvolveTable(delta::Table& table, const Dataset& dataset, const types::Schema& declared);

}  // namespace oresmith::pipeline
