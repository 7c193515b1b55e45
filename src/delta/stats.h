#pragma once

// Statistics of a data file while it is written: rows, and per column the least and greatest value
// and the number of NULLs, as JSON that equals Spark's byte for byte.
// Source: Delta PROTOCOL.md, "Per-file Statistics"; Spark, StatisticsCollection.

#include <arrow/record_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "delta/protocol.h"
#include "delta/table.h"
#include "types/type.h"

namespace oresmith::delta {

/// What is kept of one leaf column. Values come as whole arrays.
class LeafStats {
 public:
  virtual ~LeafStats() = default;
  virtual void Add(const arrow::Array& array) = 0;
  /// JSON of the bounds; empty when there is none (only NULLs, or a type without bounds).
  virtual std::string MinJson() const = 0;
  virtual std::string MaxJson() const = 0;
};

/// One pass over each column of each batch. One thread at a time.
class StatsCollector {
 public:
  /// `schema`: columns of the data files, without partition columns. Which leaves are looked at is
  /// said by the properties delta.dataSkippingNumIndexedCols and delta.dataSkippingStatsColumns;
  /// under delta.columnMapping.mode the JSON has physical names.
  StatsCollector(const types::Schema& schema, const Properties& configuration);
  ~StatsCollector();

  /// REQUIRES: the batch has the columns of the schema.
  void Add(const arrow::RecordBatch& batch);
  int64_t rows() const { return rows_; }
  /// The "stats" of the add action.
  std::string ToJson() const;

 private:
  struct Node;
  enum class Part { kMin, kMax, kNullCount };
  std::unique_ptr<Node> MakeNode(const types::Field& field, const std::string& path,
                                 class ColumnChoice& choice) const;
  static void AddTo(Node& node, const arrow::Array& array);
  static void AppendNodes(const std::vector<std::unique_ptr<Node>>& nodes, Part part,
                          std::string& out);

  const ColumnMapping mapping_;
  std::vector<std::unique_ptr<Node>> columns_;  // null for a column that is not looked at
  int64_t rows_ = 0;
  /// Where rows may be deleted later, bounds say whether they are of those that are left.
  const bool says_tight_bounds_;
};

/// The schema cut down to the leaves that are looked at.
types::Schema IndexedColumns(const types::Schema& schema, const Properties& configuration);

/// Keeps bounds of values of this type; nullptr for a type that has none.
std::unique_ptr<LeafStats> MakeLeafStats(const types::Type& type);

/// The first 32 characters.
std::string TruncatedMin(std::string_view text);
/// A text that is not less than any that begins like `text`, as Spark makes it; absent when there
/// is none that is short enough.
std::optional<std::string> TruncatedMax(std::string_view text);

}  // namespace oresmith::delta
