#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql/command.h"
#include "sql/parser.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;

template <class Node>
class Parsed {
 public:
  explicit Parsed(const std::string& text) : file_(ParseQueryOrCommand("query", text)) {
    if (!file_) ADD_FAILURE() << text << ": " << file_.error()[0].message;
  }
  const Node& operator*() const {
    return std::get<Node>(std::get<CommandStatement>(file_->statements.at(0).node).command->node);
  }
  const Node* operator->() const { return &**this; }

 private:
  tl::expected<ParsedFile, std::vector<Error>> file_;
};

Error ErrorOf(const std::string& text) {
  auto parsed = ParseQueryOrCommand("query", text);
  if (!parsed) return parsed.error()[0];
  ADD_FAILURE() << "parsed: " << text;
  return {};
}

TEST(ParserCommandTest, ShowsAndDescriptionsOfATable) {
  EXPECT_EQ(Parsed<DescribeHistory>("DESCRIBE HISTORY s.t LIMIT 3")->limit, 3);
  EXPECT_EQ(Parsed<DescribeHistory>("DESC HISTORY delta.`/a b`")->table.name[1].text, "/a b");
  EXPECT_EQ(Parsed<DescribeDetail>("describe detail t")->table.name[0].text, "t");
  EXPECT_TRUE(Parsed<DescribeTable>("DESCRIBE TABLE EXTENDED t")->extended);
  // A table may be called as the words of the statement.
  EXPECT_EQ(Parsed<DescribeTable>("DESCRIBE history")->table.name[0].text, "history");
  EXPECT_EQ(Parsed<ShowTables>("SHOW TABLES IN silver LIKE 'o*'")->pattern, "o*");
  EXPECT_EQ(Parsed<ShowProperties>("SHOW TBLPROPERTIES t ('delta.x')")->key, "delta.x");
  EXPECT_EQ(Parsed<ShowColumns>("SHOW COLUMNS IN t")->table.name[0].text, "t");
  EXPECT_EQ(Parsed<ShowCreateTable>("SHOW CREATE TABLE t")->table.name[0].text, "t");
}

TEST(ParserCommandTest, MaintenanceTakesItsOptions) {
  const Parsed<Optimize> optimize("OPTIMIZE t WHERE day > '2026-01-01' ZORDER BY (a, b)");
  EXPECT_NE(optimize->where, nullptr);
  EXPECT_EQ(optimize->zorder_by.size(), 2U);
  const Parsed<Vacuum> vacuum("VACUUM t LITE RETAIN 0.5 HOURS DRY RUN");
  EXPECT_TRUE(vacuum->lite);
  EXPECT_TRUE(vacuum->dry_run);
  EXPECT_EQ(vacuum->retain_hours, 0.5);
  EXPECT_NE(Parsed<Restore>("RESTORE TABLE t TO VERSION AS OF 3")->version_as_of, nullptr);
  EXPECT_NE(Parsed<Restore>("RESTORE t TO TIMESTAMP AS OF '2026-01-01'")->timestamp_as_of, nullptr);
  EXPECT_TRUE(Parsed<FsckRepair>("FSCK REPAIR TABLE t DRY RUN")->dry_run);
  EXPECT_EQ(Parsed<ConvertToDelta>("CONVERT TO DELTA parquet.`/x` PARTITIONED BY (d DATE)")
                ->partitioned_by.size(),
            1U);
}

TEST(ParserCommandTest, AlterTableIsOneChange) {
  const Parsed<AlterTable> add(
      "ALTER TABLE t ADD COLUMNS (a INT COMMENT 'x' FIRST, s.b STRING AFTER c)");
  const auto& columns = std::get<AddColumns>(add->change).columns;
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_TRUE(columns[0].position.first);
  EXPECT_EQ(columns[1].name.size(), 2U);
  EXPECT_EQ(columns[1].position.after.text, "c");
  const auto change = [](const std::string& text) {
    return std::get<ChangeColumn>(
               Parsed<AlterTable>("ALTER TABLE t ALTER COLUMN c " + text)->change)
        .nullable;
  };
  EXPECT_EQ(change("DROP NOT NULL"), true);
  EXPECT_EQ(change("SET NOT NULL"), false);
  EXPECT_EQ(change("COMMENT 'x'"), std::nullopt);
  const Parsed<AlterTable> check("ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0)");
  EXPECT_EQ(std::get<AddConstraint>(check->change).name.text, "positive");
  const Parsed<AlterTable> unset("ALTER TABLE t UNSET TBLPROPERTIES IF EXISTS ('a', b.c)");
  EXPECT_EQ(std::get<UnsetProperties>(unset->change).properties[1].key, "b.c");
  EXPECT_TRUE(std::holds_alternative<RenameColumn>(
      Parsed<AlterTable>("ALTER TABLE t RENAME COLUMN a TO b")->change));
  EXPECT_EQ(std::get<DropColumns>(Parsed<AlterTable>("ALTER TABLE t DROP COLUMN (a, b)")->change)
                .columns.size(),
            2U);
}

TEST(ParserCommandTest, InsertTakesColumnsNamesAndWhatItReplaces) {
  const Parsed<InsertInto> insert("INSERT INTO t (a, b) VALUES (1, 2), (3, 4)");
  EXPECT_EQ(insert->columns.size(), 2U);
  EXPECT_TRUE(Parsed<InsertInto>("INSERT OVERWRITE TABLE t SELECT 1")->overwrite);
  EXPECT_TRUE(Parsed<InsertInto>("INSERT INTO t BY NAME SELECT 1 AS a")->by_name);
  EXPECT_NE(Parsed<InsertInto>("INSERT INTO t REPLACE WHERE a = 1 SELECT 1")->replace_where,
            nullptr);
  // The bracket is the query's, not a column list.
  EXPECT_TRUE(Parsed<InsertInto>("INSERT INTO t (SELECT 1)")->columns.empty());
}

