#pragma once

// The messages of some partitions as they come in, each partition in order, until somebody takes
// them. librdkafka's simple consumer: no group is joined, so no right to one is needed.

#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "connector/kafka/client_internal.h"
#include "connector/kafka/offsets_internal.h"

namespace oresmith::connector {

/// Messages of one partition that were taken together, in order of their offsets. They must not
/// outlive the intake that they come from; `source` keeps it.
struct KafkaRun {
  KafkaPartition partition;
  std::vector<KafkaMessage> messages;
  int64_t bytes = 0;
};

/// One thread at a time.
class KafkaIntake {
 public:
  /// `client`: a consumer made with Defaults().
  explicit KafkaIntake(std::shared_ptr<KafkaClient> client);
  ~KafkaIntake();
  KafkaIntake(const KafkaIntake&) = delete;
  KafkaIntake& operator=(const KafkaIntake&) = delete;

  /// What a consumer's client must be made with.
  static std::map<std::string, std::string> Defaults();

  /// Begins, or begins again, to read a partition at `offset`; what waits of it is thrown away.
  Status Begin(const KafkaPartition& partition, int64_t offset);
  void End(const KafkaPartition& partition);
  /// Nothing from `end` on is wanted: it is not kept, and the partition is not read any further.
  /// REQUIRES: Begin was called for the partition.
  void Limit(const KafkaPartition& partition, int64_t end);

  /// Takes in what has come, until about `bytes_max` wait; for the first of it up to `wait`.
  /// False: nothing came. Errors: kUnavailable and others, of the brokers.
  Result<bool> Pull(std::chrono::milliseconds wait, int64_t bytes_max);

  /// Bytes that wait to be taken.
  int64_t waiting_bytes() const { return waiting_bytes_; }
  /// Everything before it has come in, and waits or was taken.
  int64_t Position(const KafkaPartition& partition) const;
  /// Messages of the partition that wait before `end`.
  int64_t WaitingBefore(const KafkaPartition& partition, int64_t end) const;
  /// Takes the messages before `end`, at most about `bytes_max`; their own end is in `end` then.
  KafkaRun Take(const KafkaPartition& partition, int64_t* end, int64_t bytes_max);
  /// Partitions that cannot be read on where they are: the offset is not there (any more), or the
  /// partition is not. They stay so until Begin or End.
  const std::map<KafkaPartition, rd_kafka_resp_err_t>& stuck() const { return stuck_; }
  /// The end of the partition as the last answer told it; nothing before the first.
  std::optional<int64_t> KnownEnd(const KafkaPartition& partition) const;

 private:
  struct Part {
    KafkaPartition partition;
    bool active = false;
    int64_t position = 0;
    int64_t end = std::numeric_limits<int64_t>::max();
    std::deque<KafkaMessage> waiting;
  };
  struct Topic {
    rd_kafka_topic_t* handle = nullptr;
    std::vector<std::unique_ptr<Part>> parts;  // by number; null: not read
  };
  Part* Find(const KafkaPartition& partition) const;
  Status Add(KafkaMessage message);
  void StopFinished();
  Status AddError(Part& part, const rd_kafka_message_t& message);

  std::shared_ptr<KafkaClient> client_;
  rd_kafka_queue_t* queue_;
  std::map<std::string, std::unique_ptr<Topic>> topics_;
  std::unordered_map<const rd_kafka_topic_t*, Topic*> by_handle_;
  std::map<KafkaPartition, rd_kafka_resp_err_t> stuck_;
  std::vector<Part*> finished_;  // reached their limit; still to be stopped
  int64_t waiting_bytes_ = 0;
};

}  // namespace oresmith::connector
