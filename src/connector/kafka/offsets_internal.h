#pragma once

// Spark's JSON of Kafka offsets: {"topic":{"0":23,"1":-2}}; -2 is the earliest, -1 the latest.

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::connector {

struct KafkaPartition {
  std::string topic;
  int32_t number = 0;
  auto operator<=>(const KafkaPartition&) const = default;
};

using KafkaOffsets = std::map<KafkaPartition, int64_t>;

constexpr int64_t kLatestOffset = -1;
constexpr int64_t kEarliestOffset = -2;

std::string OffsetsToJson(const KafkaOffsets& offsets);
/// Errors: kInvalidInput.
Result<KafkaOffsets> OffsetsFromJson(std::string_view json);
/// {"topic":[0,1]}. Errors: kInvalidInput.
Result<std::vector<KafkaPartition>> AssignFromJson(std::string_view json);

}  // namespace oresmith::connector
