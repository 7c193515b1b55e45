#include <arrow/builder.h>
#include <arrow/table_builder.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>

#include "columnar/batch.h"
#include "delta/checkpoint.h"
#include "delta/checkpoint_schema.h"
#include "delta/checkpoint_stats.h"
#include "delta/features.h"
#include "delta/parquet_io.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using storage::Store;

constexpr int64_t kBatchRows = 4 * 1024;
// A reader decodes row groups side by side, and a writer keeps one in memory.
constexpr int64_t kRowGroupRows = 2 * kBatchRows;

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
  /// To the fields that are left.
  void Append(const ParsedStats& parsed, const AddFile& file) {
    Note(parsed.Append(file, builder_, next_));
  }

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
  /// Of a checkpoint of `state`, with these columns.
  static Result<std::unique_ptr<CheckpointFile>> Create(Store& store, const std::string& key,
                                                        const CheckpointState& state,
                                                        types::Schema columns) {
    ParsedStats parsed(state.protocol, *state.metadata);
    parsed.AddFields(columns);
    auto file = std::unique_ptr<CheckpointFile>(new CheckpointFile(columns, std::move(parsed)));
    auto builder =
        arrow::RecordBatchBuilder::Make(file->schema_, arrow::default_memory_pool(), kBatchRows);
    if (!builder.ok()) {
      return Fail(
          columnar::FromArrowStatus(builder.status(), ErrorKind::kUnavailable, "checkpoint"));
    }
    file->builder_ = *std::move(builder);
    parquet::WriterProperties::Builder properties;
    // Spark's choice: every reader of checkpoints knows it.
    properties.compression(parquet::Compression::SNAPPY)->enable_store_decimal_as_integer();
    TRY(file->output_, ParquetOutput::Create(store, key, file->schema_, properties.build()));
    return file;
  }

  void Add(const Transaction& transaction) {
    StructAppender row = NewRow("txn");
    row.Text(transaction.app_id);
    row.Long(transaction.version);
    row.Long(transaction.last_updated_ms);
  }

  void Add(const AddFile& file) {
    StructAppender row = NewRow("add");
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
    row.Append(parsed_, file);
  }

  void Add(const RemoveFile& file) {
    StructAppender row = NewRow("remove");
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
    StructAppender row = NewRow("metaData");
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
    StructAppender row = NewRow("protocol");
    row.Int(protocol.min_reader_version);
    row.Int(protocol.min_writer_version);
    row.Texts(protocol.reader_features);
    row.Texts(protocol.writer_features);
  }

  void Add(const DomainMetadata& domain) {
    StructAppender row = NewRow("domainMetadata");
    row.Text(domain.domain);
    row.Text(domain.configuration);
    row.Flag(false);
  }

  /// A sidecar that is written. REQUIRES: this is a V2 checkpoint's main file.
  void AddSidecar(const std::string& name, int64_t size_bytes, int64_t modified_ms) {
    StructAppender row = NewRow("sidecar");
    row.Text(name);
    row.Long(size_bytes);
    row.Long(modified_ms);
    row.Null();
  }

  /// REQUIRES: this is a V2 checkpoint's main file.
  void AddCheckpointMetadata(Version version) {
    StructAppender row = NewRow("checkpointMetadata");
    row.Long(Number(version));
    row.Null();
  }

  /// To be called now and then, so that rows do not pile up in memory.
  Status WriteIfFull() { return rows_in_batch_ < kBatchRows ? Status() : WriteBatch(); }

  /// The rows after this go into another row group.
  Status EndRowGroup() {
    TRY_DO(WriteBatch());
    return output_->EndRowGroup();
  }

  int64_t rows() const { return rows_; }

  Result<int64_t> Close() {
    TRY_DO(WriteBatch());
    return output_->Close(nullptr);
  }

 private:
  CheckpointFile(const types::Schema& columns, ParsedStats parsed)
      : schema_(columnar::ToArrow(columns)), parsed_(std::move(parsed)) {}

  /// A row in which all columns but this one are NULL.
  StructAppender NewRow(const char* name) {
    const int column = schema_->GetFieldIndex(name);
    ++rows_;
    ++rows_in_batch_;
    for (int i = 0; i < schema_->num_fields(); ++i) {
      if (i != column) status_ &= builder_->GetField(i)->AppendNull();
    }
    return {checked_cast<arrow::StructBuilder&>(*builder_->GetField(column)), status_};
  }

  Status WriteBatch() {
    if (rows_in_batch_ == 0 && status_.ok()) return {};
    auto batch = status_.ok() ? builder_->Flush()
                              : arrow::Result<std::shared_ptr<arrow::RecordBatch>>(status_);
    if (!batch.ok()) {
      return Fail(columnar::FromArrowStatus(batch.status(), ErrorKind::kUnavailable, "checkpoint"));
    }
    rows_in_group_ += std::exchange(rows_in_batch_, 0);
    TRY_DO(output_->Write(**batch));
    if (rows_in_group_ < kRowGroupRows) return {};
    rows_in_group_ = 0;
    return output_->EndRowGroup();
  }

  std::shared_ptr<arrow::Schema> schema_;
  ParsedStats parsed_;
  std::unique_ptr<arrow::RecordBatchBuilder> builder_;
  std::unique_ptr<ParquetOutput> output_;
  arrow::Status status_;  // of all appends
  int64_t rows_ = 0;
  int64_t rows_in_batch_ = 0;
  int64_t rows_in_group_ = 0;
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

