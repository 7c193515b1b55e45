#pragma once

// Which version of a table was the newest at a time.
// Source: Delta PROTOCOL.md, "In-Commit Timestamps"; Spark, DeltaHistoryManager.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The versions that can still be read: log clean-up takes old ones away.
struct AvailableVersions {
  Version earliest{0};
  Version latest{0};
};

/// Errors: kNotFound when there is no table.
Result<AvailableVersions> FindAvailableVersions(storage::Store& store, const std::string& root);

/// The newest version that was committed at `timestamp_ms` or before. The time of a commit is its
/// in-commit timestamp where the table (`newest`: its metadata) keeps these, else that of its file,
/// made to grow from version to version.
/// Errors: kNotFound for a time before the first commit that is left, or after the last one, with
/// the times and versions there are; kCorrupt for an in-commit timestamp that is missing.
Result<Version> FindVersionAt(storage::Store& store, const std::string& root,
                              const Metadata& newest, int64_t timestamp_ms);

/// The oldest version that was committed at `timestamp_ms` or later, of those whose commits are
/// left. Errors: kNotFound for a time after the last commit; as FindVersionAt.
Result<Version> FindVersionSince(storage::Store& store, const std::string& root,
                                 const Metadata& newest, int64_t timestamp_ms);

/// The times of the versions `from` to `to` (both included), as FindVersionAt takes them.
/// Errors: kNotFound when not all of these commits are there, with the versions that are.
Result<std::vector<int64_t>> FindCommitTimes(storage::Store& store, const std::string& root,
                                             const Metadata& newest, Version from, Version to);

}  // namespace oresmith::delta
