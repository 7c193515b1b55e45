#pragma once

// A Delta table as a source of rows: what was appended since the last epoch.

#include <memory>
#include <string>

#include "connector/connector.h"
#include "connector/delta_feed/recent_batches.h"
#include "delta/table.h"

namespace oresmith::connector {

/// Reads `table` (its newest snapshot at each Plan; the caller refreshes it) from the first version
/// after it was last emptied (TRUNCATE) on. The offset is Spark's DeltaSourceOffset:
/// `reservoirVersion` is the next version to be read. `table` and `recent` must outlive the source.
/// `name` is for messages.
std::unique_ptr<Source> MakeDeltaFeed(delta::Table& table, const RecentBatches& recent,
                                      std::string name);

}  // namespace oresmith::connector
