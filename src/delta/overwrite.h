#pragma once

// Writes that replace part of a table, and rows that are checked while they are written. What a
// predicate means is the caller's business: it is passed in as a function over batches.
// Source: Spark, WriteIntoDelta (replaceWhere, dynamic partition overwrite), CheckDeltaInvariant.

#include <arrow/array/array_primitive.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"

namespace oresmith::delta {

/// For each row of the batch (all columns of the table) whether it is meant; NULL is not.
using RowPredicate =
    std::function<Result<std::shared_ptr<arrow::BooleanArray>>(const columnar::Batch&)>;

/// Called with each batch before it is written. Its error, which names the column or the
/// constraint, is that of Write.
using RowCheck = std::function<Status(const columnar::Batch&)>;

/// A writer that checks rows first: CHECK constraints, invariants, generated columns.
std::unique_ptr<FileWriter> WithRowCheck(std::unique_ptr<FileWriter> writer, RowCheck check);

/// The check that replaceWhere makes: each row is one of those that are replaced.
/// Errors of the check: kInvalidInput, with the first row that is not.
RowCheck MustMatch(RowPredicate predicate, std::string predicate_text);

/// The commit that replaces the partitions in which `adds` lie, and no others.
/// REQUIRES: `snapshot` is one of the table that `adds` were written for.
/// Errors: kInvalidInput when the table has no partitions.
Result<CommitRequest> OverwritePartitions(const Snapshot& snapshot, std::vector<AddFile> adds);

struct Replacement {
  RowPredicate rows = {};
  /// False for files that surely hold no such row, by partition values and statistics; empty: any
  /// may.
  std::function<bool(const AddFile&)> may_match = {};
  std::string predicate_text = {};
  std::vector<AddFile> adds = {};  ///< the new rows
};

/// The commit that takes all rows of the predicate out of the newest snapshot and puts `adds` in
/// their place: files of which all rows go are removed, those of which some go are rewritten. It
/// rests on the predicate: rows of others that would match are a conflict.
/// Errors: those of the predicate; kUnsupported for a table with a change feed when files must be
/// rewritten; those of scan and writer.
Result<CommitRequest> ReplaceWhere(Table& table, Replacement replacement);

}  // namespace oresmith::delta
