#include "pipeline/view_flow.h"

#include <arrow/record_batch.h>

#include <algorithm>
#include <utility>

#include "base/ids.h"
#include "command/push_down.h"
#include "delta/column_mapping.h"
#include "pipeline/evolve.h"
#include "pipeline/stream_flow.h"
#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
namespace {

/// Property that says which definition a view was made by.
constexpr const char* kDefinitionProperty = "oresmith.definition";
/// The groups of one view may take this share of the memory.
constexpr int64_t kStateShare = 8;
/// Past so many files below this size, a view that only appends is written anew.
constexpr int64_t kFilesMax = 64;
constexpr int64_t kSmallFileBytes = 16 << 20;

}  // namespace

ViewFlow::ViewFlow(Runtime& runtime, const Dataset& dataset, BoundFlow flow)
    : runtime_(runtime), dataset_(dataset), flow_(std::move(flow)) {
  progress_.name = dataset.display;
  progress_.kind = dataset.Kind();
  progress_.dataset = dataset.display;
  progress_.flow = dataset.flows.front().name;
  progress_.backlog_unit = "versions";
}

Result<std::unique_ptr<ViewFlow>> ViewFlow::Open(Runtime& runtime, const Dataset& dataset,
                                                 BoundFlow flow, bool anew) {
  std::unique_ptr<ViewFlow> opened(new ViewFlow(runtime, dataset, std::move(flow)));
  opened->anew_ = anew;
  // The plan says everything that the query means, views that it expands included.
  std::string definition = sql::ToText(opened->flow_.plan) + SchemaToJson(opened->flow_.schema);
  for (const sql::Expectation& rule : dataset.declaration->expectations) {
    definition += fmt::format("{} {}", rule.name.text, static_cast<int>(rule.on_violation));
  }
  for (const ScanSource& scan : opened->flow_.scans) {
    const auto* table_scan = std::get_if<TableScan>(&scan.what);
    if (table_scan != nullptr) definition += fmt::format(" {}", table_scan->version);
  }
  opened->definition_ = fmt::format("{:016x}", StableHash(definition));
  const Environment& environment = runtime.environment;
  TRY(auto table, OpenOrCreateOwned(runtime.store, dataset.name.Path(), dataset.display,
                                    TableOptions(dataset, opened->flow_.schema),
                                    delta::FilesHeld::kAll, environment.clock, environment.random));
  opened->table_ = table.get();
  runtime.tables[dataset.name.Key()] = std::move(table);
  TRY_DO(opened->OpenInputs());
  TRY_DO(opened->OpenQueries());
  opened->quarantine_ =
      std::make_unique<Quarantine>(runtime.store, opened->table_->root(), dataset.display,
                                   environment.clock, environment.random);
  opened->progress_.version = delta::Number(opened->table_->snapshot()->version);
  return opened;
}

Status ViewFlow::OpenQueries() {
  const auto placed = [&](Error error) {
    if (!error.place) error.place = dataset_.source->Place(dataset_.span);
    return Fail(std::move(error));
  };
  conditions_ = command::PushedDown(flow_.plan);
  auto query = runtime_.engine->Prepare(std::move(flow_.plan));
  if (!query) return placed(std::move(query).error());
  query_ = std::move(*query);
  for (size_t i = 0; i < inputs_.size(); ++i) all_scans_.push_back(static_cast<int>(i));
  if (!flow_.spare) return {};
  sql::SplitPlan split = sql::SplitForIncrement(std::move(*flow_.spare));
  linear_ = std::move(split.linear);
  if (split.parts.empty()) return {};
  auto state =
      ViewState::Open(*runtime_.engine, std::move(split), runtime_.store,
                      CheckpointRoot(dataset_.name, dataset_.flows.front().name) + "/state",
                      definition_, runtime_.definition.config.memory_bytes_max / kStateShare);
  if (!state) return placed(std::move(state).error());
  state_ = std::move(*state);
  return {};
}

Status ViewFlow::OpenInputs() {
  for (const ScanSource& scan : flow_.scans) {
    const auto* table_scan = std::get_if<TableScan>(&scan.what);
    if (table_scan == nullptr) {
      inputs_.push_back(nullptr);
      continue;
    }
    const auto known = runtime_.tables.find(table_scan->key);
    if (known != runtime_.tables.end()) {
      inputs_.push_back(known->second.get());
      continue;
    }
    TRY(auto outside, OpenScanned(*table_scan, runtime_.store, runtime_.environment.clock,
                                  runtime_.environment.random));
    inputs_.push_back(outside.get());
    outside_tables_.push_back(std::move(outside));
  }
  return {};
}

std::vector<delta::AppTransaction> ViewFlow::InputVersions() const {
  std::vector<delta::AppTransaction> versions;
  for (const int scan : all_scans_) {
    const delta::Table* const input = inputs_[static_cast<size_t>(scan)];
    if (input == nullptr || IsPinned(scan)) continue;
    const auto snapshot = input->snapshot();
    versions.push_back({.app_id = "oresmith.input." + snapshot->metadata.id,
                        .version = delta::Number(snapshot->version)});
  }
  return versions;
}

