// Texts that must equal Spark's byte for byte: statistics, partition values, paths.

#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_time.h>
#include <arrow/util/decimal.h>

#include <cmath>
#include <limits>

#include "delta/action.h"
#include "delta/partition.h"
#include "delta/path.h"
#include "delta/stats.h"
#include "delta/value_text.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;
using namespace testing_support;
using types::Type;
using types::TypeId;

std::string Repeat(int count, std::string_view text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

constexpr std::string_view kGreatest = "\xF4\x8F\xBF\xBF";  // U+10FFFF

TEST(Stats, TextsAreCutAsSparkCutsThem) {
  EXPECT_EQ(TruncatedMin("short"), "short");
  EXPECT_EQ(TruncatedMin(Repeat(33, "é")), Repeat(32, "é"));
  EXPECT_EQ(TruncatedMax(Repeat(32, "z")), Repeat(32, "z"));
  EXPECT_EQ(TruncatedMax(Repeat(33, "z")), Repeat(32, "z") + "\x7F");
  EXPECT_EQ(TruncatedMax(Repeat(32, "a") + "é more"), Repeat(32, "a") + std::string(kGreatest));
  EXPECT_EQ(TruncatedMax(Repeat(32, "b") + Repeat(20, kGreatest)), std::nullopt);
  // A pair of surrogates is not split: 33 units.
  EXPECT_EQ(TruncatedMax(Repeat(31, "a") + "😀bc"), Repeat(31, "a") + "😀\x7F");
}

TEST(Stats, NumbersAreWrittenAsJavaDoes) {
  EXPECT_EQ(JavaText(1.0), "1.0");
  EXPECT_EQ(JavaText(-0.0), "-0.0");
  EXPECT_EQ(JavaText(1e20), "1.0E20");
  EXPECT_EQ(JavaText(1.25e-5), "1.25E-5");
  EXPECT_EQ(JavaText(0.001), "0.001");
  EXPECT_EQ(JavaText(123456.789), "123456.789");
  EXPECT_EQ(JavaText(9999999.0), "9999999.0");
  EXPECT_EQ(JavaText(12345678.0), "1.2345678E7");
  EXPECT_EQ(JavaText(1.1F), "1.1");
  EXPECT_EQ(JavaText(std::numeric_limits<double>::denorm_min()), "4.9E-324");
  EXPECT_EQ(JavaText(std::numeric_limits<float>::denorm_min()), "1.4E-45");
  EXPECT_EQ(JavaText(2 * std::numeric_limits<double>::denorm_min()), "9.9E-324");
  EXPECT_EQ(JavaText(4 * std::numeric_limits<double>::denorm_min()), "2.0E-323");
  EXPECT_EQ(JavaText(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(DecimalText("-310", 2), "-3.10");
  EXPECT_EQ(DecimalText("1", 18), "0.000000000000000001");
  EXPECT_EQ(DecimalText("0", 2), "0.00");
  EXPECT_EQ(DecimalText("42", 0), "42");
}

TEST(Stats, TimesAreRoundedDownToMilliseconds) {
  EXPECT_EQ(TimestampText(1'500, 3, 'T'), "1970-01-01T00:00:00.001");
  EXPECT_EQ(TimestampText(-1, 3, 'T'), "1969-12-31T23:59:59.999");
  EXPECT_EQ(DateText(-719'162), "0001-01-01");
  EXPECT_EQ(DateText(2'932'896), "9999-12-31");
}

std::shared_ptr<arrow::Array> Doubles(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return builder.Finish().ValueOrDie();
}

TEST(Stats, NanIsTheGreatest) {
  const auto stats = MakeLeafStats(Type(TypeId::kDouble));
  stats->Add(*Doubles({1.5, std::nan(""), -std::numeric_limits<double>::infinity()}));
  EXPECT_EQ(stats->MinJson(), R"("-Infinity")");
  EXPECT_EQ(stats->MaxJson(), R"("NaN")");
}

TEST(Stats, TextsThatShareTheirFirstBytesAreComparedWhole) {
  const auto stats = MakeLeafStats(Type(TypeId::kString));
  arrow::StringBuilder builder;
  for (const char* text : {"prefix12-b", "prefix12-a", "prefix12-c", "prefix12", "q", "prefix1"}) {
    ASSERT_TRUE(builder.Append(text).ok());
  }
  stats->Add(*builder.Finish().ValueOrDie());
  EXPECT_EQ(stats->MinJson(), R"("prefix1")");
  EXPECT_EQ(stats->MaxJson(), R"("q")");
}

// Values are compared by numbers made of 8 bytes each, before they are compared as texts.
TEST(Stats, TextsAreComparedByBytesWhereverTheyDiffer) {
  const std::string sixteen = "0123456789abcdef";
  for (size_t same = 0; same <= sixteen.size(); ++same) {
    SCOPED_TRACE(same);
    const std::string begin = sixteen.substr(0, same);
    const auto stats = MakeLeafStats(Type(TypeId::kString));
    arrow::StringBuilder builder;
    for (const char* end : {"m-more", "m", "\x7f-", "m-more", "\x01zzz", "n", "\x01zz", "\x7f"}) {
      ASSERT_TRUE(builder.Append(begin + end).ok());
    }
    stats->Add(*builder.Finish().ValueOrDie());
    EXPECT_EQ(stats->MinJson(), fmt::format("\"{}\\u0001zz\"", begin));
    EXPECT_EQ(stats->MaxJson(), fmt::format("\"{}\x7f-\"", begin));
  }
}

TEST(Stats, BoundsHoldOverSlicesAndNulls) {
  arrow::Int64Builder builder;
  ASSERT_TRUE(
      builder.AppendValues({-99, 5, 3, 0, 8, 77}, {true, true, true, false, true, true}).ok());
  const auto array = builder.Finish().ValueOrDie();
  const auto stats = MakeLeafStats(Type(TypeId::kLong));
  stats->Add(*array->Slice(1, 4));
  EXPECT_EQ(stats->MinJson(), "3");
  EXPECT_EQ(stats->MaxJson(), "8");
}

// In Spark: st STRUCT<x INT, s STRUCT<only ARRAY>>; a struct without bounds is left out, one whose
// values are all NULL is {}.
TEST(Stats, StructsNestAndCountNullsOfTheirParents) {
  const types::Schema schema{{.name = "st",
                              .type = Type::Struct({Column("x", TypeId::kInt),
                                                    {.name = "l",
                                                     .type = Type::Array(Type(TypeId::kInt)),
                                                     .nullable = true,
                                                     .comment = {}}}),
                              .nullable = true,
                              .comment = {}}};
  auto builder = arrow::MakeBuilder(columnar::ToArrow(schema[0].type)).ValueOrDie();
  ASSERT_TRUE(builder->AppendNull().ok());
  ASSERT_TRUE(builder->AppendEmptyValue().ok());
  const auto batch =
      arrow::RecordBatch::Make(columnar::ToArrow(schema), 2, {builder->Finish().ValueOrDie()});
  StatsCollector stats(schema, {});
  stats.Add(*batch);
  EXPECT_EQ(stats.ToJson(),
            R"({"numRecords":2,"minValues":{"st":{"x":0}},"maxValues":{"st":{"x":0}},)"
            R"("nullCount":{"st":{"x":1,"l":1}}})");
}

TEST(Stats, OnlyTheFirstLeavesOrTheNamedOnesAreLookedAt) {
  const types::Schema schema = OrdersSchema();
  const auto batch = OrdersBatch({{1, "a"}});
  StatsCollector first(schema, {{"delta.dataSkippingNumIndexedCols", "1"}});
  first.Add(*batch);
  EXPECT_EQ(first.ToJson(),
            R"({"numRecords":1,"minValues":{"id":1},"maxValues":{"id":1},"nullCount":{"id":0}})");
  StatsCollector named(schema, {{"delta.dataSkippingStatsColumns", "`name`"}});
  named.Add(*batch);
  EXPECT_THAT(named.ToJson(), HasSubstr(R"("nullCount":{"name":0})"));
  StatsCollector none(schema, {{"delta.dataSkippingNumIndexedCols", "0"}});
  none.Add(*batch);
  EXPECT_EQ(none.ToJson(), R"({"numRecords":1})");
}

TEST(Partition, ValuesGoThroughTheLogAndBack) {
  const std::vector<std::pair<Type, std::string>> cases{
      {Type(TypeId::kInt), "-7"},
      {Type(TypeId::kBoolean), "true"},
      {Type(TypeId::kDouble), "1.0E20"},
      {Type(TypeId::kDate), "2020-02-29"},
      {Type::Decimal(10, 2), "1.50"},
      {Type(TypeId::kString), "a/b=c %:é"},
      {Type(TypeId::kTimestamp), "1970-01-01T00:00:00.123456Z"},
      {Type(TypeId::kTimestampNtz), "2020-02-29 12:34:56.5"},
      {Type(TypeId::kBinary), "é"}};
  for (const auto& [type, text] : cases) {
    const auto array = PartitionArray(type, text, 2);
    ASSERT_THAT(array, IsOk()) << text;
    EXPECT_EQ(PartitionText(**array, type, 1), text);
  }
  EXPECT_EQ(PartitionArray(Type(TypeId::kInt), "", 1).value()->null_count(), 1);
  EXPECT_THAT(PartitionArray(Type(TypeId::kInt), "x", 1),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("'x'")));
}

// In the names of folders times stand in local form. Source: Spark 4.1.2 with Delta 4.4.0.
TEST(Partition, FoldersSayTimesInAnotherForm) {
  const auto text = [](TypeId id, const char* value) {
    const Type type(id);
    return PartitionFolderText(**PartitionArray(type, value, 1), type, 0);
  };
  EXPECT_EQ(text(TypeId::kTimestamp, "1970-01-01T00:00:00.120000Z"), "1970-01-01 00:00:00.12");
  EXPECT_EQ(text(TypeId::kTimestamp, "0001-01-01T00:00:00Z"), "0001-01-01 00:00:00");
  EXPECT_EQ(text(TypeId::kTimestampNtz, "1900-01-01 00:00:00"), "1900-01-01 00:00:00");
  EXPECT_EQ(text(TypeId::kInt, ""), std::nullopt);
}

TEST(Partition, TimesAreReadInAllFormsInUse) {
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01"), 1'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01.5"), 1'500'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(ParseTimestamp("1970-01-02"), 86'400'000'000);
  EXPECT_EQ(ParseTimestamp("1970-13-01 00:00:00"), std::nullopt);
  EXPECT_EQ(ParseTimestamp("yesterday"), std::nullopt);
}

TEST(Path, IsEncodedOnceAndDecodedOnce) {
  EXPECT_EQ(PartitionFolder("s", "a/b=c %:é"), "s=a%2Fb%3Dc %25%3Aé");
  EXPECT_EQ(EncodePath("s=a%2Fb%3Dc %25%3Aé"), "s=a%252Fb%253Dc%20%2525%253Aé");
  EXPECT_EQ(DecodePath("s=a%252Fb%253Dc%20%2525%253Aé"), "s=a%2Fb%3Dc %25%3Aé");
  EXPECT_EQ(DecodePath("100%"), "100%");
  EXPECT_EQ(PartitionFolder("d", std::nullopt), "d=__HIVE_DEFAULT_PARTITION__");
}

TEST(Path, AllSpellingsOfAFileAreOne) {
  for (const char* path : {"/some/with%20space/p@%23h", "file:/some/with%20space/p@%23h",
                           "file:///some/with%20space/p@%23h"}) {
    EXPECT_EQ(DecodePath(path), "/some/with space/p@#h");
  }
  EXPECT_TRUE(IsAbsolutePath("s3://bucket/x"));
  EXPECT_FALSE(IsAbsolutePath("a=1/part"));
}

TEST(LogNames, AreReadStrictly) {
  using Kind = LogFileName::Kind;
  EXPECT_EQ(ParseLogFileName("00000000000000000003.json")->version, Version{3});
  EXPECT_EQ(ParseLogFileName("00000000000000000003.checkpoint.parquet")->kind, Kind::kCheckpoint);
  const auto part =
      ParseLogFileName("00000000000000000003.checkpoint.0000000002.0000000004.parquet");
  EXPECT_EQ(part->part, 2);
  EXPECT_EQ(part->parts, 4);
  EXPECT_EQ(
      ParseLogFileName("00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json")
          ->kind,
      Kind::kCheckpointV2);
  for (const char* name :
       {"3.json", "0000000000000000000x.json", "_last_checkpoint", "00000000000000000003.json.tmp",
        ".00000000000000000003.json.crc", "-0000000000000000003.json",
        "00000000000000000003.checkpoint.0000000005.0000000004.parquet"}) {
    EXPECT_FALSE(ParseLogFileName(name).has_value()) << name;
  }
}

TEST(ActionJson, SaysLineActionAndFieldOfWhatIsWrong) {
  EXPECT_THAT(ParseActions("{\"commitInfo\":{}}\n{\"add\":{\"size\":1}}"),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("line 2: add: no field 'path'")));
  EXPECT_THAT(ParseActions("{\"txn\":{\"appId\":\"a\",\"version\":1.5}}"),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("'version' is not a whole number")));
  EXPECT_THAT(ParseActions("{nope"), FailsWith(ErrorKind::kCorrupt, HasSubstr("line 1")));
  EXPECT_THAT(ParseActions("{\"future\":{\"x\":1}}"), IsOk());
}

TEST(ActionJson, FilesGoThroughUnchanged) {
  AddFile file{.path = "p=1/a b.parquet",
               .partition_values = {{"p", "1"}, {"q", std::nullopt}},
               .size_bytes = 5,
               .modified_ms = 6,
               .data_change = true,
               .stats = R"({"numRecords":3})"};
  FileExtras extras;
  extras.tags = {{"k", "v"}};
  extras.deletion_vector = DeletionVector{"u", "ab^-aqEH.-t@S}K{vb[*k^", 4, 40, 6};
  file.extras = std::make_shared<const FileExtras>(extras);
  std::string json;
  AppendJson(file, json);
  const Actions actions = ParseActions(json).value();
  ASSERT_EQ(actions.adds.size(), 1U);
  EXPECT_EQ(actions.adds[0].path, file.path);
  EXPECT_EQ(actions.adds[0].partition_values, file.partition_values);
  EXPECT_EQ(actions.adds[0].num_records, 3);
  EXPECT_EQ(actions.adds[0].deletion_vector_id(), "uab^-aqEH.-t@S}K{vb[*k^@4");
  EXPECT_EQ(actions.adds[0].extras->tags, extras.tags);
}

}  // namespace
}  // namespace oresmith::delta
