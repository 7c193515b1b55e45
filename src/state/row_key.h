#pragma once

// Columns of a row as bytes that are equal exactly when SQL calls the rows the same: NULL is NULL,
// all NaN are one, 0.0 is -0.0.

#include <arrow/record_batch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::state {

/// Appends the bytes of `row` of these columns. Rows of equal schemas can be compared.
/// REQUIRES: CanBeKey of each column's type.
void AppendRowKey(const arrow::RecordBatch& batch, const std::vector<int>& columns, int64_t row,
                  std::string& bytes);

/// Whether any column is NULL in the row: `=` finds no partner for it.
bool HasNull(const arrow::RecordBatch& batch, const std::vector<int>& columns, int64_t row);

/// MAP and VARIANT cannot: two that are the same may be written in two ways.
bool CanBeKey(const types::Type& type);

}  // namespace oresmith::state
