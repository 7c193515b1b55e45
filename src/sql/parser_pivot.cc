// PIVOT and UNPIVOT after a table. Source: Spark 4.3 pivotClause, unpivotClause.

#include "sql/parser_internal.h"

namespace oresmith::sql {

bool Parser::AtPivot() const {
  if (AtWord("PIVOT")) return SymbolAt(1, "(");
  return AtWord("UNPIVOT") &&
         (SymbolAt(1, "(") ||
          ((WordAt(1, "INCLUDE") || WordAt(1, "EXCLUDE")) && WordAt(2, "NULLS")));
}

Result<RelationPtr> Parser::ParsePivots(RelationPtr input, uint32_t begin) {
  for (int count = 0; AtPivot(); ++count) {
    if (count > kChainMax / 5) {
      return FailAt(HereSpan(),
                    MakeError(ErrorKind::kInvalidInput, "parse: more than {} PIVOTs of one table",
                              kChainMax / 5));
    }
    auto relation = std::make_unique<Relation>();
    if (AtWord("PIVOT")) {
      TRY(relation->node, ParsePivot(std::move(input)));
    } else {
      TRY(relation->node, ParseUnpivot(std::move(input)));
    }
    if (TakeWord("AS") || AtAlias()) {
      TRY(relation->alias, ExpectName("an alias"));
    }
    relation->span = SpanFrom(begin);
    input = std::move(relation);
  }
  return input;
}

/// PIVOT (sum(x) AS s, ... FOR column IN (value AS name, ...))
Result<Pivot> Parser::ParsePivot(RelationPtr input) {
  Pivot pivot;
  pivot.input = std::move(input);
  Advance();
  TRY_DO(ExpectSymbol("(", "after PIVOT"));
  do {
    SelectItem item;
    TRY(item.expr, ParseExpression());
    const bool as = TakeWord("AS");
    if (as || (AtAlias() && !AtWord("FOR"))) {
      TRY(Identifier name, ExpectName("a name of the aggregate"));
      item.aliases.push_back(std::move(name));
    }
    pivot.aggregates.push_back(std::move(item));
  } while (TakeSymbol(","));
  TRY_DO(ExpectWord("FOR", "after the aggregates of PIVOT"));
  if (AtSymbol("(")) {
    TRY(pivot.columns, ParseNameList("column"));
  } else {
    TRY(Identifier column, ExpectName("a column after FOR"));
    pivot.columns.push_back(std::move(column));
  }
  TRY_DO(ExpectWord("IN", "after the column of PIVOT"));
  TRY_DO(ExpectSymbol("(", "before the values of PIVOT"));
  if (AtQueryStart() || AtWord("ANY")) {
    return FailUnsupported(HereSpan(), "PIVOT over values that only a query knows",
                           "list the values, so that the columns are known");
  }
  do {
    TRY(SelectItem item, ParseSelectItem());
    pivot.values.push_back(std::move(item));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", "to close the values of PIVOT"));
  TRY_DO(ExpectSymbol(")", "to close PIVOT"));
  return pivot;
}

/// UNPIVOT [INCLUDE | EXCLUDE NULLS] (value FOR name IN (column AS 'x', ...)), or with sets of
/// columns: ((v, w) FOR name IN ((a, b) AS x, ...)).
Result<Unpivot> Parser::ParseUnpivot(RelationPtr input) {
  Unpivot unpivot;
  unpivot.input = std::move(input);
  Advance();
  unpivot.include_nulls = AtWord("INCLUDE");
  if (!AtSymbol("(")) {
    Advance();
    Advance();
  }
  TRY_DO(ExpectSymbol("(", "after UNPIVOT"));
  const bool several = AtSymbol("(");
  if (several) {
    TRY(unpivot.value_columns, ParseNameList("column for the values"));
  } else {
    TRY(Identifier value, ExpectName("a name for the column of the values"));
    unpivot.value_columns.push_back(std::move(value));
  }
  TRY_DO(ExpectWord("FOR", "after the columns for the values"));
  TRY(unpivot.name_column, ExpectName("a name for the column of the names"));
  TRY_DO(ExpectWord("IN", "after the column for the names"));
  TRY_DO(ExpectSymbol("(", "before the columns of UNPIVOT"));
  do {
    TRY(Unpivot::Set set, ParseUnpivotSet(several));
    if (set.columns.size() != unpivot.value_columns.size()) {
      return FailAt(set.span, MakeError(ErrorKind::kInvalidInput,
                                        "parse: UNPIVOT: this set has {} columns, and there are {} "
                                        "columns for the values",
                                        set.columns.size(), unpivot.value_columns.size()));
    }
    unpivot.sets.push_back(std::move(set));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", "to close the columns of UNPIVOT"));
  TRY_DO(ExpectSymbol(")", "to close UNPIVOT"));
  return unpivot;
}

Result<Unpivot::Set> Parser::ParseUnpivotSet(bool in_brackets) {
  const uint32_t begin = Peek().begin;
  Unpivot::Set set;
  if (in_brackets) TRY_DO(ExpectSymbol("(", "before a set of columns"));
  do {
    TRY(QualifiedName column, ExpectQualifiedName("a column of UNPIVOT"));
    set.columns.push_back(std::move(column));
  } while (in_brackets && TakeSymbol(","));
  if (in_brackets) TRY_DO(ExpectSymbol(")", "to close the set of columns"));
  if (TakeWord("AS") || AtAlias()) {
    TRY(set.alias, ExpectName("an alias after AS"));
  }
  set.span = SpanFrom(begin);
  return set;
}

}  // namespace oresmith::sql
