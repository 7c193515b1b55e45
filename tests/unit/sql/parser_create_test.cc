#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/parse_support.h"
#include "unit/sql/tree_text.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// The only statement of `sql`, with its file kept alive.
class CreateTest : public ::testing::Test {
 protected:
  const CreateDataset& Parse(std::string sql) {
    auto parsed = ParseFile("test.sql", std::move(sql));
    EXPECT_TRUE(parsed) << ErrorText(parsed.error().front());
    file_ = std::move(*parsed);
    EXPECT_THAT(file_.statements, SizeIs(1));
    return std::get<CreateDataset>(file_.statements.front().node);
  }
  DatasetKind KindOf(const std::string& head) { return Parse(head + " x AS SELECT 1").kind; }

  ParsedFile file_;
};

TEST_F(CreateTest, AStreamingTableWithEverything) {
  const CreateDataset& table = Parse(R"(
    CREATE OR REFRESH STREAMING TABLE IF NOT EXISTS cat.sch.orders (
      order_id STRING NOT NULL COMMENT 'the key',
      `line items` ARRAY<STRUCT<sku: STRING, qty: INT>>,
      CONSTRAINT valid_id EXPECT (order_id IS NOT NULL AND f(x)) ON VIOLATION DROP ROW,
      CONSTRAINT positive EXPECT (size(`line items`) > 0) ON VIOLATION FAIL UPDATE,
      CONSTRAINT told EXPECT (true)
    )
    USING DELTA PARTITIONED BY (order_id, d)
    COMMENT 'all ' "orders"
    TBLPROPERTIES (quality = 'silver', 'pipelines.reset.allowed' = false, delta.logDays 30, a=-1.5)
    AS SELECT * FROM STREAM raw)");
  EXPECT_EQ(table.kind, DatasetKind::kStreamingTable);
  ASSERT_THAT(table.name, SizeIs(3));
  EXPECT_EQ(table.name[2].text, "orders");
  ASSERT_THAT(table.columns, SizeIs(2));
  EXPECT_TRUE(table.columns[0].not_null);
  EXPECT_EQ(table.columns[0].comment, "the key");
  EXPECT_EQ(table.columns[1].name.text, "line items");
  EXPECT_EQ(table.columns[1].type->ToSimpleString(), "array<struct<sku:string,qty:int>>");
  ASSERT_THAT(table.expectations, SizeIs(3));
  EXPECT_EQ(table.expectations[0].name.text, "valid_id");
  EXPECT_EQ(TreeText(*table.expectations[0].condition), "(AND (not-is-NULL order_id) (f x))");
  EXPECT_EQ(table.expectations[0].on_violation, OnViolation::kDropRow);
  EXPECT_EQ(table.expectations[1].on_violation, OnViolation::kFailUpdate);
  EXPECT_EQ(table.expectations[2].on_violation, OnViolation::kWarn);
  EXPECT_EQ(table.comment, "all orders");
  ASSERT_THAT(table.properties, SizeIs(4));
  EXPECT_EQ(table.properties[1].key, "pipelines.reset.allowed");
  EXPECT_EQ(table.properties[1].value, "false");
  EXPECT_EQ(table.properties[2].key, "delta.logDays");
  EXPECT_EQ(table.properties[2].value, "30");
  EXPECT_EQ(table.properties[3].value, "-1.5");
  ASSERT_THAT(table.partitioned_by, SizeIs(2));
  EXPECT_EQ(TreeText(*table.query), "(select * from stream:raw)");
  EXPECT_THAT(file_.warnings, IsEmpty());
}

