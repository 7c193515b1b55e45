#pragma once

// What a scan may leave out, and what it did.

#include <atomic>
#include <cstdint>
#include <memory>

#include "delta/predicate.h"

namespace oresmith::delta {

/// What became of the files of a scan and of the row groups of those that were opened. Counted
/// while it reads.
struct ScanCounts {
  std::atomic<int64_t> files_read = 0;
  std::atomic<int64_t> files_skipped = 0;
  std::atomic<int64_t> row_groups_read = 0;
  std::atomic<int64_t> row_groups_skipped = 0;
};

struct ScanOptions {
  /// Rows for which it is not true may be left out, and need not be: the caller filters them.
  Predicate predicate = {};
  std::shared_ptr<ScanCounts> counts = {};  ///< null: nobody asks
};

}  // namespace oresmith::delta
