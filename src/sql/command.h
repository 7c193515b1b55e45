#pragma once

// The syntax tree of commands over tables: what `oresmith query` runs besides a SELECT.
// Source: Delta's DeltaSqlBase.g4; Spark's SqlBaseParser.g4; Databricks' SQL reference.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sql/ast.h"

namespace oresmith::sql {

/// A table by name, or delta.`/path`.
struct TableTarget {
  QualifiedName name;
  Span span;
};

/// DESCRIBE [TABLE] [EXTENDED] t
struct DescribeTable {
  TableTarget table;
  bool extended = false;
};
/// DESCRIBE HISTORY t [LIMIT n]
struct DescribeHistory {
  TableTarget table;
  std::optional<int64_t> limit;
};
/// DESCRIBE DETAIL t
struct DescribeDetail {
  TableTarget table;
};
/// SHOW TABLES [IN s] [[LIKE] 'pattern']
struct ShowTables {
  QualifiedName schema;
  std::string pattern;  // `*` any text, `|` or; empty: all
};
struct ShowColumns {
  TableTarget table;
};
/// SHOW TBLPROPERTIES t [('key')]
struct ShowProperties {
  TableTarget table;
  std::string key;
};
struct ShowCreateTable {
  TableTarget table;
};

/// OPTIMIZE t [FULL] [WHERE p] [ZORDER BY (c, ...)]
/// REORG TABLE t [WHERE p] APPLY (PURGE) is one too.
struct Optimize {
  TableTarget table;
  bool full = false;
  bool purge = false;  // REORG: rewrites the files with deleted rows
  ExprPtr where;
  std::vector<Identifier> zorder_by;
};
/// VACUUM t [LITE | FULL] [RETAIN n HOURS] [DRY RUN]
struct Vacuum {
  TableTarget table;
  bool lite = false;
  std::optional<double> retain_hours;
  bool dry_run = false;
};
/// RESTORE [TABLE] t TO VERSION AS OF n | TIMESTAMP AS OF '...'
struct Restore {
  TableTarget table;
  ExprPtr version_as_of;
  ExprPtr timestamp_as_of;
};
/// FSCK REPAIR TABLE t [DRY RUN]
struct FsckRepair {
  TableTarget table;
  bool dry_run = false;
};
/// CONVERT TO DELTA parquet.`path` [NO STATISTICS] [PARTITIONED BY (c type, ...)]
struct ConvertToDelta {
  TableTarget table;
  bool no_statistics = false;
  std::vector<ColumnDefinition> partitioned_by;
};

/// Where a column stands among the others.
struct ColumnPosition {
  bool first = false;
  Identifier after;  // empty text: at the end
};
struct AddColumns {
  struct Column {
    QualifiedName name;  // a.b: the field b of the struct a
    ColumnDefinition definition;
    ColumnPosition position;
  };
  std::vector<Column> columns;
};
/// ALTER COLUMN c, one change of these.
struct ChangeColumn {
  QualifiedName column;
  std::optional<std::string> comment;
  std::optional<types::Type> type;
  std::optional<bool> nullable;            // DROP NOT NULL, SET NOT NULL
  std::optional<std::string> new_default;  // SET DEFAULT; empty text: DROP DEFAULT
  std::optional<ColumnPosition> position;
  bool sync_identity = false;  // SYNC IDENTITY
};
struct RenameColumn {
  QualifiedName column;
  Identifier to;
};
struct DropColumns {
  std::vector<QualifiedName> columns;
  bool if_exists = false;
};
struct SetProperties {
  std::vector<Property> properties;
};
struct UnsetProperties {
  std::vector<Property> properties;  // values are empty
  bool if_exists = false;
};
struct AddConstraint {
  Identifier name;
  ExprPtr check;
};
struct DropConstraint {
  Identifier name;
  bool if_exists = false;
};
struct AlterTable {
  TableTarget table;
  Span change_span;
  std::variant<AddColumns, ChangeColumn, RenameColumn, DropColumns, SetProperties, UnsetProperties,
               AddConstraint, DropConstraint>
      change;
};
/// COMMENT ON TABLE t IS 'text' | NULL
struct CommentOnTable {
  TableTarget table;
  std::string comment;
};

/// INSERT INTO t [(c, ...)] [BY NAME] query, INSERT OVERWRITE, INSERT INTO t REPLACE WHERE p query
struct InsertInto {
  TableTarget table;
  std::vector<Identifier> columns;
  bool by_name = false;
  bool overwrite = false;
  bool evolves = false;  // WITH SCHEMA EVOLUTION: columns that the table lacks are added
  ExprPtr replace_where;
  QueryPtr query;
};
struct DeleteFrom {
  TableTarget table;
  Identifier alias;
  ExprPtr where;
};
struct Assignment {
  QualifiedName column;
  ExprPtr value;  // null: DEFAULT
};
struct UpdateTable {
  TableTarget table;
  Identifier alias;
  std::vector<Assignment> assignments;
  ExprPtr where;
};
enum class MergeMatch { kMatched, kNotMatched, kNotMatchedBySource };
enum class MergeAction { kUpdate, kDelete, kInsert };
struct MergeClause {
  MergeMatch match = MergeMatch::kMatched;
  MergeAction action = MergeAction::kUpdate;
  ExprPtr condition;  // null: always
  bool star = false;  // UPDATE SET *, INSERT *
  std::vector<Assignment> assignments;
  Span span;
};
struct MergeInto {
  TableTarget table;
  bool evolves = false;  // WITH SCHEMA EVOLUTION
  Identifier alias;
  RelationPtr source;
  ExprPtr on;
  std::vector<MergeClause> clauses;  // in the order of the text
};
struct TruncateTable {
  TableTarget table;
};

/// CREATE [OR REPLACE] TABLE [IF NOT EXISTS] t (...) USING DELTA ... [AS query]
struct CreateTable {
  TableTarget table;
  bool if_not_exists = false;
  bool or_replace = false;
  std::vector<ColumnDefinition> columns;
  std::vector<Identifier> partitioned_by;
  std::string comment;
  std::vector<Property> properties;
  QueryPtr query;
};
struct DropTable {
  TableTarget table;
  bool if_exists = false;
};

using CommandNode =
    std::variant<DescribeTable, DescribeHistory, DescribeDetail, ShowTables, ShowColumns,
                 ShowProperties, ShowCreateTable, Optimize, Vacuum, Restore, FsckRepair,
                 ConvertToDelta, AlterTable, CommentOnTable, InsertInto, DeleteFrom, UpdateTable,
                 MergeInto, TruncateTable, CreateTable, DropTable>;
struct Command {
  CommandNode node;
};

}  // namespace oresmith::sql
