// Going back to an older version, and going on without files that are lost.
// Source: Spark, RestoreTableCommand; Databricks, FSCK REPAIR TABLE.

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "delta/deletion_vector.h"
#include "delta/log.h"
#include "delta/maintain.h"
#include "delta/path.h"
#include "delta/time_travel.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;

constexpr int kTriesMax = 5;
constexpr size_t kNamesShown = 5;
// Up to so many files are asked for one by one, more are listed.
constexpr size_t kHeadsMax = 64;

std::string KeyOf(const AddFile& file) { return FileKey(file.path, file.deletion_vector_id()); }

std::unordered_set<std::string> KeysOf(const FileList& files) {
  std::unordered_set<std::string> keys;
  for (const AddFile& file : files) keys.insert(KeyOf(file));
  return keys;
}

/// Those of the paths that are not in the store.
Result<std::vector<std::string>> FindMissing(storage::Store& store, const std::string& root,
                                             const std::vector<std::string>& paths) {
  std::vector<std::string> missing;
  if (paths.size() <= kHeadsMax) {
    for (const std::string& path : paths) {
      auto there = store.Head(KeyUnder(root, path));
      if (!there && there.error().kind != ErrorKind::kNotFound) {
        return Fail(std::move(there).error());
      }
      if (!there) missing.push_back(path);
    }
    return missing;
  }
  TRY(const std::vector<ObjectInfo> objects, store.ListRecursive(root));
  std::unordered_set<std::string> keys;
  for (const ObjectInfo& object : objects) keys.insert(object.key);
  std::ranges::copy_if(paths, std::back_inserter(missing), [&](const std::string& path) {
    return !keys.contains(KeyUnder(root, path));
  });
  return missing;
}

class Restorer {
 public:
  Restorer(const MaintainContext& context, Table& table) : context_(context), table_(table) {}

  Result<RestoreReport> Run(const RestoreTarget& target);

 private:
  std::string Name() const { return context_.store.Describe(table_.root()); }
  Status Choose(const RestoreTarget& target);
  Result<CommitRequest> MakeRequest();
  Status CheckFiles(const std::vector<AddFile>& files) const;
  void SetParameters(CommitRequest& request) const;

  const MaintainContext& context_;
  Table& table_;
  RestoreTarget target_;
  std::optional<TableState> state_;  // as it was
  RestoreReport report_;
};

Status Restorer::Choose(const RestoreTarget& target) {
  target_ = target;
  ORESMITH_ASSERT(target.version.has_value() != target.timestamp_ms.has_value());
  Version version{0};
  if (target.version) {
    version = *target.version;
  } else {
    const std::shared_ptr<const Snapshot> newest = table_.snapshot();
    version = newest->version;
    if (*target.timestamp_ms < newest->timestamp_ms) {
      TRY(version,
          FindVersionAt(context_.store, table_.root(), newest->metadata, *target.timestamp_ms));
    }
  }
  auto state = LoadState(context_.store, table_.root(), version);
  if (!state) return Fail(std::move(state).error().Within("restore"));
  state_ = std::move(*state);
  report_.restored = version;
  for (const AddFile& file : state_->files()) report_.files_after.Add(file.size_bytes);
  return {};
}

Status Restorer::CheckFiles(const std::vector<AddFile>& files) const {
  std::vector<std::string> paths;
  for (const AddFile& file : files) {
    if (!IsAbsolutePath(file.path)) paths.push_back(file.path);
  }
  TRY(const std::vector<std::string> missing, FindMissing(context_.store, table_.root(), paths));
  if (missing.empty()) return {};
  std::string names;
  for (size_t i = 0; i < std::min(missing.size(), kNamesShown); ++i) {
    names += (i == 0 ? "" : ", ") + missing[i];
  }
  Error error = MakeError(
      ErrorKind::kInvalidInput,
      "restore {} to version {}: {} of its data files are deleted already: {}{}", Name(),
      Number(report_.restored), missing.size(), names, missing.size() > kNamesShown ? ", ..." : "");
  error.fix =
      "choose a newer version: VACUUM deletes the files of versions that are older than its "
      "retention";
  return Fail(std::move(error));
}

void Restorer::SetParameters(CommitRequest& request) const {
  request.operation_parameters = {
      {"version", target_.version ? std::to_string(Number(*target_.version)) : "null"},
      {"timestamp", target_.timestamp_ms ? std::to_string(*target_.timestamp_ms) : "null"}};
  const auto metric = [&](const char* name, int64_t number) {
    request.operation_metrics[name] = std::to_string(number);
  };
  metric("numRestoredFiles", report_.restored_files.files);
  metric("restoredFilesSize", report_.restored_files.total);
  metric("numRemovedFiles", report_.removed.files);
  metric("removedFilesSize", report_.removed.total);
  metric("numOfFilesAfterRestore", report_.files_after.files);
  metric("tableSizeAfterRestore", report_.files_after.total);
}

