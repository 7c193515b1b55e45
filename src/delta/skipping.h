#pragma once

// Passing over files and row groups that hold no row which a condition is true for.
// Source: Delta PROTOCOL.md, "Per-file Statistics"; Spark, DataSkippingReader.

#include <parquet/metadata.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delta/bounds.h"
#include "delta/predicate.h"
#include "delta/protocol.h"
#include "delta/table.h"

namespace oresmith::delta {

/// A predicate whose columns are found in a table. Immutable, so safe to use from many threads.
class Skipping {
 public:
  /// Columns that the table has not, and literals of types that cannot be compared with their
  /// column, are taken for what may hold.
  Skipping(const Predicate& predicate, const Metadata& metadata);
  ~Skipping();

  /// False when nothing can ever be passed over.
  bool is_useful() const { return !columns_.empty(); }
  /// False when the condition is true for no row of the file, by its partition values and
  /// statistics. What these leave open counts as true.
  bool MayMatch(const AddFile& file) const;
  /// The same by the Parquet footer. REQUIRES: 0 <= row_group < metadata.num_row_groups().
  bool MayMatch(const parquet::FileMetaData& metadata, int row_group) const;

 private:
  struct Node;
  struct Column {
    types::Type type;
    std::vector<std::string> path;  // of physical names
    std::vector<int> ids;           // of column mapping, -1 without
    bool is_partition = false;
    bool was_float = false;  // older files have statistics of that type
    bool is_top_level = false;
  };
  using BoundsOf = std::function<Bounds(const Column&)>;

  std::unique_ptr<Node> Bind(const Predicate& predicate, const Metadata& metadata);
  std::unique_ptr<Node> BindLeaf(const Predicate& predicate, const Metadata& metadata);
  Outcomes Evaluate(const Node& node, const std::vector<Bounds>& bounds) const;
  Outcomes EvaluateLeaf(const Node& node, const Bounds& bounds) const;
  Bounds BoundsInRowGroup(const Column& column, const parquet::FileMetaData& metadata,
                          int row_group) const;

  ColumnMapping mapping_;
  std::vector<Column> columns_;
  std::unique_ptr<Node> root_;
};

/// Calls Skipping::MayMatch: what a CommitRequest's ReadSet asks for.
std::function<bool(const AddFile&)> MayMatch(const Predicate& predicate, const Metadata& metadata);

}  // namespace oresmith::delta
