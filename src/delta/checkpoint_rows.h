#pragma once

// The rows of a checkpoint file. Columns and fields that are not there count as NULL.

#include <arrow/record_batch.h>

#include "delta/action.h"
#include "delta/file_chunk.h"
#include "delta/replay.h"

namespace oresmith::delta {

/// Gives the files of a batch that no commit after the checkpoint says anything of.
/// Errors: kCorrupt for a number that cannot be; those of `take`.
Status ReadAdds(const arrow::RecordBatch& batch, const Replay& replay, const TakeFile& take);

/// All else that stands in the batch.
Status ReadRest(const arrow::RecordBatch& batch, Actions& actions);

}  // namespace oresmith::delta
