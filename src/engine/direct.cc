#include <arrow/array.h>
#include <arrow/array/util.h>
#include <arrow/scalar.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "engine/direct_internal.h"
#include "engine/types_internal.h"
#include "sql/functions.h"

namespace oresmith::engine {
namespace {

using sql::BoundExpr;
using types::Type;
using types::TypeId;

// Fewer rows than this are not worth a second thread.
constexpr int64_t kParallelRowsMin = 100'000;
constexpr size_t kQueuedBatchesMax = 4;

// Where a column of the result comes from.
struct Picked {
  int column = -1;                          // of the batches that are read
  std::vector<int> fields;                  // then these, from the outside in
  std::shared_ptr<arrow::Scalar> constant;  // instead of a column
  bool is_now = false;                      // instead of a column: the time of the run
  std::shared_ptr<arrow::DataType> type;
};

std::shared_ptr<arrow::Scalar> ConstantOf(const BoundExpr& expr, const sql::BoundLiteral& literal) {
  const auto type = columnar::ToArrow(expr.type);
  if (std::holds_alternative<std::monostate>(literal.value)) return arrow::MakeNullScalar(type);
  const auto* text = std::get_if<std::string>(&literal.value);
  if (text != nullptr && expr.type.Is(TypeId::kString)) {
    return std::make_shared<arrow::StringScalar>(*text);
  }
  const auto* number = std::get_if<int64_t>(&literal.value);
  if (number == nullptr) return nullptr;
  if (expr.type.Is(TypeId::kInt)) {
    return std::make_shared<arrow::Int32Scalar>(static_cast<int32_t>(*number));
  }
  return expr.type.Is(TypeId::kLong) ? std::make_shared<arrow::Int64Scalar>(*number) : nullptr;
}

// Follows a plan of projections down to its one scan.
class Picker {
 public:
  // The columns of `op`, or false.
  bool Pick(const sql::Operator& op) {
    if (const auto* scan = std::get_if<sql::Scan>(&op.node)) {
      for (size_t i = 0; i < op.output.size(); ++i) {
        columns.push_back(scan->columns[i]);
        known_[op.output[i].id].column = static_cast<int>(i);
      }
      return true;
    }
    const auto* project = std::get_if<sql::Project>(&op.node);
    if (project == nullptr || !Pick(*project->input)) return false;
    for (const sql::NamedExpr& item : project->items) {
      std::optional<Picked> picked = PickExpr(*item.expr);
      if (!picked) return false;
      known_[item.column.id] = *std::move(picked);
    }
    return true;
  }
  const Picked& Find(sql::ColumnId id) const { return known_.at(id); }

  std::vector<int> columns;  // to be read, as the relation counts them

 private:
  std::optional<Picked> PickExpr(const BoundExpr& expr) const {
    if (const auto* column = std::get_if<sql::BoundColumn>(&expr.node)) {
      const auto found = known_.find(column->id);
      if (found == known_.end()) return std::nullopt;
      return found->second;
    }
    if (const auto* field = std::get_if<sql::BoundField>(&expr.node)) {
      std::optional<Picked> base = PickExpr(*field->base);
      if (!base || base->column < 0) return std::nullopt;
      base->fields.push_back(field->index);
      return base;
    }
    if (const auto* cast = std::get_if<sql::BoundCast>(&expr.node)) {
      const bool same = WithoutNullability(cast->operand->type) == WithoutNullability(expr.type);
      return same ? PickExpr(*cast->operand) : std::nullopt;
    }
    Picked picked;
    if (const auto* literal = std::get_if<sql::BoundLiteral>(&expr.node)) {
      picked.constant = ConstantOf(expr, *literal);
      return picked.constant == nullptr ? std::nullopt : std::optional(picked);
    }
    const auto* call = std::get_if<sql::BoundCall>(&expr.node);
    picked.is_now = call != nullptr && call->function->name == "current_timestamp";
    return picked.is_now ? std::optional(picked) : std::nullopt;
  }

  std::map<sql::ColumnId, Picked> known_;
};

// The same values under a type that says other things only of names and of what may be NULL.
std::shared_ptr<arrow::ArrayData> WithType(const std::shared_ptr<arrow::ArrayData>& data,
                                           const std::shared_ptr<arrow::DataType>& type) {
  if (data->type->Equals(*type, true)) return data;
  const auto copy = data->Copy();
  copy->type = type;
  const int children = std::min(type->num_fields(), static_cast<int>(data->child_data.size()));
  for (int i = 0; i < children; ++i) {
    const auto index = static_cast<size_t>(i);
    copy->child_data[index] = WithType(data->child_data[index], type->field(i)->type());
  }
  return copy;
}

// Reads batches in threads of its own, a few ahead.
class ReadAhead {
 public:
  ReadAhead(columnar::BatchReader& reader, int threads) : reader_(reader), running_(threads) {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { Read(); });
  }
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }

