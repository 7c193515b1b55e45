#pragma once

// 128 bits that stand for a key.

#include <cstdint>
#include <string_view>

namespace oresmith::state {

/// Never all zero. Among 10^12 keys two are the same with a chance of 10^-15.
struct Fingerprint {
  uint64_t high = 0;
  uint64_t low = 0;
  bool operator==(const Fingerprint&) const = default;
};

/// SipHash-2-4 with 128 bits of output: nobody who does not know the seed can make keys that
/// collide. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF".
class Fingerprinter {
 public:
  explicit Fingerprinter(uint64_t seed) : seed_(seed) {}
  Fingerprint Of(std::string_view bytes) const;

 private:
  uint64_t seed_;
};

}  // namespace oresmith::state
