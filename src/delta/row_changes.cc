#include "delta/row_changes.h"

#include <arrow/array.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api_vector.h>
#include <arrow/datum.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <numeric>
#include <utility>

#include "delta/action.h"
#include "delta/deletion_vector.h"
#include "delta/json_internal.h"
#include "delta/path.h"
#include "delta/protocol.h"
#include "delta/scan.h"
#include "delta/writer.h"

namespace oresmith::delta {
namespace {

using columnar::Batch;
using types::Type;
using types::TypeId;

Error TakeError(const arrow::Status& status) {
  return columnar::FromArrowStatus(status, ErrorKind::kUnavailable, "change rows");
}

Result<std::shared_ptr<const DeletedRows>> DeletedOf(storage::Store& store, const std::string& root,
                                                     const AddFile& file) {
  if (file.extras == nullptr || !file.extras->deletion_vector) {
    return std::make_shared<const DeletedRows>();
  }
  return ReadDeletedRows(store, root, *file.extras->deletion_vector);
}

/// One file with all its rows, deleted ones too, in their order.
std::unique_ptr<columnar::Relation> PhysicalRows(storage::Store& store, const std::string& root,
                                                 const Snapshot& snapshot, const AddFile& file) {
  auto whole = std::make_shared<AddFile>(file);
  if (file.extras != nullptr && file.extras->deletion_vector) {
    auto extras = std::make_shared<FileExtras>(*file.extras);
    extras->deletion_vector.reset();
    whole->extras = std::move(extras);
  }
  ScanInput input{.store = store,
                  .root = root,
                  .version = snapshot.version,
                  .metadata = snapshot.metadata,
                  .files = {std::move(whole)}};
  return MakeScan(std::move(input));
}

std::vector<int> AllColumns(const columnar::Relation& relation) {
  std::vector<int> columns(relation.schema().size());
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

Result<int64_t> CountRows(const columnar::Relation& relation) {
  TRY(const auto reader, relation.Open({}));
  int64_t count = 0;
  while (true) {
    TRY(const Batch rows, reader->Next());
    if (rows == nullptr) return count;
    count += rows->num_rows();
  }
}

/// Statistics of a file that has a deletion vector: the bounds are of all its rows, the deleted
/// ones too, and the number of rows must be there. Text is left as it stands: another JSON library
/// would write numbers in another way. Source: Delta PROTOCOL.md, "Per-file Statistics"; Spark,
/// updateStatsToWideBounds.
std::string WideStats(std::string stats, int64_t num_records) {
  constexpr std::string_view kTight = R"("tightBounds":true)";
  constexpr std::string_view kWide = R"("tightBounds":false)";
  if (stats.empty() || NumRecords(stats) != num_records) {
    return fmt::format(R"({{"numRecords":{},{}}})", num_records, kWide);
  }
  if (const size_t at = stats.rfind(kTight); at != std::string::npos) {
    return stats.replace(at, kTight.size(), kWide);
  }
  if (stats.find(kWide) != std::string::npos) return stats;
  const size_t end = stats.rfind('}');
  return stats.insert(end, fmt::format(",{}", kWide));
}

class OriginReader final : public columnar::BatchReader {
 public:
  OriginReader(storage::Store& store, std::string root, std::shared_ptr<const Snapshot> snapshot,
               std::vector<int> columns, std::function<bool(const AddFile&)> may_match)
      : store_(store),
        root_(std::move(root)),
        snapshot_(std::move(snapshot)),
        columns_(std::move(columns)),
        may_match_(std::move(may_match)),
        files_(snapshot_->files.Pointers()) {
    for (const int column : columns_) {
      if (column < Width()) data_columns_.push_back(column);
    }
  }

  Result<Batch> Next() override {
    // Row numbers come from the order of the rows: one thread after another.
    const std::lock_guard lock(mutex_);
    while (true) {
      if (reader_ == nullptr) {
        while (next_file_ < files_.size() && may_match_ && !may_match_(*files_[next_file_])) {
          ++next_file_;
        }
        if (next_file_ >= files_.size()) return Batch();
        TRY_DO(OpenFile(*files_[next_file_]));
      }
      TRY(const Batch rows, reader_->Next());
      if (rows == nullptr) {
        reader_.reset();
        ++next_file_;
        continue;
      }
      TRY(const Batch all, WithOrigin(rows));
      TRY(Batch kept, WithoutDeletedRows(all, *deleted_, row_ - rows->num_rows()));
      if (kept->num_rows() > 0) return kept;
    }
  }

 private:
  int Width() const { return static_cast<int>(snapshot_->metadata.schema.size()); }

  Status OpenFile(const AddFile& file) {
    row_ = 0;
    TRY(deleted_, DeletedOf(store_, root_, file));
    relation_ = PhysicalRows(store_, root_, *snapshot_, file);
    TRY(reader_, relation_->Open(data_columns_));
    return {};
  }

  Result<Batch> WithOrigin(const Batch& rows) {
    const int64_t count = rows->num_rows();
    arrow::Int32Builder files;
    arrow::Int64Builder numbers;
    arrow::Status status = files.Reserve(count);
    if (status.ok()) status = numbers.Reserve(count);
    if (!status.ok()) return Fail(TakeError(status));
    for (int64_t i = 0; i < count; ++i) {
      files.UnsafeAppend(static_cast<int32_t>(next_file_));
      numbers.UnsafeAppend(row_ + i);
    }
    row_ += count;
    arrow::ArrayVector arrays;
    arrow::FieldVector fields;
    int next_data = 0;
    for (const int column : columns_) {
      if (column < Width()) {
        arrays.push_back(rows->column(next_data));
        fields.push_back(rows->schema()->field(next_data++));
        continue;
      }
      const bool is_file = column == Width();
      auto array = is_file ? files.Finish() : numbers.Finish();
      if (!array.ok()) return Fail(TakeError(array.status()));
      fields.push_back(arrow::field(is_file ? "__file" : "__row", (*array)->type()));
      arrays.push_back(*std::move(array));
    }
    return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), count, std::move(arrays));
  }

