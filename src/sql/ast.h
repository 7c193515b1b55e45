#pragma once

// The syntax tree of Spark SQL: what the text says, with a position on every node. No names are
// resolved and no types are known here; that is the binder's work (binder.h).
// Source: Spark 4.3 SqlBaseParser.g4; Databricks' pipeline statements.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "types/type.h"

namespace oresmith::sql {

/// Where a node stands in its file: byte offsets [begin, end).
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct Expr;
struct Query;
struct Relation;
using ExprPtr = std::unique_ptr<Expr>;
using QueryPtr = std::unique_ptr<Query>;
using RelationPtr = std::unique_ptr<Relation>;

/// A name as written, quotes removed.
struct Identifier {
  std::string text;
  bool quoted = false;
  Span span;
};
/// catalog.schema.table, a.b.c
using QualifiedName = std::vector<Identifier>;

// ---- expressions ----------------------------------------------------------------------------

struct NullLiteral {};
struct BooleanLiteral {
  bool value;
};
/// Digits as written, without suffix: the binder decides INT, BIGINT, DECIMAL or DOUBLE. As in
/// Spark a minus before a number binds more tightly than `::` after it: (-1)::STRING.
/// `suffix`: 0, 'Y' byte, 'S' short, 'L' long, 'F' float, 'D' double, 'B' for BD decimal.
struct NumberLiteral {
  std::string digits;
  char suffix = 0;
};
struct StringLiteral {
  std::string value;  // escapes resolved, adjacent literals joined
};
struct BinaryLiteral {
  std::string bytes;  // X'1A'
};
/// DATE '...', TIMESTAMP '...', TIMESTAMP_NTZ '...', TIMESTAMP_LTZ '...'
struct TypedLiteral {
  std::string type;  // upper case
  std::string value;
};
/// INTERVAL 1 DAY 2 HOURS, INTERVAL '1' DAY, INTERVAL '1-2' YEAR TO MONTH, INTERVAL '1 day 2 hours'
struct IntervalLiteral {
  struct Part {
    ExprPtr amount;       // a NumberLiteral or StringLiteral, perhaps under a unary minus
    std::string unit;     // upper case, singular; empty when the text itself has the units
    std::string to_unit;  // for `YEAR TO MONTH`; empty otherwise
  };
  std::vector<Part> parts;
};
/// a, t.a, t.s.field, or a lambda's parameter
struct NameRef {
  QualifiedName parts;
};
/// * or t.*, with EXCEPT (...)
struct Star {
  QualifiedName qualifier;
  std::vector<QualifiedName> except;
};
/// x.field where x is not a plain name
struct FieldAccess {
  ExprPtr base;
  Identifier field;
};
/// x[i]
struct Subscript {
  ExprPtr base;
  ExprPtr index;
};
/// x:path.to[0].field (Databricks), the path as written
struct JsonPath {
  ExprPtr base;
  std::string path;
};
/// `op` is upper case: + - * / % DIV || = <=> <> < <= > >= AND OR & | ^ LIKE ILIKE RLIKE
struct BinaryOp {
  std::string op;
  ExprPtr left;
  ExprPtr right;
  bool negated = false;  // NOT LIKE, NOT RLIKE
  ExprPtr escape;        // LIKE ... ESCAPE
};
/// `op`: - + ~ NOT
struct UnaryOp {
  std::string op;
  ExprPtr operand;
};
/// IS [NOT] NULL | TRUE | FALSE | UNKNOWN; `what` is upper case
struct IsTest {
  ExprPtr operand;
  std::string what;
  bool negated = false;
};
/// IS [NOT] DISTINCT FROM is BinaryOp "<=>" with `negated` the other way round.
struct Between {
  ExprPtr operand, low, high;
  bool negated = false;
};
struct InList {
  ExprPtr operand;
  std::vector<ExprPtr> values;
  bool negated = false;
};
struct InSubquery {
  ExprPtr operand;
  QueryPtr query;
  bool negated = false;
};
struct Exists {
  QueryPtr query;
};
struct ScalarSubquery {
  QueryPtr query;
};
/// CASE [operand] WHEN ... THEN ... [ELSE ...] END
struct Case {
  ExprPtr operand;
  std::vector<std::pair<ExprPtr, ExprPtr>> branches;
  ExprPtr otherwise;
};
/// CAST(x AS t), TRY_CAST(x AS t), x::t
struct Cast {
  ExprPtr operand;
  types::Type type;
  Span type_span;
  bool is_try = false;
};
/// EXTRACT(unit FROM x)
struct Extract {
  std::string unit;  // upper case
  ExprPtr operand;
};
/// x -> e, (x, i) -> e
struct Lambda {
  std::vector<Identifier> parameters;
  ExprPtr body;
};
/// name => value inside a call
struct NamedArgument {
  Identifier name;
  ExprPtr value;
};

struct SortKey {
  ExprPtr expr;
  bool descending = false;
  std::optional<bool> nulls_first;  // absent: Spark's default, first when ascending
};
struct FrameBound {
  enum class Kind { kUnboundedPreceding, kPreceding, kCurrentRow, kFollowing, kUnboundedFollowing };
  Kind kind = Kind::kCurrentRow;
  ExprPtr amount;
};
struct WindowFrame {
  bool rows = false;  // else RANGE
  FrameBound start, end;
};
struct WindowSpec {
  Identifier reference;  // OVER w; empty text when there is none
  std::vector<ExprPtr> partition_by;
  std::vector<SortKey> order_by;
  std::optional<WindowFrame> frame;
};
/// f(args) with everything that can follow it. `name` keeps its spelling; one or more parts.
struct FunctionCall {
  QualifiedName name;
  std::vector<ExprPtr> args;
  bool distinct = false;
  bool ignore_nulls = false;
  ExprPtr filter;  // FILTER (WHERE ...)
  std::vector<SortKey> within_group;
  std::optional<WindowSpec> over;
};
/// `(a, b)`: a struct constructor
struct TupleExpr {
  std::vector<ExprPtr> items;
};

struct Expr {
  Span span;
  std::variant<NullLiteral, BooleanLiteral, NumberLiteral, StringLiteral, BinaryLiteral,
               TypedLiteral, IntervalLiteral, NameRef, Star, FieldAccess, Subscript, JsonPath,
               BinaryOp, UnaryOp, IsTest, Between, InList, InSubquery, Exists, ScalarSubquery, Case,
               Cast, Extract, Lambda, NamedArgument, FunctionCall, TupleExpr>
      node;
};

// ---- queries --------------------------------------------------------------------------------

struct Property {
  std::string key;
  std::string value;
  Span span;
};
struct SelectItem {
  ExprPtr expr;
  std::vector<Identifier> aliases;  // several for a generator: posexplode(x) AS (i, v)
};

/// A table or view by name; `stream`: STREAM t or STREAM(t).
struct TableRef {
  QualifiedName name;
  bool stream = false;
  ExprPtr version_as_of;    // VERSION AS OF n, or t@v3
  ExprPtr timestamp_as_of;  // TIMESTAMP AS OF '...'
};
/// read_files(...), range(...), a generator in FROM; `stream`: STREAM f(...)
struct TableFunctionRef {
  QualifiedName name;
  std::vector<ExprPtr> args;
  bool stream = false;
  bool lateral = false;  // LATERAL f(x): the arguments see the tables to the left
};
struct SubqueryRef {
  QueryPtr query;
  bool lateral = false;
};
struct ValuesRef {
  std::vector<std::vector<ExprPtr>> rows;
};
enum class JoinType { kInner, kLeft, kRight, kFull, kCross, kLeftSemi, kLeftAnti };
struct Join {
  RelationPtr left, right;
  JoinType type = JoinType::kInner;
  bool natural = false;
  ExprPtr on;
  std::vector<Identifier> using_columns;
};
/// input LATERAL VIEW [OUTER] f(args) alias AS c1, c2
struct LateralView {
  RelationPtr input;
  bool outer = false;
  ExprPtr generator;  // a FunctionCall
  Identifier table_alias;
  std::vector<Identifier> column_aliases;
};

/// input PIVOT (aggregates FOR columns IN (values))
struct Pivot {
  RelationPtr input;
  std::vector<SelectItem> aggregates;
  std::vector<Identifier> columns;  // of the input; with several each value is a TupleExpr
  std::vector<SelectItem> values;
};
/// input UNPIVOT [INCLUDE NULLS] (values FOR name IN (sets)): each set gives a row.
struct Unpivot {
  struct Set {
    std::vector<QualifiedName> columns;  // one for each value column
    Identifier alias;                    // empty text when there is none
    Span span;
  };
  RelationPtr input;
  bool include_nulls = false;
  std::vector<Identifier> value_columns;
  Identifier name_column;
  std::vector<Set> sets;
};

/// WATERMARK column DELAY OF INTERVAL ...
struct Watermark {
  SelectItem time;
  ExprPtr delay;
  Span span;
};
/// WITH ('option' = 'value') after a table
struct ReadOptions {
  std::vector<Property> properties;
  Span span;
};

struct Relation {
  Span span;
  std::variant<TableRef, TableFunctionRef, SubqueryRef, ValuesRef, Join, LateralView, Pivot,
               Unpivot>
      node;
  std::optional<ReadOptions> options = {};
  std::optional<Watermark> watermark = {};
  Identifier alias;  // empty text when there is none
  std::vector<Identifier> column_aliases;
};

/// What GROUP BY lists when it has several groupings: a set of keys, as `a`, `(a, b)` or `()`, or
/// sets made of other elements.
struct GroupingElement {
  enum class Kind { kKeys, kRollup, kCube, kSets };
  Kind kind = Kind::kKeys;
  std::vector<ExprPtr> keys;              // kKeys
  std::vector<GroupingElement> elements;  // the others
  Span span;
};

struct Select {
  bool distinct = false;
  std::vector<SelectItem> items;
  std::vector<RelationPtr> from;  // several: cross joined
  ExprPtr where;
  std::vector<ExprPtr> group_by;
  bool group_by_all = false;
  /// GROUPING SETS, CUBE, ROLLUP and the keys beside them; `group_by` is then empty, or has the
  /// keys of `GROUP BY a, b GROUPING SETS (...)`, in whose order grouping_id() counts.
  std::vector<GroupingElement> grouping;
  ExprPtr having;
  ExprPtr qualify;
  std::vector<std::pair<Identifier, WindowSpec>> windows;
};
enum class SetOpType { kUnion, kIntersect, kExcept };
struct SetOp {
  SetOpType type = SetOpType::kUnion;
  bool all = false;
  QueryPtr left, right;
};
struct CommonTable {
  Identifier name;
  std::vector<Identifier> columns;
  QueryPtr query;
};
struct Query {
  Span span;
  std::vector<CommonTable> with;
  std::variant<Select, SetOp, ValuesRef, QueryPtr> body;  // QueryPtr: a parenthesised query
  std::vector<SortKey> order_by;
  ExprPtr limit;
  ExprPtr offset;
};

// ---- statements -----------------------------------------------------------------------------

enum class OnViolation { kWarn, kDropRow, kFailUpdate };
struct Expectation {
  Identifier name;
  ExprPtr condition;
  OnViolation on_violation = OnViolation::kWarn;
  Span span;
};
struct ColumnDefinition {
  Identifier name;
  std::optional<types::Type> type;  // absent in a view's column list
  bool not_null = false;
  std::string comment;
  /// DEFAULT and GENERATED ALWAYS AS of a command, as written; empty when there is none.
  std::string default_sql = {};
  std::string generated_sql = {};
  Span span;
};
enum class DatasetKind { kStreamingTable, kMaterializedView, kTemporaryView, kView };
/// CREATE [OR REFRESH] STREAMING TABLE | MATERIALIZED VIEW | TEMPORARY VIEW | VIEW ... AS query
struct CreateDataset {
  DatasetKind kind = DatasetKind::kStreamingTable;
  QualifiedName name;
  std::vector<ColumnDefinition> columns;
  std::vector<Expectation> expectations;
  std::string comment;
  std::vector<Property> properties;
  std::vector<Identifier> partitioned_by;
  QueryPtr query;  // null: a streaming table that other statements' flows fill
};
/// `(a, b)` or `* EXCEPT (a, b)`
struct ColumnChoice {
  bool except = false;
  std::vector<QualifiedName> columns;
};
enum class ScdType { kType1, kType2 };
/// AUTO CDC: rows that say how the rows of a table changed.
struct AutoCdc {
  RelationPtr source;
  std::vector<QualifiedName> keys;
  bool ignore_null_updates = false;
  std::optional<ColumnChoice> ignore_null_columns;  // absent: in all columns
  ExprPtr delete_when;                              // null: never
  ExprPtr truncate_when;                            // null: never
  ExprPtr sequence_by;                              // a TupleExpr for `(a, b)`
  std::optional<ColumnChoice> columns;              // absent: all
  std::optional<ColumnChoice> track_history;        // absent: all
  ScdType scd_type = ScdType::kType1;
};
/// CREATE FLOW name AS INSERT INTO target BY NAME query | AUTO CDC INTO target ...; APPLY CHANGES
/// INTO target, and the FLOW clause of a table, are flows with the name of their target.
struct CreateFlow {
  QualifiedName name;
  std::string comment;
  QualifiedName target;
  bool once = false;
  std::variant<QueryPtr, AutoCdc> body;
};
/// SET key = value
struct SetStatement {
  std::string key;
  std::string value;
};
/// A bare SELECT: what `oresmith query` runs. In a pipeline file it is warned about and left out.
struct QueryStatement {
  QueryPtr query;
};
struct Command;
/// DESCRIBE, OPTIMIZE, INSERT, ...: command.h. Only for `oresmith query`.
struct CommandStatement {
  std::shared_ptr<const Command> command;
};
struct Statement {
  Span span;
  std::variant<CreateDataset, CreateFlow, SetStatement, QueryStatement, CommandStatement> node;
};

}  // namespace oresmith::sql
