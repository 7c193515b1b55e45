#include <algorithm>
#include <system_error>

#include "storage/parallel_sync_internal.h"

namespace oresmith::storage {
namespace {

// With the caller's thread: a data file, its folder, and the commit that names it.
constexpr size_t kThreads = 2;

}  // namespace

std::vector<Status> ParallelSync::Run(std::span<const Task> tasks) {
  Round round{.tasks = tasks, .results = std::vector<Status>(tasks.size())};
  std::unique_lock lock(mutex_);
  if (tasks.size() > 1) {
    BeginThreads();
    rounds_.push_back(&round);
    wake_.notify_all();
  }
  while (round.next < tasks.size()) DoNext(round, lock);
  round.finished.wait(lock, [&] { return round.done == tasks.size(); });
  return std::move(round.results);
}

void ParallelSync::BeginThreads() {
  if (!threads_.empty()) return;
  try {
    for (size_t i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this](std::stop_token stop) { Work(stop); });
    }
  } catch (const std::system_error&) {
    // The system has no thread to spare: the caller's does what is left to do.
  }
}

void ParallelSync::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [&] { return !rounds_.empty(); })) {
    DoNext(*rounds_.front(), lock);
  }
}

/// Does the next task of the round, without the lock. REQUIRES: there is one, and `lock` is held.
void ParallelSync::DoNext(Round& round, std::unique_lock<std::mutex>& lock) {
  const size_t index = round.next++;
  if (round.next == round.tasks.size()) std::erase(rounds_, &round);
  lock.unlock();
  Status result = round.tasks[index]();
  lock.lock();
  round.results[index] = std::move(result);
  if (++round.done == round.tasks.size()) round.finished.notify_all();
}

}  // namespace oresmith::storage
