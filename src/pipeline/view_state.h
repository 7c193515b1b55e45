#pragma once

// The groups of a materialized view, kept in memory from one refresh to the next, so that rows that
// are added to what it reads are met alone.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "delta/table.h"
#include "engine/engine.h"
#include "sql/plan_increment.h"

namespace oresmith::pipeline {

/// What a view reads, by Scan::index. One thread at a time.
class ViewInputs {
 public:
  virtual ~ViewInputs() = default;
  /// Newest version of the table; nothing for files, which have none.
  virtual std::optional<int64_t> Version(int scan) const = 0;
  virtual Result<std::unique_ptr<columnar::Relation>> All(int scan) const = 0;
  /// The rows that came after `from`, up to Version(scan). Errors: kUnsupported when rows were also
  /// changed or removed.
  virtual Result<std::unique_ptr<columnar::Relation>> Added(int scan, int64_t from) const = 0;
  /// A relation of the scan's columns without rows.
  virtual Result<std::unique_ptr<columnar::Relation>> None(int scan) const = 0;
};

/// Relations of some scans, kept alive for one run of a query.
struct ScanSet {
  std::vector<std::unique_ptr<columnar::Relation>> owned;
  std::vector<const columnar::Relation*> relations;
  int64_t rows = 0;  // as far as they are known without reading

  void Add(std::unique_ptr<columnar::Relation> relation);
};

/// Of `scans`: what was added to `changed`, nothing of the silent ones, all of the others.
Result<ScanSet> ScansWith(const std::vector<int>& scans, const std::set<int>& silent, int changed,
                          std::unique_ptr<columnar::Relation> added, const ViewInputs& inputs);

/// One thread at a time.
class ViewState {
 public:
  /// `bytes_max`: of all states together. REQUIRES: split.parts is not empty.
  static Result<std::unique_ptr<ViewState>> Open(engine::Engine& engine, sql::SplitPlan split,
                                                 int64_t bytes_max);

  struct Update {
    bool full = false;   // some part was made from all rows
    std::string reason;  // why, for the log
    int64_t rows_in = 0;
  };
  /// Brings the states to the newest versions. `tick` is called often.
  /// Errors: those of reading and of the query; kUnavailable when the states are too large, and the
  /// view must be computed without them.
  Result<Update> Refresh(const ViewInputs& inputs, const engine::RunContext& context,
                         const std::function<void()>& tick);

  /// What makes the view's rows of the states.
  engine::PreparedQuery& rest() { return *rest_; }
  Result<ScanSet> RestInputs(const ViewInputs& inputs) const;

 private:
  struct Part {
    types::Schema schema;
    sql::LinearScans linear;
    std::vector<int> scans;
    std::unique_ptr<engine::PreparedQuery> partial, merge;
    std::optional<std::vector<columnar::Batch>> rows;  // nothing: not made yet
    std::map<int, int64_t> versions;                   // of the tables that `rows` speak of
  };

  ViewState() = default;
  Status RefreshPart(Part& part, const ViewInputs& inputs, const engine::RunContext& context,
                     const std::function<void()>& tick, Update& update);
  Status MergeRows(Part& part, int changed, std::unique_ptr<columnar::Relation> added,
                   const ViewInputs& inputs, const engine::RunContext& context,
                   const std::function<void()>& tick) const;
  /// The one table that has more rows than the part has seen; nothing, with a reason, when that is
  /// not all that happened.
  static std::optional<int> OnlyChange(const Part& part, const ViewInputs& inputs,
                                       std::string& reason);
  Result<std::vector<columnar::Batch>> Run(engine::PreparedQuery& query, const ScanSet& scans,
                                           const engine::RunContext& context,
                                           const std::function<void()>& tick) const;

  int64_t bytes_max_ = 0;
  std::vector<Part> parts_;
  std::unique_ptr<engine::PreparedQuery> rest_;
  std::vector<int> rest_scans_;
};

}  // namespace oresmith::pipeline