/// From the newest version to that which is wished for.
Result<CommitRequest> Restorer::MakeRequest() {
  TRY(const std::shared_ptr<const Snapshot> newest, table_.LoadSnapshot());
  const auto live = KeysOf(newest->files);
  const auto wanted = KeysOf(state_->files());
  CommitRequest request{.operation = "RESTORE"};
  report_.restored_files = {};
  report_.removed = {};
  for (const AddFile& file : state_->files()) {
    if (live.contains(KeyOf(file))) continue;
    request.adds.push_back(file);
    report_.restored_files.Add(file.size_bytes);
  }
  for (const AddFile& file : newest->files) {
    if (wanted.contains(KeyOf(file))) continue;
    request.removes.push_back(file);
    report_.removed.Add(file.size_bytes);
  }
  TRY_DO(CheckFiles(request.adds));
  const Metadata& before = state_->metadata();
  const Metadata& now = newest->metadata;
  const bool differs = before.schema != now.schema || before.configuration != now.configuration ||
                       before.partition_columns != now.partition_columns ||
                       before.description != now.description || before.name != now.name;
  if (differs) request.metadata = before;
  request.reads.whole_table = true;
  request.read_version = newest->version;
  SetParameters(request);
  return request;
}

Result<RestoreReport> Restorer::Run(const RestoreTarget& target) {
  TRY_DO(table_.Refresh());
  TRY_DO(Choose(target));
  for (int tries = 1;; ++tries) {
    TRY_DO(table_.Refresh());
    TRY(const CommitRequest request, MakeRequest());
    report_.version = table_.snapshot()->version;
    if (request.adds.empty() && request.removes.empty() && !request.metadata) return report_;
    auto version = table_.Commit(request);
    if (version) {
      report_.version = *version;
      return report_;
    }
    if (version.error().kind != ErrorKind::kConflict || tries == kTriesMax) {
      return Fail(std::move(version).error().Within("restore"));
    }
  }
}

/// Looks for the files of a table and of its deletion vectors.
class Checker {
 public:
  Checker(const MaintainContext& context, Table& table) : context_(context), table_(table) {}

  Result<FsckReport> Run(bool dry_run);

 private:
  Status Look(CommitRequest& request);
  Result<bool> LacksVector(const AddFile& file) const;

  const MaintainContext& context_;
  Table& table_;
  FsckReport report_;
};

Result<bool> Checker::LacksVector(const AddFile& file) const {
  if (file.extras == nullptr || !file.extras->deletion_vector) return false;
  const DeletionVector& vector = *file.extras->deletion_vector;
  if (vector.storage_type != "u") return false;
  const auto rows = ReadDeletedRows(context_.store, table_.root(), vector);
  if (rows) return false;
  if (rows.error().kind == ErrorKind::kNotFound) return true;
  // A broken one is not missing: that is for a person to decide.
  return Fail(Error(rows.error()).Within("fsck " + file.path));
}

Status Checker::Look(CommitRequest& request) {
  report_ = {};
  TRY(const std::shared_ptr<const Snapshot> snapshot, table_.LoadSnapshot());
  std::vector<std::string> paths;
  for (const AddFile& file : snapshot->files) {
    if (!IsAbsolutePath(file.path)) paths.push_back(file.path);
  }
  TRY(const auto missing, FindMissing(context_.store, table_.root(), paths));
  const std::unordered_set<std::string> lost(missing.begin(), missing.end());
  for (const AddFile& file : snapshot->files) {
    const bool is_lost = lost.contains(file.path);
    bool lacks_vector = false;
    if (!is_lost) {
      TRY(lacks_vector, LacksVector(file));
    }
    if (!is_lost && !lacks_vector) continue;
    (is_lost ? report_.missing : report_.missing_vectors).push_back(file.path);
    report_.rows_lost += std::max<int64_t>(0, file.num_records);
    request.removes.push_back(file);
  }
  request.read_version = snapshot->version;
  request.operation_metrics = {{"numRemovedFiles", std::to_string(request.removes.size())}};
  return {};
}

Result<FsckReport> Checker::Run(bool dry_run) {
  for (int tries = 1;; ++tries) {
    TRY_DO(table_.Refresh());
    CommitRequest request{.operation = "FSCK"};
    TRY_DO(Look(request));
    if (dry_run || request.removes.empty()) return report_;
    auto version = table_.Commit(request);
    if (version) {
      report_.version = *version;
      return report_;
    }
    if (version.error().kind != ErrorKind::kConflict || tries == kTriesMax) {
      return Fail(std::move(version).error().Within("fsck"));
    }
  }
}

}  // namespace

Result<RestoreReport> Restore(const MaintainContext& context, Table& table,
                              const RestoreTarget& target) {
  return Restorer(context, table).Run(target);
}

Result<FsckReport> Fsck(const MaintainContext& context, Table& table, bool dry_run) {
  return Checker(context, table).Run(dry_run);
}

}  // namespace oresmith::delta
