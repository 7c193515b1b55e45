// INSERT, DELETE, UPDATE, MERGE.

#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {

bool Parser::TakeSchemaEvolution() {
  if (!AtWords({"WITH", "SCHEMA", "EVOLUTION"})) return false;
  for (int word = 0; word < 3; ++word) Advance();
  return true;
}

Result<CommandNode> Parser::ParseInsert() {
  Advance();
  InsertInto insert;
  insert.evolves = TakeSchemaEvolution();
  insert.overwrite = TakeWord("OVERWRITE");
  if (!insert.overwrite) TRY_DO(ExpectWord("INTO", "or OVERWRITE after INSERT"));
  if (AtWord("TABLE") && NameAt(1)) Advance();
  TRY(insert.table, ParseTarget("the table"));
  if (AtWord("PARTITION")) {
    return FailUnsupported(HereSpan(), "INSERT with PARTITION",
                           "name the partition columns in the query, or write REPLACE WHERE");
  }
  if (TakeWord("REPLACE")) {
    if (insert.overwrite || AtWord("USING")) {
      return FailUnsupported(HereSpan(), "this form of REPLACE",
                             "write INSERT INTO t REPLACE WHERE condition SELECT ...");
    }
    TRY_DO(ExpectWord("WHERE", "after REPLACE"));
    TRY(insert.replace_where, ParseExpression());
  }
  if (AtSymbol("(") && !WordAt(1, "SELECT") && !WordAt(1, "WITH") && !WordAt(1, "VALUES") &&
      !SymbolAt(1, "(")) {
    TRY(insert.columns, ParseNameList("column"));
  }
  if (AtWords({"BY", "NAME"})) {
    if (!insert.columns.empty()) {
      return FailExpectedWithFix("a query", "leave out either the column list or BY NAME");
    }
    Advance();
    Advance();
    insert.by_name = true;
  }

  if (!AtQueryStart() && !AtSymbol("(")) {
    static constexpr std::array<std::string_view, 5> kNext{"VALUES", "SELECT", "WITH", "BY",
                                                           "REPLACE"};
    return FailNear("VALUES or a query", kNext);
  }
  TRY(insert.query, ParseQuery());
  return insert;
}

/// `t AS x`, `t x`
Result<Identifier> Parser::ParseTargetAlias() {
  if (TakeWord("AS")) return ExpectName("an alias after AS");
  if (AtWord("SET") || AtWord("WHERE") || AtWord("USING") || !NameAt(0)) return Identifier();
  return TakeIdentifier();
}

Result<CommandNode> Parser::ParseDelete() {
  Advance();
  TRY_DO(ExpectWord("FROM", "after DELETE"));
  DeleteFrom statement;
  TRY(statement.table, ParseTarget("the table after DELETE FROM"));
  TRY(statement.alias, ParseTargetAlias());
  if (TakeWord("WHERE")) {
    TRY(statement.where, ParseExpression());
  } else if (!AtStatementEnd()) {
    static constexpr std::array<std::string_view, 1> kNext{"WHERE"};
    return FailNear("WHERE or the end of the statement", kNext);
  } else if (Nearest(statement.alias.text, std::array<std::string_view, 1>{"WHERE"}) == "WHERE") {
    // DELETE FROM t WHER would delete all rows.
    return FailExpectedWithFix("a condition", "did you mean WHERE?");
  }
  return statement;
}

Result<ExprPtr> Parser::ParseValueOrDefault() {
  const bool is_default = AtWord("DEFAULT") && !SymbolAt(1, "(") && !SymbolAt(1, ".");
  if (!is_default) return ParseExpression();
  Advance();
  return ExprPtr();
}

Result<std::vector<Assignment>> Parser::ParseAssignments() {
  std::vector<Assignment> assignments;
  do {
    Assignment assignment;
    TRY(assignment.column, ExpectQualifiedName("a column to set"));
    if (!TakeSymbol("=") && !TakeSymbol("==")) {
      return FailExpected(fmt::format("'=' after the column {}", assignment.column.back().text));
    }
    TRY(assignment.value, ParseValueOrDefault());
    assignments.push_back(std::move(assignment));
  } while (TakeSymbol(","));
  return assignments;
}

Result<CommandNode> Parser::ParseUpdate() {
  Advance();
  UpdateTable statement;
  TRY(statement.table, ParseTarget("the table after UPDATE"));
  TRY(statement.alias, ParseTargetAlias());
  TRY_DO(ExpectWord("SET", "after the table"));
  TRY(statement.assignments, ParseAssignments());
  if (TakeWord("WHERE")) {
    TRY(statement.where, ParseExpression());
  } else if (!AtStatementEnd()) {
    static constexpr std::array<std::string_view, 1> kNext{"WHERE"};
    return FailNear("WHERE or the end of the statement", kNext);
  }
  return statement;
}

