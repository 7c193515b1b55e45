#pragma once

// The logical plan: what a query means. Every name is resolved to a column id, every expression has
// a Spark type and nullability. Independent of the text that it came from (another front end can
// build it) and of the engine that runs it.
//
// Rules that hold for every plan a binder gives:
//   - a ColumnId is defined once in the whole plan, subqueries included;
//   - an expression refers only to columns of its operator's inputs, of an enclosing query (a
//     correlated subquery), or to a lambda variable in scope;
//   - implicit casts are explicit: the arguments of a call have exactly the types the function
//   takes;
//   - the order of NULLs in every sort key is explicit.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "sql/ast.h"
#include "types/type.h"

namespace oresmith::sql {

enum class ColumnId : int32_t {};

/// A column that an operator gives.
struct Attribute {
  ColumnId id{};
  std::string name;
  types::Type type;
  bool nullable = true;
  /// Not part of `*`: `_metadata` of a file source.
  bool hidden = false;
};

struct BoundExpr;
struct Operator;
using BoundPtr = std::unique_ptr<BoundExpr>;
using OperatorPtr = std::unique_ptr<Operator>;

/// A constant. NULL: monostate. Integral types, date (days) and timestamps (microseconds),
/// intervals (months or microseconds): int64_t. Float and double: double. Decimal: its digits in
/// text with full scale. String and binary: bytes.
struct BoundLiteral {
  std::variant<std::monostate, bool, int64_t, double, std::string> value;
};
struct BoundColumn {
  ColumnId id{};
};
/// A parameter of an enclosing BoundLambda.
struct BoundLambdaVariable {
  int id = 0;
  std::string name;
};
struct BoundLambda {
  std::vector<int> parameters;  // ids
  std::vector<types::Type> parameter_types;
  BoundPtr body;
};
struct FunctionEntry;  // functions.h
/// A scalar function or operator.
struct BoundCall {
  const FunctionEntry* function = nullptr;  // of the registry; lives for ever
  std::vector<BoundPtr> args;
};
enum class CastMode { kAnsi, kTry };
struct BoundCast {
  BoundPtr operand;
  CastMode mode = CastMode::kAnsi;
};
/// CASE WHEN c THEN v ... ELSE o END; `otherwise` may be null: NULL.
struct BoundCase {
  std::vector<std::pair<BoundPtr, BoundPtr>> branches;
  BoundPtr otherwise;
};
/// A field of a struct, by position and name.
struct BoundField {
  BoundPtr base;
  int index = 0;
  std::string name;
};
enum class SubqueryKind { kScalar, kExists, kIn };
struct BoundSubquery {
  SubqueryKind kind = SubqueryKind::kScalar;
  BoundPtr operand;  // kIn
  bool negated = false;
  OperatorPtr plan;
};
struct BoundSortKey {
  BoundPtr expr;
  bool descending = false;
  bool nulls_first = true;
};
/// An aggregate function; only directly in Aggregate::aggregates, or in a BoundWindow.
struct BoundAggregate {
  const FunctionEntry* function = nullptr;
  std::vector<BoundPtr> args;
  bool distinct = false;
  bool ignore_nulls = false;
  BoundPtr filter;
  std::vector<BoundSortKey> order_by;
};
struct BoundFrameBound {
  FrameBound::Kind kind = FrameBound::Kind::kCurrentRow;
  BoundPtr amount;
};
/// function OVER (...); only directly in WindowOp::items.
struct BoundWindow {
  const FunctionEntry* function = nullptr;
  std::vector<BoundPtr> args;
  bool ignore_nulls = false;
  std::vector<BoundPtr> partition_by;
  std::vector<BoundSortKey> order_by;
  bool has_frame = false;
  bool rows = false;
  BoundFrameBound start, end;
};

struct BoundExpr {
  types::Type type;
  bool nullable = true;
  Span span;
  std::variant<BoundLiteral, BoundColumn, BoundLambdaVariable, BoundLambda, BoundCall, BoundCast,
               BoundCase, BoundField, BoundSubquery, BoundAggregate, BoundWindow>
      node;
};

/// A column that an operator computes.
struct NamedExpr {
  Attribute column;
  BoundPtr expr;
};

/// Reads a dataset of the pipeline, a table, or a table function. `index` counts the scans of a
/// plan from 0 in the order of the text; the engine is given one relation for each.
struct Scan {
  int index = 0;
  std::string name;    // for messages, as resolved: catalog.schema.table or read_files
  std::string source;  // the catalog's key for it
  bool stream = false;
  /// For each column of `output`, its index in the relation's schema.
  std::vector<int> columns;
};
/// Rows of constants; one row without columns stands for SELECT without FROM.
struct Values {
  std::vector<std::vector<BoundPtr>> rows;
};
struct Project {
  OperatorPtr input;
  std::vector<NamedExpr> items;
};
struct Filter {
  OperatorPtr input;
  BoundPtr condition;
};
/// Gives groups, then aggregates, then grouping_id. No groups: one row.
struct Aggregate {
  OperatorPtr input;
  std::vector<NamedExpr> groups;
  std::vector<NamedExpr> aggregates;
  /// GROUPING SETS: for each the places of its keys in `groups`, the others are NULL in its rows.
  /// Without an input row no set gives a row, not even `()`. Empty: one set of all groups.
  std::vector<std::vector<int>> sets = {};
  /// A BIGINT: one bit a group, the first the highest, set where the row's set has not the group.
  std::optional<Attribute> grouping_id = {};
};
/// Gives the input's columns, then the items.
struct WindowOp {
  OperatorPtr input;
  std::vector<NamedExpr> items;
};
struct JoinOp {
  JoinType type = JoinType::kInner;
  OperatorPtr left, right;
  BoundPtr condition;  // null: cross
};
/// explode, posexplode, inline, stack ...: gives the input's columns, then `columns`.
struct Generate {
  OperatorPtr input;
  const FunctionEntry* function = nullptr;
  std::vector<BoundPtr> args;
  bool outer = false;  // a row with NULLs where there is nothing to give
  std::vector<Attribute> columns;
};
struct Sort {
  OperatorPtr input;
  std::vector<BoundSortKey> keys;
};
struct Limit {
  OperatorPtr input;
  std::optional<int64_t> limit;
  int64_t offset = 0;
};
/// Columns by position; each input already has exactly the types of the output.
struct SetOperation {
  SetOpType type = SetOpType::kUnion;
  bool all = true;
  std::vector<OperatorPtr> inputs;
};
struct Distinct {
  OperatorPtr input;
};

/// WATERMARK: an operator's rows happened at `column`, and may come so much later than others.
struct EventTime {
  ColumnId column{};
  int64_t delay_ms = 0;
};

struct Operator {
  std::vector<Attribute> output;
  Span span;
  std::variant<Scan, Values, Project, Filter, Aggregate, WindowOp, JoinOp, Generate, Sort, Limit,
               SetOperation, Distinct>
      node;
  /// Only of what reads a stream. Engines need not know of it.
  std::optional<EventTime> event_time = {};
};

struct Plan {
  OperatorPtr root;
  int scan_count = 0;
  int next_column_id = 0;
};

/// The scans of a plan, subqueries included, ordered by Scan::index.
std::vector<const Operator*> Scans(const Plan& plan);

std::vector<Operator*> MutableScans(Plan& plan);

/// The columns of the root that are not hidden, as a table's schema.
types::Schema OutputSchema(const Plan& plan);

/// Removes columns that nobody needs, from the scans up. The root's columns and event times stay;
/// of `kept`, what scans give.
void PruneColumns(Plan& plan, const std::vector<ColumnId>& kept);
void PruneColumns(Plan& plan);

/// Lets the scan's column `id` arrive at the root as an extra last column, through Project, Filter,
/// Generate, Sort, Limit, WindowOp, the kept sides of joins, and UNION ALL (NULL from the other
/// inputs). Gives the root's column; nothing when an operator between makes new rows (Aggregate,
/// Distinct, ...), and the plan is then as it was.
std::optional<Attribute> CarryToRoot(Plan& plan, ColumnId id);

/// Text for people: one operator per line, indented, with types.
std::string ToText(const Plan& plan);

}  // namespace oresmith::sql
