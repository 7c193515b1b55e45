#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;

TEST(ParseSelect, AllItsClauses) {
  EXPECT_EQ(QueryTree("SELECT DISTINCT a, b AS x, c y FROM t WHERE a > 1 GROUP BY a, 2 HAVING "
                      "count(*) > 1 QUALIFY rank() OVER w = 1 WINDOW w AS (ORDER BY a) ORDER BY a "
                      "DESC, b NULLS LAST LIMIT 5 OFFSET 2"),
            "(select distinct a b@x c@y from t where (> a 1) group a 2 having (> (count *) 1) "
            "qualify (= (rank over{w}) 1) window w{ order a}) order a desc b nulls-last limit 5 "
            "offset 2");
  EXPECT_EQ(QueryTree("SELECT a, sum(b) FROM t GROUP BY ALL"),
            "(select a (sum b) from t group all)");
  EXPECT_EQ(QueryTree("SELECT ALL a FROM t LIMIT ALL"), "(select a from t)");
  EXPECT_EQ(QueryTree("SELECT 1;"), "(select 1)");
}

TEST(ParseSelect, AGeneratorHasSeveralAliases) {
  EXPECT_EQ(QueryTree("SELECT posexplode(x) AS (i, v) FROM t"),
            "(select (posexplode x)@i v from t)");
  EXPECT_EQ(QueryTree("SELECT posexplode(x) (i, v) FROM t"), "(select (posexplode x)@i v from t)");
}

TEST(ParseSelect, WordsOfClausesMayBeAliases) {
  EXPECT_EQ(QueryTree("SELECT a date, b value, c offset FROM t"),
            "(select a@date b@value c@offset from t)");
  EXPECT_EQ(QueryTree("SELECT a FROM t LIMIT 1"), "(select a from t) limit 1");
  EXPECT_EQ(QueryTree("SELECT a FROM t window WINDOW w AS (ORDER BY a)"),
            "(select a from t@window window w{ order a})");
}

TEST(ParseJoins, EachKind) {
  EXPECT_EQ(QueryTree("SELECT * FROM a JOIN b ON a.x = b.x LEFT OUTER JOIN c USING (x, y)"),
            "(select * from (left (inner a b on (= a.x b.x)) c using x y))");
  EXPECT_EQ(QueryTree("SELECT * FROM a RIGHT JOIN b ON p FULL OUTER JOIN c ON q CROSS JOIN d"),
            "(select * from (cross (full (right a b on p) c on q) d))");
  EXPECT_EQ(QueryTree("SELECT * FROM a LEFT SEMI JOIN b ON p ANTI JOIN c ON q"),
            "(select * from (anti (semi a b on p) c on q))");
  EXPECT_EQ(QueryTree("SELECT * FROM a NATURAL LEFT JOIN b"), "(select * from (natural-left a b))");
  EXPECT_EQ(QueryTree("SELECT * FROM a x, b AS y(p, q)"), "(select * from a@x b@y(p q))");
  EXPECT_EQ(QueryTree("SELECT * FROM a JOIN (b JOIN c ON p) ON q"),
            "(select * from (inner a (inner b c on p) on q))");
}

TEST(ParseFrom, TablesStreamsAndFunctions) {
  EXPECT_EQ(QueryTree("SELECT * FROM cat.sch.`my t` AS t"), "(select * from cat.sch.`my t`@t)");
  EXPECT_EQ(QueryTree("SELECT * FROM STREAM orders o"), "(select * from stream:orders@o)");
  EXPECT_EQ(QueryTree("SELECT * FROM STREAM(LIVE.orders)"), "(select * from stream:LIVE.orders)");
  EXPECT_EQ(QueryTree("SELECT * FROM STREAM read_files('/in', format => 'json') f"),
            "(select * from stream:(read_files '/in' format=>'json')@f)");
  EXPECT_EQ(QueryTree("SELECT * FROM STREAM(read_files('/in'))"),
            "(select * from stream:(read_files '/in'))");
  EXPECT_EQ(QueryTree("SELECT * FROM stream"), "(select * from stream)");
  EXPECT_EQ(QueryTree("SELECT * FROM stream WHERE a"), "(select * from stream where a)");
  EXPECT_EQ(QueryTree("SELECT * FROM range(10) AS r(i)"), "(select * from (range 10)@r(i))");
  EXPECT_EQ(QueryTree("TABLE orders"), "(select * from orders)");
}

