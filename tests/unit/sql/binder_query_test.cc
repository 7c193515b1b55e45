#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bind_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;

TEST(BindSelect, TheWholeChainOfClausesBecomesOperatorsInTheirOrder) {
  EXPECT_EQ(PlanOf("SELECT city, sum(quantity) AS total FROM orders WHERE paid GROUP BY city "
                   "HAVING total > 3 ORDER BY total DESC LIMIT 2"),
            "limit 2 offset 0\n"
            "  sort #10 DESC NULLS LAST\n"
            "    project city#9 STRING := #11, total#10 BIGINT := #8\n"
            "      filter >(#8, 3)\n"
            "        aggregate by [city#11 STRING := #2]: sum#8 BIGINT := sum(#4)\n"
            "          filter #7\n"
            "            scan 0 main.shop.orders: order_id#0 BIGINT NOT NULL, customer_id#1 INT, "
            "city#2 STRING, amount#3 DECIMAL(10,2), quantity#4 INT, ordered_at#5 TIMESTAMP, day#6 "
            "DATE, paid#7 BOOLEAN\n");
}

TEST(BindSelect, StarExceptLeavesColumnsOutAndHiddenOnesStayHidden) {
  EXPECT_EQ(SchemaOf("SELECT * EXCEPT (paid, day, ordered_at, amount) FROM orders"),
            "order_id bigint NOT NULL, customer_id int, city string, quantity int");
  EXPECT_EQ(SchemaOf("SELECT * FROM files"), "value string, n int");
  EXPECT_EQ(SchemaOf("SELECT place.* FROM events"), "lat double, lon double");
  EXPECT_EQ(SchemaOf("SELECT c.* FROM orders o JOIN customers c USING (customer_id)"),
            "customer_id int NOT NULL, name string, city string");
}

TEST(BindSelect, AUsingColumnStandsOnceAndFirst) {
  EXPECT_EQ(SchemaOf("SELECT * FROM customers JOIN (SELECT customer_id, day FROM orders) o "
                     "USING (customer_id)"),
            "customer_id int NOT NULL, name string, city string, day date");
  EXPECT_EQ(SchemaOf("SELECT customer_id, o.customer_id AS right_id FROM customers c LEFT JOIN "
                     "orders o USING (customer_id)"),
            "customer_id int NOT NULL, right_id int");
}

// The rows that an outer join adds have NULL in the other side's columns.
TEST(BindJoin, TheSideThatAnOuterJoinFillsBecomesNullable) {
  EXPECT_EQ(SchemaOf("SELECT o.order_id, c.customer_id FROM orders o LEFT JOIN customers c ON "
                     "o.customer_id = c.customer_id"),
            "order_id bigint NOT NULL, customer_id int");
  EXPECT_EQ(SchemaOf("SELECT o.order_id, c.customer_id FROM orders o RIGHT JOIN customers c ON "
                     "o.customer_id = c.customer_id"),
            "order_id bigint, customer_id int NOT NULL");
  EXPECT_EQ(SchemaOf("SELECT * FROM customers LEFT SEMI JOIN orders USING (customer_id)"),
            "customer_id int NOT NULL, name string, city string");
}

TEST(BindSelect, GroupByTakesOrdinalsAliasesExpressionsAndAll) {
  const std::string by_place =
      SchemaOf("SELECT upper(city) AS u, count(*) AS n FROM orders GROUP BY 1");
  EXPECT_EQ(by_place, "u string, n bigint NOT NULL");
  EXPECT_EQ(SchemaOf("SELECT upper(city) AS u, count(*) AS n FROM orders GROUP BY u"), by_place);
  EXPECT_EQ(SchemaOf("SELECT upper(city) AS u, count(*) AS n FROM orders GROUP BY upper(city)"),
            by_place);
  EXPECT_EQ(SchemaOf("SELECT upper(city) AS u, count(*) AS n FROM orders GROUP BY ALL"), by_place);
}

