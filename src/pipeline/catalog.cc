#include "pipeline/catalog.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/near.h"
#include "delta/changes.h"
#include "delta/scan.h"
#include "delta/time_travel.h"
#include "pipeline/change_range.h"
#include "pipeline/evaluate.h"
#include "pipeline/event_log.h"
#include "pipeline/file_relation.h"
#include "pipeline/sink_dataset.h"
#include "types/notes.h"
#include "types/text.h"

namespace oresmith::pipeline {
namespace {

/// Rounded down, before 1970 too.
int64_t FloorMillis(int64_t micros) {
  constexpr int64_t kMicros = 1000;
  return micros / kMicros - (micros % kMicros < 0 ? 1 : 0);
}

/// The parts of the name in `TABLE(a.b)`; nothing for another text.
std::optional<std::vector<std::string>> TableArgument(std::string_view sql) {
  constexpr std::string_view kTable = "table";
  const bool is_call = sql.size() > kTable.size() && sql.ends_with(')') &&
                       types::EqualsIgnoringCase(sql.substr(0, kTable.size()), kTable);
  if (!is_call) return std::nullopt;
  const size_t open = sql.find('(');
  const sql::SourceText text("event_log", std::string(sql.substr(open + 1, sql.size() - open - 2)));
  const auto name = sql::ParseTableName(text);
  if (!name) return std::nullopt;
  std::vector<std::string> parts;
  for (const sql::Identifier& part : *name) parts.push_back(part.text);
  return parts;
}

}  // namespace

PipelineCatalog::PipelineCatalog(const Definition& definition, const KnownDatasets* known,
                                 storage::Store& store, const Clock& clock, Random& random,
                                 StoredSchemas stored_schemas)
    : definition_(definition),
      known_(known),
      store_(store),
      clock_(clock),
      random_(random),
      stored_schemas_(std::move(stored_schemas)),
      paths_(definition, clock, random) {}

Result<std::unique_ptr<delta::Table>> OpenScanned(const TableScan& scan, storage::Store& pipelines,
                                                  const Clock& clock, Random& random) {
  storage::Store& store = scan.store != nullptr ? *scan.store : pipelines;
  if (scan.version < 0) return delta::Table::Open(store, scan.root, clock, random);
  return delta::Table::OpenAt(store, scan.root, delta::Version{scan.version}, clock, random);
}

std::string PipelineCatalog::Remember(ScanSource source) {
  std::string id = fmt::format("source_{}", sources_.size());
  sources_.emplace(id, std::move(source));
  return id;
}

Result<std::unique_ptr<columnar::Relation>> OpenSnapshot(const TableScan& scan,
                                                         storage::Store& pipelines,
                                                         const delta::Table& table,
                                                         delta::Predicate condition) {
  storage::Store& store = scan.store != nullptr ? *scan.store : pipelines;
  TRY(const auto snapshot, table.LoadSnapshot());
  return delta::ScanSnapshot(store, table.root(), *snapshot, {.predicate = std::move(condition)});
}

Result<std::unique_ptr<columnar::Relation>> OpenChanges(const ChangeScan& scan,
                                                        storage::Store& pipelines) {
  storage::Store& store = scan.table.store != nullptr ? *scan.table.store : pipelines;
  return delta::ScanChangeFeed(store, scan.table.root, delta::Version{scan.from},
                               delta::Version{scan.to});
}

Result<std::unique_ptr<columnar::Relation>> OpenOutside(const ScanSource& scan,
                                                        const Clock& clock) {
  if (const auto* kafka = std::get_if<KafkaScan>(&scan.what)) {
    return connector::MakeKafkaRelation(kafka->options, clock);
  }
  return MakeFileRelation(std::get<FileScan>(scan.what).options);
}

Result<std::variant<sql::RelationInfo, sql::ViewInfo>> PipelineCatalog::FindTable(
    const std::vector<std::string>& name_parts, bool stream) {
  if (IsTablePath(name_parts)) {
    TRY(sql::RelationInfo info, PathTable(name_parts[1], stream));
    return info;
  }
  TRY(const TableName name, ResolveName(name_parts, definition_.config));
  const auto declared = definition_.datasets.find(name.Key());
  if (declared == definition_.datasets.end()) {
    TRY(sql::RelationInfo info, StoredTable(name, stream));
    return info;
  }
  const Dataset& dataset = declared->second;
  if (IsSink(dataset)) {
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "read {}: a sink cannot be read", dataset.display)
            .WithFix("read the topic: read_kafka(...), or oresmith peek"));
  }
  if (!dataset.IsTable()) {
    sql::ViewInfo view{.name = dataset.display,
                       .query = dataset.flows.front().query,
                       .source = dataset.source.get(),
                       .column_names = {}};
    for (const auto& column : dataset.declaration->columns)
      view.column_names.push_back(column.name);
    return view;
  }
  if (known_ == nullptr) {
    TRY(sql::RelationInfo info, StoredTable(dataset.name, stream));
    return info;
  }
  TRY(sql::RelationInfo info, KnownTable(dataset, stream));
  return info;
}

