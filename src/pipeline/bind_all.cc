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
         const Selection& selection)
      : definition_(definition), store_(store), environment_(environment), selection_(selection) {}

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
    // What several flows give together, before one of them is bound for good.
    std::optional<types::Schema> table;
    for (const FlowQuery& query : dataset.flows) {
      if (dataset.flows.size() == 1) break;
      PipelineCatalog catalog = CatalogFor(dataset, query);
      TRY(const types::Schema schema, SchemaOfFlow(dataset, query, catalog, definition_.config));
      if (!table) {
        table = schema;
      } else {
        delta::Metadata together;
        together.schema = *table;
        TRY(table, MergeSchemas(dataset, together, schema));
      }
    }
    std::vector<BoundFlow> bound;
    for (const FlowQuery& query : dataset.flows) {
      PipelineCatalog catalog = CatalogFor(dataset, query);
      TRY(BoundFlow flow,
          BindFlow(dataset, query, catalog, definition_.config, table ? &*table : nullptr));
      // Files have no versions: over them alone nothing is ever added.
      const bool over_tables = std::any_of(
          flow.scans.begin(), flow.scans.end(),
          [](const ScanSource& scan) { return std::holds_alternative<TableScan>(scan.what); });
      if (over_tables && (!dataset.IsStreaming() || flow.as_view)) {
        PipelineCatalog again = CatalogFor(dataset, query);
        TRY(BoundFlow same, BindFlow(dataset, query, again, definition_.config, nullptr));
        flow.spare = std::move(same.plan);
      }
      bound.push_back(std::move(flow));
    }
    TRY(types::Schema schema, SchemaInTable(dataset, table ? *table : bound.front().schema));
    // Several flows bring their records from several places.
    known_[key] = {.schema = std::move(schema),
                   .provenance = bound.size() == 1 ? bound.front().provenance : Provenance{},
                   .rewritten = bound.front().as_view};
    flows.emplace(key, std::move(bound));
    return {};
  }

  PipelineCatalog CatalogFor(const Dataset& dataset, const FlowQuery& query) {
    const std::string root = CheckpointRoot(dataset.name, query.name);
    const bool anew = selection_.Empties(dataset.name.Key());
    const StoredSchemas stored = [this, root,
                                  anew](int source) -> Result<std::optional<types::Schema>> {
      if (anew) return std::optional<types::Schema>{};
      TRY(const auto json, ReadStoredSchema(store_, root, source));
      if (!json) return std::optional<types::Schema>{};
      TRY(types::Schema schema, types::SchemaFromJson(*json));
      return std::optional<types::Schema>(std::move(schema));
    };
    return PipelineCatalog(definition_, &known_, store_, environment_.clock, environment_.random,
                           stored);
  }

  /// What the table will look like: a streaming table keeps the columns that it has.
  Result<types::Schema> SchemaInTable(const Dataset& dataset, const types::Schema& declared) {
    if (selection_.Empties(dataset.name.Key()) || !dataset.IsStreaming()) return declared;
    const auto table =
        delta::Table::Open(store_, dataset.name.Path(), environment_.clock, environment_.random);
    if (!table && table.error().kind == ErrorKind::kNotFound) return declared;
    if (!table) return Fail(table.error());
    return MergeSchemas(dataset, (*table)->snapshot()->metadata, declared);
  }

  const Definition& definition_;
  storage::Store& store_;
  const Environment& environment_;
  const Selection& selection_;
  KnownDatasets known_;
  std::set<std::string> failed_;
};

}  // namespace

tl::expected<BoundFlows, std::vector<Error>> BindAll(const Definition& definition,
                                                     storage::Store& store,
                                                     const Environment& environment,
                                                     const Selection& selection) {
  Binder binder(definition, store, environment, selection);
  for (const std::string& key : definition.order) binder.Bind(key);
  if (!binder.errors.empty()) return tl::unexpected(std::move(binder.errors));
  return std::move(binder.flows);
}

}  // namespace oresmith::pipeline
