// Putting small files together.
// Source: Spark, OptimizeTableCommand, OptimizeExecutor, AutoCompact.

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "delta/features.h"
#include "delta/json_internal.h"
#include "delta/maintain.h"
#include "delta/path.h"
#include "delta/protocol.h"
#include "delta/row_changes.h"
#include "delta/writer.h"
#include "delta/zorder.h"

namespace oresmith::delta {
namespace {

using FilePtr = std::shared_ptr<const AddFile>;

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kTargetBytes = 1024 * kMiB;
// Files with a greater share of deleted rows are rewritten whatever their size. Source: Spark,
// DELTA_OPTIMIZE_MAX_DELETED_ROWS_RATIO.
constexpr double kDeletedShareMax = 0.05;
// So often files that others changed meanwhile are looked at again.
constexpr int kRoundsMax = 5;
// Source: Spark, DELTA_AUTO_COMPACT_MAX_FILE_SIZE, DELTA_AUTO_COMPACT_MIN_NUM_FILES.
constexpr int64_t kAutoTargetBytes = 128 * kMiB;
constexpr int64_t kAutoFilesMin = 50;
constexpr const char* kAutoFilesProperty = "oresmith.autoCompact.minFiles";

/// Files of one partition that are rewritten together.
using Group = std::vector<FilePtr>;

struct Rewritten {
  Group files;
  std::vector<AddFile> adds;
};

bool HasVector(const AddFile& file) {
  return file.extras != nullptr && file.extras->deletion_vector.has_value();
}

double DeletedShare(const AddFile& file) {
  if (!HasVector(file) || file.num_records <= 0) return 0;
  return static_cast<double>(file.extras->deletion_vector->cardinality) /
         static_cast<double>(file.num_records);
}

/// 134217728, 128mb, 128 MiB, 1g: Spark's byte units are powers of two.
std::optional<int64_t> ParseBytes(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number <= 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  while (text.starts_with(' ')) text.remove_prefix(1);
  constexpr std::string_view kUnits = "bkmgt";
  if (text.empty()) return number;
  const auto lower = static_cast<char>(text.front() | 0x20);
  const size_t unit = kUnits.find(lower);
  if (unit == std::string_view::npos || number > (INT64_MAX >> (10 * unit))) return std::nullopt;
  return number << (10 * unit);
}

int64_t TargetBytes(const Properties& configuration, int64_t asked, int64_t otherwise) {
  if (asked > 0) return asked;
  return ParseBytes(PropertyOr(configuration, "delta.targetFileSize", "")).value_or(otherwise);
}

/// The size below which a `percent`-th part of the files lies.
int64_t Percentile(std::vector<int64_t> sizes, size_t percent) {
  if (sizes.empty()) return 0;
  std::ranges::sort(sizes);
  return sizes[(sizes.size() - 1) * percent / 100];
}

std::string JsonList(const std::vector<std::string>& texts) {
  std::string list = "[";
  for (const std::string& text : texts) {
    if (list.size() > 1) list += ',';
    AppendJsonText(text, list);
  }
  // A list as the text of a JSON string that holds JSON: how Spark writes it.
  std::string quoted;
  AppendJsonText(list + "]", quoted);
  return quoted;
}

class Optimizer {
 public:
  Optimizer(const MaintainContext& context, Table& table, const OptimizeOptions& options)
      : context_(context), table_(table), options_(options) {}

  Result<OptimizeReport> Run();

 private:
  Status CheckColumns(const Metadata& metadata) const;
  std::vector<Group> Plan();
  void PlanPartition(std::vector<FilePtr> files, std::vector<Group>& groups) const;
  bool IsCandidate(const AddFile& file) const;
  Result<std::vector<AddFile>> Rewrite(const Group& group);
  Status CommitPending();
  CommitRequest Request() const;
  void Count(Version version);
  Status DropLost();

