// Queries: WITH, set operations, SELECT and its clauses, VALUES.

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {

bool Parser::AtQueryStart() const {
  if (AtWord("SELECT")) return true;
  if (AtWord("FROM")) return NameAt(1) || SymbolAt(1, "(");
  if (AtWord("WITH") || AtWord("TABLE")) return NameAt(1);
  if (!AtWord("VALUES")) return false;
  // A column may be called values.
  const TokenKind next = PeekAt(1).kind;
  return SymbolAt(1, "(") || SymbolAt(1, "-") || next == TokenKind::kNumber ||
         next == TokenKind::kString || (next == TokenKind::kWord && !IsNoAlias(TextOf(PeekAt(1))));
}

bool Parser::AtSetOperator() const {
  return AtWord("UNION") || AtWord("INTERSECT") || AtWord("EXCEPT") || AtWord("MINUS");
}

bool Parser::AtQueryTail() const {
  return AtWords({"ORDER", "BY"}) || AtWords({"SORT", "BY"}) || AtWords({"CLUSTER", "BY"}) ||
         AtWords({"DISTRIBUTE", "BY"}) || AtWord("LIMIT") || AtWord("OFFSET");
}

/// At a word that begins a clause here, although it may be a name elsewhere.
bool Parser::AtClauseStart() const {
  for (const std::string_view word : {"GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE"}) {
    if (AtWord(word) && WordAt(1, "BY")) return true;
  }
  if (AtWord("LIMIT") || AtWord("OFFSET")) {
    const Token& next = PeekAt(1);
    return next.kind == TokenKind::kNumber || SymbolAt(1, "(") ||
           (NameAt(1) && !IsNoAlias(TextOf(next)));
  }
  if (in_cdc_source_ && AtWord("KEYS")) return SymbolAt(1, "(");
  if (AtWord("ASOF")) return WordAt(1, "JOIN");
  if (AtWord("WINDOW")) return NameAt(1) && WordAt(2, "AS");
  for (const std::string_view word : {"PIVOT", "UNPIVOT", "TABLESAMPLE"}) {
    if (AtWord(word) && (SymbolAt(1, "(") || WordAt(1, "INCLUDE") || WordAt(1, "EXCLUDE"))) {
      return true;
    }
  }
  return false;
}

bool Parser::AtAlias() const {
  if (Peek().kind == TokenKind::kName) return true;
  return Peek().kind == TokenKind::kWord && !IsNoAlias(TextOf(Peek())) && !AtClauseStart();
}

Result<QueryPtr> Parser::ParseQuery() {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  std::vector<CommonTable> with;
  if (AtWord("WITH")) {
    TRY(with, ParseWith());
  }
  TRY(QueryPtr first, ParseQueryOperand());
  TRY(QueryPtr query, ContinueQuery(std::move(first), begin));
  query->with = std::move(with);
  return query;
}

Result<QueryPtr> Parser::ContinueQuery(QueryPtr first, uint32_t begin) {
  TRY(QueryPtr query, ParseSetOperation(std::move(first), false));
  // `(SELECT ... LIMIT 1) LIMIT 2`: the brackets keep their own tail.
  TRY_DO(ParseQueryTail(*query));
  query->span = SpanFrom(begin);
  return ParsePipes(std::move(query), begin);
}

Result<std::vector<CommonTable>> Parser::ParseWith() {
  std::vector<CommonTable> tables;
  Advance();
  if (AtWord("RECURSIVE") && !WordAt(1, "AS")) {
    return FailUnsupported(HereSpan(), "WITH RECURSIVE", "write one common table for each step");
  }
  do {
    CommonTable table;
    TRY(table.name, ExpectName("the name of a common table after WITH"));
    const bool query_follows = WordAt(1, "SELECT") || WordAt(1, "WITH") || WordAt(1, "VALUES");
    if (AtSymbol("(") && NameAt(1) && !query_follows) {
      TRY(table.columns, ParseNameList("column"));
    }
    static_cast<void>(TakeWord("AS"));
    TRY_DO(ExpectSymbol("(", fmt::format("before the query of {}", table.name.text)));
    TRY(table.query, ParseQuery());
    TRY_DO(ExpectSymbol(")", fmt::format("to close the query of {}", table.name.text)));
    tables.push_back(std::move(table));
    if (AtSymbol(",") && WordAt(1, "SELECT")) {
      return FailExpectedWithFix("the query after the last common table", "remove the ','");
    }
  } while (TakeSymbol(","));
  return tables;
}

/// INTERSECT binds more tightly than UNION and EXCEPT; all of them to the left.
Result<QueryPtr> Parser::ParseSetOperation(QueryPtr first, bool intersect_only) {
  const uint32_t begin = first->span.begin;
  QueryPtr left = std::move(first);
  for (int count = 1; AtSetOperator() && (!intersect_only || AtWord("INTERSECT")); ++count) {
    if (count > kChainMax) {
      return FailAt(HereSpan(),
                    MakeError(ErrorKind::kInvalidInput,
                              "parse: more than {} set operations in one query", kChainMax)
                        .WithFix("put brackets around parts of it"));
    }
    SetOp operation;
    operation.type = AtWord("UNION")       ? SetOpType::kUnion
                     : AtWord("INTERSECT") ? SetOpType::kIntersect
                                           : SetOpType::kExcept;
    Advance();
    operation.all = TakeWord("ALL");
    if (!operation.all) static_cast<void>(TakeWord("DISTINCT"));
    TRY(operation.right, ParseQueryOperand());
    if (operation.type != SetOpType::kIntersect) {
      TRY(operation.right, ParseSetOperation(std::move(operation.right), true));
    }
    operation.left = std::move(left);
    left = std::make_unique<Query>();
    left->body = std::move(operation);
    left->span = SpanFrom(begin);
  }
  return left;
}

Result<QueryPtr> Parser::ParseQueryOperand() {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  auto query = std::make_unique<Query>();
  if (AtWord("SELECT")) {
    TRY(query->body, ParseSelect());
  } else if (TakeWord("FROM")) {
    TRY(query->body, ParseFromFirst(begin));
  } else if (AtWord("VALUES")) {
    TRY(query, ParseValuesQuery());
  } else if (AtWord("TABLE") && NameAt(1)) {
    Advance();
    Select select;
    TRY(RelationPtr table, ParseNamedTable(false, false));
    select.from.push_back(std::move(table));
    select.items.push_back(SelectItem{.expr = Make(SpanFrom(begin), Star{}), .aliases = {}});
    query->body = std::move(select);
  } else if (TakeSymbol("(")) {
    TRY(query->body, ParseQuery());
    TRY_DO(ExpectSymbol(")", "to close the query"));
  } else {
    return FailExpected("a query: SELECT, WITH or VALUES");
  }
  query->span = SpanFrom(begin);
  return query;
}

/// FROM t [SELECT ...]
Result<Select> Parser::ParseFromFirst(uint32_t begin) {
  TRY(std::vector<RelationPtr> from, ParseFrom());
  Select select;
  if (AtWord("SELECT")) {
    TRY(select, ParseSelect());
    if (!select.from.empty()) {
      return FailAt(select.from[0]->span,
                    MakeError(ErrorKind::kInvalidInput, "parse: FROM stands twice"));
    }
  } else {
    select.items.push_back(SelectItem{.expr = Make(SpanFrom(begin), Star{}), .aliases = {}});
  }
  select.from = std::move(from);
  return select;
}

/// With an alias, VALUES ... AS t(a, b) is a table to select from.
Result<QueryPtr> Parser::ParseValuesQuery() {
  const uint32_t begin = Peek().begin;
  TRY(RelationPtr table, ParseValuesTable());
  auto query = std::make_unique<Query>();
  if (table->alias.text.empty()) {
    query->body = std::move(std::get<ValuesRef>(table->node));
  } else {
    Select select;
    select.items.push_back(SelectItem{.expr = Make(SpanFrom(begin), Star{}), .aliases = {}});
    select.from.push_back(std::move(table));
    query->body = std::move(select);
  }
  return query;
}

Status Parser::ParseQueryTail(Query& query) {
  if (TakeWords({"ORDER", "BY"})) {
    if (AtWord("ALL") && !SymbolAt(1, ".") && !SymbolAt(1, "(")) {
      return FailUnsupported(HereSpan(), "ORDER BY ALL", "list the columns");
    }
    TRY(query.order_by, ParseSortKeys());
  }
  for (const std::string_view word : {"SORT", "CLUSTER", "DISTRIBUTE"}) {
    if (AtWord(word) && WordAt(1, "BY")) {
      return FailUnsupported(HereSpan(), fmt::format("{} BY in a query", word),
                             "leave it out, or write ORDER BY");
    }
  }
  if (AtWord("WINDOW") && std::holds_alternative<Select>(query.body)) {
    TRY_DO(ParseWindows(std::get<Select>(query.body)));
  }
  if (TakeWord("LIMIT") && !TakeWord("ALL")) {
    TRY(query.limit, ParseExpression());
    if (AtSymbol(",")) {
      return FailExpectedWithFix("the end of LIMIT", "write LIMIT n OFFSET m");
    }
  }
  if (TakeWord("OFFSET")) {
    TRY(query.offset, ParseExpression());
  }
  return {};
}

Result<Select> Parser::ParseSelect() {
  Advance();
  Select select;
  select.distinct = TakeWord("DISTINCT");
  if (!select.distinct && AtWord("ALL") && !SymbolAt(1, ",") && !WordAt(1, "FROM")) Advance();
  do {
    if (AtWord("FROM") && !select.items.empty()) {
      return FailExpectedWithFix("an expression after ','", "remove the ',' before FROM");
    }
    TRY(SelectItem item, ParseSelectItem());
    select.items.push_back(std::move(item));
  } while (TakeSymbol(","));
  if (TakeWord("FROM")) {
    TRY(select.from, ParseFrom());
  }
  TRY_DO(ParseSelectTail(select));
  return select;
}

Status Parser::ParseSelectTail(Select& select) {
  if (TakeWord("WHERE")) {
    TRY(select.where, ParseExpression());
  }
  if (TakeWords({"GROUP", "BY"})) {
    TRY_DO(ParseGroupBy(select));
  }
  if (TakeWord("HAVING")) {
    TRY(select.having, ParseExpression());
  }
  if (TakeWord("QUALIFY")) {
    TRY(select.qualify, ParseExpression());
  }
  if (AtWord("WINDOW")) {
    TRY_DO(ParseWindows(select));
  }
  if (AtWord("WHERE") || AtWord("HAVING") || AtWords({"GROUP", "BY"})) {
    return FailExpectedWithFix("the clauses in the order WHERE, GROUP BY, HAVING, QUALIFY",
                               "move this clause up, and join several conditions by AND");
  }
  return {};
}

Status Parser::ParseWindows(Select& select) {
  Advance();
  do {
    TRY(Identifier name, ExpectName("the name of a window"));
    TRY_DO(ExpectWord("AS", "after the name of the window"));
    TRY(WindowSpec window, ParseWindowSpec());
    select.windows.emplace_back(std::move(name), std::move(window));
  } while (TakeSymbol(","));
  return {};
}

Result<SelectItem> Parser::ParseSelectItem() {
  SelectItem item;
  TRY(item.expr, ParseExpression());
  const bool as = TakeWord("AS");
  if (AtSymbol("(")) {
    TRY(item.aliases, ParseNameList("column name"));
  } else if (as) {
    TRY(Identifier name, ExpectName("a name after AS"));
    item.aliases.push_back(std::move(name));
  } else if (AtAlias()) {
    item.aliases.push_back(TakeIdentifier());
  }
  return item;
}

Result<std::vector<SortKey>> Parser::ParseSortKeys() {
  std::vector<SortKey> keys;
  do {
    SortKey key;
    TRY(key.expr, ParseExpression());
    key.descending = TakeWord("DESC");
    if (!key.descending) static_cast<void>(TakeWord("ASC"));
    if (TakeWord("NULLS")) {
      key.nulls_first = TakeWord("FIRST");
      if (!*key.nulls_first) TRY_DO(ExpectWord("LAST", "or FIRST after NULLS"));
    }
    keys.push_back(std::move(key));
  } while (TakeSymbol(","));
  return keys;
}

Result<std::vector<ExprPtr>> Parser::ParseExpressions() {
  std::vector<ExprPtr> expressions;
  do {
    TRY(ExprPtr expr, ParseExpression());
    expressions.push_back(std::move(expr));
  } while (TakeSymbol(","));
  return expressions;
}

}  // namespace oresmith::sql