TEST(BindSelect, AColumnThatIsNeitherGroupedNorAggregatedIsRefusedWithAWayOut) {
  EXPECT_EQ(
      PlanOf("SELECT city, amount + 1 FROM orders GROUP BY city"),
      "1:14 column amount: neither in GROUP BY nor aggregated [add amount to GROUP BY, or use "
      "any_value(amount)]");
  EXPECT_THAT(PlanOf("SELECT city, count(*) FROM orders"), HasSubstr("neither in GROUP BY"));
  EXPECT_THAT(
      PlanOf("SELECT city FROM orders WHERE sum(amount) > 1"),
      HasSubstr("1:31 sum: an aggregate cannot stand in WHERE [filter groups with HAVING]"));
  EXPECT_THAT(PlanOf("SELECT sum(count(*)) FROM orders"), HasSubstr("cannot stand inside another"));
}

TEST(BindSelect, OrderByReachesColumnsThatAreNotSelected) {
  EXPECT_EQ(SchemaOf("SELECT city FROM orders ORDER BY amount DESC, upper(city)"), "city string");
  EXPECT_THAT(PlanOf("SELECT DISTINCT city FROM orders ORDER BY amount"),
              HasSubstr("with DISTINCT it can use only what the select list has"));
  EXPECT_EQ(SchemaOf("SELECT DISTINCT o.city FROM orders o ORDER BY o.city"), "city string");
  EXPECT_THAT(PlanOf("SELECT city FROM orders ORDER BY 2"),
              HasSubstr("the select list has 1 columns"));
}

TEST(BindSelect, AnAliasCanBeUsedByLaterItems) {
  EXPECT_EQ(SchemaOf("SELECT quantity + 1 AS q, q * 2.5 AS r FROM orders"),
            "q int, r decimal(13,1)");
  EXPECT_THAT(PlanOf("SELECT rand() AS r, r + 1 FROM orders"), HasSubstr("differs each time"));
}

TEST(BindSelect, WindowsAndQualify) {
  EXPECT_EQ(
      SchemaOf("SELECT order_id, rank() OVER w AS n FROM orders WINDOW w AS (PARTITION BY city "
               "ORDER BY day DESC)"),
      "order_id bigint NOT NULL, n int NOT NULL");
  EXPECT_THAT(
      PlanOf("SELECT order_id, row_number() OVER (PARTITION BY city ORDER BY day DESC) AS n "
             "FROM orders QUALIFY n = 1"),
      HasSubstr("filter =(#8, 1)\n    window row_number#8 INT NOT NULL := row_number() over "
                "(partition by #2 order by #6 DESC NULLS LAST)"));
  EXPECT_THAT(PlanOf("SELECT city, sum(count(DISTINCT customer_id)) OVER (ORDER BY city ROWS 2 "
                     "PRECEDING) AS s FROM orders GROUP BY city"),
              HasSubstr("rows between 2 preceding and current row"));
  // The window of QUALIFY is computed below the select list: its `day` is the table's.
  EXPECT_THAT(PlanOf("SELECT day FROM orders QUALIFY rank() OVER (ORDER BY day) = 1"),
              HasSubstr("rank() over (partition by  order by #6 ASC NULLS FIRST)"));
  EXPECT_THAT(PlanOf("SELECT quantity + 1 AS q FROM orders ORDER BY rank() OVER (ORDER BY q)"),
              HasSubstr("order by +(#4, 1) ASC NULLS FIRST)"));
  EXPECT_THAT(PlanOf("SELECT rank() OVER (PARTITION BY city) FROM orders"),
              HasSubstr("rank: OVER needs an ORDER BY"));
  EXPECT_THAT(PlanOf("SELECT 1 FROM orders WHERE row_number() OVER (ORDER BY day) = 1"),
              HasSubstr("a window function cannot stand in WHERE [filter with QUALIFY]"));
}

