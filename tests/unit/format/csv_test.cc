#include "format/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/format/show.h"

// Each expected answer is what Spark 4.1.2 gave for the same text.

namespace oresmith::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<DecodedChunk> Decode(std::string_view ddl, std::string_view text, CsvOptions options) {
  options.header = true;
  auto decoder = MakeCsvChunkDecoder(*types::ParseDdlSchema(ddl), std::move(options));
  EXPECT_TRUE(decoder.has_value());
  return (*decoder)->Decode(text, {.first_line = 1, .file_uri = "file:///in/a.csv"});
}

std::vector<std::string> Rows(std::string_view ddl, std::string_view text, CsvOptions options) {
  Result<DecodedChunk> decoded = Decode(ddl, text, std::move(options));
  EXPECT_TRUE(decoded.has_value());
  EXPECT_TRUE(decoded->batch->ValidateFull().ok());
  return ShowAll(**decoded->batch->ToStructArray());
}

constexpr std::string_view kText = "a STRING, b STRING, c STRING, _corrupt_record STRING";

TEST(Csv, QuotesAndEscapesAreUnivocitys) {
  EXPECT_THAT(
      Rows(kText,
           "a,b,c\n1,2,3\n\"x\",\"y,z\",\"w\"\n\"a\\\"b\",c,d\n a , \"b\" ,c\n,\"\",x\n"
           "ab\"c\"d,e,f\n\"a\"b,c,d\n\n   \n\"x\\\\y\",\"\\n\",q\n",
           {}),
      ElementsAre("{1, 2, 3, null}", "{x, y,z, w, null}", "{a\"b, c, d, null}",
                  "{ a ,  \"b\" , c, null}", "{null, null, x, null}", "{ab\"c\"d, e, f, null}",
                  "{\"a\"b, c, d, null}", "{x\\y, \\n, q, null}"));
}

TEST(Csv, AWrongNumberOfValuesIsABadRecordThatKeepsWhatIsThere) {
  const auto decoded = Decode(kText,
                              "a,b,c\n\"a\"\"b\",c\n\"unclosed,1,2\n1,2,3,4\n1\n\\,x\\,y,z\n"
                              "\"a\nb\",2,3\n",
                              {});
  ASSERT_TRUE(decoded.has_value());
  EXPECT_THAT(ShowAll(**decoded->batch->ToStructArray()),
              ElementsAre("{\"a\"\"b\", c, null, \"a\"\"b\",c}",
                          "{unclosed,1,2, null, null, \"unclosed,1,2}", "{1, 2, 3, 1,2,3,4}",
                          "{1, null, null, 1}", "{\\, x\\, y, \\,x\\,y,z}", "{a, null, null, \"a}",
                          "{b\", 2, 3, null}"));
  EXPECT_EQ(decoded->bad_count, 6);
  EXPECT_EQ(decoded->bad[0].line, 2);
  EXPECT_EQ(decoded->bad[0].reason, "2 values, not 3");
}

TEST(Csv, ValuesAreTypedByPosition) {
  EXPECT_THAT(
      Rows("i INT, d DOUBLE, m DECIMAL(5,2), b BOOLEAN, dt DATE, ts TIMESTAMP",
           "i,d,m,b,dt,ts\n1,1.5,1.005,true,2024-01-02,2024-01-02T03:04:05Z\n"
           " 1, 1.5 ,1, true,2024-1-2,2024-01-02\nx,1,1,true,2024-01-02,\n"
           "+1,1d,\"1,000.5\",False,2024-01-02T10:00:00,2024-01-02 03:04:05+01:00\n"
           "1,NaN,999.995,0,2024,2024\n1,Inf,1e2,yes,0,0\n1,0x1p3,-1.005,TRUE,2024-01-02 ,x\n"
           "2147483648,,\"\",,,\n",
           {}),
      ElementsAre("{1, 1.5, 1.01, true, 2024-01-02, 2024-01-02 03:04:05.000000Z}",
                  "{null, 1.5, 1.00, null, 2024-01-02, 2024-01-02 00:00:00.000000Z}",
                  "{null, 1, 1.00, true, 2024-01-02, null}",
                  "{1, 1, null, false, 2024-01-02, 2024-01-02 02:04:05.000000Z}",
                  "{1, nan, null, null, 2024-01-01, 2024-01-01 00:00:00.000000Z}",
                  "{1, inf, 100.00, null, null, null}", "{1, 8, -1.01, true, 2024-01-02, null}",
                  "{null, null, null, null, null, null}"));
}

