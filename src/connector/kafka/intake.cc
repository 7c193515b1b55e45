#include <algorithm>
#include <array>

#include "connector/kafka/intake_internal.h"

namespace oresmith::connector {
namespace {

/// librdkafka's own cost of a message that waits.
constexpr int64_t kMessageBytes = 160;
constexpr size_t kAtOnce = 1000;

int64_t SizeOf(const rd_kafka_message_t& message) {
  return static_cast<int64_t>(message.len + message.key_len) + kMessageBytes;
}

bool IsGone(rd_kafka_resp_err_t code) {
  return code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
         code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
         code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
         code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

}  // namespace

KafkaIntake::KafkaIntake(std::shared_ptr<KafkaClient> client)
    : client_(std::move(client)), queue_(rd_kafka_queue_new(client_->handle())) {}

KafkaIntake::~KafkaIntake() {
  for (auto& [name, topic] : topics_) {
    for (const auto& part : topic->parts) {
      if (part == nullptr) continue;
      part->waiting.clear();
      if (part->active) rd_kafka_consume_stop(topic->handle, part->partition.number);
    }
    rd_kafka_topic_destroy(topic->handle);
  }
  rd_kafka_queue_destroy(queue_);
}

std::map<std::string, std::string> KafkaIntake::Defaults() {
  return {{"enable.partition.eof", "true"},
          {"auto.offset.reset", "error"},
          {"enable.auto.commit", "false"},
          {"enable.auto.offset.store", "false"},
          {"allow.auto.create.topics", "false"},
          // As Java's consumer, which Spark uses, and unlike librdkafka's.
          {"isolation.level", "read_uncommitted"},
          {"check.crcs", "true"},
          // Bytes bound what waits inside, not a number of messages of unknown size.
          {"queued.min.messages", "10000000"},
          {"queued.max.messages.kbytes", "65536"}};
}

KafkaIntake::Part* KafkaIntake::Find(const KafkaPartition& partition) const {
  const auto topic = topics_.find(partition.topic);
  if (topic == topics_.end()) return nullptr;
  const auto number = static_cast<size_t>(partition.number);
  return number < topic->second->parts.size() ? topic->second->parts[number].get() : nullptr;
}

Status KafkaIntake::Begin(const KafkaPartition& partition, int64_t offset) {
  End(partition);
  std::unique_ptr<Topic>& topic = topics_[partition.topic];
  if (topic == nullptr) {
    topic = std::make_unique<Topic>();
    topic->handle = rd_kafka_topic_new(client_->handle(), partition.topic.c_str(), nullptr);
    if (topic->handle == nullptr) {
      const auto code = rd_kafka_last_error();
      topics_.erase(partition.topic);
      return Fail(KafkaError(code, "topic " + partition.topic, ""));
    }
    by_handle_[topic->handle] = topic.get();
  }
  const auto number = static_cast<size_t>(partition.number);
  if (topic->parts.size() <= number) topic->parts.resize(number + 1);
  std::unique_ptr<Part>& part = topic->parts[number];
  if (part == nullptr) part = std::make_unique<Part>();
  part->partition = partition;
  part->position = offset;
  if (rd_kafka_consume_start_queue(topic->handle, partition.number, offset, queue_) != 0) {
    return Fail(KafkaError(rd_kafka_last_error(), "topic " + partition.topic, ""));
  }
  part->active = true;
  return {};
}

void KafkaIntake::End(const KafkaPartition& partition) {
  stuck_.erase(partition);
  Part* const part = Find(partition);
  if (part == nullptr) return;
  if (part->active) {
    rd_kafka_consume_stop(topics_[partition.topic]->handle, partition.number);
  }
  for (const KafkaMessage& message : part->waiting) waiting_bytes_ -= SizeOf(*message);
  part->waiting.clear();
  part->active = false;
}

void KafkaIntake::Limit(const KafkaPartition& partition, int64_t end) {
  Part* const part = Find(partition);
  ORESMITH_ASSERT(part != nullptr);
  part->end = end;
}

void KafkaIntake::StopFinished() {
  for (Part* const part : finished_) {
    if (!part->active) continue;
    rd_kafka_consume_stop(topics_[part->partition.topic]->handle, part->partition.number);
    part->active = false;
  }
  finished_.clear();
}

Result<bool> KafkaIntake::Pull(std::chrono::milliseconds wait, int64_t bytes_max) {
  client_->Poll();
  bool any = false;
  if (wait.count() > 0) {
    KafkaMessage first(rd_kafka_consume_queue(queue_, static_cast<int>(wait.count())));
    if (first != nullptr) {
      any = true;
      TRY_DO(Add(std::move(first)));
    }
  }
  std::array<rd_kafka_message_t*, kAtOnce> messages;
  while (waiting_bytes_ < bytes_max) {
    const auto count = rd_kafka_consume_batch_queue(queue_, 0, messages.data(), messages.size());
    if (count <= 0) break;
    any = true;
    Status status;
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
      KafkaMessage message(messages[i]);  // owned, whatever happens to the one before
      if (status) status = Add(std::move(message));
    }
    TRY_DO(status);
  }
  StopFinished();
  return any;
}

Status KafkaIntake::Add(KafkaMessage message) {
  if (message->rkt == nullptr) return {};  // of the client as a whole: told by its events
  const auto topic = by_handle_.find(message->rkt);
  const auto number = static_cast<size_t>(message->partition);
  if (topic == by_handle_.end() || number >= topic->second->parts.size()) return {};
  Part* const part = topic->second->parts[number].get();
  if (part == nullptr || !part->active) return {};
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return AddError(*part, *message);
  if (message->offset < part->position) return {};  // of before a Begin
  if (message->offset >= part->end) {
    part->position = std::max(part->position, part->end);
    finished_.push_back(part);
    return {};
  }
  part->position = message->offset + 1;
  waiting_bytes_ += SizeOf(*message);
  part->waiting.push_back(std::move(message));
  return {};
}

Status KafkaIntake::AddError(Part& part, const rd_kafka_message_t& message) {
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    // Behind control records and what compaction took, of which no message tells.
    part.position = std::max(part.position, message.offset);
    return {};
  }
  if (IsGone(message.err)) {
    stuck_[part.partition] = message.err;
    return {};
  }
  if (message.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
    return Fail(KafkaError(message.err, "topic " + part.partition.topic, ""));
  }
  if (message.err == RD_KAFKA_RESP_ERR__BAD_MSG ||
      message.err == RD_KAFKA_RESP_ERR__BAD_COMPRESSION) {
    return Fail(ErrorKind::kCorrupt, "topic {}, partition {}, near offset {}: {}",
                part.partition.topic, part.partition.number, part.position,
                rd_kafka_err2str(message.err));
  }
  return {};  // librdkafka tries again
}

