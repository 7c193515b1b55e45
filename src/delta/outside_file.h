#pragma once

// Files that the log names by an absolute path: those of a shallow clone lie in another table.

#include <memory>
#include <string>

#include "base/result.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Where a file of an action is.
struct FilePlace {
  storage::Store* store = nullptr;
  std::string key;
  std::unique_ptr<storage::Store> own = {};  ///< `store`, when it is not the table's
};

/// `path`: decoded; relative to the table at `root` of `store`, or absolute. Absolute paths are
/// found in the same store, and on the local disk from a table on the local disk.
/// Errors: kUnsupported for a path into another store.
Result<FilePlace> PlaceOfFile(storage::Store& store, const std::string& root,
                              const std::string& path);

}  // namespace oresmith::delta
