#include <arrow/builder.h>
#include <arrow/table_builder.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>

#include "columnar/batch.h"
#include "delta/checkpoint.h"
#include "delta/checkpoint_schema.h"
#include "delta/features.h"
#include "delta/parquet_io.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using storage::Store;

constexpr int64_t kBatchRows = 16 * 1024;

/// Appends to the fields of one struct column, in their order. Failures (of memory) are gathered.
class StructAppender {
 public:
  StructAppender(arrow::StructBuilder& builder, arrow::Status& status)
      : builder_(builder), status_(status) {
    Note(builder_.Append());
  }

  void Text(std::string_view text) { Note(Next<arrow::StringBuilder>().Append(text)); }
  /// "" is NULL.
  void TextOrNull(std::string_view text) { text.empty() ? Null() : Text(text); }
  void Long(int64_t number) { Note(Next<arrow::Int64Builder>().Append(number)); }
  void Long(const std::optional<int64_t>& number) { number ? Long(*number) : Null(); }
  void Int(int number) { Note(Next<arrow::Int32Builder>().Append(number)); }
  void Flag(bool flag) { Note(Next<arrow::BooleanBuilder>().Append(flag)); }
  void Null() { Note(builder_.field_builder(next_++)->AppendNull()); }
  arrow::StructBuilder& Struct() { return Next<arrow::StructBuilder>(); }

  template <class Map>
  void TextMap(const Map& map) {
    auto& maps = Next<arrow::MapBuilder>();
    Note(maps.Append());
    auto& keys = checked_cast<arrow::StringBuilder&>(*maps.key_builder());
    auto& values = checked_cast<arrow::StringBuilder&>(*maps.item_builder());
    for (const auto& [key, value] : map) {
      Note(keys.Append(key));
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
        Note(values.Append(value));
      } else {
        Note(value ? values.Append(*value) : values.AppendNull());
      }
    }
  }
  void Texts(const std::vector<std::string>& texts) {
    auto& lists = Next<arrow::ListBuilder>();
    Note(lists.Append());
    auto& values = checked_cast<arrow::StringBuilder&>(*lists.value_builder());
    for (const std::string& text : texts) Note(values.Append(text));
  }
  void Texts(const std::optional<std::vector<std::string>>& texts) {
    texts ? Texts(*texts) : Null();
  }

 private:
  template <class Builder>
  Builder& Next() {
    return checked_cast<Builder&>(*builder_.field_builder(next_++));
  }
  void Note(const arrow::Status& status) { status_ &= status; }

  arrow::StructBuilder& builder_;
  arrow::Status& status_;
  int next_ = 0;
};

void AppendVector(StructAppender& file, const FileExtras* extras, arrow::Status& status) {
  if (extras == nullptr || !extras->deletion_vector) return file.Null();
  const DeletionVector& from = *extras->deletion_vector;
  StructAppender vector(file.Struct(), status);
  vector.Text(from.storage_type);
  vector.Text(from.path_or_inline);
  from.offset ? vector.Int(static_cast<int>(*from.offset)) : vector.Null();
  vector.Int(static_cast<int>(from.size_bytes));
  vector.Long(from.cardinality);
  vector.Null();
}

/// Appends after the deletion vector: the rows' numbers.
void AppendRowIds(StructAppender& file, const FileExtras* extras) {
  file.Long(extras == nullptr ? std::nullopt : extras->base_row_id);
  file.Long(extras == nullptr ? std::nullopt : extras->default_row_commit_version);
}

/// Gathers rows and writes them batch by batch.
class CheckpointFile {
 public:
  static Result<std::unique_ptr<CheckpointFile>> Create(Store& store, const std::string& key) {
    auto file = std::unique_ptr<CheckpointFile>(new CheckpointFile());
    auto builder =
        arrow::RecordBatchBuilder::Make(file->schema_, arrow::default_memory_pool(), kBatchRows);
    if (!builder.ok()) {
      return Fail(
          columnar::FromArrowStatus(builder.status(), ErrorKind::kUnavailable, "checkpoint"));
    }
    file->builder_ = *std::move(builder);
    parquet::WriterProperties::Builder properties;
    // Spark's choice: every reader of checkpoints knows it.
    properties.compression(parquet::Compression::SNAPPY);
    TRY(file->output_, ParquetOutput::Create(store, key, file->schema_, properties.build()));
    return file;
  }

  void Add(const Transaction& transaction) {
    StructAppender row = NewRow(0);
    row.Text(transaction.app_id);
    row.Long(transaction.version);
    row.Long(transaction.last_updated_ms);
  }

  void Add(const AddFile& file) {
    StructAppender row = NewRow(1);
    row.Text(EncodePath(file.path));
    row.TextMap(file.partition_values);
    row.Long(file.size_bytes);
    row.Long(file.modified_ms);
    row.Flag(false);
    const FileExtras* extras = file.extras.get();
    extras == nullptr || extras->tags.empty() ? row.Null() : row.TextMap(extras->tags);
    AppendVector(row, extras, status_);
    AppendRowIds(row, extras);
    row.TextOrNull(extras == nullptr ? "" : extras->clustering_provider);
    row.TextOrNull(file.stats);
  }

  void Add(const RemoveFile& file) {
    StructAppender row = NewRow(2);
    row.Text(EncodePath(file.path));
    row.Long(file.deletion_ms);
    row.Flag(false);
    row.Flag(file.extended);
    file.extended ? row.TextMap(file.partition_values) : row.Null();
    row.Long(file.extended ? std::optional(file.size_bytes) : std::nullopt);
    AppendVector(row, file.extras.get(), status_);
    AppendRowIds(row, file.extras.get());
  }

