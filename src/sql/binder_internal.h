#pragma once

// The binder's own parts: what an expression may contain where, and the class that walks the tree.
// One object binds one statement. Not for other libraries.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/binder.h"
#include "sql/change.h"
#include "sql/coercion.h"
#include "sql/functions.h"
#include "sql/parser.h"
#include "sql/plan.h"
#include "sql/scope_internal.h"

namespace oresmith::sql {

// ---- the binder -----------------------------------------------------------------------------

class Binder {
 public:
  /// `catalog` must outlive the binder.
  Binder(Catalog& catalog, const BindOptions& options) : catalog_(catalog), options_(options) {}

  /// The next scan and column numbers go into `plan`.
  Result<Plan> BindRoot(const Query& query, const SourceText& source);
  Result<BoundDataset> BindDataset(const CreateDataset& dataset, const SourceText& source,
                                   const DatasetQuery& query);
  Result<BoundChange> BindInsertRows(const InsertInto& insert, const SourceText& source,
                                     const ChangeTarget& target);
  Result<BoundChange> BindDeleteRows(const Expr* where, const Identifier& alias,
                                     const SourceText& source, const ChangeTarget& target);
  Result<BoundChange> BindUpdateRows(const UpdateTable& update, const SourceText& source,
                                     const ChangeTarget& target);
  Result<BoundChange> BindMergeRows(const MergeInto& merge, const SourceText& source,
                                    const ChangeTarget& target);
  Result<Plan> BindRuleRows(const TableRules& rules, const RelationInfo& relation);

 private:
  // queries: binder_query.cc
  Result<OperatorPtr> BindQueryNode(const Query& query, const ExprScope* outer, CteEnv env);
  Result<OperatorPtr> BindQueryBody(const Query& query, const ExprScope* outer, const CteEnv& env);
  Result<OperatorPtr> BindSetOp(const SetOp& op, Span span, const ExprScope* outer,
                                const CteEnv& env);
  Status CollectUnion(const SetOp& op, const ExprScope* outer, const CteEnv& env,
                      std::vector<OperatorPtr>& inputs, std::vector<Span>& spans);
  Result<OperatorPtr> UniteInputs(SetOpType type, bool all, std::vector<OperatorPtr> inputs,
                                  const std::vector<Span>& spans, Span span);
  Result<OperatorPtr> CastColumns(OperatorPtr input, const std::vector<Type>& types, Span span);
  Result<OperatorPtr> BindValues(const ValuesRef& values, Span span, const ExprScope* outer);
  Result<OperatorPtr> BindLimit(OperatorPtr input, const Query& query);
  Result<std::optional<int64_t>> ConstantCount(const ExprPtr& expr, std::string_view clause);
  Result<OperatorPtr> SortByOutput(OperatorPtr input, const Query& query, const ExprScope* outer,
                                   const CteEnv& env);

