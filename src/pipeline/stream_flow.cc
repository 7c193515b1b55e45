// How a flow is opened: its table, its sources, and where the last process stopped.

#include "pipeline/stream_flow.h"

#include <utility>

#include "command/push_down.h"
#include "connector/delta_feed/delta_feed.h"
#include "connector/files/file_source.h"
#include "pipeline/evolve.h"
#include "pipeline/sink_dataset.h"
#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
namespace {

/// The state of one flow may take this share of the memory.
constexpr int64_t kStateShare = 4;

}  // namespace

std::string CheckpointRoot(const TableName& name, const std::string& flow) {
  return fmt::format("_checkpoints/{}/{}", name.Path(), flow);
}

StreamFlow::StreamFlow(Runtime& runtime, const Dataset& dataset, const FlowQuery& query,
                       BoundFlow flow, Checkpoint checkpoint)
    : runtime_(runtime),
      dataset_(dataset),
      declared_(query),
      flow_(std::move(flow)),
      checkpoint_(std::move(checkpoint)),
      drift_(dataset.display, *dataset.source, dataset.span) {
  progress_.name = dataset.flows.size() == 1 ? dataset.display
                                             : fmt::format("{} ({})", dataset.display, query.name);
  progress_.kind = IsSink(dataset) ? "sink" : dataset.Kind();
  progress_.dataset = dataset.display;
  progress_.flow = query.name;
}

Result<std::unique_ptr<StreamFlow>> StreamFlow::Open(Runtime& runtime, const Dataset& dataset,
                                                     const FlowQuery& query, BoundFlow flow,
                                                     Checkpoint checkpoint, bool has_readers) {
  std::unique_ptr<StreamFlow> opened(
      new StreamFlow(runtime, dataset, query, std::move(flow), std::move(checkpoint)));
  opened->has_readers_ = has_readers;
  TRY_DO(IsSink(dataset) ? opened->OpenSink() : opened->OpenTable());
  TRY_DO(opened->OpenSources());
  TRY_DO(opened->Resume());
  opened->conditions_ = command::PushedDown(opened->flow_.plan);
  if (Status prepared = opened->Prepare(); !prepared) {
    Error error = std::move(prepared).error();
    if (!error.place) error.place = query.source->Place(query.span);
    return Fail(std::move(error));
  }
  opened->quarantine_ =
      std::make_unique<Quarantine>(runtime.store, dataset.name.Path(), dataset.display,
                                   runtime.environment.clock, runtime.environment.random);
  return opened;
}

Status StreamFlow::OpenSink() {
  TRY(sink_, connector::MakeSink(OptionsOfSink(dataset_, checkpoint_.app_id()), flow_.schema,
                                 runtime_.environment.clock));
  return {};
}

Status StreamFlow::OpenTable() {
  const Environment& environment = runtime_.environment;
  // The flows of one table share it.
  std::unique_ptr<delta::Table>& table = runtime_.tables[dataset_.name.Key()];
  if (table == nullptr) {
    TRY(table,
        OpenOrCreateOwned(runtime_.store, dataset_.name.Path(), dataset_.display,
                          TableOptions(dataset_, flow_.schema), delta::FilesHeld::kSinceCheckpoint,
                          environment.clock, environment.random));
  }
  table_ = table.get();
  TRY_DO(EvolveTable(*table_, dataset_, flow_.schema));
  // A new generation of the checkpoint means a full refresh: the rows of the old one go, once.
  const auto& transactions = table_->snapshot()->transactions;
  if (checkpoint_.generation() > 0 && !transactions.contains(checkpoint_.app_id())) {
    delta::CommitRequest request;
    request.operation = "TRUNCATE";
    request.overwrite = true;
    request.transactions.push_back({.app_id = checkpoint_.app_id(), .version = -1});
    TRY_DO(table_->Commit(request));
  }
  progress_.version = delta::Number(table_->snapshot()->version);
  // A table without rows: its readers need not look.
  if (progress_.version == 0 && table_->snapshot()->num_files() == 0) {
    runtime_.recent.Add(table_->root(), delta::Version{0}, {});
  }
  return {};
}