TEST_F(CreateTest, EverySpellingHasItsKind) {
  EXPECT_EQ(KindOf("CREATE STREAMING TABLE"), DatasetKind::kStreamingTable);
  EXPECT_EQ(KindOf("create or replace streaming table"), DatasetKind::kStreamingTable);
  EXPECT_EQ(KindOf("CREATE OR REFRESH STREAMING LIVE TABLE"), DatasetKind::kStreamingTable);
  EXPECT_EQ(KindOf("CREATE INCREMENTAL LIVE TABLE"), DatasetKind::kStreamingTable);
  EXPECT_EQ(KindOf("CREATE MATERIALIZED VIEW"), DatasetKind::kMaterializedView);
  EXPECT_EQ(KindOf("CREATE OR REFRESH LIVE TABLE"), DatasetKind::kMaterializedView);
  EXPECT_EQ(KindOf("CREATE TEMPORARY LIVE TABLE"), DatasetKind::kMaterializedView);
  EXPECT_EQ(KindOf("CREATE TEMPORARY VIEW"), DatasetKind::kTemporaryView);
  EXPECT_EQ(KindOf("CREATE TEMP VIEW"), DatasetKind::kTemporaryView);
  EXPECT_EQ(KindOf("CREATE LIVE VIEW"), DatasetKind::kTemporaryView);
  EXPECT_EQ(KindOf("CREATE STREAMING LIVE VIEW"), DatasetKind::kTemporaryView);
  EXPECT_EQ(KindOf("CREATE TEMPORARY STREAMING LIVE VIEW"), DatasetKind::kTemporaryView);
  EXPECT_EQ(KindOf("CREATE VIEW"), DatasetKind::kView);
}

TEST_F(CreateTest, AColumnListMayHaveNamesOnly) {
  const CreateDataset& view = Parse("CREATE VIEW v (a COMMENT 'x', b, comment STRING) AS SELECT 1");
  ASSERT_THAT(view.columns, SizeIs(3));
  EXPECT_FALSE(view.columns[0].type);
  EXPECT_EQ(view.columns[0].comment, "x");
  EXPECT_EQ(view.columns[2].name.text, "comment");
  EXPECT_TRUE(view.columns[2].type);
}

TEST_F(CreateTest, AsMayBeLeftOut) {
  EXPECT_EQ(TreeText(*Parse("CREATE LIVE TABLE a SELECT 1").query), "(select 1)");
  EXPECT_EQ(TreeText(*Parse("CREATE LIVE TABLE a COMMENT 'x' WITH b AS (SELECT 1) SELECT 2").query),
            "with b() (select 1) (select 2)");
  EXPECT_EQ(TreeText(*Parse("CREATE VIEW a AS (SELECT 1)").query), "[(select 1)]");
}

TEST_F(CreateTest, WhatHasNoEffectIsSaid) {
  Parse(
      "CREATE PRIVATE MATERIALIZED VIEW m (a INT PRIMARY KEY, b INT, CONSTRAINT k PRIMARY KEY (a, "
      "b)) "
      "CLUSTER BY (a) AS SELECT 1 a");
  ASSERT_THAT(file_.warnings, SizeIs(4));
  for (const Error& warning : file_.warnings) {
    EXPECT_EQ(warning.kind, ErrorKind::kUnsupported);
    EXPECT_TRUE(warning.place);
  }
  EXPECT_EQ(file_.warnings[3].message, "parse: CLUSTER BY has no effect here");
  EXPECT_EQ(file_.warnings[3].place->line_text.substr(file_.warnings[3].place->column - 1, 10),
            "CLUSTER BY");
}

