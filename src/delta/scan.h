#pragma once

// Reading the rows of data files.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// Files to read, all with the columns of one metadata.
struct ScanInput {
  storage::Store& store;
  std::string root;
  Version version;  ///< for messages
  Metadata metadata;
  std::vector<std::shared_ptr<const AddFile>> files;
};

/// The rows of the files. The store must outlive it and its readers.
std::unique_ptr<columnar::Relation> MakeScan(ScanInput input);

}  // namespace oresmith::delta
