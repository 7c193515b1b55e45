// GROUP BY: keys, GROUPING SETS, CUBE, ROLLUP. Source: Spark 4.3 aggregationClause.

#include <iterator>

#include "sql/parser_internal.h"

namespace oresmith::sql {

using Kind = GroupingElement::Kind;

bool Parser::AtGroupingSets() const {
  return (AtWords({"GROUPING", "SETS"}) && SymbolAt(2, "(")) ||
         ((AtWord("CUBE") || AtWord("ROLLUP")) && SymbolAt(1, "("));
}

Status Parser::ParseGroupBy(Select& select) {
  if (AtWord("ALL") && !SymbolAt(1, ".") && !SymbolAt(1, "(")) {
    Advance();
    select.group_by_all = true;
    return {};
  }
  bool has_sets = false;
  std::vector<GroupingElement> elements;
  do {
    has_sets = has_sets || AtGroupingSets();
    TRY(GroupingElement element, ParseGroupingElement(false));
    elements.push_back(std::move(element));
  } while (TakeSymbol(","));
  if (AtWord("WITH") && (WordAt(1, "CUBE") || WordAt(1, "ROLLUP"))) {
    if (has_sets) {
      return FailExpectedWithFix("the end of GROUP BY",
                                 "write CUBE (...) or ROLLUP (...) as one more element");
    }
    GroupingElement all{.kind = WordAt(1, "CUBE") ? Kind::kCube : Kind::kRollup,
                        .keys = {},
                        .elements = std::move(elements),
                        .span = HereSpan()};
    Advance();
    Advance();
    select.grouping.push_back(std::move(all));
    return {};
  }
  if (has_sets) {
    select.grouping = std::move(elements);
    return {};
  }
  for (GroupingElement& element : elements) {
    std::move(element.keys.begin(), element.keys.end(), std::back_inserter(select.group_by));
  }
  // GROUP BY a, b GROUPING SETS (...): the sets alone say how to group.
  if (!AtGroupingSets()) return {};
  TRY(GroupingElement sets, ParseGroupingElement(false));
  select.grouping.push_back(std::move(sets));
  return {};
}

/// `in_sets`: (a, b) is a set of keys there, and a struct outside.
Result<GroupingElement> Parser::ParseGroupingElement(bool in_sets) {
  const Nested nested(*this);
  TRY_DO(CheckNesting());
  const uint32_t begin = Peek().begin;
  GroupingElement element;
  if (AtGroupingSets()) {
    element.kind = AtWord("CUBE") ? Kind::kCube : AtWord("ROLLUP") ? Kind::kRollup : Kind::kSets;
    if (element.kind == Kind::kSets) Advance();
    Advance();
    TRY_DO(ParseGroupingList(element));
  } else if (in_sets && AtSymbol("(") && SymbolAt(1, ")")) {
    Advance();
    Advance();
  } else {
    TRY(ExprPtr key, ParseExpression());
    if (auto* const tuple = std::get_if<TupleExpr>(&key->node); in_sets && tuple != nullptr) {
      element.keys = std::move(tuple->items);
    } else {
      element.keys.push_back(std::move(key));
    }
  }
  element.span = SpanFrom(begin);
  return element;
}

Status Parser::ParseGroupingList(GroupingElement& element) {
  TRY_DO(ExpectSymbol("(", "before the keys to group by"));
  do {
    if (AtGroupingSets() && element.kind != Kind::kSets) {
      return FailExpectedWithFix("keys in CUBE and ROLLUP",
                                 "only GROUPING SETS can hold CUBE, ROLLUP and GROUPING SETS");
    }
    if (element.kind != Kind::kSets && AtSymbol("(") && SymbolAt(1, ")")) {
      return FailExpectedWithFix("keys in CUBE and ROLLUP",
                                 "leave out (): they have it by themselves");
    }
    TRY(GroupingElement inner, ParseGroupingElement(true));
    element.elements.push_back(std::move(inner));
  } while (TakeSymbol(","));
  return ExpectSymbol(")", "to close the keys to group by");
}

}  // namespace oresmith::sql
