#pragma once

// Rows that wait for the watermark to pass their time.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"

namespace oresmith::state {

/// A time that never passes: of a row whose time is NULL.
inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::max();

/// Where a row's time stands: a column of instants, or of structs whose second field is one.
struct TimeColumn {
  int column = 0;
  bool is_window = false;
};

/// The times of a batch's rows, microseconds since 1970; kNoTime for NULL.
std::vector<int64_t> TimesOf(const arrow::RecordBatch& batch, const TimeColumn& column);

/// Batches of one schema. One thread at a time.
class HeldRows {
 public:
  explicit HeldRows(TimeColumn time) : time_(time) {}

  void Add(columnar::Batch batch);
  /// The rows whose time is at or before `watermark`; they are held no longer.
  Result<std::vector<columnar::Batch>> TakeUpTo(int64_t watermark);
  /// All rows, which stay.
  std::vector<columnar::Batch> All() const;
  void Replace(std::vector<columnar::Batch> batches);

  /// The earliest time of a row; kNoTime when there is none.
  int64_t earliest() const;
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }

 private:
  struct Held {
    columnar::Batch batch;
    int64_t earliest = kNoTime, latest = kNoTime;
    int64_t bytes = 0;
  };

  const TimeColumn time_;
  std::vector<Held> held_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace oresmith::state
