#include <algorithm>

#include "connector/files/metadata_internal.h"
#include "connector/files/parquet_files_internal.h"
#include "connector/files/reader_internal.h"
#include "format/parquet.h"

namespace oresmith::connector {

ParquetFilesReader::ParquetFilesReader(const types::Schema& data, std::vector<int> columns,
                                       std::vector<FileEntry> files, bool skip_missing)
    : files_(std::move(files)),
      skip_missing_(skip_missing),
      report_(std::make_shared<ReadReport>()) {
  types::Schema schema;
  for (const int column : columns) {
    const auto index = static_cast<size_t>(column);
    if (index >= data.size()) {
      places_.push_back(-1);
      schema.push_back(MetadataField());
      continue;
    }
    schema.push_back(data[index]);
    const auto same = std::find(wanted_.begin(), wanted_.end(), data[index]);
    places_.push_back(static_cast<int>(same - wanted_.begin()));
    if (same == wanted_.end()) wanted_.push_back(data[index]);
  }
  schema_ = columnar::ToArrow(schema);
}

Result<std::optional<ParquetFilesReader::OpenFile>> ParquetFilesReader::Take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (failed_) return Fail(*failed_);
    if (!idle_.empty()) {
      OpenFile file = std::move(idle_.front());
      idle_.pop_front();
      return file;
    }
    if (next_file_ == files_.size()) return std::nullopt;
    const size_t file = next_file_++;
    lock.unlock();
    auto rows = format::ReadParquet(files_[file].path, wanted_, kBatchRowsMax);
    lock.lock();
    if (rows) {
      report_->bytes += files_[file].size;
      return OpenFile{.file = file, .rows = std::move(*rows)};
    }
    if (rows.error().kind == ErrorKind::kNotFound) {
      if (skip_missing_) continue;
      rows.error().fix =
          "put it back, or add the option ignoreMissingFiles => true to go on without it";
    }
    failed_ = rows.error();
  }
}

columnar::Batch ParquetFilesReader::Select(const FileEntry& file,
                                           const columnar::Batch& batch) const {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const int place : places_) {
    arrays.push_back(place >= 0 ? batch->column(place) : MakeMetadata(file, batch->num_rows(), {}));
  }
  return arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(arrays));
}

Result<columnar::Batch> ParquetFilesReader::Next() {
  for (;;) {
    TRY(std::optional<OpenFile> open, Take());
    if (!open) return nullptr;
    Result<columnar::Batch> batch = open->rows->Next();
    const std::scoped_lock lock(mutex_);
    if (!batch) {
      failed_ = batch.error();
      return batch;
    }
    if (*batch == nullptr) continue;
    report_->records += (*batch)->num_rows();
    const FileEntry& file = files_[open->file];
    idle_.push_back(std::move(*open));
    return Select(file, *batch);
  }
}

}  // namespace oresmith::connector
