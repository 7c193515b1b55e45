#include <fmt/format.h>

#include <optional>
#include <utility>

#include "engine/arrow_out_internal.h"
#include "engine/emit_internal.h"
#include "engine/errors_internal.h"
#include "engine/query_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

types::Schema RootSchema(const sql::Plan& plan) {
  types::Schema schema;
  for (const sql::Attribute& column : plan.root->output) {
    schema.push_back(types::Field{
        .name = column.name, .type = column.type, .nullable = column.nullable, .comment = {}});
  }
  return schema;
}

Result<ScanSlot> MakeSlot(const sql::Operator& op) {
  const auto& scan = std::get<sql::Scan>(op.node);
  ScanSlot slot;
  slot.name = scan.name;
  for (size_t i = 0; i < op.output.size(); ++i) {
    const sql::Attribute& column = op.output[i];
    const Status known = CheckType(column.type);
    if (!known) {
      return Fail(ErrorKind::kUnsupported, "{}: column {}: {} is not supported here", scan.name,
                  column.name, known.error().message);
    }
    slot.columns.push_back(scan.columns[i]);
    slot.column_names.push_back(ColumnText(column));
    slot.column_types.push_back(column.type);
  }
  return slot;
}

// Gives each scan its relation for the time of a run.
class Inputs {
 public:
  Inputs(std::vector<ScanSlot>& scans, const std::vector<const columnar::Relation*>& relations)
      : scans_(scans) {
    for (size_t i = 0; i < scans_.size(); ++i) scans_[i].relation = relations[i];
  }
  Inputs(const Inputs&) = delete;
  Inputs& operator=(const Inputs&) = delete;
  ~Inputs() {
    for (ScanSlot& scan : scans_) scan.relation = nullptr;
  }

 private:
  std::vector<ScanSlot>& scans_;
};

class Query final : public PreparedQuery {
 public:
  Query(EngineParts parts, Connection connection)
      : parts_(std::move(parts)), connection_(std::move(connection)) {
    state_.connection = connection_.get();
    state_.threads = parts_.threads;
    parts_.registry->Add(&state_);
  }
  ~Query() override {
    // DuckDB must let go of the state before it ends.
    statement_ = PreparedStatement();
    parts_.registry->Remove(state_.id);
  }

  Status Prepare(const sql::Plan& plan);
  const types::Schema& schema() const override { return schema_; }
  const std::string& sql() const override { return sql_; }
  Result<RunReport> Run(const std::vector<const columnar::Relation*>& inputs,
                        const RunContext& context,
                        const std::function<Status(columnar::Batch)>& consume) override;

 private:
  Status CheckInputs(const std::vector<const columnar::Relation*>& inputs) const;
  Status BindNow(Instant now);
  Status Pull(const std::function<Status(columnar::Batch)>& consume);
  Error RunError(std::string_view text);

  EngineParts parts_;
  Connection connection_;
  QueryState state_;
  types::Schema schema_;
  std::string sql_;
  PreparedStatement statement_;
  std::optional<ArrowCollector> collector_;
  bool uses_now_ = false;
};

Status Query::Prepare(const sql::Plan& plan) {
  schema_ = RootSchema(plan);
  for (const sql::Operator* op : sql::Scans(plan)) {
    TRY(state_.scans.emplace_back(), MakeSlot(*op));
  }
  const EmitOptions options{
      .scan = [id = state_.id](int index) { return fmt::format("scan({}, {})", id, index); },
      .query = std::to_string(state_.id),
      .time_zone = parts_.time_zone};
  TRY(Emission emission, Emit(plan, options));
  sql_ = std::move(emission.sql);
  uses_now_ = emission.uses_now;
  for (const FromJsonSpec& spec : emission.from_json) {
    TRY(state_.from_json.emplace_back(), FromJsonCall::Make(connection_.get(), spec));
  }
  TRY_DO(parts_.functions->Register(connection_.get(), emission.functions));
  if (duckdb_prepare(connection_.get(), sql_.c_str(), statement_.out()) != DuckDBSuccess) {
    return Fail(TranslatePrepareError(duckdb_prepare_error(statement_.get()), sql_));
  }
  TRY(collector_, ArrowCollector::Make(schema_));
  return {};
}

Status Query::CheckInputs(const std::vector<const columnar::Relation*>& inputs) const {
  if (inputs.size() == state_.scans.size()) return {};
  return Fail(ErrorKind::kInvalidInput, "run a query: {} relations given for {} scans",
              inputs.size(), state_.scans.size());
}

Status Query::BindNow(Instant now) {
  if (!uses_now_) return {};
  idx_t index = 0;
  duckdb_state bound = duckdb_bind_parameter_index(statement_.get(), &index, "now");
  if (bound == DuckDBSuccess) {
    bound = duckdb_bind_timestamp_tz(statement_.get(), index, duckdb_timestamp{Micros(now)});
  }
  if (bound == DuckDBSuccess) return {};
  return Fail(ErrorKind::kCorrupt, "run a query: bind the time of the run");
}

// An error of ours that a callback met has more to say than DuckDB's text of it.
Error Query::RunError(std::string_view text) {
  std::optional<Error> ours = state_.error.Take();
  return ours ? std::move(*ours) : TranslateRunError(text);
}

Status Query::Pull(const std::function<Status(columnar::Batch)>& consume) {
  QueryResult result;
  if (duckdb_execute_prepared_streaming(statement_.get(), result.out()) != DuckDBSuccess) {
    return Fail(RunError(duckdb_result_error(result.out())));
  }
  while (true) {
    const DataChunk chunk(duckdb_fetch_chunk(*result.out()));
    if (!chunk) break;
    TRY_DO(collector_->Append(chunk.get()));
    if (!collector_->IsFull()) continue;
    TRY(columnar::Batch batch, collector_->Finish());
    TRY_DO(consume(std::move(batch)));
  }
  const char* error = duckdb_result_error(result.out());
  if (error != nullptr && *error != '\0') return Fail(RunError(error));
  if (collector_->row_count() == 0) return {};
  TRY(columnar::Batch batch, collector_->Finish());
  return consume(std::move(batch));
}

Result<RunReport> Query::Run(const std::vector<const columnar::Relation*>& inputs,
                             const RunContext& context,
                             const std::function<Status(columnar::Batch)>& consume) {
  TRY_DO(CheckInputs(inputs));
  if (context.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "run a query: stopped");
  TRY_DO(BindNow(context.now));
  const Inputs given(state_.scans, inputs);
  Status pulled;
  {
    const std::stop_callback interrupt(context.stop,
                                       [this] { duckdb_interrupt(connection_.get()); });
    pulled = Pull(consume);
  }
  RunReport report;
  for (const auto& call : state_.from_json) call->TakeReport(report);
  if (pulled) return report;
  // Rows of a run that failed must not be given out by the next one.
  TRY(collector_, ArrowCollector::Make(schema_));
  if (context.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "run a query: stopped");
  return Fail(std::move(pulled).error());
}

}  // namespace

Result<std::unique_ptr<PreparedQuery>> PrepareQuery(EngineParts parts, Connection connection,
                                                    const sql::Plan& plan) {
  auto query = std::make_unique<Query>(std::move(parts), std::move(connection));
  TRY_DO(query->Prepare(plan));
  return query;
}

}  // namespace oresmith::engine
