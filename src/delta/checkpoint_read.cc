#include <arrow/array.h>
#include <arrow/util/checked_cast.h>

#include <algorithm>

#include "delta/checkpoint.h"
#include "delta/checkpoint_schema.h"
#include "delta/parquet_io.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using storage::ObjectInfo;
using storage::Store;

constexpr int64_t kBatchRows = 16 * 1024;

/// One struct column of a batch. Its fields are read by name and row; a NULL gives what is empty.
class StructColumn {
 public:
  explicit StructColumn(const std::shared_ptr<arrow::Array>& array)
      : rows_(std::static_pointer_cast<arrow::StructArray>(array)) {}

  bool IsNull(int64_t row) const { return rows_->IsNull(row); }
  bool Has(const char* name, int64_t row) const { return !IsNull(row) && Find(name).IsValid(row); }
  std::string Text(const char* name, int64_t row) const {
    const arrow::Array& array = Find(name);
    return array.IsNull(row) ? "" : checked_cast<const arrow::StringArray&>(array).GetString(row);
  }
  std::optional<int64_t> Long(const char* name, int64_t row) const {
    const arrow::Array& array = Find(name);
    if (array.IsNull(row)) return std::nullopt;
    return checked_cast<const arrow::Int64Array&>(array).Value(row);
  }
  std::optional<int> Int(const char* name, int64_t row) const {
    const arrow::Array& array = Find(name);
    if (array.IsNull(row)) return std::nullopt;
    return checked_cast<const arrow::Int32Array&>(array).Value(row);
  }
  bool Flag(const char* name, int64_t row, bool otherwise) const {
    const arrow::Array& array = Find(name);
    if (array.IsNull(row)) return otherwise;
    return checked_cast<const arrow::BooleanArray&>(array).Value(row);
  }
  std::optional<std::vector<std::string>> Texts(const char* name, int64_t row) const {
    const arrow::Array& array = Find(name);
    if (array.IsNull(row)) return std::nullopt;
    const auto& lists = checked_cast<const arrow::ListArray&>(array);
    const auto& values = checked_cast<const arrow::StringArray&>(*lists.values());
    std::vector<std::string> texts;
    for (int64_t i = lists.value_offset(row); i < lists.value_offset(row + 1); ++i) {
      if (values.IsValid(i)) texts.push_back(values.GetString(i));
    }
    return texts;
  }
  std::map<std::string, std::optional<std::string>> TextMap(const char* name, int64_t row) const {
    std::map<std::string, std::optional<std::string>> map;
    const arrow::Array& array = Find(name);
    if (array.IsNull(row)) return map;
    const auto& maps = checked_cast<const arrow::MapArray&>(array);
    if (maps.value_length(row) == 0) return map;
    const auto& keys = checked_cast<const arrow::StringArray&>(*maps.keys());
    const auto& values = checked_cast<const arrow::StringArray&>(*maps.items());
    for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
      map[keys.GetString(i)] = values.IsNull(i) ? std::nullopt : std::optional(values.GetString(i));
    }
    return map;
  }
  StructColumn Struct(const char* name) const { return StructColumn(rows_->GetFieldByName(name)); }

 private:
  /// REQUIRES: a literal for a name: fields are remembered by its address, for each row asks again.
  const arrow::Array& Find(const char* name) const {
    for (const auto& [known, array] : fields_) {
      if (known == name) return *array;
    }
    // Conforming has made all fields of the schema be there.
    auto array = rows_->GetFieldByName(name);
    ORESMITH_ASSERT(array != nullptr);
    fields_.emplace_back(name, std::move(array));
    return *fields_.back().second;
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

Status ReadAdds(const StructColumn& add, int64_t rows, Actions& actions) {
  const StructColumn vector = add.Struct("deletionVector");
  for (int64_t row = 0; row < rows; ++row) {
    if (!add.Has("path", row)) continue;
    AddFile file{.path = DecodePath(add.Text("path", row)),
                 .partition_values = add.TextMap("partitionValues", row),
                 .size_bytes = add.Long("size", row).value_or(0),
                 .modified_ms = add.Long("modificationTime", row).value_or(0),
                 .data_change = add.Flag("dataChange", row, true),
                 .stats = add.Text("stats", row)};
    file.num_records = NumRecords(file.stats);
    file.extras = ReadExtras(add, vector, row, /*is_add=*/true);
    TRY_DO(CheckNumbers(file));
    actions.adds.push_back(std::move(file));
  }
  return {};
}

void ReadRemoves(const StructColumn& remove, int64_t rows, Actions& actions) {
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

Status ReadRest(const arrow::RecordBatch& batch, Actions& actions) {
  const auto column = [&](const char* name) { return StructColumn(batch.GetColumnByName(name)); };
  const StructColumn txn = column("txn");
  const StructColumn metadata = column("metaData");
  const StructColumn protocol = column("protocol");
  const StructColumn domain = column("domainMetadata");
  const StructColumn sidecar = column("sidecar");
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (txn.Has("appId", row)) {
      actions.transactions.push_back({txn.Text("appId", row), txn.Long("version", row).value_or(0),
                                      txn.Long("lastUpdated", row)});
    }
    if (metadata.Has("id", row)) TRY_DO(ReadMetadata(metadata, row, actions));
    if (protocol.Has("minReaderVersion", row)) {
      actions.protocol =
          Protocol{.min_reader_version = protocol.Int("minReaderVersion", row).value_or(1),
                   .min_writer_version = protocol.Int("minWriterVersion", row).value_or(1),
                   .reader_features = protocol.Texts("readerFeatures", row),
                   .writer_features = protocol.Texts("writerFeatures", row)};
    }
    if (domain.Has("domain", row)) {
      actions.domains.push_back({domain.Text("domain", row), domain.Text("configuration", row),
                                 domain.Flag("removed", row, false)});
    }
    if (sidecar.Has("path", row))
      actions.sidecars.push_back({DecodePath(sidecar.Text("path", row))});
  }
  return {};
}

/// The leaves below `<column>.<field>` for the columns we know; not, say, all of add.stats_parsed.
std::vector<int> KnownLeaves(const parquet::SchemaDescriptor& file, const types::Schema& columns) {
  std::vector<int> leaves;
  for (int i = 0; i < file.num_columns(); ++i) {
    const std::vector<std::string> path = file.Column(i)->path()->ToDotVector();
    const auto column = std::ranges::find(columns, path.front(), &types::Field::name);
    if (column == columns.end() || path.size() < 2) continue;
    if (column->type.FindField(path[1]) != nullptr) leaves.push_back(i);
  }
  return leaves;
}

Status ReadParquetPart(Store& store, const std::string& key, Replay& replay,
                       std::vector<Sidecar>& sidecars) {
  const types::Schema columns = AllCheckpointColumns();
  TRY(const auto file, ParquetFile::Open(store, key));
  const std::vector<int> leaves = KnownLeaves(file->schema(), columns);
  for (int group = 0; group < file->row_groups(); ++group) {
    TRY(const auto reader, file->Read(group, leaves, kBatchRows));
    while (true) {
      std::shared_ptr<arrow::RecordBatch> raw;
      const arrow::Status status = reader->ReadNext(&raw);
      if (!status.ok()) return Fail(file->ReadError(status));
      if (raw == nullptr) break;
      TRY(const columnar::Batch batch, columnar::Conform(raw, columns));
      Actions actions;
      TRY_DO(ReadAdds(StructColumn(batch->GetColumnByName("add")), batch->num_rows(), actions));
      ReadRemoves(StructColumn(batch->GetColumnByName("remove")), batch->num_rows(), actions);
      TRY_DO(ReadRest(*batch, actions));
      std::ranges::move(actions.sidecars, std::back_inserter(sidecars));
      replay.AddCheckpoint(std::move(actions));
    }
  }
  return {};
}

Status ReadPart(Store& store, const std::string& key, Replay& replay,
                std::vector<Sidecar>& sidecars) {
  if (!key.ends_with(".json")) return ReadParquetPart(store, key, replay, sidecars);
  TRY(const std::string text, store.Get(key));
  TRY(Actions actions, ParseActions(text));
  std::ranges::move(actions.sidecars, std::back_inserter(sidecars));
  replay.AddCheckpoint(std::move(actions));
  return {};
}

Error InCheckpoint(Error error, Store& store, const std::string& key) {
  // A file that was listed or named and cannot be read: the table's own log is damaged.
  const bool damaged = error.kind == ErrorKind::kNotFound || error.kind == ErrorKind::kInvalidInput;
  if (damaged) error.kind = ErrorKind::kCorrupt;
  return std::move(error).Within("read checkpoint " + store.Describe(key));
}

}  // namespace

