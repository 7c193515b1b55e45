#include <openssl/x509_vfy.h>

#include <algorithm>
#include <chrono>

#include "base/near.h"
#include "connector/kafka/client_internal.h"

namespace oresmith::connector {
namespace {

constexpr size_t kErrorsKept = 8;
constexpr int kAskMillis = 500;
/// https://github.com/confluentinc/librdkafka/pull/4895
constexpr int kScramMended = 0x020601ff;
constexpr const char* kScramNote =
    "this program was built with a librdkafka before 2.6.1, whose SCRAM brokers of Kafka 4 refuse; "
    "build it with a newer one, or log in by PLAIN over TLS";
/// A topic that was made a moment ago is not known everywhere yet.
constexpr std::chrono::seconds kTopicPatience{3};

void OnError(rd_kafka_t*, int code, const char* reason, void* opaque) {
  static_cast<KafkaEvents*>(opaque)->Add(static_cast<rd_kafka_resp_err_t>(code), reason);
}

/// What it would log tells of single connections; errors come through OnError.
void OnLog(const rd_kafka_t*, int, const char*, const char*) {}

int OnCertificate(rd_kafka_t*, const char* broker, int32_t, int* x509_error, int, const char*,
                  size_t, char* text, size_t text_size, void* opaque) {
  if (*x509_error == X509_V_OK) return 1;
  static_cast<KafkaEvents*>(opaque)->AddCertificate(broker, *x509_error);
  snprintf(text, text_size, "%s", X509_verify_cert_error_string(*x509_error));
  return 0;
}

std::string WhatCertificate(int x509_error) {
  switch (x509_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the broker's certificate has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the broker's certificate is not valid yet";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the broker's certificate is for another host name";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "the broker's certificate was not signed by the given authority (CA)";
    default:
      return fmt::format("the broker's certificate: {}", X509_verify_cert_error_string(x509_error));
  }
}

std::string FixOf(const std::string& what) {
  if (what.find("host name") != std::string::npos) {
    return "use the name that the certificate has, or switch the check off: "
           "kafka.ssl.endpoint.identification.algorithm => ''";
  }
  if (what.find("CA") != std::string::npos) {
    return "give the CA's certificate: kafka.ssl.truststore.type => 'PEM', "
           "kafka.ssl.truststore.location => 'ca.pem'";
  }
  return {};
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

void KafkaEvents::Add(rd_kafka_resp_err_t code, std::string text) {
  const std::lock_guard lock(mutex_);
  if (errors_.size() == kErrorsKept) errors_.pop_front();
  errors_.emplace_back(code, WithoutSecrets(std::move(text), secrets_));
}

void KafkaEvents::AddCertificate(const std::string& broker, int x509_error) {
  const std::lock_guard lock(mutex_);
  certificate_ = fmt::format("{} ({})", WhatCertificate(x509_error), broker);
}

void KafkaEvents::Clear() {
  const std::lock_guard lock(mutex_);
  errors_.clear();
  certificate_.clear();
}

std::optional<Error> KafkaEvents::Hopeless(const std::string& servers) const {
  const std::lock_guard lock(mutex_);
  if (!certificate_.empty()) {
    return MakeError(ErrorKind::kInvalidInput, "connect to {}: {}", servers, certificate_)
        .WithFix(FixOf(certificate_));
  }
  for (const auto& [code, text] : errors_) {
    if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION) {
      Error error = MakeError(ErrorKind::kInvalidInput,
                              "connect to {}: the broker refused the login: {}", servers, text)
                        .WithFix("check user name, password and kafka.sasl.mechanism");
      if (Contains(text, "SCRAM") && rd_kafka_version() < kScramMended) error.note = kScramNote;
      return error;
    }
    const bool asks = Contains(text, "certificate required") || Contains(text, "alert number 116");
    if (asks || (Contains(text, "alert") && Contains(text, "bad certificate"))) {
      return MakeError(ErrorKind::kInvalidInput,
                       "connect to {}: the broker wants a client certificate that it trusts",
                       servers)
          .WithNote(text)
          .WithFix(
              "give kafka.ssl.keystore.type => 'PEM', "
              "kafka.ssl.keystore.certificate.chain and kafka.ssl.keystore.key");
    }
    if (code == RD_KAFKA_RESP_ERR__SSL) {
      return MakeError(ErrorKind::kInvalidInput, "connect to {}: TLS: {}", servers, text);
    }
  }
  return std::nullopt;
}

Error KafkaEvents::Unreachable(const std::string& servers) const {
  const std::lock_guard lock(mutex_);
  Error error = MakeError(ErrorKind::kUnavailable, "connect to {}: no broker answers", servers)
                    .WithFix("check that it runs, bootstrapServers, and kafka.security.protocol");
  for (const auto& [code, text] : errors_) {
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) error.note = text;
  }
  return error;
}

Error KafkaError(rd_kafka_resp_err_t code, const std::string& what, const std::string& text) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return MakeError(ErrorKind::kNotFound, "{}: there is no such topic", what);
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
      return MakeError(ErrorKind::kInvalidInput, "{}: the broker gives no right to it (ACL): {}",
                       what, rd_kafka_err2str(code))
          .WithFix("ask for the right, or use another user");
    // Brokers that come, go, or have just been given a partition: it passes.
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return MakeError(ErrorKind::kUnavailable, "{}: {}", what,
                       text.empty() ? rd_kafka_err2str(code) : text);
    default:
      return MakeError(ErrorKind::kInvalidInput, "{}: {}", what,
                       text.empty() ? rd_kafka_err2str(code) : text);
  }
}

