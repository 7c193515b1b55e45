#include "delta/commit.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "delta/column_mapping.h"
#include "delta/evolution.h"
#include "delta/features.h"
#include "delta/json_internal.h"
#include "delta/protocol.h"
#include "delta/type_widening.h"
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

using MetricList = std::vector<std::pair<std::string, std::string>>;

MetricList Metrics(const Actions& actions, const CommitRequest& request) {
  int64_t rows = 0;
  int64_t bytes = 0;
  for (const AddFile& file : actions.adds) {
    rows += std::max<int64_t>(0, file.num_records);
    bytes += file.size_bytes;
  }
  MetricList metrics(request.operation_metrics.begin(), request.operation_metrics.end());
  const auto add = [&](const char* name, int64_t number) {
    if (!request.operation_metrics.contains(name)) {
      metrics.emplace_back(name, std::to_string(number));
    }
  };
  const bool streams = request.operation == "STREAMING UPDATE";
  const bool writes = streams || request.operation_metrics.empty();
  if (!writes) return metrics;
  if (streams) add("numRemovedFiles", std::ssize(actions.removes));
  if (!streams) add("numFiles", std::ssize(actions.adds));
  add("numOutputRows", rows);
  add("numOutputBytes", bytes);
  if (streams) add("numAddedFiles", std::ssize(actions.adds));
  if (!streams && !actions.removes.empty()) add("numRemovedFiles", std::ssize(actions.removes));
  return metrics;
}

RemoveFile Tombstone(const AddFile& file, int64_t now_ms, bool data_change) {
  RemoveFile tombstone{.path = file.path,
                       .deletion_ms = now_ms,
                       .data_change = data_change,
                       .extended = true,
                       .partition_values = file.partition_values,
                       .size_bytes = file.size_bytes,
                       .extras = file.extras};
  if (file.extras == nullptr || file.extras->clustering_provider.empty()) return tombstone;
  // The one thing that only a file that is there says.
  auto extras = std::make_shared<FileExtras>(*file.extras);
  extras->clustering_provider.clear();
  tombstone.extras = std::move(extras);
  return tombstone;
}

void AppendAll(const Actions& actions, std::string& text) {
  if (actions.protocol) AppendJson(*actions.protocol, text);
  if (actions.metadata) AppendJson(*actions.metadata, text);
  for (const Transaction& transaction : actions.transactions) AppendJson(transaction, text);
  for (const RemoveFile& file : actions.removes) AppendJson(file, text);
  for (const AddFile& file : actions.adds) AppendJson(file, text);
  for (const ChangeFile& file : actions.changes) AppendJson(file, text);
  for (const DomainMetadata& domain : actions.domains) AppendJson(domain, text);
}

/// One byte that is no UTF-8 would make the version, and so the table, unreadable for everybody.
Status CheckText(std::string_view table, std::string_view text) {
  if (IsUtf8(text)) return {};
  return Fail(ErrorKind::kInvalidInput,
              "commit {}: a name, description or value in the commit is no UTF-8 text", table);
}

constexpr const char* kInCommitTimestamps = "delta.enableInCommitTimestamps";

/// At least the versions of `least`, with all features of `protocol`.
Protocol Raise(const Protocol& protocol, const Protocol& least) {
  Protocol raised = least;
  raised.min_reader_version = std::max(raised.min_reader_version, protocol.min_reader_version);
  if (protocol.min_writer_version > raised.min_writer_version) {
    raised.min_writer_version = protocol.min_writer_version;
    raised.writer_features = protocol.writer_features;
  }
  if (protocol.reader_features) raised.reader_features = protocol.reader_features;
  return WithFeatures(raised, FeaturesOf(protocol));
}

bool SameProtocol(const Protocol& left, const Protocol& right) {
  return left.min_reader_version == right.min_reader_version &&
         left.min_writer_version == right.min_writer_version &&
         left.reader_features == right.reader_features &&
         left.writer_features == right.writer_features;
}

constexpr std::string_view kRestore = "RESTORE";

