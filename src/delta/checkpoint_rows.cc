#include "delta/checkpoint_rows.h"

#include <arrow/array.h>
#include <arrow/util/checked_cast.h>

#include "delta/file_chunk.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;

/// One struct column of a batch. Its fields are read by name and row; a NULL gives what is empty,
/// as does a field or a column that is not there.
class StructColumn {
 public:
  explicit StructColumn(const std::shared_ptr<arrow::Array>& array)
      : rows_(std::static_pointer_cast<arrow::StructArray>(array)) {}

  /// True when no row has anything.
  bool empty() const { return rows_ == nullptr || rows_->null_count() == rows_->length(); }
  bool IsNull(int64_t row) const { return rows_ == nullptr || rows_->IsNull(row); }
  bool Has(const char* name, int64_t row) const {
    return !IsNull(row) && Find(name, row) != nullptr;
  }
  std::string_view View(const char* name, int64_t row) const {
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return "";
    return checked_cast<const arrow::StringArray&>(*array).GetView(row);
  }
  std::string Text(const char* name, int64_t row) const { return std::string(View(name, row)); }
  std::optional<int64_t> Long(const char* name, int64_t row) const {
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return std::nullopt;
    return checked_cast<const arrow::Int64Array&>(*array).Value(row);
  }
  std::optional<int> Int(const char* name, int64_t row) const {
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return std::nullopt;
    return checked_cast<const arrow::Int32Array&>(*array).Value(row);
  }
  bool Flag(const char* name, int64_t row, bool otherwise) const {
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return otherwise;
    return checked_cast<const arrow::BooleanArray&>(*array).Value(row);
  }
  std::optional<std::vector<std::string>> Texts(const char* name, int64_t row) const {
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return std::nullopt;
    const auto& lists = checked_cast<const arrow::ListArray&>(*array);
    const auto& values = checked_cast<const arrow::StringArray&>(*lists.values());
    std::vector<std::string> texts;
    for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) {
      if (values.IsValid(i)) texts.push_back(values.GetString(i));
    }
    return texts;
  }
  std::map<std::string, std::optional<std::string>> TextMap(const char* name, int64_t row) const {
    std::map<std::string, std::optional<std::string>> map;
    const arrow::Array* array = Find(name, row);
    if (array == nullptr) return map;
    const auto& maps = checked_cast<const arrow::MapArray&>(*array);
    if (maps.value_length(row) == 0) return map;
    const auto& keys = checked_cast<const arrow::StringArray&>(*maps.keys());
    const auto& values = checked_cast<const arrow::StringArray&>(*maps.items());
    for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
      map[keys.GetString(i)] = values.IsNull(i) ? std::nullopt : std::optional(values.GetString(i));
    }
    return map;
  }
  StructColumn Struct(const char* name) const {
    return StructColumn(rows_ == nullptr ? nullptr : rows_->GetFieldByName(name));
  }

 private:
  /// The field; null when it is not there or NULL in this row.
  /// REQUIRES: a literal for a name: fields are remembered by its address, for each row asks again.
  const arrow::Array* Find(const char* name, int64_t row) const {
    for (const auto& [known, array] : fields_) {
      if (known == name) return array == nullptr || array->IsNull(row) ? nullptr : array.get();
    }
    auto array = rows_ == nullptr ? nullptr : rows_->GetFieldByName(name);
    fields_.emplace_back(name, std::move(array));
    return Find(name, row);
  }

  std::shared_ptr<arrow::StructArray> rows_;
  mutable std::vector<std::pair<const char*, std::shared_ptr<arrow::Array>>> fields_;
};

std::shared_ptr<const FileExtras> ReadExtras(const StructColumn& file, const StructColumn& vector,
                                             int64_t row, bool is_add) {
  FileExtras extras;
  if (is_add) {
    extras.tags = file.TextMap("tags", row);
    extras.clustering_provider = file.Text("clusteringProvider", row);
  }
  extras.base_row_id = file.Long("baseRowId", row);
  extras.default_row_commit_version = file.Long("defaultRowCommitVersion", row);
  if (vector.Has("storageType", row)) {
    extras.deletion_vector =
        DeletionVector{.storage_type = vector.Text("storageType", row),
                       .path_or_inline = vector.Text("pathOrInlineDv", row),
                       .offset = vector.Int("offset", row),
                       .size_bytes = vector.Int("sizeInBytes", row).value_or(0),
                       .cardinality = vector.Long("cardinality", row).value_or(0)};
  }
  const bool empty = extras.tags.empty() && extras.clustering_provider.empty() &&
                     !extras.base_row_id && !extras.default_row_commit_version &&
                     !extras.deletion_vector;
  return empty ? nullptr : std::make_shared<const FileExtras>(std::move(extras));
}

