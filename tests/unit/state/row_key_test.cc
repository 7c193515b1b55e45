#include "state/row_key.h"

#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

namespace oresmith::state {
namespace {

std::string KeyAt(const arrow::RecordBatch& batch, int64_t row) {
  std::string bytes;
  AppendRowKey(batch, {0}, row, bytes);
  return bytes;
}

std::shared_ptr<arrow::RecordBatch> One(std::shared_ptr<arrow::Array> column) {
  const auto schema = arrow::schema({arrow::field("c", column->type())});
  const int64_t rows = column->length();
  return arrow::RecordBatch::Make(schema, rows, {std::move(column)});
}

std::shared_ptr<arrow::RecordBatch> FromJson(const std::shared_ptr<arrow::DataType>& type,
                                             const std::string& json) {
  return One(arrow::json::ArrayFromJSONString(type, json).ValueOrDie());
}

// As DISTINCT sees them.
TEST(RowKeyTest, ZeroHasNoSignAndNaNIsOne) {
  arrow::DoubleBuilder builder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ASSERT_TRUE(builder.AppendValues({0.0, -0.0, nan, -nan, 1.0}).ok());
  const auto batch = One(*builder.Finish());
  EXPECT_EQ(KeyAt(*batch, 0), KeyAt(*batch, 1));
  EXPECT_EQ(KeyAt(*batch, 2), KeyAt(*batch, 3));
  EXPECT_NE(KeyAt(*batch, 0), KeyAt(*batch, 4));
  EXPECT_NE(KeyAt(*batch, 0), KeyAt(*batch, 2));
}

TEST(RowKeyTest, EachOfTheseIsAnotherKey) {
  const auto nested = arrow::list(
      arrow::struct_({arrow::field("a", arrow::int32()), arrow::field("b", arrow::utf8())}));
  const auto batch =
      FromJson(nested, R"([null, [], [null], [[null, null]], [[1, null]], [[1, ""]], [[1, "x"]],
                  [[1, "x"], [1, "x"]], [[null, "x"]], [[1, "xy"]]])");
  std::set<std::string> keys;
  for (int64_t row = 0; row < batch->num_rows(); ++row) keys.insert(KeyAt(*batch, row));
  EXPECT_EQ(static_cast<int64_t>(keys.size()), batch->num_rows());
}

TEST(RowKeyTest, WhereARowStandsDoesNotMatter) {
  const auto type = arrow::struct_({arrow::field("a", arrow::decimal128(10, 2)),
                                    arrow::field("b", arrow::boolean()),
                                    arrow::field("c", arrow::list(arrow::int64()))});
  const auto batch = FromJson(type, R"([["1.00", true, [1]], ["2.50", false, [2, 3]],
                                        ["1.00", true, [1]], ["2.50", false, [2, 3]]])");
  const auto sliced = One(batch->column(0)->Slice(3, 1));
  EXPECT_EQ(KeyAt(*batch, 0), KeyAt(*batch, 2));
  EXPECT_EQ(KeyAt(*batch, 1), KeyAt(*sliced, 0));
  EXPECT_NE(KeyAt(*batch, 0), KeyAt(*batch, 1));
}

}  // namespace
}  // namespace oresmith::state
