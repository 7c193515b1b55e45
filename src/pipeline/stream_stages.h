#pragma once

// A query over streams that keeps state, run epoch by epoch: its stages one after another, then the
// rest. Watermarks are those of Spark: of an epoch, the smallest of its inputs' largest event times
// before that epoch, each less its delay.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/engine.h"
#include "pipeline/stage_work.h"
#include "sql/plan_stream.h"
#include "state/change_log.h"

namespace oresmith::pipeline {

struct StreamStagesOptions {
  std::string display;     // the table, for messages
  std::string state_root;  // of the flow's checkpoint
  uint64_t seed = 0;
  int64_t memory_bytes_max = 0;  // of all stages together
  std::string spill_directory;
};

/// One thread at a time. Load first; after a failure anywhere, Load again.
class StreamStages {
 public:
  /// `engine` and `store` must outlive it. Errors: those of Prepare.
  static Result<std::unique_ptr<StreamStages>> Open(engine::Engine& engine, storage::Store& store,
                                                    sql::StreamPlan plan,
                                                    StreamStagesOptions options);

  bool is_loaded() const { return loaded_; }
  /// The state as it was after `epoch`; -1: none. Errors: kCorrupt; kInvalidInput when the state
  /// is of another query.
  Status Load(int64_t epoch);

  /// Whether an epoch without new rows gives or ends something: the watermark has moved.
  bool WantsEpoch() const;

  /// Runs the query over the epoch's rows: by Scan::index of the whole plan. `consume`: as
  /// PreparedQuery::Run has it.
  Result<engine::RunReport> Run(const std::vector<const columnar::Relation*>& relations,
                                const engine::RunContext& run, const std::function<void()>& tick,
                                const std::function<Status(columnar::Batch)>& consume);
  /// Rows of the last Run that came too late.
  std::vector<LateRow>& late() { return late_; }

  /// Makes the state after `epoch` durable, before the epoch's rows are.
  Status Persist(int64_t epoch);
  /// The epoch is committed.
  Status Committed();

  /// The watermark of the next epoch, milliseconds since 1970; 0 when there is none yet.
  int64_t next_watermark_ms() const;
  int64_t bytes() const;

 private:
  using Relations = std::vector<const columnar::Relation*>;
  struct Input {
    std::vector<int> scans;
    std::vector<int> columns;                      // of a scan alone
    std::unique_ptr<engine::PreparedQuery> query;  // null: a scan alone
  };
  struct Stage {
    std::vector<Input> inputs;
    std::optional<sql::TimePlace> watched;
    std::unique_ptr<StageWork> work;  // null: only watched
    types::Schema output;
    std::optional<int64_t> watermark_ms;  // of what is watched
    Batches rows;                         // of the epoch that runs
  };

  StreamStages(storage::Store& store, StreamStagesOptions options);
  Status Add(engine::Engine& engine, sql::StreamStage stage);
  Result<Batches> InputOf(const Input& input, const Relations& relations,
                          const StageContext& context, engine::RunReport& report) const;
  const columnar::Relation* RelationOf(
      int scan, const Relations& relations,
      std::vector<std::unique_ptr<columnar::Relation>>& made) const;
  static void Watch(Stage& stage);
  Status CheckSignature(bool is_new);
  Status Apply(std::string_view record);
  Status GiveState(const state::ChangeLog::Visit& give) const;
  std::optional<int64_t> NextWatermark() const;

  storage::Store& store_;
  const StreamStagesOptions options_;
  int64_t memory_bytes_max_ = 0;  // of one stage
  state::ChangeLog log_;
  std::vector<Stage> stages_;
  sql::PartialPlan rest_plan_;
  std::unique_ptr<engine::PreparedQuery> rest_;
  std::string signature_;
  bool loaded_ = false;
  std::optional<int64_t> watermark_ms_;  // of the epoch that ran last
  std::vector<LateRow> late_;
};

}  // namespace oresmith::pipeline
