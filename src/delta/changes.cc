#include "delta/changes.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "delta/deletion_vector.h"
#include "delta/log.h"
#include "delta/protocol.h"
#include "delta/scan.h"
#include "delta/time_travel.h"
#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using storage::Store;
using types::Type;
using types::TypeId;

constexpr std::string_view kChangeType = "_change_type";
constexpr std::string_view kCommitVersion = "_commit_version";
constexpr std::string_view kCommitTimestamp = "_commit_timestamp";

/// The rows of both, as one.
class BothReader final : public columnar::BatchReader {
 public:
  BothReader(std::unique_ptr<BatchReader> first, std::unique_ptr<BatchReader> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  Result<columnar::Batch> Next() override {
    TRY(columnar::Batch batch, first_->Next());
    if (batch != nullptr) return batch;
    return second_->Next();
  }

 private:
  const std::unique_ptr<BatchReader> first_;
  const std::unique_ptr<BatchReader> second_;
};

class Both final : public columnar::Relation {
 public:
  Both(std::unique_ptr<Relation> first, std::unique_ptr<Relation> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  const types::Schema& schema() const override { return first_->schema(); }
  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    TRY(auto first, first_->Open(columns));
    TRY(auto second, second_->Open(columns));
    return std::make_unique<BothReader>(std::move(first), std::move(second));
  }

 private:
  const std::unique_ptr<Relation> first_;
  const std::unique_ptr<Relation> second_;
};

/// What a commit says of a file, the same for files that come and that go.
struct FileOfCommit {
  std::string path;
  PartitionValues partition_values;
  std::shared_ptr<const FileExtras> extras;

  const DeletionVector* vector() const {
    return extras != nullptr && extras->deletion_vector ? &*extras->deletion_vector : nullptr;
  }
};

/// Gathers what is to be read, version by version.
class ChangePlan {
 public:
  ChangePlan(Store& store, const std::string& root, Version to, const Metadata& metadata)
      : store_(store), root_(root), is_partitioned_(!metadata.partition_columns.empty()) {
    Metadata columns = metadata;
    columns.schema.push_back(
        {.name = std::string(kChangeType), .type = Type(TypeId::kString), .nullable = true});
    columns.schema.push_back(
        {.name = std::string(kCommitVersion), .type = Type(TypeId::kLong), .nullable = true});
    columns.schema.push_back({.name = std::string(kCommitTimestamp),
                              .type = Type(TypeId::kTimestamp),
                              .nullable = true});
    // What a file does not hold, and is the same for all its rows, is a partition value.
    columns.partition_columns.emplace_back(kCommitVersion);
    columns.partition_columns.emplace_back(kCommitTimestamp);
    written_ = std::make_unique<ScanInput>(
        ScanInput{.store = store, .root = root, .version = to, .metadata = columns, .files = {}});
    written_->missing_fix =
        "VACUUM takes files of changes away after delta.deletedFileRetentionDuration: read the "
        "changes of newer versions, or the whole table";
    columns.partition_columns.emplace_back(kChangeType);
    derived_ = std::make_unique<ScanInput>(*written_);
    derived_->metadata = std::move(columns);
  }

  Status Add(Version version, int64_t time_ms, Actions actions);
  std::unique_ptr<columnar::Relation> Finish() {
    return std::make_unique<Both>(MakeScan(std::move(*written_)), MakeScan(std::move(*derived_)));
  }

 private:
  Status AddDerived(Actions actions);
  Status AddDifference(const FileOfCommit& before, const FileOfCommit& after);
  Result<std::shared_ptr<const DeletedRows>> DeletedOf(const FileOfCommit& file) const;
  std::shared_ptr<AddFile> MakeFile(const FileOfCommit& file) const;
  void AddFileRows(const FileOfCommit& file, std::string_view change_type,
                   std::shared_ptr<const DeletedRows> only);

