#pragma once

// Changing single rows of a table: rows that say where they stand, and what becomes of their files
// when some of them are deleted. A table with delta.enableDeletionVectors gets lists of deleted
// rows (merge on read); the files of any other are written anew without them (copy on write).

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "columnar/batch.h"
#include "delta/deletion_vector_write.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {

/// The rows of the snapshot with two last columns: `__file` INT, the number of the file in
/// Snapshot::files, and `__row` BIGINT, the number of the row in that file. Files for which
/// `may_match` is false are passed over; empty: none. The store must outlive it and its readers.
std::unique_ptr<columnar::Relation> MakeOriginScan(storage::Store& store, std::string root,
                                                   std::shared_ptr<const Snapshot> snapshot,
                                                   std::function<bool(const AddFile&)> may_match);

/// As CheckWritable, when the rows are held to CHECK constraints, invariants, generated columns,
/// defaults and identity columns by the caller.
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

/// What a statement may do to rows, which says what the change feed has to be told.
enum class RowEffect {
  kAdds,     ///< only adds some: the new files tell it
  kDeletes,  ///< adds and deletes: new files and lists of deleted rows tell it, copies do not
  kAny,      ///< also updates
};

/// A file that stays, with a new list of its deleted rows.
struct VectorChange {
  AddFile before;
  AddFile after;
};

/// Files that come and go in one commit.
struct FileChanges {
  std::vector<AddFile> adds;
  std::vector<AddFile> removes;
  std::vector<VectorChange> vectors;
  std::vector<ChangeFile> change_files;
  int64_t copied_rows = 0;
};

/// Gathers the changes of one statement. One thread at a time.
class RowChanges {
 public:
  /// All must outlive it. `writer` takes the new rows and those that are copied.
  RowChanges(storage::Store& store, std::string root, std::shared_ptr<const Snapshot> snapshot,
             std::unique_ptr<FileWriter> writer, RowEffect effect, const Clock& clock,
             Random& random);

  /// New rows, with the columns of the table. `change_type` is the change feed's word for them:
  /// "insert", "update_postimage".
  Status Write(const columnar::Batch& rows, std::string_view change_type);
  /// Ends these rows, and closes everything. A file without a row that is left goes as a whole.
  /// The change feed is written when the table has one and the files do not tell it.
  Result<FileChanges> Finish(const EndedRows& ended);

 private:
  Status CopyFile(const AddFile& old, const std::map<int64_t, RowEnd>& ended, FileChanges& changes);
  Status MarkRows(const AddFile& old, const std::map<int64_t, RowEnd>& ended, FileChanges& changes);
  Status WriteEndedRows(const AddFile& old, const std::map<int64_t, RowEnd>& ended);
  Status WriteFeed(const columnar::Batch& rows, std::string_view change_type);

  storage::Store& store_;
  const std::string root_;
  const std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<FileWriter> writer_;
  const Clock& clock_;
  Random& random_;
  std::unique_ptr<FileWriter> feed_;  // made when it is first needed
  const bool uses_vectors_;
  const bool has_feed_;
  DeletionVectorWriter vectors_;
};

}  // namespace oresmith::delta
