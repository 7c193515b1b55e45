#pragma once

// to_date, to_timestamp and date_format with a pattern.

#include <optional>
#include <string_view>

#include "base/result.h"
#include "engine/functions_internal.h"

namespace oresmith::engine {

/// The function of that name of the function table with that constant pattern; nothing when it is
/// none of these. Timestamps are taken and given as UTC.
/// Errors: those of DatetimePattern.
Result<std::optional<FunctionSpec>> PatternFunction(std::string_view name,
                                                    std::string_view pattern);

}  // namespace oresmith::engine
