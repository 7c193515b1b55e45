#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <regex>

#include "base/near.h"
#include "connector/kafka/settings_internal.h"
#include "types/text.h"

namespace oresmith::connector {
namespace {

using Setter = std::function<Status(KafkaSettings&, const std::string&)>;

/// Of streams only, of batches only, or of both.
enum class Use { kBoth, kStream, kBatch };

struct Option {
  std::string_view name;
  Setter set;
  Use use = Use::kBoth;
};

Result<bool> ParseBool(const std::string& value) {
  if (types::EqualsIgnoringCase(value, "true")) return true;
  if (types::EqualsIgnoringCase(value, "false")) return false;
  return Fail(ErrorKind::kInvalidInput, "{} is neither true nor false", value);
}

Result<int64_t> ParseNumber(const std::string& value, int64_t least) {
  int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error == std::errc() && stop == end && number >= least) return number;
  return Fail(ErrorKind::kInvalidInput, "{} is not a whole number of at least {}", value, least);
}

Setter Number(int64_t KafkaSettings::*member) {
  return [member](KafkaSettings& settings, const std::string& value) -> Status {
    TRY(settings.*member, ParseNumber(value, 1));
    return {};
  };
}

Setter Bool(bool KafkaSettings::*member) {
  return [member](KafkaSettings& settings, const std::string& value) -> Status {
    TRY(settings.*member, ParseBool(value));
    return {};
  };
}

/// Checked, and without an influence: there is one consumer, and one thread makes batches of what
/// it gives in any number of partitions.
Status AnyNumber(KafkaSettings&, const std::string& value) {
  TRY_DO(ParseNumber(value, 0));
  return {};
}

Status Anything(KafkaSettings&, const std::string&) { return {}; }

Setter Point(KafkaPoint KafkaSettings::*member) {
  return [member](KafkaSettings& settings, const std::string& value) -> Status {
    KafkaPoint& point = settings.*member;
    if (types::EqualsIgnoringCase(value, "earliest")) {
      point.everywhere = kEarliestOffset;
    } else if (types::EqualsIgnoringCase(value, "latest")) {
      point.everywhere = kLatestOffset;
    } else {
      TRY(point.offsets, OffsetsFromJson(value));
    }
    return {};
  };
}

Setter Timestamp(KafkaPoint KafkaSettings::*member) {
  return [member](KafkaSettings& settings, const std::string& value) -> Status {
    TRY((settings.*member).timestamp_ms, ParseNumber(value, 0));
    return {};
  };
}

Setter Timestamps(KafkaPoint KafkaSettings::*member) {
  return [member](KafkaSettings& settings, const std::string& value) -> Status {
    TRY((settings.*member).timestamps_ms, OffsetsFromJson(value));
    return {};
  };
}

Status SetSubscribe(KafkaSettings& settings, const std::string& value) {
  size_t begin = 0;
  while (begin <= value.size()) {
    const size_t end = std::min(value.find(',', begin), value.size());
    std::string topic = value.substr(begin, end - begin);
    topic.erase(0, topic.find_first_not_of(' '));
    topic.erase(topic.find_last_not_of(' ') + 1);
    if (!topic.empty()) settings.topics.push_back(std::move(topic));
    begin = end + 1;
  }
  if (!settings.topics.empty()) return {};
  return Fail(ErrorKind::kInvalidInput, "there is no topic in it");
}

Status SetAssign(KafkaSettings& settings, const std::string& value) {
  TRY(settings.assigned, AssignFromJson(value));
  for (const KafkaPartition& partition : settings.assigned) {
    settings.topics.push_back(partition.topic);
  }
  std::sort(settings.topics.begin(), settings.topics.end());
  settings.topics.erase(std::unique(settings.topics.begin(), settings.topics.end()),
                        settings.topics.end());
  return {};
}

Status SetPattern(KafkaSettings& settings, const std::string& value) {
  try {
    const std::regex pattern(value);
  } catch (const std::regex_error&) {
    return Fail(ErrorKind::kInvalidInput, "{} is no regular expression", value);
  }
  settings.pattern = value;
  return {};
}

Status SetStrategy(KafkaSettings& settings, const std::string& value) {
  settings.latest_without_timestamp = types::EqualsIgnoringCase(value, "latest");
  if (settings.latest_without_timestamp || types::EqualsIgnoringCase(value, "error")) return {};
  return Fail(ErrorKind::kInvalidInput, "{} is neither error nor latest", value);
}

Status SetPatience(KafkaSettings& settings, const std::string& value) {
  TRY(const int64_t millis, ParseNumber(value, 1));
  settings.patience = std::chrono::milliseconds(millis);
  return {};
}

/// Spark's `15m`, `30s`, `500ms`, or milliseconds.
Status SetDelay(KafkaSettings& settings, const std::string& value) {
  int64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  constexpr std::array<std::pair<std::string_view, int64_t>, 6> kUnits{
      {{"", 1}, {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"min", 60'000}, {"h", 3'600'000}}};
  for (const auto& [unit, millis] : kUnits) {
    if (error != std::errc() || number < 0 || std::string_view(stop, end) != unit) continue;
    settings.delay_max = std::chrono::milliseconds(number * millis);
    return {};
  }
  return Fail(ErrorKind::kInvalidInput, "{} is no duration such as 15m, 30s or 500ms", value);
}

std::vector<Option> KnownOptions() {
  return {
      {"subscribe", SetSubscribe},
      {"assign", SetAssign},
      {"subscribePattern", SetPattern},
      {"startingOffsets", Point(&KafkaSettings::start)},
      {"startingTimestamp", Timestamp(&KafkaSettings::start)},
      {"startingOffsetsByTimestamp", Timestamps(&KafkaSettings::start)},
      {"startingOffsetsByTimestampStrategy", SetStrategy},
      {"endingOffsets", Point(&KafkaSettings::end), Use::kBatch},
      {"endingTimestamp", Timestamp(&KafkaSettings::end), Use::kBatch},
      {"endingOffsetsByTimestamp", Timestamps(&KafkaSettings::end), Use::kBatch},
      {"failOnDataLoss", Bool(&KafkaSettings::fail_on_data_loss)},
      {"includeHeaders", Bool(&KafkaSettings::headers)},
      {"maxOffsetsPerTrigger", Number(&KafkaSettings::offsets_max), Use::kStream},
      {"minOffsetsPerTrigger", Number(&KafkaSettings::offsets_min), Use::kStream},
      {"maxTriggerDelay", SetDelay, Use::kStream},
      {"kafkaConsumer.pollTimeoutMs", SetPatience},
      {"minPartitions", AnyNumber},
      {"maxRecordsPerPartition", AnyNumber},
      {"fetchOffset.numRetries", AnyNumber},
      {"fetchOffset.retryIntervalMs", AnyNumber},
      {"groupIdPrefix", Anything},
  };
}

/// Options of the client: with `kafka.` before them, and our short ways.
Result<bool> TakeClientOption(const std::string& name, const std::string& value,
                              std::map<std::string, std::string>& client) {
  if (types::EqualsIgnoringCase(name, "bootstrapServers")) {
    client["bootstrap.servers"] = value;
    return true;
  }
  if (types::EqualsIgnoringCase(name, "eventHubs.connectionString")) {
    TRY(const auto options, EventHubsOptions(value));
    client.insert(options.begin(), options.end());
    return true;
  }
  constexpr std::string_view kPrefix = "kafka.";
  if (name.size() <= kPrefix.size() ||
      !types::EqualsIgnoringCase(std::string_view(name).substr(0, kPrefix.size()), kPrefix)) {
    return false;
  }
  client[name.substr(kPrefix.size())] = value;
  return true;
}

Status SetOption(KafkaSettings& settings, const std::string& name, const std::string& value,
                 bool stream) {
  const std::vector<Option> known = KnownOptions();
  const auto option = std::find_if(known.begin(), known.end(), [&](const Option& candidate) {
    return types::EqualsIgnoringCase(candidate.name, name);
  });
  if (option == known.end()) {
    if (types::EqualsIgnoringCase(name, "databricks.serviceCredential")) {
      return Fail(MakeError(ErrorKind::kUnsupported, "option {}: it is Databricks' own", name)
                      .WithFix("log in with kafka.security.protocol and kafka.sasl.*"));
    }
    std::vector<std::string> names = {"bootstrapServers", "kafka.bootstrap.servers"};
    for (const Option& each : known) names.emplace_back(each.name);
    const std::string near = Nearest(name, names);
    Error error = MakeError(ErrorKind::kInvalidInput, "there is no option {}", name);
    if (near.empty()) return Fail(std::move(error));
    return Fail(std::move(error).WithFix(fmt::format("did you mean {}?", near)));
  }
  const bool misplaced = option->use == (stream ? Use::kBatch : Use::kStream);
  // Spark leaves limits of a trigger aside in a batch, and refuses an end in a stream.
  if (misplaced && stream) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "option {}: a stream has no end", name)
                    .WithFix("leave it out, or leave STREAM out"));
  }
  Status status = option->set(settings, value);
  if (!status) return Fail(std::move(status).error().Within("option " + name));
  return {};
}

Status CheckTogether(const KafkaSettings& settings, const KafkaSourceOptions& options,
                     bool stream) {
  int ways = 0;
  for (const auto& [name, value] : options.options) {
    for (const char* way : {"subscribe", "subscribePattern", "assign"}) {
      if (types::EqualsIgnoringCase(name, way)) ++ways;
    }
  }
  if (ways != 1) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "{}",
                          ways == 0 ? "the topic is missing" : "the topics are named twice")
                    .WithFix("give one of subscribe => 'topic', subscribePattern and assign"));
  }
  if (!stream && settings.start.everywhere == kLatestOffset && !settings.start.offsets &&
      !settings.start.timestamp_ms && !settings.start.timestamps_ms) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "option startingOffsets: a batch cannot begin at the latest")
                    .WithFix("leave it out, or write 'earliest'"));
  }
  if (!stream && settings.end.everywhere == kEarliestOffset) {
    return Fail(ErrorKind::kInvalidInput,
                "option endingOffsets: a batch cannot end at the earliest");
  }
  return {};
}

}  // namespace

