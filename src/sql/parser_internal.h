#pragma once

// The parser: recursive descent over the tokens of one file, precedence climbing for operators. Its
// methods are spread over parser*.cc by what they parse. Each takes what it names from the tokens,
// or fails with a place and leaves the rest to Recover().

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/command.h"
#include "sql/lexer_internal.h"
#include "sql/parser.h"

namespace oresmith::sql {

/// Nested brackets, subqueries, operators in prefix position: each level costs stack.
inline constexpr int kNestingMax = 200;
/// Levels of an expression's tree. More than the nesting, because `a + b + c ...` nests to the left
/// without a bracket, and who walks the tree afterwards does so recursively.
inline constexpr int kExpressionHeightMax = 500;
/// Joins in one FROM and set operations in one query: both nest to the left likewise.
inline constexpr int kChainMax = 500;

class Parser {
 public:
  /// What a text may hold besides datasets and queries.
  enum class Accept { kPipeline, kCommands };
  /// `source` must outlive the Parser.
  Parser(const SourceText& source, Accept accept);

  struct Outcome {
    std::vector<Statement> statements;
    std::vector<Error> errors;
    std::vector<Error> warnings;
  };
  /// All statements to the end of the text, with recovery at each `;`.
  Outcome ParseStatements();
  /// One expression and then the end of the text.
  Result<ExprPtr> ParseLoneExpression();
  Result<QualifiedName> ParseLoneName();

 private:
  // ---- parser.cc: the cursor, errors, names, lists, types
  const Token& Peek() const { return tokens_[at_]; }
  const Token& PeekAt(size_t ahead) const;
  std::string_view TextOf(const Token& token) const;
  bool WordAt(size_t ahead, std::string_view keyword) const;
  bool SymbolAt(size_t ahead, std::string_view symbol) const;
  bool NameAt(size_t ahead) const;
  bool AtWord(std::string_view keyword) const { return WordAt(0, keyword); }
  bool AtSymbol(std::string_view symbol) const { return SymbolAt(0, symbol); }
  bool AtWords(std::initializer_list<std::string_view> keywords) const;
  bool AtStatementEnd() const;
  /// Takes a `;` or the end of a notebook's cell.
  bool TakeStatementEnd();
  bool TakeWord(std::string_view keyword);
  bool TakeSymbol(std::string_view symbol);
  /// All of them, or none.
  bool TakeWords(std::initializer_list<std::string_view> keywords);
  Status ExpectWord(std::string_view keyword, std::string_view purpose);
  Status ExpectSymbol(std::string_view symbol, std::string_view purpose);
  Result<Identifier> ExpectName(std::string_view what);
  Result<QualifiedName> ExpectQualifiedName(std::string_view what);
  /// One or more string literals side by side, joined.
  Result<std::string> ExpectString(std::string_view what);
  /// `(a, b)`
  Result<std::vector<Identifier>> ParseNameList(std::string_view what);
  Result<types::Type> ParseType(Span* span);
  Identifier TakeIdentifier();
  Span SpanFrom(uint32_t begin) const { return {begin, last_end_}; }
  Span HereSpan() const { return {Peek().begin, Peek().end}; }
  std::string DescribeHere() const;
  void Advance();

  tl::unexpected<Error> FailExpected(std::string_view expected) const;
  tl::unexpected<Error> FailExpectedWithFix(std::string_view expected, std::string_view fix) const;
  tl::unexpected<Error> FailAt(Span span, Error error) const;
  /// The construct at `span` is known, and refused by name.
  tl::unexpected<Error> FailUnsupported(Span span, std::string_view construct,
                                        std::string_view fix) const;
  tl::unexpected<Error> FailAfterStatement() const;
  void Warn(Span span, std::string message, std::string_view fix);
  void Recover();

  /// Counts one level of nesting while it lives.
  class Nested {
   public:
    explicit Nested(Parser& parser) : parser_(parser) { ++parser_.depth_; }
    Nested(const Nested&) = delete;
    Nested& operator=(const Nested&) = delete;
    ~Nested() { --parser_.depth_; }

   private:
    Parser& parser_;
  };
  Status CheckNesting() const;

