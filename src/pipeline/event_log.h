#pragma once

// What happened in a pipeline, as a Delta table `_event_log` in its storage, with the columns and
// the details of Databricks' event log: the queries that people have for theirs run here, by
// event_log(). Read by any reader of Delta.
//
// It is written beside the data, every few seconds and at the end of an update: a crash can lose
// the last events, and never a row. What a row's fate is stands in its own commit and in the
// quarantine. That it cannot be written is logged, and stops nothing.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "delta/table.h"
#include "pipeline/compactor.h"
#include "pipeline/definition.h"
#include "pipeline/pipeline.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// Below the storage.
inline constexpr const char* kEventLogRoot = "_event_log";

types::Schema EventLogSchema();

/// One thread at a time.
class EventLog {
 public:
  /// All must outlive it. Nothing is made before the first Begin.
  EventLog(const Definition& definition, storage::Store& store, const Environment& environment,
           Compactor& compactor);

  /// A dataset's columns, for the graph that Begin tells.
  void Describe(const std::string& key, types::Schema schema) { schemas_[key] = std::move(schema); }
  /// A new update: who asked for it, and the graph as it is.
  void Begin(const RunOptions& options);
  /// What has changed since it was last told; looks every few seconds.
  void Observe(const Progress& progress);
  void Failed(const TableProgress& progress, const Error& error);
  /// The last word of an update.
  void End(const UpdateSummary& summary);

 private:
  struct Event {
    std::string_view type;
    std::string_view level = "INFO";  // or WARN, ERROR, METRICS
    std::string message;
    std::string details;  // JSON, without the outer name
    std::string dataset = {};
    std::string flow = {};
    std::string error = {};  // JSON, or nothing
  };
  void Add(const Event& event);
  void AddProgress(const TableProgress& now);
  void AddGraph();
  void AddDataset(const std::string& key, const Dataset& dataset);
  void AddState(std::string_view state, std::string_view cause);
  Status Open();
  void Write();
  Status TryWrite();
  void GiveUp(const Error& error);

  const Definition& definition_;
  storage::Store& store_;
  const Environment& environment_;
  Compactor& compactor_;
  std::unique_ptr<delta::Table> table_;
  std::string instance_;  // of this process
  std::string update_;
  int64_t sequence_ = 0;
  std::vector<std::string> lines_;             // JSON, not yet written
  std::map<std::string, TableProgress> told_;  // by their names
  std::map<std::string, types::Schema> schemas_;
  std::chrono::nanoseconds written_{0};
  bool is_broken_ = false;
};

}  // namespace oresmith::pipeline
