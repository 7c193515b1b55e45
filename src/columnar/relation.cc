#include <atomic>
#include <utility>

#include "columnar/batch.h"

namespace oresmith::columnar {
namespace {

// The batches that have rows, shared by a relation and all its readers.
using Batches = std::shared_ptr<const std::vector<Batch>>;

class MemoryReader final : public BatchReader {
 public:
  MemoryReader(Batches batches, std::vector<int> columns, std::shared_ptr<arrow::Schema> schema)
      : batches_(std::move(batches)), columns_(std::move(columns)), schema_(std::move(schema)) {}

  Result<Batch> Next() override {
    const size_t index = next_.fetch_add(1, std::memory_order_relaxed);
    if (index >= batches_->size()) return Batch();
    const Batch& batch = (*batches_)[index];
    if (IsWhole(*batch)) return batch;
    arrow::ArrayVector arrays;
    arrays.reserve(columns_.size());
    for (const int column : columns_) arrays.push_back(batch->column(column));
    return Batch(arrow::RecordBatch::Make(schema_, batch->num_rows(), std::move(arrays)));
  }

 private:
  bool IsWhole(const arrow::RecordBatch& batch) const {
    if (static_cast<int>(columns_.size()) != batch.num_columns()) return false;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] != static_cast<int>(i)) return false;
    }
    return true;
  }

  const Batches batches_;
  const std::vector<int> columns_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::atomic<size_t> next_ = 0;
};

class MemoryRelation final : public Relation {
 public:
  MemoryRelation(types::Schema schema, std::vector<Batch> batches) : schema_(std::move(schema)) {
    std::vector<Batch> full;
    full.reserve(batches.size());
    for (Batch& batch : batches) {
      ORESMITH_ASSERT(batch != nullptr);
      ORESMITH_ASSERT(batch->num_columns() == static_cast<int>(schema_.size()));
      if (batch->num_rows() == 0) continue;
      rows_ += batch->num_rows();
      full.push_back(std::move(batch));
    }
    batches_ = std::make_shared<const std::vector<Batch>>(std::move(full));
  }

  const types::Schema& schema() const override { return schema_; }

  Result<std::unique_ptr<BatchReader>> Open(const std::vector<int>& columns) const override {
    types::Schema chosen;
    chosen.reserve(columns.size());
    for (const int column : columns) {
      ORESMITH_ASSERT(column >= 0 && column < static_cast<int>(schema_.size()));
      chosen.push_back(schema_[static_cast<size_t>(column)]);
    }
    return std::make_unique<MemoryReader>(batches_, columns, ToArrow(chosen));
  }

  std::optional<int64_t> row_count() const override { return rows_; }

 private:
  const types::Schema schema_;
  Batches batches_;
  int64_t rows_ = 0;
};

}  // namespace

std::unique_ptr<Relation> MakeRelation(types::Schema schema, std::vector<Batch> batches) {
  return std::make_unique<MemoryRelation>(std::move(schema), std::move(batches));
}

}  // namespace oresmith::columnar