TEST(ParseFile, OtherStatements) {
  const auto parsed = ParseFile("test.sql",
                                "SET spark.sql.x-y = 5 % 2 -- why\n;USE CATALOG main;;"
                                "SET TIME ZONE 'Europe/Berlin';SELECT 1;SET `a b` = 'c';USE s");
  ASSERT_TRUE(parsed);
  ASSERT_THAT(parsed->statements, SizeIs(3));
  const auto& set = std::get<SetStatement>(parsed->statements[0].node);
  EXPECT_EQ(set.key, "spark.sql.x-y");
  EXPECT_EQ(set.value, "5 % 2");
  EXPECT_EQ(std::get<SetStatement>(parsed->statements[1].node).key, "spark.sql.session.timeZone");
  // Spark keeps the quotes of a SET.
  EXPECT_EQ(std::get<SetStatement>(parsed->statements[2].node).value, "'c'");
  std::string warnings;
  for (const Error& warning : parsed->warnings) warnings += ErrorText(warning) + "\n";
  constexpr std::string_view kFix =
      " [set catalog and schema in spark-pipeline.yml, or write full names]\n";
  EXPECT_EQ(warnings,
            fmt::format("2:2 parse: USE has no effect here{}"
                        "2:50 parse: a SELECT alone has no effect in a pipeline [write CREATE "
                        "MATERIALIZED VIEW name AS before it, or remove it]\n"
                        "2:75 parse: USE has no effect here{}",
                        kFix, kFix));
}

TEST(ParseFile, AnEmptyFileHasNoStatements) {
  EXPECT_THAT(ParseFile("a.sql", "")->statements, IsEmpty());
  EXPECT_THAT(ParseFile("a.sql", ";;-- x\n/* y */;")->statements, IsEmpty());
}

// One run must show all that is wrong in a file, not the first only.
TEST(ParseErrors, EveryStatementReportsItsOwn) {
  EXPECT_EQ(
      ErrorsOf("CRATE TABLE a;\nCREATE STREAMNG TABLE b AS SELECT 1;\nCREATE VIEW ok AS SELECT 1;\n"
               "CREATE STREAMING TABLE c (a INT FROM x;\nCREATE VIEW d AS SELECT (1;\n"
               "CREATE MATERIALIZED VEIW e AS SELECT 1"),
      "1:1 parse: expected a statement: CREATE, SET or SELECT, found 'CRATE' [did you mean "
      "CREATE?]\n"
      "2:8 parse: expected STREAMING TABLE, MATERIALIZED VIEW, TEMPORARY VIEW or VIEW after "
      "CREATE, found 'STREAMNG' [did you mean STREAMING?]\n"
      "4:33 parse: expected ',' or ')' in the column list, found 'FROM'\n"
      "5:27 parse: expected ')' to close the bracket, found the end of the statement\n"
      "6:21 parse: expected VIEW after MATERIALIZED, found 'VEIW' [did you mean VIEW?]\n");
}

TEST(ParseErrors, CreateSaysWhatIsMissing) {
  EXPECT_EQ(ErrorsOf("CREATE MATERIALIZED VIEW m"),
            "1:27 parse: expected AS and the query of the materialized view, found the end of the "
            "text [add AS SELECT ...]\n");
  EXPECT_EQ(ErrorsOf("CREATE VIEW v AS"),
            "1:17 parse: expected SELECT, WITH or VALUES after AS, found the end of the text\n");
  EXPECT_EQ(ErrorsOf("CREATE VIEW v (a INT,) AS SELECT 1"),
            "1:22 parse: expected a column after ',', found ')' [remove the ',' before ')']\n");
  EXPECT_EQ(ErrorsOf("CREATE STREAMING TABLE t (CONSTRAINT c EXPECT a > 1) AS SELECT 1"),
            "1:47 parse: expected '(' before the condition of EXPECT, found 'a'\n");
  EXPECT_EQ(
      ErrorsOf("CREATE STREAMING TABLE t (CONSTRAINT c EXPECT (a) ON VIOLATION DROP) AS SELECT 1"),
      "1:64 parse: expected DROP ROW or FAIL UPDATE after ON VIOLATION, found 'DROP'\n");
  EXPECT_EQ(
      ErrorsOf("CREATE STREAMING TABLE t (CONSTRAINT c EXPECT (a) CONSTRAINT d EXPECT (b)) AS "
               "SELECT 1"),
      "1:51 parse: expected ',' before CONSTRAINT, found 'CONSTRAINT' [put a ',' between the "
      "items of the list]\n");
  EXPECT_EQ(
      ErrorsOf("CREATE VIEW v TBLPROPERTIES (a) AS SELECT 1"),
      "1:31 parse: expected the value of the property a, found ')' [write 'key' = 'value']\n");
  EXPECT_EQ(
      ErrorsOf("CREATE VIEW v COMENT 'x' AS SELECT 1"),
      "1:15 parse: expected a clause or AS and a query, found 'COMENT' [did you mean COMMENT?]\n");
  EXPECT_EQ(ErrorsOf("CREATE VIEW 'v' AS SELECT 1"),
            "1:13 parse: expected the name of the view, found 'v' [names are quoted with "
            "backquotes: `name`]\n");
  EXPECT_EQ(ErrorsOf("SET a ="), "1:8 parse: expected a value for a, found the end of the text\n");
}

