#include "format/json_infer.h"

#include <gtest/gtest.h>

// Each expected schema is what Spark 4.1.2 inferred for the same lines.

namespace oresmith::format {
namespace {

std::string Infer(const std::vector<std::string_view>& lines) {
  JsonInferrer inferrer;
  for (const std::string_view line : lines) inferrer.Add(line);
  return types::Type::Struct(inferrer.Finish()).ToSimpleString();
}

TEST(JsonInfer, NumbersWidenAndConflictsAreStrings) {
  EXPECT_EQ(Infer({R"({"b":1,"a":[1,2.5],"z":{"y":null,"x":true}})",
                   R"({"b":"x","a":[],"z":{"w":[{"q":1},{"r":"s"}]}})"}),
            "struct<a:array<double>,b:string,"
            "z:struct<w:array<struct<q:bigint,r:string>>,x:boolean,y:string>>");
}

TEST(JsonInfer, BigNumbersAreDecimalsOrDoubles) {
  EXPECT_EQ(
      Infer({R"({"a":12345678901234567890,"b":1.5,"h":123456789012345678901234567890123456789012})",
             R"({"b":12345678901234567890})"}),
      "struct<a:decimal(20,0),b:double,h:double>");
  EXPECT_EQ(Infer({R"({"a":-9223372036854775808,"b":9223372036854775808,"c":1e400,"d":NaN})",
                   R"({"b":1})", R"({"c":12345678901234567890})"}),
            "struct<a:bigint,b:decimal(20,0),c:double,d:double>");
}

TEST(JsonInfer, WhatIsAlwaysEmptyIsAStringAndEmptyObjectsAreLeftOut) {
  EXPECT_EQ(Infer({R"({"c":null,"d":[],"e":{},"f":[null],"g":""})"}),
            "struct<c:string,d:array<string>,f:array<string>,g:string>");
}

TEST(JsonInfer, ObjectsAndScalarsTogetherAreStrings) {
  EXPECT_EQ(Infer({R"({"a":[1,"x"],"b":[{"c":1},5],"d":true})", R"({"d":1,"a":{"k":1}})"}),
            "struct<a:string,b:array<string>,d:string>");
}

TEST(JsonInfer, ArraysOfObjectsGiveTheirElementsColumns) {
  EXPECT_EQ(Infer({R"([{"a":1},{"b":2}])", "[]", "null", ""}), "struct<a:bigint,b:bigint>");
}

TEST(JsonInfer, MalformedLinesAreCountedAndSayNothing) {
  JsonInferrer inferrer;
  for (const std::string_view line : {"bad", R"({"a":1})", R"({"a":"x")", "1", R"({"a":1,})"}) {
    inferrer.Add(line);
  }
  EXPECT_EQ(types::SchemaToDdl(inferrer.Finish()), "a BIGINT");
  EXPECT_EQ(inferrer.malformed_count(), 4);
}

}  // namespace
}  // namespace oresmith::format
