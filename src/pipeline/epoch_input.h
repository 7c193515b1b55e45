#pragma once

// The rows of one epoch's range, decoded and held while the epoch is worked on, so that a row that
// comes out bad can be traced to the record that it came from.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "connector/connector.h"
#include "types/type.h"

namespace oresmith::pipeline {

/// The hidden column of every streaming scan: the number of the row within the epoch's input.
inline constexpr const char* kOriginColumn = "__origin";

types::Field OriginField();

/// Where in a source's rows the record's file and line stand. A path into a struct column
/// (`_metadata.file_path`) or the name of a plain column; empty: not known. Of Kafka's messages the
/// topic is the file and the offset the line; the partition is a part of the file's name.
struct Provenance {
  std::string file_column;
  std::string file_field;
  std::string part_column = {};
  std::string line_column;
  std::string line_field;
};

/// A record, as the quarantine shows it.
struct RecordPlace {
  std::string file;
  int64_t line = 0;
  std::string raw;  // the row that was read, as JSON
};

/// One source's rows of an epoch. The relation's schema is the source's, then kOriginColumn.
class EpochInput {
 public:
  /// Reads the range: `columns` of the source's schema (by index), and what `provenance` names.
  /// Numbers the rows from `first_origin`. Uses up to `threads` threads.
  static Result<EpochInput> Read(connector::Source& source, const connector::Range& range,
                                 std::vector<int> columns, const Provenance& provenance,
                                 int64_t first_origin, int threads);

  /// No rows: of a source that has nothing new in this epoch.
  static EpochInput Empty(const types::Schema& source_schema, int64_t first_origin);

  /// For the engine. Lives as long as this.
  const columnar::Relation& relation() const { return *relation_; }
  const connector::ReadReport& report() const { return *report_; }
  int64_t rows() const { return rows_; }
  /// Nothing when the row is not of this input.
  std::optional<RecordPlace> Find(int64_t origin) const;

 private:
  std::vector<columnar::Batch> batches_;
  std::vector<int64_t> first_origins_;  // of each batch
  Provenance provenance_;
  std::unique_ptr<columnar::Relation> relation_;
  std::shared_ptr<const connector::ReadReport> report_;
  int64_t first_origin_ = 0;
  int64_t rows_ = 0;
};

}  // namespace oresmith::pipeline
