#pragma once

// DuckDB's vectors as Arrow arrays.

#include <arrow/builder.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "engine/handles_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// Collects chunks of a result into batches. Not safe to use from several threads.
class ArrowCollector {
 public:
  /// `memory` is where the arrays are allocated. Errors: kUnsupported by CheckType.
  static Result<ArrowCollector> Make(const types::Schema& schema);

  /// REQUIRES: the chunk's vectors are flat and have the types of the schema.
  Status Append(duckdb_data_chunk chunk);
  int64_t row_count() const { return row_count_; }
  /// True when the rows so far are worth a batch.
  bool IsFull() const;
  /// The rows so far, and starts anew. Errors: kUnavailable when there is no memory.
  Result<columnar::Batch> Finish();

 private:
  ArrowCollector() = default;

  std::vector<types::Type> types_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  int64_t row_count_ = 0;
  int64_t text_bytes_ = 0;
};

}  // namespace oresmith::engine
