// A folder of Parquet files becomes a Delta table.
// Source: Spark, ConvertToDeltaCommand.

#include <parquet/arrow/schema.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "delta/commit.h"
#include "delta/log.h"
#include "delta/maintain.h"
#include "delta/parquet_io.h"
#include "delta/path.h"
#include "delta/physical.h"
#include "delta/stats.h"

namespace oresmith::delta {
namespace {

using columnar::Batch;
using storage::ObjectInfo;
using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

constexpr int64_t kBatchRows = 64 * 1024;
constexpr std::string_view kNullPartition = "__HIVE_DEFAULT_PARTITION__";

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

/// Hive's escapes undone. DecodePath would also take slashes and schemes for its own.
std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int byte = 0;
    const char* const digits = text.data() + i + 1;
    const bool is_escape = text[i] == '%' && i + 2 < text.size() &&
                           std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    out += is_escape ? static_cast<char>(byte) : text[i];
    if (is_escape) i += 2;
  }
  return out;
}

bool IsHidden(std::string_view path) {
  return path.starts_with('_') || path.starts_with('.') || path.find("/_") != path.npos ||
         path.find("/.") != path.npos;
}

Schema Loosened(const Schema& fields, bool instants);

/// The type with NULLs allowed everywhere; with `instants`, times without a zone are instants.
Type Loosened(const Type& type, bool instants) {
  switch (type.id()) {
    case TypeId::kTimestampNtz:
      return instants ? Type(TypeId::kTimestamp) : type;
    case TypeId::kArray:
      return Type::Array(Loosened(type.element(), instants));
    case TypeId::kMap:
      return Type::Map(Loosened(type.key(), instants), Loosened(type.value(), instants));
    case TypeId::kStruct:
      return Type::Struct(Loosened(type.fields(), instants));
    default:
      return type;
  }
}

Schema Loosened(const Schema& fields, bool instants) {
  Schema loosened;
  for (const Field& field : fields) {
    loosened.push_back({.name = field.name, .type = Loosened(field.type, instants)});
  }
  return loosened;
}

Result<Schema> Merged(const Schema& left, const Schema& right, const std::string& parent);

/// The type that holds values of both. Source: Spark, SchemaMergingUtils: of numbers only those
/// that Parquet stores alike.
Result<Type> Merged(const Type& left, const Type& right, const std::string& path) {
  if (left == right) return left;
  const auto is_small = [](const Type& type) {
    return type.Is(TypeId::kByte) || type.Is(TypeId::kShort) || type.Is(TypeId::kInt);
  };
  if (is_small(left) && is_small(right)) return left.id() > right.id() ? left : right;
  if (left.id() == right.id()) {
    if (left.Is(TypeId::kArray)) {
      TRY(Type element, Merged(left.element(), right.element(), path + ".element"));
      return Type::Array(std::move(element));
    }
    if (left.Is(TypeId::kMap)) {
      TRY(Type key, Merged(left.key(), right.key(), path + ".key"));
      TRY(Type value, Merged(left.value(), right.value(), path + ".value"));
      return Type::Map(std::move(key), std::move(value));
    }
    if (left.Is(TypeId::kStruct)) {
      TRY(Schema fields, Merged(left.fields(), right.fields(), path + "."));
      return Type::Struct(std::move(fields));
    }
  }
  return Fail(ErrorKind::kInvalidInput, "column {} is {} here and {} in files before", path,
              right.ToSql(), left.ToSql());
}

Result<Schema> Merged(const Schema& left, const Schema& right, const std::string& parent) {
  Schema merged = left;
  for (const Field& field : right) {
    const auto same = std::ranges::find_if(
        merged, [&](const Field& other) { return Lower(other.name) == Lower(field.name); });
    if (same == merged.end()) {
      merged.push_back(field);
      continue;
    }
    TRY(same->type, Merged(same->type, field.type, parent + field.name));
  }
  return merged;
}

/// One file of the folder.
struct Source {
  std::string path;  // under the root
  ObjectInfo object;
  PartitionValues partition_values;
};

class Converter {
 public:
  Converter(const MaintainContext& context, const std::string& root, const ConvertOptions& options)
      : context_(context), root_(root), options_(options) {}

  Result<ConvertReport> Run();

