#pragma once

// Random numbers that are the same on each machine, which std::*_distribution does not promise.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace oresmith::connector {

/// SplitMix64. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}
  /// Independent sequences for different `stream`s of one seed.
  Rng(uint64_t seed, uint64_t stream) : state_(Mix(Mix(seed) ^ (stream * kStep + kStep))) {}

  uint64_t Next() {
    state_ += kStep;
    return Mix(state_);
  }
  /// From 0 to `limit` - 1. REQUIRES: limit >= 1.
  uint64_t Below(uint64_t limit) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * limit) >> 64);
  }
  /// Both ends included.
  int64_t Between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;
  static uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  uint64_t state_;
};

/// Draws 0..n-1 with given weights in constant time. Source: Vose, "A linear algorithm for
/// generating random numbers with a given distribution", 1991.
class WeightedDraw {
 public:
  /// REQUIRES: at least one weight, none negative, their sum above 0.
  explicit WeightedDraw(const std::vector<double>& weights);

  size_t Draw(Rng& rng) const {
    const size_t slot = rng.Below(slots_.size());
    return (rng.Next() >> 32) < slots_[slot].threshold ? slot : slots_[slot].other;
  }

 private:
  struct Slot {
    uint64_t threshold;  // of 2^32: how often this slot means itself
    size_t other;
  };
  std::vector<Slot> slots_;
};

/// The weights 1/(rank + offset)^exponent for the ranks 1..n: Zipf's law, with a flatter head the
/// larger `offset` is. An exponent of 0 makes all alike.
struct ZipfShape {
  double exponent = 1;
  double offset = 0;
};
std::vector<double> ZipfWeights(size_t n, ZipfShape shape);

}  // namespace oresmith::connector