TEST_F(CreateTest, ASinkHasAFormatAndOptionsAndNoQuery) {
  const CreateDataset& sink = Parse(
      "CREATE SINK out USING kafka OPTIONS ('topic' = 't', kafka.acks 'all') COMMENT 'orders'");
  EXPECT_EQ(sink.kind, DatasetKind::kStreamingTable);
  ASSERT_THAT(sink.properties, SizeIs(3));
  EXPECT_EQ(sink.properties[0].key, "oresmith.sink");
  EXPECT_EQ(sink.properties[0].value, "kafka");
  EXPECT_EQ(sink.properties[2].key, "oresmith.sink.kafka.acks");
  EXPECT_EQ(sink.properties[2].value, "all");
  EXPECT_EQ(sink.comment, "orders");
  EXPECT_EQ(sink.query, nullptr);
  for (const char* sql : {"CREATE SINK s", "CREATE SINK s USING kafka AS SELECT 1"}) {
    EXPECT_FALSE(ParseFile("test.sql", std::string(sql))) << sql;
  }
}

TEST(RefusedStatements, ByNameWithAPositionAndAWayOut) {
  const auto refused = [](std::string_view sql) {
    const auto parsed = ParseFile("test.sql", std::string(sql));
    if (parsed) return std::string("accepted");
    const Error& error = parsed.error().front();
    if (error.kind != ErrorKind::kUnsupported || error.fix.empty()) return ErrorText(error);
    return error.message;
  };
  EXPECT_EQ(refused("CREATE TABLE t (a INT)"), "parse: CREATE TABLE is not supported");
  EXPECT_EQ(refused("CREATE OR REPLACE FUNCTION f() RETURNS INT RETURN 1"),
            "parse: CREATE FUNCTION is not supported");
  EXPECT_EQ(refused("AUTO CDC INTO t FROM s KEYS (a) SEQUENCE BY b"),
            "parse: AUTO CDC alone is not supported");
  for (const std::string_view word :
       {"INSERT", "MERGE", "UPDATE", "DELETE", "DROP", "ALTER", "REFRESH", "OPTIMIZE", "VACUUM",
        "DECLARE", "TRUNCATE", "CALL"}) {
    EXPECT_EQ(refused(std::string(word) + " x"),
              "parse: " + std::string(word) + " is not supported");
  }
  EXPECT_EQ(refused("CREATE VIEW v (a INT DEFAULT 7) AS SELECT 1"),
            "parse: DEFAULT of a column is not supported");
  EXPECT_EQ(refused("CREATE STREAMING TABLE t (CONSTRAINT c CHECK (a > 1)) AS SELECT 1"),
            "parse: CHECK is not supported");
  EXPECT_EQ(refused("CREATE STREAMING TABLE t USING iceberg AS SELECT 1"),
            "parse: USING iceberg is not supported");
  EXPECT_EQ(refused("CREATE STREAMING TABLE t PARTITIONED BY (year(ts)) AS SELECT 1"),
            "parse: partitioning by an expression is not supported");
  EXPECT_EQ(refused("CREATE MATERIALIZED VIEW t WITH ROW FILTER f ON (a) AS SELECT 1"),
            "parse: WITH ROW FILTER is not supported");
}

}  // namespace
}  // namespace oresmith::sql
