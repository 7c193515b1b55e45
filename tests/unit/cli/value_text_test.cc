#include "cli/value_text.h"

#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <limits>

namespace oresmith::cli {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

ArrayPtr FromJson(const std::shared_ptr<arrow::DataType>& type, const std::string& json) {
  return arrow::json::ArrayFromJSONString(type, json).ValueOrDie();
}

std::string Text(const ArrayPtr& array, int64_t row = 0) {
  std::string text;
  AppendText(*array, row, text);
  return text;
}

std::string Json(const ArrayPtr& array, int64_t row = 0) {
  std::string text;
  AppendJson(*array, row, text);
  return text;
}

template <class Builder, class Value>
ArrayPtr One(Value value) {
  Builder builder;
  EXPECT_TRUE(builder.Append(value).ok());
  return builder.Finish().ValueOrDie();
}

// Expected texts: what `SELECT CAST(x AS STRING)` gives in Spark 4.
TEST(AppendText, DoublesLookAsInSpark) {
  const auto text = [](double value) { return Text(One<arrow::DoubleBuilder>(value)); };
  EXPECT_EQ(text(1.0), "1.0");
  EXPECT_EQ(text(299.98), "299.98");
  EXPECT_EQ(text(0.1), "0.1");
  EXPECT_EQ(text(100.0), "100.0");
  EXPECT_EQ(text(1234567.0), "1234567.0");
  EXPECT_EQ(text(1e7), "1.0E7");
  EXPECT_EQ(text(12345678.9), "1.23456789E7");
  EXPECT_EQ(text(1e10), "1.0E10");
  EXPECT_EQ(text(0.001), "0.001");
  EXPECT_EQ(text(0.00012), "1.2E-4");
  EXPECT_EQ(text(-1.5e-5), "-1.5E-5");
  EXPECT_EQ(text(0.0), "0.0");
  EXPECT_EQ(text(-0.0), "-0.0");
  EXPECT_EQ(text(std::numeric_limits<double>::max()), "1.7976931348623157E308");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(text(-std::numeric_limits<double>::infinity()), "-Infinity");
  EXPECT_EQ(Text(One<arrow::FloatBuilder>(0.1F)), "0.1");
  EXPECT_EQ(Text(One<arrow::FloatBuilder>(1.0e8F)), "1.0E8");
}

TEST(AppendText, DecimalsAreExactAndNeverInScientificForm) {
  const auto text = [](const char* digits, int scale) {
    return Text(FromJson(arrow::decimal128(38, scale), std::string("[\"") + digits + "\"]"));
  };
  EXPECT_EQ(text("299.98", 2), "299.98");
  EXPECT_EQ(text("-0.05", 2), "-0.05");
  EXPECT_EQ(text("0.0000000000", 10), "0.0000000000");
  EXPECT_EQ(text("0.0000000001", 10), "0.0000000001");
  EXPECT_EQ(text("12", 0), "12");
  EXPECT_EQ(text("123456789012345678901234567890.12345678", 8),
            "123456789012345678901234567890.12345678");
}

TEST(AppendText, TimestampsAreShownInUtcWithoutTrailingZeros) {
  const auto utc = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  EXPECT_EQ(Text(FromJson(utc, "[1795255200000000]")), "2026-11-21 10:00:00");
  EXPECT_EQ(Text(FromJson(utc, "[1795255200500000]")), "2026-11-21 10:00:00.5");
  EXPECT_EQ(Text(FromJson(utc, "[1795255200000001]")), "2026-11-21 10:00:00.000001");
  EXPECT_EQ(Text(FromJson(utc, "[-1]")), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(Json(FromJson(utc, "[1795255200500000]")), "\"2026-11-21T10:00:00.5Z\"");
  const auto ntz = arrow::timestamp(arrow::TimeUnit::MICRO);
  EXPECT_EQ(Text(FromJson(ntz, "[1795255200000000]")), "2026-11-21 10:00:00");
  EXPECT_EQ(Json(FromJson(ntz, "[1795255200000000]")), "\"2026-11-21T10:00:00\"");
  EXPECT_EQ(Text(FromJson(arrow::date32(), "[20778]")), "2026-11-21");
  EXPECT_EQ(Json(FromJson(arrow::date32(), "[-719528]")), "\"0000-01-01\"");
}

TEST(AppendText, NestedValuesLookAsInSparkAndAsJson) {
  const auto item = arrow::struct_(
      {arrow::field("sku", arrow::utf8()), arrow::field("price", arrow::decimal128(10, 2))});
  const ArrayPtr list =
      FromJson(arrow::list(item), R"([[{"sku": "a\"b", "price": "1.50"}, null, {"sku": null}]])");
  EXPECT_EQ(Text(list), "[{a\"b, 1.50}, null, {null, null}]");
  EXPECT_EQ(Json(list), R"([{"sku":"a\"b","price":1.50},null,{"sku":null,"price":null}])");
  const ArrayPtr map =
      FromJson(arrow::map(arrow::int32(), arrow::boolean()), "[[[1, true], [2, null]]]");
  EXPECT_EQ(Text(map), "{1 -> true, 2 -> null}");
  EXPECT_EQ(Json(map), R"({"1":true,"2":null})");
}

TEST(AppendText, BinaryIsHexadecimalAndBase64InJson) {
  const ArrayPtr bytes = One<arrow::BinaryBuilder>(std::string("A\0z?", 4));
  EXPECT_EQ(Text(bytes), "[41 00 7A 3F]");
  EXPECT_EQ(Json(bytes), "\"QQB6Pw==\"");
}

TEST(AppendJson, WhatIsNoJsonNumberIsAString) {
  EXPECT_EQ(Json(One<arrow::DoubleBuilder>(std::numeric_limits<double>::quiet_NaN())), "\"NaN\"");
  EXPECT_EQ(Json(One<arrow::Int64Builder>(std::numeric_limits<int64_t>::min())),
            "-9223372036854775808");
}

TEST(AppendJson, ControlCharactersAndBrokenUtf8AreEscaped) {
  std::string text;
  AppendJsonString("a\x01\n\t\"\\\xff\xC5\x84", text);
  EXPECT_EQ(text, "\"a\\u0001\\n\\t\\\"\\\\\xEF\xBF\xBDń\"");
}

TEST(UtcSecondsText, CutsTheFraction) {
  EXPECT_EQ(UtcSecondsText(1'795'255'200'999), "2026-11-21 10:00:00");
}

}  // namespace
}  // namespace oresmith::cli
