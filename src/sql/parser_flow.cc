// Flows: CREATE FLOW, AUTO CDC and APPLY CHANGES, the FLOW clause of a streaming table.
// Source: Databricks SQL, CREATE FLOW and AUTO CDC INTO; Spark 4.3 autoCdcParameters.

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {

Result<CreateFlow> Parser::ParseCreateFlow() {
  Advance();
  CreateFlow flow;
  TRY(flow.name, ExpectQualifiedName("the name of the flow"));
  if (TakeWord("COMMENT")) {
    TRY(flow.comment, ExpectString("the comment in quotes"));
  }
  TRY_DO(ExpectWord("AS", "after the name of the flow"));
  if (AtWord("INSERT")) {
    TRY_DO(ParseInsertFlow(flow, false));
    return flow;
  }
  if (!TakeWords({"AUTO", "CDC"}) && !TakeWords({"APPLY", "CHANGES"})) {
    return FailExpected("INSERT INTO or AUTO CDC INTO after AS");
  }
  flow.once = TakeWord("ONCE");
  TRY_DO(ExpectWord("INTO", "before the table of the flow"));
  TRY(flow.target, ExpectQualifiedName("the table of the flow"));
  TRY(flow.body, ParseAutoCdc());
  return flow;
}

Result<CreateFlow> Parser::ParseApplyChanges() {
  CreateFlow flow;
  Advance();
  Advance();
  TRY_DO(ExpectWord("INTO", "after APPLY CHANGES"));
  TRY(flow.target, ExpectQualifiedName("the table that changes are applied to"));
  flow.name = flow.target;
  TRY(flow.body, ParseAutoCdc());
  return flow;
}

Result<CreateFlow> Parser::ParseInlineFlow(const QualifiedName& target) {
  CreateFlow flow;
  flow.name = target;
  flow.target = target;
  if (AtWord("INSERT")) {
    TRY_DO(ParseInsertFlow(flow, true));
    return flow;
  }
  if (AtWord("REPLACE")) {
    return FailUnsupported(HereSpan(), "FLOW REPLACE", "write a materialized view");
  }
  if (!TakeWords({"AUTO", "CDC"})) return FailExpected("INSERT or AUTO CDC after FLOW");
  flow.once = TakeWord("ONCE");
  TRY(flow.body, ParseAutoCdc());
  return flow;
}

/// INSERT [ONCE] INTO [ONCE] [TABLE] target BY NAME query: the documents have ONCE in both places.
Status Parser::ParseInsertFlow(CreateFlow& flow, bool inline_flow) {
  Advance();
  flow.once = TakeWord("ONCE");
  if (AtWord("OVERWRITE")) {
    return FailUnsupported(HereSpan(), "INSERT OVERWRITE in a flow", "write INSERT INTO");
  }
  if (!inline_flow) {
    TRY_DO(ExpectWord("INTO", "after INSERT"));
    flow.once = TakeWord("ONCE") || flow.once;
    if (AtWord("TABLE") && NameAt(1) && !WordAt(1, "BY")) Advance();
    TRY(flow.target, ExpectQualifiedName("the table of the flow"));
  }
  if (AtWord("REPLACE")) {
    return FailUnsupported(HereSpan(), "REPLACE in a flow", "write a materialized view");
  }
  if (!TakeWords({"BY", "NAME"})) {
    return FailExpectedWithFix("BY NAME before the query of the flow",
                               "add BY NAME: columns are matched by their names");
  }
  if (!AtQueryStart() && !AtSymbol("(")) {
    return FailExpected("SELECT, WITH or VALUES after BY NAME");
  }
  TRY(flow.body, ParseQuery());
  return {};
}

/// FROM source KEYS (...) ... and its clauses: Databricks wants them in its order, Spark in any.
Result<AutoCdc> Parser::ParseAutoCdc() {
  const uint32_t begin = Peek().begin;
  AutoCdc cdc;
  TRY_DO(ExpectWord("FROM", "before the source of the changes"));
  TRY(cdc.source, ParseCdcSource());
  TRY_DO(ExpectWord("KEYS", "after the source of the changes"));
  TRY_DO(ExpectSymbol("(", "before the keys"));
  do {
    TRY(QualifiedName key, ExpectQualifiedName("a key column"));
    cdc.keys.push_back(std::move(key));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", "to close the keys"));
  bool more = true;
  while (more) {
    TRY(more, ParseCdcClause(cdc));
  }
  if (cdc.sequence_by == nullptr) {
    return FailAt(SpanFrom(begin),
                  MakeError(ErrorKind::kInvalidInput, "parse: AUTO CDC has no SEQUENCE BY")
                      .WithFix("add SEQUENCE BY and the column that orders the changes of a key"));
  }
  return cdc;
}

/// A table, a function, or `(query)`; KEYS behind it is no alias.
Result<RelationPtr> Parser::ParseCdcSource() {
  const Nested nested(*this);
  in_cdc_source_ = true;
  Result<RelationPtr> source = ParseTable();
  in_cdc_source_ = false;
  return source;
}

Result<bool> Parser::ParseCdcClause(AutoCdc& cdc) {
  const uint32_t begin = Peek().begin;
  const auto once = [&](bool taken, std::string_view clause) -> Status {
    if (!taken) return {};
    return FailAt(SpanFrom(begin),
                  MakeError(ErrorKind::kInvalidInput, "parse: {} stands twice", clause));
  };
  if (TakeWords({"IGNORE", "NULL", "UPDATES"})) {
    TRY_DO(once(cdc.ignore_null_updates, "IGNORE NULL UPDATES"));
    cdc.ignore_null_updates = true;
    if (TakeWord("ON")) {
      TRY(cdc.ignore_null_columns, ParseColumnChoice("IGNORE NULL UPDATES ON"));
    }
  } else if (TakeWords({"APPLY", "AS", "DELETE", "WHEN"})) {
    TRY_DO(once(cdc.delete_when != nullptr, "APPLY AS DELETE WHEN"));
    TRY(cdc.delete_when, ParseExpression());
  } else if (TakeWords({"APPLY", "AS", "TRUNCATE", "WHEN"})) {
    TRY_DO(once(cdc.truncate_when != nullptr, "APPLY AS TRUNCATE WHEN"));
    TRY(cdc.truncate_when, ParseExpression());
  } else if (TakeWords({"SEQUENCE", "BY"})) {
    TRY_DO(once(cdc.sequence_by != nullptr, "SEQUENCE BY"));
    TRY(cdc.sequence_by, ParseExpression());
  } else if (AtWord("COLUMNS") && !WordAt(1, "TO")) {
    Advance();
    TRY_DO(once(cdc.columns.has_value(), "COLUMNS"));
    TRY(cdc.columns, ParseColumnChoice("COLUMNS"));
  } else if (TakeWords({"STORED", "AS"})) {
    if (AtWord("BITEMPORAL")) {
      return FailUnsupported(HereSpan(), "STORED AS BITEMPORAL", "write STORED AS SCD TYPE 2");
    }
    const bool type = TakeWords({"SCD", "TYPE"});
    const std::string_view number = TextOf(Peek());
    if (!type || (number != "1" && number != "2")) {
      return FailExpected("SCD TYPE 1 or SCD TYPE 2 after STORED AS");
    }
    cdc.scd_type = number == "2" ? ScdType::kType2 : ScdType::kType1;
    Advance();
  } else if (TakeWords({"TRACK", "HISTORY", "ON"})) {
    TRY_DO(once(cdc.track_history.has_value(), "TRACK HISTORY ON"));
    TRY(cdc.track_history, ParseColumnChoice("TRACK HISTORY ON"));
  } else if (AtWords({"SYSTEM", "SEQUENCE"}) || AtWords({"COLUMNS", "TO"})) {
    return FailUnsupported({begin, PeekAt(1).end}, "a clause of BITEMPORAL history",
                           "write STORED AS SCD TYPE 2");
  } else {
    return false;
  }
  return true;
}

/// `(a, b)`, `a, b`, `* EXCEPT (a, b)`
Result<ColumnChoice> Parser::ParseColumnChoice(std::string_view clause) {
  ColumnChoice choice;
  choice.except = TakeSymbol("*");
  if (choice.except) TRY_DO(ExpectWord("EXCEPT", fmt::format("after {} *", clause)));
  const bool brackets = TakeSymbol("(");
  if (choice.except && !brackets) return FailExpected("'(' after * EXCEPT");
  do {
    TRY(QualifiedName column, ExpectQualifiedName(fmt::format("a column after {}", clause)));
    choice.columns.push_back(std::move(column));
  } while (TakeSymbol(","));
  if (brackets) TRY_DO(ExpectSymbol(")", fmt::format("to close the columns of {}", clause)));
  return choice;
}

}  // namespace oresmith::sql
