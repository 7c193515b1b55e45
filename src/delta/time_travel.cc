#include "delta/time_travel.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "delta/log.h"
#include "delta/path.h"
#include "delta/protocol.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;
using storage::Store;

struct CommitFile {
  Version version{0};
  int64_t time_ms = 0;
};

/// The names of the log that matter here.
struct LogNames {
  std::vector<CommitFile> commits;  // without a gap up to the newest, oldest first
  std::set<Version> checkpoints;    // complete ones
};

Result<LogNames> ListNames(Store& store, const std::string& root) {
  TRY(const std::vector<ObjectInfo> objects, store.List(LogFolder(root), ""));
  LogNames names;
  std::map<std::pair<Version, int>, int> parts;
  for (const ObjectInfo& object : objects) {
    const auto name = ParseLogFileName(NameOf(object.key));
    if (!name) continue;
    using Kind = LogFileName::Kind;
    if (name->kind == Kind::kCommit) {
      const bool follows = names.commits.empty() ||
                           Number(names.commits.back().version) + 1 == Number(name->version);
      if (!follows) names.commits.clear();
      names.commits.push_back({name->version, object.modified_ms});
    } else if (name->kind == Kind::kCheckpoint || name->kind == Kind::kCheckpointV2) {
      names.checkpoints.insert(name->version);
    } else if (name->kind == Kind::kCheckpointPart) {
      const int seen = ++parts[{name->version, name->parts}];
      if (seen == name->parts) names.checkpoints.insert(name->version);
    }
  }
  if (names.commits.empty() && names.checkpoints.empty()) {
    return Fail(ErrorKind::kNotFound, "open {}: there is no Delta table (no commits in {})",
                store.Describe(root), store.Describe(LogFolder(root)));
  }
  return names;
}

AvailableVersions AvailableOf(const LogNames& names) {
  AvailableVersions available;
  available.latest =
      names.commits.empty()
          ? *names.checkpoints.rbegin()
          : std::max(names.commits.back().version,
                     names.checkpoints.empty() ? Version{0} : *names.checkpoints.rbegin());
  const Version first = names.commits.empty() ? available.latest : names.commits.front().version;
  available.earliest = first;
  if (Number(first) == 0) return available;
  // The commits before the first that is left are only in a checkpoint: just before it, or later.
  const auto checkpoint = names.checkpoints.lower_bound(Version{Number(first) - 1});
  if (checkpoint != names.checkpoints.end()) available.earliest = *checkpoint;
  return available;
}

/// From which version on commits say their own time; absent when none does.
std::optional<Version> InCommitTimesFrom(const Metadata& metadata) {
  if (!IsSet(metadata.configuration, "delta.enableInCommitTimestamps")) return std::nullopt;
  const auto found = metadata.configuration.find("delta.inCommitTimestampEnablementVersion");
  if (found == metadata.configuration.end()) return Version{0};
  int64_t number = 0;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return Version{number};
}

Result<int64_t> InCommitTime(Store& store, const std::string& root, Version version) {
  TRY(const Actions actions, ReadCommit(store, root, version));
  if (actions.commit && actions.commit->in_commit_timestamp_ms) {
    return *actions.commit->in_commit_timestamp_ms;
  }
  return Fail(ErrorKind::kCorrupt, "open {}: version {}: commitInfo has no inCommitTimestamp",
              store.Describe(root), Number(version));
}

std::string TimeText(int64_t time_ms) {
  constexpr int64_t kMicrosPerMilli = 1000;
  return TimestampText(time_ms * kMicrosPerMilli, 3, 'T') + "Z";
}

/// The commits that can be opened, by time.
class Commits {
 public:
  Commits(Store& store, const std::string& root, std::vector<CommitFile> commits,
          std::optional<Version> in_commit_from)
      : store_(store), root_(root), commits_(std::move(commits)) {
    own_begin_ = commits_.size();
    if (!in_commit_from) return;
    const auto own = std::ranges::find_if(
        commits_, [&](const CommitFile& commit) { return commit.version >= *in_commit_from; });
    own_begin_ = static_cast<size_t>(own - commits_.begin());
  }

  /// Makes the times of the files grow: those of a copied table, or of clocks that went back.
  void MakeMonotonic() {
    for (size_t i = 1; i < own_begin_; ++i) {
      commits_[i].time_ms = std::max(commits_[i].time_ms, commits_[i - 1].time_ms + 1);
    }
  }

  Result<int64_t> TimeOf(size_t index) const {
    if (index < own_begin_) return commits_[index].time_ms;
    return InCommitTime(store_, root_, commits_[index].version);
  }

