#include "delta/commit.h"

#include <algorithm>
#include <iterator>

#include "delta/evolution.h"
#include "delta/json_internal.h"
#include "delta/protocol.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

/// A list as the text of a JSON string that holds JSON: how Spark writes partitionBy.
std::string TextOfList(const std::vector<std::string>& names) {
  std::string list = "[";
  for (const std::string& name : names) {
    if (list.size() > 1) list += ',';
    AppendJsonText(name, list);
  }
  std::string text;
  AppendJsonText(list + "]", text);
  return text;
}

std::vector<std::pair<std::string, std::string>> Metrics(const Actions& actions,
                                                         const CommitRequest& request) {
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const AddFile& file : actions.adds) {
    rows += std::max<int64_t>(0, file.num_records);
    bytes += file.size_bytes;
  }
  std::vector<std::pair<std::string, std::string>> metrics;
  if (request.operation == "STREAMING UPDATE") {
    metrics.emplace_back("numRemovedFiles", std::to_string(actions.removes.size()));
    metrics.emplace_back("numOutputRows", std::to_string(rows));
    metrics.emplace_back("numOutputBytes", std::to_string(bytes));
    metrics.emplace_back("numAddedFiles", std::to_string(actions.adds.size()));
    return metrics;
  }
  metrics.emplace_back("numFiles", std::to_string(actions.adds.size()));
  metrics.emplace_back("numOutputRows", std::to_string(rows));
  metrics.emplace_back("numOutputBytes", std::to_string(bytes));
  if (request.overwrite) {
    metrics.emplace_back("numRemovedFiles", std::to_string(actions.removes.size()));
  }
  return metrics;
}

RemoveFile Tombstone(const AddFile& file, int64_t now_ms) {
  return RemoveFile{.path = file.path,
                    .deletion_ms = now_ms,
                    .data_change = true,
                    .extended = true,
                    .partition_values = file.partition_values,
                    .size_bytes = file.size_bytes,
                    .extras = file.extras};
}

void AppendAll(const Actions& actions, std::string& text) {
  if (actions.protocol) AppendJson(*actions.protocol, text);
  if (actions.metadata) AppendJson(*actions.metadata, text);
  for (const Transaction& transaction : actions.transactions) AppendJson(transaction, text);
  for (const RemoveFile& file : actions.removes) AppendJson(file, text);
  for (const AddFile& file : actions.adds) AppendJson(file, text);
}

/// One byte that is no UTF-8 would make the version, and so the table, unreadable for everybody.
Status CheckText(std::string_view table, std::string_view text) {
  if (IsUtf8(text)) return {};
  return Fail(ErrorKind::kInvalidInput,
              "commit {}: a name, description or value in the commit is no UTF-8 text", table);
}

bool SameProtocol(const Protocol& left, const Protocol& right) {
  return left.min_reader_version == right.min_reader_version &&
         left.min_writer_version == right.min_writer_version &&
         left.reader_features == right.reader_features &&
         left.writer_features == right.writer_features;
}

// Properties that need nothing of a writer that appends and overwrites whole tables, or that this
// library follows. Others of Delta's are refused by name on create.
constexpr std::string_view kKnownProperties[] = {
    "delta.appendOnly",
    "delta.autoOptimize.autoCompact",
    "delta.autoOptimize.optimizeWrite",
    "delta.checkpoint.writeStatsAsJson",
    "delta.checkpoint.writeStatsAsStruct",
    "delta.checkpointInterval",
    "delta.checkpointRetentionDuration",
    "delta.dataSkippingNumIndexedCols",
    "delta.dataSkippingStatsColumns",
    "delta.deletedFileRetentionDuration",
    "delta.enableChangeDataFeed",
    "delta.enableExpiredLogCleanup",
    "delta.isolationLevel",
    "delta.logRetentionDuration",
    "delta.minReaderVersion",
    "delta.minWriterVersion",
    "delta.parquet.compression.codec",
    "delta.randomizeFilePrefixes",
    "delta.setTransactionRetentionDuration",
    "delta.targetFileSize",
    "delta.tuneFileSizesForRewrites",
};

Status CheckNewProperties(std::string_view table, const Properties& configuration) {
  for (const auto& [name, value] : configuration) {
    if (!name.starts_with("delta.") || std::ranges::count(kKnownProperties, name) > 0) continue;
    // A feature that is turned off is not used.
    if (value == "false" || value == "none" || value == "classic") continue;
    Error error = MakeError(ErrorKind::kUnsupported,
                            "{}: table property '{}' = '{}' is not supported", table, name, value);
    error.fix = "leave the property out: tables are written so that every reader can read them";
    return Fail(std::move(error));
  }
  return {};
}

Status CheckNewMetadata(std::string_view table, const TableState& state,
                        const CommitRequest& request) {
  const Metadata& metadata = *request.metadata;
  TRY_DO(CheckNewSchema(table, metadata.schema, metadata.partition_columns));
  Properties changed;
  std::ranges::set_difference(metadata.configuration, state.metadata().configuration,
                              std::inserter(changed, changed.end()));
  TRY_DO(CheckNewProperties(table, changed));
  if (request.overwrite || state.files().empty()) return {};
  if (metadata.partition_columns != state.metadata().partition_columns) {
    return Fail(ErrorKind::kInvalidInput,
                "commit {}: partition columns cannot change without an overwrite", table);
  }
  auto status = CheckEvolution(state.metadata().schema, metadata.schema);
  if (status) return {};
  return Fail(std::move(status).error().Within(fmt::format("commit {}", table)));
}

