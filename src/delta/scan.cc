#include "delta/scan.h"

#include <arrow/array.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "delta/column_mapping.h"
#include "delta/deletion_vector.h"
#include "delta/outside_file.h"
#include "delta/parquet_io.h"
#include "delta/partition.h"
#include "delta/path.h"
#include "delta/physical.h"
#include "delta/skipping.h"

namespace oresmith::delta {
namespace {

using columnar::Batch;

constexpr int64_t kBatchRows = 64 * 1024;

/// One data file whose footer is read.
struct OpenFile {
  std::shared_ptr<const AddFile> file;
  FilePlace place;
  std::shared_ptr<const ParquetFile> parquet;
  std::vector<int> leaves;
  std::shared_ptr<const DeletedRows> deleted;  // null: none
  std::shared_ptr<const DeletedRows> only;     // null: all; else nothing is deleted
};

/// A row group that is read in batches, by one thread at a time.
struct Cursor {
  std::shared_ptr<const OpenFile> file;
  int row_group = 0;
  int64_t next_row = 0;  // in the file
  int64_t rows_left = 0;
  std::unique_ptr<arrow::RecordBatchReader> reader;  // made when it is first read
};

/// What all readers of a scan share.
struct ScanPlan {
  explicit ScanPlan(ScanInput scan_input)
      : input(std::move(scan_input)),
        skipping(input.options.predicate, input.metadata),
        counts(input.options.counts != nullptr ? input.options.counts
                                               : std::make_shared<ScanCounts>()) {
    const auto skipped =
        std::erase_if(input.files, [this](const auto& file) { return !skipping.MayMatch(*file); });
    counts->files_skipped += static_cast<int64_t>(skipped);
  }

  ScanInput input;
  const Skipping skipping;
  const std::shared_ptr<ScanCounts> counts;
};

class ScanReader final : public columnar::BatchReader {
 public:
  ScanReader(std::shared_ptr<const ScanPlan> plan, const std::vector<int>& columns);
  Result<Batch> Next() override;

 private:
  std::optional<Cursor> TakeCursor(Result<Batch>& failure);
  std::optional<int64_t> RowsByLog(const AddFile& file) const;
  Result<std::vector<Cursor>> OpenNext(const std::shared_ptr<const AddFile>& file) const;
  Result<Batch> Advance(Cursor& cursor) const;
  Result<Batch> ReadData(Cursor& cursor) const;
  Result<Batch> Assemble(const AddFile& file, const Batch& data) const;
  Error InFile(Error error, const AddFile& file) const;

  const std::shared_ptr<const ScanPlan> plan_;
  const ScanInput* const input_;  // of plan_
  const ColumnMapping mapping_;
  types::Schema schema_;                     // what is asked for
  types::Schema data_columns_;               // of it, what stands in the files
  std::vector<bool> is_partition_;           // by column of schema_
  std::vector<std::string> partition_keys_;  // by column of schema_: its key in partition_values
  std::shared_ptr<arrow::Schema> arrow_schema_;

