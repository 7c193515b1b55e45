#pragma once

// A plan, prepared.

#include <memory>
#include <string>

#include "base/result.h"
#include "engine/engine.h"
#include "engine/functions_internal.h"
#include "engine/handles_internal.h"
#include "engine/state_internal.h"
#include "sql/plan.h"

namespace oresmith::engine {

/// What a query needs of its engine, which must outlive it.
struct EngineParts {
  QueryRegistry* registry = nullptr;
  FunctionCatalog* functions = nullptr;
  int threads = 1;
  std::string time_zone = "UTC";
};

/// Errors: those of Engine::Prepare.
Result<std::unique_ptr<PreparedQuery>> PrepareQuery(EngineParts parts, Connection connection,
                                                    const sql::Plan& plan);

}  // namespace oresmith::engine
