#pragma once

// What a command says when it gives a table features that not every reader knows.

#include <string>
#include <vector>

#include "base/result.h"
#include "delta/table.h"

namespace oresmith::command {

/// A warning for each feature that `after` has and `before` has not, and that shuts readers or
/// writers out.
std::vector<Error> NewFeatureNotes(const std::string& table, const delta::Protocol& before,
                                   const delta::Protocol& after);

}  // namespace oresmith::command
