#include "format/json_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/format/show.h"

// Each expected answer is what Spark 4.1.2 gave for the same document.

namespace oresmith::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

types::Type TypeOf(std::string_view text) {
  Result<types::Type> type = types::ParseType(text);
  EXPECT_TRUE(type.has_value()) << text;
  return type ? *type : types::Type();
}

JsonDecoder DecoderOf(std::string_view type, JsonOptions options) {
  Result<JsonDecoder> decoder = JsonDecoder::Make(TypeOf(type), std::move(options));
  EXPECT_TRUE(decoder.has_value());
  return std::move(*decoder);
}

JsonValues Decode(std::string_view type, const std::vector<std::string_view>& documents) {
  Result<JsonValues> values = DecoderOf(type, JsonOptions::ForFunction()).DecodeValues(documents);
  EXPECT_TRUE(values.has_value());
  EXPECT_TRUE(values->values->ValidateFull().ok()) << values->values->ValidateFull().ToString();
  return std::move(*values);
}

std::string DecodeOne(std::string_view type, std::string_view document) {
  return Show(*Decode(type, {document}).values, 0);
}

struct Case {
  std::string_view document;
  std::string_view expected;
};

void Check(std::string_view type, const std::vector<Case>& cases) {
  for (const Case& one : cases)
    EXPECT_EQ(DecodeOne(type, one.document), one.expected) << one.document;
}

TEST(FromJson, DocumentsThatAreNotJsonGiveAStructOfNulls) {
  for (const std::string_view document : {R"({"a":1)",
                                          R"({"a":1,)",
                                          R"({"a":1,"b":)",
                                          R"({"a": tru, "b":2})",
                                          R"({"a": 1x, "b":2})",
                                          R"({"b":3,"a": 01})",
                                          R"({a:1})",
                                          R"([{"a":1}])",
                                          "[]",
                                          "null",
                                          "1",
                                          R"("x")",
                                          R"({"a":1,"x":tru})",
                                          R"({"a":1,"x":"\q"})",
                                          "{\"a\":1,\"x\":\"\t\"}",
                                          R"({"a":+1})",
                                          R"({"a":.5})",
                                          R"({"a":1.})",
                                          R"({"a":1,,"b":2})",
                                          R"({"a":1,})",
                                          R"({"a" 1})",
                                          R"({"a":1 "b":2})",
                                          "\xEF\xBB\xBF{\"a\":1}",
                                          R"({"a":1,"x":[1,2})",
                                          R"(/*c*/{"a":1})",
                                          R"({"a":-})",
                                          "}",
                                          "]",
                                          R"({"a":1])",
                                          R"({"a":INF})",
                                          "{\"a\":\f1}"}) {
    const JsonValues values = Decode("STRUCT<a: INT, b: INT>", {document});
    EXPECT_EQ(Show(*values.values, 0), "{null, null}") << document;
    ASSERT_EQ(values.malformed.size(), 1U) << document;
    EXPECT_FALSE(values.malformed[0].partial) << document;
  }
}

TEST(FromJson, NullAndBlankDocumentsGiveNull) {
  const JsonValues values =
      Decode("STRUCT<a: INT>", {std::string_view(), "", " \n\t", R"({"a":1})", "{}"});
  EXPECT_THAT(ShowAll(*values.values), ElementsAre("null", "null", "null", "{1}", "{null}"));
  EXPECT_TRUE(values.malformed.empty());
}

