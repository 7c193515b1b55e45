#pragma once

// CREATE FLOW and APPLY CHANGES: what they add to the datasets of a pipeline.

#include <memory>

#include "base/result.h"
#include "pipeline/definition.h"

namespace oresmith::pipeline {

/// Adds the flow to its table. AUTO CDC becomes two datasets: `<table>__cdc`, a streaming table
/// that keeps every change as it came, and the table itself, computed from them: so the order in
/// which changes come does not matter, and nothing but committed rows is needed to go on. `flow`
/// loses its query. Errors: kInvalidInput, kUnsupported, at the flow.
Status AddFlow(sql::CreateFlow& flow, const std::shared_ptr<const sql::SourceText>& source,
               Definition& definition);

}  // namespace oresmith::pipeline
