// Logs and schemas that are right and very large.

#include "delta/log.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

using LargeInput = TableFixture;

TEST_F(LargeInput, ACommitLineOf100Megabytes) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "x"}}), IsOk());
  const std::string key = "t/_delta_log/00000000000000000001.json";
  const std::string text = store_->Get(key).value();
  const std::string large(100 << 20, 'x');
  ASSERT_THAT(store_->Put(key, text + R"({"txn":{"appId":")" + large + R"(","version":5}})"),
              IsOk());
  const auto again = Open("t");
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ((*again)->snapshot()->transactions.at(large), 5);
  EXPECT_EQ(ReadOrders(**again).value().size(), 1U);
  // And when it is cut short: the message is no copy of it.
  ASSERT_THAT(store_->Put(key, text + R"({"txn":{"appId":")" + large), IsOk());
  const auto torn = Open("t");
  ASSERT_THAT(torn, FailsWith(ErrorKind::kCorrupt, HasSubstr(key)));
  EXPECT_LT(torn.error().message.size(), 1000U);
}

TEST_F(LargeInput, ASchemaOf10000Columns) {
  types::Schema schema;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int64_t i = 0; i < 10'000; ++i) {
    schema.push_back(Column(fmt::format("column_{}", i), types::TypeId::kLong));
    arrow::Int64Builder values;
    ASSERT_TRUE(values.Append(i).ok());
    columns.push_back(values.Finish().ValueOrDie());
  }
  const CreateOptions options{.schema = schema,
                              .configuration = {{"delta.checkpointInterval", "2"}}};
  const auto table = Table::Create(*store_, "t", options, clock_, random_).value();
  const auto batch = arrow::RecordBatch::Make(columnar::ToArrow(schema), 1, columns);
  for (int i = 0; i < 3; ++i) {
    CommitRequest request;
    request.adds = WriteFiles(*table, {batch}).value();
    ASSERT_THAT(table->Commit(request), IsOk());
  }
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
  const auto again = Open("t").value();
  EXPECT_EQ(again->snapshot()->metadata.schema.size(), 10'000U);
  std::vector<int> all(10'000);
  for (int i = 0; i < 10'000; ++i) all[static_cast<size_t>(i)] = i;
  const auto rows = ReadBatches(*again->Scan(again->snapshot()), all).value();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(static_cast<const arrow::Int64Array&>(*rows[2]->column(9'999)).Value(0), 9'999);
}

}  // namespace
}  // namespace oresmith::delta