TEST(FromJson, WhatFollowsTheDocumentIsIgnored) {
  Check("STRUCT<a: INT>",
        {{R"({"a":1} x)", "{1}"}, {R"({"a":1}{"a":2})", "{1}"}, {R"({"a":1}"abc)", "{1}"}});
}

TEST(FromJson, AValueThatDoesNotFitIsNullInItsFieldAlone) {
  Check("STRUCT<a: INT, b: INT>", {{R"({"a":"x","b":2})", "{null, 2}"},
                                   {R"({"a":"1","b":2})", "{null, 2}"},
                                   {R"({"a":1.9,"b":2})", "{null, 2}"},
                                   {R"({"a":1e2,"b":2})", "{null, 2}"},
                                   {R"({"a":2147483648,"b":1})", "{null, 1}"},
                                   {R"({"a":[1],"b":2})", "{null, 2}"},
                                   {R"({"a":{"b":5},"b":2})", "{null, 2}"},
                                   {R"({"a":NaN,"b":1})", "{null, 1}"},
                                   {R"({"a":-Infinity,"b":1})", "{null, 1}"},
                                   {R"({"a":-0})", "{0, null}"}});
}

TEST(FromJson, OfTwoFieldsOfOneNameTheLastThatFitsCounts) {
  Check("STRUCT<a: INT>", {{R"({"a":1,"a":2})", "{2}"},
                           {R"({"a":1,"a":"x"})", "{1}"},
                           {R"({"a":"x","a":1})", "{1}"},
                           {R"({"a":1,"a":null})", "{null}"}});
  Check("STRUCT<a: ARRAY<INT>, b: INT>", {{R"({"a":[1],"a":["x"],"b":3})", "{[1], 3}"}});
  Check("STRUCT<s: STRUCT<x: INT, y: STRING>>",
        {{R"({"s":{"x":1},"s":{"y":null}})", "{{null, null}}"},
         {R"({"s":{"x":1},"s":"x"})", "{{1, null}}"}});
}

TEST(FromJson, NamesAreComparedExactlyAndMayBeEscaped) {
  Check("STRUCT<a: INT>", {{R"({"A":1})", "{null}"},
                           {R"({"\u0061":1})", "{1}"},
                           {"{'a':1}", "{1}"},
                           {" { \"a\" : 1 } ", "{1}"}});
}

TEST(FromJson, StringsTakeAnyValueInJacksonsForm) {
  Check("STRUCT<s: STRING>",
        {{R"({"s":1.10})", "{1.1}"},
         {R"({"s":true})", "{true}"},
         {R"({"s":{"x" : 1.10, "y":[1, 2,"z\u00e9\n/\/"]}})", R"({{"x":1.1,"y":[1,2,"zé\n//"]}})"},
         {R"({"s":[ ]})", "{[]}"},
         {R"({"s":1e5})", "{100000.0}"},
         {R"({"s":-0})", "{0}"},
         {R"({"s":12345678901234567890123})", "{12345678901234567890123}"},
         {R"({"s":NaN})", R"({"NaN"})"},
         {R"({"s":1E400})", R"({"Infinity"})"},
         {R"({"s":0.00001})", "{1.0E-5}"},
         {R"({"s":"\ud83d\ude00"})", "{😀}"},
         {R"({"s":"\ud83dx"})", "{?x}"},
         {R"({"s":{"k":"é😀"}})", R"({{"k":"é\uD83D\uDE00"}})"},
         {R"({"s":{"a":1,"a":2}})", R"({{"a":1,"a":2}})"}});
}

TEST(FromJson, InvalidUtf8BecomesTheReplacementCharacter) {
  Check("STRUCT<s: STRING, a: INT>", {{"{\"s\":\"x\xFFy\",\"a\":1}", "{x\xEF\xBF\xBDy, 1}"}});
}

TEST(FromJson, DoublesTakeTheNamesOfWhatIsNoNumber) {
  Check("STRUCT<f: FLOAT, d: DOUBLE>", {{R"({"f":"NaN","d":"Infinity"})", "{nan, inf}"},
                                        {R"({"f":"-INF","d":"-Infinity"})", "{-inf, -inf}"},
                                        {R"({"f":"1.5","d":"1"})", "{null, null}"},
                                        {R"({"f":1e400,"d":1e400})", "{inf, inf}"},
                                        {R"({"f":1e-50,"d":1e-400})", "{0, 0}"},
                                        {R"({"f":0.1,"d":0.1})", "{0.1, 0.1}"},
                                        {R"({"f":"","d":"nan"})", "{null, null}"},
                                        {R"({"f":-0,"d":-0})", "{0, 0}"},
                                        {R"({"f":-0.0,"d":-0.0})", "{-0, -0}"}});
}

TEST(FromJson, DecimalsAreExactAndRoundedHalfUp) {
  Check("STRUCT<m: DECIMAL(5,2)>", {{R"({"m":1.005})", "{1.01}"},
                                    {R"({"m":1.004999})", "{1.00}"},
                                    {R"({"m":-1.005})", "{-1.01}"},
                                    {R"({"m":999.99})", "{999.99}"},
                                    {R"({"m":999.995})", "{null}"},
                                    {R"({"m":"1.5"})", "{1.50}"},
                                    {R"({"m":"1,0,0"})", "{100.00}"},
                                    {R"({"m":"x"})", "{null}"},
                                    {R"({"m":1e2})", "{100.00}"},
                                    {R"({"m":1e-3})", "{0.00}"},
                                    {R"({"m":" 1"})", "{null}"},
                                    {R"({"m":".5"})", "{0.50}"},
                                    {R"({"m":"1."})", "{1.00}"},
                                    {R"({"m":1e400})", "{null}"},
                                    {R"({"m":""})", "{null}"},
                                    {R"({"m":NaN})", "{null}"}});
  Check("STRUCT<n: DECIMAL(38,18)>", {{R"({"n":12345678901234567890.123456789012345678})",
                                       "{12345678901234567890.123456789012345678}"}});
}

TEST(FromJson, TimesComeFromStringsAndEpochSeconds) {
  Check("STRUCT<t: TIMESTAMP>",
        {{R"({"t":"2024-01-02T03:04:05Z"})", "{2024-01-02 03:04:05.000000Z}"},
         {R"({"t":"2024-01-02 03:04:05.123456789"})", "{2024-01-02 03:04:05.123456Z}"},
         {R"({"t":"2024"})", "{2024-01-01 00:00:00.000000Z}"},
         {R"({"t":"2024-01-02T03:04:05+02:00"})", "{2024-01-02 01:04:05.000000Z}"},
         {R"({"t":1700000000})", "{2023-11-14 22:13:20.000000Z}"},
         {R"({"t":"1700000000"})", "{null}"},
         {R"({"t":"2024-01-02 25:00"})", "{null}"},
         {R"({"t":"2024-01-02T"})", "{null}"},
         {R"({"t":1.5})", "{null}"},
         {R"({"t":9223372036854775807})", "{1969-12-31 23:59:59.000000Z}"},
         {R"({"t":"2024-01-02T3:4:5"})", "{2024-01-02 03:04:05.000000Z}"},
         {R"({"t":"2024-01-02T03:04:05 UTC+1"})", "{2024-01-02 02:04:05.000000Z}"},
         {R"({"t":"2024-01-02T03:04:05.000-0800"})", "{2024-01-02 11:04:05.000000Z}"}});
  Check("STRUCT<d: DATE, n: TIMESTAMP_NTZ>",
        {{R"({"d":"2024-1-2","n":"2024-01-02T03:04:05.5"})",
          "{2024-01-02, 2024-01-02 03:04:05.500000}"},
         {R"({"d":"2024-01-02T10:00:00","n":"2024-01-02T03:04:05Z"})", "{2024-01-02, null}"},
         {R"({"d":"2024-13-01"})", "{null, null}"},
         {R"({"d":" 2024-01-02 "})", "{2024-01-02, null}"},
         {R"({"d":"0"})", "{1970-01-01, null}"},
         {R"({"d":1,"n":1})", "{null, null}"}});
}

TEST(FromJson, OtherTypesTakeOnlyTheirOwnForm) {
  Check("STRUCT<b: BOOLEAN, x: BINARY, y: BYTE, z: SHORT, l: BIGINT>",
        {{R"({"b":true,"x":"YWI=","y":127,"z":32767,"l":9223372036854775807})",
          "{true, ab, 127, 32767, 9223372036854775807}"},
         {R"({"b":"true","x":"%%","y":128,"z":32768,"l":9223372036854775808})",
          "{null, null, -128, null, null}"},
         {R"({"b":1,"x":1,"y":256,"z":-32769,"l":-9223372036854775808})",
          "{null, null, null, null, -9223372036854775808}"},
         {R"({"x":"YWI","l":1.0})", "{null, null, null, null, null}"}});
}

TEST(FromJson, ArraysAndMapsAreNullAsAWholeWhenAnElementDoesNotFit) {
  Check("STRUCT<a: ARRAY<INT>, b: INT>", {{R"({"a":[1,"x",3],"b":1})", "{null, 1}"},
                                          {R"({"a":[1,null],"b":1})", "{[1, null], 1}"},
                                          {R"({"a":[1,{"b":9},3],"b":1})", "{null, 1}"},
                                          {R"({"a":[],"b":1})", "{[], 1}"},
                                          {R"({"a":{"b":7},"b":1})", "{null, 1}"}});
  Check("STRUCT<m: MAP<STRING, INT>, b: INT>",
        {{R"({"m":{"a":1,"b":2},"b":3})", "{{a -> 1, b -> 2}, 3}"},
         {R"({"m":{"a":1,"b":"x"},"b":3})", "{null, 3}"},
         {R"({"m":{"a":1,"a":2},"b":3})", "{{a -> 1, a -> 2}, 3}"},
         {R"({"m":{"a":null},"b":3})", "{{a -> null}, 3}"}});
}

TEST(FromJson, ElementsKeepTheirOtherFields) {
  Check("STRUCT<a: ARRAY<STRUCT<x: INT, y: STRING>>>",
        {{R"({"a":[{"x":1,"y":"q"},{"x":"bad","y":"r"}]})", "{[{1, q}, {null, r}]}"},
         {R"({"a":[{"x":1},3]})", "{null}"},
         {R"({"a":[null,{}]})", "{[null, {null, null}]}"}});
}

TEST(FromJson, OtherRootsAreArraysAndMaps) {
  Check("ARRAY<STRUCT<i: INT>>",
        {{R"([{"i":1},{"i":2}])", "[{1}, {2}]"}, {R"({"i":4})", "[{4}]"}, {"x", "null"}});
  Check("MAP<STRING, INT>", {{R"({"a":1})", "{a -> 1}"}, {"[1]", "null"}});
}

TEST(FromJson, TheCorruptRecordColumnHasTheTextOfWhatDidNotFit) {
  Check("STRUCT<a: INT, _corrupt_record: STRING>",
        {{R"({"a":1})", "{1, null}"},
         {R"({"a":"x"})", R"({null, {"a":"x"}})"},
         {R"({"a":)", R"({null, {"a":})"},
         {R"({"a":1,"_corrupt_record":"x"})", "{1, null}"}});
}

TEST(FromJson, AMalformedDocumentLeavesNothingBehindInTheNextOne) {
  const JsonValues values = Decode("STRUCT<a: ARRAY<STRUCT<x: INT, y: STRING>>, b: STRING>",
                                   {R"({"a":[{"x":1,"y":"q"},{"x":2)", R"({"b":"z"})",
                                    R"({"b":"half","a":[{"y":"r"}],)", R"({"a":[{"x":5}]})"});
  EXPECT_THAT(ShowAll(*values.values),
              ElementsAre("{null, null}", "{null, z}", "{null, null}", "{[{5, null}], null}"));
}

TEST(FromJson, FailFastNamesTheValueAndTheType) {
  JsonOptions options = JsonOptions::ForFunction();
  options.mode = ParseMode::kFailFast;
  const JsonDecoder decoder = DecoderOf("STRUCT<a: INT>", options);
  const std::vector<std::string_view> documents{R"({"a":"x"})"};
  const auto values = decoder.DecodeValues(documents);
  ASSERT_FALSE(values.has_value());
  EXPECT_EQ(values.error().kind, ErrorKind::kBadRecord);
  EXPECT_THAT(values.error().message, HasSubstr(R"(field a: "x" does not fit the type INT)"));
}

TEST(FromJson, TheLimitsAreJacksons) {
  const auto nested = [](int depth) {
    return R"({"u":)" + std::string(depth, '[') + std::string(depth, ']') + R"(,"a":1})";
  };
  EXPECT_EQ(DecodeOne("STRUCT<a: INT>", nested(999)), "{1}");
  EXPECT_EQ(DecodeOne("STRUCT<a: INT>", nested(1000)), "{null}");
  EXPECT_EQ(DecodeOne("STRUCT<a: INT, u: STRING>", nested(10000)), "{null, null}");
  const auto number = [](int digits) {
    return R"({"u":)" + std::string(digits, '1') + R"(,"a":1})";
  };
  EXPECT_EQ(DecodeOne("STRUCT<a: INT>", number(1000)), "{1}");
  EXPECT_EQ(DecodeOne("STRUCT<a: INT>", number(1001)), "{null}");
}

TEST(FromJson, TypesThatCannotBeDecodedAreRefusedByName) {
  const auto decoder = JsonDecoder::Make(TypeOf("STRUCT<v: VARIANT>"), JsonOptions::ForFunction());
  ASSERT_FALSE(decoder.has_value());
  EXPECT_EQ(decoder.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(decoder.error().message, HasSubstr("VARIANT"));
}

const JsonFieldCount* FindField(const JsonStatistics& statistics, std::string_view path) {
  for (const JsonFieldCount& field : statistics.fields) {
    if (field.path == path) return &field;
  }
  return nullptr;
}

// The danger: a misspelt field gives no rows, and nobody is told.
TEST(JsonDrift, AMisspeltFieldIsCountedWithTheFieldItIsLike) {
  const JsonValues values =
      Decode("STRUCT<order_id: INT, line_items: ARRAY<STRUCT<sku: INT>>>",
             {R"({"order_id":1,"line_iems":[{"sku":1}]})", R"({"order_id":2,"line_iems":[]})",
              R"({"order_id":3,"line_iems":[)"});
  const JsonFieldCount* const known = FindField(values.statistics, "line_items");
  const JsonFieldCount* const unknown = FindField(values.statistics, "line_iems");
  ASSERT_NE(known, nullptr);
  ASSERT_NE(unknown, nullptr);
  EXPECT_EQ(known->with, 0);
  EXPECT_EQ(known->objects, 2);
  EXPECT_EQ(unknown->with, 2);
  EXPECT_EQ(unknown->twin, "line_items");
  EXPECT_EQ(unknown->with_twin, 0);
}

TEST(JsonDrift, NestedFieldsAreCountedPerObjectAroundThem) {
  const JsonValues values = Decode("STRUCT<a: ARRAY<STRUCT<sku: INT, n: INT>>>",
                                   {R"({"a":[{"sku":1},{"sku":2,"n":1},{"sku":"x"}]})", "{}"});
  const JsonFieldCount* const sku = FindField(values.statistics, "a.element.sku");
  const JsonFieldCount* const n = FindField(values.statistics, "a.element.n");
  ASSERT_NE(sku, nullptr);
  ASSERT_NE(n, nullptr);
  EXPECT_EQ(sku->with, 3);
  EXPECT_EQ(sku->mismatched, 1);
  EXPECT_EQ(n->with, 1);
  EXPECT_EQ(n->objects, 3);
}

JsonRows DecodeFile(std::string_view type, const std::vector<std::string_view>& lines) {
  Result<JsonRows> rows = DecoderOf(type, JsonOptions::ForFiles()).DecodeRows(lines, LinesOrigin{});
  EXPECT_TRUE(rows.has_value());
  EXPECT_TRUE(rows->rows->ValidateFull().ok());
  return std::move(*rows);
}

TEST(JsonLines, AnArrayGivesARowPerElement) {
  const JsonRows rows = DecodeFile(
      "STRUCT<a: INT, _corrupt_record: STRING>",
      {R"([{"a":1},{"a":2}])", "[]", "[1]", R"([{"a":3},null])", R"([{"a":4},{"a":"x"}])", "null"});
  EXPECT_THAT(
      ShowAll(*rows.rows),
      ElementsAre("{1, null}", "{2, null}", "{null, [1]}", R"({null, [{"a":3},null]})",
                  R"({4, [{"a":4},{"a":"x"}]})", R"({null, [{"a":4},{"a":"x"}]})", "{null, null}"));
  EXPECT_THAT(rows.documents, ElementsAre(0, 0, 2, 3, 4, 4, 5));
}

TEST(JsonLines, StringsKeepNestedTextByteForByte) {
  const JsonRows rows = DecodeFile(
      "STRUCT<s: STRING>",
      {R"({"s":{"x" : 1.10, "y":[1, 2]}})", R"({"s":1e5})", R"({"s":NaN})", R"({"s": true })"});
  EXPECT_THAT(ShowAll(*rows.rows),
              ElementsAre(R"({{"x" : 1.10, "y":[1, 2]}})", "{1e5}", "{NaN}", "{true}"));
}

TEST(JsonLines, InvalidUtf8IsABadRecord) {
  const JsonRows rows = DecodeFile("STRUCT<a: INT>", {"{\"a\":1,\"u\":\"\xC3\"}", R"({"a":2})"});
  EXPECT_THAT(ShowAll(*rows.rows), ElementsAre("{null}", "{2}"));
  ASSERT_EQ(rows.malformed.size(), 1U);
  EXPECT_EQ(rows.malformed[0].reason, "invalid UTF-8");
}

TEST(JsonLines, DropMalformedLeavesOutWhatDoesNotFit) {
  JsonOptions options = JsonOptions::ForFiles();
  options.mode = ParseMode::kDropMalformed;
  const std::vector<std::string_view> lines{"not json", R"({"a":1} trailing)", R"({"a":"x"})",
                                            R"({"a":5)"};
  const auto rows = DecoderOf("STRUCT<a: INT>", options).DecodeRows(lines, LinesOrigin{});
  ASSERT_TRUE(rows.has_value());
  EXPECT_THAT(ShowAll(*rows->rows), ElementsAre("{1}"));
  EXPECT_EQ(rows->malformed.size(), 3U);
}

}  // namespace
}  // namespace oresmith::format
