// What stands in FROM: tables, streams, functions, subqueries, joins, LATERAL VIEW.

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

RelationPtr NewRelation(Span span) {
  auto relation = std::make_unique<Relation>();
  relation->span = span;
  return relation;
}

}  // namespace

Result<std::vector<RelationPtr>> Parser::ParseFrom() {
  const uint32_t begin = Peek().begin;
  std::vector<RelationPtr> relations;
  do {
    TRY(RelationPtr relation, ParseRelation());
    relations.push_back(std::move(relation));
  } while (TakeSymbol(","));
  if (!AtWords({"LATERAL", "VIEW"})) return relations;

  // LATERAL VIEW stands after the whole list and sees all of it; so does a PIVOT after it.
  RelationPtr input = std::move(relations.front());
  for (size_t i = 1; i < relations.size(); ++i) {
    if (i > static_cast<size_t>(kChainMax)) {
      return FailAt(relations[i]->span, MakeError(ErrorKind::kInvalidInput,
                                                  "parse: more than {} tables in FROM", kChainMax));
    }
    Join join;
    join.type = JoinType::kCross;
    const Span span{begin, relations[i]->span.end};
    join.left = std::move(input);
    join.right = std::move(relations[i]);
    input = NewRelation(span);
    input->node = std::move(join);
  }
  TRY(input, ParseLateralViews(std::move(input), begin));
  TRY(input, ParsePivots(std::move(input), begin));
  relations.clear();
  relations.push_back(std::move(input));
  return relations;
}

Result<RelationPtr> Parser::ParseLateralViews(RelationPtr input, uint32_t begin) {
  int count = 0;
  while (TakeWords({"LATERAL", "VIEW"})) {
    if (++count > kChainMax) {
      return FailAt(HereSpan(), MakeError(ErrorKind::kInvalidInput,
                                          "parse: more than {} LATERAL VIEWs", kChainMax));
    }
    LateralView view;
    view.outer = TakeWord("OUTER");
    const uint32_t call_begin = Peek().begin;
    TRY(QualifiedName name, ExpectQualifiedName("a function after LATERAL VIEW"));
    if (!AtSymbol("(")) return FailExpected("'(' after the function of LATERAL VIEW");
    TRY(view.generator, ParseCall(std::move(name), call_begin));
    if (Peek().kind == TokenKind::kName || (AtAlias() && !AtWord("AS"))) {
      view.table_alias = TakeIdentifier();
    }
    const bool columns = TakeWord("AS") || (!view.table_alias.text.empty() && AtAlias());
    if (columns) {
      do {
        TRY(Identifier column, ExpectName("a column name after AS"));
        view.column_aliases.push_back(std::move(column));
      } while (TakeSymbol(","));
    }
    view.input = std::move(input);
    input = NewRelation(SpanFrom(begin));
    input->node = std::move(view);
  }
  if (AtWord("JOIN") || AtSymbol(",") || WordAt(1, "JOIN") || WordAt(2, "JOIN")) {
    return FailExpectedWithFix("no further table after LATERAL VIEW",
                               "put the joins before LATERAL VIEW, or the part before into "
                               "brackets: FROM (SELECT ...) JOIN ...");
  }
  return input;
}

Result<RelationPtr> Parser::ParseRelation() {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  TRY(RelationPtr first, ParseTable());
  return ParseJoins(std::move(first), begin);
}

Result<RelationPtr> Parser::ParseJoins(RelationPtr left, uint32_t begin) {
  for (int count = 0;; ++count) {
    TRY(left, ParsePivots(std::move(left), begin));
    Join join;
    TRY(const bool more, ParseJoinHead(join));
    if (!more) return left;
    if (count > kChainMax) {
      return FailAt(HereSpan(), MakeError(ErrorKind::kInvalidInput,
                                          "parse: more than {} joins in one FROM", kChainMax));
    }
    TRY(join.right, ParseTable());
    if (TakeWord("ON")) {
      TRY(join.on, ParseExpression());
    } else if (TakeWord("USING")) {
      TRY(join.using_columns, ParseNameList("join column"));
    }
    join.left = std::move(left);
    left = NewRelation(SpanFrom(begin));
    left->node = std::move(join);
  }
}