Result<std::vector<Sidecar>> ReadSidecars(Store& store, const std::string& key) {
  Replay ignored(Version{0}, 0);
  std::vector<Sidecar> sidecars;
  auto status = ReadPart(store, key, ignored, sidecars);
  if (!status) return Fail(InCheckpoint(std::move(status).error(), store, key));
  return sidecars;
}

Status ReadCheckpoint(Store& store, const std::string& root, const std::vector<ObjectInfo>& parts,
                      Replay& replay) {
  std::vector<Sidecar> sidecars;
  for (const ObjectInfo& part : parts) {
    auto status = ReadPart(store, part.key, replay, sidecars);
    if (!status) return Fail(InCheckpoint(std::move(status).error(), store, part.key));
  }
  std::vector<Sidecar> nested;  // a sidecar names no others
  for (const Sidecar& sidecar : sidecars) {
    if (IsAbsolutePath(sidecar.path)) {
      return Fail(ErrorKind::kUnsupported, "read checkpoint {}: a sidecar outside of the table: {}",
                  store.Describe(parts.front().key), sidecar.path);
    }
    const std::string key = LogFolder(root) + "/_sidecars/" + sidecar.path;
    auto status = ReadPart(store, key, replay, nested);
    if (!status) return Fail(InCheckpoint(std::move(status).error(), store, key));
  }
  return {};
}

}  // namespace oresmith::delta
