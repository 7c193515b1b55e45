#pragma once

// Partition values: Spark's texts in the log, typed values in batches.
// Source: Delta PROTOCOL.md, "Partition Value Serialization".

#include <arrow/array.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::delta {

/// An array of `rows` times the value. An absent value is NULL; so is an empty one of any type.
/// Errors: kCorrupt when the text is no value of the type.
Result<std::shared_ptr<arrow::Array>> PartitionArray(const types::Type& type,
                                                     const std::optional<std::string>& value,
                                                     int64_t rows);

/// The text of row `row`; absent for NULL.
/// REQUIRES: array has type ToArrow(type), and the type may be partitioned by.
std::optional<std::string> PartitionText(const arrow::Array& array, const types::Type& type,
                                         int64_t row);

/// The same as it stands in the name of a folder: Spark writes times there in another form.
std::optional<std::string> PartitionFolderText(const arrow::Array& array, const types::Type& type,
                                               int64_t row);

}  // namespace oresmith::delta
