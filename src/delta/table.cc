#include "delta/table.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <utility>

#include "delta/checkpoint.h"
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

Result<FileList> LogTable::FilesOf(const FileBase& base) const {
  if (base.keys.empty()) return FileList();
  {
    const std::lock_guard lock(mutex_);
    if (below_ && below_->checkpoint == base.version) return below_->files;
  }
  Replay replay(base.version, 0);
  TRY_DO(ReadCheckpoint(store_, root_, base.keys, CheckpointPart::kAll, replay));
  FileList files = replay.Finish().files();
  const std::lock_guard lock(mutex_);
  below_ = FilesBelow{.checkpoint = base.version, .files = files};
  return files;
}

Result<std::shared_ptr<const Snapshot>> LogTable::LoadSnapshot() const {
  auto loaded = std::make_shared<Snapshot>();
  FileTail tail;
  {
    const std::lock_guard lock(mutex_);
    if (snapshot_ == nullptr) snapshot_ = state_.MakeSnapshot();
    if (snapshot_->files.is_held()) return snapshot_;
    *loaded = *snapshot_;
    tail = state_.Tail();
  }
  auto files = FilesOf(tail.base);
  if (!files && files.error().kind == ErrorKind::kCorrupt) {
    // The checkpoint may be gone, as there is a newer one.
    TRY(const TableState state, LoadState(store_, root_, loaded->version));
    return state.MakeSnapshot();
  }
  if (!files) return Fail(std::move(files).error());
  if (!tail.said.empty()) files->Remove(tail.said);
  files->Append(tail.files);
  loaded->files = std::move(*files);
  return loaded;
}

void LogTable::Apply(Actions actions, int64_t modified_ms, Origin origin) {
  const std::lock_guard lock(mutex_);
  state_.Apply(std::move(actions), modified_ms, origin);
  snapshot_ = nullptr;
}

/// The newest state in the log, with as many files as the table is to hold.
Result<TableState> LogTable::Load(SumSource source) const {
  if (held_ == FilesHeld::kAll) return LoadState(store_, root_, std::nullopt);
  return LoadStateOnCheckpoint(store_, root_, std::nullopt, source, nullptr);
}

void LogTable::Replace(TableState state) {
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
  snapshot_ = nullptr;
  below_.reset();
}

void LogTable::KeepLog(const std::string& txn_id, int64_t commit_bytes) {
  TakeInCheckpoint();
  keeper_.AfterCommit(state_, txn_id, commit_bytes, [this] {
    if (held_ == FilesHeld::kAll) return state_.ForCheckpoint();
    const std::lock_guard lock(mutex_);
    snapshot_ = nullptr;
    return state_.Seal();
  });
  TakeInCheckpoint();
}

/// Lets go of the files that a checkpoint holds from now on.
void LogTable::TakeInCheckpoint() {
  auto outcome = keeper_.TakeOutcome();
  if (!outcome || !state_.is_sealed()) return;
  const std::lock_guard lock(mutex_);
  snapshot_ = nullptr;
  below_.reset();
  if (outcome->sums) {
    state_.RestOn(std::move(outcome->base), *outcome->sums);
  } else {
    state_.Unseal();
  }
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
    TRY(TableState state, Load(SumSource::kChecksum));
    Replace(std::move(state));
    return {};
  }
  for (const storage::ObjectInfo& commit : *commits) {
    TRY(Actions actions, ReadListedCommit(store_, commit));
    const Protocol& protocol = actions.protocol ? *actions.protocol : state_.protocol();
    const Metadata& metadata = actions.metadata ? *actions.metadata : state_.metadata();
    TRY_DO(CheckReadable(Name(), protocol, metadata));
    Apply(std::move(actions), commit.modified_ms, Origin::kForeign);
    keeper_.AddForeignBytes(commit.size_bytes);
  }
  if (commits->empty()) return {};
  return CheckAgainstChecksum();
}

