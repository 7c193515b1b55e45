#pragma once

// One handle of librdkafka, and what it has said went wrong. The only place that makes handles.

#include <librdkafka/rdkafka.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "connector/kafka/client_options.h"

namespace oresmith::connector {

struct KafkaListDeleter {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using KafkaList = std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaListDeleter>;

struct KafkaMessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaMessageDeleter>;

/// What librdkafka's threads have reported. Safe to use from many threads.
class KafkaEvents {
 public:
  explicit KafkaEvents(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  void Add(rd_kafka_resp_err_t code, std::string text);
  /// OpenSSL's verdict over the broker's certificate.
  void AddCertificate(const std::string& broker, int x509_error);
  /// A broker answered: what was wrong before is over.
  void Clear();

  /// An error that waiting does not mend: a refused login, a certificate. `servers` for the text.
  std::optional<Error> Hopeless(const std::string& servers) const;
  /// The last thing that went wrong, else that nobody answered.
  Error Unreachable(const std::string& servers) const;
  std::string Clean(std::string text) const { return WithoutSecrets(std::move(text), secrets_); }

 private:
  const std::vector<std::string> secrets_;
  mutable std::mutex mutex_;                                        // guards what follows
  std::deque<std::pair<rd_kafka_resp_err_t, std::string>> errors_;  // the last ones
  std::string certificate_;
};

/// A producer or a consumer. Safe to use from many threads, as librdkafka's handles are.
class KafkaClient {
 public:
  /// Makes the handle; nothing is sent yet. `defaults` give way to what the options say.
  /// Errors: kInvalidInput with the option's name.
  static Result<std::shared_ptr<KafkaClient>> Open(
      rd_kafka_type_t type, const KafkaClientOptions& options,
      const std::map<std::string, std::string>& defaults,
      const std::function<void(rd_kafka_conf_t*)>& configure = {});
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* handle() const { return handle_; }
  const std::string& servers() const { return servers_; }
  KafkaEvents& events() { return *events_; }

  /// Lets librdkafka hand over what it has to report.
  void Poll() { rd_kafka_poll(handle_, 0); }

  /// All topics of the cluster, or the named ones, with their numbers of partitions; those that do
  /// not exist are left out. Waits up to `seconds`, less when waiting is of no use.
  /// Errors: kUnavailable, kInvalidInput (a refused login, a certificate, no right), which say so.
  Result<std::map<std::string, int>> Topics(const std::vector<std::string>& names, int seconds,
                                            const Clock& clock);

  /// For each partition the first offset with a time of at least the one given in milliseconds;
  /// RD_KAFKA_OFFSET_BEGINNING and _END ask for the first and the next one. A partition without an
  /// answer keeps its error in the list.
  Status Offsets(rd_kafka_topic_partition_list_t* list, int seconds, const Clock& clock);

 private:
  KafkaClient() = default;
  Result<std::map<std::string, int>> AskTopics(const std::vector<std::string>& names, bool last);

  std::unique_ptr<KafkaEvents> events_;
  std::string servers_;
  rd_kafka_t* handle_ = nullptr;
};

/// An error of librdkafka, in the words of who has to mend it.
Error KafkaError(rd_kafka_resp_err_t code, const std::string& what, const std::string& text);

}  // namespace oresmith::connector