/// Takes everything up to and with JOIN. False when no join follows.
Result<bool> Parser::ParseJoinHead(Join& join) {
  if (AtWord("ASOF") && WordAt(1, "JOIN")) {
    return FailUnsupported(HereSpan(), "ASOF JOIN", "join on <= and keep the newest row per key");
  }
  join.natural = AtWord("NATURAL");
  if (join.natural) Advance();
  if (TakeWord("JOIN")) return true;
  if (TakeWord("INNER")) {
    join.type = JoinType::kInner;
  } else if (TakeWord("CROSS")) {
    join.type = JoinType::kCross;
  } else if (TakeWord("RIGHT")) {
    join.type = JoinType::kRight;
    static_cast<void>(TakeWord("OUTER"));
  } else if (TakeWord("FULL")) {
    join.type = JoinType::kFull;
    static_cast<void>(TakeWord("OUTER"));
  } else if (AtWord("LEFT") || AtWord("SEMI") || AtWord("ANTI")) {
    const bool left = TakeWord("LEFT");
    join.type = TakeWord("SEMI")   ? JoinType::kLeftSemi
                : TakeWord("ANTI") ? JoinType::kLeftAnti
                                   : JoinType::kLeft;
    if (left && join.type == JoinType::kLeft) static_cast<void>(TakeWord("OUTER"));
  } else if (!join.natural) {
    return false;
  }
  TRY_DO(ExpectWord("JOIN", "after the kind of join"));
  return true;
}

Result<RelationPtr> Parser::ParseTable() {
  const uint32_t begin = Peek().begin;
  const bool lateral = AtWord("LATERAL") && !WordAt(1, "VIEW");
  if (lateral) Advance();
  if (AtSymbol("(")) {
    TRY(Bracketed inner, ParseBracketed());
    if (lateral && inner.query == nullptr) return FailExpected("a subquery after LATERAL");
    RelationPtr relation = std::move(inner.relation);
    if (inner.query != nullptr) {
      relation = NewRelation(SpanFrom(begin));
      relation->node = SubqueryRef{.query = std::move(inner.query), .lateral = lateral};
    } else if (AtAlias() || AtWord("AS")) {
      relation = Wrap(std::move(relation));
    }
    TRY_DO(ParseTableAlias(*relation));
    relation->span = SpanFrom(begin);
    return relation;
  }
  if (AtStream()) return ParseStream(begin);
  if (AtWord("VALUES") && AtQueryStart()) return ParseValuesTable();
  TRY(RelationPtr relation, ParseNamedTable(false, lateral));
  return relation;
}

RelationPtr Parser::Wrap(RelationPtr relation) const {
  const Span span = relation->span;
  Select select;
  select.items.push_back(SelectItem{.expr = Make(span, Star{}), .aliases = {}});
  select.from.push_back(std::move(relation));
  auto query = std::make_unique<Query>();
  query->span = span;
  query->body = std::move(select);
  RelationPtr wrapped = NewRelation(span);
  wrapped->node = SubqueryRef{.query = std::move(query), .lateral = false};
  return wrapped;
}

/// STREAM is a name when nothing that could be a table follows it.
bool Parser::AtStream() const {
  if (!AtWord("STREAM")) return false;
  if (SymbolAt(1, "(") || PeekAt(1).kind == TokenKind::kName) return true;
  return PeekAt(1).kind == TokenKind::kWord && !IsNoAlias(TextOf(PeekAt(1)));
}

Result<RelationPtr> Parser::ParseStream(uint32_t begin) {
  Advance();
  if (!TakeSymbol("(")) {
    TRY(RelationPtr relation, ParseNamedTable(true, false));
    relation->span = SpanFrom(begin);
    return relation;
  }
  if (AtQueryStart() || AtSymbol("(")) {
    return FailExpectedWithFix("a table or a function in STREAM(...)",
                               "define the subquery as a temporary view, and stream that");
  }
  TRY(QualifiedName name, ExpectQualifiedName("a table or a function in STREAM(...)"));
  RelationPtr relation = NewRelation({});
  if (AtSymbol("(")) {
    TableFunctionRef function{
        .name = std::move(name), .args = {}, .stream = true, .lateral = false};
    FunctionCall call;
    TRY_DO(ParseArguments(call));
    function.args = std::move(call.args);
    relation->node = std::move(function);
  } else {
    TableRef table;
    table.name = std::move(name);
    table.stream = true;
    relation->node = std::move(table);
  }
  TRY_DO(ExpectSymbol(")", "to close STREAM("));
  TRY_DO(ParseTableAlias(*relation));
  relation->span = SpanFrom(begin);
  return relation;
}

