// Queries from their text to their rows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

#include "sql_runner.h"

namespace oresmith::engine {
namespace {

using ::testing::HasSubstr;

class Sql : public ::testing::Test {
 protected:
  std::string Run(const std::string& sql) {
    const auto rows = RunSql(*engine_, catalog_, sql);
    if (!rows) return "error: " + rows.error().message + rows.error().note;
    std::string text;
    for (int64_t row = 0; row < rows->table->num_rows(); ++row) {
      for (int i = 0; i < rows->table->num_columns(); ++i) {
        const auto value = *rows->table->column(i)->GetScalar(row);
        text += (i > 0 ? "," : "") + (value->is_valid ? value->ToString() : "NULL");
      }
      text += ";";
    }
    return text;
  }
  void AddNumbers() {
    const types::Schema schema = {Field("k", Type(TypeId::kString)), Field("n", Type(TypeId::kInt)),
                                  Field("d", Type::Decimal(10, 2))};
    catalog_.Add("numbers", schema,
                 {BatchOf(schema, {R"(["a", "a", "b", null])", "[1, 2, null, 4]",
                                   R"(["1.00", "2.50", "0.33", null])"})});
  }
  const std::unique_ptr<Engine> engine_ = OpenEngine();
  TestCatalog catalog_;
};

TEST_F(Sql, RetailSilverGivesARowForEachItem) {
  const types::Schema schema = {Field("value", Type(TypeId::kString)),
                                Field("ingest_ts", Type(TypeId::kTimestamp)),
                                Field("__origin", Type(TypeId::kLong))};
  catalog_.Add(
      "orders_raw", schema,
      {BatchOf(
          schema,
          {R"(["{\"order_id\": 1, \"customer_id\": 7, \"city\": \"Chicago\", \"order_ts\": \"2024-01-05T10:20:30Z\", \"line_items\": [{\"order_item_id\": 11, \"order_item_quantity\": 2, \"order_item_product_price\": 9.99}, {\"order_item_id\": 12, \"order_item_quantity\": 1, \"order_item_product_price\": 5}]}", "{\"order_id\": 2, \"line_items\": []}", "{"])",
           "[1700000000000000, 1700000000000000, 1700000000000000]", "[0, 1, 2]"})},
      1);
  EXPECT_EQ(Run(R"(
    SELECT o.order_id, item.order_item_id, item.order_item_quantity AS quantity,
      item.order_item_product_price AS price, o.city, CAST(o.order_ts AS STRING) AS at
    FROM (SELECT o, explode(o.line_items) AS item, ingest_ts
          FROM (SELECT from_json(value, 'order_id BIGINT, customer_id INT, city STRING,
                         order_ts TIMESTAMP, line_items ARRAY<STRUCT<order_item_id: BIGINT,
                         order_item_quantity: INT, order_item_product_price: DECIMAL(10,2)>>') AS o,
                       ingest_ts FROM orders_raw))
    ORDER BY order_item_id)"),
            "1,11,2,9.99,Chicago,2024-01-05 10:20:30;1,12,1,5.00,Chicago,2024-01-05 10:20:30;");
}

TEST_F(Sql, AggregatesHaveSparksTypes) {
  AddNumbers();
  EXPECT_EQ(
      Run("SELECT k, count(*), count(n), sum(n), avg(n), sum(d), avg(d) FROM numbers GROUP BY k "
          "ORDER BY k"),
      "NULL,1,1,4,4,NULL,NULL;a,2,2,3,1.5,3.50,1.750000;b,1,0,NULL,NULL,0.33,0.330000;");
}

TEST_F(Sql, AnAggregateOfNoRowsIsOneRow) {
  AddNumbers();
  EXPECT_EQ(Run("SELECT count(*), sum(n), max(k) FROM numbers WHERE n > 100"), "0,NULL,NULL;");
}

TEST_F(Sql, AggregatesTakeDistinctAndFilter) {
  AddNumbers();
  EXPECT_EQ(Run("SELECT count(DISTINCT k), count(*) FILTER (WHERE n > 1), "
                "count(DISTINCT k, n), sum(DISTINCT n) FILTER (WHERE k = 'a') FROM numbers"),
            "2,2,2,3;");
}

TEST_F(Sql, SortsNullsFirstUnlessTold) {
  AddNumbers();
  EXPECT_EQ(Run("SELECT n FROM numbers ORDER BY n"), "NULL;1;2;4;");
  EXPECT_EQ(Run("SELECT n FROM numbers ORDER BY n DESC"), "4;2;1;NULL;");
  EXPECT_EQ(Run("SELECT n FROM numbers ORDER BY n NULLS LAST LIMIT 2"), "1;2;");
  EXPECT_EQ(Run("SELECT n FROM numbers ORDER BY n LIMIT 2 OFFSET 1"), "1;2;");
}

TEST_F(Sql, WindowsRankAndSum) {
  AddNumbers();
  EXPECT_EQ(Run("SELECT k, n, row_number() OVER (PARTITION BY k ORDER BY n DESC) AS r, "
                "sum(n) OVER (PARTITION BY k ORDER BY n) AS s, lag(n) OVER (ORDER BY n) AS l "
                "FROM numbers ORDER BY k, n"),
            "NULL,4,1,4,2;a,1,2,1,NULL;a,2,1,3,1;b,NULL,1,NULL,NULL;");
}

TEST_F(Sql, JoinsOfEveryKind) {
  AddNumbers();
  const types::Schema schema = {Field("k", Type(TypeId::kString)),
                                Field("name", Type(TypeId::kString))};
  catalog_.Add("names", schema, {BatchOf(schema, {R"(["a", "c", null])", R"(["A", "C", "N"])"})});
  EXPECT_EQ(Run("SELECT n, name FROM numbers JOIN names ON numbers.k = names.k ORDER BY n"),
            "1,A;2,A;");
  EXPECT_EQ(Run("SELECT n, name FROM numbers LEFT JOIN names USING (k) ORDER BY n"),
            "NULL,NULL;1,A;2,A;4,NULL;");
  EXPECT_EQ(Run("SELECT count(*) FROM numbers FULL JOIN names ON numbers.k <=> names.k"), "5;");
  EXPECT_EQ(Run("SELECT n FROM numbers LEFT SEMI JOIN names ON numbers.k = names.k ORDER BY n"),
            "1;2;");
  EXPECT_EQ(Run("SELECT n FROM numbers LEFT ANTI JOIN names ON numbers.k = names.k ORDER BY n"),
            "NULL;4;");
  EXPECT_EQ(Run("SELECT count(*) FROM numbers CROSS JOIN names"), "12;");
  EXPECT_EQ(Run("SELECT count(*) FROM numbers a JOIN numbers b ON a.n < b.n"), "3;");
}

TEST_F(Sql, SetOperationsKeepTheirOrderOfEvaluation) {
  EXPECT_EQ(Run("SELECT 1 AS x UNION ALL SELECT 1 UNION ALL SELECT 2 ORDER BY x"), "1;1;2;");
  EXPECT_EQ(Run("SELECT 1 AS x UNION SELECT 1"), "1;");
  EXPECT_EQ(Run("SELECT 1 AS x EXCEPT SELECT 1"), "");
  EXPECT_EQ(Run("(SELECT 1 AS x UNION ALL SELECT 2) INTERSECT SELECT 2"), "2;");
}

TEST_F(Sql, Subqueries) {
  AddNumbers();
  EXPECT_EQ(Run("SELECT n FROM numbers WHERE n = (SELECT max(n) FROM numbers)"), "4;");
  EXPECT_EQ(
      Run("SELECT n FROM numbers WHERE n IN (SELECT n FROM numbers WHERE k = 'a') ORDER BY n"),
      "1;2;");
  EXPECT_EQ(
      Run("SELECT n FROM numbers a WHERE EXISTS (SELECT 1 FROM numbers b WHERE b.n > a.n) ORDER "
          "BY n"),
      "1;2;");
  EXPECT_THAT(Run("SELECT (SELECT n FROM numbers)"), HasSubstr("SCALAR_SUBQUERY_TOO_MANY_ROWS"));
}

TEST_F(Sql, ErrorsSpeakSparksLanguage) {
  AddNumbers();
  EXPECT_THAT(Run("SELECT n / 0 FROM numbers"), HasSubstr("[DIVIDE_BY_ZERO] Division by zero."));
  EXPECT_THAT(
      Run("SELECT CAST(k AS INT) FROM numbers"),
      HasSubstr("[CAST_INVALID_INPUT] The value 'a' of the type \"STRING\" cannot be cast to "
                "\"INT\" because it is malformed."));
  EXPECT_THAT(Run("SELECT n + 2147483647 FROM numbers"), HasSubstr("[ARITHMETIC_OVERFLOW]"));
  EXPECT_THAT(Run("SELECT CAST(n * 100 AS TINYINT) FROM numbers"), HasSubstr("[CAST_OVERFLOW]"));
  EXPECT_THAT(Run("SELECT sum(CAST(9223372036854775807 AS BIGINT)) FROM numbers"),
              HasSubstr("[ARITHMETIC_OVERFLOW]"));
}

TEST_F(Sql, AFailedRunLeavesTheQueryUsable) {
  const types::Schema schema = {Field("s", Type(TypeId::kString))};
  const auto bad = columnar::MakeRelation(schema, {BatchOf(schema, {R"(["1", "x"])"})});
  const auto good = columnar::MakeRelation(schema, {BatchOf(schema, {R"(["1", "2"])"})});
  catalog_.Add("texts", schema, {});
  const auto bound = PrepareSql(*engine_, catalog_, "SELECT CAST(s AS INT) AS n FROM texts");
  ASSERT_TRUE(bound) << bound.error().message;
  for (int i = 0; i < 2; ++i) {
    const auto failed = RunAll(*bound->query, {bad.get()});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::kBadRecord);
    const auto rows = RunAll(*bound->query, {good.get()});
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->table->num_rows(), 2);
  }
}

