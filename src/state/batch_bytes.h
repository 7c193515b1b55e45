#pragma once

// Rows as bytes (an Arrow IPC stream), and rows picked out of batches.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"

namespace oresmith::state {

/// Batches of one schema as one text; empty without rows. Errors: kUnavailable.
Result<std::string> ToBytes(const std::vector<columnar::Batch>& batches);
/// What ToBytes was given. Errors: kCorrupt.
Result<std::vector<columnar::Batch>> FromBytes(std::string_view bytes);

/// The rows with these numbers, in this order. Errors: kUnavailable.
Result<columnar::Batch> Pick(const columnar::Batch& batch, const std::vector<int64_t>& rows);

}  // namespace oresmith::state