 private:
  std::string Name() const { return context_.store.Describe(root_); }
  Status FindFiles();
  Result<PartitionValues> ValuesOf(std::string_view path) const;
  Status MergeSchemas();
  Result<Schema> SchemaOf(const ParquetFile& file) const;
  Result<AddFile> MakeAdd(const Source& source) const;
  Status Commit();

  const MaintainContext& context_;
  const std::string& root_;
  const ConvertOptions& options_;
  std::vector<Source> sources_;
  Schema data_schema_;  // of all files together, without partition columns
  std::vector<AddFile> adds_;
};

/// From `a=1/b=2/x.parquet`. Errors: kInvalidInput.
Result<PartitionValues> Converter::ValuesOf(std::string_view path) const {
  PartitionValues values;
  for (const Field& column : options_.partition_columns) {
    const size_t slash = path.find('/');
    const std::string_view folder = path.substr(0, slash == path.npos ? 0 : slash);
    const size_t equals = folder.find('=');
    if (equals == folder.npos || Lower(Unescaped(folder.substr(0, equals))) != Lower(column.name)) {
      return Fail(ErrorKind::kInvalidInput, "there is no folder {}=... where one is due",
                  column.name);
    }
    const std::string_view text = folder.substr(equals + 1);
    std::optional<std::string>& value = values[column.name];
    if (text != kNullPartition && !text.empty()) value = Unescaped(text);
    path.remove_prefix(slash + 1);
  }
  const std::string_view rest = path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
  if (rest.find('=') == rest.npos) return values;
  Error error = MakeError(ErrorKind::kInvalidInput,
                          "folder {} looks like a partition that is not declared", rest);
  error.fix = "name the partition columns and their types: PARTITIONED BY (...)";
  return Fail(std::move(error));
}

Status Converter::FindFiles() {
  TRY(const std::vector<ObjectInfo> log, context_.store.List(LogFolder(root_), ""));
  for (const ObjectInfo& object : log) {
    if (!ParseLogFileName(NameOf(object.key))) continue;
    return Fail(ErrorKind::kAlreadyExists, "convert {}: it is a Delta table already", Name());
  }
  TRY(const std::vector<ObjectInfo> objects, context_.store.ListRecursive(root_));
  const size_t begin = root_.empty() ? 0 : root_.size() + 1;
  for (const ObjectInfo& object : objects) {
    std::string path = object.key.substr(begin);
    if (IsHidden(path)) continue;
    auto values = ValuesOf(path);
    if (!values) {
      return Fail(std::move(values).error().Within(fmt::format("convert {}: {}", Name(), path)));
    }
    sources_.push_back({std::move(path), object, std::move(*values)});
  }
  if (!sources_.empty()) return {};
  return Fail(ErrorKind::kNotFound, "convert {}: there is no Parquet file", Name());
}

/// The columns of a file, without those that the folders give.
Result<Schema> Converter::SchemaOf(const ParquetFile& file) const {
  std::shared_ptr<arrow::Schema> arrow_schema;
  const arrow::Status status = parquet::arrow::FromParquetSchema(&file.schema(), &arrow_schema);
  if (!status.ok()) return Fail(file.ReadError(status));
  TRY(const Schema all, columnar::FromArrow(*arrow_schema));
  Schema columns;
  for (size_t i = 0; i < all.size(); ++i) {
    const bool is_partition = std::ranges::any_of(
        options_.partition_columns,
        [&](const Field& column) { return Lower(column.name) == Lower(all[i].name); });
    if (is_partition) continue;
    // Spark's old form of instants, which Arrow reads without their zone.
    bool has_int96 = false;
    for (int leaf = 0; leaf < file.schema().num_columns(); ++leaf) {
      has_int96 |= file.schema().Column(leaf)->physical_type() == parquet::Type::INT96 &&
                   file.schema().GetColumnRoot(leaf)->name() == all[i].name;
    }
    columns.push_back({.name = all[i].name, .type = Loosened(all[i].type, has_int96)});
  }
  return columns;
}