  /// Measures the expressions parsed while it lives; what is outside then counts the highest.
  class HeightScope {
   public:
    explicit HeightScope(Parser& parser) : parser_(parser), outside_(parser.height_) {
      parser_.height_ = 0;
    }
    HeightScope(const HeightScope&) = delete;
    HeightScope& operator=(const HeightScope&) = delete;
    ~HeightScope() {
      if (outside_ > parser_.height_) parser_.height_ = outside_;
    }

   private:
    Parser& parser_;
    int outside_;
  };
  /// Another node stands on the expressions of this scope.
  Status Grow();

  // ---- parser_statement.cc
  Result<Statement> ParseStatement();
  Status ParseStatementInto(Outcome& outcome);
  Result<SetStatement> ParseSet();
  Status SkipUse(uint32_t begin);
  bool AtLookingStatement() const;
  void SkipStatement(uint32_t begin);
  tl::unexpected<Error> FailUnknownStatement() const;
  std::string RawToStatementEnd();

  // ---- parser_create.cc
  struct CreateHead {
    DatasetKind kind = DatasetKind::kStreamingTable;
    std::string_view what;  // for messages: "streaming table"
  };
  /// A dataset, a flow, or both: CREATE STREAMING TABLE t FLOW ...
  Status ParseCreate(Outcome& outcome);
  Status ParseDatasetBody(const CreateHead& head, CreateDataset& dataset,
                          std::optional<CreateFlow>& flow);
  Result<CreateHead> ParseCreateHead();
  Status RefuseOtherCreate() const;
  Status ParseColumnList(CreateDataset& dataset);
  Status ParseColumnListItem(CreateDataset& dataset);
  Status ParseConstraint(CreateDataset& dataset);
  Result<OnViolation> ParseOnViolation();
  Result<ColumnDefinition> ParseColumn();
  Status ParseColumnOption(ColumnDefinition& column);
  Result<bool> ParseComputedColumn(ColumnDefinition& column);
  Result<bool> ParseTableClause(CreateDataset& dataset);
  Result<bool> ParseIdleClause();
  Status ParseSchedule();
  Status RefuseTableClause() const;
  Status ParseUsing();
  Status ParsePartitionedBy(CreateDataset& dataset);
  Status ParseClusterBy();
  /// `(key = value, ...)` after the word `clause`.
  Status ParsePropertyList(std::string_view clause, std::vector<Property>& properties);
  Result<Property> ParseProperty();
  Status SkipBrackets();
  Status SkipReferences();

  // ---- parser_flow.cc
  /// After CREATE.
  Result<CreateFlow> ParseCreateFlow();
  /// After APPLY CHANGES.
  Result<CreateFlow> ParseApplyChanges();
  /// After FLOW in CREATE STREAMING TABLE `target`; no query of AS.
  Result<CreateFlow> ParseInlineFlow(const QualifiedName& target);
  Status ParseInsertFlow(CreateFlow& flow, bool inline_flow);
  Result<AutoCdc> ParseAutoCdc();
  Result<bool> ParseCdcClause(AutoCdc& cdc);
  Result<ColumnChoice> ParseColumnChoice(std::string_view clause);
  Result<RelationPtr> ParseCdcSource();

  // ---- parser_command.cc
  bool AtCommand() const;
  Result<Command> ParseCommand();
  Result<CommandNode> ParseDescribe();
  Result<CommandNode> ParseShow();
  Result<CommandNode> ParseOptimize();
  Result<CommandNode> ParseReorg();
  Result<CommandNode> ParseVacuum();
  Result<CommandNode> ParseRestore();
  Result<CommandNode> ParseFsck();
  Result<CommandNode> ParseConvert();
  Result<TableTarget> ParseTarget(std::string_view what);
  Result<double> ExpectNumber(std::string_view what);
  tl::unexpected<Error> FailNear(std::string_view expected,
                                 std::span<const std::string_view> candidates) const;

  // ---- parser_table.cc
  Result<CommandNode> ParseCreateTable();
  Status ParseCreateTableClauses(CreateTable& create);
  Result<CommandNode> ParseDropTable();
  Result<CommandNode> ParseCommentOn();
  Result<CommandNode> ParseAlter();
  Result<AddColumns> ParseAddColumns();
  Result<AddColumns::Column> ParseAddColumn();
  Status ParseAlterAdd(AlterTable& alter);
  Status ParseAlterDrop(AlterTable& alter);
  Status ParseAlterUnset(AlterTable& alter);
  Result<ChangeColumn> ParseChangeColumn();
  Status ParseColumnChange(ChangeColumn& change);
  Result<std::optional<ColumnPosition>> ParsePosition();
  Result<std::vector<QualifiedName>> ParseColumnNames();
  Result<Property> ParsePropertyKey();
  /// The text of an expression, which must parse.
  Result<std::string> ParseRawExpression();

