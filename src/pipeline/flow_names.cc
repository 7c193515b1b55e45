#include "pipeline/flow_names.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "pipeline/stream_flow.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kRetired = "retired";
constexpr const char* kMetadata = "/metadata";

struct StoredFlows {
  std::set<std::string> names;
  std::set<std::string> retired;
  std::vector<std::string> keys;  // of all objects
};

std::string TableRoot(const Dataset& dataset) { return CheckpointRoot(dataset.name, ""); }

Result<StoredFlows> FindStored(const Dataset& dataset, storage::Store& store) {
  std::string root = TableRoot(dataset);
  root.pop_back();  // the slash
  StoredFlows stored;
  TRY(const auto objects, store.ListRecursive(root));
  for (const storage::ObjectInfo& object : objects) {
    const std::string_view rest = std::string_view(object.key).substr(root.size() + 1);
    const size_t slash = rest.find('/');
    if (slash == std::string_view::npos) continue;
    const std::string name(rest.substr(0, slash));
    stored.names.insert(name);
    if (rest.substr(slash + 1) == kRetired) stored.retired.insert(name);
    stored.keys.push_back(object.key);
  }
  return stored;
}

/// Copies the checkpoint. What makes one, its `metadata`, goes last and is taken away first, so
/// that there is never half of one.
Status Rename(const StoredFlows& stored, const std::string& from, const std::string& to,
              storage::Store& store) {
  std::vector<std::string> keys;
  for (const std::string& key : stored.keys) {
    if (key.starts_with(from)) keys.push_back(key);
  }
  std::ranges::stable_partition(keys,
                                [](const std::string& key) { return !key.ends_with(kMetadata); });
  for (const std::string& key : keys) {
    TRY(const std::string bytes, store.Get(key));
    TRY_DO(store.Put(to + key.substr(from.size()), bytes));
  }
  std::ranges::reverse(keys);
  for (const std::string& key : keys) TRY_DO(store.Delete(key));
  return {};
}

Error Ask(const Dataset& dataset, const std::set<std::string>& added,
          const std::set<std::string>& gone) {
  const std::string& first = *added.begin();
  return MakeError(ErrorKind::kInvalidInput,
                   "resume {}: flow {} is new, and flow {}, which filled the table before, is gone",
                   dataset.display, fmt::join(added, ", "), fmt::join(gone, ", "))
      .At(dataset.source->Place(dataset.span))
      .WithNote("a flow goes on under its name; under another one it reads all of its input again")
      .WithFix(fmt::format("if it is the same flow: --rename-flow {}={}; if it is another one: "
                           "--new-flow {}; to make the table anew: --full-refresh {}",
                           *gone.begin(), first, first, dataset.display));
}

}  // namespace

Status CheckFlowNames(const Dataset& dataset, const FlowChoices& choices, storage::Store& store) {
  TRY(const StoredFlows stored, FindStored(dataset, store));
  std::set<std::string> added;
  std::set<std::string> gone = stored.names;
  for (const FlowQuery& flow : dataset.flows) {
    gone.erase(flow.name);
    if (!stored.names.contains(flow.name)) added.insert(flow.name);
    if (!stored.retired.contains(flow.name)) continue;
    TRY_DO(store.Delete(TableRoot(dataset) + flow.name + "/" + kRetired));  // it is back
  }
  for (const std::string& name : stored.retired) gone.erase(name);
  for (const auto& [from, to] : choices.renamed) {
    if (!added.contains(to) || !stored.names.contains(from)) continue;
    TRY_DO(Rename(stored, TableRoot(dataset) + from + "/", TableRoot(dataset) + to + "/", store));
    added.erase(to);
    gone.erase(from);
  }
  for (const std::string& name : choices.added) added.erase(name);
  if (!added.empty() && !gone.empty()) return Fail(Ask(dataset, added, gone));
  for (const std::string& name : gone) {
    TRY_DO(store.Put(TableRoot(dataset) + name + "/" + kRetired, ""));
  }
  return {};
}

}  // namespace oresmith::pipeline
