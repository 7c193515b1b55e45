// INSERT, DELETE, UPDATE, MERGE, TRUNCATE: the statement's plan says which rows change, the Delta
// library writes their files anew or lists them as deleted, and one commit says so.

#include "sql/change.h"

#include <arrow/array.h>

#include <algorithm>
#include <set>
#include <utility>

#include "command/added_columns.h"
#include "command/command_internal.h"
#include "command/identity.h"
#include "command/push_down.h"
#include "command/rules.h"
#include "delta/column_mapping.h"
#include "delta/row_changes.h"
#include "delta/skipping.h"
#include "types/notes.h"

namespace oresmith::command {
namespace {

using columnar::Batch;
using sql::RowChange;

constexpr const char* kTargetSource = "change_target";
constexpr std::string_view kInserted = "insert";  // the change feed's word

struct Counts {
  int64_t inserted = 0;
  int64_t updated = 0;
  int64_t deleted = 0;
};

struct Applied {
  delta::FileChanges files;
  Counts counts;
};

sql::ChangeTarget TargetOf(const OpenTable& open, const delta::Metadata& metadata) {
  sql::ChangeTarget target;
  target.relation = {.name = open.place.name,
                     .source = kTargetSource,
                     .schema = types::WithoutNotes(metadata.schema),
                     .hidden_columns = 2};
  target.relation.schema.push_back(
      {.name = "__file", .type = types::Type(types::TypeId::kInt), .nullable = false});
  target.relation.schema.push_back(
      {.name = "__row", .type = types::Type(types::TypeId::kLong), .nullable = false});
  target.defaults = DefaultsOf(metadata);
  return target;
}

/// One statement on one snapshot of its table.
class Change {
 public:
  /// `added`: columns that the table has from this statement on.
  Change(OpenTable& open, Context& context, const types::Schema& added)
      : open_(open),
        context_(context),
        snapshot_(open.table->snapshot()),
        evolves_(!added.empty()) {
    if (!evolves_) return;
    // The rows that are there have NULL in them: the table as it will be, with its old files.
    auto evolved = std::make_shared<delta::Snapshot>(*snapshot_);
    types::Schema& schema = evolved->metadata.schema;
    schema.insert(schema.end(), added.begin(), added.end());
    evolved->metadata =
        delta::WithColumnMapping(std::move(evolved->metadata), &snapshot_->metadata);
    snapshot_ = std::move(evolved);
  }

  sql::BindOptions options() const { return {.time_zone = context_.host.time_zone()}; }

  /// `extra`: a rule of the statement itself.
  Status Begin(delta::RowEffect effect, const std::vector<bool>& given,
               std::optional<sql::TableRules::Check> extra) {
    identity_.emplace(open_.place.name, snapshot_->metadata, given);
    TRY(engine_, context_.host.OpenEngine());
    TRY(sql::TableRules rules, RulesOf(snapshot_->metadata, given));
    if (extra) rules.checks.push_back(std::move(*extra));
    TRY(rules_,
        RuleHolder::Make(rules, open_.place.name, snapshot_->metadata.schema, *engine_, options()));
    TRY(auto writer, delta::NewRuledWriter(*open_.place.store, open_.place.root, *snapshot_,
                                           context_.host.clock(), context_.host.random()));
    changes_.emplace(*open_.place.store, open_.place.root, snapshot_, std::move(writer), effect,
                     context_.host.clock(), context_.host.random());
    return {};
  }

