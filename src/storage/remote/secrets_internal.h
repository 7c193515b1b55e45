#pragma once

// What must never be shown: keys, tokens, signatures.

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::storage {

/// Safe to use from many threads.
class Secrets {
 public:
  /// From now on `secret`, and its percent-encoded form, are blotted out. Too short ones (fewer
  /// than 6 bytes) are not: they would blot out half of each message.
  void Add(std::string_view secret);
  /// `text` with each secret, and whatever stands behind `sig=`, `Signature=` and `Bearer `,
  /// replaced by ***.
  std::string Redact(std::string_view text) const;
  Error Redact(Error error) const;

 private:
  mutable std::mutex mutex_;  // guards secrets_
  std::vector<std::string> secrets_;
};

}  // namespace oresmith::storage
