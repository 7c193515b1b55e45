#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql_runner.h"

namespace oresmith::engine {
namespace {

using ::testing::HasSubstr;

std::string Column(const Rows& rows, int index) {
  const auto column = rows.table->column(index);
  std::string text;
  for (int64_t i = 0; i < column->length(); ++i) {
    if (i > 0) text += "; ";
    const auto value = *column->GetScalar(i);
    text += value->is_valid ? value->ToString() : "NULL";
  }
  return text;
}

class FromJson : public ::testing::Test {
 protected:
  void SetUp() override {
    const types::Schema schema = {Field("value", Type(TypeId::kString)),
                                  Field("__origin", Type(TypeId::kLong))};
    catalog_.Add(
        "orders", schema,
        {BatchOf(
            schema,
            {R"(["{\"id\": 1, \"items\": [{\"sku\": \"a\", \"n\": 2}, {\"sku\": \"b\", \"n\": 3}]}",
                                      "not json", null, "{\"id\": 2, \"itmes\": []}"])",
             "[70, 71, 72, 73]"})},
        1);
  }
  const std::unique_ptr<Engine> engine_ = OpenEngine();
  TestCatalog catalog_;
};

constexpr const char* kSchema = "'id INT, items ARRAY<STRUCT<sku: STRING, n: INT>>'";

TEST_F(FromJson, GivesAStructForEachRow) {
  const auto rows =
      RunSql(*engine_, catalog_,
             fmt::format("SELECT o.id, o.items[0].sku FROM (SELECT from_json(value, {}) "
                         "AS o FROM orders WHERE value LIKE '%items%')",
                         kSchema));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(Column(*rows, 0), "1");
  EXPECT_EQ(Column(*rows, 1), "a");
}

TEST_F(FromJson, ReportsABadValueOnceWithItsOrigin) {
  const auto rows = RunSql(
      *engine_, catalog_,
      fmt::format("SELECT o.id, o.items FROM (SELECT from_json(value, {}) AS o FROM orders) WHERE "
                  "o.id IS NULL OR o.id > 0 OR o.items IS NULL",
                  kSchema));
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->table->num_rows(), 4);
  ASSERT_EQ(rows->report.bad_count, 1);
  EXPECT_EQ(rows->report.bad_values[0].raw, "not json");
  EXPECT_EQ(rows->report.bad_values[0].origin, 71);
}

TEST_F(FromJson, EvaluatesTheSameCallOnceHoweverOftenItIsWritten) {
  const auto bound = PrepareSql(
      *engine_, catalog_,
      fmt::format("SELECT from_json(value, {0}).id, size(from_json(value, {0}).items) FROM orders",
                  kSchema));
  ASSERT_TRUE(bound) << bound.error().message;
  const std::string& sql = bound->query->sql();
  EXPECT_EQ(sql.find("from_json_"), sql.rfind("from_json_")) << sql;
  const auto rows = RunAll(*bound->query, bound->inputs);
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->report.bad_count, 1);
}

TEST_F(FromJson, TellsOfAFieldThatHasAnotherName) {
  const auto rows =
      RunSql(*engine_, catalog_,
             fmt::format("SELECT from_json(value, {}) AS o FROM orders WHERE value LIKE "
                         "'%itmes%'",
                         kSchema));
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->report.fields.size(), 1u);
  bool told = false;
  for (const format::JsonFieldCount& field : rows->report.fields[0].statistics.fields) {
    if (field.path != "itmes") continue;
    told = true;
    EXPECT_FALSE(field.in_schema);
    EXPECT_EQ(field.twin, "items");
    EXPECT_EQ(field.with, 1);
  }
  EXPECT_TRUE(told);
}

TEST_F(FromJson, EndsTheRunInFailfastMode) {
  const auto rows = RunSql(
      *engine_, catalog_,
      fmt::format("SELECT from_json(value, {}, map('mode', 'FAILFAST')) FROM orders", kSchema));
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::kBadRecord);
}

TEST_F(FromJson, StartsTheReportAnewWithEachRun) {
  const auto bound = PrepareSql(*engine_, catalog_,
                                fmt::format("SELECT from_json(value, {}).id FROM orders", kSchema));
  ASSERT_TRUE(bound) << bound.error().message;
  for (int run = 0; run < 3; ++run) {
    const auto rows = RunAll(*bound->query, bound->inputs);
    ASSERT_TRUE(rows) << rows.error().message;
    EXPECT_EQ(rows->report.bad_count, 1);
  }
}

TEST_F(FromJson, FeedsExplode) {
  const auto rows = RunSql(
      *engine_, catalog_,
      fmt::format(
          "SELECT o.id, i.sku, i.n FROM (SELECT from_json(value, {}) AS o FROM orders) LATERAL "
          "VIEW explode(o.items) t AS i",
          kSchema));
  ASSERT_TRUE(rows) << rows.error().message << rows.error().note;
  EXPECT_EQ(Column(*rows, 0), "1; 1");
  EXPECT_EQ(Column(*rows, 1), "a; b");
  EXPECT_EQ(Column(*rows, 2), "2; 3");
}

}  // namespace
}  // namespace oresmith::engine