  /// `several_may_match`: a row may end twice, which is then the same as once.
  Status Apply(sql::Plan plan, bool several_may_match) {
    sql::PruneColumns(plan);
    std::vector<std::unique_ptr<columnar::Relation>> owned;
    std::vector<const columnar::Relation*> relations;
    const std::vector<delta::Predicate> conditions = PushedDown(plan);
    for (const sql::Operator* op : sql::Scans(plan)) {
      const auto& scan = std::get<sql::Scan>(op->node);
      if (scan.source == kTargetSource) {
        reads_.may_match =
            delta::MayMatch(conditions.at(static_cast<size_t>(scan.index)), snapshot_->metadata);
        owned.push_back(delta::MakeOriginScan(*open_.place.store, open_.place.root, snapshot_,
                                              reads_.may_match));
      } else {
        // It may be this very table by another name, with other rows than those that change.
        reads_.whole_table = true;
        TRY(auto relation, context_.host.OpenScan(*op, context_.source));
        owned.push_back(std::move(relation));
      }
      relations.push_back(owned.back().get());
    }
    TRY(const auto query, engine_->Prepare(std::move(plan)));
    const engine::RunContext run{.now = context_.host.clock().Now(), .stop = context_.stop};
    TRY_DO(query->Run(relations, run,
                      [&](const Batch& batch) { return TakeIn(batch, several_may_match, run); }));
    return {};
  }

  Result<Applied> Finish() {
    TRY(delta::FileChanges files, changes_->Finish(ended_));
    return Applied{.files = std::move(files), .counts = counts_};
  }

  /// What the plans that were applied rest on.
  const delta::ReadSet& reads() const { return reads_; }
  const std::shared_ptr<const delta::Snapshot>& snapshot() const { return snapshot_; }
  sql::ChangeTarget Target() const { return TargetOf(open_, snapshot_->metadata); }
  bool evolves() const { return evolves_; }
  /// What the table says of itself from now on; absent when it stays.
  std::optional<delta::Metadata> metadata() const {
    return identity_ ? identity_->Changed() : std::nullopt;
  }

 private:
  Status TakeIn(const Batch& batch, bool several_may_match, const engine::RunContext& run) {
    const auto width = static_cast<int>(snapshot_->metadata.schema.size());
    const auto kinds = std::static_pointer_cast<arrow::Int32Array>(batch->column(width));
    const auto files = std::static_pointer_cast<arrow::Int32Array>(batch->column(width + 1));
    const auto rows = std::static_pointer_cast<arrow::Int64Array>(batch->column(width + 2));
    std::vector<int64_t> updates, inserts;
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      const auto kind = static_cast<RowChange>(kinds->Value(i));
      if (kind == RowChange::kInsert) {
        inserts.push_back(i);
        continue;
      }
      const bool update = kind == RowChange::kUpdate;
      const bool is_new = ended_[files->Value(i)]
                              .try_emplace(rows->Value(i), update ? delta::RowEnd::kUpdated
                                                                  : delta::RowEnd::kDeleted)
                              .second;
      if (!is_new && !several_may_match) {
        return Fail(MakeError(ErrorKind::kInvalidInput,
                              "merge into {}: several rows of the source match one row of the "
                              "table, and which of them counts is not defined",
                              open_.place.name)
                        .WithFix("keep one source row for each key: QUALIFY row_number() OVER "
                                 "(PARTITION BY key ORDER BY time DESC) = 1"));
      }
      if (update) updates.push_back(i);
      if (is_new && !update) ++counts_.deleted;
    }
    counts_.inserted += std::ssize(inserts);
    counts_.updated += std::ssize(updates);
    TRY_DO(Write(batch, updates, "update_postimage", run));
    return Write(batch, inserts, kInserted, run);
  }

  Status Write(const Batch& batch, const std::vector<int64_t>& rows, std::string_view change_type,
               const engine::RunContext& run) {
    if (rows.empty()) return {};
    std::vector<int> columns;
    for (size_t i = 0; i < snapshot_->metadata.schema.size(); ++i) {
      columns.push_back(static_cast<int>(i));
    }
    Batch values = batch->SelectColumns(columns).ValueOrDie();
    if (std::ssize(rows) < batch->num_rows()) {
      TRY(values, delta::TakeRows(values, rows));
    }
    if (change_type == kInserted) {
      TRY(values, identity_->Fill(values));
    } else {
      TRY_DO(identity_->CheckUpdate());
    }
    TRY(const std::vector<Batch> held, rules_->Hold(values, run));
    for (const Batch& each : held) TRY_DO(changes_->Write(each, change_type));
    return {};
  }

