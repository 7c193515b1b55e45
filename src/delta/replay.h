#pragma once

// Log replay: from actions to the state of a table.
// Source: Delta PROTOCOL.md, "Action Reconciliation".

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "delta/action.h"
#include "delta/hash_set.h"
#include "delta/table.h"

namespace oresmith::delta {

/// A checkpoint in the log that holds what is not in memory.
struct FileBase {
  Version version{-1};
  std::vector<std::string> keys;  ///< of its files, without the sidecars that they name
};

/// What a checkpoint holds. A value: it can be written while the table goes on.
struct CheckpointState {
  Version version{-1};
  Protocol protocol;
  std::shared_ptr<const Metadata> metadata;
  FileList files;
  std::vector<RemoveFile> tombstones;
  std::vector<Transaction> transactions;
  std::vector<DomainMetadata> domains;
  /// The checkpoint with all other files and tombstones; what stands here goes before it.
  std::optional<FileBase> base = {};
  bool wants_sums = false;  ///< the state will rest on it
};

/// What a state has in memory of files that lie in a checkpoint else.
struct FileTail {
  FileBase base;
  FileList files;
  std::unordered_set<std::string> said;  ///< FileKeys of which the checkpoint says nothing any more
};

/// Who made a commit: we know of our own that its files are new.
enum class Origin { kOurs, kForeign };

/// A table at one version, with all that the next commit and the next checkpoint need. It may leave
/// files out of memory that lie in a checkpoint: for a writer who only appends, the number of files
/// then makes no difference.
class TableState {
 public:
  Version version() const { return version_; }
  const Protocol& protocol() const { return protocol_; }
  const Metadata& metadata() const { return *metadata_; }
  std::shared_ptr<const Metadata> shared_metadata() const { return metadata_; }
  /// Whether files() and tombstones() are in memory. Who needs them otherwise loads the state anew.
  bool holds_all_files() const { return !base_ && !sealed_; }
  /// REQUIRES: holds_all_files(), as all that looks for single files.
  const FileList& files() const {
    ORESMITH_ASSERT(holds_all_files());
    return files_;
  }
  const std::unordered_map<std::string, RemoveFile>& tombstones() const {
    ORESMITH_ASSERT(holds_all_files());
    return tombstones_;
  }
  const std::map<std::string, Transaction>& transactions() const { return transactions_; }
  const std::map<std::string, DomainMetadata>& domains() const { return domains_; }
  int64_t timestamp_ms() const { return timestamp_ms_; }
  /// Over all files, in memory or not.
  const FileSums& sums() const { return sums_; }
  bool is_empty() const { return sums_.files == 0; }
  /// How many files and tombstones lie in memory.
  size_t held_count() const;
  /// REQUIRES: !holds_all_files().
  FileTail Tail() const;

  /// Whether the file, with this deletion vector, is part of the table.
  bool Holds(const AddFile& file) const;
  /// What the table says of the file that `file` removes, when it is there. A search.
  std::optional<AddFile> Find(const RemoveFile& file) const;

  /// Goes on to the next version. `modified_ms` is the time of the commit's file, for commits that
  /// do not say their own.
  void Apply(Actions actions, int64_t modified_ms, Origin origin);

  /// Costs little more than a copy of the tombstones. REQUIRES: !is_sealed().
  CheckpointState ForCheckpoint() const;
  /// As ForCheckpoint, for a checkpoint on which the state will rest: files are set aside until
  /// RestOn or Unseal says what became of it. Neither does anything to a state that is not sealed.
  CheckpointState Seal();
  bool is_sealed() const { return sealed_.has_value(); }
  /// What was set aside lies in this checkpoint, whose files add up to `sums`.
  void RestOn(FileBase base, const FileSums& sums);
  void Unseal();
  /// What the files add up to, once somebody knows.
  void SetSums(const FileSums& sums) { sums_ = sums; }
  /// The time of a commit whose own says it, for a state from a checkpoint alone.
  void SetTimestamp(int64_t timestamp_ms) { timestamp_ms_ = timestamp_ms; }

