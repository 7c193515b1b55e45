#pragma once

// A clock that tests move.

#include <atomic>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace oresmith {

/// Starts at 2024-01-01T00:00:00Z and goes on by a millisecond each time it is looked at.
class ManualClock final : public Clock {
 public:
  Instant Now() const override {
    return Instant{micros_.fetch_add(1000, std::memory_order_relaxed)};
  }
  std::chrono::nanoseconds Steady() const override {
    return std::chrono::microseconds(micros_.load(std::memory_order_relaxed));
  }
  void Sleep(std::chrono::nanoseconds duration, std::stop_token) const override {
    Advance(duration);
  }
  void Advance(std::chrono::nanoseconds duration) const {
    micros_.fetch_add(std::chrono::duration_cast<std::chrono::microseconds>(duration).count(),
                      std::memory_order_relaxed);
  }

 private:
  mutable std::atomic<int64_t> micros_ = 1'704'067'200'000'000;
};

}  // namespace oresmith
