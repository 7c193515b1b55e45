#pragma once

// A logical plan as DuckDB SQL. Each operator is a SELECT whose columns are named "name#id", so
// that a column has one name in the whole text.

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/functions_internal.h"
#include "sql/functions.h"
#include "sql/plan.h"

namespace oresmith::engine {

/// What the text needs beside DuckDB's own functions.
struct Emission {
  std::string sql;
  std::vector<FunctionSpec> functions;  // to be registered before the text is prepared
  std::vector<FromJsonSpec> from_json;  // by the call's number
  bool uses_now = false;                // has the parameter $now
};

struct EmitOptions {
  /// What stands after FROM for a scan.
  std::function<std::string(int index)> scan;
  /// The query's number, for functions that report to it.
  std::string query;
  std::string time_zone = "UTC";  // of the session
};

/// Errors: kUnsupported for what cannot be emitted with Spark's meaning, by name.
Result<Emission> Emit(const sql::Plan& plan, const EmitOptions& options);

/// A SELECT in parentheses, on lines of its own.
std::string Nested(std::string_view select);

/// city#12, and the same quoted.
std::string ColumnText(const sql::Attribute& column);
std::string ColumnName(const sql::Attribute& column);

class Emitter {
 public:
  explicit Emitter(const EmitOptions& options) : options_(options) {}
  /// The whole text of the operator: a SELECT giving exactly its output, in order.
  Result<std::string> Query(const sql::Operator& op);
  Emission TakeEmission(std::string sql);

  /// An expression, in parentheses where it is not a single term.
  Result<std::string> Expr(const sql::BoundExpr& expr);
  Result<std::vector<std::string>> Exprs(const std::vector<sql::BoundPtr>& exprs);
  /// `text`, of type `from`, as `to`.
  Result<std::string> Cast(const std::string& text, const types::Type& from, const types::Type& to,
                           sql::CastMode mode);

 private:
  // The parts of one SELECT.
  struct Block {
    std::vector<std::string> select;
    std::string from;
    std::string where;
    std::string tail;  // GROUP BY, ORDER BY, LIMIT
  };
  // Expressions that are computed once, below the SELECT which uses them.
  struct Hoist {
    std::vector<std::pair<std::string, std::string>> columns;  // text, name
    std::map<std::string, std::string> from_json;              // what a call means: its name
    size_t used_by_where = 0;
    int depth = 0;  // > 0 inside of what is not always evaluated: nothing may be hoisted
  };

  // emit.cc
  Result<std::string> From(const sql::Operator& op);
  Result<std::string> Scan(const sql::Operator& op, const sql::Scan& scan);
  Result<std::string> Values(const sql::Operator& op, const sql::Values& values);
  Result<std::string> Project(const sql::Operator& op, const sql::Project& project);
  Result<std::string> Filter(const sql::Operator& op, const sql::Filter& filter);
  Result<std::string> Aggregate(const sql::Operator& op, const sql::Aggregate& aggregate);
  Result<std::string> GroupingSets(const sql::Operator& op, const sql::Aggregate& aggregate);
  Result<std::string> Window(const sql::Operator& op, const sql::WindowOp& window);
  Result<std::string> Join(const sql::Operator& op, const sql::JoinOp& join);
  Result<std::string> Sort(const sql::Operator& op, const sql::Sort& sort);
  Result<std::string> Limit(const sql::Operator& op, const sql::Limit& limit);
  Result<std::string> SetOperation(const sql::Operator& op, const sql::SetOperation& set);
  Result<std::string> Distinct(const sql::Operator& op, const sql::Distinct& distinct);
  Result<Block> InputBlock(const sql::Operator& input);
  std::string Text(Block block, Hoist* hoist) const;
  std::vector<std::string> Columns(const std::vector<sql::Attribute>& output);
  /// The column's one name in the text. REQUIRES: what defines the column was emitted before.
  const std::string& Name(const sql::Attribute& column);
  Result<std::string> SortKeys(const std::vector<sql::BoundSortKey>& keys);

  // emit_generate.cc
  Result<std::string> Generate(const sql::Operator& op, const sql::Generate& generate);
  Result<std::string> Stack(const sql::Operator& op, const sql::Generate& generate);

  // emit_expr.cc
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundLiteral& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundColumn& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundLambdaVariable& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundLambda& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundCall& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundCast& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundCase& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundField& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundSubquery& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundAggregate& node);
  Result<std::string> Node(const sql::BoundExpr& expr, const sql::BoundWindow& node);

