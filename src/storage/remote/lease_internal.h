#pragma once

// A credential that ends, held and renewed before it does.

#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace oresmith::storage {

/// Of a credential that does not end.
inline constexpr int64_t kNeverMillis = std::numeric_limits<int64_t>::max();

template <class T>
struct Leased {
  T value;
  int64_t expires_ms = kNeverMillis;  ///< since 1970
};

/// Safe to use from many threads.
template <class T>
class Lease {
 public:
  using Fetch = std::function<Result<Leased<T>>()>;
  /// `clock` must outlive it.
  Lease(Fetch fetch, const Clock& clock) : fetch_(std::move(fetch)), clock_(clock) {}

  /// Errors: those of fetching, when none is held that is still good.
  Result<T> Get() {
    const std::optional<Leased<T>> held = Held();
    const int64_t now_ms = Millis(clock_.Now());
    if (held && Left(*held, now_ms) > kRenewBeforeMillis) return held->value;
    // Two threads may both fetch: no lock is held over the network.
    auto fetched = fetch_();
    if (!fetched) {
      // Renewing starts early so that it may fail for a while.
      if (held && Left(*held, now_ms) > 0) return held->value;
      return Fail(std::move(fetched).error());
    }
    const std::lock_guard lock(mutex_);
    held_ = *fetched;
    return held_->value;
  }

  /// The next Get fetches. False when that cannot help: the credential never ends.
  bool Drop() {
    const std::lock_guard lock(mutex_);
    const bool ends = held_ && held_->expires_ms != kNeverMillis;
    if (ends) held_.reset();
    return ends;
  }

 private:
  static constexpr int64_t kRenewBeforeMillis = 300'000;

  static int64_t Left(const Leased<T>& held, int64_t now_ms) { return held.expires_ms - now_ms; }
  std::optional<Leased<T>> Held() {
    const std::lock_guard lock(mutex_);
    return held_;
  }

  const Fetch fetch_;
  const Clock& clock_;
  std::mutex mutex_;  // guards held_
  std::optional<Leased<T>> held_;
};

}  // namespace oresmith::storage
