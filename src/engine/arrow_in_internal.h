#pragma once

// Arrow arrays as DuckDB vectors, without copying the values.

#include <arrow/array.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "engine/handles_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// Rows that one DuckDB vector holds.
constexpr int64_t kVectorRows = 2048;

/// Safe to use from many threads.
class ArrowImporter {
 public:
  /// `connection` must outlive the importer. REQUIRES: CheckType of all.
  static Result<ArrowImporter> Make(duckdb_connection connection, std::vector<types::Type> types);

  /// One chunk of one STRUCT column, whose children are `columns`; the vectors own their share of
  /// the Arrow memory. REQUIRES: the types given to Make; at most kVectorRows rows.
  Result<DataChunk> Import(const arrow::ArrayVector& columns, int64_t rows) const;

 private:
  ArrowImporter(duckdb_connection connection, std::shared_ptr<arrow::DataType> type,
                std::shared_ptr<ConvertedSchema> schema)
      : connection_(connection), type_(std::move(type)), schema_(std::move(schema)) {}

  duckdb_connection connection_;
  std::shared_ptr<arrow::DataType> type_;
  std::shared_ptr<ConvertedSchema> schema_;
};

}  // namespace oresmith::engine
