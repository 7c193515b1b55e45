#pragma once

// Clean-up of the log: what no reader of a version within the table's retention needs.
// Source: Delta PROTOCOL.md, "Metadata Cleanup".

#include <cstdint>
#include <string>

#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The time up to which commits have expired: the midnight (UTC) before `now_ms` less the table's
/// delta.logRetentionDuration. Absent when the table does not want to be cleaned up.
std::optional<int64_t> CleanupCutoff(const Properties& configuration, int64_t now_ms);

/// Deletes what lies before the newest complete checkpoint that is not younger than `cutoff_ms`:
/// that checkpoint, its commit and everything after stay. Deletes nothing when there is none.
/// The oldest files go first, so that a clean-up that is cut short leaves no gap.
/// Errors: those of the store.
Status CleanLog(storage::Store& store, const std::string& root, int64_t cutoff_ms, int64_t now_ms);

}  // namespace oresmith::delta
