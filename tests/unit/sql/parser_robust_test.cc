// Text of any kind costs an error, never the process: cut, nested, long, with strange bytes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kStatements[] = {
    R"sql(CREATE OR REFRESH STREAMING TABLE a.b (x ARRAY<STRUCT<y: DECIMAL(10, 2)>> NOT NULL COMMENT 'z',
  CONSTRAINT c EXPECT (x IS NOT NULL AND y BETWEEN -1 AND 2.5e3) ON VIOLATION DROP ROW)
  USING DELTA PARTITIONED BY (x) CLUSTER BY AUTO TBLPROPERTIES ('a' = 'b', c.d 5) COMMENT "it's"
  AS SELECT *, t.* EXCEPT (p, q.r), CAST(s AS MAP<STRING, INT>), v::int, j:a.b[0]['c'] k,
  CASE WHEN x <=> NULL THEN X'1A' ELSE r'\d' END, transform(xs, (e, i) -> e[i + 1].f),
  DATE '2024-01-01' + INTERVAL 1 DAY 2 HOURS FROM STREAM(read_files('/in/*', format => 'json')) t;)sql",
    R"sql(WITH a (x) AS (SELECT 1), b AS (VALUES (1, 'x'), (2, 'y') AS v(i, s))
  SELECT DISTINCT x y, sum(DISTINCT z) FILTER (WHERE w > 0) OVER (PARTITION BY p ORDER BY q DESC
  NULLS LAST ROWS BETWEEN 2 PRECEDING AND CURRENT ROW), posexplode(m) AS (i, v)
  FROM a LEFT JOIN (b CROSS JOIN c) USING (k), LATERAL explode(m) AS e(n), ((SELECT 1) UNION SELECT 2) u
  LATERAL VIEW OUTER explode(o) l AS n WHERE NOT EXISTS (SELECT 1) AND f IN (SELECT 2) OR g LIKE '%' ESCAPE '!'
  GROUP BY ALL HAVING count(*) > 1 QUALIFY rank() OVER w = 1 WINDOW w AS (ORDER BY h)
  UNION ALL SELECT 1 INTERSECT (SELECT 2 FROM t@v3 VERSION) ORDER BY 1 LIMIT 5 OFFSET 1)sql",
    "SET a.b = c 'd'; USE CATALOG e; /* f /* g */ h */ -- i\n; CREATE TEMPORARY LIVE VIEW `j k` "
    "SELECT 1",
};

TEST(Robust, StatementsCutAtEveryByteNeverCrash) {
  for (const std::string_view statement : kStatements) {
    ASSERT_EQ(ErrorsOf(statement), "");
    for (size_t length = 0; length < statement.size(); ++length) {
      static_cast<void>(ParseFile("cut.sql", std::string(statement.substr(0, length))));
      static_cast<void>(ParseFile("cut.sql", std::string(statement.substr(length))));
    }
  }
}

TEST(Robust, AnyByteAnywhereNeverCrashes) {
  constexpr std::string_view kBytes("\0'\"`(;,)\xFF\xC3-*.:@", 15);
  for (const std::string_view statement : kStatements) {
    for (size_t at = 0; at < statement.size(); at += 3) {
      std::string text(statement);
      text[at] = kBytes[(at / 3) % kBytes.size()];
      const auto parsed = ParseFile("changed.sql", std::move(text));
      if (parsed) continue;
      for (const Error& error : parsed.error()) ASSERT_TRUE(error.place) << error.message;
    }
  }
}

std::string Repeat(std::string_view text, int count) {
  std::string repeated;
  for (int i = 0; i < count; ++i) repeated += text;
  return repeated;
}

TEST(Robust, NestingHasALimit) {
  EXPECT_EQ(ExprTree(Repeat("(", 100) + "a" + Repeat(")", 100)), "a");
  for (const std::string_view open :
       {"(", "f(", "NOT ", "- ", "~", "a[", "CASE WHEN ", "CAST(", "(SELECT ", "x -> ", "a IN (",
        "EXISTS (SELECT ", "struct(", "trim(", "(a, ", "f(b => ", "((SELECT 1) UNION "}) {
    EXPECT_THAT(ExprTree(Repeat(open, 4'000)), HasSubstr("nested deeper than 200 levels")) << open;
  }
  for (const std::string_view open :
       {"SELECT * FROM (", "(", "WITH a AS (", "SELECT 1 UNION (", "SELECT * FROM a JOIN (",
        "SELECT * FROM ((SELECT 1) JOIN ("}) {
    EXPECT_THAT(QueryTree(Repeat(open, 4'000) + "SELECT"),
                HasSubstr("nested deeper than 200 levels"))
        << open;
  }
  EXPECT_THAT(QueryTree("SELECT * FROM " + Repeat("(", 4'000)),
              HasSubstr("nested deeper than 200 levels"));
  EXPECT_THAT(ExprTree("a::" + Repeat("array<", 4'000)),
              HasSubstr("nested deeper than 100 levels"));
}

// These nest to the left without a bracket; the tree would be as deep as the text is long.
TEST(Robust, ChainsHaveALimit) {
  EXPECT_THAT(ExprTree("a" + Repeat(" + a", 20'000)), HasSubstr("more than 500 levels"));
  EXPECT_THAT(ExprTree("a" + Repeat("[0]", 20'000)), HasSubstr("more than 500 levels"));
  EXPECT_THAT(ExprTree("f()" + Repeat(".b", 20'000)), HasSubstr("more than 500 levels"));
  EXPECT_THAT(ExprTree("a" + Repeat("::int", 20'000)), HasSubstr("more than 500 levels"));
  EXPECT_THAT(QueryTree("SELECT 1" + Repeat(" UNION SELECT 1", 10'000)),
              HasSubstr("more than 500 set operations"));
  EXPECT_THAT(QueryTree("SELECT * FROM a" + Repeat(" JOIN a", 10'000)),
              HasSubstr("more than 500 joins"));
  EXPECT_THAT(QueryTree("SELECT * FROM a" + Repeat(" LATERAL VIEW f(a)", 10'000)),
              HasSubstr("more than 500 LATERAL VIEWs"));
  EXPECT_THAT(ExprTree("a" + Repeat(" + a", 400)), HasSubstr("(+ a a)"));
}

// Chains inside brackets inside chains: the heights add up.
TEST(Robust, HeightCountsThroughBrackets) {
  const std::string chain = Repeat(" + a", 100);
  std::string text = "a";
  for (int i = 0; i < 10; ++i) text = "(" + text + chain + ")";
  EXPECT_THAT(ExprTree(text), HasSubstr("more than 500 levels"));
}

TEST(Robust, ALargeStatementIsFine) {
  std::string sql = "SELECT 1 AS a";
  constexpr size_t kBytes = 500'000;
  sql.reserve(kBytes + 100);
  while (sql.size() < kBytes) sql += ", coalesce(t.some_column, 'a longer text to fill it') AS b";
  const auto parsed = ParseQuery("query", sql + " FROM t");
  EXPECT_TRUE(parsed);
  const auto broken = ParseQuery("query", sql + " FRM (");
  EXPECT_FALSE(broken);
}

TEST(Robust, ErrorsAreCapped) {
  const auto parsed = ParseFile("other.sql", Repeat("FOO BAR;\n", 10'000));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().size(), 100U);
}

}  // namespace
}  // namespace oresmith::sql
