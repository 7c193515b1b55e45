#include "delta/writer.h"

#include <arrow/array.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <list>
#include <unordered_map>
#include <utility>

#include "delta/column_mapping.h"
#include "delta/data_file.h"
#include "delta/partition.h"
#include "delta/path.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using columnar::Batch;

// Each open file holds a row group in memory.
constexpr size_t kOpenFilesMax = 64;

struct Columns {
  std::vector<int> data;
  std::vector<int> partition;
};

class TableWriter final : public FileWriter {
 public:
  TableWriter(DataFileContext context, const Metadata& metadata, Columns columns,
              int64_t file_bytes_max)
      : context_(std::move(context)),
        schema_(metadata.schema),
        columns_(std::move(columns)),
        partition_keys_(PartitionKeys(metadata)),
        file_bytes_max_(file_bytes_max) {
    const ColumnMapping mapping = ColumnMappingOf(metadata);
    if (mapping != ColumnMapping::kNone) physical_ = PhysicalArrow(schema_, mapping);
  }

  Status Write(const Batch& batch) override;
  Result<std::vector<AddFile>> Close() override { return CloseAll(nullptr); }
  Status CloseInto(CommitRequest& request) override;

 private:
  struct OpenFile {
    std::string key;  // of the partition
    std::unique_ptr<DataFile> file;
  };
  using OpenFiles = std::list<OpenFile>;

  Status WritePartitioned(const Batch& batch);
  Status WriteTo(const std::string& key, const arrow::RecordBatch& first, int64_t row,
                 const Batch& rows);
  Result<OpenFiles::iterator> FileOf(const std::string& key, const arrow::RecordBatch& batch,
                                     int64_t row);
  Status Finish(OpenFiles::iterator file, UnsyncedList* unsynced);
  Result<std::vector<AddFile>> CloseAll(UnsyncedList* unsynced);
  Result<std::string> PartitionKey(const arrow::RecordBatch& batch, int64_t row) const;
  std::string RandomFolder();

  const DataFileContext context_;
  const types::Schema schema_;
  std::shared_ptr<arrow::Schema> physical_;  // null: the files have the table's names
  const Columns columns_;
  const std::vector<std::string> partition_keys_;
  const int64_t file_bytes_max_;
  OpenFiles open_;  // the one used last is at the front
  std::unordered_map<std::string, OpenFiles::iterator> by_key_;
  std::vector<AddFile> finished_;
};

Status TableWriter::Write(const Batch& batch) {
  if (batch->num_rows() == 0) return {};
  TRY(Batch rows, columnar::Conform(batch, schema_));
  if (physical_ != nullptr) rows = Relabelled(*rows, physical_);
  if (partition_keys_.empty()) return WriteTo("", *rows, 0, rows);
  return WritePartitioned(rows);
}

/// The values of all partition columns in one text that no other values give.
Result<std::string> TableWriter::PartitionKey(const arrow::RecordBatch& batch, int64_t row) const {
  std::string key;
  for (const int column : columns_.partition) {
    const types::Field& field = schema_[static_cast<size_t>(column)];
    const auto text = PartitionText(*batch.column(column), field.type, row);
    key += text ? fmt::format("{}:", text->size()) : "-:";
    if (!text) continue;
    if (text->find('\0') != std::string::npos || !IsUtf8(*text)) {
      return Fail(ErrorKind::kInvalidInput,
                  "write {}: partition column {}: a value is no UTF-8 text, or holds a NUL",
                  context_.store.Describe(context_.root), field.name);
    }
    key += *text;
  }
  return key;
}

Status TableWriter::WritePartitioned(const Batch& batch) {
  // Groups in the order in which they appear, so that the same input gives the same files.
  std::vector<std::pair<std::string, std::vector<int64_t>>> groups;
  std::unordered_map<std::string, size_t> index_of;
  for (int64_t row = 0; row < batch->num_rows(); ++row) {
    TRY(std::string key, PartitionKey(*batch, row));
    const auto [place, is_new] = index_of.try_emplace(key, groups.size());
    if (is_new) groups.emplace_back(std::move(key), std::vector<int64_t>());
    groups[place->second].second.push_back(row);
  }
  auto data_columns = batch->SelectColumns(columns_.data);
  ORESMITH_ASSERT(data_columns.ok());
  if (groups.size() == 1) return WriteTo(groups.front().first, *batch, 0, *data_columns);
  for (const auto& [key, rows] : groups) {
    const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
    auto taken = arrow::compute::Take(arrow::Datum(*data_columns), arrow::Datum(indices.data()));
    if (!taken.ok()) {
      return Fail(columnar::FromArrowStatus(taken.status(), ErrorKind::kUnavailable,
                                            "write " + context_.store.Describe(context_.root)));
    }
    TRY_DO(WriteTo(key, *batch, rows.front(), taken->record_batch()));
  }
  return {};
}

