#include "delta/log_keeper.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/checksum.h"
#include "delta/log_cleanup.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

// A checksum file costs the disk as many syncs as the commit itself. A writer of more than ten
// commits a second would be slowed down by half, so that it gets ten checksums a second, and the
// oldest that wait are left out.
constexpr size_t kJobsMax = 8;
constexpr std::chrono::milliseconds kChecksumPause{100};
// What a checkpoint of no files takes: its many columns.
constexpr int64_t kEmptyCheckpointBytes = 64 * 1024;
// So many commits are too many for a reader who has to fetch each by itself; more only where the
// checkpoint would cost more than they do.
constexpr int64_t kTailCommitsMax = 1000;
constexpr int64_t kFilesPerTailCommit = 100;
// A table that leaves its files in the checkpoint has so many in memory at most: about 10 MB.
constexpr size_t kHeldMax = 16 * 1024;

/// Whether a state that need not have all its files has more than it should.
bool HoldsTooMuch(const TableState& state, const LogTail& tail, int64_t interval) {
  const bool may_be_due = Number(state.version()) - Number(tail.checkpoint) >= interval;
  return may_be_due && !state.holds_all_files() && state.held_count() > kHeldMax;
}

}  // namespace

bool CheckpointIsDue(const LogTail& tail, Version version, int64_t interval, int64_t files) {
  const int64_t commits = Number(version) - Number(tail.checkpoint);
  if (commits < interval) return false;
  if (commits >= std::max(kTailCommitsMax, files / kFilesPerTailCommit)) return true;
  return 5 * tail.commit_bytes >= tail.checkpoint_bytes - kEmptyCheckpointBytes;
}

LogKeeper::LogKeeper(storage::Store& store, std::string root, const Clock& clock, Random& random,
                     LogTail tail, Upkeep upkeep)
    : store_(store),
      root_(std::move(root)),
      clock_(clock),
      random_(random),
      upkeep_(upkeep),
      tail_(tail) {}

LogKeeper::~LogKeeper() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void LogKeeper::AfterCommit(const TableState& state, const std::string& txn_id,
                            int64_t commit_bytes, const std::function<CheckpointState()>& take) {
  tail_.commit_bytes += commit_bytes;
  // A number that may be wrong is no checksum: the next checkpoint counts again.
  if (state.sums().exact) {
    Enqueue({.key = ChecksumKey(root_, state.version()),
             .checksum = ChecksumJson(state, txn_id),
             .checkpoint = std::nullopt});
  }
  if (checkpoint_waits_) return;
  const int64_t interval = CheckpointInterval(state.metadata().configuration);
  const bool is_due = CheckpointIsDue(tail_, state.version(), interval, state.sums().files);
  if (!is_due && !HoldsTooMuch(state, tail_, interval)) return;
  // Counted from here even if it fails: a store that is full is not asked again at every commit.
  tail_.checkpoint = state.version();
  tail_.commit_bytes = 0;
  checkpoint_waits_ = true;
  Enqueue({.key = {}, .checksum = {}, .checkpoint = take()});
}

std::optional<CheckpointOutcome> LogKeeper::TakeOutcome() {
  std::optional<CheckpointOutcome> outcome;
  {
    const std::lock_guard lock(mutex_);
    outcome = std::exchange(outcome_, std::nullopt);
  }
  if (!outcome) return std::nullopt;
  checkpoint_waits_ = false;
  if (outcome->size_bytes > 0) tail_.checkpoint_bytes = outcome->size_bytes;
  return outcome;
}

void LogKeeper::NoteError(Error error) {
  const std::lock_guard lock(mutex_);
  error_ = std::move(error);
}

std::optional<Error> LogKeeper::TakeError() {
  const std::lock_guard lock(mutex_);
  return std::exchange(error_, std::nullopt);
}

void LogKeeper::Enqueue(Job job) {
  if (upkeep_ == Upkeep::kInCommit) return Run(job);
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kJobsMax) {
      const auto oldest = std::ranges::find_if(
          jobs_, [](const Job& waiting) { return !waiting.checkpoint.has_value(); });
      if (oldest != jobs_.end()) jobs_.erase(oldest);
    }
    jobs_.push_back(std::move(job));
  }
  if (!thread_.joinable()) thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
  wake_.notify_one();
}

void LogKeeper::Work(std::stop_token stop) {
  while (true) {
    std::optional<Job> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, stop, [&] { return !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    try {
      Run(*job);
    } catch (const std::exception& exception) {
      NoteError(MakeError(ErrorKind::kUnavailable, "keep the log of {}: {}", store_.Describe(root_),
                          exception.what()));
    }
    bool more = false;
    {
      const std::lock_guard lock(mutex_);
      more = !jobs_.empty();
    }
    if (more && !stop.stop_requested()) clock_.Sleep(kChecksumPause, stop);
  }
}

void LogKeeper::Run(const Job& job) {
  // The commit is done, whatever becomes of this: the next one makes up for it.
  Status status = job.checkpoint ? Checkpoint(*job.checkpoint) : WriteChecksum(job);
  if (!status) NoteError(std::move(status).error());
}

Status LogKeeper::WriteChecksum(const Job& job) {
  auto put = store_.PutIfAbsent(job.key, job.checksum);
  if (put || put.error().kind == ErrorKind::kAlreadyExists) return {};
  return Fail(std::move(put).error().Within("write the checksum of " + store_.Describe(root_)));
}

/// The checkpoint on which the state rests may be gone or broken: then the log is asked again.
Result<WrittenCheckpoint> LogKeeper::Write(const CheckpointState& state, int64_t now_ms) {
  auto written = WriteCheckpoint(store_, root_, state, now_ms, random_);
  if (written || !state.base || written.error().kind != ErrorKind::kCorrupt) return written;
  TRY(const TableState again,
      LoadStateOnCheckpoint(store_, root_, state.version, SumSource::kChecksum, nullptr));
  return WriteCheckpoint(store_, root_, again.ForCheckpoint(), now_ms, random_);
}

Status LogKeeper::Checkpoint(const CheckpointState& state) {
  const int64_t now_ms = Millis(clock_.Now());
  CheckpointOutcome outcome;
  outcome.base = {.version = state.version, .keys = {CheckpointKey(root_, state.version)}};
  auto written = Write(state, now_ms);
  if (written) {
    outcome.size_bytes = written->size_bytes;
    outcome.sums = written->sums;
  }
  const bool is_of_others = written && !written->sums;
  if (is_of_others && state.wants_sums) {
    const auto sums = SumCheckpoint(store_, root_, outcome.base, Replay(state.version, 0));
    if (sums) outcome.sums = *sums;
  }
  {
    const std::lock_guard lock(mutex_);
    outcome_ = std::move(outcome);
  }
  if (!written) {
    return Fail(std::move(written).error().Within("checkpoint " + store_.Describe(root_)));
  }
  // The cut is a midnight: nothing more has expired until the next one.
  const std::optional<int64_t> cutoff_ms = CleanupCutoff(state.metadata->configuration, now_ms);
  if (!cutoff_ms || *cutoff_ms <= cleaned_up_to_ms_) return {};
  auto cleaned = CleanLog(store_, root_, *cutoff_ms, now_ms);
  if (!cleaned) {
    return Fail(std::move(cleaned).error().Within("clean the log of " + store_.Describe(root_)));
  }
  cleaned_up_to_ms_ = *cutoff_ms;
  return {};
}

}  // namespace oresmith::delta
