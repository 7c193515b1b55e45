#pragma once

// What a flow has planned and done, epoch by epoch, in the layout of a Spark streaming checkpoint:
//
//   metadata            {"id":"<uuid>"}: the flow's application id in Delta's `txn`
//   sources/<n>/<epoch> the files of the epoch, written before offsets/<epoch> decides
//   sources/<n>/<from>-<to>.compact   old epochs, whose other files are gone (EpochArchive, ours)
//   offsets/<epoch>     v1 / {"batchWatermarkMs":0,...} / one line per source
//   commits/<epoch>     v1 / {"nextBatchWatermarkMs":0}
//   state/              of a query that keeps some: state/change_log.h
//   schemas/<n>         the inferred schema of source n, as Spark's JSON (ours)
//
// offsets/<epoch> is the decision: an epoch that has it is run over exactly that range, again after
// a crash; sources/<n>/<epoch> without it means nothing.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "connector/connector.h"
#include "pipeline/epoch_archive.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// Number of a micro-batch of one flow: 0, 1, 2, ...
using Epoch = int64_t;

/// The ranges of one epoch, one for each source of the flow.
struct PlannedEpoch {
  Epoch epoch = 0;
  std::vector<connector::Range> ranges;
  /// For those who read the checkpoint: what counts is in the state.
  int64_t watermark_ms = 0;
};

/// One generation of a flow's checkpoint; a full refresh begins a new one. One thread at a time.
class Checkpoint {
 public:
  /// Opens the newest generation below `root` (`_checkpoints/<catalog>/<schema>/<table>/<flow>`),
  /// or begins generation 0. `begin_anew` begins the next one. Errors: kCorrupt when a file there
  /// is not of its form; those of the store, which must outlive this.
  static Result<Checkpoint> Open(storage::Store& store, const std::string& root, bool begin_anew,
                                 Random& random);

  /// The file lists of all that the newest generation below `root` has planned; none when there is
  /// no checkpoint. Errors: as Open and Load.
  static Result<std::vector<std::string>> FileLists(storage::Store& store, const std::string& root,
                                                    Random& random);

  const std::string& app_id() const { return app_id_; }
  std::string state_root() const { return root_ + "/state"; }
  int64_t generation() const { return generation_; }
  /// The newest epoch that was planned; -1 when there is none.
  Epoch last_planned() const { return last_planned_; }
  /// The newest epoch that was finished; last_planned() or one less.
  Epoch last_committed() const { return last_committed_; }

  /// What was planned, in order, with `source_count` ranges each: old epochs many at a time, as the
  /// last one of them, newer ones one by one. Call it before Plan, unless nothing was planned.
  /// Errors: kCorrupt; kInvalidInput when an epoch has another number of sources.
  Result<std::vector<PlannedEpoch>> Load(int source_count);

  /// Makes `planned` durable. REQUIRES: planned.epoch == last_planned() + 1.
  Status Plan(const PlannedEpoch& planned, Instant now);
  /// Notes that the epoch is in its table, and now and then archives old ones.
  /// REQUIRES: epoch == last_planned().
  Status Commit(Epoch epoch, int64_t next_watermark_ms);

  /// The schema that was inferred for the n-th file source, as JSON.
  Result<std::optional<std::string>> StoredSchema(int source) const;
  Status StoreSchema(int source, const std::string& json);

 private:
  Checkpoint(storage::Store& store, std::string root, EpochArchive archive)
      : store_(&store), root_(std::move(root)), archive_(std::move(archive)) {}
  Status FindEpochs();
  Result<PlannedEpoch> LoadOne(Epoch epoch, int source_count) const;
  void Remember(std::vector<connector::Range> ranges);
  Status Archive();

  storage::Store* store_;
  std::string root_;  // with the generation
  EpochArchive archive_;
  /// The committed epochs after archive_.last(), and the one that is planned and not committed.
  std::deque<std::vector<connector::Range>> recent_;
  int64_t recent_bytes_ = 0;
  std::string app_id_;
  int64_t generation_ = 0;
  Epoch last_planned_ = -1;
  Epoch last_committed_ = -1;
};

/// Checkpoint::StoredSchema of the newest generation below `root`, without opening it.
Result<std::optional<std::string>> ReadStoredSchema(storage::Store& store, const std::string& root,
                                                    int source);

}  // namespace oresmith::pipeline