/// Read at one version, which the definition says: it never changes.
bool ViewFlow::IsPinned(int scan) const {
  const auto* table = std::get_if<TableScan>(&flow_.scans[static_cast<size_t>(scan)].what);
  return table != nullptr && table->version >= 0;
}

bool ViewFlow::IsOfThisDefinition() const {
  const auto& configuration = table_->snapshot()->metadata.configuration;
  const auto definition = configuration.find(kDefinitionProperty);
  return definition != configuration.end() && definition->second == definition_;
}

std::optional<int64_t> ViewFlow::SeenVersion(int scan) const {
  const delta::Table* input = inputs_[static_cast<size_t>(scan)];
  if (input == nullptr) return std::nullopt;
  const auto& transactions = table_->snapshot()->transactions;
  const auto seen = transactions.find("oresmith.input." + input->snapshot()->metadata.id);
  if (seen == transactions.end()) return std::nullopt;
  return seen->second;
}

bool ViewFlow::IsStale() const {
  if (anew_ || !IsOfThisDefinition()) return true;
  return std::any_of(all_scans_.begin(), all_scans_.end(), [&](int scan) {
    if (IsPinned(scan)) return false;
    // Files have no version: a view over them is always recomputed.
    const auto version = Version(scan);
    return !version || version != SeenVersion(scan);
  });
}

std::optional<int64_t> ViewFlow::Version(int scan) const {
  const delta::Table* input = inputs_[static_cast<size_t>(scan)];
  if (input == nullptr) return std::nullopt;
  return delta::Number(input->snapshot()->version);
}

std::string ViewFlow::Identity(int scan) const {
  const delta::Table* input = inputs_[static_cast<size_t>(scan)];
  return input != nullptr ? input->snapshot()->metadata.id : std::string();
}

Result<std::unique_ptr<columnar::Relation>> ViewFlow::All(int scan) const {
  const delta::Table* input = inputs_[static_cast<size_t>(scan)];
  const ScanSource& source = flow_.scans[static_cast<size_t>(scan)];
  if (input != nullptr) {
    return OpenSnapshot(std::get<TableScan>(source.what), runtime_.store, *input,
                        conditions_.at(static_cast<size_t>(scan)));
  }
  if (const auto* changes = std::get_if<ChangeScan>(&source.what)) {
    return OpenChanges(*changes, runtime_.store);
  }
  return OpenOutside(source, runtime_.environment.clock);
}

Result<std::unique_ptr<columnar::Relation>> ViewFlow::Added(int scan, int64_t from) const {
  const delta::Table* input = inputs_[static_cast<size_t>(scan)];
  ORESMITH_ASSERT(input != nullptr);
  return input->ScanChanges(delta::Version{from}, input->snapshot()->version);
}

Result<std::unique_ptr<columnar::Relation>> ViewFlow::None(int scan) const {
  TRY(const auto all, All(scan));
  return columnar::MakeRelation(all->schema(), {});
}

engine::RunContext ViewFlow::Context() const {
  return {.now = runtime_.environment.clock.Now(), .stop = {}};
}

Result<bool> ViewFlow::Refresh() {
  for (const auto& outside : outside_tables_) TRY_DO(outside->Refresh());
  if (!IsStale()) {
    progress_.technique = "NO_OP";
    return false;
  }
  const auto begin = runtime_.environment.clock.Steady();
  progress_.state = FlowState::kRunning;
  reason_ = anew_ ? "a full refresh was asked for" : "";
  bool done = false;
  if (!anew_) {
    TRY(done, AppendRows());
  }
  if (!done && !anew_) {
    TRY(done, MergeGroups());
  }
  if (!done) TRY_DO(Recompute());
  anew_ = false;
  runtime_.environment.log.Info("event=planning_information view={} technique={} reason=\"{}\"",
                                dataset_.display, progress_.technique, reason_);
  progress_.technique_reason = reason_;
  ++progress_.epochs;
  busy_ = runtime_.environment.clock.Steady() - begin;
  const double seconds = std::chrono::duration<double>(busy_).count();
  if (seconds > 0) progress_.rows_per_second = static_cast<double>(progress_.rows_out) / seconds;
  progress_.state = FlowState::kIdle;
  return true;
}

bool ViewFlow::HasManySmallFiles() const {
  const auto snapshot = table_->snapshot();
  const auto files = static_cast<int64_t>(snapshot->files.size());
  return files > kFilesMax && snapshot->size_bytes() < files * kSmallFileBytes;
}