/// The open file of the partition, at the front of the list. `row` of `batch` is one of its rows.
Result<TableWriter::OpenFiles::iterator> TableWriter::FileOf(const std::string& key,
                                                             const arrow::RecordBatch& batch,
                                                             int64_t row) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    open_.splice(open_.begin(), open_, found->second);
    return found->second;
  }
  if (open_.size() >= kOpenFilesMax) TRY_DO(Finish(std::prev(open_.end()), nullptr));
  PartitionValues values;
  std::string folder;
  for (size_t i = 0; i < partition_keys_.size(); ++i) {
    const int column = columns_.partition[i];
    const types::Type& type = schema_[static_cast<size_t>(column)].type;
    const auto text = PartitionFolderText(*batch.column(column), type, row);
    if (physical_ == nullptr) folder = KeyUnder(folder, PartitionFolder(partition_keys_[i], text));
    values[partition_keys_[i]] = PartitionText(*batch.column(column), type, row);
  }
  if (physical_ != nullptr) folder = RandomFolder();
  open_.push_front({key, std::make_unique<DataFile>(context_, folder, std::move(values))});
  by_key_[key] = open_.begin();
  return open_.begin();
}

/// As Spark places files under column mapping: no column's name is to be read in a path.
std::string TableWriter::RandomFolder() {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string folder;
  for (int i = 0; i < 2; ++i) folder += kLetters[context_.random.Next() % kLetters.size()];
  return folder;
}

Status TableWriter::WriteTo(const std::string& key, const arrow::RecordBatch& first, int64_t row,
                            const Batch& rows) {
  TRY(const OpenFiles::iterator file, FileOf(key, first, row));
  TRY_DO(file->file->Write(rows));
  if (file->file->EstimatedBytes() < file_bytes_max_) return {};
  return Finish(file, nullptr);
}

Status TableWriter::Finish(OpenFiles::iterator file, UnsyncedList* unsynced) {
  TRY(AddFile added, file->file->Close(unsynced));
  finished_.push_back(std::move(added));
  by_key_.erase(file->key);
  open_.erase(file);
  return {};
}

Result<std::vector<AddFile>> TableWriter::CloseAll(UnsyncedList* unsynced) {
  while (!open_.empty()) TRY_DO(Finish(std::prev(open_.end()), unsynced));
  return std::exchange(finished_, {});
}

Status TableWriter::CloseInto(CommitRequest& request) {
  TRY(std::vector<AddFile> files, CloseAll(&request.unsynced));
  std::ranges::move(files, std::back_inserter(request.adds));
  return {};
}

}  // namespace

Result<std::unique_ptr<FileWriter>> MakeFileWriter(storage::Store& store, std::string root,
                                                   const Metadata& metadata,
                                                   const WriterOptions& options, const Clock& clock,
                                                   Random& random) {
  const auto set_codec = metadata.configuration.find("delta.parquet.compression.codec");
  std::string codec =
      set_codec == metadata.configuration.end() ? options.compression : set_codec->second;
  std::ranges::transform(codec, codec.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  TRY(const parquet::Compression::type compression, CompressionByName(codec));
  const bool is_plain = compression == parquet::Compression::UNCOMPRESSED;
  DataFileContext context{.store = store,
                          .root = std::move(root),
                          .clock = clock,
                          .random = random,
                          .schema = {},
                          .configuration = metadata.configuration,
                          .compression = compression,
                          .name_end = is_plain ? ".parquet" : fmt::format(".{}.parquet", codec)};
  Columns columns;
  for (const std::string& name : metadata.partition_columns) {
    const auto field = std::ranges::find(metadata.schema, name, &types::Field::name);
    ORESMITH_ASSERT(field != metadata.schema.end());
    columns.partition.push_back(static_cast<int>(field - metadata.schema.begin()));
  }
  for (size_t i = 0; i < metadata.schema.size(); ++i) {
    const auto index = static_cast<int>(i);
    if (std::ranges::find(columns.partition, index) != columns.partition.end()) continue;
    columns.data.push_back(index);
    context.schema.push_back(metadata.schema[i]);
  }
  return std::make_unique<TableWriter>(std::move(context), metadata, std::move(columns),
                                       options.file_bytes_max);
}

}  // namespace oresmith::delta