Protocol ProtocolOf(const CreateOptions& options) {
  Protocol protocol;
  if (IsSet(options.configuration, "delta.enableChangeDataFeed")) {
    protocol.min_writer_version = 7;
    protocol.writer_features = {"changeDataFeed", "invariants", "appendOnly"};
  }
  return WithFeaturesOf(std::move(protocol), options.schema);
}

}  // namespace

Status CheckRequest(std::string_view table, const TableState& state, const CommitRequest& request) {
  TRY_DO(CheckWritable(table, state.protocol(), state.metadata()));
  if (request.overwrite && !state.files().empty() &&
      IsSet(state.metadata().configuration, "delta.appendOnly")) {
    Error error = MakeError(ErrorKind::kInvalidInput,
                            "commit {}: the table only takes appends (delta.appendOnly)", table);
    error.fix = "set the table property delta.appendOnly to false first";
    return Fail(std::move(error));
  }
  if (!request.metadata) return {};
  return CheckNewMetadata(table, state, request);
}

Result<PreparedCommit> PrepareCommit(std::string_view table, const TableState& state,
                                     const CommitRequest& request, int64_t now_ms,
                                     const std::string& txn_id) {
  Actions actions;
  if (request.metadata) {
    actions.metadata = request.metadata;
    // Who changes a table keeps what makes it that table.
    actions.metadata->id = state.metadata().id;
    if (actions.metadata->created_ms == 0) {
      actions.metadata->created_ms = state.metadata().created_ms;
    }
    Protocol protocol = WithFeaturesOf(state.protocol(), request.metadata->schema);
    if (!SameProtocol(protocol, state.protocol())) actions.protocol = std::move(protocol);
  }
  for (const AppTransaction& transaction : request.transactions) {
    actions.transactions.push_back({transaction.app_id, transaction.version, now_ms});
  }
  if (request.overwrite) {
    for (const AddFile& file : state.files()) actions.removes.push_back(Tombstone(file, now_ms));
  }
  actions.adds = request.adds;
  PreparedCommit prepared;
  AppendJson(CommitInfoLine{.timestamp_ms = now_ms,
                            .operation = request.operation,
                            .operation_parameters = request.operation_parameters,
                            .read_version = state.version(),
                            .is_blind_append = !request.overwrite && !request.metadata,
                            .operation_metrics = Metrics(actions, request),
                            .txn_id = txn_id},
             prepared.text);
  AppendAll(actions, prepared.text);
  TRY_DO(CheckText(table, prepared.text));
  actions.commit =
      CommitDescription{.info = {.timestamp_ms = now_ms, .operation = request.operation},
                        .txn_id = txn_id,
                        .in_commit_timestamp_ms = std::nullopt};
  prepared.actions = std::move(actions);
  return prepared;
}

Status CheckConflict(std::string_view table, const CommitBase& base, const CommitRequest& request,
                     Version version, const Actions& winner) {
  const auto conflict = [&](std::string_view reason) {
    return Fail(ErrorKind::kConflict, "commit {}: version {} was written by somebody else: {}",
                table, Number(version), reason);
  };
  for (const Transaction& theirs : winner.transactions) {
    for (const AppTransaction& ours : request.transactions) {
      if (theirs.app_id != ours.app_id) continue;
      auto failure = conflict(fmt::format("it carries our application '{}' (version {})",
                                          theirs.app_id, theirs.version));
      failure.value().fix = "a second instance writes this table: stop one of them";
      return failure;
    }
  }
  if (request.metadata && (winner.metadata || winner.protocol)) {
    return conflict("it changed the table's schema or properties, and so do we");
  }
  if (request.overwrite && (!winner.adds.empty() || !winner.removes.empty())) {
    return conflict("it changed rows that we are about to replace");
  }
  if (!winner.metadata || request.adds.empty()) return {};
  if (winner.metadata->partition_columns != base.partition_columns) {
    return conflict("it changed the partition columns");
  }
  const Status compatible = CheckEvolution(base.schema, winner.metadata->schema);
  if (compatible) return {};
  return conflict(compatible.error().message);
}

Result<PreparedCommit> PrepareCreate(std::string_view table, const CreateOptions& options,
                                     const std::string& table_id, int64_t now_ms,
                                     const std::string& txn_id) {
  TRY_DO(CheckNewSchema(table, options.schema, options.partition_columns));
  TRY_DO(CheckNewProperties(table, options.configuration));
  PreparedCommit prepared;
  Actions& actions = prepared.actions;
  actions.protocol = ProtocolOf(options);
  actions.metadata = Metadata{.id = table_id,
                              .name = options.name,
                              .description = options.description,
                              .schema = options.schema,
                              .partition_columns = options.partition_columns,
                              .configuration = options.configuration,
                              .created_ms = now_ms};
  AppendJson(CommitInfoLine{.timestamp_ms = now_ms,
                            .operation = "CREATE TABLE",
                            .operation_parameters = {{"partitionBy",
                                                      TextOfList(options.partition_columns)}},
                            .read_version = std::nullopt,
                            .is_blind_append = true,
                            .operation_metrics = {},
                            .txn_id = txn_id},
             prepared.text);
  AppendAll(actions, prepared.text);
  TRY_DO(CheckText(table, prepared.text));
  actions.commit = CommitDescription{.info = {.timestamp_ms = now_ms, .operation = "CREATE TABLE"},
                                     .txn_id = txn_id,
                                     .in_commit_timestamp_ms = std::nullopt};
  return prepared;
}

}  // namespace oresmith::delta
