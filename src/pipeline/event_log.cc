#include "pipeline/event_log.h"

#include <arrow/record_batch.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "format/json_decoder.h"
#include "pipeline/table_owner.h"

namespace oresmith::pipeline {
namespace {

/// A commit costs two files: this many seconds between two keep a day's log in a few thousand.
constexpr std::chrono::seconds kWriteEvery{5};

// Source: Databricks, "Pipeline event log schema".
constexpr const char* kColumns =
    "id STRING, "
    "sequence STRUCT<data_plane_id: STRUCT<instance: STRING, seq_no: BIGINT>, "
    "control_plane_seq_no: BIGINT>, "
    "origin STRUCT<cloud: STRING, region: STRING, org_id: BIGINT, pipeline_id: STRING, "
    "pipeline_type: STRING, pipeline_name: STRING, cluster_id: STRING, update_id: STRING, "
    "maintenance_id: STRING, table_id: STRING, table_name: STRING, dataset_name: STRING, "
    "flow_id: STRING, flow_name: STRING, batch_id: BIGINT, request_id: STRING>, "
    "timestamp TIMESTAMP, message STRING, level STRING, maturity_level STRING, "
    "error STRUCT<fatal: BOOLEAN, exceptions: ARRAY<STRUCT<class_name: STRING, message: STRING, "
    "stack: ARRAY<STRUCT<declaring_class: STRING, method_name: STRING, file_name: STRING, "
    "line_number: BIGINT>>>>>, "
    "details STRING, event_type STRING";

std::string_view StateName(FlowState state) {
  switch (state) {
    case FlowState::kQueued:
      return "QUEUED";
    case FlowState::kRunning:
      return "RUNNING";
    case FlowState::kIdle:
      return "IDLE";
    case FlowState::kCompleted:
      return "COMPLETED";
    case FlowState::kFailed:
      return "FAILED";
    case FlowState::kSkipped:
      return "SKIPPED";
  }
  return "";
}

/// As Databricks names them.
std::string MaintenanceType(const std::string& technique) {
  return technique == "FULL_RECOMPUTE" ? "MAINTENANCE_TYPE_COMPLETE_RECOMPUTE"
                                       : "MAINTENANCE_TYPE_" + technique;
}

std::string_view FlowType(const Dataset& dataset) {
  if (dataset.kind == sql::DatasetKind::kMaterializedView) return "MATERIALIZED_VIEW";
  if (!dataset.IsTable()) return "VIEW";
  return dataset.applies_changes ? "CHANGE" : "APPEND";
}

std::string DatasetType(const Dataset& dataset) {
  std::string type = dataset.Kind();
  std::ranges::transform(type, type.begin(), [](char c) {
    return c == ' ' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return type;
}

/// `,"name":text`
void AddText(std::string& json, std::string_view name, std::string_view text) {
  json += fmt::format(",\"{}\":", name);
  AppendJsonText(text, json);
}

/// The counts since `before`, of each rule that saw a row.
std::string Expectations(const TableProgress& now, const TableProgress* before) {
  std::string json;
  for (const auto& [name, counts] : now.expectations) {
    auto [passed, failed] = counts;
    if (before != nullptr && before->expectations.contains(name)) {
      passed -= before->expectations.at(name).first;
      failed -= before->expectations.at(name).second;
    }
    if (passed == 0 && failed == 0) continue;
    json += json.empty() ? "" : ",";
    json += fmt::format(R"({{"name":{},"dataset":{},"passed_records":{},"failed_records":{}}})",
                        JsonText(name), JsonText(now.dataset), passed, failed);
  }
  return json;
}

/// Views tell of their last refresh, streams of all since the start.
bool Accumulates(const TableProgress& progress) { return progress.technique.empty(); }

std::string ProgressDetails(const TableProgress& now, const TableProgress* told) {
  const TableProgress* before = Accumulates(now) ? told : nullptr;
  const auto since = [&](int64_t TableProgress::*count) {
    return now.*count - (before != nullptr ? before->*count : 0);
  };
  std::string json = fmt::format(R"("status":"{}")", StateName(now.state));
  if (told != nullptr && now.epochs == told->epochs) return json;
  json += fmt::format(R"(,"metrics":{{"num_output_rows":{},"backlog_{}":{}}})",
                      since(&TableProgress::rows_out), now.backlog_unit, now.backlog);
  const std::string rules = Expectations(now, before);
  json += fmt::format(R"(,"data_quality":{{"dropped_records":{},"bad_records":{})",
                      since(&TableProgress::rows_dropped), since(&TableProgress::bad_records));
  if (!rules.empty()) json += fmt::format(R"(,"expectations":[{}])", rules);
  return json + "}";
}

std::string_view KindName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidInput:
      return "INVALID_INPUT";
    case ErrorKind::kBadRecord:
      return "BAD_RECORD";
    case ErrorKind::kNotFound:
      return "NOT_FOUND";
    case ErrorKind::kAlreadyExists:
      return "ALREADY_EXISTS";
    case ErrorKind::kConflict:
      return "CONFLICT";
    case ErrorKind::kUnavailable:
      return "UNAVAILABLE";
    case ErrorKind::kCorrupt:
      return "CORRUPT";
    case ErrorKind::kUnsupported:
      return "UNSUPPORTED";
    case ErrorKind::kCancelled:
      return "CANCELLED";
  }
  return "";
}

/// "2026-11-21T08:15:30.123456Z"
std::string UtcText(Instant instant) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  const std::chrono::sys_seconds seconds{std::chrono::seconds(Micros(instant) / kMicrosPerSecond)};
  return fmt::format("{:%FT%T}.{:06}Z", seconds, Micros(instant) % kMicrosPerSecond);
}

std::string ErrorJson(const Error& error) {
  std::string stack;
  if (error.place) {
    stack = fmt::format(R"({{"file_name":{},"line_number":{}}})", JsonText(error.place->file),
                        error.place->line);
  }
  return fmt::format(
      R"({{"fatal":true,"exceptions":[{{"class_name":"{}","message":{},"stack":[{}]}}]}})",
      KindName(error.kind), JsonText(error.message), stack);
}

}  // namespace

