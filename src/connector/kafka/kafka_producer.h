#pragma once

// Messages to one topic, and what became of each.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "connector/generator/generator.h"

namespace oresmith::connector {

/// A topic, and how its brokers are reached.
struct KafkaTarget {
  std::string topic;
  /// As for ParseKafkaClientOptions: `kafka.*` options without the prefix.
  std::map<std::string, std::string> client;
};

/// kafka://host:port[,host:port...]/topic. Errors: kInvalidInput.
Result<KafkaTarget> ParseKafkaUrl(std::string_view url);

/// Adds `name=value`, and the lines of a Java client's properties file.
/// Errors: kInvalidInput, without the value; kNotFound for a file that cannot be read.
Status AddKafkaOption(std::string_view option, KafkaTarget& target);
Status AddKafkaProperties(const std::string& path, KafkaTarget& target);

/// Sends messages in order; idempotent, so that a retry does not double one. A key decides the
/// partition as Java's default partitioner does (murmur2). One thread at a time.
class KafkaProducer {
 public:
  /// Asks the brokers for the topic, so that what is wrong is told before anything is sent.
  /// Errors: kUnavailable, kInvalidInput, kNotFound: those of KafkaClient::Topics.
  static Result<std::unique_ptr<KafkaProducer>> Open(const KafkaTarget& target, const Clock& clock);
  virtual ~KafkaProducer() = default;

  /// Takes a copy; waits while too many are under way.
  virtual Status Send(std::optional<std::string_view> key, std::string_view value) = 0;
  /// Waits for the answers to all that was sent, at most half a minute.
  virtual Status Flush() = 0;

  virtual int64_t delivered() const = 0;
  /// Refused by the broker, or without an answer.
  virtual int64_t failed() const = 0;
  /// Why the first one failed.
  virtual std::string first_failure() const = 0;
};

/// The value of a field of a JSON object as a message's key: a string's text, anything else as it
/// stands. Nothing when there is no such field, it is null, or the line is no object.
std::optional<std::string> JsonFieldText(std::string_view line, std::string_view field);

struct SendOptions {
  GeneratorOptions generator = {};
  int64_t first = 0;  ///< number of the first order
  int64_t count = 0;  ///< 0: until stopped
  int64_t rate = 0;   ///< a second; 0: as fast as possible
  std::string key;    ///< the field that is the key; empty: no key
};

/// Sends invented orders. Paced ones happen when they are sent.
Status SendGenerated(const SendOptions& options, KafkaProducer& producer, const Clock& clock,
                     std::stop_token stop, const std::function<void()>& on_progress);

/// Sends the lines that `next` gives, until it gives none; empty lines are left out.
Status SendLines(const std::function<bool(std::string&)>& next, const SendOptions& options,
                 KafkaProducer& producer, const Clock& clock, std::stop_token stop,
                 const std::function<void()>& on_progress);

}  // namespace oresmith::connector