  Result<std::vector<int64_t>> Times(Version from, Version to) const {
    const Version first = commits_.front().version;
    if (from < first || to > commits_.back().version) {
      return Fail(MakeError(ErrorKind::kNotFound,
                            "versions {} to {} are not all in the log: those before {} were "
                            "cleaned up",
                            Number(from), Number(to), Number(first))
                      .WithFix(fmt::format("ask for versions {} to {}", Number(first),
                                           Number(commits_.back().version))));
    }
    std::vector<int64_t> times_ms;
    const auto begin = static_cast<size_t>(Number(from) - Number(first));
    const auto end = static_cast<size_t>(Number(to) - Number(first));
    for (size_t i = begin; i <= end; ++i) {
      TRY(const int64_t time_ms, TimeOf(i));
      times_ms.push_back(time_ms);
    }
    return times_ms;
  }

  Result<Version> At(int64_t time_ms) const {
    TRY(const int64_t first_ms, TimeOf(0));
    TRY(const int64_t last_ms, TimeOf(commits_.size() - 1));
    if (time_ms < first_ms || time_ms > last_ms) return Outside(time_ms, first_ms, last_ms);
    // The last commit whose time is not later; a search, for each look may read a file.
    size_t begin = 0;
    size_t end = commits_.size();
    while (end - begin > 1) {
      const size_t middle = begin + (end - begin) / 2;
      TRY(const int64_t middle_ms, TimeOf(middle));
      (middle_ms <= time_ms ? begin : end) = middle;
    }
    return commits_[begin].version;
  }

  Result<Version> Since(int64_t time_ms) const {
    TRY(const int64_t first_ms, TimeOf(0));
    if (time_ms <= first_ms) return commits_.front().version;
    TRY(const int64_t last_ms, TimeOf(commits_.size() - 1));
    if (time_ms > last_ms) return Outside(time_ms, first_ms, last_ms);
    // No two commits have the same time: the one before it, or one later.
    TRY(const Version before, At(time_ms));
    const auto index = static_cast<size_t>(Number(before) - Number(commits_.front().version));
    TRY(const int64_t before_ms, TimeOf(index));
    return before_ms == time_ms ? before : Version{Number(before) + 1};
  }

 private:
  tl::unexpected<Error> Outside(int64_t time_ms, int64_t first_ms, int64_t last_ms) const {
    return Fail(ErrorKind::kNotFound,
                "open {}: there is no version of {}; versions {} to {} are of {} to {}",
                store_.Describe(root_), TimeText(time_ms), Number(commits_.front().version),
                Number(commits_.back().version), TimeText(first_ms), TimeText(last_ms));
  }

  Store& store_;
  const std::string& root_;
  std::vector<CommitFile> commits_;
  size_t own_begin_ = 0;  // the commits from here on say their own time
};

/// Errors: kNotFound when no commit is left.
Result<Commits> FindCommits(Store& store, const std::string& root, const Metadata& newest) {
  TRY(LogNames names, ListNames(store, root));
  const Version earliest = AvailableOf(names).earliest;
  std::erase_if(names.commits, [&](const CommitFile& commit) { return commit.version < earliest; });
  if (names.commits.empty()) {
    return Fail(ErrorKind::kNotFound,
                "open {}: no commit is left that says when it was; only version {} can be read",
                store.Describe(root), Number(earliest));
  }
  Commits commits(store, root, std::move(names.commits), InCommitTimesFrom(newest));
  commits.MakeMonotonic();
  return commits;
}

}  // namespace

Result<AvailableVersions> FindAvailableVersions(Store& store, const std::string& root) {
  TRY(const LogNames names, ListNames(store, root));
  return AvailableOf(names);
}

Result<Version> FindVersionAt(Store& store, const std::string& root, const Metadata& newest,
                              int64_t timestamp_ms) {
  TRY(const Commits commits, FindCommits(store, root, newest));
  return commits.At(timestamp_ms);
}

Result<Version> FindVersionSince(Store& store, const std::string& root, const Metadata& newest,
                                 int64_t timestamp_ms) {
  TRY(const Commits commits, FindCommits(store, root, newest));
  return commits.Since(timestamp_ms);
}

Result<std::vector<int64_t>> FindCommitTimes(Store& store, const std::string& root,
                                             const Metadata& newest, Version from, Version to) {
  TRY(const Commits commits, FindCommits(store, root, newest));
  return commits.Times(from, to);
}

}  // namespace oresmith::delta
