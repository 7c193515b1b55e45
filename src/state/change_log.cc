#include "state/change_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "base/ids.h"

namespace oresmith::state {
namespace {

constexpr std::string_view kMagic = "ORESTATE";
constexpr uint64_t kFormat = 1;
constexpr size_t kHeadBytes = 24;
constexpr size_t kRecordHeadBytes = 16;
constexpr uint64_t kRecordBytesMax = 1ULL << 31;
/// So many files of about one size become one.
constexpr size_t kTogether = 16;
/// Below this nothing is written anew.
constexpr int64_t kBytesMin = 1 << 20;

std::string Word(uint64_t value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}
uint64_t WordAt(std::string_view bytes, size_t at) {
  uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string HeadOf(int64_t previous) {
  return std::string(kMagic) + Word(kFormat) + Word(static_cast<uint64_t>(previous));
}
std::string RecordHeadOf(std::string_view record) {
  return Word(record.size()) + Word(StableHash(record));
}

std::optional<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// 0: one epoch; 1: up to 16; and so on.
int LevelOf(int64_t from, int64_t to) {
  int level = 0;
  for (int64_t span = to - from + 1; span > 1; span = (span + 15) / 16) ++level;
  return level;
}

}  // namespace

std::string ChangeLog::KeyOf(const File& file) const {
  if (file.from == file.to) return fmt::format("{}/{}", root_, file.to);
  return fmt::format("{}/{}-{}", root_, file.from, file.to);
}

Status ChangeLog::Load(int64_t epoch, const Visit& visit) {
  files_.clear();
  TRY(const std::vector<storage::ObjectInfo> objects, store_.List(root_, ""));
  std::vector<File> found;
  for (const storage::ObjectInfo& object : objects) {
    const std::string_view name = std::string_view(object.key).substr(root_.size() + 1);
    const size_t dash = name.find('-');
    const auto from = NumberOf(name.substr(0, dash));
    const auto to = dash == std::string_view::npos ? from : NumberOf(name.substr(dash + 1));
    if (from && to && *to <= epoch) {
      found.push_back({.from = *from, .to = *to, .bytes = object.size_bytes});
    }
  }
  // The widest first: what it took the place of may still be there.
  std::sort(found.begin(), found.end(), [](const File& a, const File& b) {
    return a.from != b.from ? a.from < b.from : a.to > b.to;
  });
  int64_t previous = -1;
  for (const File& file : found) {
    if (file.to <= previous) {
      TRY_DO(store_.Delete(KeyOf(file)));
      continue;
    }
    TRY_DO(ReadFile(file, previous, visit));
    files_.push_back(file);
    previous = file.to;
  }
  return {};
}

Status ChangeLog::Clear() {
  files_.clear();
  TRY(const std::vector<storage::ObjectInfo> objects, store_.List(root_, ""));
  for (const storage::ObjectInfo& object : objects) TRY_DO(store_.Delete(object.key));
  return {};
}

Status ChangeLog::ReadFile(const File& file, int64_t previous, const Visit& visit) const {
  const std::string key = KeyOf(file);
  const auto corrupt = [&](std::string_view what) {
    return Fail(MakeError(ErrorKind::kCorrupt, "read state {}: {}", store_.Describe(key), what)
                    .WithFix("restore the file, or rebuild the table: oresmith run "
                             "--full-refresh-all"));
  };
  TRY(const auto input, store_.OpenInput(key));
  std::string buffer;
  int64_t at = 0;
  const auto take = [&](size_t bytes) -> Result<bool> {
    buffer.resize(bytes);
    TRY(const int64_t got, input->ReadAt(at, static_cast<int64_t>(bytes), buffer.data()));
    at += got;
    return got == static_cast<int64_t>(bytes);
  };
  TRY(const bool has_head, take(kHeadBytes));
  if (!has_head || !buffer.starts_with(kMagic) || WordAt(buffer, 8) != kFormat) {
    return corrupt("it is no file of a state");
  }
  if (static_cast<int64_t>(WordAt(buffer, 16)) != previous) {
    return corrupt(fmt::format("epoch {} should be before it, and {} is there",
                               static_cast<int64_t>(WordAt(buffer, 16)), previous));
  }
  while (at < input->size_bytes()) {
    TRY(const bool has_record, take(kRecordHeadBytes));
    const uint64_t size = has_record ? WordAt(buffer, 0) : 0;
    const uint64_t hash = has_record ? WordAt(buffer, 8) : 0;
    if (!has_record || size > kRecordBytesMax) return corrupt("it is damaged");
    TRY(const bool whole, take(size));
    if (!whole || StableHash(buffer) != hash) return corrupt("it is damaged");
    TRY_DO(visit(buffer));
  }
  return {};
}

Status ChangeLog::Append(int64_t epoch, std::string_view record) {
  if (!files_.empty() && files_.back().to == epoch) files_.pop_back();
  const int64_t previous = files_.empty() ? -1 : files_.back().to;
  ORESMITH_ASSERT(epoch > previous);
  std::string bytes = HeadOf(previous) + RecordHeadOf(record);
  bytes.append(record);
  const File file{.from = epoch, .to = epoch, .bytes = static_cast<int64_t>(bytes.size())};
  // Put: a try of the epoch that was never committed may have left its own.
  TRY_DO(store_.Put(KeyOf(file), bytes));
  files_.push_back(file);
  return {};
}

Status ChangeLog::Maintain(int64_t live_bytes, const Records& state) {
  int64_t bytes = 0;
  for (const File& file : files_) bytes += file.bytes;
  const bool stale = bytes > kBytesMin && bytes > 3 * live_bytes;
  if (files_.size() > 1 && stale) return WriteOver(0, state);
  while (files_.size() >= kTogether) {
    const size_t first = files_.size() - kTogether;
    const int level = LevelOf(files_.back().from, files_.back().to);
    const bool alike =
        std::all_of(files_.begin() + static_cast<std::ptrdiff_t>(first), files_.end(),
                    [&](const File& file) { return LevelOf(file.from, file.to) <= level; });
    if (!alike) return {};
    TRY_DO(WriteOver(first, [&](const Visit& visit) -> Status {
      int64_t previous = first == 0 ? -1 : files_[first - 1].to;
      for (size_t i = first; i < files_.size(); ++i) {
        TRY_DO(ReadFile(files_[i], previous, visit));
        previous = files_[i].to;
      }
      return {};
    }));
  }
  return {};
}

Status ChangeLog::WriteOver(size_t first, const Records& records) {
  const int64_t previous = first == 0 ? -1 : files_[first - 1].to;
  File whole{.from = previous + 1, .to = files_.back().to};
  const std::string key = KeyOf(whole);
  // What a crash left of it may be of another kind.
  TRY_DO(store_.Delete(key));
  TRY(const auto output, store_.OpenOutput(key));
  TRY_DO(output->Write(HeadOf(previous)));
  TRY_DO(records([&](std::string_view record) -> Status {
    TRY_DO(output->Write(RecordHeadOf(record)));
    return output->Write(record);
  }));
  whole.bytes = output->position();
  TRY_DO(output->Close());
  const std::vector<File> old(files_.begin() + static_cast<std::ptrdiff_t>(first), files_.end());
  files_.resize(first);
  files_.push_back(whole);
  for (const File& file : old) TRY_DO(store_.Delete(KeyOf(file)));
  return {};
}

}  // namespace oresmith::state
