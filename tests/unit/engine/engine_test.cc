#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan_builder.h"

namespace oresmith::engine {
namespace {

types::Schema AllTypes() {
  const Type item =
      Type::Struct({Field("sku", Type(TypeId::kString)), Field("price", Type::Decimal(10, 2)),
                    Field("tags", Type::Array(Type(TypeId::kString)))});
  return {Field("truth", Type(TypeId::kBoolean)),
          Field("byte", Type(TypeId::kByte)),
          Field("short", Type(TypeId::kShort)),
          Field("int", Type(TypeId::kInt)),
          Field("long", Type(TypeId::kLong)),
          Field("float", Type(TypeId::kFloat)),
          Field("double", Type(TypeId::kDouble)),
          Field("d4", Type::Decimal(4, 1)),
          Field("d9", Type::Decimal(9, 2)),
          Field("d18", Type::Decimal(18, 3)),
          Field("d38", Type::Decimal(38, 10)),
          Field("text", Type(TypeId::kString)),
          Field("bytes", Type(TypeId::kBinary)),
          Field("day", Type(TypeId::kDate)),
          Field("instant", Type(TypeId::kTimestamp)),
          Field("clock", Type(TypeId::kTimestampNtz)),
          Field("texts", Type::Array(Type(TypeId::kString))),
          Field("items", Type::Array(item)),
          Field("item", item),
          Field("map", Type::Map(Type(TypeId::kString), Type::Array(Type(TypeId::kLong)))),
          Field("nothing", Type())};
}

columnar::Batch AllTypesBatch() {
  return BatchOf(
      AllTypes(),
      {"[true, null, false]",
       "[1, null, -128]",
       "[1, null, -32768]",
       "[1, null, -2147483648]",
       "[1, null, -9223372036854775808]",
       "[1.5, null, -0.25]",
       "[1.5, null, 1e300]",
       R"(["1.5", null, "-999.9"])",
       R"(["1.50", null, "-9999999.99"])",
       R"(["1.500", null, "-999999999999999.999"])",
       R"(["1.5000000000", null, "-9999999999999999999999999999.9999999999"])",
       R"(["short", null, "a text that is longer than twelve bytes: é"])",
       R"(["ab", null, "a binary longer than twelve bytes"])",
       "[19000, null, -1]",
       "[1700000000000000, null, -1]",
       "[1700000000000000, null, 0]",
       R"([["a", null], null, []])",
       R"([[{"sku": "s", "price": "1.00", "tags": ["x", "y"]}, null], null, [{"sku": null, "price": null, "tags": null}]])",
       R"([{"sku": "s", "price": "1.00", "tags": ["x", "y"]}, null, {"sku": null, "price": "2.00", "tags": []}])",
       R"([[["k", [1, null]], ["l", null]], null, []])",
       "[null, null, null]"});
}

// A filter that keeps all: without it, the plan would not go through DuckDB.
BoundPtr True() { return Make(Type(TypeId::kBoolean), sql::BoundLiteral{true}); }

TEST(Engine, GivesBackEveryTypeAsItCame) {
  const auto engine = OpenEngine();
  const auto input = columnar::MakeRelation(AllTypes(), {AllTypesBatch()});
  PlanBuilder build;
  auto query = engine->Prepare(build.Finish(build.Filter(build.Scan(AllTypes()), True())));
  ASSERT_TRUE(query) << query.error().message;
  const auto rows = RunAll(**query, {input.get()});
  ASSERT_TRUE(rows) << rows.error().message;
  const auto expected = arrow::Table::FromRecordBatches(
      {std::const_pointer_cast<arrow::RecordBatch>(AllTypesBatch())});
  for (int i = 0; i < (*expected)->num_columns(); ++i) {
    EXPECT_TRUE((*expected)->column(i)->Equals(rows->table->column(i)))
        << (*expected)->field(i)->ToString() << rows->table->column(i)->ToString();
  }
  EXPECT_TRUE((*rows->table->schema()).Equals(*columnar::ToArrow(AllTypes())));
}

// Slices of 2,048 rows with an offset that is no multiple of eight; nested offsets are where such
// imports go wrong.
TEST(Engine, GivesBackManyRowsOfASlicedBatch) {
  const types::Schema schema = AllTypes();
  arrow::ArrayVector arrays;
  const columnar::Batch three = AllTypesBatch();
  for (const auto& column : three->columns()) {
    arrow::ArrayVector parts(2000, column);
    arrays.push_back(*arrow::Concatenate(parts));
  }
  const auto many = arrow::RecordBatch::Make(columnar::ToArrow(schema), 6000, arrays)->Slice(5);
  const auto engine = OpenEngine();
  const auto input = columnar::MakeRelation(schema, {many});
  PlanBuilder build;
  auto query = engine->Prepare(build.Finish(build.Filter(build.Scan(schema), True())));
  ASSERT_TRUE(query) << query.error().message;
  for (int run = 0; run < 2; ++run) {
    const auto rows = RunAll(**query, {input.get()});
    ASSERT_TRUE(rows) << rows.error().message;
    const auto expected = *arrow::Table::FromRecordBatches({many});
    for (int i = 0; i < expected->num_columns(); ++i) {
      EXPECT_TRUE(expected->column(i)->Equals(rows->table->column(i)))
          << expected->field(i)->ToString();
    }
  }
}

TEST(Engine, ReadsNoColumnWhereNoneIsNeeded) {
  const auto engine = OpenEngine();
  const types::Schema schema = {Field("a", Type(TypeId::kInt))};
  const auto input = columnar::MakeRelation(schema, {BatchOf(schema, {"[1, 2, 3]"})});
  PlanBuilder build;
  OperatorPtr scan = build.Scan(schema);
  scan->output.clear();
  std::get<sql::Scan>(scan->node).columns.clear();
  std::vector<BoundPtr> one;
  one.push_back(IntOf(7));
  auto sevens = engine->Prepare(
      build.Finish(build.Project(build.Filter(std::move(scan), True()), std::move(one))));
  ASSERT_TRUE(sevens) << sevens.error().message;
  const auto rows = RunAll(**sevens, {input.get()});
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_EQ(rows->table->num_rows(), 3);
}

}  // namespace
}  // namespace oresmith::engine
