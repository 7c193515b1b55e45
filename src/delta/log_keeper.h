#pragma once

// What keeps the log of a table short and checked: checksum files, checkpoints, clean-up. All of it
// can fail or be left out without harm to the table.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "delta/checkpoint.h"
#include "delta/log.h"
#include "delta/replay.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Whether the log since the checkpoint is long enough, at `version`, for another one. Small tables
/// get one every `interval` commits; a large one costs as much as its files, and so waits until
/// reading the commits costs a fifth of reading it.
bool CheckpointIsDue(const LogTail& tail, Version version, int64_t interval, int64_t files);

/// What became of a checkpoint.
struct CheckpointOutcome {
  FileBase base;
  std::optional<FileSums> sums;  ///< of its files; absent when it failed
  int64_t size_bytes = 0;        ///< 0 when that is not known
};

/// Its methods are called by the table's thread; its own thread does the work when asked to.
class LogKeeper {
 public:
  /// The references must outlive the keeper.
  LogKeeper(storage::Store& store, std::string root, const Clock& clock, Random& random,
            LogTail tail, Upkeep upkeep);
  /// Waits until all that was begun is done.
  ~LogKeeper();

  /// `state` is that after a commit of ours with this many bytes. `take` gives what a checkpoint is
  /// made of; it is called at most once, and not again before TakeOutcome has told of that one.
  void AfterCommit(const TableState& state, const std::string& txn_id, int64_t commit_bytes,
                   const std::function<CheckpointState()>& take);
  /// What became of the checkpoint that was asked for, once, when that is known.
  std::optional<CheckpointOutcome> TakeOutcome();
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
  Result<WrittenCheckpoint> Write(const CheckpointState& state, int64_t now_ms);

  storage::Store& store_;
  const std::string root_;
  const Clock& clock_;
  Random& random_;
  const Upkeep upkeep_;
  LogTail tail_;                   // of the table's thread
  bool checkpoint_waits_ = false;  // as above: for TakeOutcome

  // Guards what follows.
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Job> jobs_;
  std::optional<CheckpointOutcome> outcome_;
  std::optional<Error> error_;

  int64_t cleaned_up_to_ms_ = -1;  // of whoever runs the jobs
  std::jthread thread_;            // begun by the first job
};

}  // namespace oresmith::delta