/// Who changed files that we do not hold may have said what they add up to now.
void LogTable::LearnSums() {
  if (state_.sums().exact) return;
  const auto sums = SumsOfChecksum(store_, root_, state_);
  if (!sums) return;
  const std::lock_guard lock(mutex_);
  state_.SetSums(*sums);
  snapshot_ = nullptr;
}

/// Others count the files too. When the counts differ one of us is wrong, and it may be us.
Status LogTable::CheckAgainstChecksum() {
  if (!state_.sums().exact) {
    LearnSums();
    return {};
  }
  const std::optional<std::string> differs = DiffersFromChecksum(store_, root_, state_);
  if (!differs) return {};
  TRY(TableState state, Load(SumSource::kFiles));
  keeper_.NoteError(MakeError(ErrorKind::kCorrupt,
                              "refresh {}: version {}: the checksum file of "
                              "another writer does not fit the log: {}",
                              Name(), Number(state.version()), *differs));
  Replace(std::move(state));
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

namespace {

/// The rows of a snapshot whose files are looked up when they are read.
class LateScan final : public columnar::Relation {
 public:
  LateScan(Store& store, std::string root, std::shared_ptr<const Snapshot> snapshot)
      : store_(store), root_(std::move(root)), snapshot_(std::move(snapshot)) {}
  const types::Schema& schema() const override { return snapshot_->metadata.schema; }
  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    TRY(const TableState state, LoadState(store_, root_, snapshot_->version));
    return ScanSnapshot(store_, root_, *state.MakeSnapshot(), {})->Open(columns);
  }

 private:
  Store& store_;
  const std::string root_;
  const std::shared_ptr<const Snapshot> snapshot_;
};

}  // namespace

std::unique_ptr<columnar::Relation> LogTable::Scan(std::shared_ptr<const Snapshot> snapshot) const {
  if (!snapshot->files.is_held()) {
    return std::make_unique<LateScan>(store_, root_, std::move(snapshot));
  }
  return ScanSnapshot(store_, root_, *snapshot, {});
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

Result<std::vector<RemoveFile>> LogTable::Tombstones() const {
  const auto values = [](const TableState& state) {
    std::vector<RemoveFile> tombstones;
    tombstones.reserve(state.tombstones().size());
    for (const auto& [key, tombstone] : state.tombstones()) tombstones.push_back(tombstone);
    return tombstones;
  };
  Version version{0};
  {
    const std::lock_guard lock(mutex_);
    if (state_.holds_all_files()) return values(state_);
    version = state_.version();
  }
  TRY(const TableState state, LoadState(store_, root_, version));
  return values(state);
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
                                           Random& random, Upkeep upkeep, FilesHeld held) {
  LogTail tail;
  TRY(TableState state,
      held == FilesHeld::kAll
          ? LoadState(store, root, std::nullopt, &tail)
          : LoadStateOnCheckpoint(store, root, std::nullopt, SumSource::kChecksum, &tail));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock, random,
                                    tail, upkeep, held);
}

Result<std::unique_ptr<Table>> Table::OpenAt(Store& store, std::string root, Version version,
                                             const Clock& clock, Random& random) {
  TRY(TableState state, LoadState(store, root, version));
  return std::make_unique<LogTable>(store, std::move(root), std::move(state), true, clock, random,
                                    LogTail(), Upkeep::kInCommit, FilesHeld::kAll);
}

Result<std::unique_ptr<Table>> Table::Create(Store& store, std::string root,
                                             const CreateOptions& options, const Clock& clock,
                                             Random& random, Upkeep upkeep, FilesHeld held) {
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
  state.Apply(std::move(prepared.actions), now_ms, Origin::kOurs);
  auto table = std::make_unique<LogTable>(store, std::move(root), std::move(state), false, clock,
                                          random, LogTail(), upkeep, held);
  table->KeepLog(txn_id, std::ssize(prepared.text));
  return table;
}

}  // namespace oresmith::delta