  OpenTable& open_;
  Context& context_;
  std::shared_ptr<const delta::Snapshot> snapshot_;
  const bool evolves_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<IdentityColumns> identity_;
  std::optional<RuleHolder> rules_;
  std::optional<delta::RowChanges> changes_;
  delta::EndedRows ended_;
  Counts counts_;
  delta::ReadSet reads_;
};

std::string Number(int64_t number) { return std::to_string(number); }

int64_t Bytes(const std::vector<delta::AddFile>& files) {
  int64_t bytes = 0;
  for (const delta::AddFile& file : files) bytes += file.size_bytes;
  return bytes;
}

using Metrics = std::map<std::string, std::string>;

/// Source: Spark, DeletionVectorsMetrics: a vector that replaces another one counts as all three.
void AddVectorMetrics(const delta::FileChanges& files, std::string_view prefix, Metrics& metrics) {
  const auto had_vector = [](const delta::AddFile& file) {
    return !file.deletion_vector_id().empty();
  };
  const auto updated = std::ranges::count_if(
      files.vectors, [&](const delta::VectorChange& change) { return had_vector(change.before); });
  const auto gone = std::ranges::count_if(files.removes, had_vector);
  const auto name = [&](const char* what) {
    return fmt::format("{}DeletionVectors{}", prefix, what);
  };
  metrics[name("Added")] = Number(std::ssize(files.vectors));
  metrics[name("Updated")] = Number(updated);
  metrics[name("Removed")] = Number(updated + gone);
}

Metrics FileMetrics(const Applied& applied) {
  Metrics metrics = {{"numAddedFiles", Number(std::ssize(applied.files.adds))},
                     {"numRemovedFiles", Number(std::ssize(applied.files.removes))},
                     {"numAddedBytes", Number(Bytes(applied.files.adds))},
                     {"numRemovedBytes", Number(Bytes(applied.files.removes))},
                     {"numAddedChangeFiles", Number(std::ssize(applied.files.change_files))},
                     {"numCopiedRows", Number(applied.files.copied_rows)}};
  AddVectorMetrics(applied.files, "num", metrics);
  return metrics;
}

/// Commits what was made of the table's snapshot. A statement without effect leaves no version.
Status Commit(OpenTable& open, const Change& change, Applied applied,
              delta::CommitRequest request) {
  request.adds = std::move(applied.files.adds);
  for (delta::AddFile& file : applied.files.removes) request.removes.push_back(std::move(file));
  for (delta::VectorChange& change : applied.files.vectors) {
    request.removes.push_back(std::move(change.before));
    request.adds.push_back(std::move(change.after));
  }
  request.change_files = std::move(applied.files.change_files);
  request.read_version = change.snapshot()->version;
  if (change.evolves()) request.metadata = change.snapshot()->metadata;
  if (auto marked = change.metadata()) request.metadata = std::move(marked);
  const bool is_empty = request.adds.empty() && request.removes.empty();
  if (is_empty && !request.overwrite && !request.metadata) return {};
  if (request.adds.empty() && request.removes.empty() && !request.overwrite) return {};
  auto version = open.table->Commit(request);
  if (version) return {};
  Error error = std::move(version).error();
  if (error.kind == ErrorKind::kConflict && error.fix.empty()) {
    error.fix = "nothing was changed: run the statement again";
  }
  return Fail(std::move(error));
}

CommandResult AffectedRows(int64_t count) {
  return MakeRows({NumberColumn("num_affected_rows")}, {{count}});
}

/// What tells DELETE and UPDATE apart once they are bound.
struct RowStatement {
  const char* operation;
  const char* metric;
  int64_t Counts::*count;
  delta::RowEffect effect;
};
constexpr RowStatement kDelete{"DELETE", "numDeletedRows", &Counts::deleted,
                               delta::RowEffect::kDeletes};
constexpr RowStatement kUpdate{"UPDATE", "numUpdatedRows", &Counts::updated,
                               delta::RowEffect::kAny};

/// `where`: null for all rows.
Result<CommandResult> ChangeRows(OpenTable& open, Change& change, sql::BoundChange bound,
                                 const sql::Expr* where, const RowStatement& kind,
                                 const Context& context) {
  TRY_DO(change.Begin(kind.effect, bound.given, std::nullopt));
  TRY_DO(change.Apply(std::move(bound.plan), false));
  TRY(Applied applied, change.Finish());
  const Counts counts = applied.counts;
  delta::CommitRequest request;
  request.operation = kind.operation;
  request.operation_parameters["predicate"] =
      JsonPredicate(where != nullptr ? TextOf(context.source, where->span) : "");
  request.operation_metrics = FileMetrics(applied);
  request.operation_metrics[kind.metric] = Number(counts.*kind.count);
  request.reads = change.reads();
  TRY_DO(Commit(open, change, std::move(applied), std::move(request)));
  CommandResult result = AffectedRows(counts.*kind.count);
  WarnOfStreams(open, counts.updated + counts.deleted > 0, result);
  return result;
}

bool SamePartition(const delta::AddFile& left, const delta::AddFile& right) {
  return left.partition_values == right.partition_values;
}

}  // namespace

