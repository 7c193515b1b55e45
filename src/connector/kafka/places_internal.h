#pragma once

// Which partitions there are, and which offsets the options mean.

#include <set>

#include "connector/kafka/client_internal.h"
#include "connector/kafka/settings_internal.h"

namespace oresmith::connector {

/// Asks the brokers. References must outlive it.
class KafkaPlaces {
 public:
  KafkaPlaces(const KafkaSettings& settings, KafkaClient& client, const Clock& clock)
      : settings_(settings), client_(client), clock_(clock) {}

  /// The partitions that subscribe, subscribePattern or assign mean now. With `must`, a topic that
  /// is not there is an error (kNotFound), except for a pattern.
  Result<std::set<KafkaPartition>> Partitions(bool must) const;

  /// Where reading begins or ends. Errors: kInvalidInput when the point names other partitions than
  /// there are, or a time after the last message (strategy error).
  Result<KafkaOffsets> At(const KafkaPoint& point, const std::set<KafkaPartition>& partitions,
                          bool is_end) const;

  /// The first offsets (kEarliestOffset) or those behind the last ones (kLatestOffset). A partition
  /// that is gone is left out.
  Result<KafkaOffsets> Ask(const std::set<KafkaPartition>& partitions, int64_t which) const;

 private:
  Result<KafkaOffsets> AskAll(const KafkaOffsets& what) const;
  Result<KafkaOffsets> AtTimes(const KafkaOffsets& times_ms, bool is_end) const;
  Result<KafkaOffsets> AtOffsets(const KafkaOffsets& given,
                                 const std::set<KafkaPartition>& partitions) const;

  const KafkaSettings& settings_;
  KafkaClient& client_;
  const Clock& clock_;
};

}  // namespace oresmith::connector
