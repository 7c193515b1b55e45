#include "pipeline/epoch_input.h"

#include <arrow/array.h>
#include <arrow/buffer.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>

namespace oresmith::pipeline {
namespace {

/// Batches that have only some of the columns of a wider schema.
class HeldRelation final : public columnar::Relation {
 public:
  /// `position[i]`: where column i of `schema` stands in the batches; -1: it was not read.
  HeldRelation(types::Schema schema, std::vector<int> position,
               std::vector<columnar::Batch> batches, int64_t rows)
      : schema_(std::move(schema)),
        position_(std::move(position)),
        batches_(std::move(batches)),
        rows_(rows) {}

  const types::Schema& schema() const override { return schema_; }

  Result<std::unique_ptr<columnar::BatchReader>> Open(
      const std::vector<int>& columns) const override {
    std::vector<columnar::Batch> selected;
    selected.reserve(batches_.size());
    types::Schema schema;
    for (const int column : columns) schema.push_back(schema_[static_cast<size_t>(column)]);
    const auto arrow_schema = columnar::ToArrow(schema);
    for (const columnar::Batch& batch : batches_) {
      std::vector<std::shared_ptr<arrow::Array>> arrays;
      for (const int column : columns) {
        const int at = position_[static_cast<size_t>(column)];
        ORESMITH_ASSERT(at >= 0);  // the plan's scan counted it, so it was read
        arrays.push_back(batch->column(at));
      }
      selected.push_back(
          arrow::RecordBatch::Make(arrow_schema, batch->num_rows(), std::move(arrays)));
    }
    std::vector<int> all(columns.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    return columnar::MakeRelation(std::move(schema), std::move(selected))->Open(all);
  }

  std::optional<int64_t> row_count() const override { return rows_; }

 private:
  types::Schema schema_;
  std::vector<int> position_;
  std::vector<columnar::Batch> batches_;
  int64_t rows_;
};

/// Pulls a reader empty with several threads. The order of the batches does not matter.
Result<std::vector<columnar::Batch>> Drain(columnar::BatchReader& reader, int threads) {
  std::mutex mutex;  // guards batches and error
  std::vector<columnar::Batch> batches;
  std::optional<Error> error;
  std::atomic<bool> failed = false;
  const auto pull = [&] {
    while (!failed) {
      Result<columnar::Batch> batch = reader.Next();
      const std::lock_guard lock(mutex);
      if (!batch) {
        failed = true;
        if (!error) error = std::move(batch).error();
        return;
      }
      if (*batch == nullptr) return;
      batches.push_back(std::move(*batch));
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back(pull);
    pull();
  }
  if (error) return Fail(std::move(*error));
  return batches;
}

std::shared_ptr<arrow::Array> Numbers(int64_t first, int64_t count) {
  std::vector<int64_t> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(i)] = first + i;
  return std::make_shared<arrow::Int64Array>(count, arrow::Buffer::FromVector(std::move(values)));
}

int IndexOf(const types::Schema& schema, const std::string& name) {
  for (size_t i = 0; i < schema.size(); ++i) {
    if (schema[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

void AddColumn(std::vector<int>& columns, int column) {
  if (column >= 0 && std::find(columns.begin(), columns.end(), column) == columns.end()) {
    columns.push_back(column);
  }
}

std::shared_ptr<arrow::Array> ColumnOf(const arrow::RecordBatch& batch, const std::string& column,
                                       const std::string& field) {
  if (column.empty()) return nullptr;
  std::shared_ptr<arrow::Array> array = batch.GetColumnByName(column);
  if (array == nullptr || field.empty()) return array;
  if (array->type_id() != arrow::Type::STRUCT) return nullptr;
  return static_cast<const arrow::StructArray&>(*array).GetFieldByName(field);
}

}  // namespace

types::Field OriginField() {
  return {.name = kOriginColumn, .type = types::Type(types::TypeId::kLong), .nullable = false};
}

Result<EpochInput> EpochInput::Read(connector::Source& source, const connector::Range& range,
                                    std::vector<int> columns, const Provenance& provenance,
                                    int64_t first_origin, int threads) {
  const types::Schema& source_schema = source.schema();
  AddColumn(columns, IndexOf(source_schema, provenance.file_column));
  AddColumn(columns, IndexOf(source_schema, provenance.part_column));
  AddColumn(columns, IndexOf(source_schema, provenance.line_column));
  TRY(connector::Reading reading, source.Read(range, columns));
  TRY(const std::vector<columnar::Batch> batches, Drain(*reading.rows, threads));

  EpochInput input;
  input.provenance_ = provenance;
  input.report_ = std::move(reading.report);
  input.first_origin_ = first_origin;
  types::Schema held_schema;
  types::Schema full_schema = source_schema;
  full_schema.push_back(OriginField());
  std::vector<int> position(full_schema.size(), -1);
  for (size_t i = 0; i < columns.size(); ++i) {
    position[static_cast<size_t>(columns[i])] = static_cast<int>(i);
    held_schema.push_back(source_schema[static_cast<size_t>(columns[i])]);
  }
  position.back() = static_cast<int>(columns.size());
  held_schema.push_back(full_schema.back());
  const auto arrow_schema = columnar::ToArrow(held_schema);
  for (const columnar::Batch& batch : batches) {
    const int64_t first = first_origin + input.rows_;
    std::vector<std::shared_ptr<arrow::Array>> arrays = batch->columns();
    arrays.push_back(Numbers(first, batch->num_rows()));
    input.first_origins_.push_back(first);
    input.batches_.push_back(
        arrow::RecordBatch::Make(arrow_schema, batch->num_rows(), std::move(arrays)));
    input.rows_ += batch->num_rows();
  }
  input.relation_ = std::make_unique<HeldRelation>(std::move(full_schema), std::move(position),
                                                   input.batches_, input.rows_);
  return input;
}

EpochInput EpochInput::Empty(const types::Schema& source_schema, int64_t first_origin) {
  EpochInput input;
  input.first_origin_ = first_origin;
  input.report_ = std::make_shared<connector::ReadReport>();
  types::Schema schema = source_schema;
  schema.push_back(OriginField());
  input.relation_ = columnar::MakeRelation(std::move(schema), {});
  return input;
}

std::optional<RecordPlace> EpochInput::Find(int64_t origin) const {
  if (origin < first_origin_ || origin >= first_origin_ + rows_) return std::nullopt;
  const auto after = std::upper_bound(first_origins_.begin(), first_origins_.end(), origin);
  const size_t index = static_cast<size_t>(after - first_origins_.begin()) - 1;
  const arrow::RecordBatch& batch = *batches_[index];
  const int64_t row = origin - first_origins_[index];
  RecordPlace place;
  const auto file = ColumnOf(batch, provenance_.file_column, provenance_.file_field);
  if (file != nullptr && file->type_id() == arrow::Type::STRING && file->IsValid(row)) {
    place.file = static_cast<const arrow::StringArray&>(*file).GetString(row);
  }
  const auto part = ColumnOf(batch, provenance_.part_column, {});
  if (part != nullptr && part->type_id() == arrow::Type::INT32 && part->IsValid(row)) {
    place.file += fmt::format("[{}]", static_cast<const arrow::Int32Array&>(*part).Value(row));
  }
  const auto line = ColumnOf(batch, provenance_.line_column, provenance_.line_field);
  if (line != nullptr && line->type_id() == arrow::Type::INT64 && line->IsValid(row)) {
    place.line = static_cast<const arrow::Int64Array&>(*line).Value(row);
  }
  const auto record = batch.RemoveColumn(batch.num_columns() - 1);  // without the number itself
  if (record.ok()) place.raw = columnar::RowToJson(**record, row);
  return place;
}

}  // namespace oresmith::pipeline
