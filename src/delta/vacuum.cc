// Deleting files that no version refers to any more.
// Source: Spark, VacuumCommand; Delta PROTOCOL.md, "Vacuum Protocol Check".

#include <algorithm>
#include <set>
#include <unordered_set>
#include <utility>

#include "delta/deletion_vector.h"
#include "delta/features.h"
#include "delta/log.h"
#include "delta/maintain.h"
#include "delta/path.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

using storage::ObjectInfo;

constexpr int64_t kHourMs = 60 * 60 * 1000;
constexpr int64_t kRetentionDefaultMs = 7 * 24 * kHourMs;
constexpr int64_t kRetentionLeastMs = 168 * kHourMs;
constexpr const char* kRetentionProperty = "delta.deletedFileRetentionDuration";

bool IsDeletionVectorFile(std::string_view path) {
  return NameOf(path).starts_with("deletion_vector_");
}

/// The files that some version within the retention needs.
class KeepSet {
 public:
  void Add(std::string_view path, const std::shared_ptr<const FileExtras>& extras) {
    AddPath(path);
    if (extras == nullptr || !extras->deletion_vector) return;
    const DeletionVector& vector = *extras->deletion_vector;
    if (vector.storage_type == "p") AddPath(DecodePath(vector.path_or_inline));
    if (vector.storage_type != "u") return;
    const std::string file = DeletionVectorFile(vector.path_or_inline);
    // Of a name that cannot be read nobody knows which file it means.
    if (file.empty()) keeps_all_vectors_ = true;
    paths_.insert(file);
  }

  bool Contains(const std::string& path) const {
    if (paths_.contains(path)) return true;
    if (keeps_all_vectors_ && IsDeletionVectorFile(path)) return true;
    return !names_.empty() && names_.contains(std::string(NameOf(path)));
  }

 private:
  /// `<prefix>/deletion_vector_<uuid>.bin`; "" for a text that is none.
  static std::string DeletionVectorFile(std::string_view text) {
    constexpr size_t kUuidLength = 20;
    if (text.size() < kUuidLength) return "";
    const std::string_view prefix = text.substr(0, text.size() - kUuidLength);
    const std::optional<std::string> uuid = DecodeZ85(text.substr(prefix.size()));
    if (!uuid) return "";
    std::string name = "deletion_vector_";
    for (size_t i = 0; i < uuid->size(); ++i) {
      if (i == 4 || i == 6 || i == 8 || i == 10) name += '-';
      name += fmt::format("{:02x}", static_cast<unsigned char>((*uuid)[i]));
    }
    return KeyUnder(prefix, name + ".bin");
  }

  void AddPath(std::string_view path) {
    // An absolute path may mean a file of this folder in another spelling: its name is enough to
    // keep that.
    if (IsAbsolutePath(path)) {
      names_.emplace(NameOf(path));
    } else {
      paths_.emplace(path);
    }
  }

  std::unordered_set<std::string> paths_;
  std::unordered_set<std::string> names_;
  bool keeps_all_vectors_ = false;
};

class Vacuumer {
 public:
  Vacuumer(const MaintainContext& context, Table& table, const VacuumOptions& options)
      : context_(context), table_(table), options_(options) {}

  Result<VacuumReport> Run();

 private:
  std::string Name() const { return context_.store.Describe(table_.root()); }
  Status CheckRetention() const;
  Status FillKeepSet();
  bool IsHidden(std::string_view path) const;
  Status FindAll();
  Status FindInLog();
  void Take(std::string path, int64_t bytes);
  Result<Version> Log(const CommitRequest& request);
  Status LogStart();
  Status LogEnd(int64_t deleted, bool is_done);
  Status DeleteAll();

  const MaintainContext& context_;
  Table& table_;
  const VacuumOptions& options_;
  std::shared_ptr<const Snapshot> snapshot_;
  int64_t retention_ms_ = 0;
  int64_t before_ms_ = 0;  // what is older may be deleted
  KeepSet keep_;
  std::vector<std::string> doomed_;            // paths under the table
  std::unordered_set<std::string> checksums_;  // of Hadoop's local file system: `.name.crc`
  VacuumReport report_;
};

