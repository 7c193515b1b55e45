#pragma once

// Identifiers and the random source they come from.

#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <string_view>

namespace oresmith {

/// Safe to call from many threads. A fixed seed gives the same sequence again, for tests.
class Random {
 public:
  /// Seeded by the operating system.
  Random();
  explicit Random(uint64_t seed) : engine_(seed) {}
  uint64_t Next();

 private:
  std::mutex mutex_;  // guards engine_
  std::mt19937_64 engine_;
};

/// A version 4 UUID in its usual form: 8-4-4-4-12 lower-case hexadecimal digits.
std::string NewUuid(Random& random);

/// A 64-bit hash of `text` that is the same in each run and on each machine (FNV-1a).
uint64_t StableHash(std::string_view text);

}  // namespace oresmith