// ---- MERGE ----------------------------------------------------------------------------------

Result<CommandNode> Parser::ParseMerge() {
  Advance();
  MergeInto merge;
  merge.evolves = TakeSchemaEvolution();
  TRY_DO(ExpectWord("INTO", "after MERGE"));
  TRY(merge.table, ParseTarget("the table after MERGE INTO"));
  TRY(merge.alias, ParseTargetAlias());
  TRY_DO(ExpectWord("USING", "after the table"));
  TRY(merge.source, ParseTable());
  TRY_DO(ExpectWord("ON", "after the source"));
  TRY(merge.on, ParseExpression());
  while (AtWord("WHEN")) {
    TRY(MergeClause clause, ParseMergeClause());
    merge.clauses.push_back(std::move(clause));
  }
  if (merge.clauses.empty()) {
    static constexpr std::array<std::string_view, 1> kNext{"WHEN"};
    return FailNear("WHEN MATCHED or WHEN NOT MATCHED", kNext);
  }
  return merge;
}

Result<MergeClause> Parser::ParseMergeClause() {
  MergeClause clause;
  const uint32_t begin = Peek().begin;
  Advance();
  const bool negated = TakeWord("NOT");
  TRY_DO(ExpectWord("MATCHED", negated ? "after WHEN NOT" : "or NOT MATCHED after WHEN"));
  if (negated) {
    clause.match = MergeMatch::kNotMatched;
    if (TakeWord("BY")) {
      if (TakeWord("SOURCE")) {
        clause.match = MergeMatch::kNotMatchedBySource;
      } else {
        TRY_DO(ExpectWord("TARGET", "or SOURCE after BY"));
      }
    }
  }
  if (TakeWord("AND")) {
    TRY(clause.condition, ParseExpression());
  }
  TRY_DO(ExpectWord("THEN", "after the condition"));
  TRY_DO(ParseMergeAction(clause));
  clause.span = SpanFrom(begin);
  return clause;
}

Status Parser::ParseMergeAction(MergeClause& clause) {
  const bool inserts = clause.match == MergeMatch::kNotMatched;
  if (inserts) {
    TRY_DO(ExpectWord("INSERT", "after WHEN NOT MATCHED ... THEN"));
    return ParseMergeInsert(clause);
  }
  if (TakeWord("DELETE")) {
    clause.action = MergeAction::kDelete;
    return {};
  }
  if (!TakeWord("UPDATE")) {
    static constexpr std::array<std::string_view, 2> kActions{"UPDATE", "DELETE"};
    return FailNear("UPDATE or DELETE after THEN", kActions);
  }
  clause.action = MergeAction::kUpdate;
  TRY_DO(ExpectWord("SET", "after UPDATE"));
  if (AtSymbol("*")) {
    if (clause.match == MergeMatch::kNotMatchedBySource) {
      return FailExpectedWithFix("a column to set", "there is no source row to take * from");
    }
    Advance();
    clause.star = true;
    return {};
  }
  TRY(clause.assignments, ParseAssignments());
  return {};
}

Status Parser::ParseMergeInsert(MergeClause& clause) {
  clause.action = MergeAction::kInsert;
  if (TakeSymbol("*")) {
    clause.star = true;
    return {};
  }
  TRY(const std::vector<Identifier> columns, ParseNameList("column"));
  TRY_DO(ExpectWord("VALUES", "after the columns of INSERT"));
  TRY_DO(ExpectSymbol("(", "before the values"));
  const uint32_t begin = Peek().begin;
  std::vector<ExprPtr> values;
  do {
    TRY(ExprPtr value, ParseValueOrDefault());
    values.push_back(std::move(value));
  } while (TakeSymbol(","));
  const Span span = SpanFrom(begin);
  TRY_DO(ExpectSymbol(")", "after the values"));
  if (columns.size() != values.size()) {
    return FailAt(span, MakeError(ErrorKind::kInvalidInput, "parse: {} columns and {} values",
                                  columns.size(), values.size()));
  }
  for (size_t i = 0; i < columns.size(); ++i) {
    clause.assignments.push_back({.column = {columns[i]}, .value = std::move(values[i])});
  }
  return {};
}

}  // namespace oresmith::sql