TEST(ParseFrom, OlderVersions) {
  EXPECT_EQ(QueryTree("SELECT * FROM t@v3 x"), "(select * from t version=3@x)");
  EXPECT_EQ(QueryTree("SELECT * FROM t VERSION AS OF 3 x"), "(select * from t version=3@x)");
  EXPECT_EQ(QueryTree("SELECT * FROM t FOR TIMESTAMP AS OF '2024-01-01'"),
            "(select * from t time='2024-01-01')");
  EXPECT_EQ(QueryTree("SELECT * FROM t version"), "(select * from t@version)");
  EXPECT_THAT(QueryTree("SELECT * FROM t@2024"), HasSubstr("expected a version such as v3"));
}

TEST(ParseFrom, Subqueries) {
  EXPECT_EQ(QueryTree("SELECT * FROM (SELECT 1) x"), "(select * from (select 1)@x)");
  EXPECT_EQ(QueryTree("SELECT * FROM a, LATERAL (SELECT a.x) l"),
            "(select * from a lateral:(select a.x)@l)");
  EXPECT_EQ(QueryTree("SELECT * FROM a, LATERAL explode(a.xs) AS l(x)"),
            "(select * from a lateral:(explode a.xs)@l(x))");
  EXPECT_EQ(QueryTree("SELECT * FROM ((SELECT 1) UNION (SELECT 2)) u"),
            "(select * from (union [(select 1)] [(select 2)])@u)");
  EXPECT_EQ(QueryTree("SELECT * FROM ((SELECT 1) a JOIN b)"),
            "(select * from (inner (select 1)@a b))");
  EXPECT_EQ(QueryTree("SELECT * FROM (((t)))"), "(select * from t)");
  EXPECT_EQ(QueryTree("SELECT * FROM (a JOIN b) x"),
            "(select * from (select * from (inner a b))@x)");
  EXPECT_EQ(QueryTree("SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(i, s)"),
            "(select * from (values [1 'a'] [2 'b'])@v(i s))");
  EXPECT_EQ(QueryTree("SELECT * FROM (VALUES 1, 2)"), "(select * from (values [1] [2]))");
}

TEST(ParseLateralView, StandsOnAllOfFrom) {
  EXPECT_EQ(QueryTree("SELECT * FROM t LATERAL VIEW explode(xs) e AS x"),
            "(select * from (lateral-view t (explode xs) e [x]))");
  EXPECT_EQ(
      QueryTree("SELECT * FROM t LATERAL VIEW OUTER posexplode(xs) AS i, x "
                "LATERAL VIEW explode(ys) f"),
      "(select * from (lateral-view (lateral-view-outer t (posexplode xs)  [i x]) (explode ys) "
      "f []))");
  EXPECT_EQ(QueryTree("SELECT * FROM a, b LATERAL VIEW explode(xs) e AS x WHERE x"),
            "(select * from (lateral-view (cross a b) (explode xs) e [x]) where x)");
  EXPECT_EQ(QueryTree("SELECT * FROM t LATERAL VIEW posexplode(xs) e i, x"),
            "(select * from (lateral-view t (posexplode xs) e [i x]))");
  EXPECT_THAT(QueryTree("SELECT * FROM a LATERAL VIEW explode(xs) e AS x JOIN b ON c"),
              HasSubstr("expected no further table after LATERAL VIEW"));
}

