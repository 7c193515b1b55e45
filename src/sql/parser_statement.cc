// Which statement it is; SET and USE; what is known and refused.

#include <algorithm>
#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

constexpr std::array<std::string_view, 6> kStatementStarts{"CREATE", "SET",  "USE",
                                                           "SELECT", "WITH", "VALUES"};

constexpr std::array<std::string_view, 18> kCommandStarts{
    "SELECT", "DESCRIBE", "SHOW",   "OPTIMIZE", "VACUUM", "RESTORE",  "FSCK", "CONVERT", "ALTER",
    "INSERT", "DELETE",   "UPDATE", "MERGE",    "CREATE", "TRUNCATE", "DROP", "COMMENT", "VALUES"};

struct Refused {
  std::string_view first;
  std::string_view second;  // empty: any
  std::string_view name;
  std::string_view fix;
};

constexpr std::string_view kWriteDataset =
    "write CREATE STREAMING TABLE or CREATE MATERIALIZED VIEW ... AS SELECT";
constexpr std::string_view kOutside = "remove it: a pipeline file only defines datasets";

constexpr std::array<Refused, 35> kRefused{{
    {"AUTO", "CDC", "AUTO CDC alone", "write CREATE FLOW name AS AUTO CDC INTO table ..."},
    {"INSERT", "", "INSERT", kWriteDataset},
    {"MERGE", "", "MERGE", kWriteDataset},
    {"UPDATE", "", "UPDATE", kWriteDataset},
    {"DELETE", "", "DELETE", kWriteDataset},
    {"COPY", "", "COPY INTO",
     "write CREATE STREAMING TABLE ... AS SELECT * FROM STREAM read_files"},
    {"LOAD", "", "LOAD DATA",
     "write CREATE STREAMING TABLE ... AS SELECT * FROM STREAM read_files"},
    {"REPLACE", "", "REPLACE", kWriteDataset},
    {"DROP", "", "DROP", "remove the CREATE statement of the dataset"},
    {"ALTER", "", "ALTER", "change the CREATE statement of the dataset"},
    {"REFRESH", "", "REFRESH", "run: oresmith run"},
    {"TRUNCATE", "", "TRUNCATE", "run: oresmith run --full-refresh-all"},
    {"OPTIMIZE", "", "OPTIMIZE", kOutside},
    {"VACUUM", "", "VACUUM", kOutside},
    {"ANALYZE", "", "ANALYZE", kOutside},
    {"CACHE", "", "CACHE", kOutside},
    {"UNCACHE", "", "UNCACHE", kOutside},
    {"CLEAR", "", "CLEAR CACHE", kOutside},
    {"MSCK", "", "MSCK", kOutside},
    {"REPAIR", "", "REPAIR", kOutside},
    {"GRANT", "", "GRANT", kOutside},
    {"REVOKE", "", "REVOKE", kOutside},
    {"COMMENT", "ON", "COMMENT ON", "write COMMENT '...' in the CREATE statement"},
    {"ADD", "", "ADD", kOutside},
    {"RESET", "", "RESET", "remove the SET statement"},
    {"UNSET", "", "UNSET", "remove the SET statement"},
    {"DECLARE", "", "DECLARE", "write ${name} and define it in the configuration"},
    {"EXECUTE", "", "EXECUTE IMMEDIATE", kOutside},
    {"CALL", "", "CALL", kOutside},
    {"BEGIN", "", "SQL scripting (BEGIN ... END)", "write the statements one after another"},
    {"IF", "", "SQL scripting (IF)", "write the statements one after another"},
    {"WHILE", "", "SQL scripting (WHILE)", "write the statements one after another"},
    {"PIVOT", "", "PIVOT", "write CASE WHEN inside the aggregates"},
    {"MAP", "", "MAP ... USING", "write SELECT"},
    {"REDUCE", "", "REDUCE ... USING", "write SELECT"},
}};

}  // namespace

Status Parser::ParseStatementInto(Outcome& outcome) {
  const uint32_t begin = Peek().begin;
  if (AtWord("USE")) return SkipUse(begin);
  if (accept_ == Accept::kPipeline && AtLookingStatement()) {
    SkipStatement(begin);
    return {};
  }
  const bool command = accept_ == Accept::kCommands && AtCommand();
  if (AtWord("CREATE") && !command) return ParseCreate(outcome);
  TRY(Statement statement, ParseStatement());
  outcome.statements.push_back(std::move(statement));
  return {};
}

