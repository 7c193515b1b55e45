#pragma once

// The files of a checkpoint, straight from Parquet's columns: no arrays in between, for a table may
// have a million of them.

#include <optional>
#include <vector>

#include "delta/checkpoint_rows.h"
#include "delta/parquet_io.h"
#include "delta/replay.h"

namespace oresmith::delta {

/// The leaf columns of `add` that nearly all files need; -1 for one that is not read.
struct PlainAddLeaves {
  int path = -1;
  int stats = -1;
  int size = -1;
  int modification_time = -1;
  int data_change = -1;
  int partition_key = -1;
  int partition_value = -1;
};

/// These leaves of `add`, unless there is one among them of another kind or type.
std::optional<PlainAddLeaves> FindPlainAdds(const parquet::SchemaDescriptor& schema,
                                            const std::vector<int>& leaves);

/// Gives the files of a row group that no commit after the checkpoint says anything of.
/// Errors: kCorrupt for a number that cannot be, or a column that ends before the others; those of
/// `take`.
Status ReadPlainAdds(const ParquetFile& file, int row_group, const PlainAddLeaves& leaves,
                     const Replay& replay, const TakeFile& take);

}  // namespace oresmith::delta