class FailingRelation final : public columnar::Relation {
 public:
  explicit FailingRelation(types::Schema schema) : schema_(std::move(schema)) {}
  const types::Schema& schema() const override { return schema_; }
  Result<std::unique_ptr<columnar::BatchReader>> Open(const std::vector<int>&) const override {
    return std::make_unique<Reader>();
  }

 private:
  class Reader final : public columnar::BatchReader {
    Result<columnar::Batch> Next() override {
      return Fail(ErrorKind::kUnavailable, "read orders/1.json: the disk is gone");
    }
  };
  types::Schema schema_;
};

// The kind decides whether the pipeline retries: it must come through DuckDB as it was.
TEST_F(Sql, AnErrorOfTheSourceKeepsItsKind) {
  const types::Schema schema = {Field("n", Type(TypeId::kInt))};
  catalog_.Add("t", schema, {});
  const FailingRelation failing(schema);
  for (const char* sql : {"SELECT n + 1 FROM t", "SELECT n FROM t"}) {
    const auto bound = PrepareSql(*engine_, catalog_, sql);
    ASSERT_TRUE(bound) << bound.error().message;
    const auto rows = RunAll(*bound->query, {&failing});
    ASSERT_FALSE(rows);
    EXPECT_EQ(rows.error().kind, ErrorKind::kUnavailable);
    EXPECT_EQ(rows.error().message, "read orders/1.json: the disk is gone");
  }
}

