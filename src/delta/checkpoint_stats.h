#pragma once

// Statistics and partition values as columns of their own types in a checkpoint, beside their
// texts: readers that pass over files then need not parse JSON. Source: Delta PROTOCOL.md,
// "Checkpoint Schema"; Spark, Checkpoints.

#include <arrow/builder.h>

#include <string>
#include <vector>

#include "delta/table.h"
#include "types/type.h"

namespace oresmith::delta {

/// The fields `partitionValues_parsed` and `stats_parsed` of `add`. None when the table does not
/// ask for them: delta.checkpoint.writeStatsAsStruct is not `true`.
class ParsedStats {
 public:
  ParsedStats(const Protocol& protocol, const Metadata& metadata);

  /// Appends the fields to those of `add`.
  void AddFields(types::Schema& checkpoint_columns) const;
  /// Appends a file's values to them. REQUIRES: `add` is of such a column; its fields before `next`
  /// have their values.
  arrow::Status Append(const AddFile& file, arrow::StructBuilder& add, int next) const;

 private:
  struct Leaf {
    std::vector<std::string> path;
    types::Type type;
    bool has_bounds = false;
  };

  void AddLeaves(const types::Schema& columns, std::vector<std::string>& path);
  arrow::Status AppendPartition(const AddFile& file, arrow::StructBuilder& values) const;
  arrow::Status AppendStats(const AddFile& file, arrow::StructBuilder& stats) const;

  std::vector<types::Field> fields_;  // of `add`
  types::Schema partition_;           // by the names in the log
  std::vector<Leaf> leaves_;          // in their order
  bool has_bounds_ = false;           // any of them
  bool says_tight_bounds_ = false;
};

}  // namespace oresmith::delta
