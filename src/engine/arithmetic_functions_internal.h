#pragma once

// Arithmetic with Spark's errors and Spark's decimals.

#include <optional>
#include <string_view>

#include "engine/functions_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// The function of an operator of the function table (+:decimal, /, %, div, pmod, avg:decimal, ...)
/// for arguments of these types; nothing where DuckDB's own does.
std::optional<FunctionSpec> ArithmeticFunction(std::string_view name,
                                               const std::vector<types::Type>& arguments,
                                               const types::Type& result);

}  // namespace oresmith::engine
