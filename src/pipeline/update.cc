#include "pipeline/update.h"

#include <algorithm>
#include <utility>

#include "pipeline/flow_names.h"

namespace oresmith::pipeline {
namespace {

constexpr std::chrono::milliseconds kShowEvery{250};
constexpr std::chrono::milliseconds kIdleWait{50};
/// A view's refresh in continuous mode waits at least this long, and as long as the last one took:
/// recomputing takes at most half of the time.
constexpr std::chrono::milliseconds kRefreshPauseMin{200};
/// How soon a correction from outside is seen while the pipeline runs.
constexpr std::chrono::seconds kLookEvery{1};

}  // namespace

Update::Update(const Definition& definition, storage::Store& store, const Environment& environment)
    : definition_(definition),
      environment_(environment),
      recent_(definition.config.memory_bytes_max / 2),
      compactor_(store, environment.clock, environment.random, environment.log),
      event_log_(definition, store, environment, compactor_),
      runtime_{.definition = definition,
               .environment = environment,
               .store = store,
               .engine = nullptr,
               .recent = recent_,
               .tables = tables_,
               .compactor = compactor_,
               .available_now = true,
               .tick = [this] { Show(false); }} {}

/// Streams of one stage run in turns; views of the stage follow. A stream that reads a view beside
/// its stream comes a stage later.
int Update::StageOf(const Dataset& dataset) const {
  int stage = 0;
  const bool streams = dataset.IsStreaming() && !views_.contains(dataset.name.Key());
  for (const std::string& key : dataset.inputs) {
    const bool after_view = streams && views_.contains(key);
    stage = std::max(stage, stages_.at(key) + (after_view ? 1 : 0));
  }
  return stage;
}

Status Update::Open(engine::Engine& engine, BoundFlows flows, const Selection& selection) {
  runtime_.engine = &engine;
  for (const auto& [key, bound] : flows) {
    const bool streams = definition_.datasets.at(key).IsStreaming() && !bound.front().as_view;
    if (!streams) views_.insert(key);
  }
  for (const std::string& key : definition_.order) {
    const Dataset& dataset = definition_.datasets.at(key);
    stages_[key] = StageOf(dataset);
    if (!dataset.IsTable() || !selection.Runs(key)) continue;
    last_stage_ = std::max(last_stage_, stages_[key]);
    if (!views_.contains(key) && !selection.Empties(key)) {
      TRY_DO(CheckFlowNames(dataset, selection.flow_choices(), runtime_.store));
    }
    event_log_.Describe(key, flows.at(key).front().schema);
    for (size_t i = 0; i < dataset.flows.size(); ++i) {
      Flow flow{.key = key, .stage = stages_[key], .stream = nullptr, .view = nullptr};
      BoundFlow& bound = flows.at(key)[i];
      if (!views_.contains(key)) {
        TRY_DO(
            OpenStream(flow, dataset, dataset.flows[i], std::move(bound), selection.Empties(key)));
      } else {
        TRY(flow.view, ViewFlow::Open(runtime_, dataset, std::move(bound), selection.Empties(key)));
      }
      flows_.push_back(std::move(flow));
    }
  }
  return {};
}

Status Update::OpenStream(Flow& flow, const Dataset& dataset, const FlowQuery& query,
                          BoundFlow bound, bool full_refresh) {
  TRY(Checkpoint checkpoint,
      Checkpoint::Open(runtime_.store, CheckpointRoot(dataset.name, query.name), full_refresh,
                       environment_.random));
  int file_source = 0;
  for (const ScanSource& scan : bound.scans) {
    const auto* files = std::get_if<FileScan>(&scan.what);
    if (files == nullptr || !scan.stream) continue;
    TRY(const auto stored, checkpoint.StoredSchema(file_source));
    if (!stored) {
      const std::string schema = types::SchemaToJson(*files->options.stored_schema);
      TRY_DO(checkpoint.StoreSchema(file_source, schema));
    }
    ++file_source;
  }
  // Streams read it, or views that a stream may read through.
  const auto reads = [&](const auto& entry) {
    const Dataset& other = entry.second;
    return (other.IsStreaming() || !other.IsTable()) &&
           std::find(other.inputs.begin(), other.inputs.end(), flow.key) != other.inputs.end();
  };
  const bool has_readers =
      std::any_of(definition_.datasets.begin(), definition_.datasets.end(), reads);
  TRY(flow.stream, StreamFlow::Open(runtime_, dataset, query, std::move(bound),
                                    std::move(checkpoint), has_readers));
  return {};
}

void Update::Run(const RunOptions& options, const ProgressListener& listener,
                 std::stop_token stop) {
  listener_ = listener;
  event_log_.Begin(options);
  runtime_.available_now = options.mode != RunMode::kContinuous;
  began_ = environment_.clock.Steady();
  Show(true);
  LookAtTables();
  if (options.mode != RunMode::kContinuous) {
    for (int stage = 0; stage <= last_stage_; ++stage) RunStage(stage, /*until_dry=*/true, stop);
  } else {
    while (!stop.stop_requested() && !IsTimeToRetry()) {
      if (broken_.size() == flows_.size() && !retry_at_) break;
      bool progress = false;
      if (environment_.clock.Steady() - looked_ >= kLookEvery) LookAtTables();
      for (int stage = 0; stage <= last_stage_; ++stage) {
        progress = RunStage(stage, /*until_dry=*/false, stop) || progress;
      }
      Show(false);
      if (!progress) environment_.clock.Sleep(kIdleWait, stop);
    }
    // Gold as new as silver, before the process goes.
    for (int stage = 0; stage <= last_stage_; ++stage) RefreshViews(stage, /*only_due=*/false);
  }
  cancelled_ = stop.stop_requested();
  for (Flow& flow : flows_) {
    TableProgress& progress = flow.progress();
    if (progress.state == FlowState::kIdle || progress.state == FlowState::kQueued) {
      progress.state = FlowState::kCompleted;
    }
  }
  Show(true);
  event_log_.End(Summary());
  if (options.mode != RunMode::kContinuous && !stop.stop_requested()) compactor_.Wait();
}

bool Update::RunStage(int stage, bool until_dry, std::stop_token stop) {
  bool any = RunStreams(stage, stop);
  for (bool more = any; until_dry && more && !stop.stop_requested();) {
    more = RunStreams(stage, stop);
  }
  return RefreshViews(stage, /*only_due=*/!until_dry) || any;
}

/// One epoch of each stream, upstream first: what one commits, the next one finds in memory.
bool Update::RunStreams(int stage, std::stop_token stop) {
  bool any = false;
  for (Flow& flow : flows_) {
    if (stop.stop_requested()) break;
    if (flow.stage != stage || flow.stream == nullptr || !CanRun(flow)) continue;
    if (!MayGoOn()) break;
    Result<bool> ran = flow.stream->RunEpoch();
    if (ran && *ran) any = true;
    Status backlog = ran ? flow.stream->UpdateBacklog() : Status{};
    if (!ran) {
      Failed(flow, std::move(ran).error());
    } else if (!backlog) {
      Failed(flow, std::move(backlog).error());
    }
    Show(false);
  }
  recent_.Clear();
  return any;
}

bool Update::RefreshViews(int stage, bool only_due) {
  bool any = false;
  for (Flow& flow : flows_) {
    if (flow.stage != stage || flow.view == nullptr || !CanRun(flow)) continue;
    const auto now = environment_.clock.Steady();
    if (only_due && (now < flow.due || !flow.view->IsStale())) continue;
    if (!MayGoOn()) break;
    Result<bool> refreshed = flow.view->Refresh();
    if (!refreshed) {
      Failed(flow, std::move(refreshed).error());
      continue;
    }
    any = any || *refreshed;
    const auto end = environment_.clock.Steady();
    flow.due = end + std::max<std::chrono::nanoseconds>(end - now, kRefreshPauseMin);
    Show(false);
  }
  return any;
}

void Update::LookAtTables() {
  looked_ = environment_.clock.Steady();
  for (Flow& flow : flows_) {
    const auto table = tables_.find(flow.key);
    if (table == tables_.end() || !CanRun(flow)) continue;
    if (Status looked = table->second->Refresh(); !looked) Failed(flow, std::move(looked).error());
  }
}

bool Update::MayGoOn() {
  if (!check_) return true;
  const Status held = check_();
  if (held) return true;
  errors_.push_back(held.error());
  for (Flow& flow : flows_) {
    if (broken_.insert(flow.key).second) flow.progress().state = FlowState::kSkipped;
  }
  return false;
}

bool Update::IsTimeToRetry() const {
  return retry_at_ && environment_.clock.Steady() >= *retry_at_;
}

bool Update::CanRun(const Flow& flow) const { return !broken_.contains(flow.key); }

void Update::Failed(Flow& flow, Error error) {
  environment_.log.Error("event=flow_failed flow={} error=\"{}\"", flow.progress().name,
                         error.message);
  flow.progress().state = FlowState::kFailed;
  flow.progress().error = error.message;
  event_log_.Failed(flow.progress(), error);
  broken_.insert(flow.key);
  if (error.kind == ErrorKind::kUnavailable && !retry_at_) {
    retry_at_ = environment_.clock.Steady() + retry_delay_;
  }
  errors_.push_back(std::move(error).Within(flow.progress().name));
  for (Flow& other : flows_) {
    if (other.key == flow.key && &other != &flow) other.progress().state = FlowState::kSkipped;
  }
  // Those that read it, views between them included.
  for (const std::string& key : definition_.order) {
    const Dataset& dataset = definition_.datasets.at(key);
    const bool reads_broken =
        std::any_of(dataset.inputs.begin(), dataset.inputs.end(),
                    [&](const auto& input) { return broken_.contains(input); });
    if (!reads_broken || !broken_.insert(key).second) continue;
    for (Flow& other : flows_) {
      if (other.key == key) other.progress().state = FlowState::kSkipped;
    }
  }
}

void Update::Show(bool now) {
  const auto time = environment_.clock.Steady();
  if (!now && time - shown_ < kShowEvery) return;
  shown_ = time;
  const Progress progress = Summary().progress;
  if (listener_) listener_(progress);
  event_log_.Observe(progress);
}

UpdateSummary Update::Summary() const {
  UpdateSummary summary;
  for (const Flow& flow : flows_) {
    summary.progress.tables.push_back(flow.progress());
    if (flow.stream == nullptr) continue;
    for (Error& warning : flow.stream->Warnings()) summary.warnings.push_back(std::move(warning));
  }
  summary.progress.elapsed =
      std::chrono::duration_cast<std::chrono::milliseconds>(environment_.clock.Steady() - began_);
  summary.errors = errors_;
  summary.cancelled = cancelled_;
  return summary;
}

}  // namespace oresmith::pipeline