Result<bool> ViewFlow::AppendRows() {
  if (linear_.empty()) return false;
  if (!IsOfThisDefinition()) {
    reason_ = "the definition is new";
    return false;
  }
  if (HasManySmallFiles()) {
    reason_ = "many small files";
    return false;
  }
  std::vector<int> changed;
  for (const int scan : all_scans_) {
    const auto version = Version(scan);
    if (IsPinned(scan)) continue;
    if (!version || version != SeenVersion(scan)) changed.push_back(scan);
  }
  if (changed.size() != 1 || !linear_.contains(changed[0]) || !Version(changed[0]) ||
      !SeenVersion(changed[0])) {
    reason_ = "more has changed than the rows of one table";
    return false;
  }
  auto added = Added(changed[0], *SeenVersion(changed[0]));
  if (!added && added.error().kind == ErrorKind::kUnsupported) {
    reason_ = added.error().message;
    return false;
  }
  if (!added) return Fail(std::move(added).error());
  progress_.rows_in = (*added)->row_count().value_or(0);
  TRY(const ScanSet scans,
      ScansWith(all_scans_, linear_.at(changed[0]), changed[0], std::move(*added), *this));
  TRY_DO(Write(*query_, scans, /*overwrite=*/false));
  progress_.technique = "APPEND_ONLY";
  return true;
}

Result<bool> ViewFlow::MergeGroups() {
  if (state_ == nullptr) return false;
  const auto update = state_->Refresh(*this, Context(), runtime_.tick);
  if (!update && update.error().kind == ErrorKind::kUnavailable) {
    reason_ = update.error().message;
    state_.reset();
    return false;
  }
  if (!update) return Fail(update.error());
  TRY(const ScanSet scans, state_->RestInputs(*this));
  TRY_DO(Write(state_->rest(), scans, /*overwrite=*/true));
  progress_.rows_in = update->rows_in;
  progress_.technique = update->full ? "FULL_RECOMPUTE" : "GROUP_AGGREGATE";
  reason_ = update->reason;
  if (update->not_stored) {
    runtime_.environment.log.Warn("event=view_state view={} error=\"{}\"", dataset_.display,
                                  update->not_stored->message);
  }
  return true;
}

Status ViewFlow::Recompute() {
  ScanSet scans;
  int64_t rows = 0;
  for (const int scan : all_scans_) {
    TRY(auto relation, All(scan));
    const delta::Table* const input = inputs_[static_cast<size_t>(scan)];
    // A condition that is pushed down leaves out files, and with them the number of rows.
    if (input != nullptr) {
      TRY(const auto snapshot, input->LoadSnapshot());
      rows += snapshot->num_records().value_or(0);
    } else {
      rows += relation->row_count().value_or(0);
    }
    scans.Add(std::move(relation));
  }
  TRY_DO(Write(*query_, scans, /*overwrite=*/true));
  progress_.rows_in = rows;
  progress_.technique = "FULL_RECOMPUTE";
  if (reason_.empty()) reason_ = "its rows do not just add up";
  return {};
}

delta::Metadata ViewFlow::WantedMetadata() const {
  const delta::Metadata before = table_->snapshot()->metadata;
  delta::Metadata metadata = before;
  const delta::CreateOptions options = TableOptions(dataset_, flow_.schema);
  metadata.schema = options.schema;
  metadata.description = options.description;
  for (const auto& [key, value] : options.configuration) metadata.configuration[key] = value;
  metadata.configuration[kDefinitionProperty] = definition_;
  return delta::WithColumnMapping(std::move(metadata), &before);
}

/// Runs the query, and commits what it gives: instead of the rows that are there, or beside them.
Status ViewFlow::Write(engine::PreparedQuery& query, const ScanSet& scans, bool overwrite) {
  const delta::Metadata metadata = WantedMetadata();
  FlowOutput output(flow_, table_, &metadata, nullptr, /*keep_rows=*/false);
  TRY(const engine::RunReport report,
      query.Run(scans.relations, Context(), [&](const columnar::Batch& batch) {
        runtime_.tick();
        return output.Take(batch);
      }));
  delta::CommitRequest request;
  request.operation = overwrite ? "CREATE OR REPLACE TABLE AS SELECT" : "WRITE";
  request.overwrite = overwrite;
  request.transactions = InputVersions();
  if (!(metadata.schema == table_->snapshot()->metadata.schema) ||
      metadata.configuration != table_->snapshot()->metadata.configuration ||
      metadata.description != table_->snapshot()->metadata.description) {
    request.metadata = metadata;
  }
  TRY_DO(output.CloseInto(request));
  request.operation_metrics = output.Metrics();
  TRY_DO(quarantine_->Add(output.quarantined(), "oresmith.view." + definition_,
                          delta::Number(table_->snapshot()->version) + 1, overwrite));
  auto version = table_->Commit(request);
  if (!version) return Fail(std::move(version).error().Within("commit " + dataset_.display));
  progress_.version = delta::Number(*version);
  LogCheckpointError(*table_, runtime_.environment.log);
  progress_.rows_out = output.rows();
  progress_.rows_dropped = output.dropped_count();
  progress_.bad_records = report.bad_count;
  for (size_t i = 0; i < flow_.rules.size(); ++i) {
    progress_.expectations[flow_.rules[i].name] = {output.counts()[i].passed,
                                                   output.counts()[i].failed};
  }
  return {};
}

}  // namespace oresmith::pipeline
