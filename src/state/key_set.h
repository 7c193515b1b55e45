#pragma once

// Which keys were seen: 16 bytes a key, 24 with the time at which it is forgotten, in tables that
// are at least 60 % full once they have grown.

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "state/fingerprint.h"
#include "state/key_table.h"

namespace oresmith::state {

/// A key, and when it is forgotten: as soon as the watermark is at or past `expiry`.
struct SeenKey {
  Fingerprint key;
  int64_t expiry = std::numeric_limits<int64_t>::max();
};

struct KeySetOptions {
  bool expires = false;
  /// Past this, the tables move into files of `spill_directory`, which must be there. Empty: an
  /// error is given.
  int64_t memory_bytes_max = std::numeric_limits<int64_t>::max();
  std::string spill_directory = {};
};

/// One thread at a time.
class KeySet {
 public:
  explicit KeySet(KeySetOptions options) : options_(std::move(options)) {}

  /// Adds keys one after another. `is_new[i]`: key i was not there, or was forgotten by
  /// `watermark`. Errors: kUnavailable when there is no room; some keys may then have been added.
  Status Add(std::span<const SeenKey> keys, int64_t watermark, std::vector<bool>& is_new);

  /// Frees the places of some keys that are forgotten; all are visited in some tens of calls. Gives
  /// pages of files back to the system.
  Status Forget(int64_t watermark);

  /// All keys that are not forgotten.
  void ForEach(int64_t watermark, const std::function<void(const SeenKey&)>& visit) const;

  int64_t size() const { return size_; }  // forgotten ones included, until their places are free
  int64_t bytes() const { return bytes_; }
  bool is_spilled() const { return spilled_; }

 private:
  /// Keys with the same first byte.
  struct Part {
    KeyTable table;
    uint64_t capacity = 0;
    uint64_t count = 0;
  };
  static constexpr size_t kParts = 256;

  size_t words_of_place() const { return options_.expires ? 3 : 2; }
  uint64_t* PlaceOf(const Part& part, const Fingerprint& key) const;
  Result<bool> AddOne(const SeenKey& key, int64_t watermark);
  /// Into a new table of at least `capacity` places, without what is forgotten.
  Status Rebuild(Part& part, uint64_t capacity, int64_t watermark);
  Status SpillAll(int64_t watermark);

  const KeySetOptions options_;
  std::array<Part, kParts> parts_;
  int64_t size_ = 0;
  int64_t bytes_ = 0;
  bool spilled_ = false;
  size_t next_to_clean_ = 0;
};

}  // namespace oresmith::state
