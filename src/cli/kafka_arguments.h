#pragma once

// What produce and peek ask for to reach brokers.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "connector/kafka/kafka_producer.h"

namespace oresmith::cli {

class KafkaArguments {
 public:
  void Register(CLI::App& command) {
    command
        .add_option("--option", options_,
                    "An option of the Kafka client, in Java's or librdkafka's spelling; repeatable")
        ->type_name("NAME=VALUE");
    command
        .add_option("--config", files_,
                    "A properties file of a Java client: keeps secrets out of sight")
        ->type_name("FILE");
  }

  /// The topic of kafka://host:port/topic with the options of the command line.
  Result<connector::KafkaTarget> Target(const std::string& url) const {
    TRY(connector::KafkaTarget target, connector::ParseKafkaUrl(url));
    for (const std::string& file : files_) TRY_DO(connector::AddKafkaProperties(file, target));
    for (const std::string& option : options_) TRY_DO(connector::AddKafkaOption(option, target));
    return target;
  }

 private:
  std::vector<std::string> options_;
  std::vector<std::string> files_;
};

}  // namespace oresmith::cli
