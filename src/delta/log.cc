#include "delta/log.h"

#include <algorithm>
#include <map>
#include <utility>

#include "delta/checkpoint.h"
#include "delta/checksum.h"
#include "delta/path.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;
using storage::Store;

Version Next(Version version) { return Version{Number(version) + 1}; }

/// The checkpoints of one version, in the kinds it may have.
struct CheckpointsOfVersion {
  std::vector<ObjectInfo> whole;                        // classic and V2: each is complete
  std::map<int, std::map<int, ObjectInfo>> multi_part;  // by number of parts, then by part

  /// The files of a complete one; empty when there is none.
  std::vector<ObjectInfo> Complete() const {
    if (!whole.empty()) return {whole.back()};
    for (const auto& [count, parts] : multi_part) {
      if (static_cast<int>(parts.size()) != count) continue;
      std::vector<ObjectInfo> files;
      for (const auto& [part, file] : parts) files.push_back(file);
      return files;
    }
    return {};
  }
};

struct Listing {
  std::map<Version, ObjectInfo> commits;
  std::map<Version, std::vector<CompactedLog>> compacted;  // by the first version
  std::map<Version, CheckpointsOfVersion> checkpoints;
};

/// Names from `from` on.
Result<Listing> ListLog(Store& store, const std::string& root, const std::string& from) {
  TRY(std::vector<ObjectInfo> objects, store.List(LogFolder(root), from));
  Listing listing;
  for (ObjectInfo& object : objects) {
    const std::optional<LogFileName> name = ParseLogFileName(NameOf(object.key));
    if (!name) continue;
    using Kind = LogFileName::Kind;
    if (name->kind == Kind::kCommit) {
      listing.commits.emplace(name->version, std::move(object));
    } else if (name->kind == Kind::kCompacted) {
      listing.compacted[name->version].push_back(
          {.first = name->version, .last = name->last_version, .file = std::move(object)});
    } else if (name->kind == Kind::kCheckpoint || name->kind == Kind::kCheckpointV2) {
      listing.checkpoints[name->version].whole.push_back(std::move(object));
    } else if (name->kind == Kind::kCheckpointPart) {
      auto& parts = listing.checkpoints[name->version].multi_part[name->parts];
      parts.emplace(name->part, std::move(object));
    }
  }
  return listing;
}

/// Takes the newest complete checkpoint up to `version` into `files`.
void ChooseCheckpoint(const Listing& listing, std::optional<Version> version, LogFiles& files) {
  for (auto it = listing.checkpoints.rbegin(); it != listing.checkpoints.rend(); ++it) {
    if (version && it->first > *version) continue;
    std::vector<ObjectInfo> parts = it->second.Complete();
    if (parts.empty()) continue;
    files.checkpoint = it->first;
    files.checkpoint_parts = std::move(parts);
    return;
  }
}

tl::unexpected<Error> NoTable(Store& store, const std::string& root) {
  return Fail(ErrorKind::kNotFound, "open {}: there is no Delta table (no commits in {})",
              store.Describe(root), store.Describe(LogFolder(root)));
}

/// The commit `missing`, which stands in no listing although `later` does. The listing of a folder
/// is no picture of one moment: it may leave out what came meanwhile and have what came after that.
Result<ObjectInfo> FindUnlisted(Store& store, const std::string& root, Version missing,
                                Version later) {
  auto found = store.Head(CommitKey(root, missing));
  if (found || found.error().kind != ErrorKind::kNotFound) return found;
  return Fail(ErrorKind::kCorrupt,
              "open {}: the log has a gap: version {} is missing before version {}",
              store.Describe(root), Number(missing), Number(later));
}

/// Errors: kNotFound, with the versions that are left, for one that the clean-up of the log took.
Status CheckIsKept(Store& store, const std::string& root, const Listing& listing,
                   std::optional<Version> version, const LogFiles& files) {
  if (!version || files.checkpoint || listing.checkpoints.empty()) return {};
  if (listing.commits.contains(Version{0})) return {};
  const auto first = std::ranges::find_if(
      listing.checkpoints, [](const auto& entry) { return !entry.second.Complete().empty(); });
  if (first == listing.checkpoints.end()) return {};
  Version newest = listing.checkpoints.rbegin()->first;
  if (!listing.commits.empty()) newest = std::max(newest, listing.commits.rbegin()->first);
  return Fail(ErrorKind::kNotFound,
              "open {}: the log of version {} was cleaned up; versions {} to {} can be read",
              store.Describe(root), Number(*version), Number(first->first), Number(newest));
}