int64_t KafkaIntake::Position(const KafkaPartition& partition) const {
  const Part* const part = Find(partition);
  ORESMITH_ASSERT(part != nullptr);
  return part->position;
}

int64_t KafkaIntake::WaitingBefore(const KafkaPartition& partition, int64_t end) const {
  const Part* const part = Find(partition);
  ORESMITH_ASSERT(part != nullptr);
  if (part->position <= end) return static_cast<int64_t>(part->waiting.size());
  const auto behind =
      std::partition_point(part->waiting.begin(), part->waiting.end(),
                           [&](const KafkaMessage& message) { return message->offset < end; });
  return behind - part->waiting.begin();
}

KafkaRun KafkaIntake::Take(const KafkaPartition& partition, int64_t* end, int64_t bytes_max) {
  Part* const part = Find(partition);
  ORESMITH_ASSERT(part != nullptr);
  KafkaRun run;
  run.partition = partition;
  int64_t next = std::min(part->position, *end);
  while (!part->waiting.empty() && part->waiting.front()->offset < *end) {
    const int64_t size = SizeOf(*part->waiting.front());
    if (run.bytes > 0 && run.bytes + size > bytes_max) {
      next = part->waiting.front()->offset;
      break;
    }
    run.bytes += size;
    run.messages.push_back(std::move(part->waiting.front()));
    part->waiting.pop_front();
  }
  waiting_bytes_ -= run.bytes;
  *end = next;
  return run;
}

std::optional<int64_t> KafkaIntake::KnownEnd(const KafkaPartition& partition) const {
  int64_t low = RD_KAFKA_OFFSET_INVALID;
  int64_t high = RD_KAFKA_OFFSET_INVALID;
  const auto code = rd_kafka_get_watermark_offsets(client_->handle(), partition.topic.c_str(),
                                                   partition.number, &low, &high);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || high < 0) return std::nullopt;
  return high;
}

}  // namespace oresmith::connector
