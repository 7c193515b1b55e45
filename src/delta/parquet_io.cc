#include "delta/parquet_io.h"

#include <arrow/buffer.h>
#include <arrow/memory_pool.h>
#include <arrow/result.h>
#include <arrow/util/compression.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "columnar/batch.h"

namespace oresmith::delta {
namespace {

// One read of a column chunk. Bounds the memory for tables with very large row groups.
constexpr int64_t kReadBytes = 1 << 20;

/// The store's Error inside of Arrow's Status, so that its kind is not lost on the way.
class StoreErrorDetail final : public arrow::StatusDetail {
 public:
  explicit StoreErrorDetail(Error error) : error_(std::move(error)) {}
  const char* type_id() const override { return "oresmith::delta::StoreErrorDetail"; }
  std::string ToString() const override { return error_.message; }
  const Error& error() const { return error_; }

 private:
  Error error_;
};

arrow::Status ToArrowStatus(Error error) {
  std::string message = error.message;
  return arrow::Status(arrow::StatusCode::IOError, std::move(message),
                       std::make_shared<StoreErrorDetail>(std::move(error)));
}

std::optional<Error> StoreError(const arrow::Status& status) {
  const auto detail = std::dynamic_pointer_cast<StoreErrorDetail>(status.detail());
  if (detail == nullptr) return std::nullopt;
  return detail->error();
}

class StoreInput final : public arrow::io::RandomAccessFile {
 public:
  explicit StoreInput(std::shared_ptr<storage::InputFile> file) : file_(std::move(file)) {}

  arrow::Status Close() override {
    closed_ = true;
    return arrow::Status::OK();
  }
  bool closed() const override { return closed_; }
  arrow::Result<int64_t> Tell() const override { return position_; }
  arrow::Status Seek(int64_t position) override {
    position_ = position;
    return arrow::Status::OK();
  }
  arrow::Result<int64_t> GetSize() override { return file_->size_bytes(); }

  arrow::Result<int64_t> ReadAt(int64_t position, int64_t bytes, void* out) override {
    // A broken footer may point anywhere.
    if (position < 0 || bytes < 0) return arrow::Status::Invalid("a place before its beginning");
    auto count = file_->ReadAt(position, bytes, out);
    if (!count) return ToArrowStatus(std::move(count).error());
    return *count;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t bytes) override {
    if (position < 0) return arrow::Status::Invalid("a place before its beginning");
    // A broken footer may ask for more than there is.
    const int64_t rest = std::max<int64_t>(0, file_->size_bytes() - position);
    const int64_t wanted = std::clamp<int64_t>(bytes, 0, rest);
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
    ARROW_ASSIGN_OR_RAISE(const int64_t count, ReadAt(position, wanted, buffer->mutable_data()));
    ARROW_RETURN_NOT_OK(buffer->Resize(count, /*shrink_to_fit=*/false));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }
  arrow::Result<int64_t> Read(int64_t bytes, void* out) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, ReadAt(position_, bytes, out));
    position_ += count;
    return count;
  }
  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(int64_t bytes) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, ReadAt(position_, bytes));
    position_ += buffer->size();
    return buffer;
  }

 private:
  std::shared_ptr<storage::InputFile> file_;
  int64_t position_ = 0;
  bool closed_ = false;
};

/// Calls `body`, which gives an arrow::Status, and turns Parquet's exceptions into one.
template <class Body>
arrow::Status WithoutExceptions(const Body& body) {
  BEGIN_PARQUET_CATCH_EXCEPTIONS
  return body();
  END_PARQUET_CATCH_EXCEPTIONS
  return arrow::Status::OK();
}

/// Arrow's reader of batches uses the file reader that made it, but does not own it.
class OwningBatchReader final : public arrow::RecordBatchReader {
 public:
  OwningBatchReader(std::unique_ptr<parquet::arrow::FileReader> file,
                    std::unique_ptr<arrow::RecordBatchReader> batches)
      : file_(std::move(file)), batches_(std::move(batches)) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batches_->schema(); }
  arrow::Status ReadNext(std::shared_ptr<arrow::RecordBatch>* batch) override {
    return WithoutExceptions([&] { return batches_->ReadNext(batch); });
  }

 private:
  std::unique_ptr<parquet::arrow::FileReader> file_;  // must outlive batches_
  std::unique_ptr<arrow::RecordBatchReader> batches_;
};

