#include "pipeline/epoch_archive.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace oresmith::pipeline {
namespace {

constexpr std::string_view kSuffix = ".compact";

std::optional<int64_t> TakeNumber(std::string_view& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

std::string SourceFolder(const std::string& root, int source) {
  return fmt::format("{}/sources/{}", root, source);
}

std::string_view NameOf(const storage::ObjectInfo& object) {
  const std::string_view key = object.key;
  return key.substr(key.rfind('/') + 1);
}

/// "12" is epoch 12, "0-99.compact" the epochs 0 to 99.
std::optional<std::pair<int64_t, int64_t>> EpochsOf(std::string_view name) {
  const auto from = TakeNumber(name);
  if (!from) return std::nullopt;
  if (name.empty()) return std::pair(*from, *from);
  if (!name.starts_with('-')) return std::nullopt;
  name.remove_prefix(1);
  const auto to = TakeNumber(name);
  if (!to || *to < *from || name != kSuffix) return std::nullopt;
  return std::pair(*from, *to);
}

}  // namespace

std::string JoinLogs(std::string earlier, std::string_view later) {
  if (later.empty()) return earlier;
  if (earlier.empty()) return std::string(later);
  // The first line says the version.
  const size_t lines = later.find('\n');
  if (lines != std::string_view::npos) earlier += later.substr(lines);
  return earlier;
}

std::string EpochArchive::Segment::Key(const std::string& root, int source) const {
  return fmt::format("{}/{}-{}{}", SourceFolder(root, source), from, to, kSuffix);
}

Result<EpochArchive> EpochArchive::Open(storage::Store& store, std::string root) {
  EpochArchive archive(store, std::move(root));
  // The first source is archived last: what it has, all have.
  TRY(const auto objects, store.List(SourceFolder(archive.root_, 0), ""));
  std::vector<Segment> found;
  for (const storage::ObjectInfo& object : objects) {
    const auto epochs = EpochsOf(NameOf(object));
    if (!epochs || !object.key.ends_with(kSuffix)) continue;
    found.push_back({.from = epochs->first, .to = epochs->second, .bytes = object.size_bytes});
  }
  // A segment that was made of others may still have them beside it: the longest counts.
  std::ranges::sort(found, [](const Segment& a, const Segment& b) {
    return a.from != b.from ? a.from < b.from : a.to > b.to;
  });
  for (const Segment& segment : found) {
    const int64_t last = archive.last();
    if (segment.to <= last) continue;
    if (segment.from != last + 1) {
      return Fail(MakeError(ErrorKind::kCorrupt,
                            "read checkpoint {}: the epochs {} to {} are missing",
                            store.Describe(archive.root_), last + 1, segment.from - 1)
                      .WithFix("restore the files below sources/, or rebuild the table: oresmith "
                               "run --full-refresh-all"));
    }
    archive.segments_.push_back(segment);
  }
  return archive;
}

Result<connector::Range> EpochArchive::Read(const Segment& segment, int source) const {
  const std::string key = segment.Key(root_, source);
  TRY(const std::string text, store_->Get(key));
  const size_t line_end = text.find('\n');
  if (line_end == std::string::npos || line_end == 0) {
    return Fail(ErrorKind::kCorrupt, "read checkpoint {}: no offset in it", store_->Describe(key));
  }
  connector::Range range;
  range.offset_json = text.substr(0, line_end);
  range.log = text.substr(line_end + 1);
  return range;
}

Result<std::vector<EpochArchive::Part>> EpochArchive::Load(int source_count) const {
  std::vector<Part> parts;
  for (const Segment& segment : segments_) {
    Part part{.last = segment.to, .ranges = {}};
    for (int source = 0; source < source_count; ++source) {
      TRY(connector::Range range, Read(segment, source));
      part.ranges.push_back(std::move(range));
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

Status EpochArchive::Add(const std::vector<std::vector<connector::Range>>& epochs) {
  if (epochs.empty()) return {};
  const size_t source_count = epochs.front().size();
  Segment added{.from = last() + 1, .to = last() + static_cast<int64_t>(epochs.size())};
  std::vector<connector::Range> ranges(source_count);
  for (connector::Range& range : ranges) range.offset_json = kNothing;
  const auto join = [&](const std::vector<connector::Range>& later) {
    for (size_t i = 0; i < source_count; ++i) {
      if (later[i].offset_json == kNothing) continue;
      ranges[i].offset_json = later[i].offset_json;
      ranges[i].log = JoinLogs(std::move(ranges[i].log), later[i].log);
    }
  };
  for (const auto& epoch : epochs) join(epoch);
  for (const connector::Range& range : ranges)
    added.bytes += static_cast<int64_t>(range.log.size());
  std::vector<Segment> kept = segments_;
  while (!kept.empty() && kept.back().bytes <= 2 * added.bytes) {
    const Segment older = kept.back();
    kept.pop_back();
    std::vector<connector::Range> newer = std::exchange(ranges, {});
    for (size_t i = 0; i < source_count; ++i) {
      TRY(connector::Range range, Read(older, static_cast<int>(i)));
      ranges.push_back(std::move(range));
    }
    join(newer);
    added.from = older.from;
    added.bytes += older.bytes;
  }
  for (size_t i = source_count; i-- > 0;) {
    TRY_DO(store_->Put(added.Key(root_, static_cast<int>(i)),
                       ranges[i].offset_json + "\n" + ranges[i].log));
  }
  kept.push_back(added);
  segments_ = std::move(kept);
  return FindGarbage(static_cast<int>(source_count));
}

Status EpochArchive::FindGarbage(int source_count) {
  std::vector<std::string> folders = {root_ + "/offsets", root_ + "/commits"};
  for (int source = 0; source < source_count; ++source) {
    folders.push_back(SourceFolder(root_, source));
  }
  const auto is_segment = [&](const std::pair<int64_t, int64_t>& epochs) {
    return std::ranges::any_of(segments_, [&](const Segment& segment) {
      return segment.from == epochs.first && segment.to == epochs.second;
    });
  };
  garbage_.clear();
  for (const std::string& folder : folders) {
    TRY(const auto objects, store_->List(folder, ""));
    for (const storage::ObjectInfo& object : objects) {
      const auto epochs = EpochsOf(NameOf(object));
      if (epochs && epochs->second <= last() && !is_segment(*epochs)) {
        garbage_.push_back(object.key);
      }
    }
  }
  return {};
}

Status EpochArchive::DeleteSome() {
  constexpr int kAtATime = 8;
  for (int i = 0; i < kAtATime && !garbage_.empty(); ++i) {
    TRY_DO(store_->Delete(garbage_.back()));
    garbage_.pop_back();
  }
  return {};
}

}  // namespace oresmith::pipeline