  storage::Store& store_;
  const std::string root_;
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::vector<int> columns_;
  const std::function<bool(const AddFile&)> may_match_;  // empty: all
  std::vector<int> data_columns_;
  const std::vector<std::shared_ptr<const AddFile>> files_;

  std::mutex mutex_;  // guards all below
  size_t next_file_ = 0;
  int64_t row_ = 0;  // the next of the file
  std::shared_ptr<const DeletedRows> deleted_;
  std::unique_ptr<columnar::Relation> relation_;
  std::unique_ptr<columnar::BatchReader> reader_;
};

class OriginScan final : public columnar::Relation {
 public:
  OriginScan(storage::Store& store, std::string root, std::shared_ptr<const Snapshot> snapshot,
             std::function<bool(const AddFile&)> may_match)
      : store_(store),
        root_(std::move(root)),
        snapshot_(std::move(snapshot)),
        may_match_(std::move(may_match)) {
    schema_ = snapshot_->metadata.schema;
    schema_.push_back({.name = "__file", .type = Type(TypeId::kInt), .nullable = false});
    schema_.push_back({.name = "__row", .type = Type(TypeId::kLong), .nullable = false});
  }
  const types::Schema& schema() const override { return schema_; }
  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    return std::make_unique<OriginReader>(store_, root_, snapshot_, columns, may_match_);
  }

 private:
  storage::Store& store_;
  const std::string root_;
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::function<bool(const AddFile&)> may_match_;
  types::Schema schema_;
};

}  // namespace

Result<Batch> TakeRows(const Batch& batch, const std::vector<int64_t>& rows) {
  const arrow::Int64Array indices(static_cast<int64_t>(rows.size()), arrow::Buffer::Wrap(rows));
  arrow::ArrayVector columns;
  for (const auto& column : batch->columns()) {
    auto taken = arrow::compute::Take(*column, indices);
    if (!taken.ok()) return Fail(TakeError(taken.status()));
    columns.push_back(*std::move(taken));
  }
  return arrow::RecordBatch::Make(batch->schema(), indices.length(), std::move(columns));
}