std::string KafkaSettings::Describe() const {
  return fmt::format("read_kafka({})",
                     pattern.empty() ? fmt::format("{}", fmt::join(topics, ",")) : pattern);
}

Result<KafkaSettings> ParseKafkaOptions(const KafkaSourceOptions& options, bool stream) {
  KafkaSettings settings;
  settings.start.everywhere = stream ? kLatestOffset : kEarliestOffset;
  std::map<std::string, std::string> client;
  for (const auto& [name, value] : options.options) {
    auto taken = TakeClientOption(name, value, client);
    if (!taken) return Fail(std::move(taken).error().Within("read_kafka: option " + name));
    if (*taken) continue;
    Status status = SetOption(settings, name, value, stream);
    if (!status) return Fail(std::move(status).error().Within("read_kafka"));
  }
  Status together = CheckTogether(settings, options, stream);
  if (!together) return Fail(std::move(together).error().Within("read_kafka"));
  auto parsed = ParseKafkaClientOptions(client);
  if (!parsed) return Fail(std::move(parsed).error().Within("read_kafka"));
  settings.client = std::move(*parsed);
  return settings;
}

types::Schema KafkaColumns(bool headers) {
  using types::Type;
  using types::TypeId;
  types::Schema schema{{.name = "key", .type = Type(TypeId::kBinary)},
                       {.name = "value", .type = Type(TypeId::kBinary)},
                       {.name = "topic", .type = Type(TypeId::kString)},
                       {.name = "partition", .type = Type(TypeId::kInt)},
                       {.name = "offset", .type = Type(TypeId::kLong)},
                       {.name = "timestamp", .type = Type(TypeId::kTimestamp)},
                       {.name = "timestampType", .type = Type(TypeId::kInt)}};
  if (headers) {
    schema.push_back(
        {.name = "headers",
         .type = Type::Array(Type::Struct({{.name = "key", .type = Type(TypeId::kString)},
                                           {.name = "value", .type = Type(TypeId::kBinary)}}))});
  }
  return schema;
}

Result<types::Schema> KafkaSchema(const KafkaSourceOptions& options, bool stream) {
  TRY(const KafkaSettings settings, ParseKafkaOptions(options, stream));
  return KafkaColumns(settings.headers);
}

std::vector<std::string> KafkaSecrets(const KafkaSourceOptions& options) {
  std::vector<std::string> secrets;
  for (const auto& [name, value] : options.options) {
    for (const char* secret :
         {"jaas", "password", "connectionString", "secret", "keystore.key", "key.pem"}) {
      if (name.find(secret) != std::string::npos && !value.empty()) secrets.push_back(value);
    }
  }
  return secrets;
}

}  // namespace oresmith::connector