/// The footer's counts of rows agree: loops over rows rest on them.
arrow::Status CheckRowCounts(const parquet::FileMetaData& metadata) {
  int64_t rows = 0;
  for (int i = 0; i < metadata.num_row_groups(); ++i) {
    const auto group = metadata.RowGroup(i);
    if (group->num_rows() < 0 || __builtin_add_overflow(rows, group->num_rows(), &rows)) {
      return arrow::Status::Invalid("the footer gives a wrong number of rows");
    }
    for (int column = 0; column < group->num_columns(); ++column) {
      // Repeated columns have more values than rows; all others have as many.
      const auto* descriptor = metadata.schema()->Column(column);
      if (descriptor->max_repetition_level() > 0) continue;
      if (group->ColumnChunk(column)->num_values() == group->num_rows()) continue;
      return arrow::Status::Invalid("the footer gives row group ", i, " ", group->num_rows(),
                                    " rows, and another number to its column '",
                                    descriptor->path()->ToDotString(), "'");
    }
  }
  if (rows == metadata.num_rows()) return arrow::Status::OK();
  return arrow::Status::Invalid("the footer gives ", metadata.num_rows(), " rows, its row groups ",
                                rows);
}

parquet::ReaderProperties ReaderProperties(arrow::MemoryPool* pool) {
  parquet::ReaderProperties properties(pool);
  properties.enable_buffered_stream();
  properties.set_buffer_size(kReadBytes);
  return properties;
}

}  // namespace

Error ParquetFile::ReadError(const arrow::Status& status) const {
  if (std::optional<Error> error = StoreError(status)) return std::move(*error);
  return columnar::FromArrowStatus(status, ErrorKind::kCorrupt, "read " + name_);
}

bool ParquetFile::IsAllNull(int row_group, int leaf) const {
  bool all_null = false;
  const arrow::Status status = WithoutExceptions([&] {
    const auto chunk = metadata_->RowGroup(row_group)->ColumnChunk(leaf);
    if (!chunk->is_stats_set()) return arrow::Status::OK();
    const auto statistics = chunk->statistics();
    all_null = statistics->HasNullCount() && statistics->null_count() == chunk->num_values();
    return arrow::Status::OK();
  });
  return status.ok() && all_null;
}

Result<std::shared_ptr<const ParquetFile>> ParquetFile::Open(storage::Store& store,
                                                             const std::string& key) {
  TRY(std::unique_ptr<storage::InputFile> opened, store.OpenInput(key));
  const std::shared_ptr<storage::InputFile> input = std::move(opened);
  std::shared_ptr<parquet::FileMetaData> metadata;
  const arrow::Status status = WithoutExceptions([&] {
    metadata = parquet::ParquetFileReader::Open(std::make_shared<StoreInput>(input),
                                                ReaderProperties(arrow::default_memory_pool()))
                   ->metadata();
    return CheckRowCounts(*metadata);
  });
  auto file = std::shared_ptr<const ParquetFile>(
      new ParquetFile(store.Describe(key), input, std::move(metadata)));
  if (!status.ok()) return Fail(file->ReadError(status));
  return file;
}

Result<std::unique_ptr<arrow::RecordBatchReader>> ParquetFile::Read(int row_group,
                                                                    const std::vector<int>& leaves,
                                                                    int64_t batch_rows) const {
  // A reader of its own for each row group: Arrow's is not safe for two threads.
  std::unique_ptr<arrow::RecordBatchReader> reader;
  const arrow::Status status = WithoutExceptions([&]() -> arrow::Status {
    parquet::ArrowReaderProperties properties(/*use_threads=*/false);
    properties.set_pre_buffer(false);
    properties.set_batch_size(batch_rows);
    // Nanoseconds, Arrow's default, end in the year 2262.
    properties.set_coerce_int96_timestamp_unit(arrow::TimeUnit::MICRO);
    auto file =
        parquet::ParquetFileReader::Open(std::make_shared<StoreInput>(input_),
                                         ReaderProperties(arrow::default_memory_pool()), metadata_);
    ARROW_ASSIGN_OR_RAISE(auto arrow_file,
                          parquet::arrow::FileReader::Make(arrow::default_memory_pool(),
                                                           std::move(file), properties));
    ARROW_ASSIGN_OR_RAISE(auto batches, arrow_file->GetRecordBatchReader({row_group}, leaves));
    reader = std::make_unique<OwningBatchReader>(std::move(arrow_file), std::move(batches));
    return arrow::Status::OK();
  });
  if (!status.ok()) return Fail(ReadError(status));
  return reader;
}