  // FROM: binder_relation.cc, binder_join.cc
  Result<BoundRelation> BindRelation(const Relation& relation, const ExprScope* outer,
                                     const CteEnv& env);
  Result<BoundRelation> BindTable(const TableRef& table, const Relation& relation);
  Result<BoundRelation> BindCte(const CteEnv& node, const Relation& relation,
                                const ExprScope* outer);
  Result<BoundRelation> BindView(const ViewInfo& view, Span span);
  Result<BoundRelation> BindTableFunction(const TableFunctionRef& function,
                                          const Relation& relation, const ExprScope* outer);
  Status FoldArgument(const Expr& arg, std::vector<FunctionArgument>& arguments);
  Result<BoundRelation> BindRange(const TableFunctionRef& function, const Relation& relation);
  Result<BoundRelation> BindFrom(const std::vector<RelationPtr>& from, const ExprScope* outer,
                                 const CteEnv& env);
  Result<BoundRelation> BindJoin(const Join& join, Span span, const ExprScope* outer,
                                 const CteEnv& env);
  Result<BoundRelation> BindRightSide(BoundRelation left, const Relation& right, JoinType type,
                                      const ExprScope* outer, const CteEnv& env, bool& generated);
  Result<BoundRelation> FinishJoin(const Join& join, Span span, BoundRelation left,
                                   BoundRelation right, const ExprScope* outer, const CteEnv& env);
  Result<BoundRelation> MergeUsing(const Join& join, Span span,
                                   const std::vector<Identifier>& names, BoundRelation bound,
                                   Scope left, Scope right, const std::vector<size_t>& left_places,
                                   const std::vector<size_t>& right_places);
  Result<std::vector<Identifier>> SharedColumns(const Join& join, const BoundRelation& left,
                                                const BoundRelation& right, Span span);
  Result<BoundPtr> UsingCondition(const std::vector<Identifier>& names, const BoundRelation& left,
                                  const BoundRelation& right, std::vector<size_t>& left_places,
                                  std::vector<size_t>& right_places);
  // binder_pivot.cc
  Result<BoundRelation> BindPivot(const Pivot& pivot, Span span, const ExprScope* outer,
                                  const CteEnv& env);
  Status BindPivotAggregates(PivotState& state, const ExprScope* outer, const CteEnv& env);
  Status BindPivotValues(PivotState& state);
  Result<BoundPtr> IsPivotValue(const std::vector<BoundPtr>& columns,
                                const std::vector<BoundPtr>& value);
  Result<BoundRelation> SpreadPivot(PivotState& state);
  Result<BoundRelation> FilterPivot(PivotState& state);
  static std::string PivotName(const PivotState& state, size_t value, size_t result);
  Result<BoundRelation> FinishPivot(PivotState& state, Aggregate node);
  Result<BoundRelation> ProjectPivot(PivotState& state, BoundRelation bound,
                                     std::vector<NamedExpr> items);
  Result<BoundRelation> BindUnpivot(const Unpivot& unpivot, Span span, const ExprScope* outer,
                                    const CteEnv& env);
  Status CheckUnpivotTypes(const std::vector<BoundPtr*>& cells);
  Status DropEmptyRows(BoundRelation& bound, const std::vector<Attribute>& columns, Span span);
  Result<BoundRelation> BindLateralView(const LateralView& view, Span span, const ExprScope* outer,
                                        const CteEnv& env);
  Result<BoundRelation> BindGeneratorArgs(BoundRelation left, const FunctionEntry& entry,
                                          const std::vector<ExprPtr>& args, Span span,
                                          bool outer_rows, const Identifier& alias,
                                          const std::vector<Identifier>& column_aliases,
                                          const ExprScope* outer);
  /// The call's arguments, and its columns under their aliases or their own names.
  Result<Generate> MakeGenerate(const FunctionEntry& entry, const std::vector<ExprPtr>& args,
                                Span span, const std::vector<Identifier>& aliases,
                                ExprScope& scope);
  Status ApplyAlias(const Relation& relation, BoundRelation& bound);
  // binder_watermark.cc
  Status ApplyWatermark(const Watermark& watermark, const ExprScope* outer, BoundRelation& bound);
  void AddColumn(BoundRelation& bound, std::string name, BoundPtr value, Span span);
  BoundRelation MakeScan(const RelationInfo& info, bool stream, std::vector<std::string> qualifier,
                         Span span);

