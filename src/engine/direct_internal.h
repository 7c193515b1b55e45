#pragma once

// Plans that only pick columns: run on Arrow's arrays, without DuckDB and without copying a value.

#include <memory>

#include "engine/engine.h"
#include "sql/plan.h"

namespace oresmith::engine {

/// The query, when the plan picks columns of one scan, fields of structs, constants and the time of
/// the run, and nothing else; nullptr otherwise.
std::unique_ptr<PreparedQuery> TryDirectQuery(const sql::Plan& plan, int threads);

}  // namespace oresmith::engine
