#include "delta/table.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/commit.h"
#include "delta/log.h"
#include "delta/path.h"
#include "delta/protocol.h"
#include "delta/replay.h"
#include "delta/scan.h"
#include "delta/writer.h"

namespace oresmith::delta {
namespace {

using storage::Store;

Version Next(Version version) { return Version{Number(version) + 1}; }

class LogTable final : public Table {
 public:
  LogTable(Store& store, std::string root, TableState state, bool read_only, const Clock& clock,
           Random& random)
      : store_(store),
        root_(std::move(root)),
        read_only_(read_only),
        clock_(clock),
        random_(random),
        state_(std::move(state)) {}

  std::shared_ptr<const Snapshot> snapshot() const override;
  const std::string& root() const override { return root_; }
  Status Refresh() override;
  Result<std::unique_ptr<FileWriter>> NewWriter(const WriterOptions& options,
                                                const Metadata* metadata) override;
  Result<Version> Commit(const CommitRequest& request) override;
  std::unique_ptr<columnar::Relation> Scan(std::shared_ptr<const Snapshot> snapshot) const override;
  Result<std::unique_ptr<columnar::Relation>> ScanChanges(Version from, Version to) const override;
  Result<std::vector<std::pair<Version, CommitInfo>>> History(int limit) const override;
  std::optional<Error> TakeCheckpointError() override {
    return std::exchange(checkpoint_error_, std::nullopt);
  }

 private:
  enum class Attempt { kDone, kLost };

  std::string Name() const { return store_.Describe(root_); }
  Result<Attempt> TryCommit(const CommitRequest& request, const CommitBase& base,
                            const std::string& txn_id);
  Status TakeInWinners(const CommitRequest& request, const CommitBase& base, Actions winner);
  void Apply(Actions actions, int64_t modified_ms);
  void CheckpointIfDue();
  Status ReadOnly() const;

  Store& store_;
  const std::string root_;
  const bool read_only_;
  const Clock& clock_;
  Random& random_;
  std::optional<Error> checkpoint_error_;

  // Guards the two below against snapshot(), which any thread may call. Only the owning thread
  // changes state_, so that it reads it without the lock.
  mutable std::mutex mutex_;
  TableState state_;
  mutable std::shared_ptr<const Snapshot> snapshot_;  // of state_; made when it is asked for
};

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
    TRY(Actions actions, ReadCommit(store_, root_, Next(state_.version())));
    const Protocol& protocol = actions.protocol ? *actions.protocol : state_.protocol();
    const Metadata& metadata = actions.metadata ? *actions.metadata : state_.metadata();
    TRY_DO(CheckReadable(Name(), protocol, metadata));
    Apply(std::move(actions), commit.modified_ms);
  }
  return {};
}

Result<std::unique_ptr<FileWriter>> LogTable::NewWriter(const WriterOptions& options,
                                                        const Metadata* metadata) {
  TRY_DO(ReadOnly());
  TRY_DO(CheckWritable(Name(), state_.protocol(), state_.metadata()));
  if (metadata != nullptr) {
    TRY_DO(CheckNewSchema(Name(), metadata->schema, metadata->partition_columns));
  }
  return MakeFileWriter(store_, root_, metadata != nullptr ? *metadata : state_.metadata(), options,
                        clock_, random_);
}

Result<Version> LogTable::Commit(const CommitRequest& request) {
  TRY_DO(ReadOnly());
  const CommitBase base{.version = state_.version(),
                        .schema = state_.metadata().schema,
                        .partition_columns = state_.metadata().partition_columns};
  const std::string txn_id = NewUuid(random_);
  while (true) {
    TRY(const Attempt attempt, TryCommit(request, base, txn_id));
    if (attempt == Attempt::kLost) continue;
    CheckpointIfDue();
    return state_.version();
  }
}

Result<LogTable::Attempt> LogTable::TryCommit(const CommitRequest& request, const CommitBase& base,
                                              const std::string& txn_id) {
  TRY_DO(CheckRequest(Name(), state_, request));
  const int64_t now_ms = Millis(clock_.Now());
  // Serialise first: what cannot be written must fail before the store is touched.
  TRY(PreparedCommit prepared, PrepareCommit(Name(), state_, request, now_ms, txn_id));
  const Version version = Next(state_.version());
  auto put = store_.PutIfAbsent(CommitKey(root_, version), prepared.text);
  if (put) {
    Apply(std::move(prepared.actions), now_ms);
    return Attempt::kDone;
  }
  const ErrorKind kind = put.error().kind;
  if (kind != ErrorKind::kAlreadyExists && kind != ErrorKind::kUnavailable) {
    return Fail(std::move(put).error().Within("commit " + Name()));
  }
  // An answer may be lost although the version was written, by us: only its content tells.
  auto winner = ReadCommit(store_, root_, version);
  if (!winner) {
    const bool absent = winner.error().kind == ErrorKind::kNotFound;
    Error error = absent ? std::move(put).error() : std::move(winner).error();
    return Fail(std::move(error).Within("commit " + Name()));
  }
  if (winner->commit && winner->commit->txn_id == txn_id) {
    Apply(std::move(prepared.actions), now_ms);
    return Attempt::kDone;
  }
  TRY_DO(TakeInWinners(request, base, std::move(*winner)));
  return Attempt::kLost;
}

/// Applies the commit that took our version, and all after it.
Status LogTable::TakeInWinners(const CommitRequest& request, const CommitBase& base,
                               Actions winner) {
  while (true) {
    const Version version = Next(state_.version());
    TRY_DO(CheckConflict(Name(), base, request, version, winner));
    const Protocol& protocol = winner.protocol ? *winner.protocol : state_.protocol();
    const Metadata& metadata = winner.metadata ? *winner.metadata : state_.metadata();
    TRY_DO(CheckReadable(Name(), protocol, metadata));
    Apply(std::move(winner), Millis(clock_.Now()));
    auto next = ReadCommit(store_, root_, Next(version));
    if (!next && next.error().kind == ErrorKind::kNotFound) return {};
    if (!next) return Fail(std::move(next).error().Within("commit " + Name()));
    winner = std::move(*next);
  }
}

void LogTable::CheckpointIfDue() {
  const int64_t version = Number(state_.version());
  if (version == 0 || version % CheckpointInterval(state_.metadata().configuration) != 0) return;
  // The commit is done, whatever becomes of the checkpoint: the next one makes up for it.
  auto status = WriteCheckpoint(store_, root_, state_, Millis(clock_.Now()));
  if (!status) checkpoint_error_ = std::move(status).error().Within("checkpoint " + Name());
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
                                           Random& random) {
  TRY(TableState state, LoadState(store, root, std::nullopt));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock, random);
}

Result<std::unique_ptr<Table>> Table::OpenAt(Store& store, std::string root, Version version,
                                             const Clock& clock, Random& random) {
  TRY(TableState state, LoadState(store, root, version));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), true, clock, random);
}

Result<std::unique_ptr<Table>> Table::Create(Store& store, std::string root,
                                             const CreateOptions& options, const Clock& clock,
                                             Random& random) {
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
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock, random);
}

}  // namespace oresmith::delta
