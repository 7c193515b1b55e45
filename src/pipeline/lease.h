#pragma once

// One process at a time runs a pipeline in an object store, where there are no locks: the newest of
// the files
//
//   _checkpoints/lease/<n>
//   {"host":"db1","process":42,"started":"...","id":"<uuid>","beat":7,"released":false}
//
// says who. Its holder writes it anew every few seconds with another beat. Who finds one whose beat
// stands still for kExpiry by his own clock takes over by making n+1, which only one can. A holder
// that slept so long finds n+1 and stops; the epoch that it may be in the middle of fails by its
// number in the table's commits.

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// A process on a machine, for the lease and for people.
struct LeaseOwner {
  std::string host;
  int64_t process = 0;
  /// Start of the process, in the machine's own units: process numbers are used again.
  std::string started;

  static LeaseOwner Self();
  /// Whether that process runs; nothing when it is of another machine.
  std::optional<bool> Runs() const;
};

/// Held until it is destroyed.
class Lease {
 public:
  static constexpr std::chrono::seconds kBeatEvery{3};
  static constexpr std::chrono::seconds kExpiry{15};

  enum class Beats { kByItself, kByHand };

  /// Waits for at most kExpiry to see whether a present holder on another machine lives. All must
  /// outlive the lease. Errors: kConflict when it does, by its name; kCancelled; kCorrupt; those of
  /// the store.
  static Result<std::unique_ptr<Lease>> Acquire(storage::Store& store, const Clock& clock,
                                                Random& random, const Logger& log,
                                                const LeaseOwner& owner, Beats beats,
                                                std::stop_token stop);
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  /// Gives it back, so that the next one need not wait.
  ~Lease();

  /// Shows that the holder lives. Any thread. Errors: kConflict when another process has taken
  /// over; those of the store.
  Status Beat();
  /// Beats when the last beat is too long ago to be sure. Any thread. Errors: as Beat.
  Status Check();

 private:
  Lease(storage::Store& store, const Clock& clock, const Logger& log, int64_t number,
        const LeaseOwner& owner, std::string id);
  Status Write(bool released);
  void BeatOnAndOn(const std::stop_token& stop);

  storage::Store& store_;
  const Clock& clock_;
  const Logger& log_;
  const int64_t number_;
  const LeaseOwner owner_;
  const std::string id_;
  std::mutex mutex_;  // guards the two below, and the file
  int64_t beat_ = 0;
  std::chrono::nanoseconds last_beat_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace oresmith::pipeline