Result<sql::RelationInfo> PipelineCatalog::KnownTable(const Dataset& dataset, bool stream) {
  const auto known = known_->find(dataset.name.Key());
  if (known == known_->end()) {
    return Fail(ErrorKind::kInvalidInput, "read {}: it has errors itself", dataset.display);
  }
  if (stream && (!dataset.IsStreaming() || known->second.rewritten)) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "read STREAM {}: {} is rewritten, so it cannot be read as a stream",
                          dataset.display,
                          dataset.IsStreaming() ? "a table with aggregates" : "a materialized view")
                    .WithFix("read it without STREAM into a materialized view, or make it a "
                             "streaming table"));
  }
  sql::RelationInfo info{
      .name = dataset.display,
      .source = Remember({.what = TableScan{dataset.name.Key(), dataset.name.Path()},
                          .stream = stream,
                          .name = dataset.display,
                          .provenance = known->second.provenance}),
      .schema = types::WithoutNotes(known->second.schema),
      .hidden_columns = 0,
      .streamable = dataset.IsStreaming(),
      .batch = true};
  if (stream) {
    info.schema.push_back(OriginField());
    info.hidden_columns = 1;
  }
  return info;
}

Error PipelineCatalog::NotFound(const TableName& name) const {
  Error error = MakeError(ErrorKind::kNotFound, "there is no table or view {}",
                          name.Display(definition_.config));
  std::vector<std::string> names;
  for (const auto& [key, dataset] : definition_.datasets) names.push_back(dataset.display);
  const std::string near = Nearest(name.Display(definition_.config), names);
  if (!near.empty()) error.fix = fmt::format("did you mean {}?", near);
  return error;
}

Result<sql::RelationInfo> PipelineCatalog::StoredTable(const TableName& name, bool stream) {
  auto table = delta::Table::Open(store_, name.Path(), clock_, random_);
  if (!table && table.error().kind == ErrorKind::kNotFound) {
    if (definition_.datasets.contains(name.Key())) {
      return Fail(MakeError(ErrorKind::kNotFound, "read {}: it is declared, but not made yet",
                            name.Display(definition_.config))
                      .WithFix("run the pipeline first: oresmith run"));
    }
    return Fail(NotFound(name));
  }
  if (!table) return Fail(std::move(table).error());
  sql::RelationInfo info{.name = name.Display(definition_.config),
                         .source = Remember({.what = TableScan{name.Key(), name.Path()},
                                             .stream = stream,
                                             .name = name.Display(definition_.config),
                                             .provenance = {}}),
                         .schema = types::WithoutNotes((*table)->snapshot()->metadata.schema)};
  if (stream) {
    info.schema.push_back(OriginField());
    info.hidden_columns = 1;
  }
  return info;
}

Result<sql::RelationInfo> PipelineCatalog::PathTable(const std::string& path, bool stream) {
  if (stream) {
    return Fail(ErrorKind::kUnsupported, "read delta.`{}`: a folder cannot be read as a stream",
                path);
  }
  TRY(auto found, FindScan({"delta", path}));
  return TableAt(std::move(found.first), found.second, {});
}

Result<std::pair<TableScan, std::string>> PipelineCatalog::FindScan(
    const std::vector<std::string>& name_parts) {
  if (IsTablePath(name_parts)) {
    TRY(PathPlace place, paths_.Find(name_parts[1]));
    std::string key = place.owner != nullptr ? place.owner->name.Key() : name_parts[1];
    TableScan scan{.key = std::move(key), .root = std::move(place.root), .store = place.store};
    return std::pair(std::move(scan), fmt::format("delta.`{}`", name_parts[1]));
  }
  TRY(const TableName name, ResolveName(name_parts, definition_.config));
  const auto declared = definition_.datasets.find(name.Key());
  // The folder bears the name as it was declared.
  const TableName& placed = declared == definition_.datasets.end() ? name : declared->second.name;
  return std::pair(TableScan{.key = placed.Key(), .root = placed.Path()},
                   placed.Display(definition_.config));
}

