#pragma once

// All files of a folder as they are now, as rows: read_files without STREAM.

#include <memory>

#include "base/result.h"
#include "columnar/batch.h"
#include "connector/files/file_source.h"

namespace oresmith::pipeline {

/// Reads the files anew at each Open. Records that cannot be read are treated as the format's mode
/// says; they are not kept.
Result<std::unique_ptr<columnar::Relation>> MakeFileRelation(
    const connector::FileSourceOptions& options);

}  // namespace oresmith::pipeline
