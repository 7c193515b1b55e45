#pragma once

// What a plan demands of the rows of its scans, so that files without such rows are not read.

#include <vector>

#include "delta/predicate.h"
#include "sql/plan.h"

namespace oresmith::command {

/// For each scan, by Scan::index, a condition that every row fulfils which can be part of the
/// result. The plan still evaluates its filters: what cannot be said here is Anything.
std::vector<delta::Predicate> PushedDown(const sql::Plan& plan);

}  // namespace oresmith::command
