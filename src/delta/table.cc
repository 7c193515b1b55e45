#include "delta/table.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "delta/checksum.h"
#include "delta/column_mapping.h"
#include "delta/commit.h"
#include "delta/log.h"
#include "delta/log_table.h"
#include "delta/path.h"
#include "delta/protocol.h"
#include "delta/replay.h"
#include "delta/scan.h"
#include "delta/writer.h"

namespace oresmith::delta {

using storage::Store;

Status FileWriter::CloseInto(CommitRequest& request) {
  TRY(std::vector<AddFile> files, Close());
  std::ranges::move(files, std::back_inserter(request.adds));
  return {};
}

std::shared_ptr<const Snapshot> LogTable::snapshot() const {
  const std::lock_guard lock(mutex_);
  if (snapshot_ == nullptr) snapshot_ = state_.MakeSnapshot();
  return snapshot_;
}

void LogTable::Apply(Actions actions, int64_t modified_ms) {
  const std::lock_guard lock(mutex_);
  state_.Apply(std::move(actions), modified_ms);
  snapshot_ = nullptr;
}

Status LogTable::ReadOnly() const {
  if (!read_only_) return {};
  return Fail(ErrorKind::kInvalidInput, "commit {}: it was opened at an older version, for reading",
              Name());
}

Status LogTable::Refresh() {
  if (read_only_) return {};
  seen_ms_ = Millis(clock_.Now());
  auto commits = ListCommitsAfter(store_, root_, state_.version());
  if (!commits) {
    if (commits.error().kind != ErrorKind::kCorrupt) return Fail(std::move(commits).error());
    // The commits after ours were cleaned up: begin again with the newest checkpoint.
    TRY(TableState state, LoadState(store_, root_, std::nullopt));
    const std::lock_guard lock(mutex_);
    state_ = std::move(state);
    snapshot_ = nullptr;
    return {};
  }
  for (const storage::ObjectInfo& commit : *commits) {
    TRY(Actions actions, ReadListedCommit(store_, commit));
    const Protocol& protocol = actions.protocol ? *actions.protocol : state_.protocol();
    const Metadata& metadata = actions.metadata ? *actions.metadata : state_.metadata();
    TRY_DO(CheckReadable(Name(), protocol, metadata));
    Apply(std::move(actions), commit.modified_ms);
    keeper_.AddForeignBytes(commit.size_bytes);
  }
  if (commits->empty()) return {};
  return CheckAgainstChecksum();
}

/// Others count the files too. When the counts differ one of us is wrong, and it may be us.
Status LogTable::CheckAgainstChecksum() {
  const std::optional<std::string> differs = DiffersFromChecksum(store_, root_, state_);
  if (!differs) return {};
  TRY(TableState state, LoadState(store_, root_, state_.version()));
  keeper_.NoteError(MakeError(ErrorKind::kCorrupt,
                              "refresh {}: version {}: the checksum file of "
                              "another writer does not fit the log: {}",
                              Name(), Number(state.version()), *differs));
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
  snapshot_ = nullptr;
  return {};
}

Result<std::unique_ptr<FileWriter>> LogTable::NewWriter(const WriterOptions& options,
                                                        const Metadata* metadata) {
  TRY_DO(ReadOnly());
  TRY_DO(CheckWritable(Name(), state_.protocol(), state_.metadata()));
  if (metadata == nullptr) {
    return MakeFileWriter(store_, root_, state_.metadata(), options, clock_, random_);
  }
  TRY_DO(CheckNewSchema(Name(), *metadata));
  Metadata mapped = *metadata;
  mapped.id = state_.metadata().id;
  mapped = WithColumnMapping(std::move(mapped), &state_.metadata());
  return MakeFileWriter(store_, root_, mapped, options, clock_, random_);
}

std::unique_ptr<columnar::Relation> LogTable::Scan(std::shared_ptr<const Snapshot> snapshot) const {
  ScanInput input{.store = store_,
                  .root = root_,
                  .version = snapshot->version,
                  .metadata = snapshot->metadata,
                  .files = snapshot->files.Pointers()};
  return MakeScan(std::move(input));
}

Result<std::unique_ptr<columnar::Relation>> LogTable::ScanChanges(Version from, Version to) const {
  ScanInput input{.store = store_, .root = root_, .version = to, .metadata = {}, .files = {}};
  for (Version version = Next(from); version <= to; version = Next(version)) {
    auto actions = ReadCommit(store_, root_, version);
    if (!actions) {
      return Fail(std::move(actions).error().Within(
          fmt::format("read changes of {} after version {}", Name(), Number(from))));
    }
    for (const RemoveFile& file : actions->removes) {
      if (!file.data_change) continue;
      return Fail(ErrorKind::kUnsupported,
                  "read changes of {}: version {} removed or changed rows; only appends can be "
                  "followed",
                  Name(), Number(version));
    }
    for (AddFile& file : actions->adds) {
      if (!file.data_change) continue;
      input.files.push_back(std::make_shared<const AddFile>(std::move(file)));
    }
    if (actions->metadata) input.metadata = std::move(*actions->metadata);
  }
  const std::shared_ptr<const Snapshot> newest = snapshot();
  if (newest->version == to) {
    input.metadata = newest->metadata;
  } else if (input.metadata.id.empty()) {
    TRY(const TableState state, LoadState(store_, root_, to));
    input.metadata = state.metadata();
  }
  return MakeScan(std::move(input));
}

std::vector<RemoveFile> LogTable::Tombstones() const {
  const std::lock_guard lock(mutex_);
  std::vector<RemoveFile> tombstones;
  tombstones.reserve(state_.tombstones().size());
  for (const auto& [key, tombstone] : state_.tombstones()) tombstones.push_back(tombstone);
  return tombstones;
}

Result<std::vector<std::pair<Version, CommitInfo>>> LogTable::History(int limit) const {
  std::vector<std::pair<Version, CommitInfo>> history;
  const Version newest = snapshot()->version;
  for (Version version = newest; Number(version) >= 0 && std::ssize(history) < limit;
       version = Version{Number(version) - 1}) {
    auto actions = ReadCommit(store_, root_, version);
    // Older commits may have been cleaned up.
    if (!actions && actions.error().kind == ErrorKind::kNotFound) break;
    if (!actions) return Fail(std::move(actions).error());
    history.emplace_back(version, actions->commit ? actions->commit->info : CommitInfo());
  }
  return history;
}

namespace {

Status CheckFolderIsFree(Store& store, const std::string& root) {
  TRY(const std::vector<storage::ObjectInfo> log, store.List(LogFolder(root), ""));
  for (const storage::ObjectInfo& object : log) {
    if (!ParseLogFileName(NameOf(object.key))) continue;
    return Fail(ErrorKind::kAlreadyExists, "create {}: there is a Delta table",
                store.Describe(root));
  }
  TRY(const std::vector<storage::ObjectInfo> objects, store.ListRecursive(root));
  for (const storage::ObjectInfo& object : objects) {
    const size_t begin = root.empty() ? 0 : root.size() + 1;
    const std::string name = "/" + object.key.substr(begin);
    // Hidden names are no data: what a killed writer or another program left.
    if (name.find("/_") != std::string::npos || name.find("/.") != std::string::npos) continue;
    Error error = MakeError(ErrorKind::kInvalidInput,
                            "create {}: the folder holds files that are no Delta table, such as {}",
                            store.Describe(root), store.Describe(object.key));
    error.fix = "choose another place for the table, or move these files away";
    return Fail(std::move(error));
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Table>> Table::Open(Store& store, std::string root, const Clock& clock,
                                           Random& random, Upkeep upkeep) {
  LogTail tail;
  TRY(TableState state, LoadState(store, root, std::nullopt, &tail));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock, random,
                                    tail, upkeep);
}

Result<std::unique_ptr<Table>> Table::OpenAt(Store& store, std::string root, Version version,
                                             const Clock& clock, Random& random) {
  TRY(TableState state, LoadState(store, root, version));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), true, clock, random,
                                    LogTail(), Upkeep::kInCommit);
}

Result<std::unique_ptr<Table>> Table::Create(Store& store, std::string root,
                                             const CreateOptions& options, const Clock& clock,
                                             Random& random, Upkeep upkeep) {
  const std::string name = store.Describe(root);
  const int64_t now_ms = Millis(clock.Now());
  const std::string txn_id = NewUuid(random);
  TRY(PreparedCommit prepared, PrepareCreate(name, options, NewUuid(random), now_ms, txn_id));
  TRY_DO(CheckFolderIsFree(store, root));
  auto put = store.PutIfAbsent(CommitKey(root, Version{0}), prepared.text);
  if (!put && put.error().kind == ErrorKind::kUnavailable) {
    const auto written = ReadCommit(store, root, Version{0});
    const bool ours = written && written->commit && written->commit->txn_id == txn_id;
    if (!ours) return Fail(std::move(put).error().Within("create " + name));
  } else if (!put) {
    return Fail(std::move(put).error().Within("create " + name));
  }
  TableState state;
  state.Apply(std::move(prepared.actions), now_ms);
  auto table = std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock,
                                          random, LogTail(), upkeep);
  table->KeepLog(txn_id, std::ssize(prepared.text));
  return table;
}

}  // namespace oresmith::delta
