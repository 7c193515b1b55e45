#pragma once

// Parquet files as Oresmith's tables have them: zstd, no dictionary for text that never repeats.

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/writer.h>

#include <memory>
#include <string>

#include "base/result.h"

namespace oresmith::bench {

class ParquetOut {
 public:
  /// `plain_column` is written without a dictionary; empty: none.
  static Result<std::unique_ptr<ParquetOut>> Open(const std::string& path,
                                                  const std::shared_ptr<arrow::Schema>& schema,
                                                  const std::string& plain_column);
  Status Write(const arrow::RecordBatch& batch);
  /// Gives the size of the file.
  Result<int64_t> Close();

 private:
  ParquetOut() = default;
  std::string path_;
  std::shared_ptr<arrow::io::FileOutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
};

}  // namespace oresmith::bench