Status StreamFlow::OpenSources() {
  for (size_t i = 0; i < flow_.scans.size(); ++i) {
    const ScanSource& scan = flow_.scans[i];
    if (std::holds_alternative<ChangeScan>(scan.what)) {
      return Fail(
          MakeError(ErrorKind::kUnsupported, "{}: table_changes beside a stream", dataset_.display)
              .At(dataset_.source->Place(dataset_.span))
              .WithFix("make a materialized view of the changes, and read that"));
    }
    const auto* table_scan = std::get_if<TableScan>(&scan.what);
    delta::Table* table = nullptr;
    if (table_scan != nullptr) {
      const auto known = runtime_.tables.find(table_scan->key);
      if (known != runtime_.tables.end()) {
        table = known->second.get();
      } else {
        TRY(auto outside, OpenScanned(*table_scan, runtime_.store, runtime_.environment.clock,
                                      runtime_.environment.random));
        table = outside.get();
        outside_tables_.push_back(std::move(outside));
      }
    }
    if (!scan.stream && declared_.once && table == nullptr) {
      static_outside_[static_cast<int>(i)] = scan;
      continue;
    }
    if (!scan.stream) {
      if (table == nullptr) {
        return Fail(MakeError(ErrorKind::kUnsupported, "{}: {} without STREAM beside a stream",
                              dataset_.display, scan.name)
                        .At(dataset_.source->Place(dataset_.span))
                        .WithFix("make a materialized view of it, and read that"));
      }
      static_tables_[static_cast<int>(i)] = table;
      continue;
    }
    stream_scans_.push_back(static_cast<int>(i));
    if (table != nullptr) {
      sources_.push_back(connector::MakeDeltaFeed(*table, runtime_.recent, scan.name));
      progress_.backlog_unit = "versions";
    } else if (const auto* kafka = std::get_if<KafkaScan>(&scan.what)) {
      TRY(auto source, connector::MakeKafkaSource(kafka->options, runtime_.environment.clock));
      sources_.push_back(std::move(source));
      progress_.backlog_unit = "messages";
    } else {
      TRY(auto source, connector::MakeFileSource(std::get<FileScan>(scan.what).options));
      sources_.push_back(std::move(source));
      progress_.backlog_unit = "files";
    }
  }
  return {};
}

Status StreamFlow::Resume() {
  TRY(const std::vector<PlannedEpoch> planned, checkpoint_.Load(static_cast<int>(sources_.size())));
  for (const PlannedEpoch& epoch : planned) {
    for (size_t i = 0; i < sources_.size(); ++i) {
      if (epoch.ranges[i].offset_json != kNothing) TRY_DO(sources_[i]->Restore(epoch.ranges[i]));
    }
    if (epoch.epoch > checkpoint_.last_committed()) unfinished_ = epoch;
  }
  return {};
}

Status StreamFlow::Prepare() {
  if (!flow_.has_state) {
    TRY(query_, runtime_.engine->Prepare(std::move(flow_.plan)));
    return {};
  }
  const Config& config = runtime_.definition.config;
  TRY(stages_, StreamStages::Open(*runtime_.engine, runtime_.store,
                                  sql::SplitStream(std::move(flow_.plan), flow_.origins),
                                  {.display = dataset_.display,
                                   .state_root = checkpoint_.state_root(),
                                   .seed = StableHash(checkpoint_.app_id()),
                                   .memory_bytes_max = config.memory_bytes_max / kStateShare,
                                   .spill_directory = config.spill_directory}));
  return LoadState();
}

/// The state as it was after the last epoch whose rows are in the table.
Status StreamFlow::LoadState() {
  const bool ahead = unfinished_ && IsCommitted(unfinished_->epoch);
  return stages_->Load(ahead ? unfinished_->epoch : checkpoint_.last_committed());
}

std::vector<Error> StreamFlow::Warnings() const {
  std::vector<Error> warnings = drift_.Warnings();
  warnings.insert(warnings.end(), flow_.warnings.begin(), flow_.warnings.end());
  const SourcePlace place = dataset_.source->Place(dataset_.span);
  for (const std::string& lost : losses_) {
    warnings.push_back(MakeError(ErrorKind::kNotFound, "{}: {}", dataset_.display, lost).At(place));
  }
  if (progress_.bad_records > 0) {
    warnings.push_back(
        MakeError(ErrorKind::kBadRecord, "{}: {} records could not be read", dataset_.display,
                  progress_.bad_records)
            .At(place)
            .WithFix(fmt::format("look at them: SELECT reason, file, line, raw FROM {}__quarantine",
                                 dataset_.display)));
  }
  if (progress_.rows_late > 0) {
    warnings.push_back(MakeError(ErrorKind::kBadRecord,
                                 "{}: {} rows came after the watermark, too late", dataset_.display,
                                 progress_.rows_late)
                           .At(place)
                           .WithFix(fmt::format(
                               "look at them: SELECT reason, row FROM {}__quarantine WHERE kind = "
                               "'late'; or give DELAY OF more",
                               dataset_.display)));
  }
  // Groups and joined rows may come with later epochs.
  if (stages_ == nullptr && progress_.rows_in > 0 &&
      progress_.rows_out + progress_.rows_dropped == 0) {
    warnings.push_back(MakeError(ErrorKind::kBadRecord, "{}: {} rows came in, none came out",
                                 dataset_.display, progress_.rows_in)
                           .At(place));
  }
  return warnings;
}

Status StreamFlow::UpdateBacklog() {
  progress_.backlog = 0;
  for (const auto& source : sources_) {
    TRY(const int64_t backlog, source->Backlog());
    progress_.backlog += backlog;
  }
  return {};
}

}  // namespace oresmith::pipeline
