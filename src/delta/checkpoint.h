#pragma once

// Checkpoints: the state of a table in a few files, so that a reader need not read every commit.
// Source: Delta PROTOCOL.md, "Checkpoints", "Last Checkpoint File".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta/action.h"
#include "delta/replay.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Reads all files of one checkpoint, with the sidecars they name, into `replay`.
/// Errors: kCorrupt with the file's name.
Status ReadCheckpoint(storage::Store& store, const std::string& root,
                      const std::vector<storage::ObjectInfo>& parts, Replay& replay);

/// The sidecars that one file of a checkpoint names; none for a classic one.
/// Errors: kCorrupt with the file's name.
Result<std::vector<Sidecar>> ReadSidecars(storage::Store& store, const std::string& key);

/// Writes a checkpoint of the state (classic, or V2 with sidecars when the table asks for it), then
/// `_last_checkpoint`. Tombstones that are older than the table keeps them at `now_ms` are left
/// out. Gives its size, 0 when it was there already. Errors: those of the store. The table is as
/// readable as before.
Result<int64_t> WriteCheckpoint(storage::Store& store, const std::string& root,
                                const CheckpointState& state, int64_t now_ms, Random& random);

/// How many commits lie between checkpoints: property delta.checkpointInterval, else 10.
int64_t CheckpointInterval(const Properties& configuration);

/// The version that `_last_checkpoint` points to; absent when there is no such file, or a torn or
/// wrong one: it is a hint, nothing more.
std::optional<Version> ReadLastCheckpoint(storage::Store& store, const std::string& root);

/// The text of `_last_checkpoint`, with its checksum.
std::string LastCheckpointJson(Version version, int64_t actions, int64_t size_bytes,
                               int64_t add_files);

/// The checksum of a JSON object as the protocol defines it; absent when `json` is no object.
std::optional<std::string> JsonChecksum(std::string_view json);

/// Milliseconds of a Spark interval such as "interval 7 days"; absent when it is none.
std::optional<int64_t> ParseIntervalMillis(std::string_view text);

}  // namespace oresmith::delta