TEST(ParseSetOperations, IntersectBindsMoreTightly) {
  EXPECT_EQ(QueryTree("SELECT 1 UNION ALL SELECT 2 UNION SELECT 3"),
            "(union (union-all (select 1) (select 2)) (select 3))");
  EXPECT_EQ(QueryTree("SELECT 1 UNION SELECT 2 INTERSECT SELECT 3 EXCEPT ALL SELECT 4"),
            "(except-all (union (select 1) (intersect (select 2) (select 3))) (select 4))");
  EXPECT_EQ(QueryTree("SELECT 1 MINUS SELECT 2"), "(except (select 1) (select 2))");
  EXPECT_EQ(QueryTree("SELECT 1 UNION DISTINCT (SELECT 2 LIMIT 1) ORDER BY 1 LIMIT 3"),
            "(union (select 1) [(select 2) limit 1]) order 1 limit 3");
  EXPECT_EQ(QueryTree("VALUES (1), (2) UNION ALL SELECT 3"),
            "(union-all (values [1] [2]) (select 3))");
}

TEST(ParseWith, TablesWithAndWithoutColumns) {
  EXPECT_EQ(QueryTree("WITH a (SELECT 1) SELECT 2"), "with a() (select 1) (select 2)");
  EXPECT_EQ(QueryTree("WITH a AS (SELECT 1), b(x, y) AS (SELECT 2, 3) SELECT * FROM a, b"),
            "with a() (select 1) with b(x y) (select 2 3) (select * from a b)");
  EXPECT_EQ(QueryTree("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a)"),
            "(select * from with a() (select 1) (select * from a))");
}

TEST(ParseSelect, HintsAreComments) {
  EXPECT_EQ(QueryTree("SELECT /*+ BROADCAST(t) */ a FROM t"), "(select a from t)");
}

TEST(ParseGroupBy, SetsRollupsAndCubesStandBesideKeys) {
  EXPECT_EQ(QueryTree("SELECT a FROM t GROUP BY a, ROLLUP (b, (c, d)), CUBE (e)"),
            "(select a from t grouping( a) grouping(rollup ( b) ( c d)) grouping(cube ( e)))");
  EXPECT_EQ(QueryTree("SELECT a FROM t GROUP BY GROUPING SETS ((a, b), a, (), ROLLUP (c))"),
            "(select a from t grouping(sets ( a b) ( a) () (rollup ( c))))");
  EXPECT_EQ(QueryTree("SELECT a FROM t GROUP BY a, b WITH CUBE"),
            "(select a from t grouping(cube ( a) ( b)))");
  EXPECT_EQ(QueryTree("SELECT a FROM t GROUP BY a, b GROUPING SETS (b)"),
            "(select a from t group a b grouping(sets ( b)))");
  EXPECT_EQ(QueryTree("SELECT a FROM t GROUP BY ROLLUP (CUBE (a))"),
            "1:34 parse: expected keys in CUBE and ROLLUP, found 'CUBE' [only GROUPING SETS can "
            "hold CUBE, ROLLUP and GROUPING SETS]");
  EXPECT_EQ(
      QueryTree("SELECT a FROM t GROUP BY CUBE (a, ())"),
      "1:35 parse: expected keys in CUBE and ROLLUP, found '(' [leave out (): they have it by "
      "themselves]");
}

TEST(ParsePivot, StandsAfterATableAJoinOrAnotherOne) {
  EXPECT_EQ(QueryTree("SELECT * FROM t PIVOT (sum(a) AS s, max(b) FOR c IN (1 AS x, 2 y, 3)) p"),
            "(select * from (pivot t [(sum a)@s (max b)] for [c] in [1@x 2@y 3])@p)");
  EXPECT_EQ(QueryTree("SELECT * FROM t JOIN u USING (k) PIVOT (sum(a) FOR (b, c) IN ((1, 2)))"),
            "(select * from (pivot (inner t u using k) [(sum a)] for [b c] in [(tuple 1 2)]))");
  EXPECT_EQ(QueryTree("SELECT * FROM t UNPIVOT INCLUDE NULLS (v FOR n IN (a AS x, b))"),
            "(select * from (unpivot-nulls t [v] for n in [a;@x b;]))");
  EXPECT_EQ(QueryTree("SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a, b) x))"),
            "(select * from (unpivot t [v w] for n in [a;b;@x]))");
  EXPECT_EQ(QueryTree("SELECT * FROM t UNPIVOT ((v, w) FOR n IN ((a)))"),
            "1:43 parse: UNPIVOT: this set has 1 columns, and there are 2 columns for the values");
  EXPECT_EQ(QueryTree("SELECT * FROM t PIVOT (sum(a), b IN (1))"),
            "1:40 parse: expected FOR after the aggregates of PIVOT, found ')'");
}

