#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/sql/parse_support.h"

namespace oresmith::sql {
namespace {

using ::testing::HasSubstr;

TEST(ParseOperators, BindAsInSpark) {
  EXPECT_EQ(ExprTree("a + b * -c"), "(+ a (* b (- c)))");
  EXPECT_EQ(ExprTree("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(ExprTree("a OR b AND NOT c = d"), "(OR a (AND b (NOT (= c d))))");
  EXPECT_EQ(ExprTree("a | b ^ c & d + e"), "(| a (^ b (& c (+ d e))))");
  EXPECT_EQ(ExprTree("a DIV b % c / d"), "(/ (% (DIV a b) c) d)");
  EXPECT_EQ(ExprTree("a = b <> c"), "(<> (= a b) c)");
  EXPECT_EQ(ExprTree("~a + -b"), "(+ (~ a) (- b))");
  EXPECT_EQ(ExprTree("! a = b"), "(NOT (= a b))");
  EXPECT_EQ(ExprTree("(a + b) * c"), "(* (+ a b) c)");
}

// In Spark || and + stand on one level and go from left to right.
TEST(ParseOperators, ConcatenationIsOnTheLevelOfPlus) {
  EXPECT_EQ(ExprTree("a + b || c - d"), "(- (|| (+ a b) c) d)");
}

TEST(ParseOperators, SpellingsBecomeOne) {
  EXPECT_EQ(ExprTree("a == b"), "(= a b)");
  EXPECT_EQ(ExprTree("a != b"), "(<> a b)");
  EXPECT_EQ(ExprTree("a div b"), "(DIV a b)");
  EXPECT_EQ(ExprTree("a REGEXP b"), "(RLIKE a b)");
}

TEST(ParseOperators, ShiftsAreTheirFunctions) {
  EXPECT_EQ(ExprTree("a << 1 + b"), "(shiftleft a (+ 1 b))");
  EXPECT_EQ(ExprTree("a >> 1 >>> 2"), "(shiftrightunsigned (shiftright a 1) 2)");
}

TEST(ParsePredicates, EachForm) {
  EXPECT_EQ(ExprTree("a IS NULL"), "(is-NULL a)");
  EXPECT_EQ(ExprTree("a IS NOT TRUE"), "(not-is-TRUE a)");
  EXPECT_EQ(ExprTree("a IS DISTINCT FROM b"), "(not-<=> a b)");
  EXPECT_EQ(ExprTree("a IS NOT DISTINCT FROM b"), "(<=> a b)");
  EXPECT_EQ(ExprTree("a BETWEEN 1 AND 2 AND b"), "(AND (between a 1 2) b)");
  EXPECT_EQ(ExprTree("a NOT BETWEEN 1 + 1 AND 3"), "(not-between a (+ 1 1) 3)");
  EXPECT_EQ(ExprTree("a IN (1, 'x')"), "(in a 1 'x')");
  EXPECT_EQ(ExprTree("a NOT IN (SELECT b FROM t)"), "(not-in a (select b from t))");
  EXPECT_EQ(ExprTree("a LIKE 'x%' ESCAPE '!'"), "(LIKE a 'x%' escape '!')");
  EXPECT_EQ(ExprTree("a NOT ILIKE b || '%'"), "(not-ILIKE a (|| b '%'))");
  EXPECT_EQ(ExprTree("NOT EXISTS (SELECT 1)"), "(NOT (exists (select 1)))");
  EXPECT_EQ(ExprTree("a = b IS NULL"), "(is-NULL (= a b))");
}

TEST(ParsePredicates, OnePerOperandAsInSpark) {
  EXPECT_THAT(ExprTree("a IS NULL = b"),
              HasSubstr("expected the end of the expression, found '='"));
  EXPECT_THAT(ExprTree("a = NOT b"), HasSubstr("[put brackets around NOT and what follows it]"));
  EXPECT_THAT(ExprTree("a LIKE ANY ('x', 'y')"), HasSubstr("LIKE ANY is not supported"));
  EXPECT_THAT(ExprTree("a COLLATE UTF8_LCASE"), HasSubstr("COLLATE is not supported"));
}

TEST(ParseLiterals, EachForm) {
  EXPECT_EQ(ExprTree("NULL"), "NULL");
  EXPECT_EQ(ExprTree("true"), "TRUE");
  EXPECT_EQ(ExprTree("1.50BD"), "1.50B");
  EXPECT_EQ(ExprTree("7l"), "7L");
  EXPECT_EQ(ExprTree("1e3D"), "1e3D");
  EXPECT_EQ(ExprTree("'a' \"b\" r'\\c'"), "'ab\\c'");
  EXPECT_EQ(ExprTree("X'0aFF'"), "X0AFF");
  EXPECT_EQ(ExprTree("x 'F0'"), "XF0");
  EXPECT_EQ(ExprTree("date '2024-01-01'"), "DATE'2024-01-01'");
  EXPECT_EQ(ExprTree("TIMESTAMP_NTZ '2024-01-01 10:00:00'"), "TIMESTAMP_NTZ'2024-01-01 10:00:00'");
}

TEST(ParseLiterals, IntervalsOfEachKind) {
  EXPECT_EQ(ExprTree("INTERVAL 1 DAY 2 HOURS"), "(interval 1 DAY 2 HOUR)");
  EXPECT_EQ(ExprTree("INTERVAL '1' day"), "(interval '1' DAY)");
  EXPECT_EQ(ExprTree("INTERVAL '1-2' YEAR TO MONTH"), "(interval '1-2' YEAR..MONTH)");
  EXPECT_EQ(ExprTree("INTERVAL -3 months"), "(interval (- 3) MONTH)");
  EXPECT_EQ(ExprTree("INTERVAL '1 day 2 hours'"), "(interval '1 day 2 hours')");
  EXPECT_EQ(ExprTree("ts + INTERVAL 10 SECONDS > b"), "(> (+ ts (interval 10 SECOND)) b)");
}

// (-1)::STRING is '-1'; -(1::STRING) would be a DOUBLE.
TEST(ParseLiterals, AMinusBelongsToItsNumber) {
  EXPECT_EQ(ExprTree("-1::STRING"), "(cast (- 1) string)");
  EXPECT_EQ(ExprTree("-a::STRING"), "(- (cast a string))");
  EXPECT_EQ(ExprTree("1 -1"), "(- 1 1)");
  EXPECT_EQ(ExprTree("- - 1"), "(- (- 1))");
}

TEST(ParseNames, WordsOfClausesAreNames) {
  for (const std::string_view name :
       {"date",      "timestamp", "value",    "key",     "window", "year",   "offset", "order",
        "group",     "end",       "interval", "limit",   "left",   "values", "table",  "stream",
        "partition", "user",      "type",     "comment", "filter", "over",   "first",  "set",
        "with",      "all",       "map",      "row",     "rows",   "index"}) {
    EXPECT_EQ(ExprTree(name), name);
    EXPECT_EQ(QueryTree(std::string("SELECT ") + std::string(name) + ", a FROM t"),
              "(select " + std::string(name) + " a from t)");
    EXPECT_EQ(QueryTree(std::string("SELECT a AS ") + std::string(name) + " FROM t"),
              "(select a@" + std::string(name) + " from t)");
  }
}

TEST(ParseNames, SlipsAreNotNames) {
  EXPECT_EQ(
      ExprTree("FROM"),
      "1:1 parse: expected an expression, found 'FROM' [write `FROM` in backquotes if it is a "
      "column]");
  EXPECT_EQ(ExprTree("`FROM`"), "`FROM`");
  EXPECT_EQ(ExprTree("a."),
            "1:3 parse: expected the name of a field after '.', found the end of "
            "the text");
}

TEST(ParsePaths, ChainInTheOrderOfTheText) {
  EXPECT_EQ(ExprTree("a.b.c"), "a.b.c");
  EXPECT_EQ(ExprTree("a.b[0].c[1]"), "([] (. ([] a.b 0) c) 1)");
  EXPECT_EQ(ExprTree("f(x).y"), "(. (f x) y)");
  EXPECT_EQ(ExprTree("(a).b"), "(. a b)");
  EXPECT_EQ(ExprTree("a::ARRAY<STRUCT<x: INT>>[0].x"),
            "(. ([] (cast a array<struct<x:int>>) 0) x)");
  EXPECT_EQ(ExprTree("a::ARRAY<INT>=b"), "(= (cast a array<int>) b)");
  EXPECT_EQ(ExprTree("raw:store.book[0]['a b'].x::int"),
            "(cast (: raw store.book[0]['a b'].x) int)");
  EXPECT_EQ(ExprTree("details:flow_progress.`data quality`"),
            "(: details flow_progress.`data quality`)");
}

TEST(ParseCalls, ArgumentsOfEachKind) {
  EXPECT_EQ(ExprTree("f()"), "(f)");
  EXPECT_EQ(ExprTree("count(*)"), "(count *)");
  EXPECT_EQ(ExprTree("COUNT(DISTINCT a, b)"), "(COUNT distinct a b)");
  EXPECT_EQ(ExprTree("cat.sch.f(1)"), "(cat.sch.f 1)");
  EXPECT_EQ(ExprTree("f(a => 1, `b.c` => 'x')"), "(f a=>1 b.c=>'x')");
  EXPECT_EQ(ExprTree("transform(xs, x -> x + 1)"), "(transform xs (lambda [x] (+ x 1)))");
  EXPECT_EQ(ExprTree("aggregate(xs, 0, (s, x) -> s + x)"),
            "(aggregate xs 0 (lambda [s x] (+ s x)))");
  EXPECT_EQ(ExprTree("exists(xs, x -> x > 1)"), "(exists xs (lambda [x] (> x 1)))");
  EXPECT_EQ(ExprTree("left(a, 2)"), "(left a 2)");
  EXPECT_EQ(ExprTree("rlike(a, 'b')"), "(rlike a 'b')");
  EXPECT_EQ(ExprTree("sum(a) FILTER (WHERE b > 0)"), "(sum a filter:(> b 0))");
  EXPECT_EQ(ExprTree("first(a IGNORE NULLS)"), "(first a ignore-nulls)");
  EXPECT_EQ(ExprTree("listagg(a, ',') WITHIN GROUP (ORDER BY b DESC)"),
            "(listagg a ',' within[b desc])");
}

TEST(ParseCalls, WordyFormsBecomePlainOnes) {
  EXPECT_EQ(ExprTree("position('a' IN b)"), "(position 'a' b)");
  EXPECT_EQ(ExprTree("position('a', b, 2)"), "(position 'a' b 2)");
  EXPECT_EQ(ExprTree("substring(a FROM 2 FOR 3)"), "(substring a 2 3)");
  EXPECT_EQ(ExprTree("substr(a, 2)"), "(substr a 2)");
  EXPECT_EQ(ExprTree("overlay(a PLACING b FROM 2 FOR 1)"), "(overlay a b 2 1)");
  EXPECT_EQ(ExprTree("trim(a)"), "(trim a)");
  EXPECT_EQ(ExprTree("trim(BOTH FROM a)"), "(btrim a)");
  EXPECT_EQ(ExprTree("trim('x' FROM a)"), "(btrim a 'x')");
  EXPECT_EQ(ExprTree("trim(LEADING 'x' FROM a)"), "(ltrim 'x' a)");
  EXPECT_EQ(ExprTree("trim(TRAILING FROM a)"), "(rtrim a)");
  EXPECT_EQ(ExprTree("extract(year FROM a)"), "(extract YEAR a)");
  EXPECT_EQ(ExprTree("struct(a, b.c)"), "(struct a b.c)");
  EXPECT_EQ(ExprTree("struct(a AS x, b.c, 1)"), "(named_struct 'x' a 'c' b.c 'col3' 1)");
}

TEST(ParseCalls, WindowsOfEachKind) {
  EXPECT_EQ(ExprTree("rank() OVER w"), "(rank over{w})");
  EXPECT_EQ(ExprTree("rank() OVER ()"), "(rank over{})");
  EXPECT_EQ(ExprTree("sum(a) OVER (PARTITION BY b, c ORDER BY d DESC NULLS LAST)"),
            "(sum a over{by b c order d desc nulls-last})");
  EXPECT_EQ(ExprTree("sum(a) OVER (ORDER BY d ROWS BETWEEN 2 PRECEDING AND UNBOUNDED FOLLOWING)"),
            "(sum a over{ order d rows -2..+inf})");
  EXPECT_EQ(ExprTree("sum(a) OVER (ORDER BY d RANGE UNBOUNDED PRECEDING)"),
            "(sum a over{ order d range -inf..0})");
  EXPECT_EQ(ExprTree("lag(a) IGNORE NULLS OVER (ORDER BY d)"),
            "(lag a ignore-nulls over{ order d})");
}

TEST(ParseCases, BothForms) {
  EXPECT_EQ(ExprTree("CASE WHEN a THEN 1 WHEN b THEN 2 ELSE 3 END"), "(case a:1 b:2 else:3)");
  EXPECT_EQ(ExprTree("CASE a WHEN 1 THEN 'x' END"), "(case a 1:'x')");
  EXPECT_THAT(ExprTree("CASE WHEN a THEN 1"), HasSubstr("expected END to close CASE"));
  EXPECT_THAT(ExprTree("CASE a END"), HasSubstr("expected WHEN in CASE"));
}

TEST(ParseCasts, TypesAndTheirErrors) {
  EXPECT_EQ(ExprTree("CAST(a AS decimal(10, 2))"), "(cast a decimal(10,2))");
  EXPECT_EQ(ExprTree("try_cast(a AS map<string,array<int>>)"),
            "(try_cast a map<string,array<int>>)");
  EXPECT_EQ(ExprTree("CAST(a AS\n varchar(10))"),
            "2:2 parse: the type varchar is not supported [write STRING]");
  EXPECT_EQ(ExprTree("CAST(a, int)"), "1:7 parse: expected AS and a type in CAST, found ','");
  EXPECT_EQ(ExprTree("CAST(a AS intt)"), "1:11 parse: unknown type 'intt'");
}

TEST(ParseSubqueries, InBracketsOfAnyDepth) {
  EXPECT_EQ(ExprTree("(SELECT 1)"), "(select 1)");
  EXPECT_EQ(ExprTree("((SELECT 1) UNION SELECT 2)"), "(union [(select 1)] (select 2))");
  EXPECT_EQ(ExprTree("((a))"), "a");
  EXPECT_EQ(ExprTree("(a, b) = (1, 2)"), "(= (tuple a b) (tuple 1 2))");
}

TEST(ParseStar, WithExcept) {
  EXPECT_EQ(QueryTree("SELECT * EXCEPT (a, b.c), t.*, c.t.* EXCEPT (d) FROM t"),
            "(select *-a-b.c t.* c.t.*-d from t)");
  EXPECT_EQ(QueryTree("SELECT * EXCEPT (SELECT 1)"), "(except (select *) [(select 1)])");
  EXPECT_THAT(QueryTree("SELECT * EXCLUDE (a) FROM t"), HasSubstr("[write * EXCEPT (a)"));
}

TEST(ParseExpressionSpans, CoverTheirText) {
  const std::string sql = "a + f(b, CAST(c AS INT)) * x.y[1]";
  const SourceText source("test.sql", sql);
  const Result<ExprPtr> expr = ParseExpression(source);
  ASSERT_TRUE(expr);
  const auto text = [&](Span span) { return sql.substr(span.begin, span.end - span.begin); };
  EXPECT_EQ(text((*expr)->span), sql);
  const auto& plus = std::get<BinaryOp>((*expr)->node);
  EXPECT_EQ(text(plus.right->span), "f(b, CAST(c AS INT)) * x.y[1]");
  const auto& times = std::get<BinaryOp>(plus.right->node);
  EXPECT_EQ(text(times.right->span), "x.y[1]");
  const auto& call = std::get<FunctionCall>(times.left->node);
  EXPECT_EQ(text(call.args[1]->span), "CAST(c AS INT)");
  EXPECT_EQ(text(std::get<Cast>(call.args[1]->node).type_span), "INT");
}

// Generated filters have thousands of terms; who walks the tree does so recursively.
TEST(ParseLogical, LongChainsAreBalanced) {
  std::string sql = "x = 0";
  for (int i = 1; i < 10'000; ++i) sql += " OR x = " + std::to_string(i);
  const SourceText source("test.sql", sql);
  const Result<ExprPtr> expr = ParseExpression(source);
  ASSERT_TRUE(expr);
  int depth = 0;
  const Expr* at = expr->get();
  while (const auto* const op = std::get_if<BinaryOp>(&at->node)) {
    at = op->left.get();
    ++depth;
  }
  EXPECT_LT(depth, 20);
  EXPECT_EQ(ExprTree("a AND b AND c AND d"), "(AND (AND a b) (AND c d))");
}

}  // namespace
}  // namespace oresmith::sql
