#include "pipeline/flow_output.h"

#include <arrow/array.h>
#include <fmt/ranges.h>

#include <utility>

namespace oresmith::pipeline {

FlowOutput::FlowOutput(const BoundFlow& flow, delta::Table* table, const delta::Metadata* metadata,
                       std::function<std::optional<RecordPlace>(int64_t)> find, bool keep_rows)
    : flow_(flow),
      table_(table),
      metadata_(metadata),
      table_schema_(metadata ? metadata->schema
                    : table  ? table->snapshot()->metadata.schema
                             : flow.schema),
      find_(std::move(find)),
      keep_rows_(keep_rows),
      counts_(flow.rules.size()) {}

Status FlowOutput::Take(const columnar::Batch& batch) {
  TRY(Checked checked,
      ApplyRules(batch, static_cast<int>(flow_.schema.size()), flow_.rules, counts_));
  for (const DroppedRow& dropped : checked.dropped) Quarantine(batch, dropped);
  dropped_count_ += static_cast<int64_t>(checked.dropped.size());
  if (checked.kept->num_rows() == 0) return {};
  if (take_rows_) {
    rows_ += checked.kept->num_rows();
    return take_rows_(checked.kept);
  }
  TRY(const columnar::Batch rows, columnar::Conform(checked.kept, table_schema_));
  if (writer_ == nullptr) {
    TRY(writer_, make_writer_ ? make_writer_() : table_->NewWriter({}, metadata_));
  }
  TRY_DO(writer_->Write(rows));
  rows_ += rows->num_rows();
  if (keep_rows_) kept_.push_back(rows);
  return {};
}

void FlowOutput::Quarantine(const columnar::Batch& batch, const DroppedRow& dropped) {
  QuarantinedRow entry;
  entry.kind = "expectation";
  entry.rules = dropped.rules;
  entry.reason = fmt::format("broke {}", fmt::join(dropped.rules, ", "));
  const int checks = static_cast<int>(flow_.schema.size());
  std::vector<int> columns;
  for (int i = 0; i < checks; ++i) columns.push_back(i);
  const auto row = batch->SelectColumns(columns);
  if (row.ok()) entry.row_json = columnar::RowToJson(**row, dropped.row);
  if (flow_.has_origin && find_) {
    const auto& origins =
        static_cast<const arrow::Int64Array&>(*batch->column(batch->num_columns() - 1));
    if (origins.IsValid(dropped.row)) {
      if (auto place = find_(origins.Value(dropped.row))) {
        entry.file = std::move(place->file);
        entry.line = place->line;
        entry.raw = std::move(place->raw);
      }
    }
  }
  quarantined_.push_back(std::move(entry));
}

std::map<std::string, std::string> FlowOutput::Metrics() const {
  std::map<std::string, std::string> metrics;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const std::string rule = "expectation." + flow_.rules[i].name;
    metrics[rule + ".passed"] = std::to_string(counts_[i].passed);
    metrics[rule + ".failed"] = std::to_string(counts_[i].failed);
  }
  return metrics;
}

Status FlowOutput::CloseInto(delta::CommitRequest& request) {
  if (writer_ == nullptr) return {};
  return writer_->CloseInto(request);
}

}  // namespace oresmith::pipeline
