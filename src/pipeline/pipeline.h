#pragma once

// The front door of a pipeline folder: load it, check it, run it, ask its tables.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/result.h"
#include "columnar/batch.h"
#include "types/type.h"

namespace oresmith::pipeline {

struct LoadOptions {
  std::string directory;                   // of the pipeline
  std::map<std::string, std::string> set;  // --set key=value; wins over the configuration
  std::map<std::string, std::string> env;  // of the process; for ${env:NAME}
};

/// What a pipeline needs from outside. All must outlive it.
struct Environment {
  const Clock& clock;
  Random& random;
  const Logger& log;
};

enum class RunMode { kOnce, kInterval, kContinuous };
/// What a new name of a flow means when another flow of its table has gone.
struct FlowChoices {
  std::map<std::string, std::string> renamed;  // old to new: the same flow, which goes on
  std::vector<std::string> added;              // another one, which reads its input from the start
};

struct RunOptions {
  RunMode mode = RunMode::kOnce;
  std::chrono::milliseconds interval{10'000};  // kInterval: from one start to the next
  /// Tables by name; when one of these two names any, only those are updated.
  std::vector<std::string> refresh = {};
  std::vector<std::string> full_refresh = {};  // emptied first, and made anew from the input
  bool full_refresh_all = false;
  FlowChoices flow_choices = {};
  /// A full refresh goes on although some of its input is there no more.
  bool accepts_losses = true;
};

enum class FlowState { kQueued, kRunning, kIdle, kCompleted, kFailed, kSkipped };

/// How far one table is. Counts are of this process, from its start.
struct TableProgress {
  std::string name;  // schema.table, or catalog.schema.table when the catalog is not the pipeline's
  std::string kind;  // "streaming table", "materialized view"
  std::string dataset;  // as `name`; flows of one table differ in the next
  std::string flow;
  FlowState state = FlowState::kQueued;
  int64_t rows_in = 0;
  int64_t rows_out = 0;
  int64_t rows_dropped = 0;    // by expectations
  int64_t rows_late = 0;       // after the watermark; in the quarantine
  int64_t bad_records = 0;     // in the quarantine, not by an expectation
  double rows_per_second = 0;  // written, over the time the flow worked
  int64_t backlog = 0;         // files or versions that wait
  std::string backlog_unit;    // "files", "versions"
  int64_t version = -1;        // of the Delta table; -1 before it exists
  int64_t epochs = 0;
  std::string technique;         // materialized views: NO_OP, FULL_RECOMPUTE
  std::string technique_reason;  // why not a cheaper one; may be empty
  std::string error;             // of a failed flow, one line
  std::map<std::string, std::pair<int64_t, int64_t>> expectations;  // name to passed, failed
};

struct Progress {
  std::vector<TableProgress> tables;  // upstream first
  std::chrono::milliseconds elapsed{0};
};

/// Called from the thread that runs the update, about four times a second and at each change of
/// state.
using ProgressListener = std::function<void(const Progress&)>;

struct UpdateSummary {
  Progress progress;
  /// Things a person should look at: fields that never came, bad records, dropped rows; with
  /// places.
  std::vector<Error> warnings;
  /// Why flows failed; empty when all is well.
  std::vector<Error> errors;
  bool cancelled = false;
};

struct TableInfo {
  std::string name;
  std::string kind;      // "streaming table", "materialized view", "quarantine", "table"
  int64_t version = -1;  // -1: declared, not made yet
  std::optional<int64_t> rows;
  int64_t files = 0;
  int64_t bytes = 0;
  int64_t changed_ms = 0;  // last commit, since 1970 in UTC
  std::string path;
};

struct QueryResult {
  types::Schema schema;
  std::vector<columnar::Batch> batches;
  std::vector<Error> warnings = {};
};

class Pipeline {
 public:
  virtual ~Pipeline() = default;

  /// Reads the folder: configuration, all SQL files. Nothing is bound and nothing is written.
  /// All errors of all files are given at once.
  static tl::expected<std::unique_ptr<Pipeline>, std::vector<Error>> Load(
      const LoadOptions& options, const Environment& environment);

  virtual const std::string& name() const = 0;
  /// Where the tables lie: a path.
  virtual const std::string& storage_root() const = 0;

  /// Parses, binds and checks the graph; touches nothing. Gives the datasets in the order they run.
  virtual tl::expected<std::vector<TableProgress>, std::vector<Error>> DryRun() = 0;

  /// Runs one update, or updates until `stop`. Once `stop` is requested the epoch under way is
  /// finished. Fails only before anything was started (a check failed, the storage cannot be used);
  /// a flow that fails later is told in the summary.
  virtual tl::expected<UpdateSummary, std::vector<Error>> Run(const RunOptions& options,
                                                              const ProgressListener& listener,
                                                              std::stop_token stop) = 0;

  /// Runs one SELECT over the pipeline's tables, or one command (sql/command.h).
  virtual tl::expected<QueryResult, std::vector<Error>> Query(const std::string& sql,
                                                              std::stop_token stop) = 0;

  /// Declared tables and their quarantine tables that exist, upstream first.
  virtual Result<std::vector<TableInfo>> Tables() = 0;
};

}  // namespace oresmith::pipeline
