#pragma once

// The options of read_kafka, read and checked.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "connector/kafka/client_options.h"
#include "connector/kafka/kafka_source.h"
#include "connector/kafka/offsets_internal.h"

namespace oresmith::connector {

/// Where reading begins or ends. Exactly one of the members is meant, the first that is set.
struct KafkaPoint {
  std::optional<int64_t> timestamp_ms;        ///< of all partitions
  std::optional<KafkaOffsets> timestamps_ms;  ///< of each
  std::optional<KafkaOffsets> offsets;        ///< of each; -2 the earliest, -1 the latest
  int64_t everywhere = kLatestOffset;
};

struct KafkaSettings {
  KafkaClientOptions client;
  std::vector<std::string> topics;       ///< of subscribe, and of assign
  std::string pattern;                   ///< of subscribePattern
  std::vector<KafkaPartition> assigned;  ///< of assign
  KafkaPoint start;
  KafkaPoint end;
  bool latest_without_timestamp = false;  ///< startingOffsetsByTimestampStrategy => 'latest'
  bool fail_on_data_loss = true;
  bool headers = false;
  int64_t offsets_max = 0;  ///< of one epoch; 0: no limit
  int64_t offsets_min = 0;
  std::chrono::milliseconds delay_max{std::chrono::minutes(15)};
  std::chrono::milliseconds patience{120'000};  ///< kafkaConsumer.pollTimeoutMs

  /// For messages: read_kafka(retail-data-new).
  std::string Describe() const;
};

Result<KafkaSettings> ParseKafkaOptions(const KafkaSourceOptions& options, bool stream);

types::Schema KafkaColumns(bool headers);

}  // namespace oresmith::connector
