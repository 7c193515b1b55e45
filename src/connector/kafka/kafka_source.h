#pragma once

// read_kafka: the messages of topics, from planned offsets to planned offsets.

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "columnar/batch.h"
#include "connector/connector.h"

namespace oresmith::connector {

struct KafkaSourceOptions {
  /// The named arguments of read_kafka, in any case: Databricks' names (bootstrapServers,
  /// subscribe, ...), Spark's (kafka.bootstrap.servers, ...) and `kafka.*` for the client.
  std::map<std::string, std::string> options;
};

/// The columns: key BINARY, value BINARY, topic STRING, partition INT, offset BIGINT, timestamp
/// TIMESTAMP, timestampType INT and, with includeHeaders, headers ARRAY<STRUCT<key, value>>.
/// Checks the options; no broker is asked.
///
/// Errors:
///   kInvalidInput  an unknown option, a value that is none of an option's, a missing one, one that
///                  is not for a stream (`stream`) or a batch.
///   kUnsupported   a Java keystore.
Result<types::Schema> KafkaSchema(const KafkaSourceOptions& options, bool stream);

/// The values of the options that no text may show.
std::vector<std::string> KafkaSecrets(const KafkaSourceOptions& options);

/// A stream. Its offset is Spark's: for each partition the one behind the last that was read. Where
/// the first epoch begins, and a partition that appears later, stands in Range.log: a line `v1`,
/// then offsets of the same form. Only the newest range can be read.
///
/// Errors while it runs:
///   kUnavailable   no broker answers.
///   kInvalidInput  a refused login, a certificate, no right, no such topic: says which.
///   kNotFound      messages that were not read yet are gone, and failOnDataLoss is true.
Result<std::unique_ptr<Source>> MakeKafkaSource(const KafkaSourceOptions& options,
                                                const Clock& clock);

/// What the topics hold now, from startingOffsets to endingOffsets; asked anew at each Open.
Result<std::unique_ptr<columnar::Relation>> MakeKafkaRelation(const KafkaSourceOptions& options,
                                                              const Clock& clock);

}  // namespace oresmith::connector
