#pragma once

// Reading the rows of data files.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/scan_options.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

struct DeletedRows;

/// Files to read, all with the columns of one metadata.
struct ScanInput {
  storage::Store& store;
  std::string root;
  Version version;  ///< for messages
  Metadata metadata;
  std::vector<std::shared_ptr<const AddFile>> files;
  ScanOptions options = {};
  /// Of these files (of `files`) only these rows are read, whatever deletion vectors they have.
  std::map<const AddFile*, std::shared_ptr<const DeletedRows>> only_rows = {};
  /// What to do about a file that is missing; empty: nobody knows.
  std::string missing_fix = {};
};

/// The rows of the files, without those that the predicate lets it pass over. The store must
/// outlive it and its readers.
std::unique_ptr<columnar::Relation> MakeScan(ScanInput input);

/// The rows of a snapshot of the table at `root`, as Table::Scan gives them, but for what the
/// options let it pass over. The store must outlive the relation and its readers.
std::unique_ptr<columnar::Relation> ScanSnapshot(storage::Store& store, std::string root,
                                                 const Snapshot& snapshot,
                                                 const ScanOptions& options);

}  // namespace oresmith::delta
