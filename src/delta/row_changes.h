#pragma once

// Changing single rows of a table by writing their files anew (copy on write): rows that say where
// they stand, and the files that come and go when some of them are deleted.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "columnar/batch.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The rows of the snapshot with two last columns: `__file` INT, the number of the file in
/// Snapshot::files, and `__row` BIGINT, the number of the row in that file. Files for which
/// `may_match` is false are passed over; empty: none. The store must outlive it and its readers.
std::unique_ptr<columnar::Relation> MakeOriginScan(storage::Store& store, std::string root,
                                                   std::shared_ptr<const Snapshot> snapshot,
                                                   std::function<bool(const AddFile&)> may_match);

/// As CheckWritable, when the rows are held to CHECK constraints, invariants, generated columns and
/// defaults by the caller.
Status CheckWritableByRules(std::string_view table, const Protocol& protocol,
                            const Metadata& metadata);
/// A writer for the table's rows, as Table::NewWriter, for a caller that holds them to its rules:
/// this library knows no SQL.
Result<std::unique_ptr<FileWriter>> NewRuledWriter(storage::Store& store, const std::string& root,
                                                   const Snapshot& snapshot, const Clock& clock,
                                                   Random& random);
/// The SQL of a column's invariant; empty when it has none.
/// Errors: kUnsupported for one that cannot be read.
Result<std::string> InvariantOf(const types::Field& field);
/// A field's metadata as text; empty when there is none.
std::string MetadataText(const types::Field& field, std::string_view key);

/// The rows of the batch with these numbers in it.
Result<columnar::Batch> TakeRows(const columnar::Batch& batch, const std::vector<int64_t>& rows);

/// What becomes of a deleted row: it is gone, or it is the old image of an updated one.
enum class RowEnd { kDeleted, kUpdated };

/// By file, by row.
using EndedRows = std::map<int, std::map<int64_t, RowEnd>>;

/// Files that come and go in one commit.
struct FileChanges {
  std::vector<AddFile> adds;
  std::vector<AddFile> removes;
  std::vector<ChangeFile> change_files;
  int64_t copied_rows = 0;
};

/// Gathers the changes of one statement. One thread at a time.
class RowChanges {
 public:
  /// All must outlive it. `writer` takes the new rows and those that are copied. `adds_only`: no
  /// row ends, so that the new files alone tell the changes and no change feed is written.
  RowChanges(storage::Store& store, std::string root, std::shared_ptr<const Snapshot> snapshot,
             std::unique_ptr<FileWriter> writer, bool adds_only, const Clock& clock,
             Random& random);

  /// New rows, with the columns of the table. `change_type` is the change feed's word for them:
  /// "insert", "update_postimage".
  Status Write(const columnar::Batch& rows, std::string_view change_type);
  /// Writes the files of these rows without them, and closes everything.
  /// The change feed is written when the table has one.
  Result<FileChanges> Finish(const EndedRows& ended);

 private:
  Status CopyFile(int file, const std::map<int64_t, RowEnd>& ended, FileChanges& changes);
  Status WriteFeed(const columnar::Batch& rows, std::string_view change_type);

  storage::Store& store_;
  const std::string root_;
  const std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<FileWriter> writer_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<FileWriter> feed_;  // made when it is first needed
  const bool has_feed_;
};

}  // namespace oresmith::delta