  // ---- parser_dml.cc
  Result<CommandNode> ParseInsert();
  /// WITH SCHEMA EVOLUTION
  bool TakeSchemaEvolution();
  Result<CommandNode> ParseDelete();
  Result<CommandNode> ParseUpdate();
  Result<CommandNode> ParseMerge();
  Result<MergeClause> ParseMergeClause();
  Status ParseMergeAction(MergeClause& clause);
  Status ParseMergeInsert(MergeClause& clause);
  Result<std::vector<Assignment>> ParseAssignments();
  Result<ExprPtr> ParseValueOrDefault();
  Result<Identifier> ParseTargetAlias();

  // ---- parser_query.cc
  Result<QueryPtr> ParseQuery();
  /// Goes on after a first operand that was already read: set operations, ORDER BY, LIMIT.
  Result<QueryPtr> ContinueQuery(QueryPtr first, uint32_t begin);
  Result<std::vector<CommonTable>> ParseWith();
  Result<QueryPtr> ParseSetOperation(QueryPtr first, bool intersect_only);
  Result<QueryPtr> ParseQueryOperand();
  Result<QueryPtr> ParseValuesQuery();
  Result<Select> ParseFromFirst(uint32_t begin);
  Result<Select> ParseSelect();
  Status ParseSelectTail(Select& select);
  // parser_group.cc
  bool AtGroupingSets() const;
  Status ParseGroupBy(Select& select);
  Result<GroupingElement> ParseGroupingElement(bool in_sets);
  Status ParseGroupingList(GroupingElement& element);
  Status ParseWindows(Select& select);
  Result<SelectItem> ParseSelectItem();
  Status ParseQueryTail(Query& query);
  Result<std::vector<SortKey>> ParseSortKeys();
  Result<std::vector<ExprPtr>> ParseExpressions();
  bool AtQueryStart() const;
  bool AtSetOperator() const;
  bool AtQueryTail() const;
  bool AtAlias() const;
  bool AtClauseStart() const;

  // ---- parser_pipe.cc
  Result<QueryPtr> ParsePipes(QueryPtr query, uint32_t begin);
  Status ParsePipe(QueryPtr& query);
  Status ParsePipeSelect(QueryPtr& query);
  Status ParsePipeExtend(QueryPtr& query);
  Status ParsePipeDrop(QueryPtr& query);
  Status ParsePipeAggregate(QueryPtr& query);
  Status ParsePipeTail(QueryPtr& query);
  Status ParsePipePivot(QueryPtr& query);
  Status ParsePipeJoin(QueryPtr& query);
  QueryPtr SelectAllOf(QueryPtr query, Identifier alias) const;
  Select& OpenSelect(QueryPtr& query) const;

  // ---- parser_relation.cc
  /// A parenthesised thing in FROM: exactly one of the two is set.
  struct Bracketed {
    QueryPtr query;
    RelationPtr relation;
  };
  Result<std::vector<RelationPtr>> ParseFrom();
  Result<RelationPtr> ParseRelation();
  Result<RelationPtr> ParseJoins(RelationPtr left, uint32_t begin);
  // parser_pivot.cc
  bool AtPivot() const;
  /// All that stand after `input`, each over the one before.
  Result<RelationPtr> ParsePivots(RelationPtr input, uint32_t begin);
  Result<Pivot> ParsePivot(RelationPtr input);
  Result<Unpivot> ParseUnpivot(RelationPtr input);
  Result<Unpivot::Set> ParseUnpivotSet(bool in_brackets);
  Result<bool> ParseJoinHead(Join& join);
  Result<RelationPtr> ParseTable();
  /// The same relation as a subquery, so that it can have an alias.
  RelationPtr Wrap(RelationPtr relation) const;
  Result<RelationPtr> ParseStream(uint32_t begin);
  Result<RelationPtr> ParseNamedTable(bool stream, bool lateral);
  Result<RelationPtr> ParseValuesTable();
  Result<Bracketed> ParseBracketed();
  Result<std::vector<std::vector<ExprPtr>>> ParseValuesRows();
  Status ParseTimeTravel(TableRef& table);
  Status ParseAtVersion(TableRef& table);
  Status ParseTableAlias(Relation& relation);
  /// WITH (options) and WATERMARK, which stand before the alias.
  Status ParseReadClauses(Relation& relation);
  Status ParseWatermark(Relation& relation);
  Status RefuseTableSuffix() const;
  Result<RelationPtr> ParseLateralViews(RelationPtr input, uint32_t begin);
  bool AtStream() const;

