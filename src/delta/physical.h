#pragma once

// From the columns of a data file to those of the table: names under column mapping, columns that
// the file lacks, types that only look different.

#include <arrow/record_batch.h>
#include <parquet/schema.h>

#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/protocol.h"
#include "delta/table.h"

namespace oresmith::delta {

/// The schema with the names that stand in data files, at all depths.
types::Schema PhysicalSchema(const types::Schema& schema, ColumnMapping mapping);

/// The leaf columns of a Parquet file that make up these top-level columns (of the logical schema).
std::vector<int> FindLeaves(const parquet::SchemaDescriptor& file, const types::Schema& columns,
                            ColumnMapping mapping);

/// Rows of a data file as rows of these columns: found by name or id, missing ones NULL.
/// Errors: kCorrupt when a column of the file has a type that the table's cannot come from.
Result<columnar::Batch> ToLogical(const columnar::Batch& rows, const types::Schema& columns,
                                  ColumnMapping mapping);

}  // namespace oresmith::delta
