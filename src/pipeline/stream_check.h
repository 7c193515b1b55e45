#pragma once

// Which queries can run on a stream epoch by epoch and still give what they give in one batch.

#include <vector>

#include "base/result.h"
#include "pipeline/catalog.h"
#include "pipeline/definition.h"
#include "sql/plan.h"

namespace oresmith::pipeline {

/// What a flow's query does with the rows of its streams.
enum class StreamUse {
  kRows,   // it looks at one row at a time, or at one row and tables beside it
  kWhole,  // its rows depend on all that came so far: aggregates without a watermark, DISTINCT,
           // joins of streams
};

/// A streaming table must read a stream. What needs the whole stream is allowed where the streams
/// are tables, which have it; over files it is refused, never computed per epoch, and so are window
/// functions, ORDER BY, LIMIT and outer joins of streams. A materialized view must read no stream.
/// `scans`: by Scan::index. Errors: kUnsupported or kInvalidInput, with the place and a way out.
Result<StreamUse> CheckStreaming(const Dataset& dataset, const FlowQuery& query,
                                 const sql::Plan& plan, const std::vector<ScanSource>& scans);

}  // namespace oresmith::pipeline
