#include <arrow/api.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "columnar/batch.h"
#include "test_batches.h"

namespace oresmith::columnar {
namespace {

using ::testing::HasSubstr;
using types::Type;
using types::TypeId;

// One column through Conform; its JSON form tells values and NULLs.
std::string Conformed(const std::shared_ptr<arrow::DataType>& have, const std::string& json,
                      const Type& want) {
  const auto got = Conform(BatchOf({{"c", have, json}}), {FieldOf("c", want)});
  if (!got) return got.error().message;
  EXPECT_TRUE((*got)->ValidateFull().ok()) << (*got)->ValidateFull().ToString();
  EXPECT_TRUE((*got)->column(0)->type()->Equals(*ToArrow(want)));
  std::string text;
  for (int64_t row = 0; row < (*got)->num_rows(); ++row) text += RowToJson(**got, row);
  return text;
}

// The hot path: what fits is handed on, not copied.
TEST(Conform, ABatchThatFitsIsTheSameBatch) {
  const types::Schema schema = {
      FieldOf("id", Type(TypeId::kLong), false), FieldOf("at", Type(TypeId::kTimestamp)),
      FieldOf("items", Type::Array(Type::Struct({FieldOf("n", Type(TypeId::kInt))})))};
  const Batch batch = BatchOf({{"id", arrow::int64(), "[1]", false},
                               {"at", ToArrow(Type(TypeId::kTimestamp)), "[0]"},
                               {"items", ToArrow(schema[2].type), R"([[{"n": 1}]])"}});
  const auto got = Conform(batch, schema);
  ASSERT_TRUE(got.has_value()) << got.error().message;
  EXPECT_EQ(*got, batch);
}

TEST(Conform, ColumnsAreTakenByNameIgnoringCase) {
  const Batch batch = BatchOf({{"City", arrow::utf8(), R"(["Rome"])"},
                               {"unasked", arrow::int32(), "[9]"},
                               {"id", arrow::int64(), "[1]"}});
  const auto got =
      Conform(batch, {FieldOf("id", Type(TypeId::kLong)), FieldOf("city", Type(TypeId::kString))});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(RowToJson(**got, 0), R"({"id":1,"city":"Rome"})");
}

TEST(Conform, TheExactNameWinsAndTwoSimilarOnesAreRefused) {
  const Batch batch = BatchOf({{"ID", arrow::int64(), "[1]"}, {"id", arrow::int64(), "[2]"}});
  const auto exact = Conform(batch, {FieldOf("id", Type(TypeId::kLong))});
  ASSERT_TRUE(exact.has_value());
  EXPECT_EQ(RowToJson(**exact, 0), R"({"id":2})");
  const auto neither = Conform(batch, {FieldOf("Id", Type(TypeId::kLong))});
  ASSERT_FALSE(neither.has_value());
  EXPECT_THAT(neither.error().message, HasSubstr("column Id: several"));
}

TEST(Conform, AMissingColumnIsNull) {
  const auto got = Conform(BatchOf({{"a", arrow::int32(), "[1, 2]"}}),
                           {FieldOf("a", Type(TypeId::kInt)),
                            FieldOf("b", Type::Struct({FieldOf("x", Type(TypeId::kString))}))});
  ASSERT_TRUE(got.has_value());
  EXPECT_EQ(RowToJson(**got, 1), R"({"a":2,"b":null})");
}

TEST(Conform, CastsThatKeepEachValueAreDone) {
  EXPECT_EQ(Conformed(arrow::int32(), "[1, null]", Type(TypeId::kLong)), R"({"c":1}{"c":null})");
  EXPECT_EQ(Conformed(arrow::int32(), "[1]", Type(TypeId::kDouble)), R"({"c":1.0})");
  EXPECT_EQ(Conformed(arrow::uint32(), "[4294967295]", Type(TypeId::kLong)), R"({"c":4294967295})");
  EXPECT_EQ(Conformed(arrow::int32(), "[7]", Type::Decimal(12, 2)), R"({"c":7.00})");
  EXPECT_EQ(Conformed(arrow::float32(), "[0.5]", Type(TypeId::kDouble)), R"({"c":0.5})");
  EXPECT_EQ(Conformed(arrow::decimal128(5, 1), R"(["1.5"])", Type::Decimal(10, 2)),
            R"({"c":1.50})");
  EXPECT_EQ(Conformed(arrow::large_utf8(), R"(["a", null])", Type(TypeId::kString)),
            R"({"c":"a"}{"c":null})");
  EXPECT_EQ(Conformed(arrow::utf8_view(), R"(["a"])", Type(TypeId::kString)), R"({"c":"a"})");
  EXPECT_EQ(Conformed(arrow::null(), "[null]", Type(TypeId::kString)), R"({"c":null})");
  EXPECT_EQ(Conformed(arrow::dictionary(arrow::int8(), arrow::utf8()), R"(["a", "b", "a"])",
                      Type(TypeId::kString)),
            R"({"c":"a"}{"c":"b"}{"c":"a"})");
}

TEST(Conform, CastsThatCouldChangeAValueAreRefused) {
  const auto refused = [](const std::shared_ptr<arrow::DataType>& have, const std::string& json,
                          const Type& want) {
    return !Conform(BatchOf({{"c", have, json}}), {FieldOf("c", want)}).has_value();
  };
  EXPECT_TRUE(refused(arrow::int64(), "[1]", Type(TypeId::kInt)));
  EXPECT_TRUE(refused(arrow::int64(), "[1]", Type(TypeId::kDouble)));
  EXPECT_TRUE(refused(arrow::int32(), "[1]", Type(TypeId::kFloat)));
  EXPECT_TRUE(refused(arrow::uint64(), "[1]", Type(TypeId::kLong)));
  EXPECT_TRUE(refused(arrow::float64(), "[1]", Type(TypeId::kFloat)));
  EXPECT_TRUE(refused(arrow::utf8(), R"(["1"])", Type(TypeId::kInt)));
  EXPECT_TRUE(refused(arrow::decimal128(10, 2), R"(["1.00"])", Type::Decimal(10, 1)));
  EXPECT_TRUE(refused(arrow::decimal128(10, 0), R"(["1"])", Type::Decimal(10, 2)));
  EXPECT_TRUE(refused(arrow::timestamp(arrow::TimeUnit::MICRO), "[1]", Type(TypeId::kTimestamp)));
}

TEST(Conform, ARefusalNamesTheFieldAndBothTypes) {
  const auto have = arrow::list(arrow::struct_({arrow::field("price", arrow::utf8())}));
  EXPECT_EQ(Conformed(have, R"([[{"price": "x"}]])",
                      Type::Array(Type::Struct({FieldOf("price", Type(TypeId::kDouble))}))),
            "column c.element.price: cannot become DOUBLE from string without changing values");
}

TEST(Conform, TimesBecomeMicrosecondsRoundedDown) {
  EXPECT_EQ(
      Conformed(arrow::timestamp(arrow::TimeUnit::SECOND, "UTC"), "[1]", Type(TypeId::kTimestamp)),
      R"({"c":"1970-01-01T00:00:01.000Z"})");
  EXPECT_EQ(Conformed(arrow::timestamp(arrow::TimeUnit::NANO), "[1999, null, -1]",
                      Type(TypeId::kTimestampNtz)),
            R"({"c":"1970-01-01T00:00:00.000001"}{"c":null}{"c":"1969-12-31T23:59:59.999999"})");
  EXPECT_EQ(Conformed(arrow::timestamp(arrow::TimeUnit::MICRO, "Europe/Paris"), "[0]",
                      Type(TypeId::kTimestamp)),
            R"({"c":"1970-01-01T00:00:00.000Z"})");
}

TEST(Conform, NestedTypesAreConformedInside) {
  const auto item =
      arrow::struct_({arrow::field("Qty", arrow::int32()), arrow::field("unasked", arrow::utf8())});
  const Type want = Type::Array(
      Type::Struct({FieldOf("sku", Type(TypeId::kString)), FieldOf("qty", Type(TypeId::kLong))}));
  const std::string json = R"([[{"Qty": 1}, null], null, []])";
  const std::string expected = R"({"c":[{"sku":null,"qty":1},null]}{"c":null}{"c":[]})";
  EXPECT_EQ(Conformed(arrow::list(item), json, want), expected);
  EXPECT_EQ(Conformed(arrow::large_list(item), json, want), expected);
  EXPECT_EQ(Conformed(arrow::map(arrow::utf8(), arrow::int32()), R"([[["a", 1]], null])",
                      Type::Map(Type(TypeId::kString), Type(TypeId::kLong))),
            R"({"c":{"a":1}}{"c":null})");
}

TEST(Conform, SlicesKeepTheirOwnRows) {
  const auto item = arrow::struct_({arrow::field("n", arrow::int32())});
  const Batch whole = BatchOf({{"s", item, R"([{"n": 1}, null, {"n": 3}])"},
                               {"l", arrow::list(item), R"([[{"n": 1}], [{"n": 2}], null])"}});
  const types::Type wide = Type::Struct({FieldOf("n", Type(TypeId::kLong))});
  const auto got = Conform(whole->Slice(1), {FieldOf("s", wide), FieldOf("l", Type::Array(wide))});
  ASSERT_TRUE(got.has_value());
  ASSERT_TRUE((*got)->ValidateFull().ok());
  EXPECT_EQ(RowToJson(**got, 0), R"({"s":null,"l":[{"n":2}]})");
  EXPECT_EQ(RowToJson(**got, 1), R"({"s":{"n":3},"l":null})");
}

TEST(Conform, ANullInANotNullColumnIsRefused) {
  const auto got = Conform(BatchOf({{"id", arrow::int64(), "[1, null]"}}),
                           {FieldOf("id", Type(TypeId::kLong), false)});
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, ErrorKind::kInvalidInput);
  EXPECT_EQ(got.error().message, "column id: NULL in a column that is NOT NULL");
}

// A NULL order has no id, and that is fine; an order without its id is not.
TEST(Conform, ANotNullFieldMayBeMissingOnlyWhereItsParentIs) {
  const Type order = Type::Struct({FieldOf("id", Type(TypeId::kLong), false)});
  const auto have = arrow::struct_({arrow::field("id", arrow::int64())});
  EXPECT_EQ(Conformed(have, R"([{"id": 1}, null])", order), R"({"c":{"id":1}}{"c":null})");
  EXPECT_EQ(Conformed(have, R"([{"id": null}])", order),
            "column c.id: NULL in a column that is NOT NULL");
  EXPECT_EQ(
      Conformed(arrow::list(have), R"([[{"id": 1}], null, [{"id": null}]])", Type::Array(order)),
      "column c.element.id: NULL in a column that is NOT NULL");
}

}  // namespace
}  // namespace oresmith::columnar
