// Commands over tables: which one it is; those that show something, and those that maintain a
// table.

#include <array>
#include <charconv>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

constexpr std::array<std::string_view, 17> kCommands{
    "DESCRIBE", "DESC",   "SHOW",   "OPTIMIZE", "REORG", "VACUUM",   "RESTORE", "FSCK",   "CONVERT",
    "ALTER",    "INSERT", "DELETE", "UPDATE",   "MERGE", "TRUNCATE", "DROP",    "COMMENT"};

}  // namespace

bool Parser::AtCommand() const {
  if (AtWord("CREATE")) {
    if (WordAt(1, "TABLE")) return true;
    return WordAt(1, "OR") && WordAt(2, "REPLACE") && WordAt(3, "TABLE");
  }
  for (const std::string_view word : kCommands) {
    if (AtWord(word)) return true;
  }
  return false;
}

Result<Command> Parser::ParseCommand() {
  struct Entry {
    std::string_view word;
    Result<CommandNode> (Parser::*parse)();
  };
  static constexpr std::array<Entry, 18> kEntries{{
      {"DESCRIBE", &Parser::ParseDescribe},
      {"DESC", &Parser::ParseDescribe},
      {"SHOW", &Parser::ParseShow},
      {"OPTIMIZE", &Parser::ParseOptimize},
      {"REORG", &Parser::ParseReorg},
      {"VACUUM", &Parser::ParseVacuum},
      {"RESTORE", &Parser::ParseRestore},
      {"FSCK", &Parser::ParseFsck},
      {"CONVERT", &Parser::ParseConvert},
      {"ALTER", &Parser::ParseAlter},
      {"COMMENT", &Parser::ParseCommentOn},
      {"INSERT", &Parser::ParseInsert},
      {"DELETE", &Parser::ParseDelete},
      {"UPDATE", &Parser::ParseUpdate},
      {"MERGE", &Parser::ParseMerge},
      {"CREATE", &Parser::ParseCreateTable},
      {"DROP", &Parser::ParseDropTable},
      {"TRUNCATE", nullptr},
  }};
  for (const Entry& entry : kEntries) {
    if (!AtWord(entry.word)) continue;
    if (entry.parse != nullptr) {
      TRY(CommandNode node, (this->*entry.parse)());
      return Command{std::move(node)};
    }
    Advance();
    TRY_DO(ExpectWord("TABLE", "after TRUNCATE"));
    TRY(TableTarget table, ParseTarget("the table"));
    if (AtWord("PARTITION")) {
      return FailUnsupported(HereSpan(), "TRUNCATE of a partition", "write DELETE FROM t WHERE");
    }
    return Command{TruncateTable{std::move(table)}};
  }
  return FailExpected("a command");
}

tl::unexpected<Error> Parser::FailNear(std::string_view expected,
                                       std::span<const std::string_view> candidates) const {
  const std::string_view nearest =
      Peek().kind == TokenKind::kWord ? Nearest(TextOf(Peek()), candidates) : "";
  return FailExpectedWithFix(expected,
                             nearest.empty() ? "" : fmt::format("did you mean {}?", nearest));
}

Result<TableTarget> Parser::ParseTarget(std::string_view what) {
  TableTarget target;
  const uint32_t begin = Peek().begin;
  if (Peek().kind == TokenKind::kString) {
    return FailExpectedWithFix(what, "write a folder as delta.`/path`");
  }
  TRY(target.name, ExpectQualifiedName(what));
  target.span = SpanFrom(begin);
  return target;
}

Result<double> Parser::ExpectNumber(std::string_view what) {
  const std::string_view text = TextOf(Peek());
  double number = 0;
  const bool taken = Peek().kind == TokenKind::kNumber &&
                     std::from_chars(text.data(), text.data() + text.size(), number).ptr ==
                         text.data() + text.size();
  if (!taken) return FailExpected(what);
  Advance();
  return number;
}

// ---- DESCRIBE, SHOW -------------------------------------------------------------------------

