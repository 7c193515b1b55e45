#include "pipeline/table_owner.h"

namespace oresmith::pipeline {

Status CheckOwned(const delta::Table& table, const std::string& dataset, storage::Store& store) {
  if (table.snapshot()->metadata.configuration.contains(kDatasetProperty)) return {};
  return Fail(MakeError(ErrorKind::kAlreadyExists,
                        "write {}: a table that was not made by a pipeline stands at {}", dataset,
                        store.Describe(table.root()))
                  .WithFix("give the dataset another name, another storage, or move that table "
                           "away; it was left as it is"));
}

void LogCheckpointError(delta::Table& table, const Logger& log) {
  if (const auto error = table.TakeCheckpointError()) {
    log.Warn("event=checkpoint_failed table={} error=\"{}\"", table.root(), error->message);
  }
}

Result<std::unique_ptr<delta::Table>> OpenOrCreateOwned(
    storage::Store& store, const std::string& root, const std::string& dataset,
    delta::CreateOptions options, delta::FilesHeld held, const Clock& clock, Random& random) {
  auto table = delta::Table::Open(store, root, clock, random, delta::Upkeep::kBackground, held);
  if (table) {
    TRY_DO(CheckOwned(**table, dataset, store));
    return table;
  }
  if (table.error().kind != ErrorKind::kNotFound) return table;
  options.configuration[kDatasetProperty] = dataset;
  return delta::Table::Create(store, root, options, clock, random, delta::Upkeep::kBackground,
                              held);
}

}  // namespace oresmith::pipeline
