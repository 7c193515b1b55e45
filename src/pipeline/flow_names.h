#pragma once

// A flow's name is its identity: under it stands what it has read. A name that is new where another
// one has gone may be the same flow, renamed, and would read all its input a second time.

#include "base/ids.h"
#include "base/result.h"
#include "pipeline/definition.h"
#include "pipeline/pipeline.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// Looks at the stored flows of a streaming table that is not emptied, and renames those that
/// `choices` says. Flows that are gone are remembered as such, and asked about once. Errors:
/// kInvalidInput, with the choices, when a flow of the table is new, another one has gone, and
/// `choices` says nothing of it.
Status CheckFlowNames(const Dataset& dataset, const FlowChoices& choices, storage::Store& store);

}  // namespace oresmith::pipeline
