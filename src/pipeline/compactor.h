#pragma once

// Puts the small files of streaming tables together while the pipeline runs, for tables that ask
// for it (delta.autoOptimize.autoCompact). It is a writer like any other, on a thread of its own:
// an append that meets its commit goes on behind it, and is never kept waiting.

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::pipeline {

class Compactor {
 public:
  /// So many commits of a table pass before it is looked at again.
  static constexpr int kCommitsBetween = 10;

  /// All must outlive it.
  Compactor(storage::Store& store, const Clock& clock, Random& random, const Logger& log);
  /// Finishes the group of files that is being rewritten; what is left is for the next time.
  ~Compactor();
  Compactor(const Compactor&) = delete;
  Compactor& operator=(const Compactor&) = delete;

  /// After each commit of a writer: counts, and no more. One thread.
  void Committed(const delta::Table& table);
  /// Waits until all that was asked for is done.
  void Wait();

 private:
  void Work(std::stop_token stop);
  void Compact(const std::string& root, const std::stop_token& stop);

  storage::Store& store_;
  const Clock& clock_;
  Random& random_;
  const Logger& log_;
  std::map<std::string, int> commits_;  // by root, of this process; the writer's thread

  std::mutex mutex_;  // guards the two below; not held while a table is read or written
  std::deque<std::string> queue_;  // roots, each once
  bool is_busy_ = false;
  std::condition_variable_any changed_;
  std::jthread thread_;  // last: it uses all of the above. Started by the first table
};

}  // namespace oresmith::pipeline
