#pragma once

// Column mapping: columns have names and numbers of their own in the data files, so that they can
// be renamed and dropped without touching a file.
// Source: Delta PROTOCOL.md, "Column Mapping"; Spark, DeltaColumnMapping.

#include <arrow/type.h>

#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/protocol.h"
#include "delta/table.h"

namespace oresmith::delta {

/// The name of the field in data files, statistics and partition values.
std::string PhysicalName(const types::Field& field, ColumnMapping mapping);
/// The field's number; -1 when it has none.
int ColumnIdOf(const types::Field& field);

/// The names of the partition columns in AddFile::partition_values, in their order.
std::vector<std::string> PartitionKeys(const Metadata& metadata);

/// The schema of the data files: as columnar::ToArrow, with physical names and numbers at all
/// depths.
std::shared_ptr<arrow::Schema> PhysicalArrow(const types::Schema& schema, ColumnMapping mapping);

/// The same values under a schema of the same shape.
columnar::Batch Relabelled(const arrow::RecordBatch& batch,
                           const std::shared_ptr<arrow::Schema>& schema);

/// Gives each field of a table with column mapping that has none its number and physical name, and
/// notes the greatest number. `before`: what the table has now; null for a new one. Columns of a
/// table whose mapping is turned on keep their names in the files, and a field that comes again
/// with the same type is the same column. The names come from the table's id and the number, so
/// that the writer of a file and the commit find the same ones.
Metadata WithColumnMapping(Metadata metadata, const Metadata* before);

/// Errors: kInvalidInput for a change of delta.columnMapping.mode that files on disk do not stand.
Status CheckMappingChange(std::string_view table, const Properties& before,
                          const Properties& after);

}  // namespace oresmith::delta
