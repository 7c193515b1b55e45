#include "pipeline/command_host.h"

#include <set>
#include <utility>

#include "delta/scan.h"
#include "pipeline/evaluate.h"

namespace oresmith::pipeline {
namespace {

command::Owner OwnerOf(const Dataset& dataset) {
  return dataset.IsStreaming() ? command::Owner::kStreamingTable
                               : command::Owner::kMaterializedView;
}

}  // namespace

CommandHost::CommandHost(const Definition& definition, storage::Store& store,
                         const Environment& environment)
    : definition_(definition),
      store_(store),
      environment_(environment),
      catalog_(definition, nullptr, store, environment.clock, environment.random, nullptr),
      paths_(definition, environment.clock, environment.random) {}

Result<command::TablePlace> CommandHost::PlaceOf(const std::vector<std::string>& name_parts) {
  if (IsTablePath(name_parts)) {
    TRY(PathPlace place, paths_.Find(name_parts[1]));
    return command::TablePlace{
        .store = place.store != nullptr ? place.store.get() : &store_,  // paths_ keeps it
        .root = std::move(place.root),
        .name = fmt::format("delta.`{}`", name_parts[1]),
        .owner = place.owner != nullptr ? OwnerOf(*place.owner) : command::Owner::kNobody};
  }
  TRY(const TableName name, ResolveName(name_parts, definition_.config));
  command::TablePlace place{.store = &store_,
                            .root = name.Path(),
                            .name = name.Display(definition_.config),
                            .owner = command::Owner::kNobody};
  const auto dataset = definition_.datasets.find(name.Key());
  if (dataset == definition_.datasets.end()) return place;
  if (!dataset->second.IsTable()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "{} is a view: it has no rows of its own",
                          dataset->second.display)
                    .WithFix("name the tables that it reads"));
  }
  place.owner = OwnerOf(dataset->second);
  return place;
}

/// A table is a folder catalog/schema/table with a log.
Result<std::vector<command::TablePlace>> CommandHost::Tables(
    const std::vector<std::string>& schema) {
  if (schema.size() > 2) {
    return Fail(ErrorKind::kInvalidInput, "a schema's name has one part, or two with its catalog");
  }
  std::vector<std::string> names = schema;
  names.emplace_back("t");
  TRY(const TableName wanted, ResolveName(names, definition_.config));
  TRY(const std::vector<storage::ObjectInfo> objects,
      store_.ListRecursive(schema.empty() ? "" : wanted.catalog + "/" + wanted.schema));
  std::set<std::string> roots;
  for (const storage::ObjectInfo& object : objects) {
    const size_t log = object.key.find("/_delta_log/");
    if (log == std::string::npos || object.key[0] == '_') continue;
    roots.insert(object.key.substr(0, log));
  }
  std::vector<command::TablePlace> tables;
  for (const std::string& root : roots) {
    const size_t first = root.find('/');
    const size_t second = root.find('/', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const TableName name{root.substr(0, first), root.substr(first + 1, second - first - 1),
                         root.substr(second + 1)};
    if (name.table.find('/') != std::string::npos) continue;
    tables.push_back({.store = &store_,
                      .root = root,
                      .name = name.schema + "." + name.table,
                      .owner = command::Owner::kNobody});
  }
  return tables;
}

Result<std::unique_ptr<columnar::Relation>> CommandHost::OpenScan(const sql::Operator& scan,
                                                                  const sql::SourceText& source) {
  return OpenFiltered(scan, source, {});
}

Result<std::unique_ptr<columnar::Relation>> CommandHost::OpenFiltered(const sql::Operator& scan,
                                                                      const sql::SourceText& source,
                                                                      delta::Predicate condition) {
  const ScanSource& what = catalog_.source(std::get<sql::Scan>(scan.node).source);
  if (what.stream) {
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "query: {} cannot be read as a stream here", what.name)
            .At(source.Place(scan.span))
            .WithFix("leave STREAM out"));
  }
  const bool outside =
      std::holds_alternative<FileScan>(what.what) || std::holds_alternative<KafkaScan>(what.what);
  if (outside) return OpenOutside(what, environment_.clock);
  if (const auto* changes = std::get_if<ChangeScan>(&what.what))
    return OpenChanges(*changes, store_);
  const TableScan& table = std::get<TableScan>(what.what);
  storage::Store& store = table.store != nullptr ? *table.store : store_;
  TRY(auto open, OpenScanned(table, store_, environment_.clock, environment_.random));
  tables_.push_back(std::move(open));
  return delta::ScanSnapshot(store, table.root, *tables_.back()->snapshot(),
                             {.predicate = std::move(condition)});
}

Result<std::unique_ptr<engine::Engine>> CommandHost::OpenEngine() {
  const Config& config = definition_.config;
  return engine::Engine::Open({.threads = config.threads,
                               .memory_bytes_max = config.memory_bytes_max,
                               .spill_directory = {},
                               .time_zone = config.time_zone});
}

Result<int64_t> CommandHost::TimeOf(const std::string& sql) {
  return EvaluateTime(sql, definition_.config.time_zone, environment_.clock);
}

std::string CommandHost::Setting(const std::string& key) const {
  const auto found = definition_.config.parameters.find(key);
  return found == definition_.config.parameters.end() ? "" : found->second;
}

}  // namespace oresmith::pipeline
