#pragma once

// Which queries can run on a stream epoch by epoch and still give what they give in one batch.

#include <vector>

#include "base/result.h"
#include "pipeline/catalog.h"
#include "pipeline/definition.h"
#include "sql/plan.h"

namespace oresmith::pipeline {

/// What a flow's query does with the rows of its streams.
struct StreamUse {
  enum Kind {
    kRows,   // it looks at one row at a time, or at one row and tables beside it
    kState,  // its rows depend on earlier ones, and once given they stay: first rows of keys,
             // groups that the watermark closes, joins of streams
    kWhole,  // its rows change with what comes: aggregates without a watermark
  };
  Kind kind = kRows;
  bool joins_streams = false;
  std::vector<Error> warnings = {};
};

/// A streaming table must read a stream. What needs the whole stream is allowed where the streams
/// are tables, which have it; over files it is refused, never computed per epoch, and so are other
/// window functions than row_number() = 1, ORDER BY, LIMIT, and outer joins of streams without
/// bounds of time. A materialized view must read no stream.
/// `scans`: by Scan::index. Errors: kUnsupported or kInvalidInput, with the place and a way out.
Result<StreamUse> CheckStreaming(const Dataset& dataset, const FlowQuery& query,
                                 const sql::Plan& plan, const std::vector<ScanSource>& scans);

}  // namespace oresmith::pipeline
