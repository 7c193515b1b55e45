// Commands that make, change and drop tables.

#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {

// ---- CREATE TABLE, DROP TABLE, COMMENT ON ---------------------------------------------------

Result<CommandNode> Parser::ParseCreateTable() {
  Advance();
  CreateTable create;
  if (TakeWord("OR")) {
    Advance();
    create.or_replace = true;
  }
  Advance();
  const uint32_t begin = Peek().begin;
  create.if_not_exists = TakeWords({"IF", "NOT", "EXISTS"});
  if (create.if_not_exists && create.or_replace) {
    return FailAt(SpanFrom(begin), MakeError(ErrorKind::kInvalidInput,
                                             "parse: OR REPLACE and IF NOT EXISTS contradict "
                                             "each other"));
  }
  TRY(create.table, ParseTarget("the name of the table"));
  CreateDataset dataset;
  if (AtSymbol("(") && !WordAt(1, "SELECT") && !WordAt(1, "WITH")) {
    TRY_DO(ParseColumnList(dataset));
    if (!dataset.expectations.empty()) {
      return FailUnsupported(dataset.expectations[0].span, "an expectation of a table",
                             "write ALTER TABLE t ADD CONSTRAINT name CHECK (condition)");
    }
    create.columns = std::move(dataset.columns);
  }
  TRY_DO(ParseCreateTableClauses(create));
  const bool as = TakeWord("AS");
  if (AtQueryStart() || (as && AtSymbol("("))) {
    TRY(create.query, ParseQuery());
    return create;
  }
  if (as) return FailExpected("SELECT, WITH or VALUES after AS");
  TRY_DO(RefuseTableClause());
  if (create.columns.empty()) {
    return FailExpectedWithFix("a column list or AS and a query",
                               "write CREATE TABLE t (id BIGINT, name STRING) USING DELTA");
  }
  for (const ColumnDefinition& column : create.columns) {
    if (column.type) continue;
    return FailAt(column.span, MakeError(ErrorKind::kInvalidInput,
                                         "parse: the column {} has no type", column.name.text));
  }
  return create;
}

Status Parser::ParseCreateTableClauses(CreateTable& create) {
  CreateDataset dataset;
  bool more = true;
  while (more) {
    TRY(more, ParseTableClause(dataset));
  }
  create.partitioned_by = std::move(dataset.partitioned_by);
  create.comment = std::move(dataset.comment);
  create.properties = std::move(dataset.properties);
  return {};
}

/// DEFAULT and GENERATED ALWAYS AS, which only a table that is no dataset may have.
Result<bool> Parser::ParseComputedColumn(ColumnDefinition& column) {
  if (TakeWord("DEFAULT")) {
    TRY(column.default_sql, ParseRawExpression());
    return true;
  }
  if (!AtWord("GENERATED")) return false;
  Advance();
  const bool always = AtWords({"ALWAYS", "AS", "IDENTITY"});
  if (always || AtWords({"BY", "DEFAULT", "AS", "IDENTITY"})) {
    for (int word = always ? 3 : 4; word > 0; --word) Advance();
    // In one form, for who makes the table.
    std::string start = "1";
    std::string step = "1";
    const bool bracket = TakeSymbol("(");
    while (bracket && !TakeSymbol(")")) {
      const bool starts = TakeWords({"START", "WITH"});
      if (!starts && !TakeWords({"INCREMENT", "BY"})) {
        return FailExpected("START WITH n or INCREMENT BY n");
      }
      std::string& number = starts ? start : step;
      number = TakeSymbol("-") ? "-" : "";
      number += TextOf(Peek());
      TRY(const double value, ExpectNumber("a whole number"));
      static_cast<void>(value);
    }
    column.generated_sql =
        fmt::format("IDENTITY {} {} {}", always ? "ALWAYS" : "DEFAULT", start, step);
    return true;
  }
  if (!TakeWords({"ALWAYS", "AS"})) return FailExpected("ALWAYS AS (expression)");
  TRY_DO(ExpectSymbol("(", "before the expression of a generated column"));
  TRY(column.generated_sql, ParseRawExpression());
  TRY_DO(ExpectSymbol(")", "after the expression of a generated column"));
  return true;
}

Result<std::string> Parser::ParseRawExpression() {
  const uint32_t begin = Peek().begin;
  TRY(const ExprPtr expr, ParseOperators(0));
  static_cast<void>(expr);
  return std::string(text_.substr(begin, last_end_ - begin));
}

Result<CommandNode> Parser::ParseDropTable() {
  Advance();
  if (!AtWord("TABLE")) {
    return FailUnsupported(HereSpan(), "DROP of other than a table", "write DROP TABLE t");
  }
  Advance();
  DropTable drop;
  drop.if_exists = TakeWords({"IF", "EXISTS"});
  TRY(drop.table, ParseTarget("the table after DROP TABLE"));
  static_cast<void>(TakeWord("PURGE"));
  return drop;
}