  // SELECT: binder_select.cc, binder_star.cc, binder_aggregate.cc, binder_generate.cc
  ExprScope ScopeFor(SelectState& state, std::string_view clause);
  Result<OperatorPtr> BindSelect(const Select& select, const Query& query, const ExprScope* outer,
                                 const CteEnv& env);
  Status BindGroups(SelectState& state);
  Result<BoundPtr> BindGroupKey(SelectState& state, const Expr& key);
  Status BindGroupByAll(SelectState& state);
  Status BindSelectItems(SelectState& state);
  Status BindSelectItem(SelectState& state, const SelectItem& item, size_t index);
  Status BindGeneratorItem(SelectState& state, const SelectItem& item, const FunctionCall& call);
  Status ExpandStar(SelectState& state, const Star& star, Span span);
  /// The columns that `*` or `t.*` means; none when t is no table. Errors: EXCEPT of an unknown
  /// one.
  Result<std::vector<const ScopeColumn*>> StarColumns(const Scope& scope, const Star& star);
  /// The same for `*` among the arguments of a call.
  Result<std::vector<const ScopeColumn*>> StarArguments(const Star& star, Span span,
                                                        const ExprScope& scope);
  Status ExpandStructStar(SelectState& state, const Star& star, Span span);
  Status BindHavingAndQualify(SelectState& state);
  Status BindOrderBy(SelectState& state);
  Result<BoundPtr> BindOrderKey(SelectState& state, const Expr& key);
  Status MakeKeysNullable(SelectState& state);
  Status BindGroupingSets(SelectState& state);
  Result<BoundPtr> GroupingValue(const SelectState& state, const BoundExpr& call);
  /// The place of the key in `groups`, where it is added unless it is there.
  Result<int> AddGroup(SelectState& state, const Expr& key);
  Status ReplaceGroups(SelectState& state);
  Status ReplaceGroupsIn(SelectState& state, BoundPtr& expr);
  Result<OperatorPtr> AssembleSelect(SelectState& state);
  Result<OperatorPtr> AssembleOutput(SelectState& state, OperatorPtr input);

  // expressions: binder_expr.cc, binder_operator.cc, binder_literal.cc, binder_names.cc
  Result<BoundPtr> BindExpr(const Expr& expr, ExprScope& scope);
  Result<BoundPtr> BindNode(const Expr& expr, ExprScope& scope);
  Result<BoundPtr> BindCondition(const Expr& expr, ExprScope& scope);
  Result<BoundPtr> BindBinary(const Expr& expr, ExprScope& scope);
  Status NarrowLiterals(const Expr& left_written, BoundPtr& left, const Expr& right_written,
                        BoundPtr& right);
  Result<BoundPtr> CombineBinary(const BinaryOp& op, Span span, BoundPtr left, BoundPtr right,
                                 ExprScope& scope);
  Result<BoundPtr> CombineLike(const BinaryOp& op, Span span, BoundPtr left, BoundPtr right,
                               ExprScope& scope);
  Result<BoundPtr> BindUnary(const UnaryOp& op, Span span, ExprScope& scope);
  Result<BoundPtr> BindIsTest(const IsTest& test, Span span, ExprScope& scope);
  Result<BoundPtr> BindBetween(const Between& between, Span span, ExprScope& scope);
  Result<BoundPtr> BindInList(const InList& list, Span span, ExprScope& scope);
  Result<BoundPtr> BindCase(const Case& node, Span span, ExprScope& scope);
  Result<BoundPtr> BindCaseCondition(const Case& node, const Expr& when, BoundPtr& operand,
                                     ExprScope& scope);
  Result<BoundPtr> FinishCase(BoundCase node, Span span);
  Result<BoundPtr> BindCast(const Cast& cast, Span span, ExprScope& scope);
  Result<BoundPtr> BindExtract(const Extract& extract, Span span, ExprScope& scope);
  Result<BoundPtr> BindSubqueryExpr(const Expr& expr, ExprScope& scope);
  /// The IN of `coalesce(x IN (SELECT ...), FALSE)`, which BindInSubquery makes; nullptr: another.
  static BoundSubquery* KnownIn(BoundExpr& expr);
  static void KeepUnknownIn(BoundPtr& condition);
  Result<BoundPtr> BindInSubquery(const InSubquery& node, Span span, ExprScope& scope);
  Result<OperatorPtr> BindInnerQuery(const Query& query, Span span, ExprScope& scope);
  Result<BoundPtr> BindSubscript(const Subscript& node, Span span, ExprScope& scope);
  Result<BoundPtr> BindTuple(const TupleExpr& tuple, Span span, ExprScope& scope);
  Result<BoundPtr> BindNumber(const NumberLiteral& number, Span span, bool negative);
  Result<BoundPtr> BindDecimalNumber(const NumberLiteral& number, Span span, bool negative);
  Result<BoundPtr> BindTypedLiteral(const TypedLiteral& literal, Span span);
  Result<BoundPtr> BindInterval(const IntervalLiteral& interval, Span span, ExprScope& scope);
  Result<BoundPtr> BindName(const NameRef& name, Span span, ExprScope& scope);
  Result<BoundPtr> ResolveIn(const Scope& columns, const NameRef& name, Span span);
  Result<BoundPtr> ResolveAlias(const NameRef& name, Span span, ExprScope& scope);
  Result<BoundPtr> ResolveLambda(const NameRef& name, Span span, const ExprScope& scope);
  Result<BoundPtr> AccessField(BoundPtr base, const Identifier& field);
  Result<BoundPtr> AccessFields(BoundPtr base, std::span<const Identifier> fields);
  Error UnknownColumn(const NameRef& name, Span span, const ExprScope& scope);

