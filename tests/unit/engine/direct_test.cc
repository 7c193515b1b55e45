#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sql_runner.h"

namespace oresmith::engine {
namespace {

types::Schema LinesSchema() {
  return {Field("value", Type(TypeId::kString)),
          Field("_metadata", Type::Struct({Field("file_path", Type(TypeId::kString)),
                                           Field("file_line", Type(TypeId::kLong))}))};
}

columnar::Batch Lines() {
  return BatchOf(LinesSchema(),
                 {R"(["a", null])", R"([{"file_path": "f", "file_line": 7}, null])"});
}

// Bronze tables are such plans: their bytes go from the source to the table without a copy.
TEST(DirectQuery, PicksColumnsFieldsAndConstantsWithoutCopying) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  const columnar::Batch lines = Lines();
  catalog.Add("lines", LinesSchema(), {lines}, 1);
  const auto bound = PrepareSql(*engine, catalog,
                                "SELECT value, _metadata.file_line AS line, 'x' AS tag, "
                                "current_timestamp() AS at FROM lines");
  ASSERT_TRUE(bound) << bound.error().message;
  std::vector<columnar::Batch> batches;
  RunContext context;
  context.now = Instant{1'700'000'000'000'000};
  const auto report =
      bound->query->Run(bound->inputs, context, [&](columnar::Batch batch) -> Status {
        batches.push_back(std::move(batch));
        return {};
      });
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(batches.size(), 1u);
  EXPECT_EQ(batches[0]->column(0)->data()->buffers[2], lines->column(0)->data()->buffers[2]);
  EXPECT_EQ(batches[0]->column(1)->ToString(), "[\n  7,\n  null\n]");
  EXPECT_EQ((*batches[0]->column(2)->GetScalar(1))->ToString(), "x");
  EXPECT_EQ(static_cast<const arrow::TimestampArray&>(*batches[0]->column(3)).Value(0),
            1'700'000'000'000'000);
  EXPECT_TRUE(batches[0]->schema()->Equals(*columnar::ToArrow(bound->query->schema())));
}

TEST(DirectQuery, ReadsManyBatchesInSeveralThreadsEachOnce) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  const types::Schema schema = {Field("n", Type(TypeId::kLong))};
  std::vector<columnar::Batch> batches;
  for (int64_t i = 0; i < 200; ++i) {
    arrow::Int64Builder builder;
    for (int64_t row = 0; row < 1000; ++row) ASSERT_TRUE(builder.Append(i * 1000 + row).ok());
    batches.push_back(
        arrow::RecordBatch::Make(columnar::ToArrow(schema), 1000, {*builder.Finish()}));
  }
  catalog.Add("numbers", schema, batches);
  const auto rows = RunSql(*engine, catalog, "SELECT n AS m FROM numbers");
  ASSERT_TRUE(rows) << rows.error().message;
  ASSERT_EQ(rows->table->num_rows(), 200'000);
  int64_t sum = 0;
  for (int64_t i = 0; i < 200'000; ++i) {
    sum += static_cast<const arrow::Int64Array&>(*rows->table->column(0)->chunk(0)).Value(i);
  }
  EXPECT_EQ(sum, 199'999LL * 100'000);
}

TEST(DirectQuery, EndsWithTheErrorOfItsConsumer) {
  const auto engine = OpenEngine();
  TestCatalog catalog;
  catalog.Add("lines", LinesSchema(), {Lines()}, 1);
  const auto bound = PrepareSql(*engine, catalog, "SELECT value FROM lines");
  ASSERT_TRUE(bound) << bound.error().message;
  const auto report = bound->query->Run(bound->inputs, RunContext{}, [](columnar::Batch) -> Status {
    return Fail(ErrorKind::kConflict, "the table was changed");
  });
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::kConflict);
}

}  // namespace
}  // namespace oresmith::engine
