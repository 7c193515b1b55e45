#pragma once

// Takes a plan over streams apart at the operators that need state, so that it can be run epoch by
// epoch: event times are looked at, first rows let through, groups and joined rows held.

#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "sql/plan.h"
#include "sql/plan_increment.h"

namespace oresmith::sql {

/// A column that says when a row happened.
struct EventTimeColumn {
  /// A struct whose second field, `end`, is the time; else the value itself.
  bool is_window = false;
  int64_t delay_ms = 0;
};
using EventTimes = std::map<ColumnId, EventTimeColumn>;

/// The columns of a plan that hold event times: those of WATERMARK, and windows of them.
EventTimes FindEventTimes(const Plan& plan);

bool ReadsStream(const Operator& op);

/// `row_number() OVER (PARTITION BY ... ORDER BY ...) = 1`.
struct FirstRows {
  const WindowOp* window = nullptr;
  const BoundWindow* function = nullptr;
  const BoundExpr* test = nullptr;  // this part of the condition
  bool descending = false;          // the last row is wanted
};
/// Nothing when `op` is no such filter.
std::optional<FirstRows> FindFirstRows(const Operator& op);

/// What the condition of a join says of two instants: right - left is at least and at most so many
/// microseconds.
struct TimeBounds {
  ColumnId left{}, right{};
  std::optional<int64_t> at_least, at_most;
};
/// Of the event times of both sides; nothing when one of them has none.
std::optional<TimeBounds> FindTimeBounds(const JoinOp& join, const EventTimes& times);

/// Where a row of some stage has its event time.
struct TimePlace {
  int column = 0;
  EventTimeColumn time;
};

/// The largest event time that has come is looked at; the rows go on as they are.
struct WatchStage {
  TimePlace time;
};
/// The first row of each key goes on.
struct FirstStage {
  std::vector<int> keys;
  std::optional<TimePlace> time;
  /// The time is a key: what is not late has a time that an expired key did not have.
  bool time_is_key = false;
};
/// Rows are held until the watermark has passed their time; then they go on.
struct HoldStage {
  TimePlace time;  // in what comes in
  /// What is held instead: rows of groups, and how those of one group become one. Nothing: the rows
  /// themselves, whose groups are made of them when they go on.
  struct Groups {
    types::Schema schema;
    int time_column = 0;
    Plan partial, merge;  // each over one scan
  };
  std::optional<Groups> groups;
};
/// Rows of two streams meet; both are held until nothing can come that they would meet.
struct JoinStage {
  JoinType type = JoinType::kInner;
  /// Two scans, the columns of each side and its number; gives those of both sides. Inner.
  Plan matches;
  int left_columns = 0, right_columns = 0;
  std::optional<TimePlace> left_time, right_time;
  /// A row of that side meets only rows whose time is at most its own and this; nothing: any row.
  std::optional<int64_t> left_reach_us, right_reach_us;
  /// Columns of each side that must be equal; pairs.
  std::vector<int> left_keys, right_keys;
};

/// Scans of a plan: of the whole plan; -1 - k: the output of stage k.
struct StreamStage {
  Span span;
  std::vector<PartialPlan> inputs;  // one; of a join two
  std::variant<WatchStage, FirstStage, HoldStage, JoinStage> work;
  types::Schema output;
  /// By input: the column that says which record a row came from; -1: none does.
  std::vector<int> origins;
};

/// What a state of the stage is of, as text: a state can go on under a plan that has the same.
std::string DescribeState(const StreamStage& stage);

struct StreamPlan {
  std::vector<StreamStage> stages;  // a stage reads only those before it
  PartialPlan rest;
};

/// REQUIRES: the plan's stateful operators can be run so: groupings have an event time among their
/// keys, window functions are FirstRows, and so on. `origins`: columns of scans that are carried to
/// the stages.
StreamPlan SplitStream(Plan plan, const std::vector<ColumnId>& origins);

}  // namespace oresmith::sql