  void Add(const Metadata& metadata) {
    StructAppender row = NewRow(3);
    row.Text(metadata.id);
    row.TextOrNull(metadata.name);
    row.TextOrNull(metadata.description);
    StructAppender format(row.Struct(), status_);
    format.Text("parquet");
    format.TextMap(Properties());
    row.Text(types::SchemaToJson(metadata.schema));
    row.Texts(metadata.partition_columns);
    row.TextMap(metadata.configuration);
    row.Long(metadata.created_ms);
  }

  void Add(const Protocol& protocol) {
    StructAppender row = NewRow(4);
    row.Int(protocol.min_reader_version);
    row.Int(protocol.min_writer_version);
    row.Texts(protocol.reader_features);
    row.Texts(protocol.writer_features);
  }

  void Add(const DomainMetadata& domain) {
    StructAppender row = NewRow(5);
    row.Text(domain.domain);
    row.Text(domain.configuration);
    row.Flag(false);
  }

  /// To be called now and then, so that rows do not pile up in memory.
  Status WriteIfFull() { return rows_in_batch_ < kBatchRows ? Status() : WriteBatch(); }

  int64_t rows() const { return rows_; }

  Result<int64_t> Close() {
    TRY_DO(WriteBatch());
    return output_->Close();
  }

 private:
  CheckpointFile() : schema_(columnar::ToArrow(CheckpointColumns())) {}

  /// A row in which all columns but this one are NULL.
  StructAppender NewRow(int column) {
    ++rows_;
    ++rows_in_batch_;
    for (int i = 0; i < schema_->num_fields(); ++i) {
      if (i != column) status_ &= builder_->GetField(i)->AppendNull();
    }
    return {checked_cast<arrow::StructBuilder&>(*builder_->GetField(column)), status_};
  }

  Status WriteBatch() {
    auto batch = status_.ok() ? builder_->Flush()
                              : arrow::Result<std::shared_ptr<arrow::RecordBatch>>(status_);
    if (!batch.ok()) {
      return Fail(columnar::FromArrowStatus(batch.status(), ErrorKind::kUnavailable, "checkpoint"));
    }
    rows_in_batch_ = 0;
    return output_->Write(**batch);
  }

  std::shared_ptr<arrow::Schema> schema_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  std::unique_ptr<ParquetOutput> output_;
  arrow::Status status_;  // of all appends
  int64_t rows_ = 0;
  int64_t rows_in_batch_ = 0;
};

constexpr int64_t kRetentionDefaultMillis = 7LL * 86'400'000;

/// Whether the table still has to remember it: forgotten transactions are by the table's own wish.
bool IsKept(const Transaction& transaction, const Properties& configuration, int64_t now_ms) {
  // Spark forgets one without a time at once; to keep it can double nothing.
  if (!transaction.last_updated_ms) return true;
  const int64_t retention =
      IntervalPropertyOr(configuration, "delta.setTransactionRetentionDuration", -1);
  return retention < 0 || *transaction.last_updated_ms > now_ms - retention;
}

Status AddState(const CheckpointState& state, int64_t now_ms, CheckpointFile& file) {
  const Properties& configuration = state.metadata->configuration;
  file.Add(state.protocol);
  file.Add(*state.metadata);
  for (const Transaction& transaction : state.transactions) {
    if (IsKept(transaction, configuration, now_ms)) file.Add(transaction);
    TRY_DO(file.WriteIfFull());
  }
  for (const DomainMetadata& domain : state.domains) file.Add(domain);
  const int64_t oldest_ms =
      now_ms - IntervalPropertyOr(configuration, "delta.deletedFileRetentionDuration",
                                  kRetentionDefaultMillis);
  for (const RemoveFile& tombstone : state.tombstones) {
    if (tombstone.deletion_ms.value_or(0) > oldest_ms) file.Add(tombstone);
    TRY_DO(file.WriteIfFull());
  }
  for (const AddFile& added : state.files) {
    file.Add(added);
    TRY_DO(file.WriteIfFull());
  }
  return {};
}

}  // namespace

Result<int64_t> WriteCheckpoint(Store& store, const std::string& root, const CheckpointState& state,
                                int64_t now_ms) {
  const std::string key = CheckpointKey(root, state.version);
  auto file = CheckpointFile::Create(store, key);
  // Another writer has made the same: both have the same content.
  if (!file && file.error().kind == ErrorKind::kAlreadyExists) return 0;
  if (!file) return Fail(std::move(file).error());
  TRY_DO(AddState(state, now_ms, **file));
  auto size_bytes = (*file)->Close();
  if (!size_bytes && size_bytes.error().kind == ErrorKind::kAlreadyExists) return 0;
  if (!size_bytes) return Fail(std::move(size_bytes).error());
  // Hadoop's local file system keeps a checksum beside the file, and distrusts what we put now.
  TRY_DO(store.Delete(LogFolder(root) + "/._last_checkpoint.crc"));
  TRY_DO(store.Put(LastCheckpointKey(root),
                   LastCheckpointJson(state.version, (*file)->rows(), *size_bytes,
                                      static_cast<int64_t>(state.files.size()))));
  return *size_bytes;
}

}  // namespace oresmith::delta