types::Schema EventLogSchema() {
  auto schema = types::ParseDdlSchema(kColumns);
  ORESMITH_ASSERT(schema.has_value());
  return std::move(*schema);
}

EventLog::EventLog(const Definition& definition, storage::Store& store,
                   const Environment& environment, Compactor& compactor)
    : definition_(definition),
      store_(store),
      environment_(environment),
      compactor_(compactor),
      instance_(NewUuid(environment.random)) {}

void EventLog::Begin(const RunOptions& options) {
  update_ = NewUuid(environment_.random);
  told_.clear();
  if (const Status opened = Open(); !opened) GiveUp(opened.error());
  const auto user = definition_.config.environment.find("USER");
  const std::string name = user != definition_.config.environment.end()
                               ? user->second
                               : fmt::format("uid {}", static_cast<int64_t>(::getuid()));
  std::string_view mode = "TRIGGERED";
  if (options.mode == RunMode::kContinuous) mode = "CONTINUOUS";
  if (options.mode == RunMode::kInterval) mode = "INTERVAL";
  const std::string details = fmt::format(R"("action":"START","user_name":{})", JsonText(name));
  Add({.type = "user_action",
       .message = "User " + name + " started an update.",
       .details = details});
  Add({.type = "create_update",
       .message = "Update " + update_ + " started.",
       .details = fmt::format(
           R"("cause":"USER_ACTION","mode":"{}","full_refresh":{},"runtime_version":{{"oresmith":"{}"}})",
           mode, options.full_refresh_all, ORESMITH_VERSION)});
  AddGraph();
  AddState("RUNNING", "");
  written_ = environment_.clock.Steady();
}

void EventLog::AddGraph() {
  for (const std::string& key : definition_.order) {
    AddDataset(key, definition_.datasets.at(key));
  }
}