  Store& store_;
  const std::string& root_;
  const bool is_partitioned_;
  std::unique_ptr<ScanInput> written_;  // files of changes
  std::unique_ptr<ScanInput> derived_;  // files that came and went
  Version version_{0};                  // the one that is added
  std::string time_text_;
};

std::shared_ptr<AddFile> ChangePlan::MakeFile(const FileOfCommit& file) const {
  auto made = std::make_shared<AddFile>();
  made->path = file.path;
  made->partition_values = file.partition_values;
  made->extras = file.extras;
  made->partition_values[std::string(kCommitVersion)] = fmt::format("{}", Number(version_));
  made->partition_values[std::string(kCommitTimestamp)] = time_text_;
  return made;
}

/// `only`: null for all rows that the file's deletion vector leaves.
void ChangePlan::AddFileRows(const FileOfCommit& file, std::string_view change_type,
                             std::shared_ptr<const DeletedRows> only) {
  const auto made = MakeFile(file);
  made->partition_values[std::string(kChangeType)] = change_type;
  if (only != nullptr) derived_->only_rows.emplace(made.get(), std::move(only));
  derived_->files.push_back(made);
}

Result<std::shared_ptr<const DeletedRows>> ChangePlan::DeletedOf(const FileOfCommit& file) const {
  if (file.vector() == nullptr) return std::make_shared<const DeletedRows>();
  return ReadDeletedRows(store_, root_, *file.vector());
}

/// Another deletion vector for a file that stays: the rows that it took and gave back.
Status ChangePlan::AddDifference(const FileOfCommit& before, const FileOfCommit& after) {
  TRY(const auto old_rows, DeletedOf(before));
  TRY(const auto new_rows, DeletedOf(after));
  auto lost = std::make_shared<DeletedRows>();
  auto back = std::make_shared<DeletedRows>();
  std::ranges::set_difference(new_rows->rows, old_rows->rows, std::back_inserter(lost->rows));
  std::ranges::set_difference(old_rows->rows, new_rows->rows, std::back_inserter(back->rows));
  if (!lost->rows.empty()) AddFileRows(after, "delete", std::move(lost));
  if (!back->rows.empty()) AddFileRows(after, "insert", std::move(back));
  return {};
}

Status ChangePlan::AddDerived(Actions actions) {
  std::map<std::string, FileOfCommit> gone;
  for (RemoveFile& file : actions.removes) {
    if (!file.data_change) continue;
    if (is_partitioned_ && !file.extended) {
      return Fail(ErrorKind::kUnsupported,
                  "version {}: the remove action of {} lacks its partition values, so that the "
                  "deleted rows cannot be told",
                  Number(version_), file.path);
    }
    gone[file.path] = {file.path, std::move(file.partition_values), std::move(file.extras)};
  }
  for (AddFile& file : actions.adds) {
    if (!file.data_change) continue;
    const FileOfCommit added{file.path, std::move(file.partition_values), std::move(file.extras)};
    const auto before = gone.find(added.path);
    if (before == gone.end()) {
      AddFileRows(added, "insert", nullptr);
      continue;
    }
    auto difference = AddDifference(before->second, added);
    if (!difference) {
      return Fail(std::move(difference)
                      .error()
                      .Within(fmt::format("version {}: {}", Number(version_), added.path)));
    }
    gone.erase(before);
  }
  for (const auto& [path, file] : gone) AddFileRows(file, "delete", nullptr);
  return {};
}

Status ChangePlan::Add(Version version, int64_t time_ms, Actions actions) {
  constexpr int64_t kMicrosPerMilli = 1000;
  version_ = version;
  time_text_ = TimestampText(time_ms * kMicrosPerMilli, 6, 'T') + "Z";
  // Files of changes say all that the commit changed: its other files are no source then.
  if (actions.changes.empty()) return AddDerived(std::move(actions));
  for (ChangeFile& file : actions.changes) {
    written_->files.push_back(
        MakeFile({std::move(file.path), std::move(file.partition_values), nullptr}));
  }
  return {};
}

Status CheckKeepsChanges(const Metadata& metadata, Version version) {
  if (IsSet(metadata.configuration, "delta.enableChangeDataFeed")) return {};
  return Fail(
      MakeError(ErrorKind::kInvalidInput,
                "the table did not keep its changes in version {} (delta.enableChangeDataFeed)",
                Number(version))
          .WithFix("ask for versions since it is on; ALTER TABLE ... SET TBLPROPERTIES "
                   "(delta.enableChangeDataFeed = true) turns it on for later ones"));
}

Status CheckNames(const Metadata& metadata) {
  for (const types::Field& field : metadata.schema) {
    for (const std::string_view taken : {kChangeType, kCommitVersion, kCommitTimestamp}) {
      if (field.name != taken) continue;
      return Fail(ErrorKind::kUnsupported,
                  "column {} of the table has the name of a column of the change feed", taken);
    }
  }
  return {};
}

/// REQUIRES: from <= to.
Result<std::unique_ptr<columnar::Relation>> Plan(Store& store, const std::string& root,
                                                 Version from, Version to, const Metadata& newest) {
  TRY(const std::vector<int64_t> times_ms, FindCommitTimes(store, root, newest, from, to));
  TRY(const TableState first, LoadState(store, root, from));
  TRY_DO(CheckKeepsChanges(first.metadata(), from));
  Metadata metadata = newest;
  if (ColumnMappingOf(newest) != ColumnMapping::kNone) {
    TRY(const TableState last, LoadState(store, root, to));
    metadata = last.metadata();
  }
  TRY_DO(CheckNames(metadata));
  ChangePlan plan(store, root, to, metadata);
  for (size_t i = 0; i < times_ms.size(); ++i) {
    const Version version{Number(from) + static_cast<int64_t>(i)};
    TRY(Actions actions, ReadCommit(store, root, version));
    if (actions.metadata) TRY_DO(CheckKeepsChanges(*actions.metadata, version));
    TRY_DO(plan.Add(version, times_ms[i], std::move(actions)));
  }
  return plan.Finish();
}

}  // namespace

Result<std::unique_ptr<columnar::Relation>> ScanChangeFeed(Store& store, std::string root,
                                                           Version from,
                                                           std::optional<Version> to) {
  const std::string name = store.Describe(root);
  if (Number(from) < 0 || (to && *to < from)) {
    return Fail(ErrorKind::kInvalidInput,
                "read changes of {}: versions {} to {}: the last must not be before the first, nor "
                "the first below 0",
                name, Number(from), Number(to.value_or(from)));
  }
  TRY(const TableState newest, LoadState(store, root, std::nullopt));
  if (from > newest.version()) {
    return Fail(ErrorKind::kNotFound,
                "read changes of {}: there is no version {}; the newest is {}", name, Number(from),
                Number(newest.version()));
  }
  auto changes = Plan(store, root, from, std::min(to.value_or(newest.version()), newest.version()),
                      newest.metadata());
  if (!changes) return Fail(std::move(changes).error().Within("read changes of " + name));
  return changes;
}

}  // namespace oresmith::delta
