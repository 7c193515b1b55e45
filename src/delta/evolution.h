#pragma once

// Which changes of a schema old data files survive.
// Source: Delta PROTOCOL.md, "Schema", "Column Mapping", "Type Widening"; Spark, SchemaUtils.

#include "base/result.h"
#include "delta/table.h"

namespace oresmith::delta {

/// Whether the table may go from `before` to `after` with the files that it has. Each field is
/// there with the same type (NOT NULL may be relaxed), and new fields are nullable, at all depths.
/// Under column mapping a field may have another name, or be gone. With delta.enableTypeWidening a
/// type may widen. Errors: kInvalidInput with the field.
Status CheckEvolution(const Metadata& before, const Metadata& after);

/// Whether files that were written for `before` hold the same rows when they are read as `after`,
/// column by column of the same name.
/// Errors: kInvalidInput with the field.
Status CheckRowsFit(const Metadata& before, const Metadata& after);

}  // namespace oresmith::delta
