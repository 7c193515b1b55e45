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

types::Schema EveryType() {
  const Type item = Type::Struct(
      {FieldOf("id", Type(TypeId::kLong), false), FieldOf("price", Type::Decimal(10, 2))});
  return {FieldOf("boolean", Type(TypeId::kBoolean)),
          FieldOf("byte", Type(TypeId::kByte)),
          FieldOf("short", Type(TypeId::kShort)),
          FieldOf("int", Type(TypeId::kInt), false),
          FieldOf("long", Type(TypeId::kLong)),
          FieldOf("float", Type(TypeId::kFloat)),
          FieldOf("double", Type(TypeId::kDouble)),
          FieldOf("decimal", Type::Decimal(38, 18)),
          FieldOf("string", Type(TypeId::kString)),
          FieldOf("binary", Type(TypeId::kBinary)),
          FieldOf("date", Type(TypeId::kDate)),
          FieldOf("timestamp", Type(TypeId::kTimestamp)),
          FieldOf("ntz", Type(TypeId::kTimestampNtz)),
          FieldOf("void", Type()),
          FieldOf("months", Type(TypeId::kIntervalYearMonth)),
          FieldOf("span", Type(TypeId::kIntervalDayTime)),
          FieldOf("items", Type::Array(item, false)),
          FieldOf("tags", Type::Map(Type(TypeId::kString), Type::Array(Type(TypeId::kInt))))};
}

TEST(ArrowTypes, EveryTypeComesBackFromArrowAsItWent) {
  const auto back = FromArrow(*ToArrow(EveryType()));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, EveryType());
}

TEST(ArrowTypes, TimesAreMicrosecondsAndOnlyInstantsHaveAZone) {
  EXPECT_TRUE(
      ToArrow(Type(TypeId::kTimestamp))->Equals(*arrow::timestamp(arrow::TimeUnit::MICRO, "UTC")));
  EXPECT_TRUE(
      ToArrow(Type(TypeId::kTimestampNtz))->Equals(*arrow::timestamp(arrow::TimeUnit::MICRO)));
}

TEST(ArrowTypes, AnArraysChildIsCalledElement) {
  EXPECT_EQ(ToArrow(Type::Array(Type(TypeId::kInt), false))->ToString(),
            "list<element: int32 not null>");
}

TEST(ArrowTypes, FormsThatOnlyFilesHaveBecomeTheNearestType) {
  const auto type_of = [](const std::shared_ptr<arrow::DataType>& type) {
    const auto got = FromArrow(*type);
    return got ? got->ToSql() : got.error().message;
  };
  EXPECT_EQ(type_of(arrow::large_utf8()), "STRING");
  EXPECT_EQ(type_of(arrow::utf8_view()), "STRING");
  EXPECT_EQ(type_of(arrow::dictionary(arrow::int32(), arrow::utf8())), "STRING");
  EXPECT_EQ(type_of(arrow::uint32()), "BIGINT");
  EXPECT_EQ(type_of(arrow::uint64()), "DECIMAL(20,0)");
  EXPECT_EQ(type_of(arrow::timestamp(arrow::TimeUnit::NANO)), "TIMESTAMP_NTZ");
  EXPECT_EQ(type_of(arrow::timestamp(arrow::TimeUnit::SECOND, "Europe/Paris")), "TIMESTAMP");
  EXPECT_EQ(type_of(arrow::large_list(arrow::int8())), "ARRAY<TINYINT>");
}

TEST(ArrowTypes, ATypeWithoutASqlFormIsRefusedWithItsPath) {
  const auto schema = arrow::schema({arrow::field(
      "order", arrow::struct_({arrow::field("at", arrow::time64(arrow::TimeUnit::MICRO))}))});
  const auto got = FromArrow(*schema);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(got.error().message, HasSubstr("column order.at"));
  EXPECT_THAT(got.error().message, HasSubstr("time64"));
}

// A file can claim any nesting; reading its schema must not exhaust the stack.
TEST(ArrowTypes, EndlessNestingIsRefused) {
  auto type = arrow::int32();
  for (int i = 0; i < 1000; ++i) type = arrow::list(type);
  const auto got = FromArrow(*type);
  ASSERT_FALSE(got.has_value());
  EXPECT_EQ(got.error().kind, ErrorKind::kUnsupported);
}

TEST(ArrowTypes, AnArrowStatusBecomesAnErrorInItsContext) {
  const Error error =
      FromArrowStatus(arrow::Status::IOError("disk on fire"), ErrorKind::kUnavailable, "write x");
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error.message, "write x: disk on fire");
}

}  // namespace
}  // namespace oresmith::columnar
