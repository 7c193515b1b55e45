#include "connector/kafka/client_options.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <set>

#include "connector/kafka/jaas_internal.h"
#include "types/text.h"

namespace oresmith::connector {
namespace {

using Options = std::map<std::string, std::string>;

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Java's name, librdkafka's name; the ones that are alike in both are not here.
constexpr std::array<std::pair<std::string_view, std::string_view>, 13> kRenamed{{
    {"sasl.mechanism", "sasl.mechanisms"},
    {"request.timeout.ms", "socket.timeout.ms"},
    {"fetch.max.wait.ms", "fetch.wait.max.ms"},
    {"send.buffer.bytes", "socket.send.buffer.bytes"},
    {"receive.buffer.bytes", "socket.receive.buffer.bytes"},
    {"ssl.key.password", "ssl.key.password"},
    {"ssl.cipher.suites", "ssl.cipher.suites"},
    {"sasl.kerberos.service.name", "sasl.kerberos.service.name"},
    {"max.request.size", "message.max.bytes"},
    {"buffer.memory", ""},
    {"max.block.ms", ""},
    {"batch.size", "batch.size"},
    {"ssl.keystore.password", ""},
}};

// Java's own, without a counterpart and without an influence on what is read.
constexpr std::array<std::string_view, 12> kWithoutMeaning{"max.poll.records",
                                                           "max.poll.interval.ms",
                                                           "default.api.timeout.ms",
                                                           "ssl.protocol",
                                                           "ssl.enabled.protocols",
                                                           "ssl.truststore.type",
                                                           "ssl.keystore.type",
                                                           "ssl.truststore.password",
                                                           "sasl.client.callback.handler.class",
                                                           "exclude.internal.topics",
                                                           "partition.assignment.strategy",
                                                           "metric.reporters"};

// What Spark refuses, with what to say instead.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kRefused{{
    {"auto.offset.reset", "give startingOffsets => 'earliest' or 'latest'"},
    {"key.deserializer", "keys come as BINARY: cast them in the query"},
    {"value.deserializer", "values come as BINARY: cast them in the query"},
    {"key.serializer", "give the key as STRING or BINARY"},
    {"value.serializer", "give the value as STRING or BINARY"},
    {"enable.auto.commit", "leave it out: offsets stand in the checkpoint"},
    {"interceptor.classes", "leave it out: there is no Java here"},
}};

/// librdkafka does not read Java's stores. The commands that make PEM files of one.
Error JavaStore(std::string_view option, const std::string& type, const std::string& path) {
  const std::string store = path.empty() ? "store.jks" : path;
  const bool key = option.find("keystore") != std::string_view::npos;
  std::string convert = fmt::format(
      "make PEM files of it: keytool -importkeystore -srckeystore {} -destkeystore store.p12 "
      "-deststoretype PKCS12 && openssl pkcs12 -in store.p12 ",
      store);
  convert += key ? "-nodes -out client.pem, then kafka.ssl.keystore.type => 'PEM', "
                   "kafka.ssl.keystore.location => 'client.pem'"
                 : "-nokeys -out ca.pem, then kafka.ssl.truststore.type => 'PEM', "
                   "kafka.ssl.truststore.location => 'ca.pem'";
  return MakeError(ErrorKind::kUnsupported, "kafka.{}: a store of type {} cannot be read", option,
                   type)
      .WithFix(std::move(convert));
}

/// PEM text whose line ends were lost on the way, as they are when it is pasted into one line.
std::string NormalPem(std::string text) {
  for (size_t at = 0; (at = text.find("\\n", at)) != std::string::npos;) text.replace(at, 2, "\n");
  constexpr std::string_view kDashes = "-----";
  std::string out;
  size_t at = 0;
  while ((at = text.find("-----BEGIN ", at)) != std::string::npos) {
    const size_t head = text.find(kDashes, at + kDashes.size());
    const size_t tail = text.find("-----END ", at);
    if (head == std::string::npos || tail == std::string::npos || head > tail) break;
    const size_t end = text.find(kDashes, tail + kDashes.size());
    if (end == std::string::npos) break;
    out += text.substr(at, head + kDashes.size() - at) + "\n";
    std::string body = text.substr(head + kDashes.size(), tail - head - kDashes.size());
    // Headers of an encrypted key (`Proc-Type: ...`) are lines that must stay.
    if (body.find(':') == std::string::npos) {
      std::erase_if(body, [](unsigned char c) { return std::isspace(c) != 0; });
      for (size_t i = 0; i < body.size(); i += 64) out += body.substr(i, 64) + "\n";
    } else {
      out += body.substr(body.find_first_not_of("\r\n "));
    }
    out += text.substr(tail, end + kDashes.size() - tail) + "\n";
    at = end + kDashes.size();
  }
  return out.empty() ? text : out;
}

