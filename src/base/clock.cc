#include "base/clock.h"

#include <condition_variable>
#include <mutex>

namespace oresmith {

Instant SystemClock::Now() const {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return Instant{std::chrono::duration_cast<std::chrono::microseconds>(now).count()};
}

std::chrono::nanoseconds SystemClock::Steady() const {
  return std::chrono::steady_clock::now().time_since_epoch();
}

void SystemClock::Sleep(std::chrono::nanoseconds duration, std::stop_token stop) const {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, duration, [] { return false; });
}

}  // namespace oresmith