TEST(Csv, OptionsChangeTheSigns) {
  EXPECT_THAT(
      Rows("a STRING, b STRING", "a\tb\n#c\tx\n1\t2\n", {.separator = '\t', .comment = '#'}),
      ElementsAre("{1, 2}"));
  EXPECT_THAT(Rows("a STRING, b STRING", "a,b\n-,2\nNULL,\"\"\n", {.null_value = "-"}),
              ElementsAre("{null, 2}", "{NULL, }"));
  EXPECT_THAT(Rows("a STRING, b STRING", "a,b\n'x,y',2\n", {.quote = '\''}),
              ElementsAre("{x,y, 2}"));
  EXPECT_THAT(Rows("a STRING, b STRING", "a,b\n\"x\"\"y\",2\n\"p\\q\",3\n", {.escape = '"'}),
              ElementsAre("{x\"y, 2}", "{p\\q, 3}"));
  EXPECT_THAT(Rows("a STRING, b STRING", "a,b\n\"x\ny\",2\n3,4\n", {.multi_line = true}),
              ElementsAre("{x\ny, 2}", "{3, 4}"));
}

TEST(Csv, ModesDropOrFail) {
  EXPECT_THAT(Rows("a INT, b INT", "a,b\nx,2\n3,4\n", {.mode = ParseMode::kDropMalformed}),
              ElementsAre("{3, 4}"));
  const auto failed = Decode("a INT, b INT", "a,b\n1,2\nx,2\n", {.mode = ParseMode::kFailFast});
  ASSERT_FALSE(failed.has_value());
  EXPECT_THAT(failed.error().message, HasSubstr("line 3: column a: x does not fit the type INT"));
}

TEST(Csv, TheRescuedColumnHasWhatDidNotFit) {
  EXPECT_THAT(
      Rows("a INT, _rescued_data STRING", "a\nx\n1\n2,3\n", {.rescued_column = "_rescued_data"}),
      ElementsAre(R"({null, {"a":"x","_file_path":"file:///in/a.csv"}})", "{1, null}",
                  R"({2, {"_c1":"3","_file_path":"file:///in/a.csv"}})"));
}

std::string Infer(std::string_view text, bool header) {
  CsvInferrer inferrer({.header = header}, true);
  inferrer.AddFile(text);
  return types::SchemaToDdl(inferrer.Finish());
}

TEST(CsvInfer, TypesAreSparks) {
  EXPECT_EQ(Infer("i,l,d,de,b,dt,ts,s,n,m,e,neg,inf\n"
                  "1,3000000000,1.5,12345678901234567890,true,2024-01-02,2024-01-02T03:04:05,x,,1,"
                  "1e3,-5,NaN\n"
                  "-2,1,2,1,FALSE,2024-01-03,2024-01-02 03:04:05.5,,,x,2,+5,Inf\n",
                  true),
            "i INT, l BIGINT, d DOUBLE, de DECIMAL(20,0), b BOOLEAN, dt DATE, ts TIMESTAMP, "
            "s STRING, n STRING, m STRING, e DOUBLE, neg INT, inf DOUBLE");
  EXPECT_EQ(Infer("a,b\n2024-01-02,1\n2024-01-02T00:00:00,2.5\n", true), "a TIMESTAMP, b DOUBLE");
}

TEST(CsvInfer, NamesAreMadeWhereThereAreNone) {
  EXPECT_EQ(Infer("1,x\n2,y\n", false), "_c0 INT, _c1 STRING");
  EXPECT_EQ(Infer("a,a,,A\n1,2,3,4\n", true), "a0 INT, a1 INT, _c2 INT, A3 INT");
  EXPECT_EQ(Infer("a,b\n", true), "a STRING, b STRING");
}

}  // namespace
}  // namespace oresmith::format
