#include "delta/replay.h"

#include <algorithm>

#include "delta/file_chunk.h"
#include "delta/json_internal.h"

namespace oresmith::delta {
namespace {

// Below this many, hashes of files that have gone are not worth a clean-up.
constexpr size_t kStaleHashesMin = 4096;

std::string KeyOf(const AddFile& file) { return FileKey(file.path, file.deletion_vector_id()); }
std::string KeyOf(const RemoveFile& file) { return FileKey(file.path, file.deletion_vector_id()); }

template <class File>
uint64_t HashOf(const File& file) {
  return FileKeyHash(file.path, file.deletion_vector_id());
}

int64_t TimeOf(const CommitDescription& commit, int64_t modified_ms) {
  if (commit.in_commit_timestamp_ms) return *commit.in_commit_timestamp_ms;
  return commit.info.timestamp_ms > 0 ? commit.info.timestamp_ms : modified_ms;
}

/// A commit of others that only appends cannot mean files that are there already.
bool AddsAreNew(const Actions& actions, Origin origin) {
  if (origin == Origin::kOurs) return true;
  return actions.removes.empty() && actions.commit &&
         actions.commit->info.is_blind_append.value_or(false);
}

void AddTo(FileSums& sums, const FileSums& change) {
  sums.files = std::max<int64_t>(0, sums.files + change.files);
  sums.bytes = std::max<int64_t>(0, sums.bytes + change.bytes);
  sums.exact = sums.exact && change.exact;
}

}  // namespace

std::optional<AddFile> TableState::Find(const RemoveFile& file) const {
  ORESMITH_ASSERT(holds_all_files());
  if (!live().contains(HashOf(file))) return std::nullopt;
  return files_.Find(file.path, file.deletion_vector_id());
}

bool TableState::Holds(const AddFile& file) const {
  ORESMITH_ASSERT(holds_all_files());
  // Two files of one hash: a chance of 1 in 10^12, against a search for each file.
  return live().contains(HashOf(file)) && !tombstones_.contains(KeyOf(file));
}

const HashSet& TableState::live() const {
  if (!live_known_) live_.Assign(files_.Hashes());
  live_known_ = true;
  return live_;
}

int64_t RowIdHighWaterMark(const TableState& state) {
  const auto domain = state.domains().find("delta.rowTracking");
  if (domain == state.domains().end()) return -1;
  const auto json = ParseObject(domain->second.configuration);
  return json ? ObjectReader("rowTracking", *json).Int("rowIdHighWaterMark", -1) : -1;
}

void TableState::Apply(Actions actions, int64_t modified_ms, Origin origin) {
  version_ = Version{Number(version_) + 1};
  timestamp_ms_ = modified_ms;
  if (actions.commit) timestamp_ms_ = TimeOf(*actions.commit, modified_ms);
  if (actions.protocol) protocol_ = std::move(*actions.protocol);
  if (actions.metadata) {
    metadata_ = std::make_shared<const Metadata>(std::move(*actions.metadata));
  }
  for (Transaction& transaction : actions.transactions) {
    transactions_[transaction.app_id] = std::move(transaction);
  }
  for (DomainMetadata& domain : actions.domains) {
    if (domain.removed) {
      domains_.erase(domain.domain);
    } else {
      domains_[domain.domain] = std::move(domain);
    }
  }
  if (!actions.removes.empty() || !actions.adds.empty()) ApplyFiles(actions, origin);
}

void TableState::ApplyFiles(Actions& actions, Origin origin) {
  live();
  const bool holds_all = holds_all_files();
  FileSums change{.exact = holds_all || AddsAreNew(actions, origin)};
  std::unordered_set<std::string> leaving;
  for (RemoveFile& file : actions.removes) {
    std::string key = KeyOf(file);
    if (live_.contains(HashOf(file))) {
      leaving.insert(key);
    } else if (!holds_all) {
      // Most likely it is there. Whether it is, nobody can say who does not have the files.
      change.files -= 1;
      change.bytes -= file.size_bytes;
    }
    tombstones_.insert_or_assign(std::move(key), std::move(file));
  }
  std::vector<std::shared_ptr<const AddFile>> coming;
  for (AddFile& file : actions.adds) {
    std::string key = KeyOf(file);
    if (!tombstones_.empty()) tombstones_.erase(key);
    // Of a file that is already there this is a refresh of what is said of it.
    if (!live_.insert(HashOf(file))) leaving.insert(std::move(key));
    change.files += 1;
    change.bytes += file.size_bytes;
    coming.push_back(std::make_shared<const AddFile>(std::move(file)));
  }
  if (!leaving.empty()) {
    const FileList::Removed removed = files_.Remove(leaving);
    change.files -= static_cast<int64_t>(removed.files);
    change.bytes -= removed.bytes;
  }
  files_.Append(coming);
  if (live_.size() > 2 * files_.size() + kStaleHashesMin) live_known_ = false;
  AddTo(sums_, change);
  AddTo(since_sealed_, change);
}

size_t TableState::held_count() const {
  size_t count = files_.size() + tombstones_.size();
  if (sealed_) count += sealed_->files.size() + sealed_->tombstones.size();
  return count;
}

std::unordered_set<std::string> TableState::KeysOf(const FileList& files,
                                                   const Tombstones& tombstones) {
  std::unordered_set<std::string> keys;
  for (const auto& [key, tombstone] : tombstones) keys.insert(key);
  for (const AddFile& file : files) keys.insert(KeyOf(file));
  return keys;
}

FileTail TableState::Tail() const {
  ORESMITH_ASSERT(!holds_all_files());
  FileTail tail{
      .base = base_.value_or(FileBase()), .files = {}, .said = KeysOf(files_, tombstones_)};
  if (sealed_) {
    tail.files = sealed_->files;
    if (!tail.said.empty()) tail.files.Remove(tail.said);
    tail.said.merge(KeysOf(sealed_->files, sealed_->tombstones));
  }
  tail.files.Append(files_);
  return tail;
}

CheckpointState TableState::Seal() {
  CheckpointState state = ForCheckpoint();
  state.wants_sums = true;
  sealed_ = Layer{.files = std::move(files_), .tombstones = std::move(tombstones_)};
  files_ = FileList();
  tombstones_ = {};
  live_known_ = false;
  since_sealed_ = FileSums();
  return state;
}

void TableState::RestOn(FileBase base, const FileSums& sums) {
  if (!sealed_) return;
  base_ = std::move(base);
  sealed_.reset();
  sums_ = sums;
  AddTo(sums_, since_sealed_);
}

void TableState::Unseal() {
  if (!sealed_) return;
  Layer below = std::move(*sealed_);
  sealed_.reset();
  const std::unordered_set<std::string> said = KeysOf(files_, tombstones_);
  if (!said.empty()) below.files.Remove(said);
  for (const std::string& key : said) below.tombstones.erase(key);
  below.files.Append(files_);
  files_ = std::move(below.files);
  tombstones_.merge(below.tombstones);
  live_known_ = false;
}

CheckpointState TableState::ForCheckpoint() const {
  ORESMITH_ASSERT(!sealed_);
  CheckpointState state{.version = version_,
                        .protocol = protocol_,
                        .metadata = metadata_,
                        .files = files_,
                        .tombstones = {},
                        .transactions = {},
                        .domains = {},
                        .base = base_};
  state.tombstones.reserve(tombstones_.size());
  for (const auto& [key, tombstone] : tombstones_) state.tombstones.push_back(tombstone);
  for (const auto& [app_id, transaction] : transactions_) state.transactions.push_back(transaction);
  for (const auto& [name, domain] : domains_) state.domains.push_back(domain);
  return state;
}

std::shared_ptr<const Snapshot> TableState::MakeSnapshot() const {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->version = version_;
  snapshot->protocol = protocol_;
  snapshot->metadata = *metadata_;
  snapshot->files = holds_all_files() ? files_ : FileList::NotHeld();
  snapshot->sums = sums_;
  for (const auto& [app_id, transaction] : transactions_) {
    snapshot->transactions.emplace_hint(snapshot->transactions.end(), app_id, transaction.version);
  }
  for (const auto& [name, domain] : domains_) {
    snapshot->domains.emplace_hint(snapshot->domains.end(), name, domain.configuration);
  }
  snapshot->timestamp_ms = timestamp_ms_;
  return snapshot;
}

int64_t Snapshot::size_bytes() const { return files.is_held() ? files.totals().bytes : sums.bytes; }

std::optional<int64_t> Snapshot::num_files() const {
  if (files.is_held()) return static_cast<int64_t>(files.size());
  return sums.exact ? std::optional(sums.files) : std::nullopt;
}

std::optional<int64_t> Snapshot::num_records() const {
  return files.is_held() ? files.totals().rows : std::nullopt;
}

void Replay::AddFiles(std::vector<AddFile> adds,
                      std::vector<std::shared_ptr<const AddFile>>& live) {
  for (AddFile& file : adds) {
    if (!seen_.insert(KeyOf(file)).second) continue;
    live.push_back(std::make_shared<const AddFile>(std::move(file)));
  }
}

void Replay::AddRemoves(std::vector<RemoveFile> removes) {
  for (RemoveFile& file : removes) {
    std::string key = KeyOf(file);
    if (!seen_.insert(key).second) continue;
    state_.tombstones_.emplace(std::move(key), std::move(file));
  }
}

void Replay::AddRest(Actions& actions) {
  if (!protocol_seen_ && actions.protocol) {
    state_.protocol_ = std::move(*actions.protocol);
    protocol_seen_ = true;
  }
  if (state_.metadata_ == nullptr && actions.metadata) {
    state_.metadata_ = std::make_shared<const Metadata>(std::move(*actions.metadata));
  }
  for (Transaction& transaction : actions.transactions) {
    std::string app_id = transaction.app_id;
    state_.transactions_.emplace(std::move(app_id), std::move(transaction));
  }
  for (DomainMetadata& domain : actions.domains) {
    std::string name = domain.domain;
    state_.domains_.emplace(std::move(name), std::move(domain));
  }
}

void Replay::AddCommit(Actions actions, int64_t modified_ms) {
  if (!commit_seen_) {
    commit_seen_ = true;
    state_.timestamp_ms_ = actions.commit ? TimeOf(*actions.commit, modified_ms) : modified_ms;
  }
  // Adds before removes: within one commit both may name a path only with different deletion
  // vectors, which are different keys; a faulty writer's pair then keeps the rows.
  commit_files_.emplace_back();
  AddFiles(std::move(actions.adds), commit_files_.back());
  AddRemoves(std::move(actions.removes));
  AddRest(actions);
}

void Replay::AddCheckpoint(Actions actions) {
  // Within a checkpoint each file stands once, so none of its keys need be remembered.
  std::string scratch;
  std::vector<std::shared_ptr<const AddFile>> live;
  for (AddFile& file : actions.adds) {
    if (Supersedes(file.path, file.deletion_vector_id(), scratch)) continue;
    live.push_back(std::make_shared<const AddFile>(std::move(file)));
  }
  checkpoint_files_.Append(live);
  for (RemoveFile& file : actions.removes) {
    std::string key = KeyOf(file);
    if (!seen_.contains(key)) state_.tombstones_.emplace(std::move(key), std::move(file));
  }
  AddRest(actions);
}

void Replay::AddCheckpointFiles(const FileList& files) { checkpoint_files_.Append(files); }

bool Replay::Supersedes(std::string_view path, std::string_view deletion_vector_id,
                        std::string& scratch) const {
  if (seen_.empty()) return false;
  scratch.assign(path).append(1, '\0').append(deletion_vector_id);
  return seen_.contains(scratch);
}

TableState Replay::Finish() {
  state_.files_ = std::move(checkpoint_files_);
  for (auto files = commit_files_.rbegin(); files != commit_files_.rend(); ++files) {
    state_.files_.Append(*files);
  }
  std::erase_if(state_.domains_, [](const auto& domain) { return domain.second.removed; });
  state_.sums_ = {.files = static_cast<int64_t>(state_.files_.size()),
                  .bytes = state_.files_.totals().bytes};
  return std::move(state_);
}

TableState Replay::FinishOn(FileBase base) {
  TableState state = Finish();
  state.base_ = std::move(base);
  return state;
}

}  // namespace oresmith::delta
