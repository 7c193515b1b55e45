#include "delta/action.h"
#include "delta/json_internal.h"
#include "delta/path.h"
#include "types/type.h"

namespace oresmith::delta {
namespace {

/// A version of a protocol. Numbers that are no versions are refused as versions are: by being
/// high.
int VersionNumber(int64_t number) {
  constexpr int64_t kMax = 1'000'000;
  return static_cast<int>(number < 0 || number > kMax ? kMax : number);
}

Result<std::shared_ptr<const FileExtras>> ParseExtras(ObjectReader& reader) {
  FileExtras extras;
  extras.tags = reader.NullableTextMap("tags");
  extras.base_row_id = reader.OptionalInt("baseRowId");
  extras.default_row_commit_version = reader.OptionalInt("defaultRowCommitVersion");
  extras.clustering_provider = reader.Text("clusteringProvider");
  if (const Json* object = reader.Object("deletionVector")) {
    ObjectReader vector("deletionVector", *object);
    extras.deletion_vector = DeletionVector{.storage_type = vector.RequiredText("storageType"),
                                            .path_or_inline = vector.RequiredText("pathOrInlineDv"),
                                            .offset = vector.OptionalInt("offset"),
                                            .size_bytes = vector.RequiredInt("sizeInBytes"),
                                            .cardinality = vector.RequiredInt("cardinality")};
    TRY_DO(vector.status());
  }
  const bool empty = !extras.deletion_vector && extras.tags.empty() && !extras.base_row_id &&
                     !extras.default_row_commit_version && extras.clustering_provider.empty();
  if (empty) return nullptr;
  return std::make_shared<const FileExtras>(std::move(extras));
}

Status ParseAdd(const Json& json, Actions& actions) {
  ObjectReader reader("add", json);
  AddFile file{.path = DecodePath(reader.RequiredText("path")),
               .partition_values = reader.NullableTextMap("partitionValues"),
               .size_bytes = reader.RequiredInt("size"),
               .modified_ms = reader.Int("modificationTime", 0),
               .data_change = reader.Bool("dataChange", true),
               .stats = reader.Text("stats")};
  TRY(file.extras, ParseExtras(reader));
  TRY_DO(reader.status());
  file.num_records = NumRecords(file.stats);
  TRY_DO(CheckNumbers(file.path, file.size_bytes, file.num_records, file.extras.get()));
  actions.adds.push_back(std::move(file));
  return {};
}

Status ParseRemove(const Json& json, Actions& actions) {
  ObjectReader reader("remove", json);
  RemoveFile file{.path = DecodePath(reader.RequiredText("path")),
                  .deletion_ms = reader.OptionalInt("deletionTimestamp"),
                  .data_change = reader.Bool("dataChange", true),
                  .extended = reader.Bool("extendedFileMetadata", false),
                  .partition_values = reader.NullableTextMap("partitionValues"),
                  .size_bytes = reader.Int("size", 0)};
  TRY(file.extras, ParseExtras(reader));
  TRY_DO(reader.status());
  actions.removes.push_back(std::move(file));
  return {};
}

Status ParseProtocol(const Json& json, Actions& actions) {
  ObjectReader reader("protocol", json);
  const Protocol protocol{
      .min_reader_version = VersionNumber(reader.RequiredInt("minReaderVersion")),
      .min_writer_version = VersionNumber(reader.RequiredInt("minWriterVersion")),
      .reader_features = reader.OptionalTexts("readerFeatures"),
      .writer_features = reader.OptionalTexts("writerFeatures")};
  TRY_DO(reader.status());
  actions.protocol = protocol;
  return {};
}

Status ParseMetadata(const Json& json, Actions& actions) {
  ObjectReader reader("metaData", json);
  Metadata metadata{.id = reader.RequiredText("id"),
                    .name = reader.Text("name"),
                    .description = reader.Text("description"),
                    .schema = {},
                    .partition_columns = reader.Texts("partitionColumns"),
                    .configuration = reader.TextMap("configuration"),
                    .created_ms = reader.Int("createdTime", 0)};
  // Tables that were never given a schema have none here; Spark takes them for empty.
  const std::string schema = reader.Text("schemaString");
  TRY_DO(reader.status());
  auto fields = schema.empty() ? types::Schema() : types::SchemaFromJson(schema);
  if (!fields) return Fail(std::move(fields).error().Within("metaData: schemaString"));
  metadata.schema = std::move(*fields);
  if (const Json* format = reader.Object("format")) {
    ObjectReader format_reader("metaData: format", *format);
    const std::string provider = format_reader.Text("provider");
    TRY_DO(format_reader.status());
    if (!provider.empty() && provider != "parquet") {
      return Fail(ErrorKind::kUnsupported, "metaData: data files in the format '{}'", provider);
    }
  }
  actions.metadata = std::move(metadata);
  return {};
}

Status ParseTransaction(const Json& json, Actions& actions) {
  ObjectReader reader("txn", json);
  actions.transactions.push_back({.app_id = reader.RequiredText("appId"),
                                  .version = reader.RequiredInt("version"),
                                  .last_updated_ms = reader.OptionalInt("lastUpdated")});
  return reader.status();
}

/// Printing a value recurses into it.
bool IsDeeperThan(const Json& value, int depth) {
  if (!value.is_structured()) return false;
  if (depth == 0) return true;
  for (const Json& child : value) {
    if (IsDeeperThan(child, depth - 1)) return true;
  }
  return false;
}

/// The values of an object as text: those that are no strings as their JSON, unless they are nested
/// too deep for anything that means something.
std::map<std::string, std::string> AsTexts(const Json* object) {
  std::map<std::string, std::string> texts;
  if (object == nullptr) return texts;
  for (const auto& [key, value] : object->items()) {
    const auto* text = value.get_ptr<const std::string*>();
    constexpr int kDepthMax = 100;
    if (IsDeeperThan(value, kDepthMax)) continue;
    texts[key] =
        text != nullptr ? *text : value.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return texts;
}

Status ParseCommitInfo(const Json& json, Actions& actions) {
  // A commitInfo is free: what we cannot understand in it is no error.
  ObjectReader reader("commitInfo", json);
  const std::optional<int64_t> read_version = reader.OptionalInt("readVersion");
  actions.commit = CommitDescription{
      .info = {.timestamp_ms = reader.Int("timestamp", 0),
               .operation = reader.Text("operation"),
               .operation_parameters = AsTexts(reader.Object("operationParameters")),
               .operation_metrics = AsTexts(reader.Object("operationMetrics")),
               .read_version = read_version ? std::optional(Version{*read_version}) : std::nullopt,
               .isolation_level = reader.Text("isolationLevel"),
               .is_blind_append = reader.OptionalBool("isBlindAppend"),
               .user_metadata = reader.Text("userMetadata"),
               .engine_info = reader.Text("engineInfo")},
      .txn_id = reader.Text("txnId"),
      .in_commit_timestamp_ms = reader.OptionalInt("inCommitTimestamp")};
  return {};
}

Status ParseChange(const Json& json, Actions& actions) {
  ObjectReader reader("cdc", json);
  actions.changes.push_back({.path = DecodePath(reader.RequiredText("path")),
                             .partition_values = reader.NullableTextMap("partitionValues"),
                             .size_bytes = reader.Int("size", 0)});
  return reader.status();
}

Status ParseDomain(const Json& json, Actions& actions) {
  ObjectReader reader("domainMetadata", json);
  actions.domains.push_back({.domain = reader.RequiredText("domain"),
                             .configuration = reader.Text("configuration"),
                             .removed = reader.Bool("removed", false)});
  return reader.status();
}

Status ParseSidecar(const Json& json, Actions& actions) {
  ObjectReader reader("sidecar", json);
  actions.sidecars.push_back({.path = DecodePath(reader.RequiredText("path"))});
  return reader.status();
}

Status ParseAction(std::string_view line, Actions& actions) {
  TRY(const Json json, ParseObject(line));
  for (const auto& [key, value] : json.items()) {
    if (value.is_null()) continue;
    using Parser = Status (*)(const Json&, Actions&);
    const Parser parser = key == "add"              ? ParseAdd
                          : key == "remove"         ? ParseRemove
                          : key == "commitInfo"     ? ParseCommitInfo
                          : key == "txn"            ? ParseTransaction
                          : key == "metaData"       ? ParseMetadata
                          : key == "protocol"       ? ParseProtocol
                          : key == "domainMetadata" ? ParseDomain
                          : key == "cdc"            ? ParseChange
                          : key == "sidecar"        ? ParseSidecar
                                                    : nullptr;
    if (parser == nullptr) continue;
    if (!value.is_object()) return Fail(ErrorKind::kCorrupt, "{}: not an object", key);
    TRY_DO(parser(value, actions));
  }
  return {};
}

}  // namespace

std::string DeletionVector::unique_id() const {
  std::string id = storage_type + path_or_inline;
  if (offset) id += fmt::format("@{}", *offset);
  return id;
}

std::string AddFile::deletion_vector_id() const {
  if (extras == nullptr || !extras->deletion_vector) return "";
  return extras->deletion_vector->unique_id();
}

std::string RemoveFile::deletion_vector_id() const {
  if (extras == nullptr || !extras->deletion_vector) return "";
  return extras->deletion_vector->unique_id();
}

bool Actions::ChangesData() const {
  for (const AddFile& file : adds) {
    if (file.data_change) return true;
  }
  for (const RemoveFile& file : removes) {
    if (file.data_change) return true;
  }
  return false;
}

Result<Actions> ParseActions(std::string_view ndjson) {
  Actions actions;
  int line_number = 0;
  while (!ndjson.empty()) {
    ++line_number;
    const size_t end = ndjson.find('\n');
    const std::string_view line = ndjson.substr(0, end);
    ndjson.remove_prefix(end == std::string_view::npos ? ndjson.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto status = ParseAction(line, actions);
    if (!status) return Fail(std::move(status).error().Within(fmt::format("line {}", line_number)));
  }
  return actions;
}

int64_t NumRecords(std::string_view stats) {
  if (stats.empty()) return -1;
  // All known writers put it first. Elsewhere a column may have the same name, so parse properly.
  constexpr std::string_view kStart = "{\"numRecords\":";
  if (stats.starts_with(kStart)) {
    int64_t number = 0;
    bool any = false;
    for (const char c : stats.substr(kStart.size(), 18)) {
      if (c < '0' || c > '9') break;
      number = number * 10 + (c - '0');
      any = true;
    }
    if (any) return number;
  }
  const auto json = ParseObject(stats);
  if (!json) return -1;
  ObjectReader reader("stats", *json);
  const int64_t number = reader.Int("numRecords", -1);
  return reader.status() && number >= 0 ? number : -1;
}

Status CheckNumbers(std::string_view path, int64_t size_bytes, int64_t num_records,
                    const FileExtras* extras) {
  // Far above any file, and low enough that sums of them stay numbers of 64 bits.
  constexpr int64_t kMax = int64_t{1} << 53;
  const auto check = [&](const char* name, int64_t number, int64_t min) -> Status {
    if (number >= min && number <= kMax) return {};
    return Fail(ErrorKind::kCorrupt, "add: file '{}': {} cannot be {}", path, name, number);
  };
  TRY_DO(check("size", size_bytes, 0));
  TRY_DO(check("numRecords", num_records, -1));
  if (extras == nullptr || !extras->deletion_vector) return {};
  return check("the cardinality of its deletion vector", extras->deletion_vector->cardinality, 0);
}

}  // namespace oresmith::delta