class Translation {
 public:
  explicit Translation(const Options& options) {
    for (const auto& [name, value] : options) options_[Lower(name)] = value;
  }

  Result<KafkaClientOptions> Run() {
    TRY_DO(Servers());
    TRY_DO(Sasl());
    TRY_DO(Stores());
    if (const auto value = Take("ssl.endpoint.identification.algorithm")) {
      const bool off = value->empty() || types::EqualsIgnoringCase(*value, "none");
      Set("ssl.endpoint.identification.algorithm", off ? "none" : "https");
    }
    for (const auto& [name, value] : options_) TRY_DO(Plain(name, value));
    for (const char* name : {"sasl.password", "ssl.key.pem", "ssl.key.password",
                             "ssl.keystore.password", "sasl.oauthbearer.client.secret"}) {
      const auto found = out_.properties.find(name);
      if (found != out_.properties.end() && !found->second.empty()) {
        out_.secrets.push_back(found->second);
      }
    }
    return std::move(out_);
  }

 private:
  std::optional<std::string> Take(const std::string& name) {
    const auto node = options_.extract(name);
    return node.empty() ? std::nullopt : std::optional(node.mapped());
  }
  void Set(const std::string& name, std::string value) { out_.properties[name] = std::move(value); }

  Status Servers() {
    const auto servers = Take("bootstrap.servers");
    if (!servers || servers->find_first_not_of(" ,") == std::string::npos) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "the brokers are missing")
                      .WithFix("give bootstrapServers => 'host:9092'"));
    }
    Set("bootstrap.servers", *servers);
    return {};
  }

  Status Sasl() {
    const auto jaas = Take("sasl.jaas.config");
    if (!jaas) return {};
    // Whole, too: an error of a parser could show any part of it.
    out_.secrets.push_back(*jaas);
    TRY(JaasLogin login, ParseJaas(*jaas));
    const bool plain = login.module == "PlainLoginModule";
    if (plain || login.module == "ScramLoginModule") {
      for (const char* key : {"username", "password"}) {
        if (!login.values.contains(key)) {
          return Fail(ErrorKind::kInvalidInput, "sasl.jaas.config: {} has no {}", login.module,
                      key);
        }
        Set(std::string("sasl.") + key, login.values[key]);
      }
      if (plain && !options_.contains("sasl.mechanism") && !options_.contains("sasl.mechanisms")) {
        Set("sasl.mechanisms", "PLAIN");
      }
      return {};
    }
    if (login.module == "OAuthBearerLoginModule") return OauthBearer(login);
    return Fail(MakeError(ErrorKind::kUnsupported, "sasl.jaas.config: there is no login by {} here",
                          login.module)
                    .WithFix("PlainLoginModule, ScramLoginModule and OAuthBearerLoginModule are "
                             "understood"));
  }

  Status OauthBearer(const JaasLogin& login) {
    if (!options_.contains("sasl.mechanism") && !options_.contains("sasl.mechanisms")) {
      Set("sasl.mechanisms", "OAUTHBEARER");
    }
    const auto value = [&](const std::string& key) {
      const auto found = login.values.find(key);
      return found == login.values.end() ? std::string() : found->second;
    };
    if (!value("unsecuredLoginStringClaim_sub").empty()) {
      Set("sasl.oauthbearer.config", "principal=" + value("unsecuredLoginStringClaim_sub"));
      Set("enable.sasl.oauthbearer.unsecure.jwt", "true");
      return {};
    }
    if (value("clientId").empty() || value("clientSecret").empty()) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "sasl.jaas.config: OAuthBearerLoginModule has no clientId and "
                            "clientSecret"));
    }
    Set("sasl.oauthbearer.method", "oidc");
    Set("sasl.oauthbearer.client.id", value("clientId"));
    Set("sasl.oauthbearer.client.secret", value("clientSecret"));
    if (!value("scope").empty()) Set("sasl.oauthbearer.scope", value("scope"));
    return {};
  }

  Status Stores() {
    TRY_DO(CheckStore("ssl.truststore"));
    TRY_DO(CheckStore("ssl.keystore"));
    if (const auto pem = Take("ssl.truststore.certificates")) Set("ssl.ca.pem", NormalPem(*pem));
    if (const auto path = Take("ssl.truststore.location")) Set("ssl.ca.location", *path);
    if (const auto pem = Take("ssl.keystore.certificate.chain")) {
      Set("ssl.certificate.pem", NormalPem(*pem));
    }
    if (const auto pem = Take("ssl.keystore.key")) Set("ssl.key.pem", NormalPem(*pem));
    const std::string type = KeyStoreType();
    const auto path = Take("ssl.keystore.location");
    const auto password = Take("ssl.keystore.password");
    if (!path) return {};
    if (types::EqualsIgnoringCase(type, "PKCS12")) {
      Set("ssl.keystore.location", *path);
      if (password) Set("ssl.keystore.password", *password);
    } else {
      Set("ssl.certificate.location", *path);
      Set("ssl.key.location", *path);
    }
    return {};
  }

  std::string KeyStoreType() const {
    const auto type = options_.find("ssl.keystore.type");
    if (type != options_.end()) return type->second;
    const auto path = options_.find("ssl.keystore.location");
    const bool p12 = path != options_.end() &&
                     (path->second.ends_with(".p12") || path->second.ends_with(".pfx"));
    return p12 ? "PKCS12" : "";
  }

  /// Java takes a store of no type as JKS; we look at its name first.
  Status CheckStore(const std::string& store) const {
    const auto at = [&](const std::string& name) {
      const auto found = options_.find(store + name);
      return found == options_.end() ? std::string() : found->second;
    };
    const std::string path = at(".location");
    std::string type = at(".type");
    if (type.empty() &&
        (path.ends_with(".jks") || path.ends_with(".keystore") || path.ends_with(".truststore"))) {
      type = "JKS";
    }
    const bool p12 = types::EqualsIgnoringCase(type, "PKCS12");
    const bool readable =
        type.empty() || types::EqualsIgnoringCase(type, "PEM") || (p12 && store == "ssl.keystore");
    if (readable) return {};
    return Fail(JavaStore(store + ".type", type, path));
  }

  Status Plain(const std::string& name, const std::string& value) {
    for (const auto& [refused, instead] : kRefused) {
      if (name != refused) continue;
      return Fail(MakeError(ErrorKind::kInvalidInput, "kafka.{} cannot be set here", name)
                      .WithFix(std::string(instead)));
    }
    if (std::find(kWithoutMeaning.begin(), kWithoutMeaning.end(), name) != kWithoutMeaning.end()) {
      return {};
    }
    // Its debug output shows what goes over the wire.
    if (name == "debug") return Fail(ErrorKind::kInvalidInput, "kafka.debug cannot be set here");
    std::string native = name;
    for (const auto& [java, ours] : kRenamed) {
      if (name == java) native = std::string(ours);
    }
    if (native.ends_with(".pem")) {
      Set(native, NormalPem(value));
    } else if (!native.empty()) {
      Set(native, value);
    }
    return {};
  }

  Options options_;
  KafkaClientOptions out_;
};

}  // namespace

