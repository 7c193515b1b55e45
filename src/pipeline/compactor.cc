#include "pipeline/compactor.h"

#include <algorithm>
#include <utility>

#include "delta/maintain.h"
#include "delta/protocol.h"

namespace oresmith::pipeline {

Compactor::Compactor(storage::Store& store, const Clock& clock, Random& random, const Logger& log)
    : store_(store), clock_(clock), random_(random), log_(log) {}

Compactor::~Compactor() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  changed_.notify_all();
}

void Compactor::Committed(const delta::Table& table) {
  // The first commit too: a process that makes but one commit would never look.
  int& commits = commits_[table.root()];
  if (commits++ % kCommitsBetween != 0) return;
  // Whether there are enough small files is found on the other thread: it looks at all of them.
  if (!delta::AsksForAutoCompact(table.snapshot()->metadata)) return;
  const std::lock_guard lock(mutex_);
  if (std::ranges::count(queue_, table.root()) == 0) queue_.push_back(table.root());
  if (!thread_.joinable()) {
    thread_ = std::jthread([this](std::stop_token stop) { Work(std::move(stop)); });
  }
  changed_.notify_all();
}

void Compactor::Wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return queue_.empty() && !is_busy_; });
}

void Compactor::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return !queue_.empty(); })) {
    const std::string root = std::move(queue_.front());
    queue_.pop_front();
    is_busy_ = true;
    lock.unlock();
    Compact(root, stop);
    lock.lock();
    is_busy_ = false;
    changed_.notify_all();
  }
}

void Compactor::Compact(const std::string& root, const std::stop_token& stop) {
  const delta::MaintainContext context{.store = store_, .clock = clock_, .random = random_};
  // A table of its own: the writer's is the writer's alone.
  auto table = delta::Table::Open(store_, root, clock_, random_);
  auto report = table ? delta::AutoCompact(context, **table, stop)
                      : Result<delta::OptimizeReport>(Fail(table.error()));
  if (!report) {
    log_.Warn("event=auto_compact_failed table={} error=\"{}\"", root, report.error().message);
    return;
  }
  if (!report->version) return;
  log_.Info("event=auto_compacted table={} version={} files={} into={} bytes={}", root,
            delta::Number(*report->version), report->removed.files, report->added.files,
            report->removed.total);
}

}  // namespace oresmith::pipeline
