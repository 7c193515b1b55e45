#pragma once

// One data file of a table while it is written.

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "columnar/batch.h"
#include "delta/parquet_io.h"
#include "delta/stats.h"
#include "delta/table.h"

namespace oresmith::delta {

/// What all data files of one writer have in common.
struct DataFileContext {
  storage::Store& store;
  std::string root;
  const Clock& clock;
  Random& random;
  types::Schema schema;  ///< columns of the files, by their names in the table
  Properties configuration;
  parquet::Compression::type compression = parquet::Compression::ZSTD;
  std::string name_end;  ///< ".zstd.parquet"
};

/// Gathers the first rows to choose the encoding, then passes rows straight on to Parquet.
class DataFile {
 public:
  /// `context` must outlive the file. `folder` is relative to the table, "" or `a=1/b=2`.
  DataFile(const DataFileContext& context, std::string folder, PartitionValues partition_values);

  /// REQUIRES: the batch has the context's schema, under the names of the files, and rows.
  Status Write(const columnar::Batch& batch);
  /// Bytes of the file so far: what is written, and a guess of what is not yet.
  int64_t EstimatedBytes() const;
  /// Durable when it returns; with `unsynced`, once all of that is synced.
  /// REQUIRES: something was written.
  Result<AddFile> Close(UnsyncedList* unsynced);

 private:
  Status Begin();
  Status WriteRows(const arrow::RecordBatch& batch);

  const DataFileContext& context_;
  PartitionValues partition_values_;
  std::string path_;  // relative to the table
  StatsCollector stats_;
  std::vector<columnar::Batch> first_rows_;  // until the file is begun
  int64_t first_rows_count_ = 0;
  std::unique_ptr<ParquetOutput> output_;
  int64_t group_rows_ = 0;
  int64_t group_bytes_ = 0;   // in memory, of the row group under way
  int64_t memory_bytes_ = 0;  // in memory, of the row groups that are written
};

}  // namespace oresmith::delta
