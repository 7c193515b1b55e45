#pragma once

// The rows of several Parquet files.

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "columnar/batch.h"
#include "connector/connector.h"
#include "connector/files/listing_internal.h"
#include "types/type.h"

namespace oresmith::connector {

class ParquetFilesReader final : public columnar::BatchReader {
 public:
  /// `columns` count `data`, and after it `_metadata`.
  ParquetFilesReader(const types::Schema& data, std::vector<int> columns,
                     std::vector<FileEntry> files, bool skip_missing);
  Result<columnar::Batch> Next() override;
  std::shared_ptr<const ReadReport> report() const { return report_; }

 private:
  struct OpenFile {
    size_t file = 0;
    std::unique_ptr<columnar::BatchReader> rows;
  };
  /// A file that nobody reads at the moment, opened if need be; nothing at the end.
  Result<std::optional<OpenFile>> Take();
  columnar::Batch Select(const FileEntry& file, const columnar::Batch& batch) const;

  types::Schema wanted_;     // the data columns that are asked for, each once
  std::vector<int> places_;  // for each column of the result: its index in wanted_, -1: _metadata
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<FileEntry> files_;
  bool skip_missing_;
  std::mutex mutex_;  // guards next_file_, idle_, failed_ and what report_ points to
  size_t next_file_ = 0;
  std::deque<OpenFile> idle_;
  std::optional<Error> failed_;
  std::shared_ptr<ReadReport> report_;
};

}  // namespace oresmith::connector
