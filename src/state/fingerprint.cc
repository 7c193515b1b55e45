#include "state/fingerprint.h"

#include <bit>
#include <cstring>

namespace oresmith::state {
namespace {

class Sip {
 public:
  explicit Sip(uint64_t seed)
      : v0_(0x736f6d6570736575ULL ^ seed),
        v1_(0x646f72616e646f6dULL ^ ~seed ^ 0xee),
        v2_(0x6c7967656e657261ULL ^ seed),
        v3_(0x7465646279746573ULL ^ ~seed) {}

  void Take(uint64_t word) {
    v3_ ^= word;
    Rounds(2);
    v0_ ^= word;
  }

  Fingerprint Finish() {
    v2_ ^= 0xee;
    Rounds(4);
    const uint64_t high = v0_ ^ v1_ ^ v2_ ^ v3_;
    v1_ ^= 0xdd;
    Rounds(4);
    const uint64_t low = v0_ ^ v1_ ^ v2_ ^ v3_;
    return {high, low};
  }

 private:
  void Rounds(int count) {
    for (int i = 0; i < count; ++i) {
      v0_ += v1_;
      v1_ = std::rotl(v1_, 13) ^ v0_;
      v0_ = std::rotl(v0_, 32);
      v2_ += v3_;
      v3_ = std::rotl(v3_, 16) ^ v2_;
      v0_ += v3_;
      v3_ = std::rotl(v3_, 21) ^ v0_;
      v2_ += v1_;
      v1_ = std::rotl(v1_, 17) ^ v2_;
      v2_ = std::rotl(v2_, 32);
    }
  }

  uint64_t v0_, v1_, v2_, v3_;
};

}  // namespace

Fingerprint Fingerprinter::Of(std::string_view bytes) const {
  Sip sip(seed_);
  size_t at = 0;
  for (; at + sizeof(uint64_t) <= bytes.size(); at += sizeof(uint64_t)) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    sip.Take(word);
  }
  uint64_t last = 0;
  if (at < bytes.size()) std::memcpy(&last, bytes.data() + at, bytes.size() - at);
  sip.Take(last | (static_cast<uint64_t>(bytes.size()) << 56));
  Fingerprint fingerprint = sip.Finish();
  // All zero means an empty place.
  if (fingerprint.high == 0 && fingerprint.low == 0) fingerprint.low = 1;
  return fingerprint;
}

}  // namespace oresmith::state
