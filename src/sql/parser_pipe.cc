// Pipe syntax: FROM t |> WHERE ... |> SELECT ... Every step becomes a query over the one before;
// steps that the query before can take up are put into it, so that its tables keep their names.
// Source: Spark 4.3 operatorPipeRightSide.

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

bool HasTail(const Query& query) {
  return !query.order_by.empty() || query.limit != nullptr || query.offset != nullptr;
}

bool IsLoneStar(const Select& select) {
  if (select.items.size() != 1 || !select.items[0].aliases.empty()) return false;
  const auto* const star = std::get_if<Star>(&select.items[0].expr->node);
  return star != nullptr && star->qualifier.empty() && star->except.empty();
}

/// The SELECT of `query` when it is SELECT * FROM ... [WHERE ...] and nothing else.
Select* PlainSelect(Query& query) {
  auto* const select = std::get_if<Select>(&query.body);
  if (select == nullptr || !query.with.empty() || HasTail(query)) return nullptr;
  const bool plain = IsLoneStar(*select) && !select->from.empty() && !select->distinct &&
                     !select->group_by_all && select->group_by.empty() &&
                     select->grouping.empty() && select->having == nullptr &&
                     select->qualify == nullptr && select->windows.empty();
  return plain ? select : nullptr;
}

/// What the columns of `query` may still be qualified with, when that is one name.
Identifier NameOfOnlyTable(const Query& query) {
  const auto* const select = std::get_if<Select>(&query.body);
  if (select == nullptr || select->from.size() != 1) return {};
  const Relation& relation = *select->from[0];
  if (!relation.alias.text.empty()) return relation.alias;
  const auto* const table = std::get_if<TableRef>(&relation.node);
  return table != nullptr ? table->name.back() : Identifier{};
}

}  // namespace

/// SELECT * FROM (query) alias
QueryPtr Parser::SelectAllOf(QueryPtr query, Identifier alias) const {
  const Span span = query->span;
  auto relation = std::make_unique<Relation>();
  relation->span = span;
  relation->node = SubqueryRef{.query = std::move(query), .lateral = false};
  relation->alias = std::move(alias);
  Select select;
  select.items.push_back(SelectItem{.expr = Make(span, Star{}), .aliases = {}});
  select.from.push_back(std::move(relation));
  auto outer = std::make_unique<Query>();
  outer->span = span;
  outer->body = std::move(select);
  return outer;
}

/// The SELECT that a step may change; `query` is put into brackets when it is more than that.
Select& Parser::OpenSelect(QueryPtr& query) const {
  if (Select* const plain = PlainSelect(*query)) return *plain;
  Identifier name = NameOfOnlyTable(*query);
  query = SelectAllOf(std::move(query), std::move(name));
  return std::get<Select>(query->body);
}

Result<QueryPtr> Parser::ParsePipes(QueryPtr query, uint32_t begin) {
  for (int count = 0; TakeSymbol("|>"); ++count) {
    if (count > kChainMax / 5) {
      return FailAt(HereSpan(), MakeError(ErrorKind::kInvalidInput,
                                          "parse: more than {} pipes in one query", kChainMax / 5)
                                    .WithFix("split it with a WITH clause or another view"));
    }
    TRY_DO(ParsePipe(query));
    query->span = SpanFrom(begin);
  }
  return query;
}

Status Parser::ParsePipe(QueryPtr& query) {
  if (TakeWord("WHERE")) {
    TRY(ExprPtr condition, ParseExpression());
    Select& select = OpenSelect(query);
    if (select.where == nullptr) {
      select.where = std::move(condition);
    } else {
      const Span span = condition->span;
      select.where = Make(span, BinaryOp{.op = "AND",
                                         .left = std::move(select.where),
                                         .right = std::move(condition),
                                         .escape = nullptr});
    }
    return {};
  }
  if (AtWord("SELECT")) return ParsePipeSelect(query);
  if (TakeWord("EXTEND")) return ParsePipeExtend(query);
  if (TakeWord("AGGREGATE")) return ParsePipeAggregate(query);
  if (TakeWord("DROP")) return ParsePipeDrop(query);
  if (TakeWord("AS")) {
    TRY(Identifier name, ExpectName("a name after AS"));
    query = SelectAllOf(std::move(query), std::move(name));
    return {};
  }
  if (AtSetOperator()) {
    const uint32_t begin = query->span.begin;
    auto left = std::make_unique<Query>();
    left->span = query->span;
    left->body = std::move(query);
    TRY(query, ParseSetOperation(std::move(left), false));
    query->span = SpanFrom(begin);
    return {};
  }
  if (AtQueryTail()) return ParsePipeTail(query);
  if (AtPivot()) return ParsePipePivot(query);
  return ParsePipeJoin(query);
}