Result<sql::RelationInfo> PipelineCatalog::FindTableAt(const std::vector<std::string>& name_parts,
                                                       const sql::TimeTravel& at) {
  TRY(auto found, FindScan(name_parts));
  if (known_ != nullptr && definition_.datasets.contains(found.first.key)) {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "read {}: a pipeline reads its own tables as they are now", found.second)
                    .WithFix("leave out VERSION AS OF; ask older versions with oresmith query"));
  }
  return TableAt(std::move(found.first), found.second, at);
}

Result<sql::RelationInfo> PipelineCatalog::TableAt(TableScan scan, const std::string& name,
                                                   const sql::TimeTravel& at) {
  storage::Store& store = scan.store != nullptr ? *scan.store : store_;
  auto table = delta::Table::Open(store, scan.root, clock_, random_);
  if (!table && table.error().kind == ErrorKind::kNotFound) {
    return Fail(ErrorKind::kNotFound, "there is no table {}", name);
  }
  if (!table) return Fail(std::move(table).error());
  const int64_t newest = delta::Number((*table)->snapshot()->version);
  if (!at.version_sql.empty()) {
    const std::string& text = at.version_sql;
    const auto end = text.data() + text.size();
    const bool number = std::from_chars(text.data(), end, scan.version).ptr == end;
    if (!number || scan.version < 0 || scan.version > newest) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "read {}: there is no version {}", name, text)
                      .WithFix(fmt::format("the newest is {}; DESCRIBE HISTORY {} lists them",
                                           newest, name)));
    }
  } else if (!at.timestamp_sql.empty()) {
    TRY(const int64_t micros, EvaluateTime(at.timestamp_sql, definition_.config.time_zone, clock_));
    auto version =
        delta::FindVersionAt(store, scan.root, (*table)->snapshot()->metadata, FloorMillis(micros));
    if (!version) return Fail(std::move(version).error());
    scan.version = delta::Number(*version);
  }
  if (scan.version >= 0 && scan.version != newest) {
    table = delta::Table::OpenAt(store, scan.root, delta::Version{scan.version}, clock_, random_);
    if (!table) return Fail(std::move(table).error());
  }
  return sql::RelationInfo{
      .name = name,
      .source =
          Remember({.what = std::move(scan), .stream = false, .name = name, .provenance = {}}),
      .schema = types::WithoutNotes((*table)->snapshot()->metadata.schema)};
}

Result<sql::RelationInfo> PipelineCatalog::FindTableFunction(
    const std::string& name, const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  if (name == "read_files") return FileTable(arguments, stream);
  if (name == "read_kafka") return KafkaTable(arguments, stream);
  if (name == "table_changes") return ChangesTable(arguments, stream);
  if (name == "event_log") return EventLogTable(arguments, stream);
  Error error = MakeError(ErrorKind::kUnsupported, "there is no table function {} here", name);
  error.fix = "this version has read_files, read_kafka, table_changes and event_log";
  return Fail(std::move(error));
}

Result<sql::RelationInfo> PipelineCatalog::FileTable(
    const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  connector::FileSourceOptions options;
  for (const sql::FunctionArgument& argument : arguments) {
    if (argument.name.empty() && options.path.empty()) {
      options.path = argument.value;
    } else if (argument.name.empty()) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "read_files: options are named: `{}` has no name", argument.value)
                      .WithFix("write for example format => 'json'"));
    } else if (argument.name == "path") {
      options.path = argument.value;
    } else if (!options.options.emplace(argument.name, argument.value).second) {
      return Fail(ErrorKind::kInvalidInput, "read_files: option {} is given twice", argument.name);
    }
  }
  if (options.path.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "read_files: the path is missing")
                    .WithFix("write read_files('folder', format => 'json')"));
  }
  const bool relative = options.path[0] != '/' && options.path.find(":/") == std::string::npos;
  if (relative) options.path = definition_.config.directory + "/" + options.path;
  if (stream && stored_schemas_) {
    TRY(options.stored_schema, stored_schemas_(file_sources_++));
  }
  TRY(const auto source, connector::MakeFileSource(options));
  sql::RelationInfo info{
      .name = "read_files", .source = {}, .schema = source->schema(), .hidden_columns = 1};
  options.stored_schema = types::Schema(info.schema.begin(), info.schema.end() - 1);
  if (stream) {
    info.schema.push_back(OriginField());
    info.hidden_columns = 2;
  }
  info.source = Remember({.what = FileScan{std::move(options)},
                          .stream = stream,
                          .name = source->Describe(),
                          .provenance = {.file_column = "_metadata",
                                         .file_field = "file_path",
                                         .line_column = "_metadata",
                                         .line_field = "file_line"}});
  return info;
}

