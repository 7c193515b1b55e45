// The way of a record, one epoch of one streaming table: read this first.
//
// The order of the steps is what makes each record arrive once. The range is durable before a byte
// of it is read (NextEpoch); the rows and the epoch's number are one commit of the table
// (CommitRows); only then is the epoch noted as finished. After a crash anywhere between, the same
// range is run again, and a table that has the epoch's number already is left alone.

#include <arrow/array.h>

#include <utility>

#include "delta/row_changes.h"
#include "pipeline/evolve.h"
#include "pipeline/stream_flow.h"
#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
/// The table's own writer takes no rows for generated columns: it cannot know that they are right.
Status StreamFlow::ChooseWriter(Epoch epoch, FlowOutput& output) {
  if (sink_ != nullptr) {
    output.UseRows([this](const columnar::Batch& rows) { return sink_->Write(rows); });
    return sink_->Begin(epoch);
  }
  TRY(const bool computes, ComputesColumns(*table_, dataset_));
  if (!computes) return {};
  output.UseWriter([this] {
    const Environment& environment = runtime_.environment;
    return delta::NewRuledWriter(runtime_.store, table_->root(), *table_->snapshot(),
                                 environment.clock, environment.random);
  });
  return {};
}

Result<bool> StreamFlow::RunEpoch() {
  // After a failure the state is ahead of the table.
  if (stages_ && !stages_->is_loaded()) TRY_DO(LoadState());
  TRY(const std::optional<PlannedEpoch> epoch, NextEpoch());  // poll: fix the range, durably
  if (!epoch) return false;
  const auto begin = runtime_.environment.clock.Steady();
  progress_.state = FlowState::kRunning;
  if (!IsCommitted(epoch->epoch)) {
    TRY(const std::vector<EpochInput> inputs, ReadInputs(*epoch));  // decode: rows | bad records
    const auto find = [&](int64_t origin) -> std::optional<RecordPlace> {
      for (const EpochInput& input : inputs) {
        if (auto place = input.Find(origin)) return place;
      }
      return std::nullopt;
    };
    FlowOutput output(flow_, table_, nullptr, find, has_readers_);
    TRY_DO(ChooseWriter(epoch->epoch, output));
    TRY(const engine::RunReport report, Transform(inputs, output));  // the SELECT, rules, files
    TRY_DO(KeepBadRecords(*epoch, inputs, report, output));          // to the quarantine
    if (stages_) TRY_DO(stages_->Persist(epoch->epoch));             // what the next ones must know
    TRY_DO(CommitRows(*epoch, output));                              // rows and epoch, one commit
    Count(inputs, report, output);
  }
  TRY_DO(checkpoint_.Commit(epoch->epoch, stages_ ? stages_->next_watermark_ms() : 0));
  unfinished_.reset();
  if (stages_) TRY_DO(stages_->Committed());
  ++progress_.epochs;
  busy_ += runtime_.environment.clock.Steady() - begin;
  const double seconds = std::chrono::duration<double>(busy_).count();
  if (seconds > 0) progress_.rows_per_second = static_cast<double>(progress_.rows_out) / seconds;
  progress_.state = FlowState::kIdle;
  return true;
}

Result<std::optional<PlannedEpoch>> StreamFlow::NextEpoch() {
  if (unfinished_) return unfinished_;
  PlannedEpoch next{.epoch = checkpoint_.last_planned() + 1, .ranges = {}, .watermark_ms = 0};
  const connector::Limits limits{.bytes_max = runtime_.definition.config.epoch_bytes_max,
                                 .available_now = runtime_.available_now};
  bool any = declared_.once && next.epoch == 0;
  if (stages_) {
    any = stages_->WantsEpoch();
    next.watermark_ms = stages_->next_watermark_ms();
  }
  for (size_t i = 0; i < sources_.size(); ++i) {
    TRY(std::optional<connector::Range> range, sources_[i]->Plan(limits));
    any = any || range.has_value();
    next.ranges.push_back(range ? std::move(*range) : connector::Range{});
    if (!range) next.ranges.back().offset_json = kNothing;
  }
  if (!any) return std::optional<PlannedEpoch>{};
  TRY_DO(checkpoint_.Plan(next, runtime_.environment.clock.Now()));
  unfinished_ = std::move(next);
  return unfinished_;
}

