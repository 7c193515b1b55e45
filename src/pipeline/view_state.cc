#include "pipeline/view_state.h"

#include <arrow/record_batch.h>
#include <arrow/util/byte_size.h>

#include <set>
#include <utility>

namespace oresmith::pipeline {

void ScanSet::Add(std::unique_ptr<columnar::Relation> relation) {
  rows += relation->row_count().value_or(0);
  relations.push_back(relation.get());
  owned.push_back(std::move(relation));
}

Result<ScanSet> ScansWith(const std::vector<int>& scans, const std::set<int>& silent, int changed,
                          std::unique_ptr<columnar::Relation> added, const ViewInputs& inputs) {
  ScanSet set;
  for (const int scan : scans) {
    if (scan == changed) {
      set.Add(std::move(added));
    } else {
      TRY(auto other, silent.contains(scan) ? inputs.None(scan) : inputs.All(scan));
      set.Add(std::move(other));
    }
  }
  return set;
}

Result<std::unique_ptr<ViewState>> ViewState::Open(engine::Engine& engine, sql::SplitPlan split,
                                                   storage::Store& store, const std::string& root,
                                                   std::string definition, int64_t bytes_max) {
  std::unique_ptr<ViewState> state(new ViewState(store, root, std::move(definition)));
  state->bytes_max_ = bytes_max;
  for (sql::GroupedPart& grouped : split.parts) {
    Part part;
    part.schema = std::move(grouped.state);
    part.linear = std::move(grouped.linear);
    part.scans = std::move(grouped.partial.scans);
    TRY(part.partial, engine.Prepare(std::move(grouped.partial.plan)));
    TRY(part.merge, engine.Prepare(std::move(grouped.merge)));
    state->parts_.push_back(std::move(part));
  }
  state->rest_scans_ = std::move(split.rest.scans);
  TRY(state->rest_, engine.Prepare(std::move(split.rest.plan)));
  return state;
}

Result<ViewState::Update> ViewState::Refresh(const ViewInputs& inputs,
                                             const engine::RunContext& context,
                                             const std::function<void()>& tick) {
  Update update;
  if (!loaded_) TRY_DO(Load(context, tick));
  std::vector<Change> changes;
  for (size_t i = 0; i < parts_.size(); ++i) {
    Change change{.part = i, .full = false, .before = parts_[i].seen, .after = {}, .rows = {}};
    TRY_DO(RefreshPart(parts_[i], inputs, context, tick, update, change));
    change.after = parts_[i].seen;
    if (change.full || change.before != change.after) changes.push_back(std::move(change));
  }
  if (Status stored = Store(changes); !stored) update.not_stored = std::move(stored).error();
  return update;
}

std::optional<int> ViewState::OnlyChange(const Part& part, const ViewInputs& inputs,
                                         std::string& reason) {
  std::optional<int> changed;
  for (const int scan : part.scans) {
    const auto version = inputs.Version(scan);
    const Seen& seen = part.seen.at(scan);
    if (version && *version == seen.version && inputs.Identity(scan) == seen.identity) continue;
    if (version && inputs.Identity(scan) != seen.identity) {
      reason = "a table was made anew";
      return std::nullopt;
    }
    if (!version) {
      reason = "it reads files";
      return std::nullopt;
    }
    if (changed) {
      reason = "several tables have changed";
      return std::nullopt;
    }
    changed = scan;
  }
  if (changed && !part.linear.contains(*changed)) {
    reason = "its rows do not just add up";
    return std::nullopt;
  }
  return changed;
}

Status ViewState::RefreshPart(Part& part, const ViewInputs& inputs,
                              const engine::RunContext& context, const std::function<void()>& tick,
                              Update& update, Change& change) {
  std::string reason = part.rows ? "" : "the state is not in memory";
  if (part.rows) {
    const std::optional<int> changed = OnlyChange(part, inputs, reason);
    if (!changed && reason.empty()) return {};
    if (changed) {
      auto added = inputs.Added(*changed, part.seen.at(*changed).version);
      if (added) {
        update.rows_in += (*added)->row_count().value_or(0);
        TRY(change.rows, MergeRows(part, *changed, std::move(*added), inputs, context, tick));
        return {};
      }
      if (added.error().kind != ErrorKind::kUnsupported) return Fail(std::move(added).error());
      reason = added.error().message;
    }
  }
  part.rows.reset();
  part.seen.clear();
  ScanSet scans;
  for (const int scan : part.scans) {
    TRY(auto relation, inputs.All(scan));
    scans.Add(std::move(relation));
    part.seen[scan] = {.identity = inputs.Identity(scan),
                       .version = inputs.Version(scan).value_or(-1)};
  }
  update.rows_in += scans.rows;
  update.full = true;
  update.reason = std::move(reason);
  TRY(part.rows, Run(*part.partial, scans, context, tick));
  change.full = true;
  change.rows = *part.rows;
  return {};
}

Result<std::vector<columnar::Batch>> ViewState::MergeRows(Part& part, int changed,
                                                          std::unique_ptr<columnar::Relation> added,
                                                          const ViewInputs& inputs,
                                                          const engine::RunContext& context,
                                                          const std::function<void()>& tick) const {
  TRY(const ScanSet scans,
      ScansWith(part.scans, part.linear.at(changed), changed, std::move(added), inputs));
  TRY(std::vector<columnar::Batch> merged, Run(*part.partial, scans, context, tick));
  std::vector<columnar::Batch> rows = merged;
  rows.insert(rows.end(), part.rows->begin(), part.rows->end());
  ScanSet states;
  states.Add(columnar::MakeRelation(part.schema, std::move(rows)));
  TRY(part.rows, Run(*part.merge, states, context, tick));
  part.seen[changed].version = *inputs.Version(changed);
  return merged;
}

Result<std::vector<columnar::Batch>> ViewState::Run(engine::PreparedQuery& query,
                                                    const ScanSet& scans,
                                                    const engine::RunContext& context,
                                                    const std::function<void()>& tick) const {
  std::vector<columnar::Batch> rows;
  int64_t bytes = 0;
  TRY_DO(query.Run(scans.relations, context, [&](const columnar::Batch& batch) -> Status {
    tick();
    bytes += arrow::util::TotalBufferSize(*batch);
    if (bytes > bytes_max_) {
      return Fail(ErrorKind::kUnavailable, "the groups need more than {} MB", bytes_max_ >> 20);
    }
    rows.push_back(batch);
    return {};
  }));
  return rows;
}

Result<ScanSet> ViewState::RestInputs(const ViewInputs& inputs) const {
  ScanSet scans;
  for (const int scan : rest_scans_) {
    if (scan >= 0) {
      TRY(auto relation, inputs.All(scan));
      scans.Add(std::move(relation));
    } else {
      const Part& part = parts_[static_cast<size_t>(-1 - scan)];
      scans.Add(columnar::MakeRelation(part.schema, *part.rows));
    }
  }
  return scans;
}

}  // namespace oresmith::pipeline
