#pragma once

// from_json: text to values by format::JsonDecoder, with a report of what did not fit.

#include <duckdb.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/arrow_in_internal.h"
#include "engine/engine.h"
#include "engine/functions_internal.h"
#include "format/json_decoder.h"

namespace oresmith::engine {

/// One call in a query's text, for as long as the query. Used by many threads at once.
class FromJsonCall {
 public:
  static Result<std::unique_ptr<FromJsonCall>> Make(duckdb_connection connection,
                                                    const FromJsonSpec& spec);

  /// A chunk of one STRUCT column with one child: a value for each text (data() nullptr: NULL).
  /// `origins` is as long as `texts`, or empty. Errors: kBadRecord in FAILFAST mode.
  Result<DataChunk> Evaluate(const std::vector<std::string_view>& texts,
                             const std::vector<int64_t>& origins);

  /// Adds what was met since the last time.
  void TakeReport(RunReport& report);

 private:
  FromJsonCall(format::JsonDecoder decoder, ArrowImporter importer, sql::Span span)
      : decoder_(std::move(decoder)), importer_(std::move(importer)), span_(span) {}
  void Note(const format::JsonValues& values, const std::vector<std::string_view>& texts,
            const std::vector<int64_t>& origins);

  const format::JsonDecoder decoder_;
  const ArrowImporter importer_;
  const sql::Span span_;
  std::mutex mutex_;  // guards all below
  format::JsonStatistics statistics_;
  std::vector<BadValue> bad_values_;
  int64_t bad_count_ = 0;
};

/// The function that DuckDB calls for values of that type:
/// name(text, query, call, origin or NULL).
FunctionSpec FromJsonFunction(const types::Type& type);

}  // namespace oresmith::engine
