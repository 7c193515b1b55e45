#pragma once

// The flow of one materialized view: recomputed when something that it reads has changed, and
// swapped in by one commit. A refresh that fails leaves the last version.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/bind.h"
#include "pipeline/flow_output.h"
#include "pipeline/pipeline.h"
#include "pipeline/quarantine.h"
#include "pipeline/runtime.h"

namespace oresmith::pipeline {

/// One thread at a time.
class ViewFlow {
 public:
  /// All must outlive the flow.
  static Result<std::unique_ptr<ViewFlow>> Open(Runtime& runtime, const Dataset& dataset,
                                                BoundFlow flow);

  /// Brings the view up to date. False: nothing that it reads has changed (NO_OP).
  Result<bool> Refresh();
  /// Whether a Refresh would find work, as far as is known without I/O.
  bool IsStale() const;

  TableProgress& progress() { return progress_; }

 private:
  ViewFlow(Runtime& runtime, const Dataset& dataset, BoundFlow flow);

  /// What the view was made from: one `txn` per input, and the definition.
  std::vector<delta::AppTransaction> InputVersions() const;
  delta::Metadata WantedMetadata() const;
  Status OpenInputs();
  Result<std::unique_ptr<columnar::Relation>> OpenScan(size_t scan);
  Status Recompute(const std::vector<delta::AppTransaction>& versions);

  Runtime& runtime_;
  const Dataset& dataset_;
  BoundFlow flow_;
  std::string definition_;         // hash of the query and what it reads
  delta::Table* table_ = nullptr;  // owned by runtime_.tables
  std::vector<std::unique_ptr<delta::Table>> outside_tables_;
  std::vector<delta::Table*> inputs_;  // by Scan::index; null for files
  std::unique_ptr<engine::PreparedQuery> query_;
  std::unique_ptr<Quarantine> quarantine_;
  TableProgress progress_;
  std::chrono::nanoseconds busy_{0};
};

}  // namespace oresmith::pipeline
