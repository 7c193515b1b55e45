#pragma once

// The value of a constant SQL expression.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace oresmith::pipeline {

/// The expression as TIMESTAMP: microseconds since 1970 in UTC.
/// Errors: kInvalidInput for text that is no time, and for NULL.
Result<int64_t> EvaluateTime(const std::string& sql, const std::string& time_zone,
                             const Clock& clock);

}  // namespace oresmith::pipeline
