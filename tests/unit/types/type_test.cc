#include "types/type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::types {
namespace {

Type Nested() {
  return Type::Struct(
      {{.name = "id", .type = Type(TypeId::kLong), .nullable = false, .comment = ""},
       {.name = "line items",
        .type = Type::Array(Type::Map(Type(TypeId::kString), Type::Decimal(10, 2))),
        .nullable = true,
        .comment = "it's"}});
}

TEST(TypeText, SqlFormQuotesNamesAndKeepsNotNullAndComments) {
  EXPECT_EQ(Nested().ToSql(),
            "STRUCT<id: BIGINT NOT NULL, `line items`: ARRAY<MAP<STRING, DECIMAL(10,2)>> COMMENT "
            "'it\\'s'>");
}

TEST(TypeText, SimpleFormIsThatOfTypeof) {
  EXPECT_EQ(Nested().ToSimpleString(),
            "struct<id:bigint,line items:array<map<string,decimal(10,2)>>>");
  EXPECT_EQ(Type().ToSimpleString(), "void");
  EXPECT_EQ(Type(TypeId::kByte).ToSimpleString(), "tinyint");
  EXPECT_EQ(Type(TypeId::kTimestampNtz).ToSimpleString(), "timestamp_ntz");
  EXPECT_EQ(Type(TypeId::kIntervalDayTime).ToSimpleString(), "interval day to second");
}

TEST(TypeText, JsonFormIsThatOfDelta) {
  EXPECT_EQ(Type(TypeId::kLong).ToJson(), "\"long\"");
  EXPECT_EQ(Type::Decimal(38, 0).ToJson(), "\"decimal(38,0)\"");
  EXPECT_EQ(Type::Array(Type(TypeId::kInt), false).ToJson(),
            R"({"type":"array","elementType":"integer","containsNull":false})");
  EXPECT_EQ(Type::Map(Type(TypeId::kString), Type(TypeId::kDate)).ToJson(),
            R"({"type":"map","keyType":"string","valueType":"date","valueContainsNull":true})");
}

TEST(TypeEquality, ComparesContentDownToNullability) {
  EXPECT_EQ(Nested(), Nested());
  EXPECT_NE(Type::Array(Type(TypeId::kInt)), Type::Array(Type(TypeId::kInt), false));
  EXPECT_NE(Type::Decimal(10, 2), Type::Decimal(10, 3));
  EXPECT_NE(Type(TypeId::kInt), Type(TypeId::kLong));
  EXPECT_NE(Type::Struct({}), Nested());
}

TEST(FindField, PrefersTheExactSpelling) {
  const Type type = Type::Struct({{.name = "ID", .type = Type(TypeId::kInt), .comment = ""},
                                  {.name = "id", .type = Type(TypeId::kLong), .comment = ""}});
  EXPECT_EQ(type.FindField("id"), &type.fields()[1]);
  EXPECT_EQ(type.FindField("Id"), &type.fields()[0]);
  EXPECT_EQ(type.FindField("other"), nullptr);
}

TEST(TypeKinds, DecimalIsNumericButNotIntegral) {
  EXPECT_TRUE(Type::Decimal(5, 1).IsNumeric());
  EXPECT_FALSE(Type::Decimal(5, 1).IsIntegral());
  EXPECT_TRUE(Type(TypeId::kShort).IsIntegral());
  EXPECT_FALSE(Type(TypeId::kString).IsNumeric());
  EXPECT_TRUE(Nested().IsNested());
}

}  // namespace
}  // namespace oresmith::types