  // calls: binder_call.cc, binder_special.cc, binder_rewrite.cc, binder_lambda.cc, binder_window.cc
  Result<BoundPtr> BindCall(const Expr& expr, ExprScope& scope);
  Result<BoundPtr> BindScalarCall(const FunctionEntry& entry, const FunctionCall& call, Span span,
                                  ExprScope& scope);
  Result<BoundPtr> BindAggregateCall(const FunctionEntry& entry, const FunctionCall& call,
                                     Span span, ExprScope& scope);
  Result<BoundPtr> BindAggregateNode(const FunctionEntry& entry, const FunctionCall& call,
                                     Span span, ExprScope& inner);
  Result<std::vector<BoundPtr>> BindAggregateArguments(const FunctionEntry& entry,
                                                       const FunctionCall& call, ExprScope& inner);
  Status IgnoreNulls(const FunctionEntry& function, std::vector<BoundPtr>& args,
                     BoundAggregate& node, Span span);
  Result<BoundPtr> BindWindowCall(const FunctionEntry& entry, const FunctionCall& call, Span span,
                                  ExprScope& scope);
  Result<BoundWindow> BindWindowSpec(const WindowSpec& spec, ExprScope& inner);
  Status BindFrame(const WindowFrame& frame, BoundWindow& window, ExprScope& inner, Span span);
  Result<const WindowSpec*> FindWindow(const WindowSpec& spec, const ExprScope& scope, Span span);
  Result<BoundPtr> BindFrameAmount(const ExprPtr& amount, const BoundWindow& window, bool rows,
                                   ExprScope& inner);
  Result<std::vector<BoundPtr>> BindArguments(const std::vector<ExprPtr>& args, ExprScope& scope);
  /// A function that is more than a call: CASE forms, casts by name, clock functions.
  Result<std::optional<BoundPtr>> BindSpecial(const FunctionCall& call, std::string_view name,
                                              Span span, ExprScope& scope);
  Result<std::optional<BoundPtr>> BindRewritten(const FunctionCall& call, std::string_view name,
                                                Span span, ExprScope& scope);
  Result<BoundPtr> BindConcat(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindRegexReplace(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindArraysZip(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindToTime(const FunctionCall& call, std::string_view name, Span span,
                              ExprScope& scope);
  Status BindTimeWindow(SelectState& state);
  Result<BoundPtr> BindWindowOfTime(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindSchemaOfJson(const FunctionCall& call, Span span);
  Result<BoundPtr> BindToClock(const FunctionCall& call, std::string_view name, Span span,
                               ExprScope& scope);
  Result<BoundPtr> BindFromUnixTime(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindUnixTimestamp(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindFromJson(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindIf(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindNvl2(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindDecode(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindNullif(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> BindCastCall(const FunctionCall& call, Type type, Span span, ExprScope& scope);
  Result<BoundPtr> BindStruct(const FunctionCall& call, Span span, ExprScope& scope);
  Result<BoundPtr> ExtractUnit(const std::string& unit, BoundPtr operand, Span span);
  Result<BoundPtr> BindInputFileName(Span span, ExprScope& scope);
  Result<BoundPtr> BindDateUnitCall(const FunctionCall& call, std::string_view name, Span span,
                                    ExprScope& scope);
  Result<BoundPtr> BindHigherOrder(const FunctionEntry& entry, const FunctionCall& call, Span span,
                                   ExprScope& scope);
  Result<BoundPtr> BindLambda(const Lambda& lambda, Span span, const std::vector<Type>& types,
                              const std::vector<bool>& nullable, ExprScope& scope);
  /// Resolves types, inserts casts and builds the call.
  Result<BoundPtr> MakeCall(const FunctionEntry& entry, std::vector<BoundPtr> args, Span span);
  Result<BoundPtr> MakeCall(std::string_view name, std::vector<BoundPtr> args, Span span);
  Result<Signature> ResolveCall(const FunctionEntry*& entry, std::vector<BoundPtr>& args,
                                Span span);
  Error UnknownFunction(const FunctionCall& call, std::string_view name);

  // casts and small nodes: binder_cast.cc
  Result<BoundPtr> CastTo(BoundPtr expr, const Type& type);
  Result<BoundPtr> CastImplicitly(BoundPtr expr, const Type& type, std::string_view what);
  Status CastAllToCommon(std::vector<BoundPtr*> exprs, std::string_view what);
  BoundPtr ColumnOf(const Attribute& column, Span span) const;

  // dataset: binder_dataset.cc
  Status ApplyColumnList(const CreateDataset& dataset, const DatasetQuery& query,
                         OperatorPtr& root);
  Status ApplyTypedColumns(const CreateDataset& dataset, const DatasetQuery& query,
                           OperatorPtr& root);
  Status AddGeneratedColumns(const CreateDataset& dataset, const DatasetQuery& query,
                             OperatorPtr& root);
  Status AddMissingColumns(const DatasetQuery& query, OperatorPtr& root);
  Status AddChecks(const CreateDataset& dataset, const DatasetQuery& query, OperatorPtr& root,
                   BoundDataset& bound);

  // changes of a table: binder_change.cc, binder_merge.cc
  static size_t ColumnCount(const ChangeTarget& target);
  Result<BoundPtr> StoreAssign(BoundPtr value, const types::Field& column);
  Result<BoundPtr> BindText(const std::string& what, const std::string& sql, const Scope& columns);
  Result<BoundPtr> DefaultOf(const ChangeTarget& target, size_t column, Span span);
  Result<size_t> TargetColumn(const ChangeTarget& target, const QualifiedName& name,
                              const Identifier& alias);
  Result<std::vector<const Assignment*>> AssignmentsByColumn(
      const ChangeTarget& target, const std::vector<Assignment>& assignments,
      const Identifier& alias);
  Result<BoundRelation> BindTarget(const ChangeTarget& target, const Identifier& alias, Span span);
  Status FilterBy(const Expr* where, BoundRelation& bound);
  BoundChange FinishChange(OperatorPtr input, const types::Schema& schema,
                           std::vector<BoundPtr> values, BoundPtr kind, BoundPtr file,
                           BoundPtr row);
  Result<BoundPtr> AssignedValue(const ChangeTarget& target, size_t column,
                                 const Assignment* assignment, ExprScope& scope,
                                 const Attribute& old);
  Result<std::vector<int>> InsertOrder(const InsertInto& insert, const ChangeTarget& target,
                                       const std::vector<Attribute>& query);
  Result<BoundRelation> BindMergeSource(const MergeInto& merge, Attribute& present);
  Result<BoundPtr> CallOn(std::string_view function, BoundPtr first, BoundPtr second);
  Result<BoundPtr> BindMergeClauseCondition(const MergeClause& clause, MergeState& state);
  Result<OperatorPtr> JoinForMerge(const MergeInto& merge, const ChangeTarget& target,
                                   MergeState& state);
  Result<OperatorPtr> ChooseClause(const MergeInto& merge, OperatorPtr input, MergeState& state);
  Result<BoundPtr> BindMergeValue(const ChangeTarget& target, const MergeClause& clause,
                                  size_t column, const Assignment* assignment, MergeState& state);

  // small things
  ColumnId NewId() { return ColumnId{next_column_id_++}; }
  Attribute NewColumn(std::string name, Type type, bool nullable) {
    return {.id = NewId(), .name = std::move(name), .type = std::move(type), .nullable = nullable};
  }
  template <class... Args>
  tl::unexpected<Error> FailAt(Span span, ErrorKind kind, fmt::format_string<Args...> format,
                               Args&&... args) const {
    return Fail(MakeError(kind, format, std::forward<Args>(args)...).At(source_->Place(span)));
  }
  template <class... Args>
  tl::unexpected<Error> Invalid(Span span, fmt::format_string<Args...> format,
                                Args&&... args) const {
    return FailAt(span, ErrorKind::kInvalidInput, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  tl::unexpected<Error> Unsupported(Span span, fmt::format_string<Args...> format,
                                    Args&&... args) const {
    return FailAt(span, ErrorKind::kUnsupported, format, std::forward<Args>(args)...);
  }
  /// Gives an error without a place the place of `span`.
  tl::unexpected<Error> Placed(Span span, Error error) const {
    if (!error.place) error.place = source_->Place(span);
    return Fail(std::move(error));
  }
  std::string TextOf(Span span) const {
    return std::string(source_->text().substr(span.begin, span.end - span.begin));
  }

  Catalog& catalog_;
  const BindOptions& options_;
  const SourceText* source_ = nullptr;  // of the query that is being bound
  int next_column_id_ = 0;
  int next_scan_ = 0;
  int next_lambda_ = 0;
  int expr_depth_ = 0;
  int query_depth_ = 0;
  std::set<const CommonTable*> random_ctes_;  // that were used once
  int64_t node_count_ = 0;
};

/// One more level of recursion for as long as it lives.
class DepthGuard {
 public:
  explicit DepthGuard(int& depth) : depth_(depth) { ++depth_; }
  ~DepthGuard() { --depth_; }
  DepthGuard(const DepthGuard&) = delete;
  DepthGuard& operator=(const DepthGuard&) = delete;

 private:
  int& depth_;
};

// ---- nodes ----------------------------------------------------------------------------------

template <class Node>
BoundPtr MakeExpr(Type type, bool nullable, Span span, Node node) {
  return std::make_unique<BoundExpr>(BoundExpr{std::move(type), nullable, span, {std::move(node)}});
}
template <class Node>
OperatorPtr MakeOperator(std::vector<Attribute> output, Span span, Node node) {
  return std::make_unique<Operator>(Operator{std::move(output), span, {std::move(node)}});
}
BoundPtr StringConstant(std::string text, Span span);
BoundPtr NullConstant(Span span);
BoundPtr IntConstant(int64_t value, Span span);
BoundPtr BooleanConstant(bool value, Span span);

// ---- names and text: binder_names.cc, fold.cc, pretty_name.cc -----------------------------------

/// Whether arguments of the function must be lambdas.
bool TakesLambda(std::string_view name);
std::string LowerCase(std::string_view text);
bool SameName(std::string_view left, std::string_view right);
/// The name that is most similar to `name`, or empty when none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);
/// a.b.c
std::string JoinName(const QualifiedName& name);

/// Literals, ||, concat() and casts of literals, folded to text; nothing for anything else.
std::optional<std::string> FoldToText(const Expr& expr);

/// The name that Spark gives to a column without an alias.
std::string ColumnNameOf(const Expr& expr, std::string_view text);

/// The keys of GROUPING SETS, CUBE and ROLLUP, in the order of the text.
std::vector<const ExprPtr*> GroupingKeys(const Select& select);

/// The single call of a generator that a select item is, if it is one.
const FunctionCall* GeneratorCall(const Expr& expr);

/// Columns of scope `columns` that are part of `*`.
std::vector<std::string> VisibleNames(const Scope& columns);

}  // namespace oresmith::sql