void EventLog::AddDataset(const std::string& key, const Dataset& dataset) {
  std::string rules;
  for (const sql::Expectation& rule : dataset.declaration->expectations) {
    const bool drops = rule.on_violation == sql::OnViolation::kDropRow;
    const bool fails = rule.on_violation == sql::OnViolation::kFailUpdate;
    rules += fmt::format(R"({}{{"name":{},"action":"{}"}})", rules.empty() ? "" : ",",
                         JsonText(rule.name.text),
                         fails   ? "FAIL"
                         : drops ? "DROP"
                                 : "ALLOW");
  }
  Add({.type = "dataset_definition",
       .message = fmt::format("Dataset '{}' defined as {}.", dataset.display, DatasetType(dataset)),
       .details = fmt::format(R"("dataset_type":"{}","num_flows":{},"expectations":[{}])",
                              DatasetType(dataset), dataset.flows.size(), rules),
       .dataset = dataset.display});
  std::string inputs;
  for (const std::string& input : dataset.inputs) {
    inputs += inputs.empty() ? "" : ",";
    AppendJsonText(definition_.datasets.at(input).display, inputs);
  }
  for (const FlowQuery& flow : dataset.flows) {
    std::string details =
        fmt::format(R"("output_dataset":{},"input_datasets":[{}],"flow_type":"{}",)"
                    R"("language":"SQL","once":{})",
                    JsonText(dataset.display), inputs, FlowType(dataset), flow.once);
    const auto schema = schemas_.find(key);
    if (schema != schemas_.end()) {
      AddText(details, "schema_json", types::SchemaToJson(schema->second));
    }
    Add({.type = "flow_definition",
         .message = fmt::format("Flow '{}' defined as {}.", flow.name, FlowType(dataset)),
         .details = std::move(details),
         .dataset = dataset.display,
         .flow = flow.name});
  }
}

void EventLog::AddState(std::string_view state, std::string_view cause) {
  std::string details = fmt::format(R"("state":"{}")", state);
  if (!cause.empty()) AddText(details, "cancellation_cause", cause);
  Add({.type = "update_progress",
       .level = state == "FAILED" ? "ERROR" : "INFO",
       .message = fmt::format("Update {} is {}.", update_, state),
       .details = std::move(details)});
}

void EventLog::AddProgress(const TableProgress& now) {
  const auto found = told_.find(now.name);
  const TableProgress* told = found == told_.end() ? nullptr : &found->second;
  if (told != nullptr && told->state == now.state && told->epochs == now.epochs) return;
  const bool worked = told == nullptr ? now.epochs > 0 : told->epochs != now.epochs;
  if (worked && !now.technique.empty()) {
    std::string details = fmt::format(
        R"("technique_information":[{{"maintenance_type":"{}","is_chosen":true,"is_applicable":true}}])",
        MaintenanceType(now.technique));
    if (!now.technique_reason.empty()) AddText(details, "reason", now.technique_reason);
    Add({.type = "planning_information",
         .message = fmt::format("Flow '{}' has been planned to be executed as {}.", now.flow,
                                now.technique),
         .details = std::move(details),
         .dataset = now.dataset,
         .flow = now.flow});
  }
  // A failure is told by Failed, with its error.
  if (now.state != FlowState::kFailed) {
    const bool skipped = now.state == FlowState::kSkipped;
    Add({.type = "flow_progress",
         .level = skipped ? "WARN" : "INFO",
         .message = fmt::format("Flow '{}' is {}.", now.flow, StateName(now.state)),
         .details = ProgressDetails(now, told),
         .dataset = now.dataset,
         .flow = now.flow});
  }
  told_[now.name] = now;
}

void EventLog::Observe(const Progress& progress) {
  const auto time = environment_.clock.Steady();
  if (time - written_ < kWriteEvery) return;
  written_ = time;
  for (const TableProgress& table : progress.tables) AddProgress(table);
  Write();
}