  const MaintainContext& context_;
  Table& table_;
  const OptimizeOptions& options_;
  std::shared_ptr<const Snapshot> snapshot_;  // on which the groups rest
  int64_t target_bytes_ = 0;
  std::vector<Rewritten> pending_;
  int64_t pending_bytes_ = 0;
  std::vector<Group> again_;
  std::unordered_set<std::string> partitions_;
  OptimizeReport report_;
};

Status Optimizer::CheckColumns(const Metadata& metadata) const {
  const std::string name = context_.store.Describe(table_.root());
  if (options_.zorder_by.size() > kZOrderColumnsMax) {
    return Fail(ErrorKind::kInvalidInput, "optimize {}: ZORDER BY takes at most {} columns, not {}",
                name, kZOrderColumnsMax, options_.zorder_by.size());
  }
  for (const std::string& column : options_.zorder_by) {
    const auto field = std::ranges::find(metadata.schema, column, &types::Field::name);
    if (field == metadata.schema.end()) {
      return Fail(ErrorKind::kInvalidInput, "optimize {}: ZORDER BY: there is no column {}", name,
                  column);
    }
    if (std::ranges::count(metadata.partition_columns, column) > 0) {
      return Fail(ErrorKind::kInvalidInput,
                  "optimize {}: ZORDER BY: {} is a partition column, which has one value per file",
                  name, column);
    }
    if (CanZOrderBy(field->type)) continue;
    return Fail(ErrorKind::kInvalidInput, "optimize {}: ZORDER BY: {} has the type {}", name,
                column, field->type.ToSql());
  }
  return {};
}

bool Optimizer::IsCandidate(const AddFile& file) const {
  if (!options_.zorder_by.empty()) return true;
  if (options_.purge) return HasVector(file);
  return file.size_bytes < target_bytes_ || DeletedShare(file) > kDeletedShareMax;
}

/// Fills groups with the smallest files first, each up to the target.
void Optimizer::PlanPartition(std::vector<FilePtr> files, std::vector<Group>& groups) const {
  std::ranges::stable_sort(files, {}, [](const FilePtr& file) { return file->size_bytes; });
  const bool sorts = !options_.zorder_by.empty();
  const int64_t most = sorts ? std::max(options_.commit_bytes_max, target_bytes_) : target_bytes_;
  std::vector<Group> made;
  int64_t bytes = 0;
  for (FilePtr& file : files) {
    if (made.empty() || bytes + file->size_bytes > most) {
      made.emplace_back();
      bytes = 0;
    }
    bytes += file->size_bytes;
    made.back().push_back(std::move(file));
  }
  for (Group& group : made) {
    const bool worth = group.size() > 1 || sorts ||
                       DeletedShare(*group.front()) > kDeletedShareMax ||
                       (options_.purge && HasVector(*group.front()));
    if (worth) groups.push_back(std::move(group));
  }
}

std::vector<Group> Optimizer::Plan() {
  std::map<PartitionValues, std::vector<FilePtr>> partitions;
  for (FilePtr& file : snapshot_->files.Pointers()) {
    if (options_.partitions && !options_.partitions(file->partition_values)) continue;
    ++report_.files_considered;
    if (IsCandidate(*file)) partitions[file->partition_values].push_back(std::move(file));
  }
  std::vector<Group> groups;
  for (auto& [values, files] : partitions) PlanPartition(std::move(files), groups);
  return groups;
}

Result<std::vector<AddFile>> Optimizer::Rewrite(const Group& group) {
  auto part = std::make_shared<Snapshot>();
  part->version = snapshot_->version;
  part->protocol = snapshot_->protocol;
  part->metadata = snapshot_->metadata;
  part->files.Append(group);
  const std::unique_ptr<columnar::Relation> rows = table_.Scan(part);
  const bool sorts = !options_.zorder_by.empty();
  // A compacted group is one file: it was chosen to be of the right size.
  const WriterOptions writing{.file_bytes_max = sorts ? target_bytes_ : INT64_MAX};
  // The rows were held to the table's rules when they came.
  TRY_DO(
      CheckWritableByRules(context_.store.Describe(table_.root()), part->protocol, part->metadata));
  TRY(const auto writer, MakeFileWriter(context_.store, table_.root(), part->metadata, writing,
                                        context_.clock, context_.random));
  if (sorts) {
    const ZOrderInput input{.context = context_,
                            .root = table_.root(),
                            .rows = *rows,
                            .columns = options_.zorder_by,
                            .bytes_max = options_.sort_bytes_max};
    TRY_DO(WriteZOrdered(input, *writer));
    return writer->Close();
  }
  std::vector<int> columns(rows->schema().size());
  std::iota(columns.begin(), columns.end(), 0);
  TRY(const auto reader, rows->Open(columns));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return writer->Close();
    TRY_DO(writer->Write(batch));
  }
}

CommitRequest Optimizer::Request() const {
  CommitRequest request{.operation = options_.purge ? "REORG" : "OPTIMIZE", .data_change = false};
  std::vector<std::string> predicates;
  if (!options_.predicate_text.empty()) predicates.push_back(options_.predicate_text);
  request.operation_parameters = {{"predicate", JsonList(predicates)},
                                  {"auto", options_.is_auto ? "true" : "false"}};
  if (!options_.purge) request.operation_parameters["zOrderBy"] = JsonList(options_.zorder_by);
  if (options_.purge) request.operation_parameters["applyPurge"] = "true";
  request.read_version = snapshot_->version;
  std::vector<int64_t> sizes;
  FileSizes removed;
  int64_t vectors = 0;
  for (const Rewritten& rewritten : pending_) {
    for (const FilePtr& file : rewritten.files) {
      request.removes.push_back(*file);
      removed.Add(file->size_bytes);
      vectors += HasVector(*file) ? 1 : 0;
    }
    for (const AddFile& file : rewritten.adds) {
      request.adds.push_back(file);
      sizes.push_back(file.size_bytes);
    }
  }
  const int64_t total = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  const auto metric = [&](const char* name, int64_t number) {
    request.operation_metrics[name] = std::to_string(number);
  };
  metric("numRemovedFiles", removed.files);
  metric("numRemovedBytes", removed.total);
  metric("numAddedFiles", std::ssize(sizes));
  metric("numAddedBytes", total);
  metric("numDeletionVectorsRemoved", vectors);
  metric("minFileSize", Percentile(sizes, 0));
  metric("p25FileSize", Percentile(sizes, 25));
  metric("p50FileSize", Percentile(sizes, 50));
  metric("p75FileSize", Percentile(sizes, 75));
  metric("maxFileSize", Percentile(sizes, 100));
  return request;
}

void Optimizer::Count(Version version) {
  for (const Rewritten& rewritten : pending_) {
    for (const FilePtr& file : rewritten.files) {
      report_.removed.Add(file->size_bytes);
      report_.deletion_vectors += HasVector(*file) ? 1 : 0;
    }
    for (const AddFile& file : rewritten.adds) report_.added.Add(file.size_bytes);
    std::string key;
    for (const auto& [name, value] : rewritten.files.front()->partition_values) {
      key += value ? fmt::format("{}:{}", value->size(), *value) : "-:";
    }
    partitions_.insert(std::move(key));
  }
  report_.partitions = std::ssize(partitions_);
  report_.version = version;
  pending_.clear();
  pending_bytes_ = 0;
}

/// Takes groups back of which somebody else changed a file.
Status Optimizer::DropLost() {
  TRY_DO(table_.Refresh());
  TRY(const std::shared_ptr<const Snapshot> newest, table_.LoadSnapshot());
  std::unordered_map<std::string_view, FilePtr> by_path;
  const std::vector<FilePtr> live = newest->files.Pointers();
  for (const FilePtr& file : live) by_path.emplace(file->path, file);
  std::vector<Rewritten> kept;
  for (Rewritten& rewritten : pending_) {
    Group now;
    bool is_whole = true;
    for (const FilePtr& file : rewritten.files) {
      const auto found = by_path.find(file->path);
      if (found != by_path.end()) now.push_back(found->second);
      is_whole &= found != by_path.end() &&
                  found->second->deletion_vector_id() == file->deletion_vector_id();
    }
    if (is_whole) {
      kept.push_back(std::move(rewritten));
      continue;
    }
    ++report_.groups_lost;
    for (const AddFile& file : rewritten.adds) {
      // In no version, and in none to come. What cannot be deleted is left to VACUUM.
      static_cast<void>(context_.store.Delete(KeyUnder(table_.root(), file.path)));
    }
    if (now.size() > 1) again_.push_back(std::move(now));
  }
  pending_ = std::move(kept);
  return {};
}

Status Optimizer::CommitPending() {
  while (!pending_.empty()) {
    auto version = table_.Commit(Request());
    if (version) {
      Count(*version);
      return {};
    }
    if (version.error().kind != ErrorKind::kConflict) return Fail(std::move(version).error());
    const size_t before = pending_.size();
    TRY_DO(DropLost());
    // Then it is not for the files that it cannot be.
    if (pending_.size() == before) return Fail(std::move(version).error());
  }
  pending_bytes_ = 0;
  return {};
}

Result<OptimizeReport> Optimizer::Run() {
  TRY_DO(table_.Refresh());
  TRY(snapshot_, table_.LoadSnapshot());
  TRY_DO(CheckColumns(snapshot_->metadata));
  target_bytes_ =
      TargetBytes(snapshot_->metadata.configuration, options_.target_file_bytes, kTargetBytes);
  std::vector<Group> groups = Plan();
  for (int round = 0; !groups.empty() && round < kRoundsMax; ++round) {
    for (Group& group : groups) {
      if (options_.stop.stop_requested()) {
        TRY_DO(CommitPending());
        return report_;
      }
      TRY(std::vector<AddFile> adds, Rewrite(group));
      for (const FilePtr& file : group) pending_bytes_ += file->size_bytes;
      pending_.push_back({.files = std::move(group), .adds = std::move(adds)});
      if (pending_bytes_ >= options_.commit_bytes_max) TRY_DO(CommitPending());
    }
    TRY_DO(CommitPending());
    groups = std::exchange(again_, {});
    TRY(snapshot_, table_.LoadSnapshot());
  }
  if (groups.empty()) return report_;
  return Fail(ErrorKind::kConflict,
              "optimize {}: others keep changing files while they are rewritten; {} groups of "
              "files are left as they are",
              context_.store.Describe(table_.root()), groups.size());
}

/// The partitions with enough small files, and how many small files there are in each.
std::map<PartitionValues, int64_t> PartitionsToCompact(const Snapshot& snapshot) {
  const Properties& configuration = snapshot.metadata.configuration;
  std::map<PartitionValues, int64_t> small;
  if (!AsksForAutoCompact(snapshot.metadata)) return small;
  const int64_t limit = TargetBytes(configuration, 0, kAutoTargetBytes) / 2;
  for (const AddFile& file : snapshot.files) {
    if (file.size_bytes < limit) ++small[file.partition_values];
  }
  int64_t least = kAutoFilesMin;
  const std::string text = PropertyOr(configuration, kAutoFilesProperty, "");
  std::from_chars(text.data(), text.data() + text.size(), least);
  least = std::max<int64_t>(least, 2);
  std::erase_if(small, [&](const auto& entry) { return entry.second < least; });
  return small;
}

}  // namespace

