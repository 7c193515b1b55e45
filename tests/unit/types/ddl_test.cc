#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "types/type.h"

namespace oresmith::types {
namespace {

using ::testing::HasSubstr;

std::string Simple(std::string_view text) {
  const Result<Type> type = ParseType(text);
  return type ? type->ToSimpleString() : "error: " + type.error().message;
}

TEST(ParseType, KnowsSparksNamesInAnyCase) {
  EXPECT_EQ(Simple("Int"), "int");
  EXPECT_EQ(Simple(" INTEGER "), "int");
  EXPECT_EQ(Simple("LONG"), "bigint");
  EXPECT_EQ(Simple("byte"), "tinyint");
  EXPECT_EQ(Simple("short"), "smallint");
  EXPECT_EQ(Simple("real"), "float");
  EXPECT_EQ(Simple("decimal"), "decimal(10,0)");
  EXPECT_EQ(Simple("NUMERIC( 5 )"), "decimal(5,0)");
  EXPECT_EQ(Simple("dec(38, 18)"), "decimal(38,18)");
  EXPECT_EQ(Simple("timestamp_ltz"), "timestamp");
  EXPECT_EQ(Simple("TIMESTAMP WITHOUT TIME ZONE"), "timestamp_ntz");
  EXPECT_EQ(Simple("interval day to second"), "interval day to second");
  EXPECT_EQ(Simple("variant"), "variant");
}

TEST(ParseType, NestsAndAllowsCommentsBetween) {
  EXPECT_EQ(Simple("ARRAY<ARRAY<INT>>"), "array<array<int>>");
  EXPECT_EQ(Simple("map < string , /* deep */ struct<`a b`: int, c string -- end\n>>"),
            "map<string,struct<a b:int,c:string>>");
  EXPECT_EQ(Simple("struct<>"), "struct<>");
}

TEST(ParseType, RefusesByNameWithTheWayOut) {
  const Result<Type> varchar = ParseType("ARRAY<VARCHAR(10)>");
  ASSERT_FALSE(varchar);
  EXPECT_EQ(varchar.error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(varchar.error().message, "parse type: the type VARCHAR is not supported");
  EXPECT_EQ(varchar.error().fix, "write STRING");
  ASSERT_TRUE(varchar.error().place);
  EXPECT_EQ(varchar.error().place->column, 7);
  EXPECT_EQ(varchar.error().place->length, 7);
  EXPECT_EQ(ParseType("interval hour").error().kind, ErrorKind::kUnsupported);
  EXPECT_EQ(ParseType("string collate de").error().kind, ErrorKind::kUnsupported);
}

TEST(ParseType, NamesWhatIsWrong) {
  EXPECT_EQ(Simple("strin"), "error: parse type: unknown type 'strin'");
  EXPECT_EQ(Simple("array<int"),
            "error: parse type: expected '>' to close the array type, found the end of the text");
  EXPECT_EQ(Simple("int int"), "error: parse type: expected the end of the type, found 'int'");
  EXPECT_EQ(Simple(""), "error: parse type: expected a data type, found the end of the text");
  EXPECT_THAT(Simple("decimal(39,2)"), HasSubstr("precision of 1 to 38"));
  EXPECT_THAT(Simple("decimal(5,6)"), HasSubstr("DECIMAL(5, 6)"));
  EXPECT_THAT(Simple("decimal(99999999999)"), HasSubstr("the precision of the decimal"));
}

// A hostile schema string must cost an error, not the stack.
TEST(ParseType, TenThousandLevelsAreRefused) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "array<";
  EXPECT_THAT(Simple(text), HasSubstr("nested deeper than 100 levels"));
}

TEST(ParseTypePrefix, LeavesAloneWhatFollows) {
  const auto type = ParseTypePrefix("map<string,array<int>> ) AS x");
  ASSERT_TRUE(type);
  EXPECT_EQ(type->length, 22U);
  EXPECT_EQ(ParseTypePrefix("timestamp WITH x")->length, 9U);
  const auto wrong = ParseTypePrefix("array<blob> AS x");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().begin, 6U);
  EXPECT_EQ(wrong.error().end, 10U);
}

TEST(ParseDdlSchema, ReadsNotNullAndComments) {
  const Result<Schema> schema = ParseDdlSchema(
      "a INT NOT NULL, `b c` STRUCT<d: STRING COMMENT 'x'> COMMENT \"it's\", date date");
  ASSERT_TRUE(schema);
  ASSERT_EQ(schema->size(), 3U);
  EXPECT_FALSE((*schema)[0].nullable);
  EXPECT_EQ((*schema)[1].name, "b c");
  EXPECT_EQ((*schema)[1].comment, "it's");
  EXPECT_EQ((*schema)[1].type.fields()[0].comment, "x");
  EXPECT_EQ((*schema)[2].name, "date");
}

TEST(ParseDdlSchema, TextAndSchemaMakeARoundTrip) {
  const std::string_view ddl =
      "a INT NOT NULL, `b c` STRUCT<`d``e`: STRING COMMENT 'it\\'s \\\\ x'>, m MAP<INT, "
      "DECIMAL(3,1)>";
  const Result<Schema> schema = ParseDdlSchema(ddl);
  ASSERT_TRUE(schema);
  EXPECT_EQ(SchemaToDdl(*schema), ddl);
  EXPECT_EQ(ParseDdlSchema(SchemaToDdl(*schema)).value(), *schema);
}

TEST(ParseDdlSchema, AcceptsALoneStructAndJson) {
  const Result<Schema> schema = ParseDdlSchema("a INT, b STRING");
  ASSERT_TRUE(schema);
  EXPECT_EQ(ParseDdlSchema("STRUCT<a: INT, b: STRING>").value(), *schema);
  EXPECT_EQ(ParseDdlSchema(SchemaToJson(*schema)).value(), *schema);
  EXPECT_EQ(ParseDdlSchema("struct INT")->at(0).name, "struct");
}

TEST(ParseDdlSchema, AnErrorHasLineAndColumnInCodePoints) {
  const Result<Schema> schema = ParseDdlSchema("a INT,\n`größe` STRIN");
  ASSERT_FALSE(schema);
  ASSERT_TRUE(schema.error().place);
  EXPECT_EQ(schema.error().place->line, 2);
  EXPECT_EQ(schema.error().place->column, 9);
  EXPECT_EQ(schema.error().place->line_text, "`größe` STRIN");
}

TEST(ParseDdlSchema, RefusesLooseEnds) {
  EXPECT_FALSE(ParseDdlSchema("a INT,"));
  EXPECT_FALSE(ParseDdlSchema("a"));
  EXPECT_FALSE(ParseDdlSchema("a INT NOT"));
  EXPECT_FALSE(ParseDdlSchema("a INT COMMENT 'x"));
  EXPECT_FALSE(ParseDdlSchema("`a INT"));
  EXPECT_FALSE(ParseDdlSchema("a INT b INT"));
  EXPECT_EQ(ParseDdlSchema("{\"type\":").error().kind, ErrorKind::kInvalidInput);
  EXPECT_TRUE(ParseDdlSchema("")->empty());
}

}  // namespace
}  // namespace oresmith::types