Result<RelationPtr> Parser::ParseNamedTable(bool stream, bool lateral) {
  const uint32_t begin = Peek().begin;
  if (Peek().kind == TokenKind::kWord && IsNoAlias(TextOf(Peek())) && !SymbolAt(1, "(")) {
    return FailExpected("a table");
  }
  TRY(QualifiedName name, ExpectQualifiedName("a table"));
  RelationPtr relation = NewRelation({});
  if (AtSymbol("(")) {
    TableFunctionRef function{
        .name = std::move(name), .args = {}, .stream = stream, .lateral = lateral};
    FunctionCall call;
    TRY_DO(ParseArguments(call));
    function.args = std::move(call.args);
    relation->node = std::move(function);
  } else if (lateral) {
    return FailExpected("'(' after LATERAL and a function");
  } else {
    TableRef table;
    table.name = std::move(name);
    table.stream = stream;
    TRY_DO(ParseTimeTravel(table));
    relation->node = std::move(table);
  }
  TRY_DO(ParseTableAlias(*relation));
  relation->span = SpanFrom(begin);
  return relation;
}

Status Parser::ParseTimeTravel(TableRef& table) {
  if (AtSymbol("@")) return ParseAtVersion(table);
  const size_t first = AtWord("FOR") ? 1 : 0;
  const bool as_of = WordAt(first + 1, "AS") && WordAt(first + 2, "OF");
  if (!as_of) return {};
  const bool version = WordAt(first, "VERSION") || WordAt(first, "SYSTEM_VERSION");
  const bool time = WordAt(first, "TIMESTAMP") || WordAt(first, "SYSTEM_TIME");
  if (!version && !time) return {};
  for (size_t i = 0; i < first + 3; ++i) Advance();
  ExprPtr& target = version ? table.version_as_of : table.timestamp_as_of;
  TRY(target, ParseOperators(0));
  return {};
}

/// t@v3, t@20260131235959000 (yyyyMMddHHmmssSSS)
Status Parser::ParseAtVersion(TableRef& table) {
  constexpr size_t kTimeDigits = 17;
  Advance();
  const std::string_view text = TextOf(Peek());
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  const bool version = Peek().kind == TokenKind::kWord &&
                       (text.starts_with('v') || text.starts_with('V')) && digits(text.substr(1));
  const bool time = Peek().kind == TokenKind::kNumber && text.size() == kTimeDigits && digits(text);
  if (version) {
    table.version_as_of = Make(HereSpan(), NumberLiteral{.digits = std::string(text.substr(1))});
  } else if (time) {
    const auto part = [&](size_t begin, size_t length) { return text.substr(begin, length); };
    table.timestamp_as_of =
        Make(HereSpan(),
             StringLiteral{fmt::format("{}-{}-{} {}:{}:{}.{}", part(0, 4), part(4, 2), part(6, 2),
                                       part(8, 2), part(10, 2), part(12, 2), part(14, 3))});
  } else {
    return FailExpectedWithFix("a version such as v3, or a time as yyyyMMddHHmmssSSS after '@'",
                               "write VERSION AS OF 3, or TIMESTAMP AS OF '2026-01-31 08:00:00'");
  }
  Advance();
  return {};
}

Status Parser::ParseReadClauses(Relation& relation) {
  if (AtWord("WITH") && SymbolAt(1, "(")) {
    const uint32_t begin = Peek().begin;
    Advance();
    ReadOptions options;
    TRY_DO(ParsePropertyList("WITH", options.properties));
    options.span = SpanFrom(begin);
    relation.options = std::move(options);
  }
  if (AtWord("WATERMARK") && NameAt(1)) TRY_DO(ParseWatermark(relation));
  return {};
}

Status Parser::ParseWatermark(Relation& relation) {
  const uint32_t begin = Peek().begin;
  Advance();
  Watermark watermark;
  TRY(watermark.time.expr, ParseExpression());
  if (TakeWord("AS")) {
    TRY(Identifier name, ExpectName("a name after AS"));
    watermark.time.aliases.push_back(std::move(name));
  }
  if (!TakeWords({"DELAY", "OF"})) {
    return FailExpectedWithFix("DELAY OF after the column of WATERMARK",
                               "write WATERMARK column DELAY OF INTERVAL 10 MINUTES");
  }
  if (!AtInterval()) {
    return FailExpectedWithFix("an interval after DELAY OF", "write INTERVAL 10 MINUTES");
  }
  TRY(watermark.delay, ParseInterval());
  watermark.span = SpanFrom(begin);
  relation.watermark = std::move(watermark);
  return {};
}

