#pragma once

// Rows in memory: Arrow record batches, how they are read one after another, and how Spark's types
// map to Arrow's.

#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::columnar {

/// Immutable rows; may be shared between threads.
using Batch = std::shared_ptr<const arrow::RecordBatch>;

/// Rows in some order, pulled batch by batch.
class BatchReader {
 public:
  virtual ~BatchReader() = default;
  /// The next batch, never empty; nullptr at the end. Safe to call from many threads at once: each
  /// batch is given out once, and the work of making it is done outside of locks.
  /// Errors: those of the source.
  virtual Result<Batch> Next() = 0;
};

/// Rows that can be read (again and again) with only some of their columns.
class Relation {
 public:
  virtual ~Relation() = default;
  /// All columns, in the order that `Open` counts them.
  virtual const types::Schema& schema() const = 0;
  /// Reads the columns with these indexes into `schema()`, in this order. An empty list gives
  /// batches with no columns and the right number of rows.
  virtual Result<std::unique_ptr<BatchReader>> Open(const std::vector<int>& columns) const = 0;
  /// Number of rows, when it is known without reading.
  virtual std::optional<int64_t> row_count() const { return std::nullopt; }
};

/// A relation over batches that are in memory. Each batch has the columns of `schema`.
std::unique_ptr<Relation> MakeRelation(types::Schema schema, std::vector<Batch> batches);

/// Arrow's type for one of Spark's: timestamp is timestamp(us, "UTC"), timestamp_ntz is
/// timestamp(us), string utf8, decimal decimal128, void null, list's child is called "element",
/// map's entries "key" and "value".
std::shared_ptr<arrow::DataType> ToArrow(const types::Type& type);
std::shared_ptr<arrow::Schema> ToArrow(const types::Schema& schema);

/// Spark's type for one of Arrow's, as a Parquet or IPC file may hold it (large and view types,
/// any time unit, dictionaries of supported values included).
/// Errors: kUnsupported, with the Arrow type's name and the field's path.
Result<types::Type> FromArrow(const arrow::DataType& type);
Result<types::Schema> FromArrow(const arrow::Schema& schema);

/// The same rows with exactly the columns of `schema`, by name (ignoring case where that is
/// unambiguous): columns that are missing are NULL, types are cast where no value can change
/// (int to long, float to double, large_utf8 to utf8, ns/ms/s to us, dictionary to plain, date32).
/// Errors: kInvalidInput when a column cannot be cast so, or a NULL stands in a column that is not
/// nullable.
Result<Batch> Conform(const Batch& batch, const types::Schema& schema);

/// One row as a JSON object, for quarantine and messages: all columns, NULLs included; binary as
/// base64; times in ISO 8601. REQUIRES: 0 <= row < batch.num_rows().
std::string RowToJson(const arrow::RecordBatch& batch, int64_t row);

/// An Error from Arrow's Status.
Error FromArrowStatus(const arrow::Status& status, ErrorKind kind, std::string_view context);

}  // namespace oresmith::columnar