Result<CommandResult> Insert(OpenTable& open, const sql::InsertInto& insert, Context& context) {
  TRY(const types::Schema added, AddedColumns(insert, *open.table->snapshot(), context));
  Change change(open, context, added);
  const sql::ChangeTarget target = change.Target();
  TRY(sql::BoundChange bound,
      sql::BindInsert(insert, context.source, context.host.catalog(), change.options(), target));
  std::optional<sql::TableRules::Check> extra;
  const bool replaces = insert.replace_where != nullptr;
  const std::string predicate = replaces ? TextOf(context.source, insert.replace_where->span) : "";
  if (replaces) extra = {.name = "REPLACE WHERE", .sql = predicate};
  TRY_DO(change.Begin(replaces ? delta::RowEffect::kDeletes : delta::RowEffect::kAdds, bound.given,
                      std::move(extra)));
  delta::CommitRequest request;
  request.operation_parameters["mode"] =
      replaces || insert.overwrite ? "\"Overwrite\"" : "\"Append\"";
  request.operation_parameters["partitionBy"] = "\"[]\"";
  if (replaces) {
    request.operation_parameters["predicate"] = JsonText(predicate);
    TRY(sql::BoundChange ended, sql::BindDelete(insert.replace_where.get(), {}, context.source,
                                                context.host.catalog(), change.options(), target));
    TRY_DO(change.Apply(std::move(ended.plan), false));
  }
  TRY_DO(change.Apply(std::move(bound.plan), false));
  if (replaces) request.reads = change.reads();
  TRY(Applied applied, change.Finish());
  const int64_t inserted = applied.counts.inserted;
  if (insert.overwrite) {
    const bool dynamic =
        Upper(context.host.Setting("spark.sql.sources.partitionOverwriteMode")) == "DYNAMIC" &&
        !change.snapshot()->metadata.partition_columns.empty();
    request.overwrite = !dynamic;
    for (const delta::AddFile& file : change.snapshot()->files) {
      const bool replaced = std::ranges::any_of(
          applied.files.adds, [&](const auto& added) { return SamePartition(added, file); });
      if (dynamic && replaced) request.removes.push_back(file);
    }
    if (dynamic) request.reads.whole_table = true;
  }
  CommandResult result;
  WarnOfStreams(open, applied.counts.updated + applied.counts.deleted > 0, result);
  TRY_DO(Commit(open, change, std::move(applied), std::move(request)));
  std::vector<Error> warnings = std::move(result.warnings);
  result = MakeRows({NumberColumn("num_affected_rows"), NumberColumn("num_inserted_rows")},
                    {{inserted, inserted}});
  result.warnings = std::move(warnings);
  return result;
}