  /// What users see of it.
  std::shared_ptr<const Snapshot> MakeSnapshot() const;

 private:
  friend class Replay;
  using Tombstones = std::unordered_map<std::string, RemoveFile>;  // by FileKey
  /// Files and tombstones that go before older ones of the same key.
  struct Layer {
    FileList files;
    Tombstones tombstones;
  };

  /// The keys of both.
  static std::unordered_set<std::string> KeysOf(const FileList& files,
                                                const Tombstones& tombstones);
  /// Makes live_ what it should be, unless it is.
  const HashSet& live() const;
  void ApplyFiles(Actions& actions, Origin origin);

  Version version_{-1};
  Protocol protocol_;
  std::shared_ptr<const Metadata> metadata_;
  // From below: the checkpoint that is not in memory, what is being written into the next one, and
  // what came since. Without the lower two, the last one is all there is.
  std::optional<FileBase> base_;
  std::optional<Layer> sealed_;
  FileList files_;
  Tombstones tombstones_;
  FileSums sums_;
  FileSums since_sealed_;  // what commits since then add to the sums
  // Hashes of the keys in files_, and of some that have gone: says cheaply that a file is new,
  // which nearly all are. A hash too many costs a search in files_, nothing more. Made by the first
  // who asks: a table that is only read never does.
  mutable HashSet live_;
  mutable bool live_known_ = false;
  std::map<std::string, Transaction> transactions_;  // by app id
  std::map<std::string, DomainMetadata> domains_;    // by domain
  int64_t timestamp_ms_ = 0;
};

/// The last row number that was given out; -1 when none was.
/// Source: Delta PROTOCOL.md, "Row Tracking".
int64_t RowIdHighWaterMark(const TableState& state);

/// Builds a state from its log, newest commit first, then the checkpoint: each file is looked at
/// once, whatever became of it later.
class Replay {
 public:
  /// `modified_ms`: of the file of that version; its time unless its commit says another.
  Replay(Version version, int64_t modified_ms) {
    state_.version_ = version;
    state_.timestamp_ms_ = modified_ms;
  }

  /// REQUIRES: called for each commit from the newest down.
  void AddCommit(Actions actions, int64_t modified_ms);
  /// A part of the checkpoint. REQUIRES: after all commits; parts in any order.
  void AddCheckpoint(Actions actions);
  /// As AddCheckpoint, for files none of which Supersedes.
  void AddCheckpointFiles(const FileList& files);
  /// Whether a commit after the checkpoint says something of this file. `scratch` is overwritten.
  /// Safe to call from many threads.
  bool Supersedes(std::string_view path, std::string_view deletion_vector_id,
                  std::string& scratch) const;
  bool supersedes_any() const { return !seen_.empty(); }
  /// As if a commit had said something of the file with this FileKey.
  void Supersede(std::string key) { seen_.insert(std::move(key)); }
  /// True as long as nothing is known of the protocol or the metadata.
  bool lacks_protocol() const { return !protocol_seen_; }
  bool lacks_metadata() const { return state_.metadata_ == nullptr; }
  /// REQUIRES: neither lacks.
  TableState Finish();
  /// As Finish, when of the checkpoint only the rest was added, not its files and tombstones. The
  /// sums of the state are those of the commits alone. What Supersedes says stays true.
  TableState FinishOn(FileBase base);

 private:
  void AddFiles(std::vector<AddFile> adds, std::vector<std::shared_ptr<const AddFile>>& live);
  void AddRemoves(std::vector<RemoveFile> removes);
  void AddRest(Actions& actions);

  TableState state_;
  bool protocol_seen_ = false;
  bool commit_seen_ = false;
  std::unordered_set<std::string> seen_;  // FileKeys in the commits
  // Live files of each commit, newest first.
  std::vector<std::vector<std::shared_ptr<const AddFile>>> commit_files_;
  FileList checkpoint_files_;
};

}  // namespace oresmith::delta
