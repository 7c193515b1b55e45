#pragma once

// What keeps the log of a table short and checked: checksum files, checkpoints, clean-up. All of it
// can fail or be left out without harm to the table.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "delta/log.h"
#include "delta/replay.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Whether the log since the checkpoint is long enough, at `version`, for another one. Small tables
/// get one every `interval` commits; a large one costs as much as its files, and so waits until
/// reading the commits costs a fifth of reading it.
bool CheckpointIsDue(const LogTail& tail, Version version, int64_t interval, int64_t files);

/// Its methods are called by the table's thread; its own thread does the work when asked to.
class LogKeeper {
 public:
  /// The references must outlive the keeper.
  LogKeeper(storage::Store& store, std::string root, const Clock& clock, Random& random,
            LogTail tail, Upkeep upkeep);
  /// Waits until all that was begun is done.
  ~LogKeeper();

  /// `state` is that after a commit of ours with this many bytes.
  void AfterCommit(const TableState& state, const std::string& txn_id, int64_t commit_bytes);
  /// Commits of others that were taken in.
  void AddForeignBytes(int64_t commit_bytes) { tail_.commit_bytes += commit_bytes; }

  void NoteError(Error error);
  std::optional<Error> TakeError();

 private:
  struct Job {
    std::string key;       // of a checksum file; "" for a checkpoint
    std::string checksum;  // its text
    std::optional<CheckpointState> checkpoint;
  };

  void Enqueue(Job job);
  void Work(std::stop_token stop);
  void Run(const Job& job);
  Status WriteChecksum(const Job& job);
  Status Checkpoint(const CheckpointState& state);

  storage::Store& store_;
  const std::string root_;
  const Clock& clock_;
  Random& random_;
  const Upkeep upkeep_;
  LogTail tail_;  // of the table's thread

  // Guards what follows.
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  bool checkpoint_waits_ = false;            // one is in jobs_, or being written
  std::optional<int64_t> checkpoint_bytes_;  // of the newest one that was written
  std::optional<Error> error_;

  int64_t cleaned_up_to_ms_ = -1;  // of whoever runs the jobs
  std::jthread thread_;            // begun by the first job
};

}  // namespace oresmith::delta
