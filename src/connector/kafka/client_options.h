#pragma once

// How a Kafka client is told where its brokers are and who it is: Java's and Spark's option names,
// as pipelines have them, become librdkafka's.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace oresmith::connector {

/// What a client of librdkafka is made from.
struct KafkaClientOptions {
  /// librdkafka's names; bootstrap.servers is among them.
  std::map<std::string, std::string> properties;
  /// Values that must not stand in any text that leaves the process.
  std::vector<std::string> secrets;
};

/// Takes `kafka.*` options without the `kafka.` prefix, in any case: Java's names
/// (sasl.jaas.config, ssl.truststore.certificates, ...), else librdkafka's own (ssl.ca.location,
/// ...). PEM text may have its line ends as `\n` or as blanks. A JAAS string is taken with and
/// without `kafkashaded.`.
///
/// Errors:
///   kInvalidInput  no servers, a value that is none, an option that nobody knows.
///   kUnsupported   a Java keystore; the fix is the command that converts it.
Result<KafkaClientOptions> ParseKafkaClientOptions(
    const std::map<std::string, std::string>& options);

/// Event Hubs' connection string, as the portal shows it, as the options that stand for it:
/// servers, SASL_SSL and PLAIN. Errors: kInvalidInput when it is none; it is not shown.
Result<std::map<std::string, std::string>> EventHubsOptions(std::string_view connection_string);

/// The text with each secret as `***`.
std::string WithoutSecrets(std::string text, const std::vector<std::string>& secrets);

}  // namespace oresmith::connector