void ReadRemoves(const StructColumn& remove, int64_t rows, Actions& actions) {
  if (remove.empty()) return;
  const StructColumn vector = remove.Struct("deletionVector");
  for (int64_t row = 0; row < rows; ++row) {
    if (!remove.Has("path", row)) continue;
    RemoveFile file{.path = DecodePath(remove.Text("path", row)),
                    .deletion_ms = remove.Long("deletionTimestamp", row),
                    .data_change = remove.Flag("dataChange", row, true),
                    .extended = remove.Flag("extendedFileMetadata", row, false),
                    .partition_values = remove.TextMap("partitionValues", row),
                    .size_bytes = remove.Long("size", row).value_or(0)};
    file.extras = ReadExtras(remove, vector, row, /*is_add=*/false);
    actions.removes.push_back(std::move(file));
  }
}

Status ReadMetadata(const StructColumn& column, int64_t row, Actions& actions) {
  Metadata metadata{.id = column.Text("id", row),
                    .name = column.Text("name", row),
                    .description = column.Text("description", row),
                    .schema = {},
                    .partition_columns =
                        column.Texts("partitionColumns", row).value_or(std::vector<std::string>()),
                    .configuration = {},
                    .created_ms = column.Long("createdTime", row).value_or(0)};
  for (auto& [name, value] : column.TextMap("configuration", row)) {
    if (value) metadata.configuration[name] = *value;
  }
  const std::string text = column.Text("schemaString", row);
  auto schema = text.empty() ? types::Schema() : types::SchemaFromJson(text);
  if (!schema) return Fail(std::move(schema).error().Within("metaData: schemaString"));
  metadata.schema = std::move(*schema);
  actions.metadata = std::move(metadata);
  return {};
}

Status ReadHead(const arrow::RecordBatch& batch, Actions& actions) {
  const StructColumn metadata(batch.GetColumnByName("metaData"));
  const StructColumn protocol(batch.GetColumnByName("protocol"));
  if (metadata.empty() && protocol.empty()) return {};
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (metadata.Has("id", row)) TRY_DO(ReadMetadata(metadata, row, actions));
    if (!protocol.Has("minReaderVersion", row)) continue;
    actions.protocol =
        Protocol{.min_reader_version = protocol.Int("minReaderVersion", row).value_or(1),
                 .min_writer_version = protocol.Int("minWriterVersion", row).value_or(1),
                 .reader_features = protocol.Texts("readerFeatures", row),
                 .writer_features = protocol.Texts("writerFeatures", row)};
  }
  return {};
}

void ReadOthers(const arrow::RecordBatch& batch, Actions& actions) {
  const StructColumn txn(batch.GetColumnByName("txn"));
  const StructColumn domain(batch.GetColumnByName("domainMetadata"));
  const StructColumn sidecar(batch.GetColumnByName("sidecar"));
  if (txn.empty() && domain.empty() && sidecar.empty()) return;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (txn.Has("appId", row)) {
      actions.transactions.push_back({txn.Text("appId", row), txn.Long("version", row).value_or(0),
                                      txn.Long("lastUpdated", row)});
    }
    if (domain.Has("domain", row)) {
      actions.domains.push_back({domain.Text("domain", row), domain.Text("configuration", row),
                                 domain.Flag("removed", row, false)});
    }
    if (sidecar.Has("path", row))
      actions.sidecars.push_back({DecodePath(sidecar.Text("path", row))});
  }
}

}  // namespace

Status ReadAdds(const arrow::RecordBatch& batch, const Replay& replay, const TakeFile& take) {
  const StructColumn add(batch.GetColumnByName("add"));
  if (add.empty()) return {};
  const StructColumn vector = add.Struct("deletionVector");
  std::string key;
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (!add.Has("path", row)) continue;
    const std::string path = DecodePath(add.View("path", row));
    const auto extras = ReadExtras(add, vector, row, /*is_add=*/true);
    if (replay.supersedes_any()) {
      const bool has_vector = extras != nullptr && extras->deletion_vector;
      const std::string id = has_vector ? extras->deletion_vector->unique_id() : "";
      if (replay.Supersedes(path, id, key)) continue;
    }
    const std::string_view stats = add.View("stats", row);
    const PartitionValues partition_values = add.TextMap("partitionValues", row);
    const int64_t size_bytes = add.Long("size", row).value_or(0);
    const int64_t num_records = NumRecords(stats);
    TRY_DO(CheckNumbers(path, size_bytes, num_records, extras.get()));
    TRY_DO(take({.path = path,
                 .stats = stats,
                 .partition_values = &partition_values,
                 .size_bytes = size_bytes,
                 .modified_ms = add.Long("modificationTime", row).value_or(0),
                 .num_records = num_records,
                 .data_change = add.Flag("dataChange", row, true),
                 .extras = &extras}));
  }
  return {};
}

Status ReadRest(const arrow::RecordBatch& batch, Actions& actions) {
  ReadRemoves(StructColumn(batch.GetColumnByName("remove")), batch.num_rows(), actions);
  ReadOthers(batch, actions);
  return ReadHead(batch, actions);
}

}  // namespace oresmith::delta