Status ParquetFile::ReadColumns(
    int row_group, const std::function<arrow::Status(parquet::RowGroupReader&)>& read) const {
  const arrow::Status status = WithoutExceptions([&] {
    // A few pages at a time, used again and again: Arrow's own pool takes, and the system clears,
    // many times that.
    const auto file =
        parquet::ParquetFileReader::Open(std::make_shared<StoreInput>(input_),
                                         ReaderProperties(arrow::system_memory_pool()), metadata_);
    return read(*file->RowGroup(row_group));
  });
  if (!status.ok()) return Fail(ReadError(status));
  return {};
}

class ParquetOutput::Sink final : public arrow::io::OutputStream {
 public:
  explicit Sink(std::unique_ptr<storage::OutputFile> file) : file_(std::move(file)) {}
  // Parquet closes its sink; the file is published by Finish alone.
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return file_ == nullptr; }
  arrow::Result<int64_t> Tell() const override { return file_->position(); }
  using arrow::io::OutputStream::Write;
  arrow::Status Write(const void* data, int64_t bytes) override {
    const auto status =
        file_->Write(std::string_view(static_cast<const char*>(data), static_cast<size_t>(bytes)));
    return status ? arrow::Status::OK() : ToArrowStatus(status.error());
  }
  int64_t position() const { return file_->position(); }
  Status Finish(UnsyncedList* unsynced) {
    if (unsynced == nullptr) return file_->Close();
    TRY(auto written, file_->CloseUnsynced());
    if (written != nullptr) unsynced->push_back(std::move(written));
    return {};
  }

 private:
  std::unique_ptr<storage::OutputFile> file_;
};

ParquetOutput::ParquetOutput(std::string name, std::shared_ptr<Sink> sink,
                             std::unique_ptr<parquet::arrow::FileWriter> writer)
    : name_(std::move(name)), sink_(std::move(sink)), writer_(std::move(writer)) {}

ParquetOutput::~ParquetOutput() {
  // Parquet's destructor closes the file, which writes; what it says is of no use any more.
  const arrow::Status ignored = WithoutExceptions([&] {
    writer_.reset();
    return arrow::Status::OK();
  });
  static_cast<void>(ignored);
}

Status ParquetOutput::Check(const arrow::Status& status) const {
  if (status.ok()) return {};
  if (std::optional<Error> error = StoreError(status)) return Fail(std::move(*error));
  return Fail(columnar::FromArrowStatus(status, ErrorKind::kInvalidInput, "write " + name_));
}

Result<std::unique_ptr<ParquetOutput>> ParquetOutput::Create(
    storage::Store& store, const std::string& key, const std::shared_ptr<arrow::Schema>& schema,
    std::shared_ptr<parquet::WriterProperties> properties) {
  TRY(std::unique_ptr<storage::OutputFile> file, store.OpenOutput(key));
  auto output = std::unique_ptr<ParquetOutput>(
      new ParquetOutput(store.Describe(key), std::make_shared<Sink>(std::move(file)), nullptr));
  TRY_DO(output->Check(WithoutExceptions([&]() -> arrow::Status {
    ARROW_ASSIGN_OR_RAISE(output->writer_,
                          parquet::arrow::FileWriter::Open(
                              *schema, arrow::default_memory_pool(), output->sink_,
                              std::move(properties), parquet::default_arrow_writer_properties()));
    return arrow::Status::OK();
  })));
  return output;
}

Status ParquetOutput::Write(const arrow::RecordBatch& batch) {
  return Check(WithoutExceptions([&]() -> arrow::Status {
    // A buffered row group takes rows as they come, in batches of any size, and keeps only encoded
    // pages: nothing need be gathered before.
    if (!row_group_open_) ARROW_RETURN_NOT_OK(writer_->NewBufferedRowGroup());
    row_group_open_ = true;
    return writer_->WriteRecordBatch(batch);
  }));
}

Status ParquetOutput::EndRowGroup() {
  row_group_open_ = false;
  return {};
}

int64_t ParquetOutput::bytes() const { return sink_->position(); }

Result<int64_t> ParquetOutput::Close(UnsyncedList* unsynced) {
  TRY_DO(Check(WithoutExceptions([&] { return writer_->Close(); })));
  const int64_t size_bytes = sink_->position();
  TRY_DO(sink_->Finish(unsynced));
  return size_bytes;
}

Result<parquet::Compression::type> CompressionByName(const std::string& name) {
  auto type = arrow::util::Codec::GetCompressionType(name == "none" ? "uncompressed" : name);
  if (type.ok() && arrow::util::Codec::IsAvailable(*type)) return *type;
  Error error = MakeError(ErrorKind::kInvalidInput, "Parquet compression '{}' is not known", name);
  error.fix = "use zstd, snappy, gzip, lz4, brotli or none";
  return Fail(std::move(error));
}

}  // namespace oresmith::delta
