#include "cli/stop_signals.h"

#include <pthread.h>
#include <unistd.h>

#include "cli/command.h"

namespace oresmith::cli {

StopSignals::StopSignals(std::function<void()> on_first) : on_first_(std::move(on_first)) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  watcher_ = std::thread([this] { Watch(); });
}

StopSignals::~StopSignals() {
  done_ = true;
  // Wakes sigwait; the signal goes to that thread only.
  pthread_kill(watcher_.native_handle(), SIGTERM);
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignals::Watch() {
  while (true) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) continue;
    if (done_) return;
    // _exit: no destructor may wait for the work that is being abandoned. The tables are safe: a
    // commit is one file that is there or not.
    if (source_.stop_requested()) _exit(static_cast<int>(ExitCode::kInterrupted));
    source_.request_stop();
    on_first_();
  }
}

}  // namespace oresmith::cli
