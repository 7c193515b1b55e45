#pragma once

// The flow of one materialized view: brought up to date when something that it reads has changed,
// by one commit. A refresh that fails leaves the last version.
//
// APPEND_ONLY      rows were added to one table, and the query's rows just add up: the new ones are
//                  appended
// GROUP_AGGREGATE  rows were added to one table: they are merged into the groups, which are kept in
//                  memory
// FULL_RECOMPUTE   everything else

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "delta/predicate.h"
#include "pipeline/bind.h"
#include "pipeline/flow_output.h"
#include "pipeline/pipeline.h"
#include "pipeline/quarantine.h"
#include "pipeline/runtime.h"
#include "pipeline/view_state.h"

namespace oresmith::pipeline {

/// One thread at a time.
class ViewFlow final : private ViewInputs {
 public:
  /// `anew`: the first refresh recomputes it, whatever has changed. All must outlive the flow.
  static Result<std::unique_ptr<ViewFlow>> Open(Runtime& runtime, const Dataset& dataset,
                                                BoundFlow flow, bool anew);

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
  Status OpenQueries();
  // What the query reads.
  std::optional<int64_t> Version(int scan) const override;
  std::string Identity(int scan) const override;
  Result<std::unique_ptr<columnar::Relation>> All(int scan) const override;
  Result<std::unique_ptr<columnar::Relation>> Added(int scan, int64_t from) const override;
  Result<std::unique_ptr<columnar::Relation>> None(int scan) const override;

  /// The techniques; false: this one does not do here, and nothing has been done.
  Result<bool> AppendRows();
  Result<bool> MergeGroups();
  Status Recompute();
  /// The version of the input that the view was made from; nothing when that is not known.
  std::optional<int64_t> SeenVersion(int scan) const;
  bool IsOfThisDefinition() const;
  bool IsPinned(int scan) const;
  bool HasManySmallFiles() const;
  Status Write(engine::PreparedQuery& query, const ScanSet& scans, bool overwrite);
  engine::RunContext Context() const;

  Runtime& runtime_;
  const Dataset& dataset_;
  BoundFlow flow_;
  std::string definition_;         // hash of the query and what it reads
  delta::Table* table_ = nullptr;  // owned by runtime_.tables
  std::vector<std::unique_ptr<delta::Table>> outside_tables_;
  std::vector<delta::Table*> inputs_;  // by Scan::index; null for files
  /// By Scan::index: files without such rows are not read.
  std::vector<delta::Predicate> conditions_;
  std::unique_ptr<engine::PreparedQuery> query_;
  std::vector<int> all_scans_;
  sql::LinearScans linear_;
  std::unique_ptr<ViewState> state_;  // null: the query has no groups that can be kept
  std::string reason_;                // for a full recompute
  bool anew_ = false;
  std::unique_ptr<Quarantine> quarantine_;
  TableProgress progress_;
  std::chrono::nanoseconds busy_{0};
};

}  // namespace oresmith::pipeline