Status CheckNewMetadata(std::string_view table, const TableState& state,
                        const CommitRequest& request) {
  const Metadata& metadata = *request.metadata;
  // RESTORE goes back to the schema with which the files that stay were written.
  const bool goes_back = request.operation == kRestore;
  if (!goes_back) {
    TRY_DO(CheckMappingChange(table, state.metadata().configuration, metadata.configuration));
  }
  TRY_DO(CheckNewSchema(table, metadata));
  Properties changed;
  std::ranges::set_difference(metadata.configuration, state.metadata().configuration,
                              std::inserter(changed, changed.end()));
  TRY(const ProtocolWish wish, TakeProtocolWish(table, changed));
  static_cast<void>(wish);
  TRY_DO(CheckNewProperties(fmt::format("commit {}", table), changed));
  if (request.overwrite || goes_back || state.is_empty()) return {};
  if (PartitionKeys(metadata) != PartitionKeys(state.metadata())) {
    return Fail(ErrorKind::kInvalidInput,
                "commit {}: partition columns cannot change without an overwrite", table);
  }
  auto status = CheckEvolution(state.metadata(), metadata);
  if (status) return {};
  return Fail(std::move(status).error().Within(fmt::format("commit {}", table)));
}

/// Errors: kConflict for a file that is not part of the table.
Status CheckRemoves(std::string_view table, const TableState& state, const CommitRequest& request) {
  for (const AddFile& file : request.removes) {
    if (state.Holds(file)) continue;
    return Fail(ErrorKind::kConflict, "commit {}: the file to be removed is not in version {}: {}",
                table, Number(state.version()), file.path);
  }
  const bool deletes =
      request.data_change && (request.overwrite ? !state.is_empty() : !request.removes.empty());
  if (!deletes || !IsSet(state.metadata().configuration, "delta.appendOnly")) return {};
  Error error = MakeError(ErrorKind::kInvalidInput,
                          "commit {}: the table only takes appends (delta.appendOnly)", table);
  error.fix = "set the table property delta.appendOnly to false first";
  return Fail(std::move(error));
}

constexpr std::string_view kRowTrackingDomain = "delta.rowTracking";

/// One domain at most once, none of Delta's own, and only where readers know to look.
Status CheckDomains(std::string_view table, const CommitRequest& request) {
  std::set<std::string> seen;
  for (const DomainMetadata& domain : request.domains) {
    if (!seen.insert(domain.domain).second) {
      return Fail(ErrorKind::kInvalidInput, "commit {}: domain '{}' is there twice", table,
                  domain.domain);
    }
    if (domain.domain != kRowTrackingDomain) continue;
    return Fail(ErrorKind::kInvalidInput, "commit {}: domain '{}' is kept by the log itself", table,
                domain.domain);
  }
  return {};
}

/// The metadata to be written, and the protocol when it changes.
Status AddMetadata(std::string_view table, const TableState& state, const CommitRequest& request,
                   Actions& actions) {
  std::vector<std::string> features = request.features;
  if (!request.domains.empty()) features.emplace_back("domainMetadata");
  Protocol protocol = state.protocol();
  if (request.metadata) {
    actions.metadata = request.metadata;
    // Who changes a table keeps what makes it that table.
    actions.metadata->id = state.metadata().id;
    if (actions.metadata->created_ms == 0) {
      actions.metadata->created_ms = state.metadata().created_ms;
    }
    actions.metadata = WithColumnMapping(std::move(*actions.metadata), &state.metadata());
    // With new files alone there is nothing that older types could be of.
    const bool keeps_files = !request.overwrite && request.operation != kRestore;
    if (keeps_files && !state.is_empty()) {
      actions.metadata = WithTypeChanges(state.metadata(), std::move(*actions.metadata));
    }
    TRY(const ProtocolWish wish, TakeProtocolWish(table, actions.metadata->configuration));
    std::ranges::copy(wish.features, std::back_inserter(features));
    std::ranges::copy(NeededFeatures(*actions.metadata), std::back_inserter(features));
    if (wish.least.min_writer_version > protocol.min_writer_version ||
        wish.least.min_reader_version > protocol.min_reader_version) {
      protocol = Raise(protocol, wish.least);
    }
  }
  std::erase_if(features, [&](const std::string& name) {
    return HasFeature(protocol, name) && protocol.min_reader_version <= 3;
  });
  TRY_DO(CheckNewFeatures(fmt::format("commit {}", table), features));
  protocol = WithFeatures(protocol, features);
  if (!SameProtocol(protocol, state.protocol())) actions.protocol = std::move(protocol);
  return {};
}

