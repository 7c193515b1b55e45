#pragma once

// Takes a plan apart so that rows which are added to what it reads need not be met together with
// those from before.

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sql/plan.h"

namespace oresmith::sql {

/// For each scan (by its index in the whole plan) whose added rows give exactly the rows that are
/// added to the output: the scans that must be left empty meanwhile (other sides of UNION ALL). All
/// other scans are read as they are.
using LinearScans = std::map<int, std::set<int>>;

/// A plan over some of the whole plan's scans; its own scans count from 0.
struct PartialPlan {
  Plan plan;
  std::vector<int> scans;  // index in the whole plan; -1 - k: the state of part k
};

/// A grouping of which a state can be kept: one row a group, and rows of two states together make
/// one again.
struct GroupedPart {
  types::Schema state;
  PartialPlan partial;  // input rows to rows of the state
  Plan merge;           // one scan: rows of the state, several for a group -> one for each
  LinearScans linear;
};

struct SplitPlan {
  /// Of the whole plan; empty when its rows do not just add up.
  LinearScans linear;
  std::vector<GroupedPart> parts;
  /// The output, over the states of the parts and what else the plan reads. Without parts: the
  /// plan.
  PartialPlan rest;
};

/// `plan` is consumed. The parts are taken where the grouping's input adds up and all aggregates
/// can be merged: count, sum, avg, min, max, min_by, max_by, bool_and, bool_or, bit_and, bit_or,
/// bit_xor; DISTINCT is a grouping without aggregates. What is random, or asks the clock, never
/// adds up.
SplitPlan SplitForIncrement(Plan plan);

/// Takes the grouping `op` apart, which becomes a projection over a scan with index `-1 - index` of
/// its state. Nothing when an aggregate cannot be merged; `op` is then as it was. `linear` and
/// `partial.scans` are left empty.
std::optional<GroupedPart> TakeGrouping(Operator& op, int index, int& next_column_id);

/// Lets the scans of a plan count from 0; gives what they counted before, in that order.
std::vector<int> Renumber(Plan& plan);

}  // namespace oresmith::sql
