#include <regex>

#include "base/near.h"
#include "connector/kafka/places_internal.h"

namespace oresmith::connector {
namespace {

/// Less than the ten seconds after which a person takes a program for dead.
constexpr int kContactSeconds = 8;

Error NoTopic(const std::string& name, const std::map<std::string, int>& all,
              const std::string& servers) {
  Error error =
      MakeError(ErrorKind::kNotFound, "topic {}: there is no such topic at {}", name, servers);
  std::vector<std::string> names;
  for (const auto& [topic, partitions] : all) names.push_back(topic);
  const std::string near = Nearest(name, names);
  if (!near.empty()) return std::move(error).WithFix(fmt::format("did you mean {}?", near));
  return std::move(error).WithFix("make the topic, or correct the name");
}

bool IsInternal(const std::string& topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" ||
         topic == "__share_group_state";
}

}  // namespace

Result<std::set<KafkaPartition>> KafkaPlaces::Partitions(bool must) const {
  TRY(const auto topics, client_.Topics(settings_.topics, kContactSeconds, clock_));
  std::set<KafkaPartition> partitions;
  if (!settings_.pattern.empty()) {
    const std::regex pattern(settings_.pattern);  // parsed before, with the options
    for (const auto& [topic, count] : topics) {
      if (IsInternal(topic) || !std::regex_match(topic, pattern)) continue;
      for (int i = 0; i < count; ++i) partitions.insert({topic, i});
    }
    return partitions;
  }
  for (const std::string& name : settings_.topics) {
    const auto topic = topics.find(name);
    if (topic == topics.end()) {
      if (!must) continue;
      const auto all = client_.Topics({}, kContactSeconds, clock_);
      return Fail(NoTopic(name, all.value_or(std::map<std::string, int>{}), client_.servers()));
    }
    if (!settings_.assigned.empty()) continue;
    for (int i = 0; i < topic->second; ++i) partitions.insert({name, i});
  }
  for (const KafkaPartition& partition : settings_.assigned) {
    const auto topic = topics.find(partition.topic);
    if (topic != topics.end() && partition.number < topic->second) {
      partitions.insert(partition);
    } else if (must) {
      return Fail(ErrorKind::kNotFound, "topic {}: there is no partition {}", partition.topic,
                  partition.number);
    }
  }
  return partitions;
}

Result<KafkaOffsets> KafkaPlaces::AskAll(const KafkaOffsets& what) const {
  const KafkaList list(rd_kafka_topic_partition_list_new(static_cast<int>(what.size())));
  for (const auto& [partition, ask] : what) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)
        ->offset = ask;
  }
  TRY_DO(client_.Offsets(list.get(), kContactSeconds, clock_));
  KafkaOffsets offsets;
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& answer = list->elems[i];
    const KafkaPartition partition{answer.topic, answer.partition};
    if (answer.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      offsets[partition] = answer.offset;
    } else if (answer.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
               answer.err != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
      return Fail(KafkaError(
          answer.err, fmt::format("topic {}, partition {}", answer.topic, answer.partition), ""));
    }
  }
  return offsets;
}

Result<KafkaOffsets> KafkaPlaces::Ask(const std::set<KafkaPartition>& partitions,
                                      int64_t which) const {
  KafkaOffsets what;
  for (const KafkaPartition& partition : partitions) what[partition] = which;
  return AskAll(what);
}

Result<KafkaOffsets> KafkaPlaces::AtTimes(const KafkaOffsets& times_ms, bool is_end) const {
  TRY(KafkaOffsets offsets, AskAll(times_ms));
  std::set<KafkaPartition> without;
  for (const auto& [partition, offset] : offsets) {
    if (offset < 0) without.insert(partition);
  }
  if (without.empty()) return offsets;
  if (!is_end && !settings_.latest_without_timestamp) {
    const KafkaPartition& first = *without.begin();
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "topic {}, partition {}: no message is as late as {} ms, so reading has "
                          "no start",
                          first.topic, first.number, times_ms.at(first))
                    .WithFix("give startingOffsetsByTimestampStrategy => 'latest' to begin at the "
                             "end there"));
  }
  TRY(const KafkaOffsets latest, Ask(without, kLatestOffset));
  for (const auto& [partition, offset] : latest) offsets[partition] = offset;
  return offsets;
}

Result<KafkaOffsets> KafkaPlaces::AtOffsets(const KafkaOffsets& given,
                                            const std::set<KafkaPartition>& partitions) const {
  std::set<KafkaPartition> named;
  for (const auto& [partition, offset] : given) named.insert(partition);
  if (named != partitions) {
    KafkaOffsets there;
    for (const KafkaPartition& partition : partitions) there[partition] = 0;
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "the offsets name other partitions than there are: {} of {}",
                          OffsetsToJson(given), OffsetsToJson(there))
                    .WithFix("name each partition: -2 is the earliest offset, -1 the latest"));
  }
  KafkaOffsets offsets;
  KafkaOffsets ask;
  for (const auto& [partition, offset] : given) {
    if (offset < 0) {
      ask[partition] = offset;
    } else {
      offsets[partition] = offset;
    }
  }
  TRY(const KafkaOffsets answers, AskAll(ask));
  offsets.insert(answers.begin(), answers.end());
  return offsets;
}

Result<KafkaOffsets> KafkaPlaces::At(const KafkaPoint& point,
                                     const std::set<KafkaPartition>& partitions,
                                     bool is_end) const {
  if (point.timestamp_ms) {
    KafkaOffsets times;
    for (const KafkaPartition& partition : partitions) times[partition] = *point.timestamp_ms;
    return AtTimes(times, is_end);
  }
  if (point.timestamps_ms) {
    TRY_DO(AtOffsets(*point.timestamps_ms, partitions));
    return AtTimes(*point.timestamps_ms, is_end);
  }
  if (point.offsets) return AtOffsets(*point.offsets, partitions);
  return Ask(partitions, point.everywhere);
}

}  // namespace oresmith::connector
