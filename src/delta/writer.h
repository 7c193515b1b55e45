#pragma once

// The FileWriter of a table.

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// A writer of rows of `metadata`'s schema. The references must outlive it.
/// Errors: kInvalidInput for a compression that is not known.
Result<std::unique_ptr<FileWriter>> MakeFileWriter(storage::Store& store, std::string root,
                                                   const Metadata& metadata,
                                                   const WriterOptions& options, const Clock& clock,
                                                   Random& random);

}  // namespace oresmith::delta
