#pragma once

// Statistics of a Parquet footer as bounds of a table's column.

#include <parquet/metadata.h>

#include "delta/bounds.h"
#include "types/type.h"

namespace oresmith::delta {

/// Of one leaf column in one row group, which holds values of the table's `type`. What a file says
/// in a way that is not known here is left open. Throws Parquet's exceptions.
Bounds BoundsOfLeaf(const types::Type& type, const parquet::FileMetaData& metadata, int row_group,
                    int leaf);

}  // namespace oresmith::delta