TEST(ParserCommandTest, MergeKeepsItsClausesInOrder) {
  const Parsed<MergeInto> merge(
      "MERGE INTO t AS x USING (SELECT 1 AS k) s ON x.k = s.k "
      "WHEN MATCHED AND s.gone THEN DELETE WHEN MATCHED THEN UPDATE SET x.a = s.a, b = DEFAULT "
      "WHEN NOT MATCHED BY TARGET THEN INSERT (k, a) VALUES (s.k, 1) "
      "WHEN NOT MATCHED BY SOURCE AND x.a > 1 THEN UPDATE SET a = 0");
  EXPECT_EQ(merge->alias.text, "x");
  ASSERT_EQ(merge->clauses.size(), 4U);
  EXPECT_EQ(merge->clauses[0].action, MergeAction::kDelete);
  EXPECT_EQ(merge->clauses[1].assignments.size(), 2U);
  EXPECT_EQ(merge->clauses[1].assignments[1].value, nullptr);
  EXPECT_EQ(merge->clauses[2].match, MergeMatch::kNotMatched);
  EXPECT_EQ(merge->clauses[3].match, MergeMatch::kNotMatchedBySource);
  EXPECT_TRUE(Parsed<MergeInto>("MERGE INTO t USING s ON t.k = s.k WHEN NOT MATCHED THEN INSERT *")
                  ->clauses[0]
                  .star);
}

TEST(ParserCommandTest, CreateTableHasDefaultsAndGeneratedColumns) {
  const Parsed<CreateTable> create(
      "CREATE OR REPLACE TABLE s.t (a INT NOT NULL DEFAULT 1 + 1, d DATE GENERATED ALWAYS AS "
      "(CAST(ts AS DATE)), ts TIMESTAMP COMMENT 'x') USING DELTA PARTITIONED BY (d) COMMENT 'c' "
      "TBLPROPERTIES ('k' = 'v')");
  EXPECT_TRUE(create->or_replace);
  EXPECT_EQ(create->columns[0].default_sql, "1 + 1");
  EXPECT_EQ(create->columns[1].generated_sql, "CAST(ts AS DATE)");
  EXPECT_EQ(create->partitioned_by[0].text, "d");
  EXPECT_NE(Parsed<CreateTable>("CREATE TABLE IF NOT EXISTS t AS SELECT 1 AS a")->query, nullptr);
}

TEST(ParserCommandTest, AMisspeltWordIsNamed) {
  EXPECT_THAT(ErrorOf("DESCRIBE HISTROY t").fix, HasSubstr("HISTORY"));
  EXPECT_THAT(ErrorOf("OPTIMISE t").fix, HasSubstr("OPTIMIZE"));
  EXPECT_THAT(ErrorOf("OPTIMIZE t ZORDR BY (a)").fix, HasSubstr("ZORDER"));
  EXPECT_THAT(ErrorOf("VACUUM t RETIAN 1 HOURS").fix, HasSubstr("RETAIN"));
  EXPECT_THAT(ErrorOf("UPDATE t SET a = 1 WERE b = 2").fix, HasSubstr("WHERE"));
  EXPECT_THAT(ErrorOf("MERGE INTO t USING s ON a = b WHEN MATCHED THEN UPDAT SET a = 1").fix,
              HasSubstr("UPDATE"));
  const Error error = ErrorOf("DELETE FROM t\nWHER a = 1");
  EXPECT_EQ(error.place->line, 2);
}

// DELETE FROM t WHER would otherwise be an alias, and delete everything.
TEST(ParserCommandTest, AMisspeltWhereDoesNotDeleteAll) {
  EXPECT_THAT(ErrorOf("DELETE FROM t WHER").fix, HasSubstr("WHERE"));
}

TEST(ParserCommandTest, TimeTravelByAtSignIsAVersionOrATime) {
  const auto of = [](const std::string& text) {
    auto parsed = ParseQueryOrCommand("query", text);
    EXPECT_TRUE(parsed) << text;
    const auto& query = *std::get<QueryStatement>(parsed->statements[0].node).query;
    const auto& table = std::get<TableRef>(std::get<Select>(query.body).from[0]->node);
    if (table.version_as_of) return std::get<NumberLiteral>(table.version_as_of->node).digits;
    return std::get<StringLiteral>(table.timestamp_as_of->node).value;
  };
  EXPECT_EQ(of("SELECT * FROM t@v12"), "12");
  EXPECT_EQ(of("SELECT * FROM t@20260131080910123"), "2026-01-31 08:09:10.123");
  EXPECT_EQ(of("SELECT * FROM t FOR SYSTEM_VERSION AS OF 3"), "3");
  EXPECT_EQ(of("SELECT * FROM t TIMESTAMP AS OF '2026-01-01'"), "2026-01-01");
  EXPECT_THAT(ErrorOf("SELECT * FROM t@2026").message, HasSubstr("yyyyMMddHHmmssSSS"));
}

// A pipeline's file only defines datasets: what changes tables stands nowhere in it.
TEST(ParserCommandTest, APipelineFileRefusesCommands) {
  for (const char* const text : {"DELETE FROM t", "OPTIMIZE t", "CREATE TABLE t (a INT)"}) {
    EXPECT_FALSE(ParseFile("a.sql", text)) << text;
    EXPECT_FALSE(ParseQuery("query", text)) << text;
  }
}

}  // namespace
}  // namespace oresmith::sql