Status Converter::MergeSchemas() {
  for (const Source& source : sources_) {
    const auto within = [&](Error error) {
      return Fail(std::move(error).Within(fmt::format("convert {}: {}", Name(), source.path)));
    };
    auto file = ParquetFile::Open(context_.store, source.object.key);
    if (!file) return within(std::move(file).error());
    auto schema = SchemaOf(**file);
    if (!schema) return within(std::move(schema).error());
    auto merged = Merged(data_schema_, *schema, "");
    if (!merged) return within(std::move(merged).error());
    data_schema_ = std::move(*merged);
  }
  return {};
}

Result<AddFile> Converter::MakeAdd(const Source& source) const {
  TRY(const auto file, ParquetFile::Open(context_.store, source.object.key));
  StatsCollector stats(data_schema_, options_.configuration);
  const std::vector<int> leaves = FindLeaves(file->schema(), data_schema_, ColumnMapping::kNone);
  for (int group = 0; group < file->row_groups(); ++group) {
    TRY(const auto reader, file->Read(group, leaves, kBatchRows));
    while (true) {
      std::shared_ptr<arrow::RecordBatch> rows;
      const arrow::Status status = reader->ReadNext(&rows);
      if (!status.ok()) return Fail(file->ReadError(status));
      if (rows == nullptr) break;
      TRY(const Batch batch, ToLogical(rows, data_schema_, ColumnMapping::kNone));
      stats.Add(*batch);
    }
  }
  return AddFile{.path = source.path,
                 .partition_values = source.partition_values,
                 .size_bytes = source.object.size_bytes,
                 .modified_ms = source.object.modified_ms,
                 .data_change = true,
                 .stats = stats.ToJson(),
                 .num_records = stats.rows()};
}

/// Version 0 with all files: the folder is a table with all its rows, or none.
Status Converter::Commit() {
  CreateOptions create{
      .schema = data_schema_, .configuration = options_.configuration, .name = options_.name};
  for (const Field& column : options_.partition_columns) {
    create.schema.push_back(column);
    create.partition_columns.push_back(column.name);
  }
  const int64_t now_ms = Millis(context_.clock.Now());
  const std::string txn_id = NewUuid(context_.random);
  if (IsSet(options_.configuration, "delta.enableRowTracking")) {
    return Fail(ErrorKind::kUnsupported, "convert {}: rows of converted files cannot be tracked",
                Name());
  }
  auto prepared = PrepareCreate(Name(), create, NewUuid(context_.random), now_ms, txn_id);
  if (!prepared) return Fail(std::move(prepared).error().Within("convert"));
  std::string text;
  AppendJson(
      CommitInfoLine{.in_commit_timestamp_ms = prepared->actions.commit->in_commit_timestamp_ms,
                     .timestamp_ms = now_ms,
                     .operation = "CONVERT",
                     .operation_parameters = {{"numFiles", std::to_string(adds_.size())},
                                              {"collectStats", "true"},
                                              {"sourceFormat", "parquet"}},
                     .read_version = std::nullopt,
                     .operation_metrics = {{"numConvertedFiles", std::to_string(adds_.size())}},
                     .txn_id = txn_id},
      text);
  // After its first line, which says CREATE TABLE.
  text += std::string_view(prepared->text).substr(prepared->text.find('\n') + 1);
  for (const AddFile& file : adds_) AppendJson(file, text);
  auto put = context_.store.PutIfAbsent(CommitKey(root_, Version{0}), text);
  if (put) return {};
  if (put.error().kind == ErrorKind::kUnavailable) {
    const auto written = ReadCommit(context_.store, root_, Version{0});
    if (written && written->commit && written->commit->txn_id == txn_id) return {};
  }
  return Fail(std::move(put).error().Within("convert " + Name()));
}

Result<ConvertReport> Converter::Run() {
  TRY_DO(FindFiles());
  TRY_DO(MergeSchemas());
  ConvertReport report;
  for (const Source& source : sources_) {
    auto add = MakeAdd(source);
    if (!add) {
      return Fail(
          std::move(add).error().Within(fmt::format("convert {}: {}", Name(), source.path)));
    }
    ++report.files;
    report.bytes += add->size_bytes;
    report.rows += add->num_records;
    adds_.push_back(std::move(*add));
  }
  TRY_DO(Commit());
  return report;
}

}  // namespace

Result<ConvertReport> ConvertParquet(const MaintainContext& context, const std::string& root,
                                     const ConvertOptions& options) {
  return Converter(context, root, options).Run();
}

}  // namespace oresmith::delta