TEST(BindGenerator, ExplodeInTheSelectListAndAsLateralViewGiveRows) {
  EXPECT_EQ(SchemaOf("SELECT id, explode(items) AS item FROM events"),
            "id bigint, item struct<sku:string,price:double>");
  EXPECT_EQ(SchemaOf("SELECT id, posexplode(numbers) FROM events"),
            "id bigint, pos int NOT NULL, col int");
  EXPECT_EQ(SchemaOf("SELECT explode(tags) AS (k, v) FROM events"), "k string NOT NULL, v string");
  EXPECT_EQ(SchemaOf("SELECT e.id, i.sku, x FROM events e LATERAL VIEW OUTER explode(items) t AS i "
                     "LATERAL VIEW explode(numbers) u AS x"),
            "id bigint, sku string, x int");
  EXPECT_EQ(SchemaOf("SELECT inline(items) FROM events"), "sku string, price double");
  EXPECT_THAT(PlanOf("SELECT explode(items), explode(numbers) FROM events"),
              HasSubstr("only one generator can stand in a select list"));
}

TEST(BindNested, FieldsOfStructsMapsAndArraysOfStructs) {
  EXPECT_EQ(SchemaOf("SELECT place.lat, items.price, items[0].sku, tags.colour, tags['x'] AS x, "
                     "e.place.LON FROM events e"),
            "lat double, price array<double>, sku string, colour string, x string, LON double");
  EXPECT_EQ(PlanOf("SELECT place.lot FROM events"),
            "1:14 field lot: no such field, the struct has lat, lon [did you mean lat?]");
  EXPECT_THAT(PlanOf("SELECT id.x FROM events"), HasSubstr("field x: id is BIGINT, not a struct"));
}

TEST(BindFromJson, TheSchemaDecidesTheTypeAndIsChecked) {
  EXPECT_EQ(SchemaOf("SELECT from_json(value, 'a INT NOT NULL, b ARRAY<STRUCT<c: STRING>>') AS j, "
                     "j.b.c FROM files"),
            "j struct<a:int,b:array<struct<c:string>>>, c array<string>");
  EXPECT_THAT(PlanOf("SELECT from_json(value, 'a INTEGRAL') FROM files"),
              HasSubstr("from_json: schema"));
  EXPECT_THAT(PlanOf("SELECT from_json(value, value) FROM files"),
              HasSubstr("the schema must be a constant string"));
  EXPECT_THAT(PlanOf("SELECT from_json(value, schema_of_json(value)) FROM files"),
              HasSubstr("schema_of_json: the text must be a constant"));
}

TEST(BindNames, MissesGetASuggestionAndAmbiguityNamesItsCandidates) {
  EXPECT_EQ(PlanOf("SELECT citi FROM orders"),
            "1:8 column citi: no such column in the select list [did you mean city?]");
  EXPECT_EQ(
      PlanOf("SELECT city FROM orders, customers"),
      "1:8 column city: ambiguous, it could be main.shop.orders.city, main.shop.customers.city "
      "[put the table's name or alias before it: t.column]");
  EXPECT_EQ(PlanOf("SELECT uper(city) FROM orders"),
            "1:8 function uper: no such function [did you mean upper?]");
  EXPECT_EQ(PlanOf("SELECT theta_union(city) FROM orders"),
            "1:8 function theta_union: Spark has it, this version has not");
  EXPECT_EQ(PlanOf("SELECT 1 FROM nowhere"), "1:15 table nowhere: no such table");
  EXPECT_EQ(SchemaOf("SELECT Orders.CITY, shop.orders.day FROM LIVE.orders"),
            "CITY string, day date");
}