Result<sql::RelationInfo> PipelineCatalog::KafkaTable(
    const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  connector::KafkaSourceOptions options;
  for (const sql::FunctionArgument& argument : arguments) {
    if (argument.name.empty()) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "read_kafka: each option is named")
                      .WithFix("write read_kafka(bootstrapServers => 'host:9092', subscribe => "
                               "'topic')"));
    }
    if (!options.options.emplace(argument.name, argument.value).second) {
      return Fail(ErrorKind::kInvalidInput, "read_kafka: option {} is given twice", argument.name);
    }
  }
  TRY(types::Schema schema, connector::KafkaSchema(options, stream));
  sql::RelationInfo info{
      .name = "read_kafka", .source = {}, .schema = std::move(schema), .hidden_columns = 0};
  if (stream) {
    info.schema.push_back(OriginField());
    info.hidden_columns = 1;
  }
  info.source = Remember({.what = KafkaScan{std::move(options)},
                          .stream = stream,
                          .name = "read_kafka",
                          .provenance = {.file_column = "topic",
                                         .file_field = {},
                                         .part_column = "partition",
                                         .line_column = "offset",
                                         .line_field = {}}});
  return info;
}

Result<sql::RelationInfo> PipelineCatalog::ChangesTable(
    const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  if (stream) {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "table_changes: a range of versions cannot be read as a stream")
                    .WithFix("leave STREAM out"));
  }
  TRY(const std::vector<std::string> parts, ChangedTable(arguments));
  TRY(auto found, FindScan(parts));
  if (known_ != nullptr && definition_.datasets.contains(found.first.key)) {
    return Fail(
        MakeError(ErrorKind::kUnsupported,
                  "table_changes: {} is a table of this pipeline, and changes in its course",
                  found.second)
            .WithFix("ask for its changes with oresmith query, or read it as a stream"));
  }
  ChangeScan scan{.table = std::move(found.first)};
  auto table = OpenScanned(scan.table, store_, clock_, random_);
  if (!table && table.error().kind == ErrorKind::kNotFound) {
    return Fail(ErrorKind::kNotFound, "table_changes: there is no table {}", found.second);
  }
  if (!table) return Fail(std::move(table).error());
  const TimeReader time = [this](const std::string& sql) {
    return EvaluateTime(sql, definition_.config.time_zone, clock_);
  };
  storage::Store& store = scan.table.store != nullptr ? *scan.table.store : store_;
  TRY_DO(FindRange(arguments, store, *(*table)->snapshot(), time, scan));
  TRY(const auto changes, OpenChanges(scan, store_));
  return sql::RelationInfo{
      .name = found.second,
      .source = Remember(
          {.what = std::move(scan), .stream = false, .name = found.second, .provenance = {}}),
      .schema = changes->schema()};
}

/// event_log(), event_log(TABLE(a table of the pipeline)), event_log('<pipeline id>'): one log.
Result<sql::RelationInfo> PipelineCatalog::EventLogTable(
    const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  const auto wrong = [](std::string message) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "event_log: {}", message)
                    .WithFix("write event_log(), or event_log(TABLE(a table of this pipeline))"));
  };
  if (stream || known_ != nullptr) {
    return wrong("a pipeline does not read its own log; ask it with oresmith query");
  }
  auto log = delta::Table::Open(store_, kEventLogRoot, clock_, random_);
  if (!log && log.error().kind == ErrorKind::kNotFound) {
    return Fail(MakeError(ErrorKind::kNotFound, "event_log: the pipeline has not run yet")
                    .WithFix("run it first: oresmith run"));
  }
  if (!log) return Fail(std::move(log).error());
  if (arguments.size() > 1) return wrong("it takes one argument at most");
  if (arguments.size() == 1) {
    const sql::FunctionArgument& argument = arguments.front();
    if (const auto table = TableArgument(argument.sql)) {
      TRY(const TableName name, ResolveName(*table, definition_.config));
      if (!definition_.datasets.contains(name.Key())) return Fail(NotFound(name));
    } else if (argument.value != (*log)->snapshot()->metadata.id) {
      return wrong(fmt::format("{} is not the id of this pipeline", argument.sql));
    }
  }
  return sql::RelationInfo{
      .name = "event_log",
      .source = Remember({.what = TableScan{.key = kEventLogRoot, .root = kEventLogRoot},
                          .stream = false,
                          .name = "event_log",
                          .provenance = {}}),
      .schema = (*log)->snapshot()->metadata.schema};
}

}  // namespace oresmith::pipeline
