#include "state/key_set.h"

#include <algorithm>
#include <utility>

namespace oresmith::state {
namespace {

constexpr uint64_t kPlacesMin = 16;
/// A part is at most so full; growing leaves it 61 % full: 24 bytes a place, 40 a key at most.
constexpr uint64_t kFullOf5 = 4;
constexpr uint64_t kGrowthPercent = 130;
/// Parts that one call of Forget looks at.
constexpr size_t kCleanedParts = 8;
/// So many keys ahead their places are fetched: a miss of the cache costs what 8 hits do.
constexpr size_t kAhead = 8;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

uint64_t* Fit(uint64_t* words, uint64_t capacity, const Fingerprint& key, size_t stride) {
  const auto wide = static_cast<unsigned __int128>(key.low) * capacity;
  auto at = static_cast<uint64_t>(wide >> 64);
  while (true) {
    uint64_t* place = words + at * stride;
    const bool empty = place[0] == 0 && place[1] == 0;
    if (empty || (place[0] == key.high && place[1] == key.low)) return place;
    if (++at == capacity) at = 0;
  }
}

}  // namespace

uint64_t* KeySet::PlaceOf(const Part& part, const Fingerprint& key) const {
  return Fit(part.table.words(), part.capacity, key, words_of_place());
}

Status KeySet::Add(std::span<const SeenKey> keys, int64_t watermark, std::vector<bool>& is_new) {
  is_new.assign(keys.size(), false);
  const size_t stride = words_of_place();
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i + kAhead < keys.size()) {
      const Fingerprint& later = keys[i + kAhead].key;
      const Part& part = parts_[later.high >> 56];
      const auto at = static_cast<unsigned __int128>(later.low) * part.capacity;
      __builtin_prefetch(part.table.words() + static_cast<uint64_t>(at >> 64) * stride);
    }
    TRY(is_new[i], AddOne(keys[i], watermark));
  }
  return {};
}

Result<bool> KeySet::AddOne(const SeenKey& key, int64_t watermark) {
  Part& part = parts_[key.key.high >> 56];
  if ((part.count + 1) * 5 > part.capacity * kFullOf5) {
    const uint64_t wanted = std::max(kPlacesMin, part.capacity * kGrowthPercent / 100);
    TRY_DO(Rebuild(part, wanted, watermark));
    if (!spilled_ && bytes_ > options_.memory_bytes_max) TRY_DO(SpillAll(watermark));
  }
  uint64_t* place = PlaceOf(part, key.key);
  const bool there = place[0] != 0 || place[1] != 0;
  if (there && (!options_.expires || static_cast<int64_t>(place[2]) > watermark)) return false;
  if (!there) {
    ++part.count;
    ++size_;
  }
  place[0] = key.key.high;
  place[1] = key.key.low;
  if (options_.expires) place[2] = static_cast<uint64_t>(key.expiry);
  return true;
}

Status KeySet::Rebuild(Part& part, uint64_t capacity, int64_t watermark) {
  const size_t stride = words_of_place();
  uint64_t live = 0;
  const auto each = [&](const auto& visit) {
    for (uint64_t i = 0; i < part.capacity; ++i) {
      const uint64_t* place = part.table.words() + i * stride;
      if (place[0] == 0 && place[1] == 0) continue;
      if (options_.expires && static_cast<int64_t>(place[2]) <= watermark) continue;
      visit(place);
    }
  };
  each([&](const uint64_t*) { ++live; });
  // Room for one more, and no larger than what is left needs.
  capacity =
      std::max(kPlacesMin, std::min(capacity, (live + 1) * kGrowthPercent / 100 * 5 / 4 + 1));
  TRY(KeyTable table, KeyTable::Make(capacity * stride, spilled_ ? options_.spill_directory : ""));
  each([&](const uint64_t* place) {
    uint64_t* to = Fit(table.words(), capacity, {place[0], place[1]}, stride);
    std::copy(place, place + stride, to);
  });
  const auto bytes_of = [&](uint64_t places) {
    return static_cast<int64_t>(places * stride * sizeof(uint64_t));
  };
  bytes_ += bytes_of(capacity) - bytes_of(part.capacity);
  size_ += static_cast<int64_t>(live) - static_cast<int64_t>(part.count);
  part = {.table = std::move(table), .capacity = capacity, .count = live};
  return {};
}

Status KeySet::SpillAll(int64_t watermark) {
  if (options_.spill_directory.empty()) {
    return Fail(MakeError(ErrorKind::kUnavailable, "deduplication: {} keys need more than {} MB",
                          size_, options_.memory_bytes_max >> 20)
                    .WithFix("give oresmith.memory more, or let keys expire: WATERMARK ..."));
  }
  spilled_ = true;
  for (Part& part : parts_) {
    if (part.capacity > 0) TRY_DO(Rebuild(part, part.capacity, watermark));
  }
  return {};
}

Status KeySet::Forget(int64_t watermark) {
  if (spilled_) {
    for (const Part& part : parts_) part.table.LetGo();
  }
  if (!options_.expires) return {};
  for (size_t i = 0; i < kCleanedParts; ++i) {
    Part& part = parts_[next_to_clean_];
    next_to_clean_ = (next_to_clean_ + 1) % kParts;
    uint64_t dead = 0;
    for (uint64_t at = 0; at < part.capacity; ++at) {
      const uint64_t* place = part.table.words() + at * 3;
      const bool empty = place[0] == 0 && place[1] == 0;
      if (!empty && static_cast<int64_t>(place[2]) <= watermark) ++dead;
    }
    // Fewer are not worth the work.
    if (dead * 8 > part.count) TRY_DO(Rebuild(part, part.capacity, watermark));
  }
  return {};
}

void KeySet::ForEach(int64_t watermark, const std::function<void(const SeenKey&)>& visit) const {
  const size_t stride = words_of_place();
  for (const Part& part : parts_) {
    for (uint64_t at = 0; at < part.capacity; ++at) {
      const uint64_t* place = part.table.words() + at * stride;
      if (place[0] == 0 && place[1] == 0) continue;
      const int64_t expiry = options_.expires ? static_cast<int64_t>(place[2]) : kNever;
      if (expiry > watermark || !options_.expires) visit({{place[0], place[1]}, expiry});
    }
  }
}

}  // namespace oresmith::state