Status Parser::ParseTableAlias(Relation& relation) {
  TRY_DO(ParseReadClauses(relation));
  TRY_DO(RefuseTableSuffix());
  const bool as = TakeWord("AS");
  if (as || AtAlias()) {
    TRY(relation.alias, ExpectName("an alias after AS"));
    if (AtSymbol("(")) {
      TRY(relation.column_aliases, ParseNameList("column alias"));
    }
    // Databricks' own examples have WATERMARK after the alias too.
    if (!relation.watermark) TRY_DO(ParseReadClauses(relation));
    TRY_DO(RefuseTableSuffix());
  }
  return {};
}

Status Parser::RefuseTableSuffix() const {
  if (AtWord("TABLESAMPLE") && SymbolAt(1, "(")) {
    return FailUnsupported(HereSpan(), "TABLESAMPLE", "write WHERE rand() < 0.1");
  }
  if (AtWord("IDENTIFIED") && WordAt(1, "BY")) {
    return FailUnsupported(HereSpan(), "IDENTIFIED BY", "leave it out");
  }
  return {};
}

Result<RelationPtr> Parser::ParseValuesTable() {
  const uint32_t begin = Peek().begin;
  RelationPtr relation = NewRelation({});
  TRY(std::vector<std::vector<ExprPtr>> rows, ParseValuesRows());
  relation->node = ValuesRef{.rows = std::move(rows)};
  TRY_DO(ParseTableAlias(*relation));
  relation->span = SpanFrom(begin);
  return relation;
}

Result<std::vector<std::vector<ExprPtr>>> Parser::ParseValuesRows() {
  Advance();
  std::vector<std::vector<ExprPtr>> rows;
  do {
    // `VALUES (1, 2)` is a row of two columns, `VALUES 1` and `VALUES (1)` of one.
    TRY(ExprPtr row, ParseExpression());
    std::vector<ExprPtr> values;
    if (auto* const tuple = std::get_if<TupleExpr>(&row->node)) {
      values = std::move(tuple->items);
    } else {
      values.push_back(std::move(row));
    }
    if (!rows.empty() && rows.front().size() != values.size()) {
      return FailAt(values.front()->span,
                    MakeError(ErrorKind::kInvalidInput,
                              "parse: a row of VALUES has {} values, the first row has {}",
                              values.size(), rows.front().size()));
    }
    rows.push_back(std::move(values));
  } while (TakeSymbol(","));
  return rows;
}

/// `((SELECT 1) UNION SELECT 2)` and `((SELECT 1) AS a JOIN b)` begin alike. What the inner bracket
/// holds and what follows it decide; nothing is read twice, so that nesting costs no more than
/// length.
Result<Parser::Bracketed> Parser::ParseBracketed() {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  TRY_DO(ExpectSymbol("(", "before a table"));
  Bracketed result;
  if (AtQueryStart()) {
    TRY(result.query, ParseQuery());
  } else if (AtSymbol("(")) {
    const uint32_t inner_begin = Peek().begin;
    TRY(Bracketed inner, ParseBracketed());
    const Span span = SpanFrom(inner_begin);
    if (inner.query != nullptr && (AtSetOperator() || AtQueryTail() || AtSymbol(")"))) {
      auto operand = std::make_unique<Query>();
      operand->span = span;
      operand->body = std::move(inner.query);
      TRY(result.query, ContinueQuery(std::move(operand), inner_begin));
    } else {
      RelationPtr first = std::move(inner.relation);
      if (inner.query != nullptr) {
        first = NewRelation(span);
        first->node = SubqueryRef{.query = std::move(inner.query), .lateral = false};
      }
      TRY_DO(ParseTableAlias(*first));
      TRY(result.relation, ParseJoins(std::move(first), inner_begin));
    }
  } else {
    TRY(result.relation, ParseRelation());
  }
  TRY_DO(
      ExpectSymbol(")", result.query != nullptr ? "to close the subquery" : "to close the join"));
  if (result.relation != nullptr) result.relation->span = SpanFrom(begin);
  return result;
}

}  // namespace oresmith::sql
