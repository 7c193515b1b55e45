#include <algorithm>
#include <utility>

#include "connector/kafka/feed_internal.h"

namespace oresmith::connector {
namespace {

constexpr std::chrono::milliseconds kWait{100};

}  // namespace

KafkaFeed::KafkaFeed(const KafkaSettings& settings, const Clock& clock,
                     std::shared_ptr<KafkaClient> client)
    : settings_(settings),
      clock_(clock),
      client_(std::move(client)),
      places_(settings_, *client_, clock_) {}

Result<std::unique_ptr<KafkaFeed>> KafkaFeed::Open(const KafkaSettings& settings,
                                                   const Clock& clock) {
  TRY(auto client, KafkaClient::Open(RD_KAFKA_CONSUMER, settings.client, KafkaIntake::Defaults()));
  std::unique_ptr<KafkaFeed> feed(new KafkaFeed(settings, clock, std::move(client)));
  TRY(feed->partitions_, feed->places_.Partitions(/*must=*/true));
  feed->intake_ = std::make_unique<KafkaIntake>(feed->client_);
  return feed;
}

Status KafkaFeed::Lost(const KafkaPartition& partition, const std::string& what) {
  std::string text =
      fmt::format("topic {}, partition {}: {}", partition.topic, partition.number, what);
  if (settings_.fail_on_data_loss) {
    return Fail(MakeError(ErrorKind::kNotFound, "{}", text)
                    .WithFix("to go on without them, give failOnDataLoss => false"));
  }
  losses_.push_back(std::move(text));
  return {};
}

Status KafkaFeed::Begin(const KafkaOffsets& from) {
  std::set<KafkaPartition> partitions;
  for (const auto& [partition, offset] : from) partitions.insert(partition);
  TRY(const KafkaOffsets low, places_.Ask(partitions, kEarliestOffset));
  TRY(const KafkaOffsets high, places_.Ask(partitions, kLatestOffset));
  for (const auto& [partition, offset] : from) {
    TRY_DO(intake_->Begin(partition, offset));
    const auto first = low.find(partition);
    const auto end = high.find(partition);
    const bool there = first != low.end() && end != high.end();
    if (there && first->second <= offset && offset <= end->second) continue;
    TRY_DO(MendOne(partition, low, high));
  }
  return {};
}

Result<std::set<KafkaPartition>> KafkaFeed::FindNew() {
  TRY(std::set<KafkaPartition> now, places_.Partitions(/*must=*/false));
  std::set<KafkaPartition> fresh;
  std::set_difference(now.begin(), now.end(), partitions_.begin(), partitions_.end(),
                      std::inserter(fresh, fresh.end()));
  partitions_.insert(fresh.begin(), fresh.end());
  return fresh;
}

Status KafkaFeed::MendOne(const KafkaPartition& partition, const KafkaOffsets& low,
                          const KafkaOffsets& high) {
  const int64_t position = intake_->Position(partition);
  const auto first = low.find(partition);
  const auto end = high.find(partition);
  if (first == low.end() || end == high.end()) {
    const auto known = intake_->KnownEnd(partition);
    const std::string count = known && *known > position
                                  ? fmt::format("{} messages", *known - position)
                                  : std::string("what was written");
    TRY_DO(Lost(partition,
                fmt::format("it was deleted: {} from offset {} on are lost", count, position)));
    partitions_.erase(partition);
    intake_->End(partition);
    return {};
  }
  if (position < first->second) {
    TRY_DO(Lost(partition, fmt::format("offsets {} to {} were deleted before they were read: up to "
                                       "{} messages are lost",
                                       position, first->second - 1, first->second - position)));
    return intake_->Begin(partition, first->second);
  }
  if (position > end->second) {
    TRY_DO(Lost(partition,
                fmt::format("reading had come to offset {}, but it ends at {}: the topic was made "
                            "anew or cut, and what was between is lost; reading goes on at {}",
                            position, end->second, first->second)));
    return intake_->Begin(partition, first->second);
  }
  return intake_->Begin(partition, position);
}

Status KafkaFeed::Mend() {
  if (intake_->stuck().empty()) return {};
  std::set<KafkaPartition> stuck;
  for (const auto& [partition, code] : intake_->stuck()) stuck.insert(partition);
  TRY(const KafkaOffsets low, places_.Ask(stuck, kEarliestOffset));
  TRY(const KafkaOffsets high, places_.Ask(stuck, kLatestOffset));
  for (const KafkaPartition& partition : stuck) TRY_DO(MendOne(partition, low, high));
  return {};
}

Status KafkaFeed::PullNow(int64_t bytes_max) {
  TRY_DO(intake_->Pull(std::chrono::milliseconds(0), bytes_max));
  return Mend();
}

Status KafkaFeed::PullUntil(KafkaOffsets& ends, int64_t bytes_max) {
  auto moved = clock_.Steady();
  while (true) {
    TRY(const bool any, intake_->Pull(kWait, bytes_max));
    TRY_DO(Mend());
    std::erase_if(ends, [&](const auto& end) { return !partitions_.contains(end.first); });
    const auto late = std::find_if(ends.begin(), ends.end(), [&](const auto& end) {
      return intake_->Position(end.first) < end.second;
    });
    if (late == ends.end() || intake_->waiting_bytes() >= bytes_max) return {};
    if (any) {
      moved = clock_.Steady();
      continue;
    }
    if (auto error = client_->events().Hopeless(client_->servers())) return Fail(std::move(*error));
    if (clock_.Steady() - moved < settings_.patience) continue;
    Error error = client_->events().Unreachable(client_->servers());
    return Fail(ErrorKind::kUnavailable,
                "topic {}, partition {}: nothing came for {} ms, and offsets {} to {} are missing: "
                "{}",
                late->first.topic, late->first.number, settings_.patience.count(),
                intake_->Position(late->first), late->second - 1, error.message);
  }
}

}  // namespace oresmith::connector