/// All but the files.
Status AddRest(const CheckpointState& state, int64_t now_ms, CheckpointFile& file) {
  const Properties& configuration = state.metadata->configuration;
  file.Add(state.protocol);
  file.Add(*state.metadata);
  for (const Transaction& transaction : state.transactions) {
    if (IsKept(transaction, configuration, now_ms)) file.Add(transaction);
    TRY_DO(file.WriteIfFull());
  }
  for (const DomainMetadata& domain : state.domains) file.Add(domain);
  return {};
}

AddFile FileOf(const FileView& view) {
  AddFile file{.path = std::string(view.path),
               .partition_values = *view.partition_values,
               .size_bytes = view.size_bytes,
               .modified_ms = view.modified_ms,
               .stats = std::string(view.stats),
               .num_records = view.num_records};
  if (view.extras != nullptr) file.extras = *view.extras;
  return file;
}

/// The files and tombstones of a state, wherever they are.
class CheckpointContent {
 public:
  /// The references must outlive it.
  CheckpointContent(Store& store, const std::string& root, const CheckpointState& state,
                    int64_t now_ms)
      : store_(store),
        root_(root),
        state_(state),
        oldest_ms_(now_ms - IntervalPropertyOr(state.metadata->configuration,
                                               "delta.deletedFileRetentionDuration",
                                               kRetentionDefaultMillis)) {}

  /// Calls `add` for each tombstone that is kept, and for each file: first those that the state
  /// rests on, so that files stay in the order in which they came.
  template <class Add>
  Status ForEach(const Add& add) {
    for (const RemoveFile& tombstone : state_.tombstones) TRY_DO(AddTombstone(tombstone, add));
    if (state_.base) TRY_DO(ForEachBelow(add));
    for (const AddFile& file : state_.files) TRY_DO(AddLiveFile(file, add));
    return {};
  }

  /// Over the files of ForEach.
  const FileSums& sums() const { return sums_; }

 private:
  template <class Add>
  Status ForEachBelow(const Add& add) {
    Replay newer(state_.version, 0);
    for (const RemoveFile& file : state_.tombstones) {
      newer.Supersede(FileKey(file.path, file.deletion_vector_id()));
    }
    for (const AddFile& file : state_.files) {
      newer.Supersede(FileKey(file.path, file.deletion_vector_id()));
    }
    const CheckpointVisitor visitor{
        .add = [&](const FileView& file) { return AddLiveFile(FileOf(file), add); },
        .remove = [&](const RemoveFile& file) { return AddTombstone(file, add); }};
    return VisitCheckpoint(store_, root_, *state_.base, newer, visitor);
  }

  template <class Add>
  Status AddTombstone(const RemoveFile& file, const Add& add) {
    return file.deletion_ms.value_or(0) > oldest_ms_ ? add(file) : Status();
  }

  template <class Add>
  Status AddLiveFile(const AddFile& file, const Add& add) {
    sums_.files += 1;
    sums_.bytes += file.size_bytes;
    return add(file);
  }

  Store& store_;
  const std::string& root_;
  const CheckpointState& state_;
  const int64_t oldest_ms_;
  FileSums sums_;
};

struct Written {
  int64_t size_bytes = 0;
  int64_t actions = 0;
};

