// Flows, AUTO CDC, notebooks, and clauses that are accepted without effect.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/parse_support.h"
#include "unit/sql/tree_text.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

/// The flows of `sql`, a line each; or its errors.
std::string FlowsOf(std::string sql) {
  const auto parsed = ParseFile("test.sql", std::move(sql));
  if (!parsed) return ErrorText(parsed.error().front());
  std::string text;
  for (const Statement& statement : parsed->statements) {
    const auto* const flow = std::get_if<CreateFlow>(&statement.node);
    if (flow != nullptr) text += (text.empty() ? "" : "\n") + TreeText(*flow);
  }
  return text;
}

TEST(Flows, InsertByName) {
  EXPECT_EQ(FlowsOf("CREATE FLOW f COMMENT 'x' AS INSERT INTO a.t BY NAME SELECT 1"),
            "f into a.t: (select 1)");
  EXPECT_EQ(FlowsOf("CREATE FLOW f AS INSERT INTO ONCE t BY NAME SELECT 1"),
            "f into once t: (select 1)");
  EXPECT_EQ(FlowsOf("CREATE FLOW f AS INSERT ONCE INTO TABLE t BY NAME SELECT 1"),
            "f into once t: (select 1)");
  EXPECT_EQ(FlowsOf("CREATE FLOW f AS INSERT INTO t SELECT 1"),
            "1:32 parse: expected BY NAME before the query of the flow, found 'SELECT' [add BY "
            "NAME: columns are matched by their names]");
  EXPECT_THAT(FlowsOf("CREATE FLOW f AS INSERT OVERWRITE t BY NAME SELECT 1"),
              HasSubstr("INSERT OVERWRITE in a flow is not supported"));
}

TEST(Flows, AutoCdcWithEverythingInAnyOrder) {
  EXPECT_EQ(FlowsOf("CREATE FLOW f AS AUTO CDC INTO t FROM STREAM(s) KEYS (a, b.c) IGNORE NULL "
                    "UPDATES APPLY AS DELETE WHEN op = 'D' APPLY AS TRUNCATE WHEN op = 'T' "
                    "SEQUENCE BY ts COLUMNS * EXCEPT (op, ts) STORED AS SCD TYPE 2 "
                    "TRACK HISTORY ON * EXCEPT (city)"),
            "f into t: (cdc2 from stream:s keys a b.c sequence ts delete (= op 'D') truncate (= op "
            "'T') ignore-nulls columns[except op ts] track[except city])");
  EXPECT_EQ(
      FlowsOf("CREATE FLOW f AS AUTO CDC ONCE INTO t FROM STREAM s KEYS (a) STORED AS SCD TYPE "
              "1 COLUMNS (x, y) SEQUENCE BY (p, q)"),
      "f into once t: (cdc1 from stream:s keys a sequence (tuple p q) columns[ x y])");
}

TEST(Flows, ApplyChangesIsAFlowNamedAsItsTable) {
  EXPECT_EQ(FlowsOf("APPLY CHANGES INTO live.t FROM STREAM(live.s) KEYS (id) SEQUENCE BY n"),
            "live.t into live.t: (cdc1 from stream:live.s keys id sequence n)");
  EXPECT_EQ(FlowsOf("CREATE FLOW f AS AUTO CDC INTO t FROM (SELECT 1) KEYS (id) SEQUENCE BY n"),
            "f into t: (cdc1 from (select 1) keys id sequence n)");
}

TEST(Flows, TheFlowOfATable) {
  const auto parsed = ParseFile("t.sql",
                                "CREATE STREAMING TABLE t (a INT) FLOW AUTO CDC FROM s KEYS (a) "
                                "SEQUENCE BY b");
  ASSERT_TRUE(parsed);
  ASSERT_THAT(parsed->statements, SizeIs(2));
  EXPECT_EQ(std::get<CreateDataset>(parsed->statements[0].node).query, nullptr);
  EXPECT_EQ(TreeText(std::get<CreateFlow>(parsed->statements[1].node)),
            "t into t: (cdc1 from s keys a sequence b)");
  const auto as = ParseFile("t.sql", "CREATE STREAMING TABLE t FLOW INSERT BY NAME SELECT 1");
  ASSERT_TRUE(as);
  ASSERT_THAT(as->statements, SizeIs(1));
  EXPECT_EQ(TreeText(*std::get<CreateDataset>(as->statements[0].node).query), "(select 1)");
}

