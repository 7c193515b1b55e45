#pragma once

// Parquet files in a Store: Arrow's streams over it, and the readers and writers on top. Nothing of
// Arrow's or Parquet's exceptions gets out of here.

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <parquet/file_reader.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/store.h"

namespace oresmith::delta {

/// A Parquet file whose footer has been read. Safe to use from many threads.
class ParquetFile {
 public:
  /// Errors: kNotFound; kCorrupt with the file's name when it is no Parquet file.
  static Result<std::shared_ptr<const ParquetFile>> Open(storage::Store& store,
                                                         const std::string& key);

  int row_groups() const { return metadata_->num_row_groups(); }
  int64_t rows(int row_group) const { return metadata_->RowGroup(row_group)->num_rows(); }
  const parquet::SchemaDescriptor& schema() const { return *metadata_->schema(); }
  const parquet::FileMetaData& metadata() const { return *metadata_; }
  /// True when the row group's statistics say that this leaf column holds no values at all.
  bool IsAllNull(int row_group, int leaf) const;
  const std::string& name() const { return name_; }

  /// A reader of these leaf columns of one row group, batches of at most `batch_rows`. It decodes
  /// when it is read; one thread at a time. It must not outlive this.
  Result<std::unique_ptr<arrow::RecordBatchReader>> Read(int row_group,
                                                         const std::vector<int>& leaves,
                                                         int64_t batch_rows) const;

  /// Calls `read` with one row group, whose readers of columns it may use until it returns;
  /// Parquet's exceptions end there. Safe to call from many threads.
  Status ReadColumns(int row_group,
                     const std::function<arrow::Status(parquet::RowGroupReader&)>& read) const;

  /// The Error of a failure while reading: that of the store, else kCorrupt.
  Error ReadError(const arrow::Status& status) const;

 private:
  ParquetFile(std::string name, std::shared_ptr<storage::InputFile> input,
              std::shared_ptr<parquet::FileMetaData> metadata)
      : name_(std::move(name)), input_(std::move(input)), metadata_(std::move(metadata)) {}

  std::string name_;
  std::shared_ptr<storage::InputFile> input_;
  std::shared_ptr<parquet::FileMetaData> metadata_;
};

using UnsyncedList = std::vector<std::shared_ptr<storage::Unsynced>>;

/// A Parquet file that is being written to a Store.
class ParquetOutput {
 public:
  /// Errors: those of the store; kInvalidInput for a compression that is not known.
  static Result<std::unique_ptr<ParquetOutput>> Create(
      storage::Store& store, const std::string& key, const std::shared_ptr<arrow::Schema>& schema,
      std::shared_ptr<parquet::WriterProperties> properties);
  /// A file that was not closed is removed.
  ~ParquetOutput();

  Status Write(const arrow::RecordBatch& batch);
  /// The rows after this go into another row group.
  Status EndRowGroup();
  /// Bytes in the file so far, without the row group under way.
  int64_t bytes() const;
  /// Gives the size of the file. Durable when it returns, or else what has to be synced is added to
  /// `unsynced`, unless that is null.
  Result<int64_t> Close(UnsyncedList* unsynced);

 private:
  class Sink;
  ParquetOutput(std::string name, std::shared_ptr<Sink> sink,
                std::unique_ptr<parquet::arrow::FileWriter> writer);
  Status Check(const arrow::Status& status) const;

  std::string name_;
  std::shared_ptr<Sink> sink_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  bool row_group_open_ = false;
};

/// Errors: kInvalidInput for a name that is not that of a codec.
Result<parquet::Compression::type> CompressionByName(const std::string& name);

}  // namespace oresmith::delta
