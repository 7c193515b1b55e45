#pragma once

// AUTO CDC as two datasets: the changes as they came, and the table that they make.

#include "base/result.h"
#include "pipeline/definition.h"

namespace oresmith::pipeline {

/// `flow`: name and place. `target` is declared and without a flow. Errors: kUnsupported, at the
/// flow, for what is not run yet.
Status AddAutoCdc(sql::AutoCdc cdc, FlowQuery flow, Dataset& target, Definition& definition);

}  // namespace oresmith::pipeline
