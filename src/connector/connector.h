#pragma once

// The contract between the pipeline and outside systems: a source plans a bounded range, that
// range is made durable by the pipeline, and then exactly that range is read, as often as needed.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "format/json_statistics.h"
#include "types/type.h"

namespace oresmith::connector {

/// Limits of one epoch. The first one that is reached counts; at least one unit is always taken.
struct Limits {
  int64_t bytes_max = 64 << 20;
  /// Stop at what is there at the first Plan of the process; without, new data is taken as it
  /// comes.
  bool available_now = true;
};

/// A record that could not be decoded. It is not part of the rows that Read gives (unless the
/// format's mode keeps a row for it); the pipeline puts it into the quarantine.
struct BadRecord {
  std::string file;
  int64_t line = 0;  ///< from 1; 0 when unknown
  std::string raw;   ///< the record's bytes, cut at 64 KiB
  std::string reason;
};

/// The range of one epoch, as planned by a source.
struct Range {
  std::string offset_json;  ///< goes to offsets/<epoch>, one line; Spark's JSON where it has one
  /// Goes to sources/<n>/<epoch> when not empty (the file list): a line that says the version, then
  /// a line for each thing. The lines of several ranges under one header, with the last one's
  /// offset, say to Restore what these ranges say one by one.
  std::string log;
  int64_t units = 0;  ///< files, or versions
  int64_t bytes = 0;  ///< input bytes, when known
};

/// What reading a range gave beside rows.
struct ReadReport {
  std::vector<BadRecord> bad_records;  // at most a bounded number; `bad_count` counts all
  int64_t bad_count = 0;
  int64_t records = 0;  // good ones
  int64_t bytes = 0;
  format::JsonStatistics fields;      ///< of JSON records; empty for other formats
  std::vector<std::string> warnings;  ///< for a person: data that is gone
};

/// The rows of one range. The reader is drained before `report` is asked for.
struct Reading {
  std::unique_ptr<columnar::BatchReader> rows;
  std::shared_ptr<const ReadReport> report;  // complete when rows is at its end
};

/// One source of one flow. One thread at a time, but the readers it gives may be used by many.
class Source {
 public:
  virtual ~Source() = default;

  /// Columns of the rows, hidden ones (`_metadata`) last.
  virtual const types::Schema& schema() const = 0;

  /// Decides what comes after everything planned so far; nothing when there is nothing new.
  virtual Result<std::optional<Range>> Plan(const Limits& limits) = 0;

  /// Takes a range that an earlier process planned: what `Plan` gave is restored, in order of
  /// epochs, from the checkpoint. `planned` ones count as taken.
  virtual Status Restore(const Range& range) = 0;

  /// Reads exactly that range, with the columns of schema() that `columns` counts.
  virtual Result<Reading> Read(const Range& range, const std::vector<int>& columns) = 0;

  /// How much waits beyond the last planned range: files or versions; for the lag shown.
  virtual Result<int64_t> Backlog() = 0;

  /// For messages: read_files('/data/in'), table bronze.orders.
  virtual std::string Describe() const = 0;
};

}  // namespace oresmith::connector
