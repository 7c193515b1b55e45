#include "pipeline/selection.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/near.h"
#include "connector/files/file_source.h"
#include "pipeline/checkpoint.h"
#include "pipeline/stream_flow.h"
#include "types/text.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kResetAllowed = "pipelines.reset.allowed";

bool MayBeEmptied(const Dataset& dataset) {
  return std::ranges::none_of(dataset.declaration->properties, [](const sql::Property& property) {
    return property.key == kResetAllowed && types::EqualsIgnoringCase(property.value, "false");
  });
}

std::vector<std::string> Parts(const std::string& name) {
  std::vector<std::string> parts(1);
  for (const char c : name) {
    if (c == '.') {
      parts.emplace_back();
    } else if (c != '`') {
      parts.back() += c;
    }
  }
  return parts;
}

}  // namespace

Result<Selection> Selection::Make(const Definition& definition, const RunOptions& options) {
  Selection selection;
  selection.flow_choices_ = options.flow_choices;
  for (const std::string& name : options.refresh) {
    TRY_DO(selection.Add(definition, name, /*emptied=*/false));
  }
  for (const std::string& name : options.full_refresh) {
    TRY_DO(selection.Add(definition, name, /*emptied=*/true));
  }
  if (!options.full_refresh_all) return selection;
  for (const auto& [key, dataset] : definition.datasets) {
    if (!dataset.IsTable()) continue;
    if (MayBeEmptied(dataset)) {
      selection.emptied_.insert(key);
    } else {
      selection.warnings_.push_back(MakeError(ErrorKind::kInvalidInput,
                                              "full refresh: {} keeps its rows, as its property "
                                              "{} says",
                                              dataset.display, kResetAllowed)
                                        .At(dataset.source->Place(dataset.span)));
    }
  }
  return selection;
}

Status Selection::Add(const Definition& definition, const std::string& name, bool emptied) {
  TRY(const TableName full, ResolveName(Parts(name), definition.config));
  const auto found = definition.datasets.find(full.Key());
  if (found == definition.datasets.end() || !found->second.IsTable()) {
    Error error =
        MakeError(ErrorKind::kNotFound, "refresh {}: the pipeline has no such table", name);
    std::vector<std::string> names;
    for (const auto& [key, dataset] : definition.datasets) {
      if (dataset.IsTable()) names.push_back(dataset.display);
    }
    const std::string near = Nearest(name, names);
    error.fix = near.empty() ? "oresmith tables lists them" : fmt::format("did you mean {}?", near);
    return Fail(std::move(error));
  }
  const Dataset& dataset = found->second;
  if (emptied && !MayBeEmptied(dataset)) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "full refresh {}: its property {} forbids it",
                          name, kResetAllowed)
                    .At(dataset.source->Place(dataset.span))
                    .WithFix("take the property away if its rows can be made anew"));
  }
  if (!only_) only_.emplace();
  only_->insert(found->first);
  if (emptied) emptied_.insert(found->first);
  if (!dataset.applies_changes) return {};
  // The table of the changes is a part of it.
  for (const std::string& input : dataset.inputs) {
    only_->insert(input);
    if (emptied) emptied_.insert(input);
  }
  return {};
}

Selection Selection::AfterFirst() const {
  Selection next;
  next.only_ = only_;
  next.flow_choices_ = flow_choices_;
  return next;
}

Status Selection::CheckReaders(const Definition& definition,
                               const std::map<std::string, std::vector<BoundFlow>>& flows) const {
  std::set<std::string> stopped;
  std::string emptied;
  for (const auto& [key, bound] : flows) {
    if (Empties(key)) continue;
    for (const BoundFlow& flow : bound) {
      for (const ScanSource& scan : flow.scans) {
        const auto* table = std::get_if<TableScan>(&scan.what);
        if (!scan.stream || flow.as_view || table == nullptr || !Empties(table->key)) continue;
        stopped.insert(definition.datasets.at(key).display);
        emptied = definition.datasets.at(table->key).display;
      }
    }
  }
  if (stopped.empty()) return {};
  return Fail(
      MakeError(ErrorKind::kInvalidInput,
                "full refresh {}: {} reads it as a stream, and would stop at the change", emptied,
                fmt::join(stopped, ", "))
          .WithFix(fmt::format("make it anew too: --full-refresh {}", fmt::join(stopped, ","))));
}

Result<std::vector<Error>> Selection::FindLosses(const Definition& definition,
                                                 storage::Store& store, Random& random) const {
  std::vector<Error> losses;
  for (const std::string& key : emptied_) {
    const Dataset& dataset = definition.datasets.at(key);
    if (!dataset.IsStreaming()) continue;
    int64_t files = 0;
    int64_t gone = 0;
    for (const FlowQuery& flow : dataset.flows) {
      TRY(const std::vector<std::string> logs,
          Checkpoint::FileLists(store, CheckpointRoot(dataset.name, flow.name), random));
      for (const std::string& log : logs) {
        TRY(const connector::FileCount count, connector::CountLoggedFiles(log));
        files += count.files;
        gone += count.gone;
      }
    }
    if (gone == 0) continue;
    losses.push_back(
        MakeError(ErrorKind::kInvalidInput,
                  "full refresh {}: {} of the {} files that it was made from are gone, and their "
                  "rows with them",
                  dataset.display, gone, files)
            .At(dataset.source->Place(dataset.span))
            .WithFix(fmt::format("to keep them for ever: TBLPROPERTIES ('{}' = 'false')",
                                 kResetAllowed)));
  }
  return losses;
}

}  // namespace oresmith::pipeline
