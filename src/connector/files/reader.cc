#include <algorithm>

#include "connector/files/file_log_internal.h"
#include "connector/files/metadata_internal.h"
#include "connector/files/reader_internal.h"

namespace oresmith::connector {

void ReportCollector::Add(const FileEntry& file, const format::DecodedChunk& decoded,
                          int64_t bytes) {
  const std::scoped_lock lock(mutex_);
  ReadReport& report = *report_;
  for (const format::BadLine& bad : decoded.bad) {
    if (report.bad_records.size() == kBadRecordsMax) break;
    report.bad_records.push_back(
        {.file = file.path, .line = bad.line, .raw = bad.raw, .reason = bad.reason});
  }
  report.bad_count += decoded.bad_count;
  // Rows that are kept for bad records are not good ones.
  report.records += decoded.batch->num_rows() - decoded.bad_rows;
  report.bytes += bytes;
  statistics_.Merge(decoded.statistics);
}

void ReportCollector::Complete() {
  const std::scoped_lock lock(mutex_);
  report_->fields = std::move(statistics_);
  std::sort(report_->bad_records.begin(), report_->bad_records.end(),
            [](const BadRecord& a, const BadRecord& b) {
              return std::tie(a.file, a.line) < std::tie(b.file, b.line);
            });
}

FileBatchReader::FileBatchReader(std::unique_ptr<format::ChunkDecoder> decoder,
                                 std::vector<int> columns, ChunkReader chunks)
    : decoder_(std::move(decoder)), columns_(std::move(columns)), chunks_(std::move(chunks)) {
  types::Schema schema;
  for (const int column : columns_) {
    const auto index = static_cast<size_t>(column);
    const bool is_data = index < decoder_->schema().size();
    schema.push_back(is_data ? decoder_->schema()[index] : MetadataField());
  }
  schema_ = columnar::ToArrow(schema);
}

// Files are read under the lock: one thread reads while the others decode, and each file from its
// beginning to its end, which is what disks like best.
Result<FileBatchReader::Work> FileBatchReader::Take() {
  const std::scoped_lock lock(mutex_);
  if (failed_) return Fail(*failed_);
  if (!ready_.empty()) {
    Work work{.ready = std::move(ready_.front()), .chunk = std::nullopt};
    ready_.pop_front();
    return work;
  }
  if (at_end_) return Work{};
  Result<std::optional<Chunk>> chunk = chunks_.Next();
  if (!chunk) {
    failed_ = chunk.error();
    return Fail(std::move(chunk).error());
  }
  if (*chunk) {
    ++decoding_;
  } else {
    at_end_ = true;
  }
  return Work{.ready = nullptr, .chunk = std::move(*chunk)};
}

columnar::Batch FileBatchReader::Select(const FileEntry& file,
                                        const format::DecodedChunk& decoded) const {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  const auto data_columns = static_cast<int>(decoder_->schema().size());
  for (const int column : columns_) {
    if (column < data_columns) {
      arrays.push_back(decoded.batch->column(column));
    } else {
      arrays.push_back(MakeMetadata(file, decoded.batch->num_rows(), decoded.lines));
    }
  }
  return arrow::RecordBatch::Make(schema_, decoded.batch->num_rows(), std::move(arrays));
}

columnar::Batch FileBatchReader::FirstSlice(const columnar::Batch& batch) {
  if (batch->num_rows() <= kBatchRowsMax) return batch;
  const std::scoped_lock lock(mutex_);
  for (int64_t row = kBatchRowsMax; row < batch->num_rows(); row += kBatchRowsMax) {
    ready_.push_back(batch->Slice(row, kBatchRowsMax));
  }
  return batch->Slice(0, kBatchRowsMax);
}

Result<columnar::Batch> FileBatchReader::Decode(const Chunk& chunk) {
  const FileEntry& file = chunks_.files()[chunk.file];
  const std::string uri = ToFileUri(file.path);
  Result<format::DecodedChunk> decoded =
      decoder_->Decode(chunk.bytes, {.first_line = chunk.first_line, .file_uri = uri});
  if (!decoded) {
    return Fail(std::move(decoded).error().Within(fmt::format("read {}", file.path)));
  }
  collector_.Add(file, *decoded, static_cast<int64_t>(chunk.bytes.size()));
  if (decoded->batch->num_rows() == 0) return nullptr;
  return FirstSlice(Select(file, *decoded));
}

Result<columnar::Batch> FileBatchReader::Next() {
  for (;;) {
    TRY(const Work work, Take());
    if (work.ready != nullptr) return work.ready;
    if (!work.chunk) {
      AtEnd();
      return nullptr;
    }
    Result<columnar::Batch> batch = Decode(*work.chunk);
    const std::scoped_lock lock(mutex_);
    --decoding_;
    if (!batch) {
      failed_ = batch.error();
      return batch;
    }
    if (*batch != nullptr) return batch;
  }
}

// The last thread that finds the end completes the report.
void FileBatchReader::AtEnd() {
  const std::scoped_lock lock(mutex_);
  if (decoding_ > 0 || completed_ || !ready_.empty()) return;
  completed_ = true;
  collector_.Complete();
}

}  // namespace oresmith::connector
