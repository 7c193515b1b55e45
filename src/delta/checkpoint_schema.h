#pragma once

// The columns of a checkpoint file.

#include "types/type.h"

namespace oresmith::delta {

/// One struct column for each action, as Spark writes them and in its order, without those that
/// stand in V2 checkpoints alone.
types::Schema CheckpointColumns();

/// As CheckpointColumns, with those of V2.
types::Schema AllCheckpointColumns();
/// The columns of a V2 checkpoint's main file, and of its sidecars.
types::Schema MainCheckpointColumns();
types::Schema SidecarColumns();

}  // namespace oresmith::delta
