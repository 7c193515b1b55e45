#pragma once

// The time, passed in, so that tests can hold it still.

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace oresmith {

/// Microseconds since 1970-01-01T00:00:00Z.
enum class Instant : int64_t {};

/// Safe to call from many threads.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall clock. May jump.
  virtual Instant Now() const = 0;
  /// Never goes back; the zero point means nothing.
  virtual std::chrono::nanoseconds Steady() const = 0;
  /// Waits for `duration`, or less when `stop` is requested.
  virtual void Sleep(std::chrono::nanoseconds duration, std::stop_token stop) const = 0;
};

class SystemClock final : public Clock {
 public:
  Instant Now() const override;
  std::chrono::nanoseconds Steady() const override;
  void Sleep(std::chrono::nanoseconds duration, std::stop_token stop) const override;
};

inline int64_t Micros(Instant instant) { return static_cast<int64_t>(instant); }
inline int64_t Millis(Instant instant) { return static_cast<int64_t>(instant) / 1000; }

}  // namespace oresmith
