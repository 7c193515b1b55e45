// FROM first, and pipes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/bind_support.h"
#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

TEST(FromFirst, IsAQuery) {
  EXPECT_EQ(QueryTree("FROM t"), "(select * from t)");
  EXPECT_EQ(QueryTree("FROM t a JOIN u USING (k) SELECT a.x WHERE y"),
            "(select a.x from (inner t@a u using k) where y)");
  EXPECT_EQ(QueryTree("SELECT * FROM (FROM t)"), "(select * from (select * from t))");
}

TEST(Pipes, StepsThatFitStayInOneSelect) {
  EXPECT_EQ(QueryTree("FROM t a |> WHERE a.x > 1 |> WHERE y |> SELECT a.x, y AS z"),
            "(select a.x y@z from t@a where (AND (> a.x 1) y))");
  EXPECT_EQ(QueryTree("FROM t |> JOIN u USING (k) |> LEFT JOIN v ON p |> WHERE q"),
            "(select * from (left (inner t u using k) v on p) where q)");
}

TEST(Pipes, OthersStandOverASubqueryThatKeepsTheName) {
  EXPECT_EQ(QueryTree("FROM t |> EXTEND x + 1 AS y |> WHERE t.y > 2"),
            "(select * from (select * (+ x 1)@y from t)@t where (> t.y 2))");
  EXPECT_EQ(QueryTree("FROM t |> WHERE x |> JOIN u USING (k)"),
            "(select * from (inner (select * from t where x)@t u using k))");
  EXPECT_EQ(QueryTree("SELECT a FROM t LIMIT 3 |> WHERE a"),
            "(select * from (select a from t) limit 3@t where a)");
}

TEST(Pipes, AggregateGivesTheKeysFirst) {
  EXPECT_EQ(QueryTree("FROM t |> AGGREGATE sum(x) AS s GROUP BY k, y + 1 AS z"),
            "(select k (+ y 1)@z (sum x)@s from t group 1 2)");
  EXPECT_EQ(
      SchemaOf("FROM orders |> WHERE paid |> AGGREGATE count(*) AS n GROUP BY city |> WHERE n "
               "> 1 |> ORDER BY n DESC |> LIMIT 2"),
      "city string, n bigint NOT NULL");
}

TEST(Pipes, DropAsUnionAndOrder) {
  EXPECT_EQ(QueryTree("FROM t |> DROP a, b |> AS u |> SELECT u.c"),
            "(select u.c from (select *-a-b from t)@u)");
  EXPECT_EQ(QueryTree("FROM t |> UNION ALL (SELECT 1) |> ORDER BY x LIMIT 1 |> LIMIT 2"),
            "(select * from (union-all [(select * from t)] [(select 1)]) order x limit 1) limit 2");
  EXPECT_EQ(SchemaOf("FROM customers |> DROP city |> EXTEND upper(name) AS u |> SELECT *"),
            "customer_id int NOT NULL, name string, u string");
}

TEST(Pipes, AnUnknownStepIsNamed) {
  EXPECT_EQ(QueryTree("FROM t |> FILTER x"),
            "1:11 parse: expected WHERE, SELECT, EXTEND, AGGREGATE, DROP, AS, JOIN, PIVOT, "
            "UNPIVOT, UNION, ORDER BY or LIMIT after |>, found 'FILTER'");
}

TEST(ReadClauses, StandBeforeTheAlias) {
  EXPECT_EQ(
      QueryTree("SELECT * FROM STREAM t WITH ('a' = '1', SKIPCHANGECOMMITS) WATERMARK ts DELAY "
                "OF INTERVAL 10 MINUTES AS x"),
      "(select * from stream:t a=1 SKIPCHANGECOMMITS=true watermark(ts, (interval 10 "
      "MINUTE))@x)");
  // A table that is no stream has all its rows: nothing is late.
  EXPECT_EQ(SchemaOf("SELECT * FROM orders WATERMARK ordered_at DELAY OF INTERVAL 1 MINUTE"),
            SchemaOf("SELECT * FROM orders"));
}

}  // namespace
}  // namespace oresmith::sql