/// Turns on what only takes effect from a version on, and so must be written anew in each try.
Status EnableByVersion(std::string_view table, const TableState& state, int64_t timestamp_ms,
                       Actions& actions) {
  if (!actions.metadata) return {};
  Properties& configuration = actions.metadata->configuration;
  const bool is_new = Number(state.version()) < 0;
  const auto turned_on = [&](const char* name) {
    return IsSet(configuration, name) && (is_new || !IsSet(state.metadata().configuration, name));
  };
  if (turned_on(kInCommitTimestamps) && !is_new) {
    configuration["delta.inCommitTimestampEnablementVersion"] =
        std::to_string(Number(state.version()) + 1);
    configuration["delta.inCommitTimestampEnablementTimestamp"] = std::to_string(timestamp_ms);
  }
  if (turned_on("delta.enableRowTracking")) {
    if (!is_new && !state.is_empty()) {
      Error error =
          MakeError(ErrorKind::kUnsupported,
                    "commit {}: row tracking cannot be turned on for a table that has rows", table);
      error.fix = "make a new table with delta.enableRowTracking and copy the rows";
      return Fail(std::move(error));
    }
    // The table's id makes names that no column has, and the same ones in each try.
    const std::string& id = actions.metadata->id;
    configuration.try_emplace("delta.rowTracking.materializedRowIdColumnName", "_row-id-col-" + id);
    configuration.try_emplace("delta.rowTracking.materializedRowCommitVersionColumnName",
                              "_row-commit-version-col-" + id);
  }
  return {};
}

/// Gives new rows their numbers. Errors: kInvalidInput for files that do not say how many they
/// hold.
Status NumberRows(std::string_view table, const TableState& state, Actions& actions) {
  const Protocol& protocol = actions.protocol ? *actions.protocol : state.protocol();
  const Metadata& metadata = actions.metadata ? *actions.metadata : state.metadata();
  if (!HasFeature(protocol, "rowTracking")) return {};
  if (IsSet(metadata.configuration, "delta.rowTrackingSuspended")) return {};
  const int64_t before = RowIdHighWaterMark(state);
  int64_t last = before;
  for (AddFile& file : actions.adds) {
    if (file.extras != nullptr && file.extras->base_row_id) continue;
    if (file.num_records < 0) {
      return Fail(ErrorKind::kInvalidInput,
                  "commit {}: file {}: the table tracks rows, and the file's statistics do not say "
                  "how many there are",
                  table, file.path);
    }
    FileExtras extras = file.extras == nullptr ? FileExtras() : *file.extras;
    extras.base_row_id = last + 1;
    extras.default_row_commit_version = Number(state.version()) + 1;
    last += file.num_records;
    file.extras = std::make_shared<const FileExtras>(std::move(extras));
  }
  if (last == before) return {};
  actions.domains.push_back({.domain = std::string(kRowTrackingDomain),
                             .configuration = fmt::format(R"({{"rowIdHighWaterMark":{}}})", last)});
  return {};
}

/// The time that the commit bears, when the table says that commits bear one.
std::optional<int64_t> InCommitTimestamp(const TableState& state, const Actions& actions,
                                         int64_t now_ms) {
  const Metadata& metadata = actions.metadata ? *actions.metadata : state.metadata();
  if (!IsSet(metadata.configuration, kInCommitTimestamps)) return std::nullopt;
  return std::max(now_ms, state.timestamp_ms() + 1);
}

std::string_view IsolationName(const CommitRequest& request, const Properties& configuration) {
  if (!request.data_change) return "SnapshotIsolation";
  return IsolationOf(request, configuration) == Isolation::kWriteSerializable ? "WriteSerializable"
                                                                              : "Serializable";
}

/// The rows that are not new carry their numbers only if whoever rewrote them saw to it.
std::map<std::string, std::string> Tags(const TableState& state, const Actions& actions) {
  if (actions.removes.empty() || actions.adds.empty()) return {};
  if (!HasFeature(state.protocol(), "rowTracking")) return {};
  return {{"delta.rowTracking.preserved", "false"}};
}

Status AddFiles(std::string_view table, const TableState& state, const CommitRequest& request,
                int64_t now_ms, Actions& actions) {
  if (request.overwrite) {
    for (const AddFile& file : state.files()) {
      actions.removes.push_back(Tombstone(file, now_ms, request.data_change));
    }
  }
  for (const AddFile& file : request.removes) {
    actions.removes.push_back(Tombstone(file, now_ms, request.data_change));
  }
  actions.adds = request.adds;
  for (AddFile& file : actions.adds) file.data_change = request.data_change;
  actions.changes = request.change_files;
  actions.domains = request.domains;
  return NumberRows(table, state, actions);
}

}  // namespace