TEST(RefusedQueries, ByNameWithAPosition) {
  const auto refused = [](std::string_view sql) {
    const auto parsed = ParseQuery("query", std::string(sql));
    if (parsed) return std::string("accepted");
    const Error& error = parsed.error().front();
    if (error.kind != ErrorKind::kUnsupported || error.fix.empty()) return ErrorText(error);
    return error.message;
  };
  EXPECT_EQ(refused("SELECT * FROM t PIVOT (sum(a) FOR b IN (SELECT c FROM u))"),
            "parse: PIVOT over values that only a query knows is not supported");
  EXPECT_EQ(refused("SELECT * FROM t TABLESAMPLE (10 ROWS)"),
            "parse: TABLESAMPLE is not supported");
  EXPECT_EQ(refused("SELECT * FROM a ASOF JOIN b"), "parse: ASOF JOIN is not supported");
  EXPECT_EQ(refused("SELECT a FROM t SORT BY a"), "parse: SORT BY in a query is not supported");
  EXPECT_EQ(refused("SELECT a FROM t ORDER BY ALL"), "parse: ORDER BY ALL is not supported");
}

TEST(WrongQueries, SayWhatWasExpected) {
  EXPECT_EQ(
      QueryTree("SELECT a, FROM t"),
      "1:11 parse: expected an expression after ',', found 'FROM' [remove the ',' before FROM]");
  EXPECT_EQ(QueryTree("SELECT f(a, b FROM t"),
            "1:15 parse: expected ')' to close the arguments of f, found 'FROM'");
  EXPECT_EQ(QueryTree("SELECT a FROM"), "1:14 parse: expected a table, found the end of the text");
  EXPECT_EQ(QueryTree("SELECT a FROM WHERE b"), "1:15 parse: expected a table, found 'WHERE'");
  EXPECT_EQ(QueryTree("SELECT a FROM t WHERE b GROUP a"),
            "1:25 parse: expected the end of the statement, found 'GROUP' [write GROUP BY]");
  EXPECT_EQ(
      QueryTree("SELECT a FRM t"),
      "1:14 parse: expected the end of the statement, found 't' [did you mean FROM for 'FRM'?]");
  EXPECT_EQ(QueryTree("SELECT a FROM t WHER b = 1"),
            "1:22 parse: expected the end of the statement, found 'b' [did you mean WHERE for "
            "'WHER'?]");
  EXPECT_EQ(QueryTree("SELECT a FROM t LIMT 5"),
            "1:22 parse: expected the end of the statement, found '5' [did you mean LIMIT for "
            "'LIMT'?]");
  EXPECT_EQ(QueryTree("SELECT a FROM t CREATE VIEW v AS SELECT 1"),
            "1:24 parse: expected the end of the statement, found 'VIEW' [end the statement before "
            "CREATE with ';']");
  EXPECT_EQ(
      QueryTree("SELECT a FROM my-table"),
      "1:17 parse: expected a name without '-', found '-' [write the name in backquotes: `a-b`]");
  EXPECT_EQ(QueryTree("VALUES (1, 2), (3)"),
            "1:17 parse: a row of VALUES has 1 values, the first row has 2");
  EXPECT_EQ(QueryTree("SELECT a FROM t LIMIT 1, 2"),
            "1:24 parse: expected the end of LIMIT, found ',' [write LIMIT n OFFSET m]");
  EXPECT_EQ(QueryTree(""), "1:1 parse: expected a query, found nothing");
  EXPECT_EQ(QueryTree("SELECT 1; SELECT 2"),
            "1:11 parse: expected one query, found a second statement");
  EXPECT_EQ(QueryTree("SET a = 1"), "1:1 parse: expected a query: SELECT, WITH or VALUES");
}

}  // namespace
}  // namespace oresmith::sql
