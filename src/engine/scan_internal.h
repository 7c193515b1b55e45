#pragma once

// The table function `scan(query, index)`: reads the relation of a scan of a running query.

#include <memory>

#include "base/result.h"
#include "engine/handles_internal.h"
#include "engine/state_internal.h"

namespace oresmith::engine {

/// `registry` must outlive the database.
Status RegisterScan(duckdb_connection connection, QueryRegistry* registry);

}  // namespace oresmith::engine
