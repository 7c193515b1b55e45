#pragma once

// Which files were taken already, in 16 bytes each.

#include <cstdint>
#include <string_view>
#include <vector>

namespace oresmith::connector {

/// A set of paths by a 128-bit hash: among 100 million paths the chance that any two are taken for
/// one is below 1e-22. In memory only, so the hash may change.
class SeenFiles {
 public:
  bool Contains(std::string_view path) const;
  /// False when it was there already.
  bool Add(std::string_view path);
  int64_t size() const { return size_; }

 private:
  struct Hash {
    uint64_t high = 0;  // both 0: an empty slot
    uint64_t low = 0;
    bool operator==(const Hash&) const = default;
  };
  static Hash HashOf(std::string_view path);
  /// The slot that has `hash`, or the empty one where it belongs.
  size_t Find(const Hash& hash) const;
  void Grow();

  std::vector<Hash> slots_;  // a power of two of them, at most 3/4 full
  int64_t size_ = 0;
};

}  // namespace oresmith::connector
