#pragma once

// Deletion vectors: the numbers of the rows of a data file that are deleted.
// Source: Delta PROTOCOL.md, "Deletion Vectors"; the Roaring bitmap format, 64-bit extension.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Row numbers from 0, ascending, each once.
struct DeletedRows {
  std::vector<int64_t> rows;
};

/// Errors: kCorrupt for a vector that breaks its format, a wrong checksum or a wrong count;
/// kUnsupported for one outside of the table's folder.
Result<std::shared_ptr<const DeletedRows>> ReadDeletedRows(storage::Store& store,
                                                           const std::string& root,
                                                           const DeletionVector& vector);

/// Parses the data of a vector: magic number and bitmap. More than `rows_max` rows are an error,
/// and take no more memory than these: a few bytes of a bitmap can stand for billions of rows.
Result<DeletedRows> ParseDeletedRows(std::string_view data, int64_t rows_max);

/// The rows of the batch that are not deleted. `first_row` is the number of its first row in the
/// file.
Result<columnar::Batch> WithoutDeletedRows(const columnar::Batch& batch, const DeletedRows& deleted,
                                           int64_t first_row);

/// The rows of the batch that are among `wanted`, as above.
Result<columnar::Batch> OnlyRows(const columnar::Batch& batch, const DeletedRows& wanted,
                                 int64_t first_row);

/// Bytes of Z85 text; absent when it is none.
std::optional<std::string> DecodeZ85(std::string_view text);

}  // namespace oresmith::delta
