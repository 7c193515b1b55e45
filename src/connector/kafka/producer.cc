#include <atomic>
#include <fstream>
#include <mutex>

#include "connector/kafka/client_internal.h"
#include "connector/kafka/kafka_producer.h"

namespace oresmith::connector {
namespace {

constexpr int kContactSeconds = 8;
constexpr int kFlushMillis = 30'000;

std::string Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

class Producer final : public KafkaProducer {
 public:
  Producer(std::shared_ptr<KafkaClient> client, rd_kafka_topic_t* topic)
      : client_(std::move(client)), topic_(topic) {}
  ~Producer() override {
    rd_kafka_purge(client_->handle(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    client_->Poll();
    rd_kafka_topic_destroy(topic_);
  }
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  Status Send(std::optional<std::string_view> key, std::string_view value) override {
    while (true) {
      const int sent = rd_kafka_produce(
          topic_, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, const_cast<char*>(value.data()),
          value.size(), key ? key->data() : nullptr, key ? key->size() : 0, &counts_);
      if (sent == 0) break;
      const auto code = rd_kafka_last_error();
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        counts_.Fail(rd_kafka_err2str(code));
        return Fail(KafkaError(code, "send", ""));
      }
      rd_kafka_poll(client_->handle(), 100);
      if (auto error = client_->events().Hopeless(client_->servers())) return Fail(*error);
    }
    if (++unpolled_ == 100) {
      unpolled_ = 0;
      client_->Poll();
    }
    return {};
  }

  Status Flush() override {
    const auto code = rd_kafka_flush(client_->handle(), kFlushMillis);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const int left = rd_kafka_outq_len(client_->handle());
    for (int i = 0; i < left; ++i) counts_.Fail("no answer");
    if (auto error = client_->events().Hopeless(client_->servers())) return Fail(*error);
    return Fail(client_->events().Unreachable(client_->servers()));
  }

  int64_t delivered() const override { return counts_.delivered; }
  int64_t failed() const override { return counts_.failed; }
  std::string first_failure() const override {
    const std::lock_guard lock(counts_.mutex);
    return counts_.first_failure;
  }

  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void*) {
    auto& counts = *static_cast<Counts*>(message->_private);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++counts.delivered;
    } else {
      counts.Fail(rd_kafka_err2str(message->err));
    }
  }

 private:
  struct Counts {
    std::atomic<int64_t> delivered = 0;
    std::atomic<int64_t> failed = 0;
    mutable std::mutex mutex;  // guards what follows
    std::string first_failure;

    void Fail(const char* why) {
      ++failed;
      const std::lock_guard lock(mutex);
      if (first_failure.empty()) first_failure = why;
    }
  };

  Counts counts_;
  std::shared_ptr<KafkaClient> client_;
  rd_kafka_topic_t* topic_;
  int unpolled_ = 0;
};

}  // namespace

Result<KafkaTarget> ParseKafkaUrl(std::string_view url) {
  constexpr std::string_view kScheme = "kafka://";
  const size_t slash = url.find('/', kScheme.size());
  const bool whole = url.starts_with(kScheme) && slash != std::string_view::npos &&
                     slash > kScheme.size() && slash + 1 < url.size() &&
                     url.find('/', slash + 1) == std::string_view::npos;
  if (!whole) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "{} names no topic of a broker", url)
                    .WithFix("write kafka://host:9092/topic"));
  }
  KafkaTarget target;
  target.topic = std::string(url.substr(slash + 1));
  target.client["bootstrap.servers"] =
      std::string(url.substr(kScheme.size(), slash - kScheme.size()));
  return target;
}

Status AddKafkaOption(std::string_view option, KafkaTarget& target) {
  const size_t equals = option.find('=');
  std::string name = Trimmed(option.substr(0, equals));
  if (equals == std::string_view::npos || name.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "option {}: it has no value", name)
                    .WithFix("write for example security.protocol=SASL_SSL"));
  }
  if (name.starts_with("kafka.")) name.erase(0, 6);
  target.client[name] = Trimmed(option.substr(equals + 1));
  return {};
}

Status AddKafkaProperties(const std::string& path, KafkaTarget& target) {
  std::ifstream file(path);
  if (!file) return Fail(ErrorKind::kNotFound, "read {}: there is no such file", path);
  std::string line;
  std::string whole;
  while (std::getline(file, line)) {
    whole += Trimmed(line);
    if (whole.ends_with('\\')) {  // goes on in the next line
      whole.pop_back();
      continue;
    }
    const std::string option = std::exchange(whole, {});
    if (option.empty() || option[0] == '#' || option[0] == '!') continue;
    Status added = AddKafkaOption(option, target);
    if (!added) return Fail(std::move(added).error().Within(path));
  }
  return {};
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::Open(const KafkaTarget& target,
                                                           const Clock& clock) {
  TRY(const KafkaClientOptions options, ParseKafkaClientOptions(target.client));
  const std::map<std::string, std::string> defaults{{"enable.idempotence", "true"},
                                                    {"linger.ms", "5"},
                                                    {"batch.num.messages", "100000"},
                                                    {"queue.buffering.max.messages", "200000"},
                                                    {"queue.buffering.max.kbytes", "131072"},
                                                    // Java's choice of the partition by the key.
                                                    {"partitioner", "murmur2_random"}};
  TRY(auto client, KafkaClient::Open(RD_KAFKA_PRODUCER, options, defaults, [](auto* conf) {
        rd_kafka_conf_set_dr_msg_cb(conf, Producer::OnDelivery);
      }));
  TRY(const auto topics, client->Topics({target.topic}, kContactSeconds, clock));
  if (!topics.contains(target.topic)) {
    return Fail(MakeError(ErrorKind::kNotFound, "topic {}: there is no such topic at {}",
                          target.topic, client->servers())
                    .WithFix("make the topic, or correct the name"));
  }
  rd_kafka_topic_t* const topic =
      rd_kafka_topic_new(client->handle(), target.topic.c_str(), nullptr);
  if (topic == nullptr) {
    return Fail(KafkaError(rd_kafka_last_error(), "topic " + target.topic, ""));
  }
  return std::make_unique<Producer>(std::move(client), topic);
}

}  // namespace oresmith::connector