  std::mutex mutex_;  // guards all below; never held while a file is read
  std::condition_variable changed_;
  std::deque<Cursor> ready_;
  size_t next_file_ = 0;
  int opening_ = 0;  // threads that may yet add to ready_
};

ScanReader::ScanReader(std::shared_ptr<const ScanPlan> plan, const std::vector<int>& columns)
    : plan_(std::move(plan)), input_(&plan_->input), mapping_(ColumnMappingOf(input_->metadata)) {
  for (const int column : columns) {
    ORESMITH_ASSERT(column >= 0 && static_cast<size_t>(column) < input_->metadata.schema.size());
    const types::Field& field = input_->metadata.schema[static_cast<size_t>(column)];
    schema_.push_back(field);
    is_partition_.push_back(std::ranges::find(input_->metadata.partition_columns, field.name) !=
                            input_->metadata.partition_columns.end());
    partition_keys_.push_back(PhysicalName(field, mapping_));
    if (!is_partition_.back()) data_columns_.push_back(field);
  }
  arrow_schema_ = columnar::ToArrow(schema_);
}

Error ScanReader::InFile(Error error, const AddFile& file) const {
  if (error.kind == ErrorKind::kNotFound) {
    error.kind = ErrorKind::kCorrupt;
    error.message = "a data file is missing: " + error.message;
    if (!input_->missing_fix.empty()) error.fix = input_->missing_fix;
  }
  return std::move(error).Within(fmt::format("scan {}: version {}: {}",
                                             input_->store.Describe(input_->root),
                                             Number(input_->version), file.path));
}

/// How many rows the file gives when nothing of them is wanted that stands in it: a count(*), or
/// partition columns alone. Absent when it must be opened all the same.
std::optional<int64_t> ScanReader::RowsByLog(const AddFile& file) const {
  // Past this many the log is no better than a guess, and the file's own count is taken.
  constexpr int64_t kRowsMax = int64_t{1} << 32;
  if (!data_columns_.empty() || file.num_records < 0 || file.num_records > kRowsMax) {
    return std::nullopt;
  }
  if (input_->only_rows.contains(&file)) return std::nullopt;
  const bool has_vector = file.extras != nullptr && file.extras->deletion_vector.has_value();
  return file.num_records - (has_vector ? file.extras->deletion_vector->cardinality : 0);
}

Result<std::vector<Cursor>> ScanReader::OpenNext(const std::shared_ptr<const AddFile>& file) const {
  auto open = std::make_shared<OpenFile>();
  TRY(open->place, PlaceOfFile(input_->store, input_->root, file->path));
  open->file = file;
  if (const auto rows = RowsByLog(*file)) {
    Cursor cursor;
    cursor.file = std::move(open);
    cursor.rows_left = *rows;
    std::vector<Cursor> cursors;
    if (*rows > 0) cursors.push_back(std::move(cursor));
    return cursors;
  }
  if (const auto only = input_->only_rows.find(file.get()); only != input_->only_rows.end()) {
    open->only = only->second;
  } else if (file->extras != nullptr && file->extras->deletion_vector) {
    TRY(open->deleted,
        ReadDeletedRows(input_->store, input_->root, *file->extras->deletion_vector));
  }
  TRY(open->parquet, ParquetFile::Open(*open->place.store, open->place.key));
  open->leaves = FindLeaves(open->parquet->schema(), data_columns_, mapping_);
  ++plan_->counts->files_read;
  std::vector<Cursor> cursors;
  int64_t first_row = 0;
  for (int i = 0; i < open->parquet->row_groups(); ++i) {
    const int64_t rows = open->parquet->rows(i);
    Cursor cursor;
    cursor.file = open;
    cursor.row_group = i;
    cursor.next_row = first_row;
    cursor.rows_left = rows;
    first_row += rows;
    if (rows == 0) continue;
    const bool may_match = plan_->skipping.MayMatch(open->parquet->metadata(), i);
    ++(may_match ? plan_->counts->row_groups_read : plan_->counts->row_groups_skipped);
    if (may_match) cursors.push_back(std::move(cursor));
  }
  return cursors;
}

/// A row group for this thread alone. Absent at the end, or when `failure` is set.
std::optional<Cursor> ScanReader::TakeCursor(Result<Batch>& failure) {
  std::unique_lock lock(mutex_);
  while (true) {
    if (!ready_.empty()) {
      Cursor cursor = std::move(ready_.front());
      ready_.pop_front();
      return cursor;
    }
    if (next_file_ < input_->files.size()) {
      const std::shared_ptr<const AddFile>& file = input_->files[next_file_++];
      ++opening_;
      lock.unlock();
      auto cursors = OpenNext(file);
      lock.lock();
      --opening_;
      changed_.notify_all();
      if (!cursors) {
        failure = Fail(InFile(std::move(cursors).error(), *file));
        return std::nullopt;
      }
      std::ranges::move(*cursors, std::back_inserter(ready_));
      continue;
    }
    if (opening_ == 0) return std::nullopt;
    // Another thread is reading a footer: there may be row groups for us too.
    changed_.wait(lock);
  }
}

/// The next rows of the file's own columns, as the table has them.
Result<Batch> ScanReader::ReadData(Cursor& cursor) const {
  const OpenFile& file = *cursor.file;
  if (file.leaves.empty()) {
    // Nothing of the file is wanted but the number of its rows.
    const int64_t rows = std::min(kBatchRows, cursor.rows_left);
    const Batch nothing =
        arrow::RecordBatch::Make(arrow::schema(arrow::FieldVector()), rows, arrow::ArrayVector());
    return ToLogical(nothing, data_columns_, mapping_);
  }
  if (cursor.reader == nullptr) {
    TRY(cursor.reader, file.parquet->Read(cursor.row_group, file.leaves, kBatchRows));
  }
  std::shared_ptr<arrow::RecordBatch> rows;
  const arrow::Status status = cursor.reader->ReadNext(&rows);
  if (!status.ok()) return Fail(file.parquet->ReadError(status));
  if (rows == nullptr || rows->num_rows() == 0) {
    return Fail(ErrorKind::kCorrupt, "read {}: row group {} ends {} rows early",
                file.parquet->name(), cursor.row_group, cursor.rows_left);
  }
  return ToLogical(rows, data_columns_, mapping_);
}

/// Adds the partition columns.
Result<Batch> ScanReader::Assemble(const AddFile& file, const Batch& data) const {
  if (data_columns_.size() == schema_.size()) return data;
  arrow::ArrayVector columns;
  int next_data = 0;
  for (size_t i = 0; i < schema_.size(); ++i) {
    if (!is_partition_[i]) {
      columns.push_back(data->column(next_data++));
      continue;
    }
    const auto value = file.partition_values.find(partition_keys_[i]);
    if (value == file.partition_values.end()) {
      return Fail(ErrorKind::kCorrupt, "the add action has no value of partition column {}",
                  schema_[i].name);
    }
    auto array = PartitionArray(schema_[i].type, value->second, data->num_rows());
    if (!array) {
      return Fail(std::move(array).error().Within(fmt::format("column {}", schema_[i].name)));
    }
    columns.push_back(std::move(*array));
  }
  return arrow::RecordBatch::Make(arrow_schema_, data->num_rows(), std::move(columns));
}

/// The next rows of the row group; an empty batch when all of them are deleted.
Result<Batch> ScanReader::Advance(Cursor& cursor) const {
  TRY(Batch data, ReadData(cursor));
  const int64_t first_row = cursor.next_row;
  const int64_t rows = data->num_rows();
  cursor.next_row += rows;
  cursor.rows_left -= rows;
  TRY(Batch batch, Assemble(*cursor.file->file, data));
  if (cursor.file->only != nullptr) return OnlyRows(batch, *cursor.file->only, first_row);
  if (cursor.file->deleted == nullptr) return batch;
  return WithoutDeletedRows(batch, *cursor.file->deleted, first_row);
}

Result<Batch> ScanReader::Next() {
  Result<Batch> result = Batch();
  while (true) {
    std::optional<Cursor> cursor = TakeCursor(result);
    if (!cursor) return result;
    result = Advance(*cursor);
    if (!result) return Fail(InFile(std::move(result).error(), *cursor->file->file));
    if (cursor->rows_left > 0) {
      const std::lock_guard lock(mutex_);
      // At the front: a row group that was begun is finished before another one takes memory.
      ready_.push_front(std::move(*cursor));
      changed_.notify_one();
    }
    if ((*result)->num_rows() > 0) return result;
    result = Batch();
  }
}

class Scan final : public columnar::Relation {
 public:
  explicit Scan(ScanInput input) : plan_(std::make_shared<const ScanPlan>(std::move(input))) {}

