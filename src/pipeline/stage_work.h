#pragma once

// What one stateful operator of a flow does with the rows of an epoch, and what it keeps.

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "engine/engine.h"
#include "sql/plan_stream.h"
#include "state/held_rows.h"

namespace oresmith::pipeline {

/// A row that came after the watermark had passed its time.
struct LateRow {
  std::string reason;
  int64_t origin = -1;  // its number in the epoch's input; -1: not known
  std::string row_json;
};

/// A watermark that is not known yet: nothing is late, nothing is over.
inline constexpr int64_t kNoWatermark = std::numeric_limits<int64_t>::min();

/// Of one epoch. Instants are microseconds since 1970.
struct StageContext {
  /// Rows at or before it are late: the watermark of the epoch before.
  int64_t late_us = kNoWatermark;
  /// What ends at or before it is over.
  int64_t over_us = kNoWatermark;
  engine::RunContext run;
  std::function<void()> tick;
  std::function<void(LateRow)> late;
};

struct StageOptions {
  std::string operation;  // "orders_daily: DISTINCT at pipeline.sql:3", for messages
  uint64_t seed = 0;      // of fingerprints; the same for the life of the state
  int64_t memory_bytes_max = 0;
  std::string spill_directory;
};

using Batches = std::vector<columnar::Batch>;

/// One thread at a time. After an error of Run or Apply its state is worthless.
class StageWork {
 public:
  virtual ~StageWork() = default;

  /// Gives the rows that go on. `inputs`: as the stage's.
  virtual Result<Batches> Run(std::vector<Batches> inputs, const StageContext& context) = 0;
  /// What the last Run changed; empty: nothing.
  virtual Result<std::string> Changes() = 0;
  /// Takes up what Changes or State gave. `over_us`: of that epoch.
  virtual Status Apply(std::string_view changes, int64_t over_us) = 0;
  /// The whole state, in pieces as those of Changes.
  virtual Status State(const std::function<Status(std::string_view)>& give) const = 0;
  /// Whether an epoch without rows would give or change some with this watermark.
  virtual bool HasOver(int64_t over_us) const = 0;
  /// About the size of what State gives.
  virtual int64_t bytes() const = 0;
  /// As it was at first.
  virtual void Clear() = 0;
};

/// `origin` and `inputs`: of the stage's rows as they come in.
std::unique_ptr<StageWork> MakeFirstWork(const sql::FirstStage& stage, int origin,
                                         StageOptions options);
Result<std::unique_ptr<StageWork>> MakeHoldWork(engine::Engine& engine, sql::HoldStage stage,
                                                types::Schema input, int origin,
                                                StageOptions options);
Result<std::unique_ptr<StageWork>> MakeJoinWork(engine::Engine& engine, sql::JoinStage stage,
                                                std::vector<types::Schema> inputs,
                                                std::vector<int> origins, StageOptions options);

/// Runs a query that reads one relation after another, and gives its rows.
Result<Batches> RunToEnd(engine::PreparedQuery& query,
                         const std::vector<const columnar::Relation*>& relations,
                         const StageContext& context);

/// The rows that are not late; the others are told. `time`: nothing is late without one.
Result<columnar::Batch> WithoutLate(const columnar::Batch& batch,
                                    const std::optional<sql::TimePlace>& time, int origin,
                                    const StageOptions& options, const StageContext& context);

}  // namespace oresmith::pipeline