Result<CommandNode> Parser::ParseDescribe() {
  Advance();
  if (AtWord("HISTORY") && NameAt(1)) {
    Advance();
    DescribeHistory history;
    TRY(history.table, ParseTarget("the table after DESCRIBE HISTORY"));
    if (TakeWord("LIMIT")) {
      TRY(const double limit, ExpectNumber("a number after LIMIT"));
      history.limit = static_cast<int64_t>(limit);
    }
    return history;
  }
  if (AtWord("DETAIL") && NameAt(1)) {
    Advance();
    TRY(TableTarget table, ParseTarget("the table after DESCRIBE DETAIL"));
    return DescribeDetail{std::move(table)};
  }
  static constexpr std::array<std::string_view, 5> kOthers{"FUNCTION", "DATABASE", "SCHEMA",
                                                           "CATALOG", "QUERY"};
  for (const std::string_view other : kOthers) {
    if (AtWord(other) && NameAt(1)) {
      return FailUnsupported(HereSpan(), fmt::format("DESCRIBE {}", other),
                             "describe a table: DESCRIBE TABLE t");
    }
  }
  DescribeTable describe;
  if (AtWord("TABLE") && NameAt(1)) Advance();
  if ((AtWord("EXTENDED") || AtWord("FORMATTED")) && NameAt(1)) {
    Advance();
    describe.extended = true;
  }
  // DESCRIBE HISTROY t
  static constexpr std::array<std::string_view, 4> kKinds{"HISTORY", "DETAIL", "TABLE", "EXTENDED"};
  if (Peek().kind == TokenKind::kWord && NameAt(1)) return FailNear("a table", kKinds);
  TRY(describe.table, ParseTarget("a table, HISTORY or DETAIL after DESCRIBE"));
  return describe;
}

Result<CommandNode> Parser::ParseShow() {
  Advance();
  if (TakeWord("TABLES")) {
    ShowTables show;
    if (TakeWord("IN") || TakeWord("FROM")) {
      TRY(show.schema, ExpectQualifiedName("the schema"));
    }
    if (TakeWord("LIKE") || Peek().kind == TokenKind::kString) {
      TRY(show.pattern, ExpectString("a pattern in quotes"));
    }
    return show;
  }
  if (TakeWord("COLUMNS")) {
    if (!TakeWord("IN") && !TakeWord("FROM")) return FailExpected("IN and a table");
    TRY(TableTarget table, ParseTarget("the table after SHOW COLUMNS IN"));
    return ShowColumns{std::move(table)};
  }
  if (TakeWord("TBLPROPERTIES")) {
    ShowProperties show;
    TRY(show.table, ParseTarget("the table after SHOW TBLPROPERTIES"));
    if (TakeSymbol("(")) {
      TRY(Property property, ParsePropertyKey());
      show.key = std::move(property.key);
      TRY_DO(ExpectSymbol(")", "after the key"));
    }
    return show;
  }
  if (TakeWord("CREATE")) {
    TRY_DO(ExpectWord("TABLE", "after SHOW CREATE"));
    TRY(TableTarget table, ParseTarget("the table after SHOW CREATE TABLE"));
    return ShowCreateTable{std::move(table)};
  }
  static constexpr std::array<std::string_view, 4> kShown{"TABLES", "COLUMNS", "TBLPROPERTIES",
                                                          "CREATE"};
  return FailNear("TABLES, COLUMNS, TBLPROPERTIES or CREATE TABLE after SHOW", kShown);
}

// ---- maintenance ----------------------------------------------------------------------------

Result<CommandNode> Parser::ParseOptimize() {
  Advance();
  Optimize optimize;
  TRY(optimize.table, ParseTarget("the table after OPTIMIZE"));
  optimize.full = TakeWord("FULL");
  if (TakeWord("WHERE")) {
    TRY(optimize.where, ParseExpression());
  }
  if (TakeWord("ZORDER")) {
    TRY_DO(ExpectWord("BY", "after ZORDER"));
    const bool bracket = TakeSymbol("(");
    do {
      TRY(Identifier column, ExpectName("a column to order by"));
      optimize.zorder_by.push_back(std::move(column));
    } while (TakeSymbol(","));
    if (bracket) TRY_DO(ExpectSymbol(")", "to close ZORDER BY ("));
  }
  if (AtStatementEnd()) return optimize;
  static constexpr std::array<std::string_view, 3> kClauses{"WHERE", "ZORDER", "FULL"};
  return FailNear("WHERE, ZORDER BY or the end of the statement", kClauses);
}

