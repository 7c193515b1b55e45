#include "pipeline/view_flow.h"

#include <arrow/record_batch.h>

#include <utility>

#include "base/ids.h"
#include "pipeline/evolve.h"
#include "pipeline/file_relation.h"
#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
namespace {

/// Property that says which definition a view was made by.
constexpr const char* kDefinitionProperty = "oresmith.definition";

}  // namespace

ViewFlow::ViewFlow(Runtime& runtime, const Dataset& dataset, BoundFlow flow)
    : runtime_(runtime), dataset_(dataset), flow_(std::move(flow)) {
  progress_.name = dataset.display;
  progress_.kind = dataset.Kind();
  progress_.backlog_unit = "versions";
}

Result<std::unique_ptr<ViewFlow>> ViewFlow::Open(Runtime& runtime, const Dataset& dataset,
                                                 BoundFlow flow) {
  std::unique_ptr<ViewFlow> opened(new ViewFlow(runtime, dataset, std::move(flow)));
  // The plan says everything that the query means, views that it expands included.
  std::string definition = sql::ToText(opened->flow_.plan) + SchemaToJson(opened->flow_.schema);
  for (const sql::Expectation& rule : dataset.declaration->expectations) {
    definition += fmt::format("{} {}", rule.name.text, static_cast<int>(rule.on_violation));
  }
  opened->definition_ = fmt::format("{:016x}", StableHash(definition));
  const Environment& environment = runtime.environment;
  TRY(auto table, OpenOrCreateOwned(runtime.store, dataset.name.Path(), dataset.display,
                                    TableOptions(dataset, opened->flow_.schema), environment.clock,
                                    environment.random));
  opened->table_ = table.get();
  runtime.tables[dataset.name.Key()] = std::move(table);
  TRY_DO(opened->OpenInputs());
  auto query = runtime.engine->Prepare(std::move(opened->flow_.plan));
  if (!query) {
    Error error = std::move(query).error();
    if (!error.place) error.place = dataset.source->Place(dataset.span);
    return Fail(std::move(error));
  }
  opened->query_ = std::move(*query);
  opened->quarantine_ =
      std::make_unique<Quarantine>(runtime.store, opened->table_->root(), dataset.display,
                                   environment.clock, environment.random);
  opened->progress_.version = delta::Number(opened->table_->snapshot()->version);
  return opened;
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
    TRY(auto outside, delta::Table::Open(runtime_.store, table_scan->root,
                                         runtime_.environment.clock, runtime_.environment.random));
    inputs_.push_back(outside.get());
    outside_tables_.push_back(std::move(outside));
  }
  return {};
}

std::vector<delta::AppTransaction> ViewFlow::InputVersions() const {
  std::vector<delta::AppTransaction> versions;
  for (const delta::Table* input : inputs_) {
    if (input == nullptr) continue;
    const auto snapshot = input->snapshot();
    versions.push_back({.app_id = "oresmith.input." + snapshot->metadata.id,
                        .version = delta::Number(snapshot->version)});
  }
  return versions;
}

bool ViewFlow::IsStale() const {
  const auto snapshot = table_->snapshot();
  const auto definition = snapshot->metadata.configuration.find(kDefinitionProperty);
  if (definition == snapshot->metadata.configuration.end() || definition->second != definition_) {
    return true;
  }
  for (const delta::AppTransaction& input : InputVersions()) {
    const auto seen = snapshot->transactions.find(input.app_id);
    if (seen == snapshot->transactions.end() || seen->second != input.version) return true;
  }
  // Files have no version: a view over them is always recomputed.
  for (const delta::Table* input : inputs_) {
    if (input == nullptr) return true;
  }
  return false;
}

Result<bool> ViewFlow::Refresh() {
  for (const auto& outside : outside_tables_) TRY_DO(outside->Refresh());
  if (!IsStale()) {
    progress_.technique = "NO_OP";
    return false;
  }
  const auto begin = runtime_.environment.clock.Steady();
  progress_.state = FlowState::kRunning;
  TRY_DO(Recompute(InputVersions()));
  progress_.technique = "FULL_RECOMPUTE";
  ++progress_.epochs;
  busy_ = runtime_.environment.clock.Steady() - begin;
  const double seconds = std::chrono::duration<double>(busy_).count();
  if (seconds > 0) progress_.rows_per_second = static_cast<double>(progress_.rows_out) / seconds;
  progress_.state = FlowState::kIdle;
  return true;
}

delta::Metadata ViewFlow::WantedMetadata() const {
  delta::Metadata metadata = table_->snapshot()->metadata;
  const delta::CreateOptions options = TableOptions(dataset_, flow_.schema);
  metadata.schema = options.schema;
  metadata.description = options.description;
  for (const auto& [key, value] : options.configuration) metadata.configuration[key] = value;
  metadata.configuration[kDefinitionProperty] = definition_;
  return metadata;
}

Result<std::unique_ptr<columnar::Relation>> ViewFlow::OpenScan(size_t scan) {
  if (inputs_[scan] != nullptr) return inputs_[scan]->Scan(inputs_[scan]->snapshot());
  return MakeFileRelation(std::get<FileScan>(flow_.scans[scan].what).options);
}

Status ViewFlow::Recompute(const std::vector<delta::AppTransaction>& versions) {
  std::vector<std::unique_ptr<columnar::Relation>> opened;
  std::vector<const columnar::Relation*> relations;
  int64_t rows_in = 0;
  for (size_t scan = 0; scan < inputs_.size(); ++scan) {
    TRY(auto relation, OpenScan(scan));
    rows_in += relation->row_count().value_or(0);
    relations.push_back(relation.get());
    opened.push_back(std::move(relation));
  }
  const delta::Metadata metadata = WantedMetadata();
  FlowOutput output(flow_, *table_, &metadata, nullptr, /*keep_rows=*/false);
  const engine::RunContext context{.now = runtime_.environment.clock.Now(), .stop = {}};
  TRY(const engine::RunReport report,
      query_->Run(relations, context, [&](const columnar::Batch& batch) {
        runtime_.tick();
        return output.Take(batch);
      }));
  delta::CommitRequest request;
  request.operation = "CREATE OR REPLACE TABLE AS SELECT";
  request.overwrite = true;
  request.transactions = versions;
  if (!(metadata.schema == table_->snapshot()->metadata.schema) ||
      metadata.configuration != table_->snapshot()->metadata.configuration ||
      metadata.description != table_->snapshot()->metadata.description) {
    request.metadata = metadata;
  }
  TRY(request.adds, output.Close());
  request.operation_metrics = output.Metrics();
  TRY_DO(quarantine_->Add(output.quarantined(), "oresmith.view." + definition_,
                          delta::Number(table_->snapshot()->version) + 1, /*replace=*/true));
  auto version = table_->Commit(request);
  if (!version) return Fail(std::move(version).error().Within("commit " + dataset_.display));
  progress_.version = delta::Number(*version);
  LogCheckpointError(*table_, runtime_.environment.log);
  progress_.rows_in = rows_in;
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
