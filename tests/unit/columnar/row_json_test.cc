#include <arrow/api.h>
#include <gtest/gtest.h>

#include "columnar/batch.h"
#include "test_batches.h"

namespace oresmith::columnar {
namespace {

TEST(RowToJson, WritesAllColumnsAndNulls) {
  const Batch batch = BatchOf({{"id", arrow::int64(), "[7, null]"},
                               {"ok", arrow::boolean(), "[true, null]"},
                               {"city", arrow::utf8(), R"(["Cañon \"City\"\n", null])"},
                               {"price", arrow::decimal128(10, 2), R"(["299.98", null])"},
                               {"ratio", arrow::float64(), "[3, 0.1]"}});
  EXPECT_EQ(RowToJson(*batch, 0),
            R"({"id":7,"ok":true,"city":"Cañon \"City\"\n","price":299.98,"ratio":3.0})");
  EXPECT_EQ(RowToJson(*batch, 1), R"({"id":null,"ok":null,"city":null,"price":null,"ratio":0.1})");
}

TEST(RowToJson, WritesTimesInIsoForm) {
  const auto zoned = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  const auto local = arrow::timestamp(arrow::TimeUnit::MICRO);
  const Batch batch = BatchOf({{"at", zoned, "[1795255200000000, -1]"},
                               {"wall", local, "[1500000, 0]"},
                               {"day", arrow::date32(), "[20778, -1]"}});
  EXPECT_EQ(
      RowToJson(*batch, 0),
      R"({"at":"2026-11-21T10:00:00.000Z","wall":"1970-01-01T00:00:01.500","day":"2026-11-21"})");
  EXPECT_EQ(
      RowToJson(*batch, 1),
      R"({"at":"1969-12-31T23:59:59.999999Z","wall":"1970-01-01T00:00:00.000","day":"1969-12-31"})");
}

TEST(RowToJson, WritesNestedValues) {
  const auto item =
      arrow::struct_({arrow::field("n", arrow::int8()), arrow::field("s", arrow::utf8())});
  const Batch batch =
      BatchOf({{"items", arrow::list(item), R"([[], [{"n": 1, "s": "a"}, null]])"},
               {"by_id", arrow::map(arrow::int32(), arrow::utf8()), R"([[], [[7, "x"]]])"},
               {"by_name", arrow::map(arrow::utf8(), arrow::int32()), R"([null, [["k", 1]]])"}});
  EXPECT_EQ(RowToJson(*batch, 0), R"({"items":[],"by_id":{},"by_name":null})");
  EXPECT_EQ(RowToJson(*batch, 1),
            R"({"items":[{"n":1,"s":"a"},null],"by_id":{"7":"x"},"by_name":{"k":1}})");
}

// A slice starts in the middle of its buffers: the row asked for counts from the slice.
TEST(RowToJson, CountsRowsFromTheSlice) {
  const Batch batch = BatchOf({{"id", arrow::int64(), "[1, 2, 3]"},
                               {"tags", arrow::list(arrow::int32()), "[[1], [2], [3]]"}});
  EXPECT_EQ(RowToJson(*batch->Slice(2), 0), R"({"id":3,"tags":[3]})");
}

TEST(RowToJson, BinaryIsBase64) {
  arrow::BinaryBuilder builder;
  for (const std::string_view bytes : {"", "a", "ab", "abc", "\xFF\xFE"}) {
    ASSERT_TRUE(builder.Append(bytes).ok());
  }
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("b", arrow::binary())}),
                                              5, {*builder.Finish()});
  EXPECT_EQ(RowToJson(*batch, 0), R"({"b":""})");
  EXPECT_EQ(RowToJson(*batch, 1), R"({"b":"YQ=="})");
  EXPECT_EQ(RowToJson(*batch, 2), R"({"b":"YWI="})");
  EXPECT_EQ(RowToJson(*batch, 3), R"({"b":"YWJj"})");
  EXPECT_EQ(RowToJson(*batch, 4), R"({"b":"//4="})");
}

// What goes to the quarantine is often what is broken: its JSON must be readable all the same.
TEST(RowToJson, InvalidUtf8AndNumbersThatJsonLacksStayReadable) {
  arrow::StringBuilder text;
  ASSERT_TRUE(text.Append("a\xC3(\xED\xA0\x80z").ok());
  arrow::DoubleBuilder number;
  ASSERT_TRUE(number.Append(std::numeric_limits<double>::quiet_NaN()).ok());
  const auto batch = arrow::RecordBatch::Make(
      arrow::schema({arrow::field("s", arrow::utf8()), arrow::field("d", arrow::float64())}), 1,
      {*text.Finish(), *number.Finish()});
  EXPECT_EQ(RowToJson(*batch, 0), "{\"s\":\"a\uFFFD(\uFFFD\uFFFD\uFFFDz\",\"d\":\"NaN\"}");
}

}  // namespace
}  // namespace oresmith::columnar