Result<KafkaClientOptions> ParseKafkaClientOptions(const Options& options) {
  return Translation(options).Run();
}

Result<Options> EventHubsOptions(std::string_view connection_string) {
  constexpr std::string_view kEndpoint = "Endpoint=sb://";
  const size_t at = connection_string.find(kEndpoint);
  const size_t begin = at == std::string_view::npos ? at : at + kEndpoint.size();
  const size_t end =
      begin == std::string_view::npos ? begin : connection_string.find_first_of("/;", begin);
  const bool whole = begin != std::string_view::npos && end != begin &&
                     connection_string.find("SharedAccessKey=") != std::string_view::npos;
  if (!whole) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "this is no connection string of Event Hubs")
                    .WithFix("it has the form Endpoint=sb://NAMESPACE.servicebus.windows.net/;"
                             "SharedAccessKeyName=...;SharedAccessKey=..."));
  }
  std::string host(connection_string.substr(begin, end - begin));
  if (host.find(':') == std::string::npos) host += ":9093";
  return Options{{"bootstrap.servers", host},
                 {"security.protocol", "SASL_SSL"},
                 {"sasl.mechanism", "PLAIN"},
                 {"sasl.username", "$ConnectionString"},
                 {"sasl.password", std::string(connection_string)}};
}

std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (secret.empty()) continue;
    for (size_t at = 0; (at = text.find(secret, at)) != std::string::npos;) {
      text.replace(at, secret.size(), "***");
      at += 3;
    }
  }
  return text;
}

}  // namespace oresmith::connector
