#pragma once

// Which queries can run on a stream epoch by epoch and still give what they give in one batch.

#include "base/result.h"
#include "pipeline/definition.h"
#include "sql/plan.h"

namespace oresmith::pipeline {

/// A streaming table must read a stream, and do with it only what looks at one row at a time (or at
/// one row and tables beside it): what needs state over epochs is refused, never computed per
/// epoch. A materialized view must read no stream. Errors: kUnsupported or kInvalidInput, with the
/// place and a way out.
Status CheckStreaming(const Dataset& dataset, const FlowQuery& query, const sql::Plan& plan);

}  // namespace oresmith::pipeline
