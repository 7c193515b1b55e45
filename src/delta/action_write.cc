#include "delta/action.h"
#include "delta/json_internal.h"
#include "delta/path.h"
#include "types/type.h"

#ifndef ORESMITH_VERSION
#define ORESMITH_VERSION "0"
#endif

namespace oresmith::delta {
namespace {

/// Writes `"name":` with the comma that belongs before it.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void Key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    AppendJsonText(name, out_);
    out_ += ':';
  }
  void Text(std::string_view name, std::string_view text) {
    Key(name);
    AppendJsonText(text, out_);
  }
  void Int(std::string_view name, int64_t number) {
    Key(name);
    fmt::format_to(std::back_inserter(out_), "{}", number);
  }
  void Bool(std::string_view name, bool flag) {
    Key(name);
    out_ += flag ? "true" : "false";
  }
  void Texts(std::string_view name, const std::vector<std::string>& texts) {
    Key(name);
    out_ += '[';
    for (size_t i = 0; i < texts.size(); ++i) {
      if (i > 0) out_ += ',';
      AppendJsonText(texts[i], out_);
    }
    out_ += ']';
  }
  template <class AnyMap>
  void Map(std::string_view name, const AnyMap& map) {
    Key(name);
    ObjectWriter inner(out_);
    for (const auto& [key, value] : map) {
      inner.Key(key);
      if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>) {
        AppendJsonText(value, out_);
      } else if (value) {
        AppendJsonText(*value, out_);
      } else {
        out_ += "null";
      }
    }
    inner.End();
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  bool first_ = true;
};

/// One line `{"<action>":{...}}`.
template <class Body>
void AppendAction(std::string_view action, std::string& out, const Body& body) {
  ObjectWriter line(out);
  line.Key(action);
  ObjectWriter object(out);
  body(object);
  object.End();
  line.End();
  out += '\n';
}

void AppendExtras(const FileExtras* extras, ObjectWriter& object, std::string& out) {
  if (extras == nullptr) return;
  if (!extras->tags.empty()) object.Map("tags", extras->tags);
  if (extras->deletion_vector) {
    object.Key("deletionVector");
    ObjectWriter vector(out);
    vector.Text("storageType", extras->deletion_vector->storage_type);
    vector.Text("pathOrInlineDv", extras->deletion_vector->path_or_inline);
    if (extras->deletion_vector->offset) vector.Int("offset", *extras->deletion_vector->offset);
    vector.Int("sizeInBytes", extras->deletion_vector->size_bytes);
    vector.Int("cardinality", extras->deletion_vector->cardinality);
    vector.End();
  }
  if (extras->base_row_id) object.Int("baseRowId", *extras->base_row_id);
  if (extras->default_row_commit_version) {
    object.Int("defaultRowCommitVersion", *extras->default_row_commit_version);
  }
  if (!extras->clustering_provider.empty()) {
    object.Text("clusteringProvider", extras->clustering_provider);
  }
}

}  // namespace

void AppendJson(const CommitInfoLine& line, std::string& out) {
  AppendAction("commitInfo", out, [&](ObjectWriter& object) {
    // First of all keys: readers of in-commit timestamps may stop there.
    if (line.in_commit_timestamp_ms) object.Int("inCommitTimestamp", *line.in_commit_timestamp_ms);
    object.Int("timestamp", line.timestamp_ms);
    object.Text("operation", line.operation);
    object.Key("operationParameters");
    ObjectWriter parameters(out);
    for (const auto& [name, value] : line.operation_parameters) {
      parameters.Key(name);
      // A value that is not JSON would make the whole commit unreadable for everybody.
      if (Json::accept(value)) {
        out += value;
      } else {
        AppendJsonText(value, out);
      }
    }
    parameters.End();
    if (line.read_version) object.Int("readVersion", Number(*line.read_version));
    object.Text("isolationLevel", line.isolation_level);
    object.Bool("isBlindAppend", line.is_blind_append);
    object.Map("operationMetrics", line.operation_metrics);
    if (!line.user_metadata.empty()) object.Text("userMetadata", line.user_metadata);
    if (!line.tags.empty()) object.Map("tags", line.tags);
    object.Text("engineInfo", "oresmith/" ORESMITH_VERSION);
    object.Text("txnId", line.txn_id);
  });
}

void AppendJson(const Protocol& protocol, std::string& out) {
  AppendAction("protocol", out, [&](ObjectWriter& object) {
    object.Int("minReaderVersion", protocol.min_reader_version);
    object.Int("minWriterVersion", protocol.min_writer_version);
    if (protocol.reader_features) object.Texts("readerFeatures", *protocol.reader_features);
    if (protocol.writer_features) object.Texts("writerFeatures", *protocol.writer_features);
  });
}

void AppendJson(const Metadata& metadata, std::string& out) {
  AppendAction("metaData", out, [&](ObjectWriter& object) {
    object.Text("id", metadata.id);
    if (!metadata.name.empty()) object.Text("name", metadata.name);
    if (!metadata.description.empty()) object.Text("description", metadata.description);
    object.Key("format");
    out += R"({"provider":"parquet","options":{}})";
    object.Text("schemaString", types::SchemaToJson(metadata.schema));
    object.Texts("partitionColumns", metadata.partition_columns);
    object.Map("configuration", metadata.configuration);
    object.Int("createdTime", metadata.created_ms);
  });
}

void AppendJson(const Transaction& transaction, std::string& out) {
  AppendAction("txn", out, [&](ObjectWriter& object) {
    object.Text("appId", transaction.app_id);
    object.Int("version", transaction.version);
    if (transaction.last_updated_ms) object.Int("lastUpdated", *transaction.last_updated_ms);
  });
}

void AppendJson(const AddFile& file, std::string& out) {
  AppendAction("add", out, [&](ObjectWriter& object) {
    object.Text("path", EncodePath(file.path));
    object.Map("partitionValues", file.partition_values);
    object.Int("size", file.size_bytes);
    object.Int("modificationTime", file.modified_ms);
    object.Bool("dataChange", file.data_change);
    if (!file.stats.empty()) object.Text("stats", file.stats);
    AppendExtras(file.extras.get(), object, out);
  });
}

void AppendJson(const RemoveFile& file, std::string& out) {
  AppendAction("remove", out, [&](ObjectWriter& object) {
    object.Text("path", EncodePath(file.path));
    if (file.deletion_ms) object.Int("deletionTimestamp", *file.deletion_ms);
    object.Bool("dataChange", file.data_change);
    if (file.extended) {
      object.Bool("extendedFileMetadata", true);
      object.Map("partitionValues", file.partition_values);
      object.Int("size", file.size_bytes);
    }
    AppendExtras(file.extras.get(), object, out);
  });
}

void AppendJson(const ChangeFile& file, std::string& out) {
  AppendAction("cdc", out, [&](ObjectWriter& object) {
    object.Text("path", EncodePath(file.path));
    object.Map("partitionValues", file.partition_values);
    object.Int("size", file.size_bytes);
    object.Bool("dataChange", false);
  });
}

void AppendJson(const DomainMetadata& domain, std::string& out) {
  AppendAction("domainMetadata", out, [&](ObjectWriter& object) {
    object.Text("domain", domain.domain);
    object.Text("configuration", domain.configuration);
    object.Bool("removed", domain.removed);
  });
}

}  // namespace oresmith::delta