Result<CommandNode> Parser::ParseCommentOn() {
  Advance();
  TRY_DO(ExpectWord("ON", "after COMMENT"));
  if (AtWord("COLUMN")) {
    return FailUnsupported(HereSpan(), "COMMENT ON COLUMN",
                           "write ALTER TABLE t ALTER COLUMN c COMMENT '...'");
  }
  TRY_DO(ExpectWord("TABLE", "after COMMENT ON"));
  CommentOnTable comment;
  TRY(comment.table, ParseTarget("the table"));
  TRY_DO(ExpectWord("IS", "after the table"));
  if (TakeWord("NULL")) return comment;
  TRY(comment.comment, ExpectString("the comment in quotes, or NULL"));
  return comment;
}

// ---- ALTER TABLE ----------------------------------------------------------------------------

Result<CommandNode> Parser::ParseAlter() {
  Advance();
  if (!AtWord("TABLE")) {
    return FailUnsupported(HereSpan(), "ALTER of other than a table", "write ALTER TABLE t ...");
  }
  Advance();
  AlterTable alter;
  TRY(alter.table, ParseTarget("the table after ALTER TABLE"));
  const uint32_t begin = Peek().begin;
  if (AtWord("ADD")) {
    TRY_DO(ParseAlterAdd(alter));
  } else if (AtWord("DROP")) {
    TRY_DO(ParseAlterDrop(alter));
  } else if (AtWord("ALTER") || AtWord("CHANGE")) {
    TRY(alter.change, ParseChangeColumn());
  } else if (TakeWord("RENAME")) {
    if (AtWord("TO")) {
      return FailUnsupported(HereSpan(), "renaming a table",
                             "write CREATE TABLE new AS SELECT * FROM old, then DROP TABLE old");
    }
    TRY_DO(ExpectWord("COLUMN", "after RENAME"));
    RenameColumn rename;
    TRY(rename.column, ExpectQualifiedName("the column to rename"));
    TRY_DO(ExpectWord("TO", "after the column"));
    TRY(rename.to, ExpectName("the new name"));
    alter.change = std::move(rename);
  } else if (TakeWords({"SET", "TBLPROPERTIES"})) {
    SetProperties set;
    TRY_DO(ParsePropertyList("TBLPROPERTIES", set.properties));
    alter.change = std::move(set);
  } else if (TakeWords({"UNSET", "TBLPROPERTIES"})) {
    TRY_DO(ParseAlterUnset(alter));
  } else {
    static constexpr std::array<std::string_view, 7> kChanges{"ADD",    "DROP", "ALTER", "CHANGE",
                                                              "RENAME", "SET",  "UNSET"};
    return FailNear(
        "ADD, DROP, ALTER COLUMN, RENAME COLUMN, SET TBLPROPERTIES or UNSET TBLPROPERTIES",
        kChanges);
  }
  alter.change_span = SpanFrom(begin);
  return alter;
}

Status Parser::ParseAlterAdd(AlterTable& alter) {
  Advance();
  if (TakeWord("CONSTRAINT")) {
    AddConstraint add;
    TRY(add.name, ExpectName("the name of the constraint"));
    if (AtWord("PRIMARY") || AtWord("FOREIGN")) {
      return FailUnsupported(HereSpan(), "a key", "leave it out: keys are not enforced");
    }
    TRY_DO(ExpectWord("CHECK", "after the name of the constraint"));
    TRY_DO(ExpectSymbol("(", "before the condition"));
    TRY(add.check, ParseExpression());
    TRY_DO(ExpectSymbol(")", "after the condition"));
    alter.change = std::move(add);
    return {};
  }
  if (!TakeWord("COLUMNS") && !TakeWord("COLUMN")) {
    static constexpr std::array<std::string_view, 3> kAdded{"COLUMNS", "COLUMN", "CONSTRAINT"};
    return FailNear("COLUMNS or CONSTRAINT after ADD", kAdded);
  }
  TRY(alter.change, ParseAddColumns());
  return {};
}

Result<AddColumns> Parser::ParseAddColumns() {
  AddColumns add;
  const bool bracket = TakeSymbol("(");
  do {
    TRY(AddColumns::Column column, ParseAddColumn());
    add.columns.push_back(std::move(column));
  } while (TakeSymbol(","));
  if (bracket) TRY_DO(ExpectSymbol(")", "to close the list of columns"));
  return add;
}

Result<AddColumns::Column> Parser::ParseAddColumn() {
  AddColumns::Column column;
  const uint32_t begin = Peek().begin;
  TRY(column.name, ExpectQualifiedName("the name of a column"));
  column.definition.name = column.name.back();
  Span type_span;
  TRY(column.definition.type, ParseType(&type_span));
  while (Peek().kind == TokenKind::kWord) {
    TRY(const std::optional<ColumnPosition> position, ParsePosition());
    if (position) {
      column.position = *position;
    } else {
      TRY_DO(ParseColumnOption(column.definition));
    }
  }
  column.definition.span = SpanFrom(begin);
  return column;
}

