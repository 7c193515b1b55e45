#pragma once

// The one implementation of Table: a state in memory, and the store that holds the log.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "delta/action.h"
#include "delta/commit.h"
#include "delta/log_keeper.h"
#include "delta/replay.h"
#include "delta/table.h"

namespace oresmith::delta {

inline Version Next(Version version) { return Version{Number(version) + 1}; }

class LogTable final : public Table {
 public:
  /// The references must outlive the table.
  LogTable(storage::Store& store, std::string root, TableState state, bool read_only,
           const Clock& clock, Random& random, LogTail tail, Upkeep upkeep, FilesHeld held)
      : store_(store),
        root_(std::move(root)),
        read_only_(read_only),
        held_(held),
        clock_(clock),
        random_(random),
        keeper_(store, root_, clock, random, tail, upkeep),
        seen_ms_(Millis(clock.Now())),
        state_(std::move(state)) {}

  std::shared_ptr<const Snapshot> snapshot() const override;
  Result<std::shared_ptr<const Snapshot>> LoadSnapshot() const override;
  const std::string& root() const override { return root_; }
  Status Refresh() override;
  Result<std::unique_ptr<FileWriter>> NewWriter(const WriterOptions& options,
                                                const Metadata* metadata) override;
  Result<Version> Commit(const CommitRequest& request) override;
  std::unique_ptr<columnar::Relation> Scan(std::shared_ptr<const Snapshot> snapshot) const override;
  Result<std::unique_ptr<columnar::Relation>> ScanChanges(Version from, Version to) const override;
  Result<std::vector<RemoveFile>> Tombstones() const override;
  Result<std::vector<std::pair<Version, CommitInfo>>> History(int limit) const override;
  /// After each commit of ours: its checksum, perhaps a checkpoint.
  void KeepLog(const std::string& txn_id, int64_t commit_bytes);
  std::optional<Error> TakeCheckpointError() override { return keeper_.TakeError(); }

 private:
  /// A commit of ours of which nobody knows whether the store has it.
  struct Unresolved {
    std::string txn_id;
    std::vector<AppTransaction> transactions;
  };
  struct FilesBelow {
    Version checkpoint{-1};
    FileList files;
  };
  enum class Attempt {
    kDone,
    kLost,
    kWasDone,  // by the unresolved commit before, which had the same transactions
  };

  std::string Name() const { return store_.Describe(root_); }
  Status CheckSinceRead(const CommitRequest& request, CommitBase base) const;
  Result<Attempt> TryCommit(const CommitRequest& request, const CommitBase& base,
                            const CommitTry& attempt);
  Result<std::optional<Actions>> Put(const PreparedCommit& prepared, const CommitRequest& request);
  Result<Attempt> TakeIn(const CommitRequest& request, const CommitBase& base, Actions winner);
  Result<Attempt> TakeInAll(const CommitRequest& request, const CommitBase& base);
  Result<Attempt> ReloadAfterGap(const CommitRequest& request, const CommitBase& base);
  void WaitAfterLoss(int losses);
  void Apply(Actions actions, int64_t modified_ms, Origin origin);
  Result<TableState> Load(SumSource source) const;
  void Replace(TableState state);
  Status LoadFilesFor(const CommitRequest& request);
  void LearnSums();
  void TakeInCheckpoint();
  Result<FileList> FilesOf(const FileBase& base) const;
  Status CheckAgainstChecksum();
  Status ReadOnly() const;

  storage::Store& store_;
  const std::string root_;
  const bool read_only_;
  const FilesHeld held_;
  const Clock& clock_;
  Random& random_;
  LogKeeper keeper_;
  std::optional<Unresolved> unresolved_;
  int64_t seen_ms_ = 0;  // when the log was last looked at

  // Guards what follows against snapshot(), which any thread may call. Only the owning thread
  // changes state_, so that it reads it without the lock.
  mutable std::mutex mutex_;
  TableState state_;
  mutable std::shared_ptr<const Snapshot> snapshot_;  // of state_; made when it is asked for
  // The files of the checkpoint on which state_ rests, from when somebody asked for them until it
  // rests on another one.
  mutable std::optional<FilesBelow> below_;
};

}  // namespace oresmith::delta