Result<CommandResult> Run(const sql::InsertInto& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "insert into", context));
  return Insert(open, command, context);
}

Result<CommandResult> Run(const sql::DeleteFrom& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "delete from", context));
  Change change(open, context, {});
  TRY(sql::BoundChange bound,
      sql::BindDelete(command.where.get(), command.alias, context.source, context.host.catalog(),
                      change.options(), change.Target()));
  return ChangeRows(open, change, std::move(bound), command.where.get(), kDelete, context);
}

Result<CommandResult> Run(const sql::UpdateTable& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "update", context));
  Change change(open, context, {});
  TRY(sql::BoundChange bound, sql::BindUpdate(command, context.source, context.host.catalog(),
                                              change.options(), change.Target()));
  return ChangeRows(open, change, std::move(bound), command.where.get(), kUpdate, context);
}

Result<CommandResult> Run(const sql::MergeInto& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "merge into", context));
  TRY(const types::Schema added, AddedColumns(command, *open.table->snapshot(), context));
  Change change(open, context, added);
  TRY(sql::BoundChange bound, sql::BindMerge(command, context.source, context.host.catalog(),
                                             change.options(), change.Target()));
  int64_t matched_clauses = 0;
  bool only_delete = false;
  for (const sql::MergeClause& clause : command.clauses) {
    if (clause.match != sql::MergeMatch::kMatched) continue;
    ++matched_clauses;
    only_delete = clause.action == sql::MergeAction::kDelete && clause.condition == nullptr;
  }
  TRY_DO(change.Begin(delta::RowEffect::kAny, bound.given, std::nullopt));
  TRY_DO(change.Apply(std::move(bound.plan), only_delete && matched_clauses == 1));
  TRY(Applied applied, change.Finish());
  const Counts counts = applied.counts;
  delta::CommitRequest request;
  request.operation = "MERGE";
  request.operation_parameters["predicate"] =
      JsonPredicate(TextOf(context.source, command.on->span));
  request.operation_metrics = {
      {"numTargetRowsInserted", Number(counts.inserted)},
      {"numTargetRowsUpdated", Number(counts.updated)},
      {"numTargetRowsDeleted", Number(counts.deleted)},
      {"numTargetRowsCopied", Number(applied.files.copied_rows)},
      {"numOutputRows", Number(counts.inserted + counts.updated + applied.files.copied_rows)},
      {"numTargetFilesAdded", Number(std::ssize(applied.files.adds))},
      {"numTargetFilesRemoved", Number(std::ssize(applied.files.removes))},
      {"numTargetChangeFilesAdded", Number(std::ssize(applied.files.change_files))}};
  AddVectorMetrics(applied.files, "numTarget", request.operation_metrics);
  request.reads = change.reads();
  TRY_DO(Commit(open, change, std::move(applied), std::move(request)));
  CommandResult result =
      MakeRows({NumberColumn("num_affected_rows"), NumberColumn("num_updated_rows"),
                NumberColumn("num_deleted_rows"), NumberColumn("num_inserted_rows")},
               {{counts.inserted + counts.updated + counts.deleted, counts.updated, counts.deleted,
                 counts.inserted}});
  WarnOfStreams(open, counts.updated + counts.deleted > 0, result);
  return result;
}

Result<CommandResult> Run(const sql::TruncateTable& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "truncate", context));
  const auto snapshot = open.table->snapshot();
  delta::CommitRequest request;
  request.operation = "TRUNCATE";
  request.operation_metrics = {{"numRemovedFiles", Number(std::ssize(snapshot->files))}};
  for (const delta::AddFile& file : snapshot->files) request.removes.push_back(file);
  request.reads.whole_table = true;
  request.read_version = snapshot->version;
  if (!request.removes.empty()) TRY_DO(open.table->Commit(request));
  CommandResult result;
  WarnOfStreams(open, !request.removes.empty(), result);
  return result;
}

}  // namespace oresmith::command