Result<CommandNode> Parser::ParseReorg() {
  Advance();
  Optimize reorg;
  reorg.purge = true;
  TRY_DO(ExpectWord("TABLE", "after REORG"));
  TRY(reorg.table, ParseTarget("the table after REORG TABLE"));
  if (TakeWord("WHERE")) {
    TRY(reorg.where, ParseExpression());
  }
  TRY_DO(ExpectWord("APPLY", "to say what REORG does: APPLY (PURGE)"));
  TRY_DO(ExpectSymbol("(", "after APPLY"));
  if (AtWord("UPGRADE")) {
    return FailUnsupported(HereSpan(), "REORG ... APPLY (UPGRADE UNIFORM)", "write APPLY (PURGE)");
  }
  TRY_DO(ExpectWord("PURGE", "after APPLY ("));
  TRY_DO(ExpectSymbol(")", "to close APPLY ("));
  return reorg;
}

Result<CommandNode> Parser::ParseVacuum() {
  Advance();
  Vacuum vacuum;
  TRY(vacuum.table, ParseTarget("the table after VACUUM"));
  while (!AtStatementEnd()) {
    if (TakeWord("LITE")) {
      vacuum.lite = true;
    } else if (TakeWord("FULL")) {
      vacuum.lite = false;
    } else if (TakeWord("RETAIN")) {
      TRY(vacuum.retain_hours, ExpectNumber("a number of hours after RETAIN"));
      if (!TakeWord("HOUR")) TRY_DO(ExpectWord("HOURS", "after the number"));
    } else if (TakeWord("DRY")) {
      TRY_DO(ExpectWord("RUN", "after DRY"));
      vacuum.dry_run = true;
    } else {
      static constexpr std::array<std::string_view, 4> kClauses{"LITE", "FULL", "RETAIN", "DRY"};
      return FailNear("LITE, FULL, RETAIN n HOURS or DRY RUN", kClauses);
    }
  }
  return vacuum;
}

Result<CommandNode> Parser::ParseRestore() {
  Advance();
  Restore restore;
  if (AtWord("TABLE") && NameAt(1)) Advance();
  TRY(restore.table, ParseTarget("the table after RESTORE"));
  static_cast<void>(TakeWord("TO"));
  TableRef at;
  const uint32_t before = Peek().begin;
  TRY_DO(ParseTimeTravel(at));
  if (Peek().begin == before) {
    return FailExpectedWithFix("VERSION AS OF or TIMESTAMP AS OF",
                               "write RESTORE TABLE t TO VERSION AS OF 3");
  }
  restore.version_as_of = std::move(at.version_as_of);
  restore.timestamp_as_of = std::move(at.timestamp_as_of);
  return restore;
}

Result<CommandNode> Parser::ParseFsck() {
  Advance();
  TRY_DO(ExpectWord("REPAIR", "after FSCK"));
  TRY_DO(ExpectWord("TABLE", "after FSCK REPAIR"));
  FsckRepair fsck;
  TRY(fsck.table, ParseTarget("the table"));
  if (TakeWord("METADATA")) {
    return FailUnsupported(SpanFrom(last_end_), "FSCK REPAIR TABLE ... METADATA", "leave it out");
  }
  if (TakeWord("DRY")) {
    TRY_DO(ExpectWord("RUN", "after DRY"));
    fsck.dry_run = true;
  }
  return fsck;
}

Result<CommandNode> Parser::ParseConvert() {
  Advance();
  if (!TakeWords({"TO", "DELTA"})) return FailExpected("TO DELTA after CONVERT");
  ConvertToDelta convert;
  TRY(convert.table, ParseTarget("parquet.`/path` after CONVERT TO DELTA"));
  if (TakeWord("NO")) {
    TRY_DO(ExpectWord("STATISTICS", "after NO"));
    convert.no_statistics = true;
  }
  if (TakeWord("PARTITIONED")) {
    TRY_DO(ExpectWord("BY", "after PARTITIONED"));
    TRY_DO(ExpectSymbol("(", "before the partition columns"));
    do {
      TRY(ColumnDefinition column, ParseColumn());
      if (!column.type) {
        return FailAt(column.span,
                      MakeError(ErrorKind::kInvalidInput,
                                "parse: the partition column {} has no type", column.name.text)
                          .WithFix("write PARTITIONED BY (day DATE)"));
      }
      convert.partitioned_by.push_back(std::move(column));
    } while (TakeSymbol(","));
    TRY_DO(ExpectSymbol(")", "to close the partition columns"));
  }
  return convert;
}

}  // namespace oresmith::sql
