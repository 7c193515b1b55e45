// CREATE STREAMING TABLE, MATERIALIZED VIEW, TEMPORARY VIEW, VIEW and their legacy spellings.

#include <array>

#include "sql/parser_internal.h"
#include "sql/words_internal.h"
#include "types/text.h"

namespace oresmith::sql {
namespace {

struct Refused {
  std::string_view first;
  std::string_view second;  // empty: any
  std::string_view name;
  std::string_view fix;
};

constexpr std::string_view kSinkProperty = "oresmith.sink";
constexpr std::string_view kUseDataset = "write CREATE STREAMING TABLE or CREATE MATERIALIZED VIEW";

constexpr std::array<Refused, 11> kRefusedCreates{{
    {"TABLE", "", "CREATE TABLE", kUseDataset},
    {"EXTERNAL", "", "CREATE EXTERNAL TABLE", kUseDataset},
    {"FUNCTION", "", "CREATE FUNCTION", "write its expression where it is called"},
    {"SCHEMA", "", "CREATE SCHEMA", "leave it out: schemas are made when a table needs them"},
    {"DATABASE", "", "CREATE DATABASE", "leave it out: schemas are made when a table needs them"},
    {"CATALOG", "", "CREATE CATALOG", "leave it out: catalogs are made when a table needs them"},
    {"VOLUME", "", "CREATE VOLUME", "write the path of a folder"},
    {"CONNECTION", "", "CREATE CONNECTION", "leave it out"},
    {"METRIC", "", "CREATE METRIC VIEW", "write CREATE MATERIALIZED VIEW"},
    {"VARIABLE", "", "CREATE VARIABLE", "write ${name} and define it in the configuration"},
    {"GLOBAL", "", "CREATE GLOBAL TEMPORARY VIEW", "write CREATE TEMPORARY VIEW"},
}};

constexpr std::array<std::string_view, 15> kCreateWords{
    "OR",           "REFRESH", "REPLACE", "PRIVATE",     "TEMPORARY", "TEMP", "STREAMING", "TABLE",
    "MATERIALIZED", "VIEW",    "LIVE",    "INCREMENTAL", "FLOW",      "SINK", "FUNCTION"};

constexpr std::array<Refused, 13> kRefusedClauses{{
    {"OPTIONS", "", "OPTIONS", "put options of the source into read_files(...)"},
    {"CLUSTERED", "", "CLUSTERED BY ... BUCKETS", "leave it out"},
    {"STORED", "", "STORED AS", "leave it out: tables are Delta"},
    {"ROW", "FORMAT", "ROW FORMAT", "leave it out: tables are Delta"},
    {"WITH", "ROW", "WITH ROW FILTER", "filter the rows in a view"},
    {"DEFAULT", "", "DEFAULT COLLATION", "leave it out: text is compared by its bytes"},
    {"SKEWED", "", "SKEWED BY", "leave it out"},
    {"PRIMARY", "", "a key outside the column list", "leave it out: keys are not enforced"},
    {"WATERMARK", "", "WATERMARK", "leave it out"},
    {"EVENT", "", "EVENT", "leave it out"},
    {"PARTITION", "", "PARTITION", "write PARTITIONED BY (column)"},
    {"INSERT", "", "INSERT", "write AS SELECT"},
}};

constexpr std::array<std::string_view, 12> kClauseWords{
    "USING",  "PARTITIONED", "CLUSTER",  "COMMENT", "TBLPROPERTIES", "AS",
    "SELECT", "WITH",        "LOCATION", "BY",      "CONSTRAINT",    "OPTIONS"};

}  // namespace

Status Parser::RefuseOtherCreate() const {
  for (const Refused& refused : kRefusedCreates) {
    if (AtWord(refused.first)) return FailUnsupported(HereSpan(), refused.name, refused.fix);
  }
  const std::string_view nearest =
      Peek().kind == TokenKind::kWord ? Nearest(TextOf(Peek()), kCreateWords) : "";
  return FailExpectedWithFix(
      "STREAMING TABLE, MATERIALIZED VIEW, TEMPORARY VIEW or VIEW after CREATE",
      nearest.empty() ? "" : fmt::format("did you mean {}?", nearest));
}

Result<Parser::CreateHead> Parser::ParseCreateHead() {
  Advance();
  if (TakeWord("OR") && !TakeWord("REFRESH") && !TakeWord("REPLACE")) {
    return FailExpected("REFRESH or REPLACE after CREATE OR");
  }
  if (AtWord("PRIVATE")) {
    Warn(HereSpan(), "PRIVATE has no effect here: every dataset can be queried", "");
    Advance();
  }
  const bool temporary = TakeWord("TEMPORARY") || TakeWord("TEMP");
  if (TakeWord("MATERIALIZED")) {
    TRY_DO(ExpectWord("VIEW", "after MATERIALIZED"));
    return CreateHead{DatasetKind::kMaterializedView, "materialized view"};
  }
  const bool streaming = TakeWord("STREAMING") || TakeWord("INCREMENTAL");
  const bool live = TakeWord("LIVE");
  if (AtWord("TABLE") && (streaming || live)) {
    Advance();
    if (streaming) return CreateHead{DatasetKind::kStreamingTable, "streaming table"};
    return CreateHead{DatasetKind::kMaterializedView, "materialized view"};
  }
  // LIVE VIEW of old never left its pipeline: what is now called a temporary view.
  if (AtWord("VIEW") && (!streaming || live)) {
    Advance();
    if (temporary || live) return CreateHead{DatasetKind::kTemporaryView, "temporary view"};
    return CreateHead{DatasetKind::kView, "view"};
  }
  if (streaming || live) {
    TRY_DO(ExpectWord("TABLE", live ? "or VIEW after LIVE" : "after STREAMING"));
  }
  TRY_DO(RefuseOtherCreate());
  return FailExpected("a dataset");
}

Status Parser::ParseCreate(Outcome& outcome) {
  const uint32_t begin = Peek().begin;
  const auto add = [&](auto node) {
    Statement& statement = outcome.statements.emplace_back();
    statement.span = SpanFrom(begin);
    statement.node = std::move(node);
  };
  if (WordAt(1, "FLOW")) {
    Advance();
    TRY(CreateFlow flow, ParseCreateFlow());
    add(std::move(flow));
    return {};
  }
  // CREATE SINK name USING format OPTIONS ('key' = 'value', ...), which is ours: a streaming table
  // whose property oresmith.sink says that its rows leave for somewhere else.
  if (WordAt(1, "SINK")) {
    Advance();
    Advance();
    CreateDataset sink;
    static_cast<void>(TakeWords({"IF", "NOT", "EXISTS"}));
    TRY(sink.name, ExpectQualifiedName("the name of the sink"));
    TRY_DO(ExpectWord("USING", "and a format, such as kafka, behind the name of a sink"));
    if (!NameAt(0)) return FailExpectedWithFix("the format of the sink", "write USING kafka");
    const Identifier format = TakeIdentifier();
    sink.properties.push_back(
        {.key = std::string(kSinkProperty), .value = format.text, .span = format.span});
    const size_t options = sink.properties.size();
    if (TakeWord("OPTIONS")) TRY_DO(ParsePropertyList("OPTIONS", sink.properties));
    for (size_t i = options; i < sink.properties.size(); ++i) {
      sink.properties[i].key = fmt::format("{}.{}", kSinkProperty, sink.properties[i].key);
    }
    if (TakeWord("COMMENT")) {
      TRY(sink.comment, ExpectString("the comment in quotes"));
    }
    if (!AtStatementEnd()) {
      return FailExpectedWithFix("OPTIONS or the end of CREATE SINK",
                                 "its rows come from CREATE FLOW f AS INSERT INTO it BY NAME ...");
    }
    add(std::move(sink));
    return {};
  }
  TRY(const CreateHead head, ParseCreateHead());
  CreateDataset dataset;
  std::optional<CreateFlow> flow;
  TRY_DO(ParseDatasetBody(head, dataset, flow));
  add(std::move(dataset));
  if (flow) add(std::move(*flow));
  return {};
}

Status Parser::ParseDatasetBody(const CreateHead& head, CreateDataset& dataset,
                                std::optional<CreateFlow>& flow) {
  dataset.kind = head.kind;
  static_cast<void>(TakeWords({"IF", "NOT", "EXISTS"}));
  TRY(dataset.name, ExpectQualifiedName(fmt::format("the name of the {}", head.what)));
  if (AtSymbol("(") && !WordAt(1, "SELECT") && !WordAt(1, "WITH")) {
    TRY_DO(ParseColumnList(dataset));
  }
  bool more = true;
  while (more) {
    TRY(more, ParseTableClause(dataset));
  }
  if (AtWords({"WITH", "ROW", "FILTER"})) TRY_DO(RefuseTableClause());
  const bool streaming_table = head.kind == DatasetKind::kStreamingTable;
  if (streaming_table && TakeWord("FLOW")) {
    TRY(CreateFlow inline_flow, ParseInlineFlow(dataset.name));
    // FLOW INSERT BY NAME is another spelling of AS.
    auto* const query = std::get_if<QueryPtr>(&inline_flow.body);
    if (query != nullptr && !inline_flow.once) {
      dataset.query = std::move(*query);
    } else {
      flow = std::move(inline_flow);
    }
    return {};
  }
  // Old pipelines leave AS out, and Databricks reads them.
  const bool as = TakeWord("AS");
  if (AtQueryStart() || AtSymbol("(")) {
    TRY(dataset.query, ParseQuery());
    return {};
  }
  if (!as && AtStatementEnd() && streaming_table) return {};
  if (as) return FailExpected("SELECT, WITH or VALUES after AS");
  TRY_DO(RefuseTableClause());
  return FailExpectedWithFix(fmt::format("AS and the query of the {}", head.what),
                             "add AS SELECT ...");
}

// ---- the column list ------------------------------------------------------------------------

Status Parser::ParseColumnList(CreateDataset& dataset) {
  Advance();
  if (AtSymbol(")")) return FailExpected("a column");
  do {
    if (AtSymbol(")"))
      return FailExpectedWithFix("a column after ','", "remove the ',' before ')'");
    TRY_DO(ParseColumnListItem(dataset));
  } while (TakeSymbol(","));
  if (AtWord("CONSTRAINT")) {
    return FailExpectedWithFix("',' before CONSTRAINT", "put a ',' between the items of the list");
  }
  return ExpectSymbol(")", "to close the column list");
}

Status Parser::ParseColumnListItem(CreateDataset& dataset) {
  if (AtWord("CONSTRAINT") && NameAt(1) && PeekAt(2).kind == TokenKind::kWord) {
    return ParseConstraint(dataset);
  }
  const bool key = AtWords({"PRIMARY", "KEY"}) || AtWords({"FOREIGN", "KEY"});
  if (key) {
    Warn(HereSpan(), "keys have no effect here: they are not enforced", "");
    while (!AtStatementEnd() && !AtSymbol(",") && !AtSymbol(")")) {
      if (AtSymbol("(")) {
        TRY_DO(SkipBrackets());
      } else {
        Advance();
      }
    }
    return {};
  }
  TRY(ColumnDefinition column, ParseColumn());
  dataset.columns.push_back(std::move(column));
  return {};
}

/// REFERENCES table [(columns)] and what it says of enforcement.
Status Parser::SkipReferences() {
  Advance();
  TRY_DO(ExpectQualifiedName("the table after REFERENCES"));
  if (AtSymbol("(")) TRY_DO(SkipBrackets());
  while (AtWord("NOT") || AtWord("ENFORCED") || AtWord("NORELY") || AtWord("RELY") ||
         AtWord("DEFERRABLE")) {
    if (AtWords({"NOT", "NULL"})) return {};
    Advance();
  }
  return {};
}

Status Parser::SkipBrackets() {
  int open = 0;
  do {
    if (AtStatementEnd()) return FailExpected("')'");
    open += AtSymbol("(") ? 1 : AtSymbol(")") ? -1 : 0;
    Advance();
  } while (open > 0);
  return {};
}

Status Parser::ParseConstraint(CreateDataset& dataset) {
  const uint32_t begin = Peek().begin;
  Advance();
  Expectation expectation;
  expectation.name = TakeIdentifier();
  if (AtWord("PRIMARY") || AtWord("FOREIGN")) return ParseColumnListItem(dataset);
  if (AtWord("CHECK") || AtWord("UNIQUE")) {
    return FailUnsupported(HereSpan(), ToUpper(TextOf(Peek())),
                           "write EXPECT (condition) ON VIOLATION DROP ROW or FAIL UPDATE");
  }
  TRY_DO(ExpectWord("EXPECT", "after the name of the constraint"));
  TRY_DO(ExpectSymbol("(", "before the condition of EXPECT"));
  TRY(expectation.condition, ParseExpression());
  TRY_DO(ExpectSymbol(")", "to close the condition of EXPECT"));
  TRY(expectation.on_violation, ParseOnViolation());
  expectation.span = SpanFrom(begin);
  dataset.expectations.push_back(std::move(expectation));
  return {};
}

Result<OnViolation> Parser::ParseOnViolation() {
  if (!AtWord("ON")) return OnViolation::kWarn;
  Advance();
  TRY_DO(ExpectWord("VIOLATION", "after ON"));
  if (TakeWords({"DROP", "ROW"})) return OnViolation::kDropRow;
  if (TakeWords({"FAIL", "UPDATE"})) return OnViolation::kFailUpdate;
  return FailExpected("DROP ROW or FAIL UPDATE after ON VIOLATION");
}

Result<ColumnDefinition> Parser::ParseColumn() {
  ColumnDefinition column;
  const uint32_t begin = Peek().begin;
  TRY(column.name, ExpectName("the name of a column"));
  const bool type_follows = NameAt(0) && !AtWord("COMMENT") && !AtWords({"NOT", "NULL"}) &&
                            !AtWords({"PRIMARY", "KEY"}) && !AtWords({"FOREIGN", "KEY"});
  if (type_follows) {
    Span span;
    TRY(column.type, ParseType(&span));
  }
  while (Peek().kind == TokenKind::kWord) {
    // A key may have a name; another CONSTRAINT is an item that lacks its comma.
    const bool key =
        NameAt(1) && (WordAt(2, "PRIMARY") || WordAt(2, "FOREIGN") || WordAt(2, "REFERENCES"));
    if (AtWord("CONSTRAINT") && !key) break;
    if (TakeWord("CONSTRAINT")) Advance();
    TRY_DO(ParseColumnOption(column));
  }
  column.span = SpanFrom(begin);
  return column;
}

Status Parser::ParseColumnOption(ColumnDefinition& column) {
  if (TakeWords({"NOT", "NULL"})) {
    column.not_null = true;
    return {};
  }
  if (TakeWord("COMMENT")) {
    TRY(column.comment, ExpectString("the comment in quotes"));
    return {};
  }
  const bool foreign = TakeWords({"FOREIGN", "KEY"});
  if (AtWords({"PRIMARY", "KEY"}) || AtWord("REFERENCES")) {
    Warn(HereSpan(), "keys have no effect here: they are not enforced", "");
    if (!TakeWords({"PRIMARY", "KEY"})) TRY_DO(SkipReferences());
    return {};
  }
  if (foreign) return FailExpected("REFERENCES after FOREIGN KEY");
  const bool is_identity =
      AtWords({"GENERATED", "ALWAYS", "AS", "IDENTITY"}) || AtWords({"GENERATED", "BY", "DEFAULT"});
  if (accept_ == Accept::kCommands || (AtWord("GENERATED") && !is_identity)) {
    TRY(const bool computed, ParseComputedColumn(column));
    if (computed) return {};
  }
  for (const std::string_view word : {"GENERATED", "DEFAULT", "MASK", "COLLATE"}) {
    if (AtWord(word)) {
      return FailUnsupported(HereSpan(), fmt::format("{} of a column", word),
                             "compute the value in the query");
    }
  }
  return FailExpected("',' or ')' in the column list");
}

// ---- the clauses after it -------------------------------------------------------------------

Result<bool> Parser::ParseTableClause(CreateDataset& dataset) {
  if (AtWord("USING")) {
    TRY_DO(ParseUsing());
  } else if (AtWords({"PARTITIONED", "BY"})) {
    TRY_DO(ParsePartitionedBy(dataset));
  } else if (AtWords({"CLUSTER", "BY"})) {
    TRY_DO(ParseClusterBy());
  } else if (TakeWord("COMMENT")) {
    TRY(dataset.comment, ExpectString("the comment in quotes"));
  } else if (TakeWord("TBLPROPERTIES")) {
    TRY_DO(ParsePropertyList("TBLPROPERTIES", dataset.properties));
  } else if (TakeWords({"DEFAULT", "COLLATION", "UTF8_BINARY"})) {
    // The only collation there is.
  } else {
    return ParseIdleClause();
  }
  return true;
}

/// What another program decides: accepted, so that the file runs in both places, and warned about.
Result<bool> Parser::ParseIdleClause() {
  const uint32_t begin = Peek().begin;
  std::string_view fix;
  std::string what;
  if (AtWord("LOCATION")) {
    what = "LOCATION";
    fix = "set `storage` in spark-pipeline.yml: the pipeline decides where its tables lie";
    Advance();
    TRY_DO(ExpectString("the location in quotes"));
  } else if (AtWord("SCHEDULE")) {
    what = "SCHEDULE";
    fix = "run: oresmith run --interval";
    TRY_DO(ParseSchedule());
  } else if (AtWords({"TRIGGER", "ON", "UPDATE"})) {
    what = "TRIGGER ON UPDATE";
    fix = "run: oresmith run --continuous";
    static_cast<void>(TakeWords({"TRIGGER", "ON", "UPDATE"}));
    if (TakeWords({"AT", "MOST", "EVERY"})) TRY_DO(ParseInterval());
  } else if (AtWords({"REFRESH", "POLICY"})) {
    what = "REFRESH POLICY";
    static_cast<void>(TakeWords({"REFRESH", "POLICY"}));
    if (!TakeWord("AUTO") && !TakeWord("FULL") && !TakeWord("INCREMENTAL")) {
      return FailExpected("AUTO, INCREMENTAL or FULL after REFRESH POLICY");
    }
    static_cast<void>(TakeWord("STRICT"));
  } else {
    return false;
  }
  Warn(SpanFrom(begin), fmt::format("{} has no effect here", what), fix);
  return true;
}

/// SCHEDULE [REFRESH] EVERY n HOURS | CRON '...' [AT TIME ZONE '...']
Status Parser::ParseSchedule() {
  Advance();
  static_cast<void>(TakeWord("REFRESH"));
  if (TakeWord("CRON")) {
    TRY_DO(ExpectString("the schedule in quotes"));
    if (TakeWords({"AT", "TIME", "ZONE"})) TRY_DO(ExpectString("the time zone in quotes"));
    return {};
  }
  TRY_DO(ExpectWord("EVERY", "or CRON after SCHEDULE"));
  if (Peek().kind != TokenKind::kNumber) return FailExpected("a number after EVERY");
  Advance();
  TRY_DO(ExpectName("a unit: HOUR, DAY or WEEK"));
  return {};
}

Status Parser::RefuseTableClause() const {
  for (const Refused& refused : kRefusedClauses) {
    if (!AtWord(refused.first)) continue;
    if (refused.second.empty() || WordAt(1, refused.second)) {
      return FailUnsupported(HereSpan(), refused.name, refused.fix);
    }
  }
  if (Peek().kind != TokenKind::kWord) return {};
  const std::string_view nearest = Nearest(TextOf(Peek()), kClauseWords);
  if (nearest.empty()) return {};
  return FailExpectedWithFix("a clause or AS and a query",
                             fmt::format("did you mean {}?", nearest));
}

Status Parser::ParseUsing() {
  Advance();
  if (TakeWord("DELTA")) return {};
  if (NameAt(0)) {
    return FailUnsupported(HereSpan(), fmt::format("USING {}", TextOf(Peek())),
                           "write USING DELTA, or leave it out");
  }
  return FailExpected("DELTA after USING");
}

Status Parser::ParsePartitionedBy(CreateDataset& dataset) {
  Advance();
  Advance();
  if (AtSymbol("(") && NameAt(1) && SymbolAt(2, "(")) {
    return FailUnsupported({PeekAt(1).begin, PeekAt(1).end}, "partitioning by an expression",
                           "compute it as a column in the query, and partition by that column");
  }
  TRY(dataset.partitioned_by, ParseNameList("partition column"));
  return {};
}

Status Parser::ParseClusterBy() {
  const uint32_t begin = Peek().begin;
  Advance();
  Advance();
  if (!TakeWord("AUTO") && !TakeWord("NONE")) {
    TRY_DO(ExpectSymbol("(", "before the list of cluster columns"));
    do {
      TRY_DO(ExpectQualifiedName("a cluster column"));
    } while (TakeSymbol(","));
    TRY_DO(ExpectSymbol(")", "to close the list of cluster columns"));
  }
  Warn(SpanFrom(begin), "CLUSTER BY has no effect here", "");
  return {};
}

Status Parser::ParsePropertyList(std::string_view clause, std::vector<Property>& properties) {
  TRY_DO(ExpectSymbol("(", fmt::format("after {}", clause)));
  do {
    // WITH (SKIPCHANGECOMMITS)
    if (clause == "WITH" && NameAt(0) && (SymbolAt(1, ",") || SymbolAt(1, ")"))) {
      const Identifier flag = TakeIdentifier();
      properties.push_back({.key = flag.text, .value = "true", .span = flag.span});
      continue;
    }
    TRY(Property property, ParseProperty());
    properties.push_back(std::move(property));
  } while (TakeSymbol(","));
  return ExpectSymbol(")", fmt::format("to close {}", clause));
}

Result<Property> Parser::ParseProperty() {
  const uint32_t begin = Peek().begin;
  TRY(Property property, ParsePropertyKey());
  const bool equals = TakeSymbol("=") || TakeSymbol("==");
  const bool minus = TakeSymbol("-");
  if (Peek().kind == TokenKind::kString && !minus) {
    TRY(property.value, ExpectString("a value"));
  } else if (Peek().kind == TokenKind::kNumber || (!minus && (AtWord("true") || AtWord("false")))) {
    property.value = (minus ? "-" : "") + std::string(TextOf(Peek()));
    Advance();
  } else {
    return FailExpectedWithFix(
        fmt::format("the value of the property {}", property.key),
        equals && NameAt(0) ? "put it in single quotes" : "write 'key' = 'value'");
  }
  property.span = SpanFrom(begin);
  return property;
}

}  // namespace oresmith::sql