/// Left over from trying things out: it shows something and changes nothing.
bool Parser::AtLookingStatement() const {
  constexpr std::array<std::string_view, 5> kLooking{"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "LIST"};
  return std::any_of(kLooking.begin(), kLooking.end(),
                     [this](std::string_view word) { return AtWord(word); });
}

void Parser::SkipStatement(uint32_t begin) {
  const std::string word = ToUpper(TextOf(Peek()));
  while (!AtStatementEnd()) Advance();
  Warn(SpanFrom(begin), fmt::format("{} has no effect in a pipeline", word),
       "run it with: oresmith query");
}

Result<Statement> Parser::ParseStatement() {
  Statement statement;
  const uint32_t begin = Peek().begin;
  if (accept_ == Accept::kCommands && AtCommand()) {
    TRY(Command command, ParseCommand());
    statement.node =
        CommandStatement{.command = std::make_shared<const Command>(std::move(command))};
  } else if (AtWords({"APPLY", "CHANGES"})) {
    TRY(statement.node, ParseApplyChanges());
  } else if (AtWord("SET")) {
    TRY(statement.node, ParseSet());
  } else if (AtQueryStart() || AtSymbol("(")) {
    QueryStatement query;
    TRY(query.query, ParseQuery());
    statement.node = std::move(query);
  } else {
    return FailUnknownStatement();
  }
  statement.span = SpanFrom(begin);
  return statement;
}

tl::unexpected<Error> Parser::FailUnknownStatement() const {
  for (const Refused& refused : kRefused) {
    if (!AtWord(refused.first)) continue;
    if (refused.second.empty() || WordAt(1, refused.second)) {
      return FailUnsupported(HereSpan(), refused.name, refused.fix);
    }
  }
  const std::string_view nearest =
      Peek().kind == TokenKind::kWord ? Nearest(TextOf(Peek()), kStatementStarts) : "";
  if (accept_ == Accept::kCommands && nearest.empty()) {
    return FailNear("a query or a command", kCommandStarts);
  }
  return FailExpectedWithFix("a statement: CREATE, SET or SELECT",
                             nearest.empty() ? "" : fmt::format("did you mean {}?", nearest));
}

std::string Parser::RawToStatementEnd() {
  const uint32_t begin = Peek().begin;
  uint32_t end = begin;
  while (!AtStatementEnd() && Peek().kind != TokenKind::kBad) {
    Advance();
    end = last_end_;
  }
  return std::string(text_.substr(begin, end - begin));
}

Result<SetStatement> Parser::ParseSet() {
  Advance();
  if (TakeWords({"TIME", "ZONE"})) {
    if (AtWord("INTERVAL") || AtWord("LOCAL")) {
      return FailUnsupported(HereSpan(), "SET TIME ZONE with other than a name",
                             "write SET TIME ZONE 'Europe/Berlin'");
    }
    TRY(std::string zone, ExpectString("the name of a time zone"));
    return SetStatement{.key = "spark.sql.session.timeZone", .value = std::move(zone)};
  }
  for (const std::string_view word : {"VAR", "VARIABLE", "CATALOG"}) {
    if (AtWord(word) && !SymbolAt(1, "=") && !SymbolAt(1, ".")) {
      return FailUnsupported(HereSpan(), fmt::format("SET {}", word),
                             "write SET key = value, or full names: catalog.schema.table");
    }
  }
  SetStatement set;
  if (Peek().kind == TokenKind::kName) {
    set.key = TakeIdentifier().text;
  } else {
    const uint32_t begin = Peek().begin;
    while (!AtSymbol("=") && !AtStatementEnd() && Peek().kind != TokenKind::kBad) Advance();
    if (last_end_ > begin) set.key = std::string(text_.substr(begin, last_end_ - begin));
  }
  if (set.key.empty()) return FailExpected("a key after SET");
  // SET key alone shows the value.
  if (AtStatementEnd()) return set;
  TRY_DO(ExpectSymbol("=", fmt::format("after the key {}", set.key)));
  // Spark takes the rest as it stands: quotes, spaces and all.
  set.value = RawToStatementEnd();
  if (set.value.empty()) return FailExpected(fmt::format("a value for {}", set.key));
  return set;
}

Status Parser::SkipUse(uint32_t begin) {
  Advance();
  for (const std::string_view word : {"CATALOG", "SCHEMA", "DATABASE", "NAMESPACE"}) {
    if (NameAt(1) && TakeWord(word)) break;
  }
  TRY_DO(ExpectQualifiedName("the name of a catalog or schema"));
  Warn(SpanFrom(begin), "USE has no effect here",
       "set catalog and schema in spark-pipeline.yml, or write full names");
  return {};
}

}  // namespace oresmith::sql