Result<std::vector<EpochInput>> StreamFlow::ReadInputs(const PlannedEpoch& epoch) {
  std::vector<EpochInput> inputs;
  int64_t rows = 0;
  for (size_t i = 0; i < sources_.size(); ++i) {
    const auto scan = static_cast<size_t>(stream_scans_[i]);
    if (epoch.ranges[i].offset_json == kNothing) {
      inputs.push_back(EpochInput::Empty(sources_[i]->schema(), rows));
      continue;
    }
    auto input =
        EpochInput::Read(*sources_[i], epoch.ranges[i], flow_.scan_columns[scan],
                         flow_.scans[scan].provenance, rows, runtime_.definition.config.threads);
    if (!input) return Fail(std::move(input).error().Within("read " + sources_[i]->Describe()));
    rows += input->rows();
    inputs.push_back(std::move(*input));
  }
  return inputs;
}

Result<engine::RunReport> StreamFlow::Transform(const std::vector<EpochInput>& inputs,
                                                FlowOutput& output) {
  std::vector<const columnar::Relation*> relations(flow_.scans.size(), nullptr);
  std::vector<std::unique_ptr<columnar::Relation>> static_sides;
  for (size_t i = 0; i < inputs.size(); ++i) {
    relations[static_cast<size_t>(stream_scans_[i])] = &inputs[i].relation();
  }
  for (const auto& [scan, table] : static_tables_) {
    TRY_DO(table->Refresh());
    const auto index = static_cast<size_t>(scan);
    TRY(auto rows, OpenSnapshot(std::get<TableScan>(flow_.scans[index].what), runtime_.store,
                                *table, conditions_.at(index)));
    static_sides.push_back(std::move(rows));
    relations[index] = static_sides.back().get();
  }
  for (const auto& [scan, source] : static_outside_) {
    TRY(auto rows, OpenOutside(source, runtime_.environment.clock));
    static_sides.push_back(std::move(rows));
    relations[static_cast<size_t>(scan)] = static_sides.back().get();
  }
  // No stop token: an epoch that was begun is finished.
  const engine::RunContext context{.now = runtime_.environment.clock.Now(), .stop = {}};
  const auto take = [&](const columnar::Batch& batch) {
    runtime_.tick();
    return output.Take(batch);
  };
  if (stages_) return stages_->Run(relations, context, runtime_.tick, take);
  return query_->Run(relations, context, take);
}

/// Rows that came after the watermark; with the record that they came from, where that is known.
void StreamFlow::KeepLate(const std::vector<EpochInput>& inputs,
                          std::vector<QuarantinedRow>& rows) {
  for (LateRow& late : stages_->late()) {
    ++progress_.rows_late;
    QuarantinedRow row{.kind = "late",
                       .rules = {},
                       .reason = std::move(late.reason),
                       .file = {},
                       .line = 0,
                       .raw = {},
                       .row_json = std::move(late.row_json)};
    for (const EpochInput& input : inputs) {
      auto place = input.Find(late.origin);
      if (!place) continue;
      row.file = std::move(place->file);
      row.line = place->line;
      row.raw = std::move(place->raw);
    }
    rows.push_back(std::move(row));
  }
}

