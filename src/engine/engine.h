#pragma once

// Runs one logical plan over relations, by DuckDB. The only library that includes duckdb.h, and
// where its exceptions and error strings end.

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "columnar/batch.h"
#include "format/json_statistics.h"
#include "sql/plan.h"

namespace oresmith::engine {

struct EngineOptions {
  int threads = 2;
  int64_t memory_bytes_max = 384 << 20;
  std::string spill_directory;  // empty: no spilling
  std::string time_zone = "UTC";
};

/// A value that from_json could not parse: reported, while the row goes on with NULLs as in Spark.
struct BadValue {
  int64_t origin = -1;  ///< the row's `__origin` when the plan carries one, else -1
  std::string raw;      ///< cut at 64 KiB
  std::string reason;
  bool partial = false;  ///< JSON, but a field did not fit its type: NULL in that field alone
};

/// The fields that the documents of one from_json call had.
struct CallFields {
  sql::Span call;  ///< the call's schema argument in the query's text
  format::JsonStatistics statistics;
};

struct RunReport {
  std::vector<BadValue> bad_values;  // at most 10,000
  int64_t bad_count = 0;
  std::vector<CallFields> fields;
};

/// What the clock functions of one run answer: current_timestamp(), now(), current_date().
struct RunContext {
  Instant now{};
  std::stop_token stop;
};

/// A plan translated to DuckDB SQL and prepared; run as often as needed. One run at a time.
class PreparedQuery {
 public:
  virtual ~PreparedQuery() = default;
  /// All columns of the plan's root, hidden ones too, in order.
  virtual const types::Schema& schema() const = 0;
  /// The emitted SQL, for people.
  virtual const std::string& sql() const = 0;
  /// Runs over one relation for each scan of the plan, in the order of Scan::index; their schemas
  /// have the columns that the scan counts. Calls `consume` with batches, in one thread at a time;
  /// an error from it ends the run with that error. Rows come in no order unless the plan sorts.
  /// Errors: kBadRecord where Spark raises one at run time (a failed ANSI cast, overflow, division
  /// by zero), with the expression's message in Spark's words; kCancelled by `stop`; kUnavailable
  /// when memory does not suffice.
  virtual Result<RunReport> Run(const std::vector<const columnar::Relation*>& inputs,
                                const RunContext& context,
                                const std::function<Status(columnar::Batch)>& consume) = 0;
};

/// One in-process DuckDB. Safe to use from many threads; prepared queries run independently.
class Engine {
 public:
  virtual ~Engine() = default;
  static Result<std::unique_ptr<Engine>> Open(const EngineOptions& options);
  /// `plan` is consumed. Errors: kUnsupported for a function or type that cannot be emitted (by
  /// name).
  virtual Result<std::unique_ptr<PreparedQuery>> Prepare(sql::Plan plan) = 0;
};

/// DuckDB SQL for a plan; scan i reads the table function `scan_<i>`. For tests and explain.
Result<std::string> EmitSql(const sql::Plan& plan);

}  // namespace oresmith::engine
