#pragma once

// The flow of one streaming table: its sources, checkpoint, query and table.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/connector.h"
#include "connector/sink.h"
#include "delta/predicate.h"
#include "pipeline/bind.h"
#include "pipeline/checkpoint.h"
#include "pipeline/drift.h"
#include "pipeline/flow_output.h"
#include "pipeline/pipeline.h"
#include "pipeline/quarantine.h"
#include "pipeline/runtime.h"
#include "pipeline/stream_stages.h"

namespace oresmith::pipeline {

/// One thread at a time.
class StreamFlow {
 public:
  /// Opens or makes the table and the checkpoint, and takes up where the last process stopped.
  /// `checkpoint`: of this flow. All must outlive the flow. `has_readers`: other flows read the
  /// table.
  static Result<std::unique_ptr<StreamFlow>> Open(Runtime& runtime, const Dataset& dataset,
                                                  const FlowQuery& query, BoundFlow flow,
                                                  Checkpoint checkpoint, bool has_readers);

  /// Runs one epoch: the one a crash left behind, else what is new. False: there was nothing.
  Result<bool> RunEpoch();

  TableProgress& progress() { return progress_; }
  /// What a person should look at, so far.
  std::vector<Error> Warnings() const;
  /// Asks the sources how much waits.
  Status UpdateBacklog();

 private:
  StreamFlow(Runtime& runtime, const Dataset& dataset, const FlowQuery& query, BoundFlow flow,
             Checkpoint checkpoint);

  Status OpenTable();
  Status OpenSink();
  Status OpenSources();
  Status Resume();
  Status Prepare();
  Status LoadState();
  // The steps of RunEpoch, in order.
  Result<std::optional<PlannedEpoch>> NextEpoch();
  Result<std::vector<EpochInput>> ReadInputs(const PlannedEpoch& epoch);
  Status ChooseWriter(Epoch epoch, FlowOutput& output);
  Result<engine::RunReport> Transform(const std::vector<EpochInput>& inputs, FlowOutput& output);
  Status KeepBadRecords(const PlannedEpoch& epoch, const std::vector<EpochInput>& inputs,
                        const engine::RunReport& report, FlowOutput& output);
  void KeepLate(const std::vector<EpochInput>& inputs, std::vector<QuarantinedRow>& rows);
  Status CommitRows(const PlannedEpoch& epoch, FlowOutput& output);
  void Count(const std::vector<EpochInput>& inputs, const engine::RunReport& report,
             const FlowOutput& output);

  bool IsCommitted(Epoch epoch) const;

  Runtime& runtime_;
  const Dataset& dataset_;
  const FlowQuery& declared_;
  BoundFlow flow_;
  Checkpoint checkpoint_;
  bool has_readers_ = false;
  delta::Table* table_ = nullptr;  // owned by runtime_.tables; null: there is a sink
  std::unique_ptr<connector::Sink> sink_;
  std::vector<int> stream_scans_;  // Scan::index of each source
  std::vector<std::unique_ptr<connector::Source>> sources_;
  std::vector<std::unique_ptr<delta::Table>> outside_tables_;  // static sides not of this pipeline
  std::map<int, delta::Table*> static_tables_;                 // by Scan::index
  std::map<int, ScanSource> static_outside_;                   // likewise; only of a flow ONCE
  /// By Scan::index: files of static tables without such rows are not read.
  std::vector<delta::Predicate> conditions_;
  std::optional<PlannedEpoch> unfinished_;
  std::unique_ptr<engine::PreparedQuery> query_;  // null: the query has state
  std::unique_ptr<StreamStages> stages_;          // null: it has none
  std::unique_ptr<Quarantine> quarantine_;
  DriftLog drift_;
  std::vector<std::string> losses_;  // what sources said is gone
  TableProgress progress_;
  std::chrono::nanoseconds busy_{0};
};

/// `_checkpoints/<catalog>/<schema>/<table>/<flow>`; the flow of `AS query` has the table's name.
std::string CheckpointRoot(const TableName& name, const std::string& flow);

}  // namespace oresmith::pipeline