std::unique_ptr<columnar::Relation> MakeOriginScan(storage::Store& store, std::string root,
                                                   std::shared_ptr<const Snapshot> snapshot,
                                                   std::function<bool(const AddFile&)> may_match) {
  return std::make_unique<OriginScan>(store, std::move(root), std::move(snapshot),
                                      std::move(may_match));
}

Result<std::unique_ptr<FileWriter>> NewRuledWriter(storage::Store& store, const std::string& root,
                                                   const Snapshot& snapshot, const Clock& clock,
                                                   Random& random) {
  TRY_DO(CheckWritableByRules(store.Describe(root), snapshot.protocol, snapshot.metadata));
  return MakeFileWriter(store, root, snapshot.metadata, {}, clock, random);
}

std::string MetadataText(const types::Field& field, std::string_view key) {
  return FieldMetadata(field, key);
}

Result<std::string> InvariantOf(const types::Field& field) {
  const std::string text = FieldMetadata(field, "delta.invariants");
  if (text.empty()) return text;
  const Json json = Json::parse(text, nullptr, false);
  const Json::json_pointer path("/expression/expression");
  if (!json.is_object() || !json.contains(path) || !json[path].is_string()) {
    return Fail(ErrorKind::kUnsupported, "column {}: its invariant cannot be read: {}", field.name,
                text);
  }
  return json[path].get<std::string>();
}

RowChanges::RowChanges(storage::Store& store, std::string root,
                       std::shared_ptr<const Snapshot> snapshot, std::unique_ptr<FileWriter> writer,
                       RowEffect effect, const Clock& clock, Random& random)
    : store_(store),
      root_(std::move(root)),
      snapshot_(std::move(snapshot)),
      writer_(std::move(writer)),
      clock_(clock),
      random_(random),
      uses_vectors_(IsSet(snapshot_->metadata.configuration, "delta.enableDeletionVectors")),
      has_feed_(IsSet(snapshot_->metadata.configuration, "delta.enableChangeDataFeed") &&
                effect != RowEffect::kAdds && !(effect == RowEffect::kDeletes && uses_vectors_)),
      vectors_(store_, root_, random_) {}

Status RowChanges::Write(const Batch& rows, std::string_view change_type) {
  if (has_feed_) TRY_DO(WriteFeed(rows, change_type));
  return writer_->Write(rows);
}

Status RowChanges::WriteFeed(const Batch& rows, std::string_view change_type) {
  if (rows->num_rows() == 0) return {};
  if (feed_ == nullptr) {
    Metadata metadata = snapshot_->metadata;
    metadata.schema.push_back(
        {.name = "_change_type", .type = Type(TypeId::kString), .nullable = true});
    TRY(feed_,
        MakeFileWriter(store_, KeyUnder(root_, "_change_data"), metadata, {}, clock_, random_));
  }
  arrow::StringBuilder words;
  for (int64_t i = 0; i < rows->num_rows(); ++i) {
    const arrow::Status status = words.Append(std::string(change_type));
    if (!status.ok()) return Fail(TakeError(status));
  }
  auto array = words.Finish();
  if (!array.ok()) return Fail(TakeError(array.status()));
  auto batch = rows->AddColumn(rows->num_columns(), "_change_type", *array);
  if (!batch.ok()) return Fail(TakeError(batch.status()));
  return feed_->Write(*batch);
}

