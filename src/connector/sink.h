#pragma once

// The contract between the pipeline and outside systems that take rows: an epoch's rows and the
// epoch's number arrive together, or not at all.

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "columnar/batch.h"

namespace oresmith::connector {

/// One thread at a time.
class Sink {
 public:
  virtual ~Sink() = default;

  /// The newest epoch that is there; -1 for none, and for a sink that does not keep it.
  virtual int64_t last_epoch() const = 0;

  /// Begins an epoch. What an earlier one has written and not committed is given up.
  virtual Status Begin(int64_t epoch) = 0;
  virtual Status Write(const columnar::Batch& rows) = 0;
  /// Errors: kUnavailable, after which the epoch is written again; kConflict when another process
  /// writes for the same flow.
  virtual Status Commit() = 0;

  /// For messages: topic orders.
  virtual std::string Describe() const = 0;
};

struct SinkOptions {
  std::string format;                          ///< of USING
  std::map<std::string, std::string> options;  ///< of OPTIONS
  std::string id;                              ///< of the flow's checkpoint; survives restarts
};

/// Checks the options against the columns of the rows; no broker is asked. kafka takes `value`
/// (STRING or BINARY), and if they are there `key`, `topic` STRING, `partition` INT and `headers`
/// ARRAY<STRUCT<key STRING, value BINARY>>.
/// Errors: kInvalidInput, kUnsupported.
Status CheckSink(const SinkOptions& options, const types::Schema& columns);

/// Opens the sink. For kafka with delivery => 'exactly-once' (the default), an older process that
/// writes for the same `id` cannot commit any more. Errors: those of CheckSink and of the brokers.
Result<std::unique_ptr<Sink>> MakeSink(const SinkOptions& options, const types::Schema& columns,
                                       const Clock& clock);

}  // namespace oresmith::connector