bool IsBlindAppend(const CommitRequest& request) {
  return request.removes.empty() && !request.overwrite && request.reads.empty() &&
         request.change_files.empty() && request.domains.empty() && request.features.empty() &&
         !request.metadata;
}

Isolation IsolationOf(const CommitRequest& request, const Properties& configuration) {
  if (request.isolation != Isolation::kTable) return request.isolation;
  return PropertyOr(configuration, "delta.isolationLevel", "Serializable") == "WriteSerializable"
             ? Isolation::kWriteSerializable
             : Isolation::kSerializable;
}

Status CheckRequest(std::string_view table, const TableState& state, const CommitRequest& request) {
  TRY_DO(CheckCommittable(table, state.protocol(), state.metadata()));
  TRY_DO(CheckRemoves(table, state, request));
  TRY_DO(CheckDomains(table, request));
  if (!request.metadata) return {};
  return CheckNewMetadata(table, state, request);
}

Result<PreparedCommit> PrepareCommit(std::string_view table, const TableState& state,
                                     const CommitRequest& request, const CommitTry& attempt) {
  const int64_t now_ms = attempt.now_ms;
  PreparedCommit prepared;
  Actions& actions = prepared.actions;
  TRY_DO(AddMetadata(table, state, request, actions));
  for (const AppTransaction& transaction : request.transactions) {
    actions.transactions.push_back({transaction.app_id, transaction.version, now_ms});
  }
  TRY_DO(AddFiles(table, state, request, now_ms, actions));
  const std::optional<int64_t> in_commit_ms = InCommitTimestamp(state, actions, now_ms);
  TRY_DO(EnableByVersion(table, state, in_commit_ms.value_or(now_ms), actions));
  AppendJson(
      CommitInfoLine{.in_commit_timestamp_ms = in_commit_ms,
                     .timestamp_ms = now_ms,
                     .operation = request.operation,
                     .operation_parameters = request.operation_parameters,
                     .read_version = state.version(),
                     .isolation_level = IsolationName(request, state.metadata().configuration),
                     .is_blind_append = IsBlindAppend(request),
                     .operation_metrics = Metrics(actions, request),
                     .user_metadata = request.user_metadata,
                     .tags = Tags(state, actions),
                     .txn_id = attempt.txn_id},
      prepared.text);
  AppendAll(actions, prepared.text);
  TRY_DO(CheckText(table, prepared.text));
  actions.commit = CommitDescription{.info = {.timestamp_ms = now_ms},
                                     .txn_id = attempt.txn_id,
                                     .in_commit_timestamp_ms = in_commit_ms};
  return prepared;
}

Result<PreparedCommit> PrepareCreate(std::string_view table, const CreateOptions& options,
                                     const std::string& table_id, int64_t now_ms,
                                     const std::string& txn_id) {
  PreparedCommit prepared;
  Actions& actions = prepared.actions;
  actions.metadata = Metadata{.id = table_id,
                              .name = options.name,
                              .description = options.description,
                              .schema = options.schema,
                              .partition_columns = options.partition_columns,
                              .configuration = options.configuration,
                              .created_ms = now_ms};
  TRY_DO(CheckNewSchema(table, *actions.metadata));
  actions.metadata = WithColumnMapping(std::move(*actions.metadata), nullptr);
  const std::string place = fmt::format("create {}", table);
  TRY(const ProtocolWish wish, TakeProtocolWish(place, actions.metadata->configuration));
  TRY_DO(CheckNewProperties(place, actions.metadata->configuration));
  std::vector<std::string> features = NeededFeatures(*actions.metadata);
  std::ranges::copy(wish.features, std::back_inserter(features));
  // What every table of version 2 has is not asked for.
  std::erase_if(features, [&](const std::string& name) { return HasFeature(wish.least, name); });
  TRY_DO(CheckNewFeatures(place, features));
  actions.protocol = WithFeatures(wish.least, features);
  const TableState nothing;
  const std::optional<int64_t> in_commit_ms = InCommitTimestamp(nothing, actions, now_ms);
  TRY_DO(EnableByVersion(table, nothing, now_ms, actions));
  AppendJson(CommitInfoLine{.in_commit_timestamp_ms = in_commit_ms,
                            .timestamp_ms = now_ms,
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
  actions.commit = CommitDescription{
      .info = {.timestamp_ms = now_ms}, .txn_id = txn_id, .in_commit_timestamp_ms = in_commit_ms};
  return prepared;
}

}  // namespace oresmith::delta
