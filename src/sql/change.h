#pragma once

// INSERT, DELETE, UPDATE and MERGE as plans: each gives the rows that change, and for each what
// becomes of it and where it stands. Which files that means is nobody's business here.

#include <string>
#include <vector>

#include "base/result.h"
#include "sql/binder.h"
#include "sql/command.h"
#include "sql/plan.h"

namespace oresmith::sql {

/// What becomes of a row; the values of the plan's column "kind".
enum class RowChange : int { kDelete = 0, kUpdate = 1, kInsert = 2 };

/// The table that is changed.
struct ChangeTarget {
  /// The table's columns and two hidden ones: the number of the row's file (INT), and of the row in
  /// it (BIGINT).
  RelationInfo relation;
  /// For each column the SQL text of its default; empty: NULL.
  std::vector<std::string> defaults;
};

/// The columns of the table (values as they will be stored), then kind INT, file INT, row BIGINT.
/// A new row has no file and no row; a row that is deleted has NULL in the table's columns.
struct BoundChange {
  Plan plan;
  /// By column: the statement gives its value (for an UPDATE: changes it), in all clauses of a
  /// MERGE that write rows.
  std::vector<bool> given;
};

/// Errors of all: kInvalidInput or kUnsupported, with place and way out: among others for a value
/// whose type Spark's store assignment (ANSI) refuses.
Result<BoundChange> BindInsert(const InsertInto& insert, const SourceText& source, Catalog& catalog,
                               const BindOptions& options, const ChangeTarget& target);
/// `where` may be null: all rows.
Result<BoundChange> BindDelete(const Expr* where, const Identifier& alias, const SourceText& source,
                               Catalog& catalog, const BindOptions& options,
                               const ChangeTarget& target);
Result<BoundChange> BindUpdate(const UpdateTable& update, const SourceText& source,
                               Catalog& catalog, const BindOptions& options,
                               const ChangeTarget& target);
Result<BoundChange> BindMerge(const MergeInto& merge, const SourceText& source, Catalog& catalog,
                              const BindOptions& options, const ChangeTarget& target);

/// What each row of a table must be held to.
struct TableRules {
  struct Check {
    std::string name;
    std::string sql;  // a condition that is TRUE for each row
  };
  struct Generated {
    int column = 0;
    std::string sql;  // of the other columns
  };
  std::vector<Check> checks;
  /// Columns that are computed, whatever stood in them.
  std::vector<Generated> generated;
};
/// A plan with one scan over rows of `relation`: its columns, and for each check a BOOLEAN column
/// that is TRUE where it holds.
/// Errors: kInvalidInput for a rule that cannot be read, naming it.
Result<Plan> BindRules(const TableRules& rules, const RelationInfo& relation,
                       const BindOptions& options);

}  // namespace oresmith::sql
