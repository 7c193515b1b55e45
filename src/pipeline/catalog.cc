#include "pipeline/catalog.h"

#include <algorithm>
#include <utility>

#include "base/near.h"

namespace oresmith::pipeline {
PipelineCatalog::PipelineCatalog(const Definition& definition, const KnownDatasets* known,
                                 storage::Store& store, const Clock& clock, Random& random,
                                 StoredSchemas stored_schemas)
    : definition_(definition),
      known_(known),
      store_(store),
      clock_(clock),
      random_(random),
      stored_schemas_(std::move(stored_schemas)) {}

std::string PipelineCatalog::Remember(ScanSource source) {
  std::string id = fmt::format("source_{}", sources_.size());
  sources_.emplace(id, std::move(source));
  return id;
}

Result<std::variant<sql::RelationInfo, sql::ViewInfo>> PipelineCatalog::FindTable(
    const std::vector<std::string>& name_parts, bool stream) {
  TRY(const TableName name, ResolveName(name_parts, definition_.config));
  const auto declared = definition_.datasets.find(name.Key());
  if (declared == definition_.datasets.end()) {
    TRY(sql::RelationInfo info, StoredTable(name, stream));
    return info;
  }
  const Dataset& dataset = declared->second;
  if (!dataset.IsTable()) {
    sql::ViewInfo view{.name = dataset.display,
                       .query = dataset.declaration->query.get(),
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
  if (stream && !dataset.IsStreaming()) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "read STREAM {}: a materialized view is rewritten, so it cannot be read "
                          "as a stream",
                          dataset.display)
                    .WithFix("read it without STREAM into a materialized view, or make it a "
                             "streaming table"));
  }
  const auto known = known_->find(dataset.name.Key());
  if (known == known_->end()) {
    return Fail(ErrorKind::kInvalidInput, "read {}: it has errors itself", dataset.display);
  }
  sql::RelationInfo info{
      .name = dataset.display,
      .source = Remember({.what = TableScan{dataset.name.Key(), dataset.name.Path()},
                          .stream = stream,
                          .name = dataset.display,
                          .provenance = known->second.provenance}),
      .schema = known->second.schema,
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
                         .schema = (*table)->snapshot()->metadata.schema};
  if (stream) {
    info.schema.push_back(OriginField());
    info.hidden_columns = 1;
  }
  return info;
}

Result<sql::RelationInfo> PipelineCatalog::FindTableFunction(
    const std::string& name, const std::vector<sql::FunctionArgument>& arguments, bool stream) {
  if (name != "read_files") {
    Error error = MakeError(ErrorKind::kUnsupported, "there is no table function {} here", name);
    error.fix = "this version reads files: read_files('folder', format => 'json')";
    return Fail(std::move(error));
  }
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
      .name = name, .source = {}, .schema = source->schema(), .hidden_columns = 1};
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

}  // namespace oresmith::pipeline