Status StreamFlow::KeepBadRecords(const PlannedEpoch& epoch, const std::vector<EpochInput>& inputs,
                                  const engine::RunReport& report, FlowOutput& output) {
  std::vector<QuarantinedRow> rows = std::move(output.quarantined());
  for (size_t i = 0; i < inputs.size(); ++i) {
    for (const connector::BadRecord& bad : inputs[i].report().bad_records) {
      rows.push_back({.kind = "bad_record",
                      .rules = {},
                      .reason = bad.reason,
                      .file = bad.file,
                      .line = bad.line,
                      .raw = bad.raw,
                      .row_json = {}});
    }
    drift_.AddSource(sources_[i]->Describe(), inputs[i].report().fields);
    for (const std::string& lost : inputs[i].report().warnings) {
      runtime_.environment.log.Warn("event=data_loss flow={} what=\"{}\"", dataset_.display, lost);
      losses_.push_back(lost);
    }
  }
  for (const engine::BadValue& bad : report.bad_values) {
    QuarantinedRow row{.kind = "bad_record",
                       .rules = {},
                       .reason = bad.reason,
                       .file = {},
                       .line = 0,
                       .raw = bad.raw,
                       .row_json = {}};
    for (const EpochInput& input : inputs) {
      if (const auto place = input.Find(bad.origin)) {
        row.file = place->file;
        row.line = place->line;
      }
    }
    rows.push_back(std::move(row));
  }
  if (stages_) KeepLate(inputs, rows);
  drift_.Add(report.fields);
  for (const Error& warning : drift_.TakeNew()) {
    runtime_.environment.log.Warn("event=drift {} place={}:{}:{} note=\"{}\" fix=\"{}\"",
                                  warning.message, warning.place->file, warning.place->line,
                                  warning.place->column, warning.note, warning.fix);
  }
  return quarantine_->Add(rows, checkpoint_.app_id(), epoch.epoch, /*replace=*/false);
}

Status StreamFlow::CommitRows(const PlannedEpoch& epoch, FlowOutput& output) {
  if (sink_ != nullptr) return sink_->Commit();
  delta::CommitRequest request;
  request.operation = "STREAMING UPDATE";
  request.operation_parameters = {{"outputMode", "\"Append\""},
                                  {"queryId", fmt::format("\"{}\"", checkpoint_.app_id())},
                                  {"epochId", fmt::format("\"{}\"", epoch.epoch)}};
  TRY_DO(output.CloseInto(request));
  // Without rows there is nothing that could be doubled: no version for nothing. Counts of rows
  // that were all dropped are something: they belong to this epoch, and would be gone after a
  // crash.
  if (request.adds.empty() && output.dropped_count() == 0) return {};
  request.operation_metrics = output.Metrics();
  request.transactions.push_back({.app_id = checkpoint_.app_id(), .version = epoch.epoch});
  auto version = table_->Commit(request);
  if (!version) return Fail(std::move(version).error().Within("commit " + dataset_.display));
  progress_.version = delta::Number(*version);
  LogCheckpointError(*table_, runtime_.environment.log);
  runtime_.compactor.Committed(*table_);
  if (has_readers_) {
    runtime_.recent.Add(table_->root(), *version, std::move(output.kept_batches()));
  }
  return {};
}

bool StreamFlow::IsCommitted(Epoch epoch) const {
  if (sink_ != nullptr) return sink_->last_epoch() >= epoch;
  const auto& transactions = table_->snapshot()->transactions;
  const auto done = transactions.find(checkpoint_.app_id());
  return done != transactions.end() && done->second >= epoch;
}

void StreamFlow::Count(const std::vector<EpochInput>& inputs, const engine::RunReport& report,
                       const FlowOutput& output) {
  for (const EpochInput& input : inputs) {
    progress_.rows_in += input.rows();
    progress_.bad_records += input.report().bad_count;
  }
  progress_.bad_records += report.bad_count;
  progress_.rows_out += output.rows();
  progress_.rows_dropped += output.dropped_count();
  for (size_t i = 0; i < flow_.rules.size(); ++i) {
    auto& [passed, failed] = progress_.expectations[flow_.rules[i].name];
    passed += output.counts()[i].passed;
    failed += output.counts()[i].failed;
  }
}

}  // namespace oresmith::pipeline
