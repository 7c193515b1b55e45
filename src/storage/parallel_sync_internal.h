#pragma once

// Several syncs at once. One after another each of them waits for a write of the disk's journal;
// together they share one.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"

namespace oresmith::storage {

/// Safe to use from many threads. Its own threads are begun when they are first of use.
class ParallelSync {
 public:
  using Task = std::function<Status()>;

  /// Does all tasks, whatever becomes of each, some in other threads; their results in order.
  std::vector<Status> Run(std::span<const Task> tasks);

 private:
  struct Round {
    std::span<const Task> tasks;
    std::vector<Status> results;
    size_t next = 0;  // the first task that nobody has taken
    size_t done = 0;
    std::condition_variable finished = {};
  };

  void BeginThreads();
  void Work(std::stop_token stop);
  void DoNext(Round& round, std::unique_lock<std::mutex>& lock);

  // Guards what follows, and all rounds.
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::deque<Round*> rounds_;  // those with a task that nobody has taken

  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace oresmith::storage
