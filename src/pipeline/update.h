#pragma once

// One update: all flows of a pipeline, opened once and run by stages until nothing is new, or until
// they are told to stop.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/bind.h"
#include "pipeline/event_log.h"
#include "pipeline/pipeline.h"
#include "pipeline/runtime.h"
#include "pipeline/selection.h"
#include "pipeline/stream_flow.h"
#include "pipeline/view_flow.h"

namespace oresmith::pipeline {

/// The bound flows of each table, by its key and in the order of Dataset::flows; views are expanded
/// in those that read them.
using BoundFlows = std::map<std::string, std::vector<BoundFlow>>;

/// Binds every table, upstream first. What is stored of a table that is emptied does not count.
tl::expected<BoundFlows, std::vector<Error>> BindAll(const Definition& definition,
                                                     storage::Store& store,
                                                     const Environment& environment,
                                                     const Selection& selection);

/// One thread.
class Update {
 public:
  /// All must outlive it.
  Update(const Definition& definition, storage::Store& store, const Environment& environment);

  /// Opens tables, checkpoints and queries. `engine` must outlive this.
  /// Errors: also those of CheckFlowNames.
  Status Open(engine::Engine& engine, BoundFlows flows, const Selection& selection);

  /// Called before each epoch and each refresh: an error of it stops them all.
  void BeforeEachEpoch(std::function<Status()> check) { check_ = std::move(check); }

  /// When a flow has failed by something that passes, a continuous Run ends so much later; until
  /// then the others go on.
  void EndAfterFailure(std::chrono::nanoseconds delay) { retry_delay_ = delay; }

  /// Runs all that is available now; or, continuously, until `stop`.
  void Run(const RunOptions& options, const ProgressListener& listener, std::stop_token stop);

  UpdateSummary Summary() const;

 private:
  struct Flow {
    std::string key;
    int stage = 0;
    std::unique_ptr<StreamFlow> stream;  // one of these two
    std::unique_ptr<ViewFlow> view;
    std::chrono::nanoseconds due{
        0};  // a view's next refresh in continuous mode, on the steady clock
    TableProgress& progress() { return stream ? stream->progress() : view->progress(); }
    const TableProgress& progress() const { return stream ? stream->progress() : view->progress(); }
  };

  Status OpenStream(Flow& flow, const Dataset& dataset, const FlowQuery& query, BoundFlow bound,
                    bool full_refresh);
  int StageOf(const Dataset& dataset) const;
  bool RunStage(int stage, bool until_dry, std::stop_token stop);
  bool RunStreams(int stage, std::stop_token stop);
  bool RefreshViews(int stage, bool only_due);
  bool CanRun(const Flow& flow) const;
  bool IsTimeToRetry() const;
  /// Whether this process still holds the pipeline; if not, all flows fail.
  bool MayGoOn();
  /// Takes in what others have committed to the pipeline's tables: corrections.
  void LookAtTables();
  void Failed(Flow& flow, Error error);
  void Show(bool now);

  const Definition& definition_;
  const Environment& environment_;
  connector::RecentBatches recent_;
  OpenTables tables_;
  Compactor compactor_;
  EventLog event_log_;
  Runtime runtime_;
  std::vector<Flow> flows_;  // upstream first
  std::map<std::string, int> stages_;
  std::set<std::string> views_;  // tables that are kept up to date as views, by key
  int last_stage_ = 0;
  std::set<std::string> broken_;  // failed or skipped, by key
  std::vector<Error> errors_;
  ProgressListener listener_;
  std::function<Status()> check_;
  std::chrono::nanoseconds retry_delay_{0};
  std::optional<std::chrono::nanoseconds> retry_at_;  // on the steady clock
  std::chrono::nanoseconds began_{0};
  std::chrono::nanoseconds shown_{0};
  std::chrono::nanoseconds looked_{0};
  bool cancelled_ = false;
};

}  // namespace oresmith::pipeline
