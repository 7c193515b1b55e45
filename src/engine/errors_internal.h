#pragma once

// DuckDB's error texts as our errors, in Spark's words.

#include <string_view>

#include "base/result.h"

namespace oresmith::engine {

/// An error of a run: `text` is what DuckDB said.
Error TranslateRunError(std::string_view text);

/// An error of preparing `sql`: a translation that DuckDB does not take.
Error TranslatePrepareError(std::string_view text, std::string_view sql);

}  // namespace oresmith::engine
