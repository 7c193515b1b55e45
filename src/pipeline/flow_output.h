#pragma once

// What one run of a flow's query gives: rows checked and written to data files, rows dropped,
// counts.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "delta/table.h"
#include "pipeline/bind.h"
#include "pipeline/checks.h"
#include "pipeline/epoch_input.h"
#include "pipeline/quarantine.h"

namespace oresmith::pipeline {

/// Takes the engine's batches: expectations, then the table's writer. One thread at a time.
class FlowOutput {
 public:
  /// `find` tells where an input row came from. `keep_rows`: the written batches are wanted
  /// afterwards. All must outlive it. `metadata`: of a schema that will be committed with the rows.
  /// `table`: null when UseRows says where the rows go.
  FlowOutput(const BoundFlow& flow, delta::Table* table, const delta::Metadata* metadata,
             std::function<std::optional<RecordPlace>(int64_t)> find, bool keep_rows);

  Status Take(const columnar::Batch& batch);
  /// Files are written by what `make` gives, and not by the table's own writer.
  void UseWriter(std::function<Result<std::unique_ptr<delta::FileWriter>>()> make) {
    make_writer_ = std::move(make);
  }
  /// Rows go there and not into files; their schema is the flow's.
  void UseRows(std::function<Status(const columnar::Batch&)> take) { take_rows_ = std::move(take); }
  /// Finishes the data files; they are durable when the commit is.
  Status CloseInto(delta::CommitRequest& request);

  int64_t rows() const { return rows_; }
  int64_t dropped_count() const { return dropped_count_; }
  const std::vector<RuleCount>& counts() const { return counts_; }
  /// counts() for the commit's metrics, so that they are as durable as the rows they speak of.
  std::map<std::string, std::string> Metrics() const;
  std::vector<QuarantinedRow>& quarantined() { return quarantined_; }
  std::vector<columnar::Batch>& kept_batches() { return kept_; }

 private:
  void Quarantine(const columnar::Batch& batch, const DroppedRow& dropped);

  const BoundFlow& flow_;
  delta::Table* table_;
  const delta::Metadata* metadata_;
  types::Schema table_schema_;
  std::function<std::optional<RecordPlace>(int64_t)> find_;
  bool keep_rows_;
  std::function<Result<std::unique_ptr<delta::FileWriter>>()> make_writer_;  // empty: the table's
  std::function<Status(const columnar::Batch&)> take_rows_;                  // empty: to files
  std::unique_ptr<delta::FileWriter> writer_;  // null until the first row
  std::vector<columnar::Batch> kept_;
  std::vector<QuarantinedRow> quarantined_;
  std::vector<RuleCount> counts_;
  int64_t rows_ = 0;
  int64_t dropped_count_ = 0;
};

}  // namespace oresmith::pipeline
