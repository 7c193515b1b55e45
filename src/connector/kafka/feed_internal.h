#pragma once

// The messages of what the options name, between offsets: a KafkaIntake that knows what to do when
// offsets or partitions are gone.

#include <set>

#include "connector/kafka/batches_internal.h"
#include "connector/kafka/intake_internal.h"
#include "connector/kafka/places_internal.h"

namespace oresmith::connector {

/// One thread at a time.
class KafkaFeed {
 public:
  /// Makes a client and finds the partitions. `settings` and `clock` must outlive it.
  static Result<std::unique_ptr<KafkaFeed>> Open(const KafkaSettings& settings, const Clock& clock);

  const std::set<KafkaPartition>& partitions() const { return partitions_; }
  const KafkaPlaces& places() const { return places_; }
  KafkaIntake& intake() { return *intake_; }
  const std::shared_ptr<KafkaClient>& client() const { return client_; }

  /// Reads on from these offsets. What is not there any more is told as lost.
  Status Begin(const KafkaOffsets& from);
  /// Partitions that were made since Open or the last call; not begun.
  Result<std::set<KafkaPartition>> FindNew();

  /// Takes in messages until each partition of `ends` is there, or `bytes_max` wait. Waits as long
  /// as messages come; the settings' patience without one. Ends of partitions that are gone are
  /// lowered. Errors: kUnavailable; kNotFound for lost messages.
  Status PullUntil(KafkaOffsets& ends, int64_t bytes_max);
  /// Takes in what is here now.
  Status PullNow(int64_t bytes_max);

  /// What was lost, with failOnDataLoss => false; each is told once.
  std::vector<std::string> TakeLosses() { return std::exchange(losses_, {}); }

 private:
  KafkaFeed(const KafkaSettings& settings, const Clock& clock, std::shared_ptr<KafkaClient> client);
  Status Lost(const KafkaPartition& partition, const std::string& what);
  Status Mend();
  Status MendOne(const KafkaPartition& partition, const KafkaOffsets& low,
                 const KafkaOffsets& high);

  const KafkaSettings& settings_;
  const Clock& clock_;
  std::shared_ptr<KafkaClient> client_;
  KafkaPlaces places_;
  std::set<KafkaPartition> partitions_;
  std::unique_ptr<KafkaIntake> intake_;
  std::vector<std::string> losses_;
};

}  // namespace oresmith::connector