TEST(BindCte, EachUseIsExpandedAndSeesOnlyThoseBefore) {
  EXPECT_EQ(
      SchemaOf("WITH a AS (SELECT city, quantity FROM orders), b (town, n) AS (SELECT city, "
               "sum(quantity) FROM a GROUP BY city) SELECT a.city, b.n FROM a JOIN b ON a.city "
               "= b.town"),
      "city string, n bigint");
  EXPECT_THAT(PlanOf("WITH a AS (SELECT * FROM b), b AS (SELECT 1 AS x) SELECT * FROM a"),
              HasSubstr("table b: no such table"));
}

TEST(BindSubquery, CorrelatedOnesReferToTheOuterColumns) {
  EXPECT_THAT(PlanOf("SELECT name FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE "
                     "o.customer_id = c.customer_id)"),
              HasSubstr("filter =(#4, #0)"));
  EXPECT_EQ(SchemaOf("SELECT (SELECT max(amount) FROM orders) AS m"), "m decimal(10,2)");
  EXPECT_THAT(PlanOf("SELECT 1 FROM customers WHERE customer_id IN (SELECT order_id FROM orders)"),
              HasSubstr("in subquery(cast(#0 AS BIGINT))"));
  EXPECT_THAT(PlanOf("SELECT (SELECT city, day FROM orders)"), HasSubstr("gives 2 columns"));
}

TEST(BindSetOperation, ColumnsAreWidenedByPosition) {
  EXPECT_EQ(SchemaOf("SELECT 1 AS a, 'x' AS b UNION ALL SELECT 2.5, NULL UNION ALL SELECT 3L, 'y'"),
            "a decimal(21,1) NOT NULL, b string");
  EXPECT_THAT(PlanOf("SELECT 1, 2 UNION SELECT 1"), HasSubstr("this side has 1 columns"));
  EXPECT_EQ(SchemaOf("SELECT city FROM orders EXCEPT SELECT city FROM customers ORDER BY city"),
            "city string");
}

TEST(BindValues, RowsGetCommonTypes) {
  EXPECT_EQ(SchemaOf("SELECT * FROM VALUES (1, 'a'), (2.5, NULL) AS t(x, y)"),
            "x decimal(11,1) NOT NULL, y string");
  EXPECT_EQ(SchemaOf("SELECT id FROM range(5)"), "id bigint NOT NULL");
}

TEST(BindLambda, ParametersHaveTheElementsTypes) {
  EXPECT_EQ(
      SchemaOf("SELECT transform(items, i -> i.price * 2) AS p, filter(numbers, (n, i) -> n > i) "
               "AS f, exists(numbers, n -> n > 1) AS e FROM events"),
      "p array<double>, f array<int>, e boolean");
  EXPECT_THAT(PlanOf("SELECT transform(numbers, numbers) FROM events"),
              HasSubstr("transform: argument 2 must be a lambda"));
  EXPECT_THAT(PlanOf("SELECT aggregate(numbers, 0, (a, b) -> a + b, 1) FROM events"),
              HasSubstr("aggregate: argument 4 must be a lambda"));
  EXPECT_THAT(PlanOf("SELECT transform(numbers, (a, b, c) -> a) FROM events"),
              HasSubstr("this lambda has 3 parameters, and 2 are passed"));
}

// A hostile query must end in an error, not in a crash.
TEST(BindLimits, DeepNestingIsRefusedAndLongChainsAreNot) {
  std::string chain = "SELECT 1";
  for (int i = 0; i < 400; ++i) chain += " + 1";
  EXPECT_THAT(SchemaOf(chain), HasSubstr("int NOT NULL"));
  std::string ctes = "WITH c0 AS (SELECT 1 AS x)";
  for (int i = 1; i < 40; ++i) {
    ctes += fmt::format(", c{0} AS (SELECT a.x FROM c{1} a JOIN c{1} b ON a.x = b.x)", i, i - 1);
  }
  EXPECT_THAT(PlanOf(ctes + " SELECT * FROM c39"), HasSubstr("more than"));
}

}  // namespace
}  // namespace oresmith::sql
