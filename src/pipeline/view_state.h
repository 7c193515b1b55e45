#pragma once

// The groups of a materialized view, kept from one refresh to the next, so that rows that are added
// to what it reads are met alone. In memory, and in the storage so that a start has them; there
// they are only a copy of what the inputs give: what is missing or does not fit is made anew.

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
#include "state/change_log.h"

namespace oresmith::pipeline {

/// What a view reads, by Scan::index. One thread at a time.
class ViewInputs {
 public:
  virtual ~ViewInputs() = default;
  /// Newest version of the table; nothing for files, which have none.
  virtual std::optional<int64_t> Version(int scan) const = 0;
  /// Which table it is: another one of the same name has other versions. Empty for files.
  virtual std::string Identity(int scan) const = 0;
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
  /// `root`: a folder of `store`, which must outlive it, for the groups of `definition`.
  /// `bytes_max`: of all states together. REQUIRES: split.parts is not empty.
  static Result<std::unique_ptr<ViewState>> Open(engine::Engine& engine, sql::SplitPlan split,
                                                 storage::Store& store, const std::string& root,
                                                 std::string definition, int64_t bytes_max);

  struct Update {
    bool full = false;  // some part was made from all rows
    /// What could not be stored: the next start makes it anew.
    std::optional<Error> not_stored = std::nullopt;
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
  struct Seen {
    std::string identity;
    int64_t version = -1;
    bool operator==(const Seen&) const = default;
  };
  using SeenTables = std::map<int, Seen>;
  struct Part {
    types::Schema schema;
    sql::LinearScans linear;
    std::vector<int> scans;
    std::unique_ptr<engine::PreparedQuery> partial, merge;
    std::optional<std::vector<columnar::Batch>> rows;  // nothing: not made yet
    SeenTables seen;                                   // the tables that `rows` speak of
  };
  /// What one refresh did to a part, as it is stored.
  struct Change {
    size_t part = 0;
    bool full = false;  // the rows are all; else more of them
    SeenTables before, after;
    std::vector<columnar::Batch> rows;
  };

  ViewState(storage::Store& store, const std::string& root, std::string definition)
      : log_(store, root), definition_(std::move(definition)) {}
  /// What an earlier process stored.
  Status Load(const engine::RunContext& context, const std::function<void()>& tick);
  void Apply(std::string_view record);
  Status Store(const std::vector<Change>& changes);
  Result<std::string> ToRecord(const Change& change) const;
  Status RefreshPart(Part& part, const ViewInputs& inputs, const engine::RunContext& context,
                     const std::function<void()>& tick, Update& update, Change& change);
  /// Gives the rows that were merged in.
  Result<std::vector<columnar::Batch>> MergeRows(Part& part, int changed,
                                                 std::unique_ptr<columnar::Relation> added,
                                                 const ViewInputs& inputs,
                                                 const engine::RunContext& context,
                                                 const std::function<void()>& tick) const;
  /// The one table that has more rows than the part has seen; nothing, with a reason, when that is
  /// not all that happened.
  static std::optional<int> OnlyChange(const Part& part, const ViewInputs& inputs,
                                       std::string& reason);
  Result<std::vector<columnar::Batch>> Run(engine::PreparedQuery& query, const ScanSet& scans,
                                           const engine::RunContext& context,
                                           const std::function<void()>& tick) const;

  state::ChangeLog log_;
  const std::string definition_;
  bool loaded_ = false;
  int64_t next_record_ = 0;
  int64_t bytes_max_ = 0;
  std::vector<Part> parts_;
  std::unique_ptr<engine::PreparedQuery> rest_;
  std::vector<int> rest_scans_;
};

}  // namespace oresmith::pipeline