void EventLog::Failed(const TableProgress& progress, const Error& error) {
  Add({.type = "flow_progress",
       .level = "ERROR",
       .message = fmt::format("Flow '{}' has FAILED: {}", progress.flow, error.message),
       .details = R"("status":"FAILED")",
       .dataset = progress.dataset,
       .flow = progress.flow,
       .error = ErrorJson(error)});
}

void EventLog::End(const UpdateSummary& summary) {
  for (const TableProgress& table : summary.progress.tables) AddProgress(table);
  if (!summary.errors.empty()) {
    AddState("FAILED", "");
  } else if (summary.cancelled) {
    AddState("CANCELED", "USER_ACTION");
  } else {
    AddState("COMPLETED", "");
  }
  Write();
}

void EventLog::Add(const Event& event) {
  if (is_broken_) return;
  const Instant now = environment_.clock.Now();
  sequence_ = std::max(sequence_ + 1, Micros(now));
  std::string line = fmt::format(
      R"({{"id":"{}","sequence":{{"data_plane_id":{{"instance":"{}","seq_no":{}}}}},)"
      R"("timestamp":"{}","level":"{}","maturity_level":"STABLE","event_type":"{}")",
      NewUuid(environment_.random), instance_, sequence_, UtcText(now), event.level, event.type);
  AddText(line, "message", event.message);
  AddText(line, "details", fmt::format(R"({{"{}":{{{}}}}})", event.type, event.details));
  line += R"(,"origin":{"pipeline_type":"WORKSPACE","update_id":")" + update_ + '"';
  AddText(line, "pipeline_name", definition_.config.name);
  // The log's own id: it is made once, and stays when the folder is moved.
  if (table_ != nullptr) AddText(line, "pipeline_id", table_->snapshot()->metadata.id);
  if (!event.dataset.empty()) {
    AddText(line, "dataset_name", event.dataset);
    AddText(line, "table_name", event.dataset);
  }
  if (!event.flow.empty()) AddText(line, "flow_name", event.flow);
  line += "}";
  if (!event.error.empty()) line += ",\"error\":" + event.error;
  lines_.push_back(line + "}");
}

void EventLog::Write() {
  if (lines_.empty() || is_broken_) return;
  if (const Status written = TryWrite(); !written) GiveUp(written.error());
  lines_.clear();
}

Status EventLog::Open() {
  if (table_ != nullptr) return {};
  delta::CreateOptions options;
  options.schema = EventLogSchema();
  options.description = "What happened in the pipeline " + definition_.config.name;
  options.configuration["delta.autoOptimize.autoCompact"] = "true";
  TRY(table_, OpenOrCreateOwned(store_, kEventLogRoot, "event_log", options,
                                delta::FilesHeld::kSinceCheckpoint, environment_.clock,
                                environment_.random));
  return {};
}

void EventLog::GiveUp(const Error& error) {
  environment_.log.Warn("event=event_log_failed error=\"{}\"", error.message);
  is_broken_ = true;
}

Status EventLog::TryWrite() {
  format::JsonOptions json = format::JsonOptions::ForFunction();
  json.corrupt_column.clear();
  TRY(const auto decoder,
      format::JsonDecoder::Make(types::Type::Struct(table_->snapshot()->metadata.schema), json));
  const std::vector<std::string_view> documents(lines_.begin(), lines_.end());
  TRY(const format::JsonRows rows, decoder.DecodeRows(documents, {}));
  const auto batch = arrow::RecordBatch::FromStructArray(rows.rows);
  if (!batch.ok()) {
    return Fail(columnar::FromArrowStatus(batch.status(), ErrorKind::kUnavailable, "event log"));
  }
  TRY(const auto writer, table_->NewWriter({}, nullptr));
  TRY_DO(writer->Write(*batch));
  delta::CommitRequest request;
  request.operation = "WRITE";
  TRY_DO(writer->CloseInto(request));
  TRY_DO(table_->Commit(request));
  compactor_.Committed(*table_);
  return {};
}

}  // namespace oresmith::pipeline