Status Vacuumer::CheckRetention() const {
  if (retention_ms_ < 0) {
    return Fail(ErrorKind::kInvalidInput, "vacuum {}: the retention is less than nothing", Name());
  }
  // A table whose own property says less has been told so on purpose.
  const int64_t least =
      std::min(kRetentionLeastMs, IntervalPropertyOr(snapshot_->metadata.configuration,
                                                     kRetentionProperty, kRetentionDefaultMs));
  if (retention_ms_ >= least || options_.force) return {};
  Error error = MakeError(
      ErrorKind::kInvalidInput,
      "vacuum {}: a retention of {:.4g} hours is below {} hours: readers of older versions and "
      "writers that are at work would lose their files",
      Name(), static_cast<double>(retention_ms_) / kHourMs, least / kHourMs);
  error.fix = fmt::format(
      "retain {} hours or more; or force it when nobody reads or writes the table meanwhile",
      least / kHourMs);
  return Fail(std::move(error));
}

Status Vacuumer::FillKeepSet() {
  for (const AddFile& file : snapshot_->files) keep_.Add(file.path, file.extras);
  TRY(const std::vector<RemoveFile> tombstones, table_.Tombstones());
  for (const RemoveFile& file : tombstones) {
    if (file.deletion_ms.value_or(0) >= before_ms_) keep_.Add(file.path, file.extras);
  }
  return {};
}

/// Some part of the path is a hidden name. Source: Spark, DeltaTableUtils.isHiddenDirectory.
bool Vacuumer::IsHidden(std::string_view path) const {
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.starts_with('_') && !part.starts_with('.')) continue;
    if (part.starts_with("_change_data") || part.starts_with("_delta_index")) continue;
    const auto& columns = snapshot_->metadata.partition_columns;
    const bool is_partition = std::ranges::any_of(columns, [&](const std::string& column) {
      return part.starts_with(column) && part.substr(column.size()).starts_with('=');
    });
    if (!is_partition) return true;
  }
  return false;
}

void Vacuumer::Take(std::string path, int64_t bytes) {
  ++report_.files;
  report_.bytes += bytes;
  if (std::ssize(report_.names) < options_.names_max) report_.names.push_back(path);
  doomed_.push_back(std::move(path));
}

Status Vacuumer::FindAll() {
  TRY(const std::vector<ObjectInfo> objects, context_.store.ListRecursive(table_.root()));
  const size_t begin = table_.root().empty() ? 0 : table_.root().size() + 1;
  std::set<std::string_view> folders;
  for (const ObjectInfo& object : objects) {
    std::string path = object.key.substr(begin);
    if (NameOf(path).starts_with('.') && path.ends_with(".crc")) checksums_.insert(path);
    if (IsHidden(path)) continue;
    const std::string_view key = object.key;
    folders.insert(key.substr(0, key.size() - NameOf(key).size()));
    if (object.modified_ms >= before_ms_ || keep_.Contains(path)) continue;
    Take(std::move(path), object.size_bytes);
  }
  report_.folders = std::ssize(folders);
  return {};
}

/// What the log says was removed. What was removed before the log begins is not found.
Status Vacuumer::FindInLog() {
  std::unordered_set<std::string> seen;
  const std::string& root = table_.root();
  TRY(const std::vector<ObjectInfo> objects, context_.store.List(LogFolder(root), ""));
  for (const ObjectInfo& object : objects) {
    const std::optional<LogFileName> name = ParseLogFileName(NameOf(object.key));
    if (!name || name->kind != LogFileName::Kind::kCommit) continue;
    if (name->version > snapshot_->version) break;
    auto actions = ReadCommit(context_.store, root, name->version);
    // Cleaned up meanwhile.
    if (!actions && actions.error().kind == ErrorKind::kNotFound) continue;
    if (!actions) return Fail(std::move(actions).error());
    for (const RemoveFile& file : actions->removes) {
      if (file.deletion_ms.value_or(0) >= before_ms_) continue;
      if (IsAbsolutePath(file.path) || IsHidden(file.path) || keep_.Contains(file.path)) continue;
      if (!seen.insert(file.path).second) continue;
      auto there = context_.store.Head(KeyUnder(root, file.path));
      if (!there && there.error().kind == ErrorKind::kNotFound) continue;
      if (!there) return Fail(std::move(there).error());
      if (there->modified_ms < before_ms_) Take(file.path, there->size_bytes);
    }
  }
  return {};
}

