#include <cstring>

#include "connector/files/seen_files_internal.h"

namespace oresmith::connector {

namespace {

// The two halves of a 128-bit product, folded: mixes each bit of `a` and `b` into all others.
uint64_t Mix(uint64_t a, uint64_t b) {
  const auto product = static_cast<unsigned __int128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

uint64_t HashHalf(std::string_view text, uint64_t seed, uint64_t prime) {
  uint64_t hash = seed ^ text.size();
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    hash = Mix(hash ^ word, prime) + hash;
  }
  uint64_t rest = 0;
  std::memcpy(&rest, text.data() + i, text.size() - i);
  hash = Mix(hash ^ rest, prime) + hash;
  return Mix(hash ^ seed, prime);
}

}  // namespace

SeenFiles::Hash SeenFiles::HashOf(std::string_view path) {
  // Odd constants with about half of their bits set: digits of pi, and of the golden ratio.
  const Hash hash{.high = HashHalf(path, 0x243F6A8885A308D3U, 0x9E3779B97F4A7C15U),
                  .low = HashHalf(path, 0x13198A2E03707345U, 0xC2B2AE3D27D4EB4FU)};
  return hash == Hash{} ? Hash{.high = 1, .low = 1} : hash;
}

size_t SeenFiles::Find(const Hash& hash) const {
  size_t slot = hash.low & (slots_.size() - 1);
  while (!(slots_[slot] == Hash{}) && !(slots_[slot] == hash)) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

bool SeenFiles::Contains(std::string_view path) const {
  if (slots_.empty()) return false;
  return !(slots_[Find(HashOf(path))] == Hash{});
}

bool SeenFiles::Add(std::string_view path) {
  if (static_cast<size_t>(size_) * 4 >= slots_.size() * 3) Grow();
  const Hash hash = HashOf(path);
  Hash& slot = slots_[Find(hash)];
  if (slot == hash) return false;
  slot = hash;
  ++size_;
  return true;
}

void SeenFiles::Grow() {
  std::vector<Hash> old(slots_.empty() ? 64 : slots_.size() * 2);
  old.swap(slots_);
  for (const Hash& hash : old) {
    if (!(hash == Hash{})) slots_[Find(hash)] = hash;
  }
}

}  // namespace oresmith::connector