Result<Written> WriteClassic(Store& store, const std::string& key, const CheckpointState& state,
                             CheckpointContent& content, int64_t now_ms) {
  TRY(const auto file, CheckpointFile::Create(store, key, state, CheckpointColumns()));
  TRY_DO(AddRest(state, now_ms, *file));
  // Readers then need not look at the files' row groups for anything but files.
  TRY_DO(file->EndRowGroup());
  TRY_DO(content.ForEach([&](const auto& action) {
    file->Add(action);
    return file->WriteIfFull();
  }));
  TRY(const int64_t size_bytes, file->Close());
  return Written{.size_bytes = size_bytes, .actions = file->rows()};
}

/// The files of a V2 checkpoint, in sidecars of a bounded size; `main` gets to know of each.
class SidecarWriter {
 public:
  /// The references must outlive it.
  SidecarWriter(Store& store, std::string folder, const CheckpointState& state, Random& random,
                int64_t now_ms, CheckpointFile& main)
      : store_(store),
        folder_(std::move(folder)),
        state_(state),
        random_(random),
        now_ms_(now_ms),
        main_(main) {}

  template <class Action>
  Status Add(const Action& action) {
    if (file_ == nullptr) {
      name_ = NewUuid(random_) + ".parquet";
      TRY(file_, CheckpointFile::Create(store_, folder_ + "/" + name_, state_, SidecarColumns()));
    }
    file_->Add(action);
    if (file_->rows() >= kSidecarActionsMax) return Finish();
    return file_->WriteIfFull();
  }

  Status Finish() {
    if (file_ == nullptr) return {};
    TRY(const int64_t size_bytes, file_->Close());
    main_.AddSidecar(name_, size_bytes, now_ms_);
    written_.size_bytes += size_bytes;
    written_.actions += file_->rows();
    file_ = nullptr;
    return {};
  }

  const Written& written() const { return written_; }

 private:
  static constexpr int64_t kSidecarActionsMax = 50'000;  // as Spark

  Store& store_;
  const std::string folder_;
  const CheckpointState& state_;
  Random& random_;
  const int64_t now_ms_;
  CheckpointFile& main_;
  std::unique_ptr<CheckpointFile> file_;
  std::string name_;
  Written written_;
};

/// Under the classic name: a reader that does not know V2 finds the protocol in it, and stops.
Result<Written> WriteV2(Store& store, const std::string& root, const std::string& key,
                        const CheckpointState& state, CheckpointContent& content, int64_t now_ms,
                        Random& random) {
  TRY(const auto main, CheckpointFile::Create(store, key, state, MainCheckpointColumns()));
  main->AddCheckpointMetadata(state.version);
  TRY_DO(AddRest(state, now_ms, *main));
  SidecarWriter sidecars(store, LogFolder(root) + "/_sidecars", state, random, now_ms, *main);
  TRY_DO(content.ForEach([&](const auto& action) { return sidecars.Add(action); }));
  TRY_DO(sidecars.Finish());
  TRY(const int64_t main_bytes, main->Close());
  return Written{.size_bytes = main_bytes + sidecars.written().size_bytes,
                 .actions = main->rows() + sidecars.written().actions};
}

}  // namespace

Result<WrittenCheckpoint> WriteCheckpoint(Store& store, const std::string& root,
                                          const CheckpointState& state, int64_t now_ms,
                                          Random& random) {
  const std::string key = CheckpointKey(root, state.version);
  const bool is_v2 =
      PropertyOr(state.metadata->configuration, "delta.checkpointPolicy", "classic") == "v2" &&
      HasFeature(state.protocol, "v2Checkpoint");
  CheckpointContent content(store, root, state, now_ms);
  auto written = is_v2 ? WriteV2(store, root, key, state, content, now_ms, random)
                       : WriteClassic(store, key, state, content, now_ms);
  // Another writer has made the same: both have the same content.
  if (!written && written.error().kind == ErrorKind::kAlreadyExists) return WrittenCheckpoint();
  if (!written) return Fail(std::move(written).error());
  // Hadoop's local file system keeps a checksum beside the file, and distrusts what we put now.
  TRY_DO(store.Delete(LogFolder(root) + "/._last_checkpoint.crc"));
  TRY_DO(store.Put(LastCheckpointKey(root),
                   LastCheckpointJson(state.version, written->actions, written->size_bytes,
                                      content.sums().files)));
  return WrittenCheckpoint{.size_bytes = written->size_bytes, .sums = content.sums()};
}

}  // namespace oresmith::delta