/// The commits after the checkpoint up to `version` (or all).
Status ChooseCommits(Store& store, const std::string& root, Listing& listing,
                     std::optional<Version> version, LogFiles& files) {
  Version last = files.checkpoint.value_or(Version{-1});
  if (files.checkpoint) files.modified_ms = files.checkpoint_parts.back().modified_ms;
  for (auto& [number, object] : listing.commits) {
    if (number == last) files.modified_ms = object.modified_ms;
    if (number <= last) continue;
    if (version && number > *version) break;
    for (; Next(last) < number; last = Next(last)) {
      TRY(ObjectInfo unlisted, FindUnlisted(store, root, Next(last), number));
      files.commits.push_back(std::move(unlisted));
    }
    files.modified_ms = object.modified_ms;
    files.commits.push_back(std::move(object));
    last = number;
  }
  if (Number(last) < 0) return NoTable(store, root);
  if (version && last != *version) {
    return Fail(ErrorKind::kNotFound, "open {}: there is no version {}; the newest is {}",
                store.Describe(root), Number(*version), Number(last));
  }
  files.version = last;
  return {};
}

/// The longest files that stand for the commits from the checkpoint on, as long as they begin where
/// the one before ends. One that goes beyond the last commit says of versions that we do not know.
void ChooseCompacted(Listing& listing, LogFiles& files) {
  Version next = files.checkpoint ? Next(*files.checkpoint) : Version{0};
  for (; next < files.version; next = Next(next)) {
    const auto found = listing.compacted.find(next);
    if (found == listing.compacted.end()) continue;
    CompactedLog* longest = nullptr;
    for (CompactedLog& candidate : found->second) {
      if (candidate.last <= next || candidate.last > files.version) continue;
      if (longest == nullptr || candidate.last > longest->last) longest = &candidate;
    }
    if (longest == nullptr) continue;
    next = longest->last;
    files.compacted.push_back(std::move(*longest));
  }
}

/// `bytes_min`: what a listing said. A commit cut off at the end of a line looks whole by itself.
Result<Actions> ReadCommitFile(Store& store, const std::string& key, int64_t bytes_min) {
  TRY(const std::string text, store.Get(key));
  if (std::ssize(text) < bytes_min) {
    return Fail(ErrorKind::kUnavailable, "read {}: the store gave {} of {} bytes",
                store.Describe(key), text.size(), bytes_min);
  }
  auto actions = ParseActions(text);
  if (!actions) {
    return Fail(std::move(actions).error().Within("read " + store.Describe(key)));
  }
  return actions;
}

/// A checkpoint does not say when its version was made, though the next commit must be later.
Status ReadTimestamp(Store& store, const std::string& root, TableState& state) {
  if (!IsSet(state.metadata().configuration, "delta.enableInCommitTimestamps")) return {};
  const auto actions = ReadCommitFile(store, CommitKey(root, state.version()), 0);
  // Cleaned up: the file's time, which is later, serves as well.
  if (!actions && actions.error().kind == ErrorKind::kNotFound) return {};
  if (!actions) return Fail(actions.error());
  if (actions->commit && actions->commit->in_commit_timestamp_ms) {
    state.SetTimestamp(*actions->commit->in_commit_timestamp_ms);
  }
  return {};
}

LogTail TailOf(const LogFiles& files) {
  LogTail tail;
  tail.checkpoint = files.checkpoint.value_or(Version{0});
  for (const ObjectInfo& part : files.checkpoint_parts) tail.checkpoint_bytes += part.size_bytes;
  for (const ObjectInfo& commit : files.commits) tail.commit_bytes += commit.size_bytes;
  return tail;
}

std::vector<std::string> KeysOf(const std::vector<ObjectInfo>& parts) {
  std::vector<std::string> keys;
  for (const ObjectInfo& part : parts) keys.push_back(part.key);
  return keys;
}

/// The commits of a version's files, read from the newest down; of those for which a compacted file
/// stands, that file alone.
class CommitsReader {
 public:
  /// The references must outlive it.
  CommitsReader(Store& store, const LogFiles& files, Replay& replay)
      : store_(store), files_(files), replay_(replay) {}

  Status Read() {
    auto compacted = files_.compacted.rbegin();
    Version version = files_.version;
    while (left_ > 0) {
      if (compacted != files_.compacted.rend() && compacted->last == version) {
        TRY_DO(ReadCompacted(*compacted));
        version = Version{Number(compacted->first) - 1};
        ++compacted;
      } else {
        TRY_DO(ReadNext());
        version = Version{Number(version) - 1};
      }
    }
    return {};
  }

 private:
  const ObjectInfo& next() const { return files_.commits[left_ - 1]; }

  Status ReadNext() {
    const ObjectInfo& commit = next();
    TRY(Actions actions, ReadCommitFile(store_, commit.key, commit.size_bytes));
    replay_.AddCommit(std::move(actions), commit.modified_ms);
    --left_;
    return {};
  }

