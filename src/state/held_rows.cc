#include "state/held_rows.h"

#include <arrow/array.h>
#include <arrow/util/byte_size.h>

#include <algorithm>
#include <utility>

#include "state/batch_bytes.h"

namespace oresmith::state {

std::vector<int64_t> TimesOf(const arrow::RecordBatch& batch, const TimeColumn& column) {
  const arrow::Array* array = batch.column(column.column).get();
  std::shared_ptr<arrow::Array> end;
  const arrow::Array* outer = array;
  if (column.is_window) {
    end = static_cast<const arrow::StructArray&>(*array).field(1);
    array = end.get();
  }
  const auto& instants = static_cast<const arrow::TimestampArray&>(*array);
  std::vector<int64_t> times(static_cast<size_t>(batch.num_rows()), kNoTime);
  for (int64_t row = 0; row < batch.num_rows(); ++row) {
    if (outer->IsValid(row) && instants.IsValid(row)) {
      times[static_cast<size_t>(row)] = instants.Value(row);
    }
  }
  return times;
}

void HeldRows::Add(columnar::Batch batch) {
  if (batch->num_rows() == 0) return;
  const std::vector<int64_t> times = TimesOf(*batch, time_);
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  Held held{.batch = std::move(batch), .earliest = *least, .latest = *most};
  held.bytes = arrow::util::TotalBufferSize(*held.batch);
  rows_ += held.batch->num_rows();
  bytes_ += held.bytes;
  held_.push_back(std::move(held));
}

Result<std::vector<columnar::Batch>> HeldRows::TakeUpTo(int64_t watermark) {
  std::vector<columnar::Batch> taken, left;
  if (earliest() > watermark) return taken;
  for (const Held& held : held_) {
    if (held.latest <= watermark) {
      taken.push_back(held.batch);
      continue;
    }
    if (held.earliest > watermark) {
      left.push_back(held.batch);
      continue;
    }
    const std::vector<int64_t> times = TimesOf(*held.batch, time_);
    std::vector<int64_t> done, waiting;
    for (size_t row = 0; row < times.size(); ++row) {
      (times[row] <= watermark ? done : waiting).push_back(static_cast<int64_t>(row));
    }
    TRY(columnar::Batch first, Pick(held.batch, done));
    TRY(columnar::Batch rest, Pick(held.batch, waiting));
    taken.push_back(std::move(first));
    left.push_back(std::move(rest));
  }
  Replace(std::move(left));
  return taken;
}

std::vector<columnar::Batch> HeldRows::All() const {
  std::vector<columnar::Batch> batches;
  for (const Held& held : held_) batches.push_back(held.batch);
  return batches;
}

void HeldRows::Replace(std::vector<columnar::Batch> batches) {
  held_.clear();
  rows_ = 0;
  bytes_ = 0;
  for (columnar::Batch& batch : batches) Add(std::move(batch));
}

int64_t HeldRows::earliest() const {
  int64_t earliest = kNoTime;
  for (const Held& held : held_) earliest = std::min(earliest, held.earliest);
  return earliest;
}

}  // namespace oresmith::state