Status Parser::ParsePipeSelect(QueryPtr& query) {
  Advance();
  const bool distinct = TakeWord("DISTINCT");
  std::vector<SelectItem> items;
  do {
    TRY(SelectItem item, ParseSelectItem());
    items.push_back(std::move(item));
  } while (TakeSymbol(","));
  Select& select = OpenSelect(query);
  select.distinct = distinct;
  select.items = std::move(items);
  if (AtWord("WINDOW")) TRY_DO(ParseWindows(select));
  return {};
}

Status Parser::ParsePipeExtend(QueryPtr& query) {
  Select& select = OpenSelect(query);
  do {
    TRY(SelectItem item, ParseSelectItem());
    select.items.push_back(std::move(item));
  } while (TakeSymbol(","));
  return {};
}

Status Parser::ParsePipeDrop(QueryPtr& query) {
  Star star;
  const uint32_t begin = Peek().begin;
  do {
    TRY(Identifier column, ExpectName("a column after DROP"));
    star.except.push_back({std::move(column)});
  } while (TakeSymbol(","));
  Select& select = OpenSelect(query);
  select.items[0].expr = Make(SpanFrom(begin), std::move(star));
  return {};
}

/// |> AGGREGATE sum(x) AS s GROUP BY k: the keys come first.
Status Parser::ParsePipeAggregate(QueryPtr& query) {
  std::vector<SelectItem> aggregates;
  if (!AtWords({"GROUP", "BY"})) {
    do {
      TRY(SelectItem item, ParseSelectItem());
      aggregates.push_back(std::move(item));
    } while (TakeSymbol(","));
  }
  std::vector<SelectItem> items;
  if (TakeWords({"GROUP", "BY"})) {
    for (const std::string_view word : {"GROUPING", "CUBE", "ROLLUP", "ALL"}) {
      if (AtWord(word)) return FailUnsupported(HereSpan(), word, "list the grouping columns");
    }
    do {
      TRY(SelectItem item, ParseSelectItem());
      if (std::holds_alternative<NumberLiteral>(item.expr->node)) {
        return FailUnsupported(item.expr->span, "the position of a column of the input here",
                               "name the column");
      }
      items.push_back(std::move(item));
    } while (TakeSymbol(","));
  }
  Select& select = OpenSelect(query);
  for (size_t i = 0; i < items.size(); ++i) {
    select.group_by.push_back(
        Make(items[i].expr->span, NumberLiteral{.digits = std::to_string(i + 1)}));
  }
  std::move(aggregates.begin(), aggregates.end(), std::back_inserter(items));
  select.items = std::move(items);
  return {};
}

Status Parser::ParsePipeTail(QueryPtr& query) {
  const bool sorted = !AtWord("LIMIT") && !AtWord("OFFSET");
  const bool limited = query->limit != nullptr || query->offset != nullptr;
  if (limited || (sorted && HasTail(*query))) query = SelectAllOf(std::move(query), {});
  return ParseQueryTail(*query);
}

/// The step stands on the columns that there are: always a query of its own.
Status Parser::ParsePipePivot(QueryPtr& query) {
  Identifier name = NameOfOnlyTable(*query);
  query = SelectAllOf(std::move(query), std::move(name));
  RelationPtr& from = std::get<Select>(query->body).from[0];
  TRY(from, ParsePivots(std::move(from), query->span.begin));
  return {};
}

Status Parser::ParsePipeJoin(QueryPtr& query) {
  const Select* const plain = PlainSelect(*query);
  const bool direct = plain != nullptr && plain->where == nullptr && plain->from.size() == 1;
  if (!direct) {
    Identifier name = NameOfOnlyTable(*query);
    query = SelectAllOf(std::move(query), std::move(name));
  }
  Select& select = std::get<Select>(query->body);
  const uint32_t before = Peek().begin;
  TRY(select.from[0], ParseJoins(std::move(select.from[0]), query->span.begin));
  if (Peek().begin != before) return {};
  return FailExpected(
      "WHERE, SELECT, EXTEND, AGGREGATE, DROP, AS, JOIN, PIVOT, UNPIVOT, UNION, ORDER BY or "
      "LIMIT after |>");
}

}  // namespace oresmith::sql