  Result<columnar::Batch> Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return error_ || !queue_.empty() || running_ == 0; });
    if (error_) return Fail(*error_);
    if (queue_.empty()) return columnar::Batch();
    columnar::Batch batch = std::move(queue_.front());
    queue_.pop_front();
    changed_.notify_all();
    return batch;
  }

 private:
  void Read() {
    while (true) {
      Result<columnar::Batch> batch = reader_.Next();
      std::unique_lock lock(mutex_);
      if (!batch && !error_) error_ = std::move(batch).error();
      changed_.wait(lock,
                    [this] { return stopped_ || error_ || queue_.size() < kQueuedBatchesMax; });
      if (stopped_ || error_ || *batch == nullptr) break;
      queue_.push_back(*std::move(batch));
      changed_.notify_all();
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
  }

  columnar::BatchReader& reader_;
  std::mutex mutex_;  // guards all below but threads_
  std::condition_variable changed_;
  std::deque<columnar::Batch> queue_;
  std::optional<Error> error_;
  bool stopped_ = false;
  int running_;
  std::vector<std::jthread> threads_;  // last: joined before what they use ends
};

class DirectQuery final : public PreparedQuery {
 public:
  DirectQuery(std::vector<int> columns, std::vector<Picked> picks, types::Schema schema,
              int threads)
      : columns_(std::move(columns)),
        picks_(std::move(picks)),
        schema_(std::move(schema)),
        arrow_schema_(columnar::ToArrow(schema_)),
        threads_(threads) {}

  const types::Schema& schema() const override { return schema_; }
  const std::string& sql() const override { return sql_; }

  Result<RunReport> Run(const std::vector<const columnar::Relation*>& inputs,
                        const RunContext& context,
                        const std::function<Status(columnar::Batch)>& consume) override {
    if (inputs.size() != 1) {
      return Fail(ErrorKind::kInvalidInput, "run a query: {} relations given for 1 scan",
                  inputs.size());
    }
    TRY(const auto reader, inputs.front()->Open(columns_));
    const std::optional<int64_t> rows = inputs.front()->row_count();
    std::optional<ReadAhead> ahead;
    if (threads_ > 1 && (!rows || *rows >= kParallelRowsMin)) ahead.emplace(*reader, threads_ - 1);
    while (true) {
      if (context.stop.stop_requested()) return Fail(ErrorKind::kCancelled, "run a query: stopped");
      TRY(const columnar::Batch batch, ahead ? ahead->Next() : reader->Next());
      if (batch == nullptr) return RunReport{};
      TRY(columnar::Batch picked, Pick(*batch, context.now));
      TRY_DO(consume(std::move(picked)));
    }
  }

 private:
  Result<std::shared_ptr<arrow::Array>> Repeat(const arrow::Scalar& value, int64_t rows) const {
    arrow::Result<std::shared_ptr<arrow::Array>> array = arrow::MakeArrayFromScalar(value, rows);
    if (array.ok()) return *std::move(array);
    return Fail(
        columnar::FromArrowStatus(array.status(), ErrorKind::kUnavailable, "repeat a constant"));
  }

  Result<std::shared_ptr<arrow::Array>> PickColumn(const arrow::RecordBatch& batch,
                                                   const Picked& pick, Instant now) const {
    if (pick.is_now)
      return Repeat(arrow::TimestampScalar(Micros(now), pick.type), batch.num_rows());
    if (pick.constant != nullptr) return Repeat(*pick.constant, batch.num_rows());
    std::shared_ptr<arrow::Array> array = batch.column(pick.column);
    for (const int field : pick.fields) {
      // With the NULLs of the struct around it.
      auto child = static_cast<const arrow::StructArray&>(*array).GetFlattenedField(field);
      if (!child.ok()) {
        return Fail(columnar::FromArrowStatus(child.status(), ErrorKind::kUnavailable, "a field"));
      }
      array = *std::move(child);
    }
    return arrow::MakeArray(WithType(array->data(), pick.type));
  }

  Result<columnar::Batch> Pick(const arrow::RecordBatch& batch, Instant now) const {
    arrow::ArrayVector arrays;
    for (const Picked& pick : picks_) {
      TRY(arrays.emplace_back(), PickColumn(batch, pick, now));
    }
    return columnar::Batch(
        arrow::RecordBatch::Make(arrow_schema_, batch.num_rows(), std::move(arrays)));
  }

  const std::vector<int> columns_;
  const std::vector<Picked> picks_;
  const types::Schema schema_;
  const std::shared_ptr<arrow::Schema> arrow_schema_;
  const int threads_;
  const std::string sql_ = "-- picks columns, without DuckDB";
};

}  // namespace

std::unique_ptr<PreparedQuery> TryDirectQuery(const sql::Plan& plan, int threads) {
  Picker picker;
  if (plan.scan_count != 1 || !picker.Pick(*plan.root)) return nullptr;
  std::vector<Picked> picks;
  types::Schema schema;
  for (const sql::Attribute& column : plan.root->output) {
    picks.push_back(picker.Find(column.id));
    picks.back().type = columnar::ToArrow(column.type);
    schema.push_back(types::Field{
        .name = column.name, .type = column.type, .nullable = column.nullable, .comment = {}});
  }
  return std::make_unique<DirectQuery>(std::move(picker.columns), std::move(picks),
                                       std::move(schema), threads);
}

}  // namespace oresmith::engine