TEST_F(Sql, AStopEndsALongQuery) {
  const types::Schema schema = {Field("n", Type(TypeId::kLong))};
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 20'000; ++i) ASSERT_TRUE(builder.Append(i).ok());
  catalog_.Add("t", schema,
               {arrow::RecordBatch::Make(columnar::ToArrow(schema), 20'000, {*builder.Finish()})});
  const auto bound =
      PrepareSql(*engine_, catalog_,
                 "SELECT count(*) FROM t a JOIN t b ON a.n <> b.n + 1 JOIN t c ON c.n <> "
                 "a.n + b.n");
  ASSERT_TRUE(bound) << bound.error().message;
  std::stop_source stop;
  RunContext context;
  context.stop = stop.get_token();
  std::jthread stopper([&] { stop.request_stop(); });
  const auto report =
      bound->query->Run(bound->inputs, context, [](columnar::Batch) -> Status { return {}; });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kCancelled);
}

TEST_F(Sql, QueriesOfOneEngineRunAtTheSameTime) {
  AddNumbers();
  std::vector<std::jthread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int run = 0; run < 10; ++run) {
        if (Run("SELECT sum(n) + CAST('1' AS INT) FROM numbers") == "8;") ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 40);
}

TEST_F(Sql, TheClockOfARunIsGiven) {
  AddNumbers();
  const auto bound =
      PrepareSql(*engine_, catalog_,
                 "SELECT CAST(current_timestamp() AS STRING), CAST(current_date() AS "
                 "STRING) FROM numbers WHERE n = 1");
  ASSERT_TRUE(bound) << bound.error().message;
  RunContext context;
  context.now = Instant{1'700'000'000'500'000};
  std::string text;
  const auto report =
      bound->query->Run(bound->inputs, context, [&](columnar::Batch batch) -> Status {
        text = (*batch->column(0)->GetScalar(0))->ToString() + " " +
               (*batch->column(1)->GetScalar(0))->ToString();
        return {};
      });
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(text, "2023-11-14 22:13:20.5 2023-11-14");
}

TEST_F(Sql, SaysWhatItCannotRunByName) {
  AddNumbers();
  const types::Schema schema = {Field("v", Type(TypeId::kVariant))};
  catalog_.Add("variants", schema, {});
  EXPECT_THAT(Run("SELECT v, 1 + 1 AS two FROM variants WHERE v IS NULL"), HasSubstr("VARIANT"));
}

}  // namespace
}  // namespace oresmith::engine
