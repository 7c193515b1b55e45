#include "pipeline/checkpoint.h"

#include <algorithm>
#include <charconv>

namespace oresmith::pipeline {
namespace {

constexpr std::string_view kVersionLine = "v1";

/// The newest epochs that keep files of their own, as in Spark (minBatchesToRetain); so many more
/// are archived at a time.
constexpr size_t kEpochsKept = 100;
/// Past so many bytes of file lists the kept epochs are fewer.
constexpr int64_t kKeptBytesMax = 16 << 20;

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

/// The numbers that are the names of a folder's files, sorted.
Result<std::vector<int64_t>> Numbers(storage::Store& store, const std::string& folder) {
  TRY(const std::vector<storage::ObjectInfo> objects, store.List(folder, ""));
  std::vector<int64_t> numbers;
  for (const storage::ObjectInfo& object : objects) {
    const std::string_view name = std::string_view(object.key).substr(folder.size() + 1);
    if (const auto number = ParseNumber(name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Folders are not listed by a Store: a generation shows by the files below it.
Result<int64_t> NewestGeneration(storage::Store& store, const std::string& root) {
  for (int64_t generation = 0;; ++generation) {
    const auto metadata = store.Head(fmt::format("{}/{}/metadata", root, generation));
    if (metadata) continue;
    if (metadata.error().kind != ErrorKind::kNotFound) return Fail(metadata.error());
    return generation - 1;
  }
}

Result<std::string> IdOf(const std::string& path, std::string_view metadata) {
  constexpr std::string_view kBefore = R"({"id":")";
  const size_t begin = metadata.find(kBefore);
  const size_t end = begin == std::string_view::npos ? std::string_view::npos
                                                     : metadata.find('"', begin + kBefore.size());
  if (end == std::string_view::npos) {
    return Fail(ErrorKind::kCorrupt, "read checkpoint {}: no id in it", path);
  }
  return std::string(metadata.substr(begin + kBefore.size(), end - begin - kBefore.size()));
}

Result<std::optional<std::string>> SchemaAt(storage::Store& store, const std::string& root,
                                            int source) {
  auto json = store.Get(fmt::format("{}/schemas/{}", root, source));
  if (json) return std::optional<std::string>(std::move(*json));
  if (json.error().kind == ErrorKind::kNotFound) return std::optional<std::string>{};
  return Fail(std::move(json).error());
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  size_t begin = 0;
  while (begin < text.size()) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

}  // namespace

Result<Checkpoint> Checkpoint::Open(storage::Store& store, const std::string& root, bool begin_anew,
                                    Random& random) {
  TRY(int64_t generation, NewestGeneration(store, root));
  const bool exists = generation >= 0 && !begin_anew;
  if (!exists) ++generation;
  const std::string generation_root = fmt::format("{}/{}", root, generation);
  TRY(EpochArchive archive, EpochArchive::Open(store, generation_root));
  Checkpoint checkpoint(store, generation_root, std::move(archive));
  checkpoint.generation_ = generation;
  const std::string path = checkpoint.root_ + "/metadata";
  if (exists) {
    TRY(const std::string metadata, store.Get(path));
    TRY(checkpoint.app_id_, IdOf(path, metadata));
    TRY_DO(checkpoint.FindEpochs());
  } else {
    checkpoint.app_id_ = NewUuid(random);
    TRY_DO(store.PutIfAbsent(path, fmt::format("{{\"id\":\"{}\"}}", checkpoint.app_id_)));
  }
  return checkpoint;
}

Status Checkpoint::FindEpochs() {
  TRY(const std::vector<int64_t> offsets, Numbers(*store_, root_ + "/offsets"));
  TRY(const std::vector<int64_t> commits, Numbers(*store_, root_ + "/commits"));
  last_planned_ = std::max(archive_.last(), offsets.empty() ? -1 : offsets.back());
  last_committed_ = std::max(archive_.last(), commits.empty() ? -1 : commits.back());
  if (last_committed_ > last_planned_ || last_planned_ - last_committed_ > 1) {
    return Fail(MakeError(ErrorKind::kCorrupt,
                          "read checkpoint {}: epoch {} was planned last, but {} committed last",
                          store_->Describe(root_), last_planned_, last_committed_)
                    .WithFix("a file of the checkpoint is missing; restore it, or rebuild the "
                             "table: oresmith run --full-refresh-all"));
  }
  return {};
}

Result<std::vector<PlannedEpoch>> Checkpoint::Load(int source_count) {
  recent_.clear();
  recent_bytes_ = 0;
  std::vector<PlannedEpoch> newer;
  for (Epoch epoch = archive_.last() + 1; epoch <= last_planned_; ++epoch) {
    TRY(PlannedEpoch planned, LoadOne(epoch, source_count));
    Remember(planned.ranges);
    newer.push_back(std::move(planned));
  }
  TRY(auto parts, archive_.Load(source_count));
  std::vector<PlannedEpoch> planned;
  for (EpochArchive::Part& part : parts) {
    planned.push_back({.epoch = part.last, .ranges = std::move(part.ranges)});
  }
  std::ranges::move(newer, std::back_inserter(planned));
  return planned;
}

Result<PlannedEpoch> Checkpoint::LoadOne(Epoch epoch, int source_count) const {
  const std::string path = fmt::format("{}/offsets/{}", root_, epoch);
  TRY(const std::string text, store_->Get(path));
  const std::vector<std::string> lines = Lines(text);
  if (lines.size() < 2 || lines[0] != kVersionLine) {
    return Fail(ErrorKind::kCorrupt, "read checkpoint {}: not an offsets file",
                store_->Describe(path));
  }
  if (static_cast<int>(lines.size()) - 2 != source_count) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "resume the flow: its query has {} streaming sources now, and had {} "
                          "before",
                          source_count, lines.size() - 2)
                    .WithFix("rebuild the tables: oresmith run --full-refresh-all"));
  }
  PlannedEpoch entry{.epoch = epoch, .ranges = {}};
  for (int source = 0; source < source_count; ++source) {
    connector::Range range;
    range.offset_json = lines[static_cast<size_t>(source) + 2];
    auto log = store_->Get(fmt::format("{}/sources/{}/{}", root_, source, epoch));
    if (!log && log.error().kind != ErrorKind::kNotFound) return Fail(std::move(log).error());
    if (log) range.log = std::move(*log);
    entry.ranges.push_back(std::move(range));
  }
  return entry;
}

Result<std::vector<std::string>> Checkpoint::FileLists(storage::Store& store,
                                                       const std::string& root, Random& random) {
  std::vector<std::string> lists;
  TRY(const int64_t generation, NewestGeneration(store, root));
  if (generation < 0) return lists;
  TRY(Checkpoint checkpoint, Open(store, root, /*begin_anew=*/false, random));
  if (checkpoint.last_planned() < 0) return lists;
  TRY(const std::string newest,
      store.Get(fmt::format("{}/offsets/{}", checkpoint.root_, checkpoint.last_planned())));
  const int source_count = static_cast<int>(Lines(newest).size()) - 2;
  TRY(const std::vector<PlannedEpoch> planned, checkpoint.Load(source_count));
  for (const PlannedEpoch& epoch : planned) {
    for (const connector::Range& range : epoch.ranges) {
      if (!range.log.empty()) lists.push_back(range.log);
    }
  }
  return lists;
}

void Checkpoint::Remember(std::vector<connector::Range> ranges) {
  for (const connector::Range& range : ranges) {
    recent_bytes_ += static_cast<int64_t>(range.log.size());
  }
  recent_.push_back(std::move(ranges));
}

Status Checkpoint::Plan(const PlannedEpoch& planned, Instant now) {
  ORESMITH_ASSERT(planned.epoch == last_planned_ + 1);
  std::string offsets =
      fmt::format("{}\n{{\"batchWatermarkMs\":{},\"batchTimestampMs\":{},\"conf\":{{}}}}\n",
                  kVersionLine, planned.watermark_ms, Millis(now));
  for (size_t source = 0; source < planned.ranges.size(); ++source) {
    const connector::Range& range = planned.ranges[source];
    if (!range.log.empty()) {
      // Put, not PutIfAbsent: a crash may have left the plan of an epoch that was never decided.
      TRY_DO(store_->Put(fmt::format("{}/sources/{}/{}", root_, source, planned.epoch), range.log));
    }
    offsets += range.offset_json + "\n";
  }
  TRY_DO(store_->PutIfAbsent(fmt::format("{}/offsets/{}", root_, planned.epoch), offsets));
  last_planned_ = planned.epoch;
  Remember(planned.ranges);
  return {};
}

Status Checkpoint::Commit(Epoch epoch, int64_t next_watermark_ms) {
  ORESMITH_ASSERT(epoch == last_planned_);
  TRY_DO(store_->Put(
      fmt::format("{}/commits/{}", root_, epoch),
      fmt::format("{}\n{{\"nextBatchWatermarkMs\":{}}}", kVersionLine, next_watermark_ms)));
  last_committed_ = epoch;
  return Archive();
}

Status Checkpoint::Archive() {
  const bool many = recent_.size() >= 2 * kEpochsKept;
  const bool large = recent_bytes_ > kKeptBytesMax && recent_.size() > 2;
  if ((!many && !large) || recent_.front().empty()) return archive_.DeleteSome();
  // The newest one always stays: its files say how many sources there are.
  const auto end = recent_.end() - (large ? 1 : static_cast<std::ptrdiff_t>(kEpochsKept));
  TRY_DO(archive_.Add({recent_.begin(), end}));
  recent_.erase(recent_.begin(), end);
  recent_bytes_ = 0;
  for (const auto& ranges : recent_) {
    for (const connector::Range& range : ranges) {
      recent_bytes_ += static_cast<int64_t>(range.log.size());
    }
  }
  return {};
}

Result<std::optional<std::string>> Checkpoint::StoredSchema(int source) const {
  return SchemaAt(*store_, root_, source);
}

Result<std::optional<std::string>> ReadStoredSchema(storage::Store& store, const std::string& root,
                                                    int source) {
  TRY(const int64_t generation, NewestGeneration(store, root));
  if (generation < 0) return std::optional<std::string>{};
  return SchemaAt(store, fmt::format("{}/{}", root, generation), source);
}

Status Checkpoint::StoreSchema(int source, const std::string& json) {
  return store_->Put(fmt::format("{}/schemas/{}", root_, source), json);
}

}  // namespace oresmith::pipeline
