#pragma once

// Durations on the command line.

#include <chrono>
#include <string_view>

#include "base/result.h"

namespace oresmith::cli {

/// 500ms, 10s, 5m, 1h, and sums of them from large to small: 1h30m. At least 1 ms, at most 365
/// days. Errors: kInvalidInput.
Result<std::chrono::milliseconds> ParseDuration(std::string_view text);

}  // namespace oresmith::cli
