#pragma once

// Ctrl-C and SIGTERM: the first asks for a stop, the second ends the process at once.

#include <signal.h>

#include <atomic>
#include <functional>
#include <stop_token>
#include <thread>

namespace oresmith::cli {

/// While it lives, SIGINT and SIGTERM are taken by a thread of its own, outside of any signal
/// handler. Make it before other threads start, so that they inherit the blocked signals; one at a
/// time in a process.
class StopSignals {
 public:
  /// `on_first` runs in that thread at the first signal, after the stop was requested.
  explicit StopSignals(std::function<void()> on_first);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Requested by the first signal. The second one ends the process with exit code 130.
  std::stop_token token() const { return source_.get_token(); }

 private:
  void Watch();

  std::function<void()> on_first_;
  std::stop_source source_;
  std::atomic<bool> done_{false};
  sigset_t signals_{};
  sigset_t before_{};
  std::thread watcher_;
};

}  // namespace oresmith::cli
