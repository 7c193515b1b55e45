#pragma once

// The log of a table: finding its files, and loading a state from them.
//
// A version is one file, `_delta_log/<version, 20 digits>.json`. Writing that file is the commit,
// and it is never changed afterwards. Atomicity rests on Store::PutIfAbsent alone.
// Source: Delta PROTOCOL.md, "Delta Log Entries", "Checkpoints".

#include <optional>
#include <string>
#include <vector>

#include "delta/action.h"
#include "delta/replay.h"
#include "storage/store.h"

namespace oresmith::delta {

/// What several commits come to, in one file. Source: Delta PROTOCOL.md, "Log Compaction Files".
struct CompactedLog {
  Version first{0};
  Version last{0};
  storage::ObjectInfo file;
};

/// The files from which one version can be loaded.
struct LogFiles {
  Version version{0};
  std::optional<Version> checkpoint;
  std::vector<storage::ObjectInfo> checkpoint_parts;  // of a classic one: one file
  std::vector<storage::ObjectInfo> commits;           // after the checkpoint, oldest first, no gap
  std::vector<CompactedLog> compacted;  // each instead of some of them, oldest first, apart
  int64_t modified_ms = 0;              // of the file of `version`: its commit, else its checkpoint
};

/// Looks for the newest version, or for `version`.
/// Errors: kNotFound when there is no log, or not that version; kCorrupt for a gap.
Result<LogFiles> FindLogFiles(storage::Store& store, const std::string& root,
                              std::optional<Version> version);

/// How much lies in the log since the newest checkpoint, and how large that is.
struct LogTail {
  Version checkpoint{0};  ///< 0 also when there is none
  int64_t checkpoint_bytes = 0;
  int64_t commit_bytes = 0;
};

/// The newest state, or that of `version`. Also says of the log what `tail` asks for, unless null.
/// Errors: those of FindLogFiles; kCorrupt with table, file and line; kUnsupported for features.
Result<TableState> LoadState(storage::Store& store, const std::string& root,
                             std::optional<Version> version, LogTail* tail = nullptr);

/// Where the sums over files come from that are not held.
enum class SumSource {
  kChecksum,  ///< the version's checksum file, if there is one; else as kFiles
  kFiles,     ///< a look at each file's size
};

/// As LoadState, but for the files and tombstones in the checkpoint, which stay there.
Result<TableState> LoadStateOnCheckpoint(storage::Store& store, const std::string& root,
                                         std::optional<Version> version, SumSource source,
                                         LogTail* tail);

/// One commit. Errors: kNotFound; kCorrupt with file and line.
Result<Actions> ReadCommit(storage::Store& store, const std::string& root, Version version);

/// One commit of a listing. Errors: also kUnavailable when there is less of it than listed.
Result<Actions> ReadListedCommit(storage::Store& store, const storage::ObjectInfo& commit);

/// Commits after `version`, oldest first, without a gap at the front; empty when there are none.
Result<std::vector<storage::ObjectInfo>> ListCommitsAfter(storage::Store& store,
                                                          const std::string& root, Version version);

}  // namespace oresmith::delta
