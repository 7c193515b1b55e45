#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_text.h"
#include "connector/kafka/offsets_internal.h"

namespace oresmith::connector {
namespace {

using Json = nlohmann::json;

std::optional<int32_t> PartitionNumber(const std::string& text) {
  int32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < 0) return std::nullopt;
  return number;
}

}  // namespace

std::string OffsetsToJson(const KafkaOffsets& offsets) {
  std::string json = "{";
  const std::string* topic = nullptr;
  for (const auto& [partition, offset] : offsets) {
    const bool begins = topic == nullptr || *topic != partition.topic;
    if (begins) {
      if (topic != nullptr) json += "},";
      json += JsonText(partition.topic) + ":{";
      topic = &partition.topic;
    } else {
      json += ',';
    }
    json += fmt::format("\"{}\":{}", partition.number, offset);
  }
  return json + (topic == nullptr ? "}" : "}}");
}

Result<KafkaOffsets> OffsetsFromJson(std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const auto wrong = [&] {
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "these are no offsets: {}", json)
            .WithFix(R"(write {"topic":{"0":23,"1":-2}}: -2 is the earliest, -1 the latest)"));
  };
  if (!parsed.is_object()) return wrong();
  KafkaOffsets offsets;
  for (const auto& [topic, partitions] : parsed.items()) {
    if (!partitions.is_object()) return wrong();
    for (const auto& [text, offset] : partitions.items()) {
      const auto number = PartitionNumber(text);
      if (!number || !offset.is_number_integer()) return wrong();
      offsets[{topic, *number}] = offset.get<int64_t>();
    }
  }
  return offsets;
}

Result<std::vector<KafkaPartition>> AssignFromJson(std::string_view json) {
  const Json parsed = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  const auto wrong = [&] {
    return Fail(MakeError(ErrorKind::kInvalidInput, "these are no partitions: {}", json)
                    .WithFix(R"(write {"topic":[0,1]})"));
  };
  if (!parsed.is_object() || parsed.empty()) return wrong();
  std::vector<KafkaPartition> partitions;
  for (const auto& [topic, numbers] : parsed.items()) {
    if (!numbers.is_array()) return wrong();
    for (const auto& number : numbers) {
      if (!number.is_number_integer() || number.get<int64_t>() < 0) return wrong();
      partitions.push_back({topic, number.get<int32_t>()});
    }
  }
  return partitions;
}

}  // namespace oresmith::connector
