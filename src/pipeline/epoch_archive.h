#pragma once

// The old epochs of a checkpoint, put together, so that a start costs what is new and not what was
// ever read. For each source:
//
//   sources/<n>/<from>-<to>.compact   the offset of the last of these epochs, then the lines of
//   their logs
//
// Segments grow as they get older: two neighbours of like size become one. There are never more
// than a few dozen, and an entry is written anew as often as the whole doubles. Our own form: Spark
// writes all entries anew every ten epochs.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// The offset of a source that had nothing new in an epoch: it stays where it was. As in Spark.
inline constexpr const char* kNothing = "-";

/// One thread at a time.
class EpochArchive {
 public:
  /// The ranges of the epochs up to `last`, one for each source, as one range; kNothing for a
  /// source that had none.
  struct Part {
    int64_t last = -1;
    std::vector<connector::Range> ranges;
  };

  /// Finds the segments below `root`, which is that of the checkpoint's generation. The store must
  /// outlive it. Errors: kCorrupt for a gap between segments; those of the store.
  static Result<EpochArchive> Open(storage::Store& store, std::string root);

  /// The newest epoch that is archived; -1 for none.
  int64_t last() const { return segments_.empty() ? -1 : segments_.back().to; }

  /// What is archived, in order. Errors: kCorrupt; those of the store.
  Result<std::vector<Part>> Load(int source_count) const;

  /// Archives the epochs that follow last(), one entry of `epochs` each. Their files are garbage
  /// then.
  Status Add(const std::vector<std::vector<connector::Range>>& epochs);

  /// Deletes a few of the files that the segments hold already, more than come with one epoch.
  Status DeleteSome();

 private:
  struct Segment {
    int64_t from = 0;
    int64_t to = 0;
    int64_t bytes = 0;
    std::string Key(const std::string& root, int source) const;
  };

  EpochArchive(storage::Store& store, std::string root) : store_(&store), root_(std::move(root)) {}
  Result<connector::Range> Read(const Segment& segment, int source) const;
  Status FindGarbage(int source_count);

  storage::Store* store_;
  std::string root_;
  std::vector<Segment> segments_;  // in order, without gaps
  std::vector<std::string> garbage_;
};

/// The log of several epochs: the lines of all under one header.
std::string JoinLogs(std::string earlier, std::string_view later);

}  // namespace oresmith::pipeline
