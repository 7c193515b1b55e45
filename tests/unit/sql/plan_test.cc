#include "sql/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bind_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Plan Bound(std::string_view sql) {
  FakeCatalog catalog = ShopCatalog();
  const auto parsed = ParseQuery("query", std::string(sql));
  const auto& statement = std::get<QueryStatement>(parsed->statements[0].node);
  auto plan = BindQuery(*statement.query, *parsed->source, catalog, BindOptions{});
  EXPECT_TRUE(plan.has_value()) << BindError(plan.error());
  return *std::move(plan);
}

std::string Pruned(std::string_view sql) {
  Plan plan = Bound(sql);
  PruneColumns(plan);
  return ToText(plan);
}

TEST(PlanScans, AreCountedInTheOrderOfTheText) {
  const Plan plan = Bound(
      "SELECT (SELECT max(name) FROM customers) AS m FROM orders JOIN events ON "
      "order_id = id");
  const auto scans = Scans(plan);
  ASSERT_EQ(scans.size(), 3u);
  EXPECT_EQ(plan.scan_count, 3);
  EXPECT_EQ(std::get<Scan>(scans[0]->node).source, "orders");
  EXPECT_EQ(std::get<Scan>(scans[1]->node).source, "events");
  EXPECT_EQ(std::get<Scan>(scans[2]->node).source, "customers");
}

TEST(PruneColumns, OnlyWhatIsUsedIsScanned) {
  EXPECT_EQ(Pruned("SELECT city FROM orders WHERE quantity > 1"),
            "project city#8 STRING := #2\n"
            "  filter >(#4, 1)\n"
            "    scan 0 main.shop.orders: city#2 STRING, quantity#4 INT\n");
  EXPECT_THAT(Pruned("SELECT count(*) FROM (SELECT city, amount + 1 AS a FROM orders) x"),
              Not(HasSubstr("amount")));
  EXPECT_THAT(
      Pruned("SELECT n FROM (SELECT city, count(*) AS n, sum(amount) AS s FROM orders GROUP "
             "BY city) x"),
      Not(HasSubstr("sum")));
}

// The inner query needs a column of the outer one: it must still be scanned there.
TEST(PruneColumns, WhatACorrelatedSubqueryUsesStays) {
  EXPECT_THAT(Pruned("SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE "
                     "o.customer_id = c.customer_id)"),
              HasSubstr("scan 0 main.shop.customers: customer_id#0 INT NOT NULL, name#1 STRING\n"));
}

// Inputs of UNION ALL are matched by position.
TEST(PruneColumns, InputsOfAUnionLoseTheSameColumns) {
  EXPECT_EQ(
      Pruned("SELECT b FROM (SELECT city AS a, quantity AS b FROM orders WHERE amount > 1 UNION "
             "ALL SELECT name, customer_id FROM customers) u"),
      "project b#17 INT := #16\n"
      "  union all: b#16 INT\n"
      "    project b#9 INT := #4\n"
      "      filter >(#3, '1.00')\n"
      "        scan 0 main.shop.orders: amount#3 DECIMAL(10,2), quantity#4 INT\n"
      "    project customer_id#14 INT NOT NULL := #10\n"
      "      scan 1 main.shop.customers: customer_id#10 INT NOT NULL\n");
}

ColumnId Metadata(const Plan& plan, size_t scan) { return Scans(plan)[scan]->output.back().id; }

TEST(CarryToRoot, ReachesTheRootThroughFiltersJoinsAndGenerators) {
  Plan plan = Bound(
      "SELECT value, x FROM files LEFT JOIN customers ON n = customer_id LATERAL VIEW "
      "explode(split(value, ',')) AS x WHERE n > 1 ORDER BY n LIMIT 3");
  const auto carried = CarryToRoot(plan, Metadata(plan, 0));
  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(plan.root->output.back().id, carried->id);
  EXPECT_TRUE(carried->hidden);
  PruneColumns(plan);
  EXPECT_THAT(ToText(plan),
              HasSubstr("scan 0 main.shop.files: value#0 STRING, n#1 INT, _metadata#2"));
}

TEST(CarryToRoot, OtherInputsOfAUnionGiveNull) {
  Plan plan = Bound("SELECT name FROM customers UNION ALL SELECT value FROM files");
  const auto carried = CarryToRoot(plan, Metadata(plan, 1));
  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(plan.root->output.size(), 2u);
  for (const OperatorPtr& input : std::get<SetOperation>(plan.root->node).inputs) {
    EXPECT_EQ(input->output.size(), 2u);
    EXPECT_EQ(input->output[1].type, carried->type);
  }
}

TEST(CarryToRoot, StopsWhereNewRowsAreMadeAndLeavesThePlanAlone) {
  Plan plan = Bound("SELECT value, count(*) AS c FROM files GROUP BY value");
  const std::string before = ToText(plan);
  EXPECT_FALSE(CarryToRoot(plan, Metadata(plan, 0)).has_value());
  EXPECT_EQ(ToText(plan), before);
}

TEST(InputFileName, IsTheFilesPathThroughSubqueriesToo) {
  EXPECT_THAT(
      PlanOf("SELECT input_file_name() AS f FROM (SELECT value FROM files) x"),
      HasSubstr("_metadata#4 STRUCT<file_path: STRING, file_name: STRING, file_size: BIGINT, "
                "file_modification_time: TIMESTAMP> HIDDEN := #2"));
  EXPECT_THAT(PlanOf("SELECT input_file_name() AS f FROM orders"),
              HasSubstr("STRING NOT NULL := ''"));
}

}  // namespace
}  // namespace oresmith::sql
