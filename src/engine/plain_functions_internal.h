#pragma once

// Functions of fixed types with Spark's meaning.

#include <optional>
#include <string_view>

#include "engine/functions_internal.h"

namespace oresmith::engine {

/// The function of that name of the function table; nothing where there is none here.
std::optional<FunctionSpec> PlainFunction(std::string_view name);

}  // namespace oresmith::engine