Status Vacuumer::LogStart() {
  CommitRequest request{.operation = "VACUUM START", .data_change = false};
  const int64_t property_ms = IntervalPropertyOr(snapshot_->metadata.configuration,
                                                 kRetentionProperty, kRetentionDefaultMs);
  request.operation_parameters = {{"retentionCheckEnabled", options_.force ? "false" : "true"},
                                  {"defaultRetentionMillis", std::to_string(property_ms)}};
  if (options_.retention_ms) {
    request.operation_parameters["specifiedRetentionMillis"] = std::to_string(retention_ms_);
  }
  request.operation_metrics = {{"numFilesToDelete", std::to_string(report_.files)},
                               {"sizeOfDataToDelete", std::to_string(report_.bytes)}};
  TRY(report_.start_version, table_.Commit(request));
  return {};
}

Status Vacuumer::LogEnd(int64_t deleted, bool is_done) {
  CommitRequest request{.operation = "VACUUM END", .data_change = false};
  request.operation_parameters = {{"status", is_done ? "\"COMPLETED\"" : "\"FAILED\""}};
  request.operation_metrics = {{"numDeletedFiles", std::to_string(deleted)},
                               {"numVacuumedDirectories", std::to_string(report_.folders)}};
  TRY(report_.end_version, table_.Commit(request));
  return {};
}

Status Vacuumer::DeleteAll() {
  int64_t deleted = 0;
  for (const std::string& path : doomed_) {
    auto status = context_.store.Delete(KeyUnder(table_.root(), path));
    if (!status) {
      // The failure is what matters; that it cannot be noted either says nothing more.
      static_cast<void>(LogEnd(deleted, /*is_done=*/false));
      return Fail(std::move(status).error().Within(fmt::format("vacuum {}", Name())));
    }
    ++deleted;
    const std::string_view name = NameOf(path);
    const std::string checksum =
        fmt::format("{}.{}.crc", std::string_view(path).substr(0, path.size() - name.size()), name);
    if (checksums_.contains(checksum)) {
      static_cast<void>(context_.store.Delete(KeyUnder(table_.root(), checksum)));
    }
  }
  return LogEnd(deleted, /*is_done=*/true);
}

Result<VacuumReport> Vacuumer::Run() {
  TRY_DO(table_.Refresh());
  TRY(snapshot_, table_.LoadSnapshot());
  // A writer that does not know a feature may not know either which files it needs.
  TRY_DO(CheckCommittable(Name(), snapshot_->protocol, snapshot_->metadata));
  retention_ms_ = options_.retention_ms.value_or(IntervalPropertyOr(
      snapshot_->metadata.configuration, kRetentionProperty, kRetentionDefaultMs));
  TRY_DO(CheckRetention());
  before_ms_ = Millis(context_.clock.Now()) - retention_ms_;
  TRY_DO(FillKeepSet());
  if (options_.lite) {
    TRY_DO(FindInLog());
  } else {
    TRY_DO(FindAll());
  }
  if (options_.dry_run || doomed_.empty()) return report_;
  TRY_DO(LogStart());
  TRY_DO(DeleteAll());
  return report_;
}

}  // namespace

Result<VacuumReport> Vacuum(const MaintainContext& context, Table& table,
                            const VacuumOptions& options) {
  return Vacuumer(context, table, options).Run();
}

}  // namespace oresmith::delta