TEST(Flows, WhatIsMissingIsNamed) {
  EXPECT_EQ(FlowsOf("APPLY CHANGES INTO t FROM s KEYS (id)"),
            "1:22 parse: AUTO CDC has no SEQUENCE BY [add SEQUENCE BY and the column that orders "
            "the changes of a key]");
  EXPECT_EQ(FlowsOf("APPLY CHANGES INTO t FROM s SEQUENCE BY n"),
            "1:38 parse: expected KEYS after the source of the changes, found 'BY'");
  EXPECT_EQ(FlowsOf("APPLY CHANGES INTO t FROM s KEYS (k) SEQUENCE BY n SEQUENCE BY m"),
            "1:52 parse: SEQUENCE BY stands twice");
  EXPECT_EQ(FlowsOf("APPLY CHANGES INTO t FROM s KEYS (k) SEQUENCE BY n STORED AS SCD TYPE 3"),
            "1:71 parse: expected SCD TYPE 1 or SCD TYPE 2 after STORED AS, found '3'");
}

/// The warnings of a file that parses, a line each.
std::string WarningsOf(std::string sql) {
  const auto parsed = ParseFile("test.sql", std::move(sql));
  if (!parsed) return ErrorText(parsed.error().front());
  std::string text;
  for (const Error& warning : parsed->warnings) text += ErrorText(warning) + "\n";
  return text;
}

TEST(IdleClauses, AreAcceptedAndWarnedAbout) {
  EXPECT_EQ(WarningsOf("CREATE STREAMING TABLE t LOCATION '/x' AS SELECT 1"),
            "1:26 parse: LOCATION has no effect here [set `storage` in spark-pipeline.yml: the "
            "pipeline decides where its tables lie]\n");
  EXPECT_EQ(WarningsOf("CREATE MATERIALIZED VIEW t SCHEDULE REFRESH EVERY 1 HOUR AS SELECT 1"),
            "1:28 parse: SCHEDULE has no effect here [run: oresmith run --interval]\n");
  EXPECT_EQ(
      WarningsOf("CREATE MATERIALIZED VIEW t SCHEDULE CRON '0 0 * * * ?' AT TIME ZONE 'UTC' AS "
                 "SELECT 1"),
      "1:28 parse: SCHEDULE has no effect here [run: oresmith run --interval]\n");
  EXPECT_EQ(
      WarningsOf("CREATE MATERIALIZED VIEW t TRIGGER ON UPDATE AT MOST EVERY INTERVAL 5 MINUTES "
                 "REFRESH POLICY INCREMENTAL STRICT AS SELECT 1"),
      "1:28 parse: TRIGGER ON UPDATE has no effect here [run: oresmith run --continuous]\n"
      "1:79 parse: REFRESH POLICY has no effect here\n");
  EXPECT_EQ(WarningsOf("CREATE STREAMING TABLE t (a INT NOT NULL PRIMARY KEY, b INT CONSTRAINT fk "
                       "FOREIGN KEY REFERENCES u (c) NOT ENFORCED) AS SELECT 1"),
            "1:42 parse: keys have no effect here: they are not enforced\n"
            "1:87 parse: keys have no effect here: they are not enforced\n");
  EXPECT_EQ(WarningsOf("DESCRIBE EXTENDED t; SHOW TABLES"),
            "1:1 parse: DESCRIBE has no effect in a pipeline [run it with: oresmith query]\n"
            "1:22 parse: SHOW has no effect in a pipeline [run it with: oresmith query]\n");
}

TEST(Notebooks, CellsEndStatements) {
  const auto parsed = ParseFile(
      "n.sql",
      "-- Databricks notebook source\n-- MAGIC %md it's a title; really\n\n"
      "-- COMMAND ----------\n\nCREATE VIEW a AS SELECT 1\n\n-- COMMAND ----------\n\n"
      "CREATE VIEW b AS SELECT 2;\n\n-- COMMAND ----------\n-- COMMAND ----------\nSET x\n");
  ASSERT_TRUE(parsed) << ErrorText(parsed.error().front());
  EXPECT_THAT(parsed->statements, SizeIs(3));
  EXPECT_EQ(ErrorsOf("CREATE VIEW a AS\n-- COMMAND ----------\nSELECT 1"),
            "2:1 parse: expected SELECT, WITH or VALUES after AS, found the end of the cell\n");
}

}  // namespace
}  // namespace oresmith::sql