Result<std::shared_ptr<KafkaClient>> KafkaClient::Open(
    rd_kafka_type_t type, const KafkaClientOptions& options,
    const std::map<std::string, std::string>& defaults,
    const std::function<void(rd_kafka_conf_t*)>& configure) {
  std::map<std::string, std::string> properties = options.properties;
  properties.insert(defaults.begin(), defaults.end());
  properties.insert({{"client.id", "oresmith"},
                     {"log.connection.close", "false"},
                     {"socket.keepalive.enable", "true"},
                     {"reconnect.backoff.max.ms", "1000"}});
  std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)> conf(rd_kafka_conf_new(),
                                                                          rd_kafka_conf_destroy);
  std::shared_ptr<KafkaClient> client(new KafkaClient());
  client->events_ = std::make_unique<KafkaEvents>(options.secrets);
  char text[512];
  for (const auto& [name, value] : properties) {
    const auto set = rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), text, sizeof text);
    if (set == RD_KAFKA_CONF_OK) continue;
    return Fail(ErrorKind::kInvalidInput, "kafka.{}: {}", name, client->events_->Clean(text));
  }
  client->servers_ = properties["bootstrap.servers"];
  rd_kafka_conf_set_opaque(conf.get(), client->events_.get());
  rd_kafka_conf_set_error_cb(conf.get(), OnError);
  rd_kafka_conf_set_log_cb(conf.get(), OnLog);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf.get(), OnCertificate);
  if (configure) configure(conf.get());
  client->handle_ = rd_kafka_new(type, conf.get(), text, sizeof text);
  if (client->handle_ == nullptr) {
    return Fail(ErrorKind::kInvalidInput, "make a Kafka client: {}", client->events_->Clean(text));
  }
  static_cast<void>(conf.release());  // the handle's now
  return client;
}

KafkaClient::~KafkaClient() {
  if (handle_ != nullptr) rd_kafka_destroy(handle_);
}

Result<std::map<std::string, int>> KafkaClient::AskTopics(const std::vector<std::string>& names,
                                                          bool last) {
  const rd_kafka_metadata_t* metadata = nullptr;
  std::map<std::string, int> topics;
  std::vector<std::string> asked = names;
  const bool all = asked.empty();
  if (all) asked.emplace_back();
  for (const std::string& name : asked) {
    rd_kafka_topic_t* topic = all ? nullptr : rd_kafka_topic_new(handle_, name.c_str(), nullptr);
    const auto code = rd_kafka_metadata(handle_, all ? 1 : 0, topic, &metadata, kAskMillis);
    if (topic != nullptr) rd_kafka_topic_destroy(topic);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return Fail(KafkaError(code, "connect to " + servers_, ""));
    }
    std::optional<Error> refused;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
      const rd_kafka_metadata_topic_t& found = metadata->topics[i];
      if (found.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        topics[found.topic] = found.partition_cnt;
      } else if (!all && found.err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) {
        refused = KafkaError(found.err, fmt::format("topic {}", found.topic), "");
      } else if (!last && found.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
        refused = MakeError(ErrorKind::kUnavailable, "topic {}: it has no leader", found.topic);
      }
    }
    rd_kafka_metadata_destroy(metadata);
    if (refused) return Fail(std::move(*refused));
  }
  return topics;
}

Result<std::map<std::string, int>> KafkaClient::Topics(const std::vector<std::string>& names,
                                                       int seconds, const Clock& clock) {
  const auto begin = clock.Steady();
  const auto end = begin + std::chrono::seconds(seconds);
  while (true) {
    auto topics = AskTopics(names, clock.Steady() >= end);
    if (topics) {
      events_->Clear();
      const bool whole = topics->size() >= names.size();
      if (whole || clock.Steady() - begin >= kTopicPatience) return topics;
    } else if (topics.error().kind != ErrorKind::kUnavailable) {
      return topics;
    }
    Poll();
    if (auto error = events_->Hopeless(servers_)) return Fail(std::move(*error));
    if (clock.Steady() >= end) {
      if (!topics) return Fail(events_->Unreachable(servers_));
      return topics;
    }
    clock.Sleep(std::chrono::milliseconds(50), {});
  }
}

Status KafkaClient::Offsets(rd_kafka_topic_partition_list_t* list, int seconds,
                            const Clock& clock) {
  if (list->cnt == 0) return {};
  const auto end = clock.Steady() + std::chrono::seconds(seconds);
  const KafkaList asked(rd_kafka_topic_partition_list_copy(list));
  while (true) {
    const auto code = rd_kafka_offsets_for_times(handle_, list, 2 * kAskMillis);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    Poll();
    if (auto error = events_->Hopeless(servers_)) return Fail(std::move(*error));
    if (clock.Steady() >= end) {
      if (code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT) {
        return Fail(events_->Unreachable(servers_));
      }
      return Fail(KafkaError(code, "ask " + servers_ + " for offsets", ""));
    }
    for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = asked->elems[i].offset;
    clock.Sleep(std::chrono::milliseconds(50), {});
  }
}

}  // namespace oresmith::connector
