#pragma once

// What a name can mean where the binder stands. Not for other libraries.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sql/ast.h"
#include "sql/plan.h"

namespace oresmith::sql {

using types::Type;
using types::TypeId;

/// A column that a name may mean.
struct ScopeColumn {
  Attribute column;
  std::vector<std::string> qualifier;  // catalog, schema, table, or one alias; may be empty
  bool in_star = true;
  bool qualified_only = false;  // a side of a USING column: only t.k means it
};

/// The columns of a FROM clause, in the order of `*`.
struct Scope {
  std::vector<ScopeColumn> columns;
};

/// An alias of the select list that later items may use.
struct LateralAlias {
  std::string name;
  const Expr* expr = nullptr;
  bool in_use = false;  // its expression is being bound: no cycles
};

struct LambdaParameter {
  std::string name;
  int id = 0;
  Type type;
  bool nullable = true;
};

/// A CTE and those it can see itself.
struct CteNode {
  const CommonTable* table = nullptr;
  std::shared_ptr<const CteNode> before;
};
using CteEnv = std::shared_ptr<const CteNode>;

/// Where an expression stands, and what it may contain there.
struct ExprScope {
  const Scope* columns = nullptr;
  const Scope* preferred = nullptr;  // ORDER BY, HAVING: looked at before `columns`
  const ExprScope* outer = nullptr;  // the enclosing query
  CteEnv env;                        // the CTEs that a subquery sees
  OperatorPtr* input = nullptr;      // the operator below, for input_file_name()
  std::vector<LateralAlias>* aliases = nullptr;
  std::vector<NamedExpr>* aggregates = nullptr;  // where aggregates are collected; null: refused
  std::vector<NamedExpr>* windows = nullptr;     // the same for OVER
  const std::vector<std::pair<Identifier, WindowSpec>>* named_windows = nullptr;
  std::string_view clause;  // "WHERE", for messages
  std::vector<LambdaParameter> lambdas;
  bool has_grouping = false;  // grouping() may stand here
  bool inside_aggregate = false;
  bool inside_window = false;
};

/// A bound relation: its operator and the names of its columns.
struct BoundRelation {
  OperatorPtr op;
  Scope scope;
};

/// What an item of the select list became.
struct SelectColumn {
  Identifier name;
  BoundPtr expr;
};

/// A SELECT while it is bound.
struct SelectState {
  const Select& select;
  const Query& query;
  const ExprScope* outer;
  const CteEnv& env;
  BoundRelation from = {};
  std::vector<LateralAlias> aliases = {};
  std::vector<SelectColumn> items = {};
  std::vector<Attribute> output = {};  // one for each item
  Scope output_scope = {};
  std::vector<NamedExpr> groups = {};
  std::vector<std::vector<int>> sets = {};  // of GROUPING SETS: places in `groups`
  std::optional<Attribute> grouping_id = {};
  std::vector<NamedExpr> aggregates = {};
  std::vector<NamedExpr> windows = {};
  std::optional<Generate> generator = {};  // without its input
  bool grouped = false;
  BoundPtr having = {};
  BoundPtr qualify = {};
  std::vector<BoundSortKey> order = {};
};

struct PivotState;
/// A MERGE while it is bound: the columns of the operator that was made last.
struct MergeState {
  bool evolves = false;  // WITH SCHEMA EVOLUTION: * leaves out what the source lacks
  Attribute present;     // never NULL in a row that the source gives
  Attribute file;        // where the row of the table stands; NULL when there is none
  Attribute row;
  Attribute clause;                // the number of the clause that applies
  std::vector<Attribute> columns;  // of the table
  Scope source, target, both;
};

}  // namespace oresmith::sql