  const types::Schema& schema() const override { return plan_->input.metadata.schema; }

  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    return std::make_unique<ScanReader>(plan_, columns);
  }

  std::optional<int64_t> row_count() const override {
    // Which rows of a file are left out is known when it is read.
    if (plan_->skipping.is_useful() || !plan_->input.only_rows.empty()) return std::nullopt;
    int64_t rows = 0;
    for (const auto& file : plan_->input.files) {
      if (file->num_records < 0) return std::nullopt;
      rows += file->num_records;
      if (file->extras != nullptr && file->extras->deletion_vector) {
        rows -= file->extras->deletion_vector->cardinality;
      }
    }
    return rows;
  }

 private:
  std::shared_ptr<const ScanPlan> plan_;
};

}  // namespace

std::unique_ptr<columnar::Relation> MakeScan(ScanInput input) {
  return std::make_unique<Scan>(std::move(input));
}

std::unique_ptr<columnar::Relation> ScanSnapshot(storage::Store& store, std::string root,
                                                 const Snapshot& snapshot,
                                                 const ScanOptions& options) {
  return MakeScan({.store = store,
                   .root = std::move(root),
                   .version = snapshot.version,
                   .metadata = snapshot.metadata,
                   .files = snapshot.files.Pointers(),
                   .options = options});
}

}  // namespace oresmith::delta
