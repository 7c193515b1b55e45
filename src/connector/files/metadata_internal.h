#pragma once

// The hidden column `_metadata` of read_files.

#include <memory>
#include <vector>

#include "columnar/batch.h"
#include "connector/files/listing_internal.h"
#include "types/type.h"

namespace oresmith::connector {

inline constexpr std::string_view kMetadataColumn = "_metadata";

types::Field MetadataField();

/// The column for rows of `file`. `lines` has the line of each row, or is empty for a format
/// without lines: file_line is NULL then.
std::shared_ptr<arrow::Array> MakeMetadata(const FileEntry& file, int64_t row_count,
                                           const std::vector<int64_t>& lines);

}  // namespace oresmith::connector
