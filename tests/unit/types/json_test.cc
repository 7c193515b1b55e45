#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "types/type.h"

namespace oresmith::types {
namespace {

using ::testing::HasSubstr;

std::string Wrapped(std::string_view type) {
  return R"({"type":"struct","fields":[{"name":"a","type":)" + std::string(type) +
         R"(,"nullable":true,"metadata":{}}]})";
}

TEST(SchemaFromJson, ReadsWhatSparkWrites) {
  const Result<Schema> schema = SchemaFromJson(R"json(
    {"type":"struct","fields":[
      {"name":"id","type":"long","nullable":false,"metadata":{"comment":"the \"key\" \u00e9"}},
      {"name":"items","type":{"type":"array","elementType":{"type":"struct","fields":[
         {"name":"price","type":"decimal(10,2)","nullable":true,"metadata":{}}]},
         "containsNull":true},"nullable":true,
       "metadata":{"delta.columnMapping.id": 4, "nested":{"x": [1, 2]}}},
      {"name":"tags","type":{"type":"map","keyType":"string","valueType":"timestamp_ntz",
         "valueContainsNull":false},"nullable":true,"metadata":{}}]})json");
  ASSERT_TRUE(schema) << schema.error().message;
  ASSERT_EQ(schema->size(), 3U);
  EXPECT_EQ((*schema)[0].comment, "the \"key\" é");
  EXPECT_FALSE((*schema)[0].nullable);
  EXPECT_EQ((*schema)[1].type.ToSimpleString(), "array<struct<price:decimal(10,2)>>");
  ASSERT_EQ((*schema)[1].metadata.size(), 2U);
  EXPECT_EQ((*schema)[1].metadata[0].second, "4");
  EXPECT_EQ((*schema)[1].metadata[1].second, R"({"x": [1, 2]})");
  EXPECT_FALSE((*schema)[2].type.value_contains_null());
}

TEST(SchemaFromJson, EveryTypeMakesARoundTrip) {
  const Result<Schema> schema = ParseDdlSchema(
      "a VOID, b BOOLEAN, c TINYINT, d SMALLINT, e INT, f BIGINT, g FLOAT, h DOUBLE, "
      "i DECIMAL(38,38), j STRING NOT NULL COMMENT 'a \"b\" \\n c', k BINARY, l DATE, m TIMESTAMP, "
      "n TIMESTAMP_NTZ, o INTERVAL YEAR TO MONTH, p INTERVAL DAY TO SECOND, q VARIANT, "
      "r ARRAY<MAP<STRING, STRUCT<x: INT>>>");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(SchemaFromJson(SchemaToJson(*schema)).value(), *schema);
}

TEST(SchemaFromJson, MetadataMakesARoundTrip) {
  const std::string text =
      R"({"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,)"
      R"("metadata":{"comment":"c","k":{"deep":[true,null]}}}]})";
  EXPECT_EQ(SchemaToJson(*SchemaFromJson(text)), text);
}

TEST(SchemaFromJson, AnUnknownTypeIsUnsupportedByNameAndField) {
  const Result<Schema> schema = SchemaFromJson(Wrapped("\"geometry\""));
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(schema.error().message, HasSubstr("'geometry'"));
  EXPECT_THAT(schema.error().note, HasSubstr("field a"));
}

TEST(SchemaFromJson, BrokenTextIsCorrupt) {
  const std::string whole = Wrapped("\"integer\"");
  ASSERT_TRUE(SchemaFromJson(whole));
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<Schema> cut = SchemaFromJson(whole.substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().kind, ErrorKind::kCorrupt);
  }
  for (const std::string_view text :
       {"[]", "\"integer\"", "{}", R"({"type":"struct"})", R"({"type":"struct","fields":[1]})",
        R"({"type":"struct","fields":[{"name":"a"}]})", R"({"type":"struct","fields":[]} x)",
        R"({"type":"struct","fields":[{"name":"\u12","type":"integer"}]})",
        R"json({"type":"struct","fields":[{"name":"a","type":"decimal(99,1)"}]})json"}) {
    const Result<Schema> wrong = SchemaFromJson(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().kind, ErrorKind::kCorrupt) << text;
  }
}

TEST(SchemaFromJson, DeepNestingIsRefused) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += '[';
  EXPECT_EQ(SchemaFromJson(text).error().kind, ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace oresmith::types