  // ---- parser_expression.cc
  Result<ExprPtr> ParseExpression();
  Result<ExprPtr> ParseLogical(std::string_view keyword);
  Result<ExprPtr> ParseNot();
  Result<ExprPtr> ParsePredicate();
  Result<ExprPtr> ParsePredicateTail(ExprPtr operand, bool negated);
  Result<ExprPtr> ParseIs(ExprPtr operand);
  Result<ExprPtr> ParseIn(ExprPtr operand, bool negated);
  Result<ExprPtr> ParseLike(ExprPtr operand, bool negated);
  /// Operators that bind at least as tightly as `level`, and their operands.
  Result<ExprPtr> ParseOperators(int level);
  Result<ExprPtr> ParseUnary();
  Result<ExprPtr> ParsePostfix();
  bool AtPostfix() const;
  Result<ExprPtr> ParsePostfixOne(ExprPtr base);
  Result<ExprPtr> ParseJsonPath(ExprPtr base);
  ExprPtr Balance(std::string_view op, std::span<ExprPtr> operands) const;

  template <class Node>
  ExprPtr Make(Span span, Node node) const {
    auto expr = std::make_unique<Expr>();
    expr->span = span;
    expr->node = std::move(node);
    return expr;
  }

  // ---- parser_primary.cc
  Result<ExprPtr> ParsePrimary();
  Result<ExprPtr> ParseWordExpression();
  /// TRUE, NULL, DATE '...'; null when it is none of them.
  Result<ExprPtr> ParseConstantWord();
  Result<ExprPtr> ParseSpacedBinary();
  Result<ExprPtr> ParseStar(QualifiedName qualifier, uint32_t begin);
  Result<ExprPtr> ParseBrackets();
  Result<ExprPtr> ParseCase();
  Result<ExprPtr> ParseCast(bool is_try);
  Result<ExprPtr> ParseExtract();
  Result<ExprPtr> ParseExists();
  Result<ExprPtr> ParseInterval();
  Result<IntervalLiteral::Part> ParseIntervalPart();
  Result<ExprPtr> ParseLambda();
  ExprPtr TakeNumber(uint32_t begin, bool negative);
  bool AtInterval() const;
  bool AtLambda() const;

  // ---- parser_function.cc
  Result<ExprPtr> ParseNameOrCall();
  Result<ExprPtr> ParseCall(QualifiedName name, uint32_t begin);
  Status ParseArguments(FunctionCall& call);
  Result<ExprPtr> ParseArgument();
  Status ParseCallTail(FunctionCall& call);
  /// TRIM(BOTH x FROM y), POSITION(a IN b), SUBSTRING(x FROM a FOR b), OVERLAY: words for commas.
  Status ParseWordyArguments(FunctionCall& call, std::string_view function);
  Status ParseTrim(FunctionCall& call);
  Status ParseStruct(FunctionCall& call);
  Status TakeNullTreatment(FunctionCall& call);
  Result<WindowSpec> ParseWindowSpec();
  Result<std::optional<WindowFrame>> ParseFrame();
  Result<FrameBound> ParseFrameBound();

  const SourceText& source_;
  const Accept accept_;
  std::string_view text_;
  std::vector<Token> tokens_;
  std::vector<LexicalError> lexical_errors_;
  size_t at_ = 0;
  uint32_t last_end_ = 0;  // end of the token taken last
  int depth_ = 0;
  int height_ = 0;  // of the highest expression finished in the present scope
  bool in_cdc_source_ = false;
  std::vector<Error> warnings_;
};

}  // namespace oresmith::sql
