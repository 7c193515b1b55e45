#pragma once

// A set of hashes in one block of memory: a third of what std::unordered_set takes.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace oresmith::delta {

class HashSet {
 public:
  size_t size() const { return size_; }

  bool contains(uint64_t hash) const {
    return !slots_.empty() && slots_[SlotOf(NonZero(hash))] != kFree;
  }

  /// False when it was there.
  bool insert(uint64_t hash) {
    if (2 * (size_ + 1) > slots_.size()) Grow(2 * slots_.size());
    uint64_t& slot = slots_[SlotOf(NonZero(hash))];
    if (slot != kFree) return false;
    slot = NonZero(hash);
    ++size_;
    return true;
  }

  void Assign(const std::vector<uint64_t>& hashes) {
    slots_.clear();
    size_ = 0;
    Grow(2 * hashes.size() + 1);
    for (const uint64_t hash : hashes) insert(hash);
  }

 private:
  static constexpr uint64_t kFree = 0;
  static constexpr size_t kSlotsMin = 16;

  static uint64_t NonZero(uint64_t hash) { return hash == kFree ? 1 : hash; }

  /// Where it is, or the free slot where it belongs. REQUIRES: a slot is free.
  size_t SlotOf(uint64_t hash) const {
    size_t slot = hash & (slots_.size() - 1);
    while (slots_[slot] != kFree && slots_[slot] != hash) slot = (slot + 1) & (slots_.size() - 1);
    return slot;
  }

  void Grow(size_t slots_wanted) {
    size_t slots = kSlotsMin;
    while (slots < slots_wanted) slots *= 2;
    std::vector<uint64_t> before(slots, kFree);
    before.swap(slots_);
    for (const uint64_t hash : before) {
      if (hash != kFree) slots_[SlotOf(hash)] = hash;
    }
  }

  std::vector<uint64_t> slots_;  // a power of two
  size_t size_ = 0;
};

}  // namespace oresmith::delta