void FileSizes::Add(int64_t bytes) {
  min = files == 0 ? bytes : std::min(min, bytes);
  max = std::max(max, bytes);
  total += bytes;
  ++files;
}

Result<OptimizeReport> Optimize(const MaintainContext& context, Table& table,
                                const OptimizeOptions& options) {
  return Optimizer(context, table, options).Run();
}

bool AsksForAutoCompact(const Metadata& metadata) {
  const std::string asked =
      PropertyOr(metadata.configuration, "delta.autoOptimize.autoCompact", "false");
  return asked == "true" || asked == "auto" || asked == "legacy";
}

bool WantsAutoCompact(const Snapshot& snapshot) { return !PartitionsToCompact(snapshot).empty(); }

Result<OptimizeReport> AutoCompact(const MaintainContext& context, Table& table,
                                   std::stop_token stop) {
  TRY_DO(table.Refresh());
  TRY(const std::shared_ptr<const Snapshot> snapshot, table.LoadSnapshot());
  const auto partitions = PartitionsToCompact(*snapshot);
  if (partitions.empty()) return OptimizeReport();
  OptimizeOptions options;
  options.target_file_bytes = TargetBytes(snapshot->metadata.configuration, 0, kAutoTargetBytes);
  options.partitions = [&](const PartitionValues& values) { return partitions.contains(values); };
  options.is_auto = true;
  options.stop = std::move(stop);
  return Optimize(context, table, options);
}

}  // namespace oresmith::delta
