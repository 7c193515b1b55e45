#include "delta/log_keeper.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/checksum.h"
#include "delta/log_cleanup.h"

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
                            int64_t commit_bytes) {
  tail_.commit_bytes += commit_bytes;
  Enqueue({.key = ChecksumKey(root_, state.version()),
           .checksum = ChecksumJson(state, txn_id),
           .checkpoint = std::nullopt});
  bool waits = false;
  {
    const std::lock_guard lock(mutex_);
    if (checkpoint_bytes_) tail_.checkpoint_bytes = *checkpoint_bytes_;
    waits = checkpoint_waits_;
  }
  const int64_t interval = CheckpointInterval(state.metadata().configuration);
  const auto files = static_cast<int64_t>(state.files().size());
  if (waits || !CheckpointIsDue(tail_, state.version(), interval, files)) return;
  // Counted from here even if it fails: a store that is full is not asked again at every commit.
  tail_.checkpoint = state.version();
  tail_.commit_bytes = 0;
  Enqueue({.key = {}, .checksum = {}, .checkpoint = state.ForCheckpoint()});
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
    if (job.checkpoint) checkpoint_waits_ = true;
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
      if (job->checkpoint) checkpoint_waits_ = false;
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

Status LogKeeper::Checkpoint(const CheckpointState& state) {
  const int64_t now_ms = Millis(clock_.Now());
  auto written = WriteCheckpoint(store_, root_, state, now_ms, random_);
  if (!written) {
    return Fail(std::move(written).error().Within("checkpoint " + store_.Describe(root_)));
  }
  if (*written > 0) {
    const std::lock_guard lock(mutex_);
    checkpoint_bytes_ = *written;
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
