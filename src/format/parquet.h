#pragma once

// Parquet files to batches.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "columnar/batch.h"
#include "types/type.h"

namespace oresmith::format {

/// The columns of the file, as Spark's types.
/// Errors: kNotFound, kUnavailable, kCorrupt when it is no Parquet file, kUnsupported for a column
/// of an unknown type.
Result<types::Schema> ReadParquetSchema(const std::string& path);

/// The rows of a file, a batch of at most `batch_rows` at a time: exactly the columns of `schema`,
/// by name; those that the file lacks are NULL. One thread at a time. Errors: those of
/// ReadParquetSchema; kInvalidInput when a column cannot be read as its type.
Result<std::unique_ptr<columnar::BatchReader>> ReadParquet(const std::string& path,
                                                           const types::Schema& schema,
                                                           int64_t batch_rows);

}  // namespace oresmith::format
