#pragma once

// What a flow has planned and done, epoch by epoch, in the layout of a Spark streaming checkpoint:
//
//   metadata            {"id":"<uuid>"}: the flow's application id in Delta's `txn`
//   sources/<n>/<epoch> the files of the epoch, written before offsets/<epoch> decides
//   offsets/<epoch>     v1 / {"batchWatermarkMs":0,...} / one line per source
//   commits/<epoch>     v1 / {"nextBatchWatermarkMs":0}
//   schemas/<n>         the inferred schema of source n, as Spark's JSON (ours)
//
// offsets/<epoch> is the decision: an epoch that has it is run over exactly that range, again after
// a crash; sources/<n>/<epoch> without it means nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "connector/connector.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// The offset of a source that had nothing new in an epoch: it stays where it was. As in Spark.
inline constexpr const char* kNothing = "-";

/// Number of a micro-batch of one flow: 0, 1, 2, ...
using Epoch = int64_t;

/// The ranges of one epoch, one for each source of the flow.
struct PlannedEpoch {
  Epoch epoch = 0;
  std::vector<connector::Range> ranges;
};

/// One generation of a flow's checkpoint; a full refresh begins a new one. One thread at a time.
class Checkpoint {
 public:
  /// Opens the newest generation below `root` (`_checkpoints/<catalog>/<schema>/<table>/<flow>`),
  /// or begins generation 0. `begin_anew` begins the next one. Errors: kCorrupt when a file there
  /// is not of its form; those of the store, which must outlive this.
  static Result<Checkpoint> Open(storage::Store& store, const std::string& root, bool begin_anew,
                                 Random& random);

  const std::string& app_id() const { return app_id_; }
  int64_t generation() const { return generation_; }
  /// The newest epoch that was planned; -1 when there is none.
  Epoch last_planned() const { return last_planned_; }
  /// The newest epoch that was finished; last_planned() or one less.
  Epoch last_committed() const { return last_committed_; }

  /// All epochs that were planned, in order, with `source_count` ranges each.
  /// Errors: kCorrupt; kInvalidInput when an epoch has another number of sources.
  Result<std::vector<PlannedEpoch>> Load(int source_count) const;

  /// Makes `planned` durable. REQUIRES: planned.epoch == last_planned() + 1.
  Status Plan(const PlannedEpoch& planned, Instant now);
  /// Notes that the epoch is in its table. REQUIRES: epoch == last_planned().
  Status Commit(Epoch epoch);

  /// The schema that was inferred for the n-th file source, as JSON.
  Result<std::optional<std::string>> StoredSchema(int source) const;
  Status StoreSchema(int source, const std::string& json);

 private:
  Checkpoint(storage::Store& store, std::string root) : store_(&store), root_(std::move(root)) {}
  Status FindEpochs();

  storage::Store* store_;
  std::string root_;  // with the generation
  std::string app_id_;
  int64_t generation_ = 0;
  Epoch last_planned_ = -1;
  Epoch last_committed_ = -1;
};

/// Checkpoint::StoredSchema of the newest generation below `root`, without opening it.
Result<std::optional<std::string>> ReadStoredSchema(storage::Store& store, const std::string& root,
                                                    int source);

}  // namespace oresmith::pipeline