Status RowChanges::CopyFile(const AddFile& old, const std::map<int64_t, RowEnd>& ended,
                            FileChanges& changes) {
  TRY(const auto deleted, DeletedOf(store_, root_, old));
  const auto relation = PhysicalRows(store_, root_, *snapshot_, old);
  TRY(const auto reader, relation->Open(AllColumns(*relation)));
  int64_t first_row = 0;
  while (true) {
    TRY(const Batch rows, reader->Next());
    if (rows == nullptr) break;
    std::vector<int64_t> kept, gone, updated;
    for (int64_t i = 0; i < rows->num_rows(); ++i) {
      if (std::ranges::binary_search(deleted->rows, first_row + i)) continue;
      const auto end = ended.find(first_row + i);
      (end == ended.end() ? kept : end->second == RowEnd::kDeleted ? gone : updated).push_back(i);
    }
    first_row += rows->num_rows();
    TRY(const Batch copied, TakeRows(rows, kept));
    changes.copied_rows += copied->num_rows();
    TRY_DO(writer_->Write(copied));
    if (!has_feed_) continue;
    TRY(const Batch deleted_rows, TakeRows(rows, gone));
    TRY_DO(WriteFeed(deleted_rows, "delete"));
    TRY(const Batch old_rows, TakeRows(rows, updated));
    TRY_DO(WriteFeed(old_rows, "update_preimage"));
  }
  changes.removes.push_back(old);
  return {};
}

/// Tells the change feed of rows whose file is not read otherwise.
Status RowChanges::WriteEndedRows(const AddFile& old, const std::map<int64_t, RowEnd>& ended) {
  for (const RowEnd end : {RowEnd::kDeleted, RowEnd::kUpdated}) {
    auto rows = std::make_shared<DeletedRows>();
    for (const auto& [row, its_end] : ended) {
      if (its_end == end) rows->rows.push_back(row);
    }
    if (rows->rows.empty()) continue;
    const auto file = std::make_shared<const AddFile>(old);
    ScanInput input{.store = store_,
                    .root = root_,
                    .version = snapshot_->version,
                    .metadata = snapshot_->metadata,
                    .files = {file}};
    input.only_rows.emplace(file.get(), std::move(rows));
    const auto relation = MakeScan(std::move(input));
    TRY(const auto reader, relation->Open(AllColumns(*relation)));
    while (true) {
      TRY(const Batch batch, reader->Next());
      if (batch == nullptr) break;
      TRY_DO(WriteFeed(batch, end == RowEnd::kDeleted ? "delete" : "update_preimage"));
    }
  }
  return {};
}

Status RowChanges::MarkRows(const AddFile& old, const std::map<int64_t, RowEnd>& ended,
                            FileChanges& changes) {
  if (has_feed_) TRY_DO(WriteEndedRows(old, ended));
  TRY(const auto before, DeletedOf(store_, root_, old));
  DeletedRows now;
  std::vector<int64_t> added;
  for (const auto& [row, end] : ended) added.push_back(row);
  std::ranges::set_union(before->rows, added, std::back_inserter(now.rows));
  AddFile after = old;
  if (after.num_records < 0) {
    TRY(after.num_records, CountRows(*PhysicalRows(store_, root_, *snapshot_, old)));
  }
  if (std::ssize(now.rows) == after.num_records) {
    changes.removes.push_back(old);
    return {};
  }
  after.stats = WideStats(after.stats, after.num_records);
  auto extras = old.extras == nullptr ? std::make_shared<FileExtras>()
                                      : std::make_shared<FileExtras>(*old.extras);
  TRY(extras->deletion_vector, vectors_.Write(now));
  after.extras = std::move(extras);
  changes.vectors.push_back({.before = old, .after = std::move(after)});
  return {};
}

Result<FileChanges> RowChanges::Finish(const EndedRows& ended) {
  FileChanges changes;
  for (const auto& [file, rows] : ended) {
    const AddFile& old = snapshot_->files[static_cast<size_t>(file)];
    TRY_DO(uses_vectors_ ? MarkRows(old, rows, changes) : CopyFile(old, rows, changes));
  }
  TRY_DO(vectors_.Close());
  TRY(changes.adds, writer_->Close());
  if (feed_ == nullptr) return changes;
  TRY(const std::vector<AddFile> files, feed_->Close());
  for (const AddFile& file : files) {
    changes.change_files.push_back({.path = KeyUnder("_change_data", file.path),
                                    .partition_values = file.partition_values,
                                    .size_bytes = file.size_bytes});
  }
  return changes;
}

}  // namespace oresmith::delta
