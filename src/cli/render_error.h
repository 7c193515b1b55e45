#pragma once

// Errors and warnings as a person reads them: place, the line with a caret, note, fix.

#include <string>
#include <vector>

#include "base/result.h"

namespace oresmith::cli {

enum class Severity { kError, kWarning };

struct RenderOptions {
  Severity severity = Severity::kError;
  bool color = false;  ///< ANSI colours
};

/// One error, ending in a line end:
///
///   orders.sql:14:10: error: cannot evolve silver.orders
///      14 |   amount STRING,
///         |          ^~~~~~
///   note: version 41 has amount DOUBLE
///   fix:  write CAST(amount AS DOUBLE)
///
/// Without a place the first line is `error: ...`. A very long source line is shown around the
/// caret only. Control characters of foreign text are made visible.
std::string RenderError(const Error& error, const RenderOptions& options);

/// All of them, a blank line between two.
std::string RenderErrors(const std::vector<Error>& errors, const RenderOptions& options);

}  // namespace oresmith::cli
