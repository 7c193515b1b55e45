// Binding of all tables of a pipeline, upstream first.

#include <algorithm>
#include <utility>

#include "pipeline/checkpoint.h"
#include "pipeline/evolve.h"
#include "pipeline/update.h"

namespace oresmith::pipeline {
namespace {

class Binder {
 public:
  Binder(const Definition& definition, storage::Store& store, const Environment& environment,
         bool full_refresh)
      : definition_(definition),
        store_(store),
        environment_(environment),
        full_refresh_(full_refresh) {}

  void Bind(const std::string& key) {
    const Dataset& dataset = definition_.datasets.at(key);
    const bool upstream_failed =
        std::any_of(dataset.inputs.begin(), dataset.inputs.end(),
                    [&](const std::string& input) { return failed_.contains(input); });
    if (upstream_failed) {
      failed_.insert(key);  // told already, at its root
      return;
    }
    if (!dataset.IsTable()) return;
    Status status = BindTable(key, dataset);
    if (status) return;
    failed_.insert(key);
    Error error = std::move(status).error();
    if (!error.place) error.place = dataset.source->Place(dataset.span);
    errors.push_back(std::move(error));
  }

  BoundFlows flows;
  std::vector<Error> errors;

 private:
  Status BindTable(const std::string& key, const Dataset& dataset) {
    const StoredSchemas stored = [&](int source) -> Result<std::optional<types::Schema>> {
      if (full_refresh_) return std::optional<types::Schema>{};
      TRY(const auto json, ReadStoredSchema(store_, CheckpointRoot(dataset.name), source));
      if (!json) return std::optional<types::Schema>{};
      TRY(types::Schema schema, types::SchemaFromJson(*json));
      return std::optional<types::Schema>(std::move(schema));
    };
    PipelineCatalog catalog(definition_, &known_, store_, environment_.clock, environment_.random,
                            stored);
    TRY(BoundFlow flow, BindFlow(dataset, catalog, definition_.config));
    TRY(types::Schema schema, SchemaInTable(dataset, flow.schema));
    known_[key] = {.schema = std::move(schema), .provenance = flow.provenance};
    flows.emplace(key, std::move(flow));
    return {};
  }

  /// What the table will look like: a streaming table keeps the columns that it has.
  Result<types::Schema> SchemaInTable(const Dataset& dataset, const types::Schema& declared) {
    if (full_refresh_ || !dataset.IsStreaming()) return declared;
    const auto table =
        delta::Table::Open(store_, dataset.name.Path(), environment_.clock, environment_.random);
    if (!table && table.error().kind == ErrorKind::kNotFound) return declared;
    if (!table) return Fail(table.error());
    return MergeSchemas(dataset, (*table)->snapshot()->metadata.schema, declared);
  }

  const Definition& definition_;
  storage::Store& store_;
  const Environment& environment_;
  bool full_refresh_;
  KnownDatasets known_;
  std::set<std::string> failed_;
};

}  // namespace

tl::expected<BoundFlows, std::vector<Error>> BindAll(const Definition& definition,
                                                     storage::Store& store,
                                                     const Environment& environment,
                                                     bool full_refresh) {
  Binder binder(definition, store, environment, full_refresh);
  for (const std::string& key : definition.order) binder.Bind(key);
  if (!binder.errors.empty()) return tl::unexpected(std::move(binder.errors));
  return std::move(binder.flows);
}

}  // namespace oresmith::pipeline