  // What goes into a template of the function table; the clauses with the blank that parts them.
  struct CallText {
    std::vector<std::string> args;
    std::string distinct, ignore_nulls, order, filter;
  };

  // emit_call.cc
  Result<std::string> FillTemplate(const sql::FunctionEntry& function, const CallText& text,
                                   const types::Type& result);
  /// `text` as DuckDB's type for `type`, which a template does not promise to give.
  static std::string AsType(const std::string& text, const types::Type& type);
  Result<std::string> Call(const sql::BoundExpr& expr, const sql::BoundCall& call);
  Result<std::string> FromJson(const sql::BoundExpr& expr, const sql::BoundCall& call);
  Result<std::string> Template(const sql::BoundExpr& expr, const sql::BoundCall& call);
  /// `x -> e`; the parameter at `index_parameter` counts from 0, DuckDB's from 1. None: -1.
  Result<std::string> Lambda(const sql::BoundExpr& expr, int index_parameter);

  // emit_own.cc
  Result<std::optional<std::string>> OwnCall(const sql::BoundExpr& expr,
                                             const sql::BoundCall& call);
  Result<std::string> NamedStruct(const sql::BoundExpr& expr, const sql::BoundCall& call);
  Result<std::string> MakeMap(const sql::BoundExpr& expr, const sql::BoundCall& call);
  Result<std::string> ListLambda(const sql::BoundCall& call);
  Result<std::string> JsonPath(const sql::BoundCall& call);
  Result<std::string> WithPattern(const sql::BoundCall& call);
  Result<std::optional<std::string>> Regex(const sql::BoundExpr& expr, const sql::BoundCall& call);
  Result<std::string> RowsAggregate(const sql::BoundExpr& expr, const sql::BoundAggregate& node,
                                    const CallText& text);
  /// Computed on the clocks of the session's time zone; nothing when the call is none such.
  Result<std::optional<std::string>> OfClocks(const sql::BoundExpr& expr,
                                              const sql::BoundCall& call);
  Result<std::string> MakeTimestamp(const sql::BoundCall& call);
  Result<std::optional<std::string>> MapLambda(const sql::BoundExpr& expr,
                                               const sql::BoundCall& call);
  Result<std::optional<std::string>> FoldLambda(const sql::BoundCall& call);
  Result<std::string> OwnAggregate(const sql::BoundExpr& expr, const sql::BoundAggregate& node,
                                   const CallText& text);

  // emit_order.cc
  /// `text` as a value that DuckDB orders as Spark orders it.
  std::string OrderKey(const std::string& text, const types::Type& type);
  /// A comparison or an extreme of values with a NULL inside; nothing when the call is none such.
  Result<std::optional<std::string>> OrderCall(const sql::BoundExpr& expr,
                                               const sql::BoundCall& call);
  /// The same for min, max, min_by, max_by: changes the arguments and the template.
  void OrderAggregate(const std::vector<sql::BoundPtr>& args, CallText& text,
                      sql::FunctionEntry& function);

  // emit_aggregate.cc
  Result<std::string> AggregateCall(const sql::BoundExpr& expr, const sql::BoundAggregate& node,
                                    const std::string& over);
  Result<std::string> WindowCall(const sql::BoundExpr& expr, const sql::BoundWindow& node,
                                 const std::string& over);
  Result<std::string> WindowSpec(const sql::BoundWindow& node);

  // emit_cast.cc
  Result<std::string> CastByFunction(const std::string& text, const types::Type& from,
                                     const types::Type& to, sql::CastMode mode);
  Result<std::string> CastTimestamp(const std::string& text, const types::Type& from,
                                    const types::Type& to, sql::CastMode mode);
  std::string InstantOf(const std::string& clock) const;
  Result<std::string> NestedToText(const std::string& text, const types::Type& from);
  Result<std::string> CastNested(const std::string& text, const types::Type& from,
                                 const types::Type& to, sql::CastMode mode);

  /// The name of a function that the engine registers for these types.
  std::string Need(FunctionSpec spec);
  /// A name that no column of the plan has.
  std::string FreshName(std::string_view base);

  const EmitOptions& options_;
  Emission emission_;
  std::map<sql::ColumnId, std::string> names_;
  std::map<int, std::string> lambda_variables_;
  std::optional<std::string> origin_;  // the column `__origin` in scope
  Hoist* hoist_ = nullptr;
  int fresh_ = 0;
  int depth_ = 0;
};

}  // namespace oresmith::engine