  /// Nothing rests on such a file: where it is gone, broken or empty, there are still the commits.
  Status ReadCompacted(const CompactedLog& compacted) {
    const auto count = static_cast<size_t>(Number(compacted.last) - Number(compacted.first) + 1);
    auto actions = ReadCommitFile(store_, compacted.file.key, compacted.file.size_bytes);
    if (!actions || compacted.file.size_bytes == 0) {
      for (size_t i = 0; i < count; ++i) TRY_DO(ReadNext());
      return {};
    }
    // It does not say when its last version was made.
    if (left_ == files_.commits.size()) {
      TRY(Actions newest, ReadCommitFile(store_, next().key, next().size_bytes));
      Actions description;
      description.commit = std::move(newest.commit);
      replay_.AddCommit(std::move(description), next().modified_ms);
    }
    const int64_t modified_ms = next().modified_ms;
    left_ -= count;
    replay_.AddCommit(std::move(*actions), modified_ms);
    return {};
  }

  Store& store_;
  const LogFiles& files_;
  Replay& replay_;
  size_t left_ = files_.commits.size();
};

/// What the log says, with this part of its checkpoint.
Result<Replay> ReplayLog(Store& store, const std::string& root, const LogFiles& files,
                         CheckpointPart part) {
  Replay replay(files.version, files.modified_ms);
  TRY_DO(CommitsReader(store, files, replay).Read());
  if (files.checkpoint) {
    TRY_DO(ReadCheckpoint(store, root, KeysOf(files.checkpoint_parts), part, replay));
  }
  if (!replay.lacks_protocol() && !replay.lacks_metadata()) return replay;
  return Fail(ErrorKind::kCorrupt, "open {}: version {}: the log has no '{}' action",
              store.Describe(root), Number(files.version),
              replay.lacks_protocol() ? "protocol" : "metaData");
}

Result<TableState> Finished(Store& store, const std::string& root, const LogFiles& files,
                            TableState state) {
  TRY_DO(CheckReadable(store.Describe(root), state.protocol(), state.metadata()));
  if (files.commits.empty()) TRY_DO(ReadTimestamp(store, root, state));
  return state;
}

}  // namespace

Result<LogFiles> FindLogFiles(Store& store, const std::string& root,
                              std::optional<Version> version) {
  const std::optional<Version> hint = ReadLastCheckpoint(store, root);
  const bool helps = hint && !(version && *hint > *version);
  TRY(Listing listing, ListLog(store, root, helps ? VersionDigits(*hint) : ""));
  LogFiles files;
  ChooseCheckpoint(listing, version, files);
  if (helps && !files.checkpoint) {
    // The hint points to a checkpoint that has gone: start from what there is.
    TRY(listing, ListLog(store, root, ""));
    ChooseCheckpoint(listing, version, files);
  }
  TRY_DO(CheckIsKept(store, root, listing, version, files));
  TRY_DO(ChooseCommits(store, root, listing, version, files));
  ChooseCompacted(listing, files);
  return files;
}

Result<Actions> ReadCommit(Store& store, const std::string& root, Version version) {
  return ReadCommitFile(store, CommitKey(root, version), 0);
}

Result<Actions> ReadListedCommit(Store& store, const ObjectInfo& commit) {
  return ReadCommitFile(store, commit.key, commit.size_bytes);
}

Result<TableState> LoadState(Store& store, const std::string& root, std::optional<Version> version,
                             LogTail* tail) {
  TRY(const LogFiles files, FindLogFiles(store, root, version));
  if (tail != nullptr) *tail = TailOf(files);
  TRY(Replay replay, ReplayLog(store, root, files, CheckpointPart::kAll));
  return Finished(store, root, files, replay.Finish());
}

Result<TableState> LoadStateOnCheckpoint(Store& store, const std::string& root,
                                         std::optional<Version> version, SumSource source,
                                         LogTail* tail) {
  TRY(const LogFiles files, FindLogFiles(store, root, version));
  if (tail != nullptr) *tail = TailOf(files);
  TRY(Replay replay, ReplayLog(store, root, files, CheckpointPart::kRest));
  if (!files.checkpoint) return Finished(store, root, files, replay.Finish());
  FileBase base{.version = *files.checkpoint, .keys = KeysOf(files.checkpoint_parts)};
  TRY(TableState state, Finished(store, root, files, replay.FinishOn(base)));
  if (source == SumSource::kChecksum) {
    if (const auto sums = SumsOfChecksum(store, root, state)) {
      state.SetSums(*sums);
      return state;
    }
  }
  TRY(FileSums sums, SumCheckpoint(store, root, base, replay));
  sums.files += state.sums().files;
  sums.bytes += state.sums().bytes;
  state.SetSums(sums);
  return state;
}

Result<std::vector<ObjectInfo>> ListCommitsAfter(Store& store, const std::string& root,
                                                 Version version) {
  TRY(Listing listing, ListLog(store, root, VersionDigits(Next(version))));
  std::vector<ObjectInfo> commits;
  for (auto& [number, object] : listing.commits) {
    for (; Next(version) < number; version = Next(version)) {
      TRY(ObjectInfo unlisted, FindUnlisted(store, root, Next(version), number));
      commits.push_back(std::move(unlisted));
    }
    commits.push_back(std::move(object));
    version = number;
  }
  return commits;
}

}  // namespace oresmith::delta
