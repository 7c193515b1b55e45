#pragma once

// Checkpoints: the state of a table in a few files, so that a reader need not read every commit.
// Source: Delta PROTOCOL.md, "Checkpoints", "Last Checkpoint File".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "delta/action.h"
#include "delta/file_chunk.h"
#include "delta/replay.h"
#include "storage/store.h"

namespace oresmith::delta {

/// What of a checkpoint is read.
enum class CheckpointPart {
  kAll,
  kRest,  ///< all but the files and tombstones: not even its sidecars are looked at
};

/// Reads a checkpoint of these files, with the sidecars they name, into `replay`.
/// Errors: kCorrupt with the file's name.
Status ReadCheckpoint(storage::Store& store, const std::string& root,
                      const std::vector<std::string>& keys, CheckpointPart part, Replay& replay);

/// Gets what VisitCheckpoint finds.
struct CheckpointVisitor {
  TakeFile add;
  std::function<Status(const RemoveFile&)> remove = {};  ///< empty: tombstones are left out
  bool only_sizes = false;                               ///< of files their key and size are enough
};

/// Gives the files and tombstones of the checkpoint that `newer` does not supersede, one after
/// another, and with as much memory as a few pages take, however many there are.
/// Errors: kCorrupt with the file's name; those of the visitor.
Status VisitCheckpoint(storage::Store& store, const std::string& root, const FileBase& base,
                       const Replay& newer, const CheckpointVisitor& visitor);

/// The sidecars that one file of a checkpoint names; none for a classic one.
/// Errors: kCorrupt with the file's name.
Result<std::vector<Sidecar>> ReadSidecars(storage::Store& store, const std::string& key);

/// Over the files of the checkpoint that `newer` does not supersede. Errors: as VisitCheckpoint.
Result<FileSums> SumCheckpoint(storage::Store& store, const std::string& root, const FileBase& base,
                               const Replay& newer);

struct WrittenCheckpoint {
  int64_t size_bytes = 0;        ///< 0: another writer had written it
  std::optional<FileSums> sums;  ///< of the files in it; absent when somebody else wrote it
};

/// Writes a checkpoint of the state (classic, or V2 with sidecars when the table asks for it), then
/// `_last_checkpoint`. Tombstones that are older than the table keeps them at `now_ms` are left
/// out. What the state does not hold is read from the checkpoint it rests on while it is written.
/// Errors: those of the store; kNotFound or kCorrupt when that checkpoint cannot be read. The table
/// is as readable as before.
Result<WrittenCheckpoint> WriteCheckpoint(storage::Store& store, const std::string& root,
                                          const CheckpointState& state, int64_t now_ms,
                                          Random& random);

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
