#pragma once

// Rows that were just committed, kept in memory for the flows that read the table next, so that
// they need not read them back from Delta.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"

namespace oresmith::connector {

/// The newest committed rows of several tables, bounded in bytes. One thread at a time.
class RecentBatches {
 public:
  /// Past `bytes_max` the oldest commits are forgotten: their readers go to Delta.
  explicit RecentBatches(int64_t bytes_max) : bytes_max_(bytes_max) {}

  /// Notes what version `version` of the table at `root` added. Versions of a table come in order.
  void Add(const std::string& root, delta::Version version, std::vector<columnar::Batch> batches);

  /// The rows of the versions after `from` up to `to`; nothing when one of them is not here.
  std::optional<std::vector<columnar::Batch>> Find(const std::string& root, delta::Version from,
                                                   delta::Version to) const;

  /// Forgets everything: every reader has it.
  void Clear();

 private:
  struct Commit {
    int64_t version = 0;
    int64_t bytes = 0;
    std::vector<columnar::Batch> batches;
  };
  void Shrink();

  int64_t bytes_max_;
  int64_t bytes_ = 0;
  std::map<std::string, std::deque<Commit>> commits_;
};

}  // namespace oresmith::connector
