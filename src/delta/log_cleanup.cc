#include "delta/log_cleanup.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "delta/checkpoint.h"
#include "delta/features.h"
#include "delta/log.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;
using Kind = LogFileName::Kind;

constexpr int64_t kDayMillis = 86'400'000;
constexpr int64_t kRetentionDefaultMillis = 30 * kDayMillis;
// No table is older than Delta (2017): a time before is that of a store that keeps none.
constexpr int64_t kTimesBeginMillis = 1'483'228'800'000;
// A sidecar may belong to a checkpoint that is just being written.
constexpr int64_t kSidecarKeptMillis = kDayMillis;

struct LogObject {
  ObjectInfo object;
  LogFileName name;
};

/// The newest version whose commit has expired. Times of files may go back after a copy: an older
/// commit is never younger than one that follows it.
std::optional<Version> NewestExpired(const std::vector<LogObject>& log, int64_t cutoff_ms) {
  std::optional<Version> newest;
  for (const LogObject& file : log) {
    if (file.name.kind != Kind::kCommit) continue;
    if (file.object.modified_ms < kTimesBeginMillis) break;
    if (file.object.modified_ms > cutoff_ms) break;
    newest = file.name.version;
  }
  return newest;
}

/// The checkpoint from which every version that is kept can be read.
std::optional<Version> OldestNeeded(storage::Store& store, const std::string& root,
                                    Version expired) {
  const auto files = FindLogFiles(store, root, expired);
  return files ? files->checkpoint : std::nullopt;
}

bool IsBefore(const LogFileName& name, Version needed) {
  if (name.kind == Kind::kCompacted) return name.version <= needed;
  return name.version < needed;
}

Status CleanSidecars(storage::Store& store, const std::string& root,
                     const std::vector<LogObject>& kept, int64_t now_ms) {
  TRY(const std::vector<ObjectInfo> sidecars, store.List(LogFolder(root) + "/_sidecars", ""));
  if (sidecars.empty()) return {};
  std::set<std::string> used;
  for (const LogObject& file : kept) {
    const bool may_name =
        file.name.kind == Kind::kCheckpoint || file.name.kind == Kind::kCheckpointV2;
    if (!may_name) continue;
    TRY(const std::vector<Sidecar> named, ReadSidecars(store, file.object.key));
    for (const Sidecar& sidecar : named) used.insert(sidecar.path);
  }
  for (const ObjectInfo& sidecar : sidecars) {
    const bool young = sidecar.modified_ms > now_ms - kSidecarKeptMillis;
    if (young || used.contains(std::string(NameOf(sidecar.key)))) continue;
    TRY_DO(store.Delete(sidecar.key));
  }
  return {};
}

}  // namespace

std::optional<int64_t> CleanupCutoff(const Properties& configuration, int64_t now_ms) {
  if (!FlagOr(configuration, "delta.enableExpiredLogCleanup", true)) return std::nullopt;
  const int64_t oldest_ms = now_ms - IntervalPropertyOr(configuration, "delta.logRetentionDuration",
                                                        kRetentionDefaultMillis);
  return oldest_ms - oldest_ms % kDayMillis;
}

Status CleanLog(storage::Store& store, const std::string& root, int64_t cutoff_ms, int64_t now_ms) {
  TRY(std::vector<ObjectInfo> objects, store.List(LogFolder(root), ""));
  std::vector<LogObject> log;
  for (ObjectInfo& object : objects) {
    const std::optional<LogFileName> name = ParseLogFileName(NameOf(object.key));
    if (name) log.push_back({std::move(object), *name});
  }
  const std::optional<Version> expired = NewestExpired(log, cutoff_ms);
  if (!expired) return {};
  const std::optional<Version> needed = OldestNeeded(store, root, *expired);
  if (!needed) return {};
  // By name, and so by version: what is left is always the end of the log.
  std::vector<LogObject> kept;
  for (LogObject& file : log) {
    if (IsBefore(file.name, *needed)) {
      TRY_DO(store.Delete(file.object.key));
    } else {
      kept.push_back(std::move(file));
    }
  }
  return CleanSidecars(store, root, kept, now_ms);
}

}  // namespace oresmith::delta
