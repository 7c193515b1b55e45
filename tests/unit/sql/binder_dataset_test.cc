#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bind_support.h"

namespace oresmith::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct Bound {
  std::string schema;
  std::vector<std::string> checks;
  std::string plan;
};

Bound BindText(std::string sql) {
  FakeCatalog catalog = ShopCatalog();
  auto parsed = ParseFile("t.sql", std::move(sql));
  if (!parsed) return {.schema = BindError(parsed.error().front()), .checks = {}, .plan = {}};
  const auto& dataset = std::get<CreateDataset>(parsed->statements[0].node);
  const auto bound = BindDataset(dataset, *parsed->source, catalog, BindOptions{});
  if (!bound) return {.schema = BindError(bound.error()), .checks = {}, .plan = {}};
  Bound result{
      .schema = types::SchemaToDdl(bound->schema), .checks = {}, .plan = ToText(bound->plan)};
  for (const Attribute& check : bound->checks) result.checks.push_back(check.name);
  return result;
}

TEST(BindDataset, ColumnNamesAloneRename) {
  EXPECT_EQ(BindText("CREATE MATERIALIZED VIEW v (town, n COMMENT 'how many') AS "
                     "SELECT city, count(*) FROM orders GROUP BY city")
                .schema,
            "town STRING, n BIGINT NOT NULL COMMENT 'how many'");
  EXPECT_THAT(BindText("CREATE MATERIALIZED VIEW v (a) AS SELECT city, day FROM orders").schema,
              HasSubstr("1 columns are declared, the query gives 2"));
}

TEST(BindDataset, TypedColumnsAreFoundByNameAndOnlyWidened) {
  EXPECT_EQ(BindText("CREATE OR REFRESH STREAMING TABLE t (quantity BIGINT, city STRING) AS SELECT "
                     "city, quantity FROM STREAM orders")
                .schema,
            "quantity BIGINT, city STRING");
  EXPECT_THAT(
      BindText("CREATE MATERIALIZED VIEW t (amount DOUBLE) AS SELECT amount FROM orders").schema,
      HasSubstr("1:29 column amount: it is declared as DOUBLE, and the query gives "
                "DECIMAL(10,2) [write CAST(amount AS DOUBLE) in the query]"));
  EXPECT_THAT(
      BindText("CREATE MATERIALIZED VIEW t (citty STRING) AS SELECT city FROM orders").schema,
      HasSubstr("the query does not give it [did you mean city?]"));
  EXPECT_THAT(
      BindText("CREATE MATERIALIZED VIEW t (city STRING) AS SELECT city, day FROM orders").schema,
      HasSubstr("column day: the query gives it, and the column list does not declare it"));
}

// A check column is TRUE or FALSE: NULL is a violation, and must not pass by being unknown.
TEST(BindDataset, ExpectationsBecomeHiddenColumnsOverTheOutput) {
  const Bound bound = BindText(
      "CREATE MATERIALIZED VIEW t (CONSTRAINT some EXPECT (n > 0), CONSTRAINT known EXPECT "
      "(o.city IS NOT NULL) ON VIOLATION DROP ROW) AS SELECT city, quantity * 2 AS n FROM orders "
      "o");
  EXPECT_EQ(bound.schema, "city STRING, n INT");
  EXPECT_THAT(bound.checks, ElementsAre("some", "known"));
  EXPECT_THAT(bound.plan, HasSubstr("some#12 BOOLEAN NOT NULL HIDDEN := <=>(>(#9, 0), true)"));
  EXPECT_THAT(BindText("CREATE MATERIALIZED VIEW t (CONSTRAINT c EXPECT (amount > 0)) AS SELECT "
                       "city FROM orders")
                  .schema,
              HasSubstr("column amount: no such column in EXPECT"));
}

TEST(BindDataset, TwoColumnsOfOneNameAreRefused) {
  EXPECT_THAT(
      BindText("CREATE MATERIALIZED VIEW v AS SELECT city, upper(city) AS CITY FROM orders").schema,
      HasSubstr("two columns are called CITY"));
}

TEST(TablesOf, NamesTablesAndFunctionsAndLeavesCtesOut) {
  const auto parsed =
      ParseQuery("q",
                 "WITH a AS (SELECT * FROM LIVE.x) SELECT * FROM a JOIN STREAM(s.y) ON EXISTS "
                 "(SELECT 1 FROM z) "
                 "JOIN read_files('p', format => 'json') LATERAL VIEW explode(b) AS c");
  ASSERT_TRUE(parsed.has_value()) << BindError(parsed.error().front());
  std::vector<std::string> uses;
  const auto& statement = std::get<QueryStatement>(parsed->statements[0].node);
  for (const TableUse& use : TablesOf(*statement.query)) {
    std::string text = use.stream ? "stream " : use.is_function ? "function " : "";
    for (const std::string& part : use.name_parts) text += part + ";";
    uses.push_back(text);
  }
  EXPECT_THAT(uses,
              ::testing::UnorderedElementsAre("x;", "stream s;y;", "z;", "function read_files;"));
}

}  // namespace
}  // namespace oresmith::sql