Result<std::optional<ColumnPosition>> Parser::ParsePosition() {
  if (TakeWord("FIRST")) return ColumnPosition{.first = true, .after = {}};
  if (!TakeWord("AFTER")) return std::optional<ColumnPosition>();
  ColumnPosition position;
  TRY(position.after, ExpectName("a column after AFTER"));
  return position;
}

Status Parser::ParseAlterDrop(AlterTable& alter) {
  Advance();
  if (TakeWord("CONSTRAINT")) {
    DropConstraint drop;
    drop.if_exists = TakeWords({"IF", "EXISTS"});
    TRY(drop.name, ExpectName("the name of the constraint"));
    alter.change = std::move(drop);
    return {};
  }
  if (AtWord("FEATURE")) {
    return FailUnsupported(HereSpan(), "DROP FEATURE",
                           "copy the table to one without it: CREATE TABLE new AS SELECT * FROM t");
  }
  if (!TakeWord("COLUMNS") && !TakeWord("COLUMN")) {
    static constexpr std::array<std::string_view, 3> kDropped{"COLUMNS", "COLUMN", "CONSTRAINT"};
    return FailNear("COLUMN or CONSTRAINT after DROP", kDropped);
  }
  DropColumns drop;
  drop.if_exists = TakeWords({"IF", "EXISTS"});
  TRY(drop.columns, ParseColumnNames());
  alter.change = std::move(drop);
  return {};
}

Result<std::vector<QualifiedName>> Parser::ParseColumnNames() {
  std::vector<QualifiedName> names;
  const bool bracket = TakeSymbol("(");
  do {
    TRY(QualifiedName name, ExpectQualifiedName("a column"));
    names.push_back(std::move(name));
  } while (TakeSymbol(","));
  if (bracket) TRY_DO(ExpectSymbol(")", "to close the list of columns"));
  return names;
}

Result<Property> Parser::ParsePropertyKey() {
  Property property;
  const uint32_t begin = Peek().begin;
  if (Peek().kind == TokenKind::kString) {
    TRY(property.key, ExpectString("the key of a property"));
  } else {
    TRY(const QualifiedName key, ExpectQualifiedName("the key of a property"));
    for (const Identifier& part : key) {
      if (!property.key.empty()) property.key += '.';
      property.key += part.text;
    }
  }
  property.span = SpanFrom(begin);
  return property;
}

Status Parser::ParseAlterUnset(AlterTable& alter) {
  UnsetProperties unset;
  unset.if_exists = TakeWords({"IF", "EXISTS"});
  TRY_DO(ExpectSymbol("(", "after UNSET TBLPROPERTIES"));
  do {
    TRY(Property property, ParsePropertyKey());
    unset.properties.push_back(std::move(property));
  } while (TakeSymbol(","));
  TRY_DO(ExpectSymbol(")", "to close the list of keys"));
  alter.change = std::move(unset);
  return {};
}

Result<ChangeColumn> Parser::ParseChangeColumn() {
  Advance();
  static_cast<void>(AtWord("COLUMN") && NameAt(1) && TakeWord("COLUMN"));
  ChangeColumn change;
  TRY(change.column, ExpectQualifiedName("the column"));
  TRY_DO(ParseColumnChange(change));
  if (!AtStatementEnd())
    return FailExpectedWithFix("the end of the statement", "one change at a time");
  return change;
}

Status Parser::ParseColumnChange(ChangeColumn& change) {
  if (TakeWord("COMMENT")) {
    TRY(change.comment, ExpectString("the comment in quotes"));
  } else if (TakeWord("TYPE")) {
    Span span;
    TRY(change.type, ParseType(&span));
  } else if (TakeWords({"DROP", "NOT", "NULL"})) {
    change.nullable = true;
  } else if (TakeWords({"SET", "NOT", "NULL"})) {
    change.nullable = false;
  } else if (TakeWords({"SET", "DEFAULT"})) {
    TRY(change.new_default, ParseRawExpression());
  } else if (TakeWords({"DROP", "DEFAULT"})) {
    change.new_default = "";
  } else if (TakeWords({"SYNC", "IDENTITY"})) {
    change.sync_identity = true;
  } else {
    TRY(change.position, ParsePosition());
    if (change.position) return {};
    static constexpr std::array<std::string_view, 7> kChanges{"COMMENT", "TYPE",  "SET", "DROP",
                                                              "FIRST",   "AFTER", "SYNC"};
    return FailNear(
        "COMMENT, TYPE, SET NOT NULL, DROP NOT NULL, SET DEFAULT, DROP DEFAULT, SYNC IDENTITY, "
        "FIRST or AFTER",
        kChanges);
  }
  return {};
}

}  // namespace oresmith::sql
