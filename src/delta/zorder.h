#pragma once

// Rows in the order of a Z-curve over several columns: values that are close in any of them come to
// lie close together, so that statistics of files and row groups rule out most of them.

#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/maintain.h"

namespace oresmith::delta {

inline constexpr size_t kZOrderColumnsMax = 4;

/// Types whose values have an order that is worth it.
bool CanZOrderBy(const types::Type& type);

struct ZOrderInput {
  const MaintainContext& context;
  const std::string& root;  ///< of the table; spilled rows lie there meanwhile
  const columnar::Relation& rows;
  const std::vector<std::string>& columns;
  int64_t bytes_max = 0;  ///< of rows in memory; while they are put in order, twice that
};

/// Writes all rows of the relation, which is read twice, in the order of the curve. The curve goes
/// by the ranks of values, so that skewed columns are cut evenly. What does not fit into memory is
/// spilled into Parquet files that no version knows, which are deleted at the end; of more than 64
/// times `bytes_max`, the order is kept in stretches only.
/// Errors: those of the relation, of the writer and of the store.
Status WriteZOrdered(const ZOrderInput& input, FileWriter& writer);

}  // namespace oresmith::delta
