// Files and row groups that a condition lets a scan pass over. The danger is always the same: one
// that holds a row which was asked for, and is passed over.

#include "delta/skipping.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "delta/scan.h"
#include "support/counting_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using testing_support::IsOk;
using testing_support::IsOkWith;

using types::Type;
using types::TypeId;

Literal Long(int64_t value) { return {Type(TypeId::kLong), value}; }
Literal Text(std::string value) { return {Type(TypeId::kString), std::move(value)}; }
Literal Real(double value) { return {Type(TypeId::kDouble), value}; }
Literal Time(int64_t micros) { return {Type(TypeId::kTimestamp), micros}; }
Literal Null(TypeId type) { return {Type(type), {}}; }

Metadata TestMetadata() {
  Metadata metadata;
  metadata.schema = {Column("n", TypeId::kLong),
                     Column("s", TypeId::kString),
                     Column("d", TypeId::kDouble),
                     Column("f", TypeId::kFloat),
                     Column("t", TypeId::kTimestamp),
                     Column("day", TypeId::kDate),
                     Column("p", TypeId::kInt),
                     {.name = "m", .type = Type::Decimal(10, 2)},
                     {.name = "st", .type = Type::Struct({Column("x", TypeId::kLong)})}};
  metadata.partition_columns = {"p"};
  return metadata;
}

/// Whether a file with these statistics may hold a row for which the condition is true.
bool MayMatchStats(const Predicate& predicate, std::string stats) {
  const AddFile file{.path = "f", .partition_values = {{"p", "7"}}, .stats = std::move(stats)};
  return Skipping(predicate, TestMetadata()).MayMatch(file);
}

constexpr auto kEqual = Comparison::kEqual;
constexpr auto kLess = Comparison::kLess;
constexpr auto kGreater = Comparison::kGreater;
constexpr auto kNotEqual = Comparison::kNotEqual;

TEST(Skipping, ComparesWithTheBoundsOfAWholeNumber) {
  const std::string stats =
      R"({"numRecords":3,"minValues":{"n":3},"maxValues":{"n":9},"nullCount":{"n":0}})";
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"n"}, kEqual, Long(3)), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"n"}, kEqual, Long(9)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"n"}, kEqual, Long(10)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"n"}, kLess, Long(3)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"n"}, kGreater, Long(9)), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"n"}, kNotEqual, Long(3)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Not(Predicate::Compare({"n"}, kLess, Long(10))), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::In({"n"}, {Long(1), Long(10)}), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::In({"n"}, {Long(1), Long(5)}), stats));
}

// In SQL, NOT of NULL is NULL: a condition with a NULL literal is true for no row either way.
TEST(Skipping, KnowsThreeValues) {
  const std::string stats =
      R"({"numRecords":3,"minValues":{"n":3},"maxValues":{"n":9},"nullCount":{"n":1}})";
  const Predicate unknown = Predicate::Compare({"n"}, kEqual, Null(TypeId::kLong));
  EXPECT_FALSE(MayMatchStats(unknown, stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Not(unknown), stats));
  EXPECT_FALSE(
      MayMatchStats(Predicate::Not(Predicate::In({"n"}, {Long(1), Null(TypeId::kLong)})), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::Or({unknown, Predicate::IsNull({"n"})}), stats));
}

TEST(Skipping, CountsNulls) {
  const std::string none = R"({"numRecords":3,"nullCount":{"n":0,"st":{"x":3}}})";
  EXPECT_FALSE(MayMatchStats(Predicate::IsNull({"n"}), none));
  EXPECT_TRUE(MayMatchStats(Predicate::Not(Predicate::IsNull({"n"})), none));
  EXPECT_TRUE(MayMatchStats(Predicate::IsNull({"st", "x"}), none));
  EXPECT_FALSE(MayMatchStats(Predicate::Not(Predicate::IsNull({"st", "x"})), none));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"st", "x"}, kNotEqual, Long(1)), none));
  // With wide bounds a count in between says nothing.
  EXPECT_TRUE(MayMatchStats(Predicate::IsNull({"n"}),
                            R"({"numRecords":3,"nullCount":{"n":2},"tightBounds":false})"));
}

TEST(Skipping, WithoutStatisticsEverythingMayMatch) {
  const Predicate predicate = Predicate::Compare({"n"}, kEqual, Long(3));
  for (const char* stats : {"", "{}", "no json", R"({"numRecords":3})",
                            R"({"minValues":{"n":"x"},"maxValues":{"n":[1]}})"}) {
    EXPECT_TRUE(MayMatchStats(predicate, stats)) << stats;
  }
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"no such"}, kEqual, Long(3)), "{}"));
}

// The bounds of a text are cut off: the least at 32 characters, the greatest rounded up.
TEST(Skipping, ATextMayLieBetweenCutBounds) {
  const std::string a(32, 'a');
  const std::string stats = R"({"numRecords":1,"minValues":{"s":")" + a +
                            R"("},"maxValues":{"s":")" + a + "\x7f" + R"("}})";
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"s"}, kEqual, Text(a + "z")), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"s"}, kEqual, Text("b")), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::StartsWith({"s"}, a + "zz"), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::StartsWith({"s"}, "aa"), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::StartsWith({"s"}, "ab"), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Not(Predicate::StartsWith({"s"}, "aa")), stats));
  // No greatest value: it may be any.
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"s"}, kGreater, Text("zz")),
                            R"({"numRecords":1,"minValues":{"s":"b"}})"));
}

// Spark cuts the greatest time to milliseconds too.
TEST(Skipping, ATimeMayBeUpToAMillisecondPastItsBound) {
  const std::string stats = R"({"numRecords":1,"minValues":{"t":"1970-01-01T00:00:01.000Z"},)"
                            R"("maxValues":{"t":"1970-01-01T00:00:01.000Z"}})";
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"t"}, kEqual, Time(1'000'999)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"t"}, kEqual, Time(1'001'000)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"t"}, kEqual, Time(999'999)), stats));
}

// NaN is the greatest of all values, and most writers leave it out of the bounds.
TEST(Skipping, NaNMayStandPastTheGreatestValue) {
  const std::string stats =
      R"({"numRecords":2,"minValues":{"d":-0.0},"maxValues":{"d":1.5},"nullCount":{"d":0}})";
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"d"}, kGreater, Real(100)), stats));
  EXPECT_TRUE(MayMatchStats(
      Predicate::Compare({"d"}, kEqual, Real(std::numeric_limits<double>::quiet_NaN())), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"d"}, kEqual, Real(2)), stats));
  EXPECT_FALSE(MayMatchStats(Predicate::Compare({"d"}, kLess, Real(0.0)), stats));
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"d"}, kEqual, Real(0.0)), stats));
  const std::string words =
      R"({"numRecords":2,"minValues":{"d":"-Infinity"},"maxValues":{"d":"NaN"}})";
  EXPECT_TRUE(MayMatchStats(Predicate::Compare({"d"}, kLess, Real(-1e300)), words));
}

// 0.1 as a float is a little more than 0.1 as a double.
TEST(Skipping, TheTextOfAFloatIsReadAsAFloat) {
  const std::string stats = R"({"numRecords":1,"minValues":{"f":0.1},"maxValues":{"f":0.1}})";
  EXPECT_TRUE(MayMatchStats(
      Predicate::Compare({"f"}, kEqual, {Type(TypeId::kFloat), static_cast<double>(0.1F)}), stats));
}

// Through a double these two would be one.
TEST(Skipping, DecimalsAreComparedDigitByDigit) {
  Metadata metadata = TestMetadata();
  metadata.schema.push_back({.name = "big", .type = Type::Decimal(38, 18)});
  const AddFile file{
      .path = "f",
      .partition_values = {{"p", "7"}},
      .stats = R"({"numRecords":1,"minValues":{"big":10000000000000000000.000000000000000001},)"
               R"("maxValues":{"big":10000000000000000000.000000000000000001}})"};
  const auto may_equal = [&](std::string digits) {
    const Literal literal{Type::Decimal(38, 18), std::move(digits)};
    return Skipping(Predicate::Compare({"big"}, kEqual, literal), metadata).MayMatch(file);
  };
  EXPECT_TRUE(may_equal("10000000000000000000.000000000000000001"));
  EXPECT_FALSE(may_equal("10000000000000000000.000000000000000002"));
}

TEST(Skipping, PartitionValuesDecideAlone) {
  const auto may_match = [](const Predicate& predicate, std::optional<std::string> value) {
    const AddFile file{.path = "f", .partition_values = {{"p", std::move(value)}}};
    return Skipping(predicate, TestMetadata()).MayMatch(file);
  };
  const Predicate seven = Predicate::Compare({"P"}, kEqual, Long(7));
  EXPECT_TRUE(may_match(seven, "7"));
  EXPECT_FALSE(may_match(seven, "8"));
  EXPECT_FALSE(may_match(seven, std::nullopt));
  EXPECT_FALSE(may_match(seven, ""));
  EXPECT_TRUE(may_match(seven, "seven"));  // the reader of the file says what is wrong
  EXPECT_TRUE(may_match(Predicate::IsNull({"p"}), ""));
  EXPECT_FALSE(may_match(Predicate::IsNull({"p"}), "7"));
}

class ScanSkips : public TableFixture {};

TEST_F(ScanSkips, FilesWithoutTheRowAreNotOpened) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}, {2, "b"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{10, "x"}, {11, std::nullopt}}), IsOk());
  const auto snapshot = table->snapshot();
  // The file that must not be read is not even there any more.
  ASSERT_THAT(store_->Delete("t/" + snapshot->files[0].path), IsOk());
  const auto counts = std::make_shared<ScanCounts>();
  const auto scan =
      ScanSnapshot(*store_, "t", *snapshot,
                   {.predicate = Predicate::Compare({"id"}, kGreater, Long(5)), .counts = counts});
  EXPECT_THAT(ReadOrders(*scan),
              IsOkWith(::testing::ElementsAre(Order{10, "x"}, Order{11, std::nullopt})));
  EXPECT_EQ(counts->files_skipped, 1);
  EXPECT_EQ(counts->files_read, 1);
  EXPECT_EQ(counts->row_groups_read, 1);
}

// A count needs no file, and its deleted rows are counted by the log too.
TEST_F(ScanSkips, RowsAreCountedByTheLogAlone) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}, {2, "b"}, {3, "c"}}), IsOk());
  Snapshot snapshot = *table->snapshot();
  AddFile file = snapshot.files[0];
  FileExtras extras;
  extras.deletion_vector = DeletionVector{.storage_type = "u",
                                          .path_or_inline = "ab^-aqEH.-t@S}K{vb[*k^",
                                          .offset = 1,
                                          .size_bytes = 34,
                                          .cardinality = 1};
  file.extras = std::make_shared<const FileExtras>(std::move(extras));
  snapshot.files.Append({std::make_shared<const AddFile>(file)});
  const auto counts = std::make_shared<ScanCounts>();
  const auto scan = ScanSnapshot(*store_, "t", snapshot, {.counts = counts});
  int64_t rows = 0;
  for (const auto batches = ReadBatches(*scan, {}).value(); const auto& batch : batches) {
    rows += batch->num_rows();
  }
  EXPECT_EQ(rows, 3 + 2);
  EXPECT_EQ(counts->files_read, 0);
}

// Without statistics in the log the footer of the file decides.
TEST_F(ScanSkips, RowGroupsAreSkippedByTheFooter) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}, {2, "b"}}), IsOk());
  Snapshot snapshot = *table->snapshot();
  AddFile file = snapshot.files[0];
  file.stats.clear();
  snapshot.files.Clear();
  snapshot.files.Append({std::make_shared<const AddFile>(file)});
  const auto rows_skipped = [&](const Predicate& predicate) {
    const auto counts = std::make_shared<ScanCounts>();
    const auto scan =
        ScanSnapshot(*store_, "t", snapshot, {.predicate = predicate, .counts = counts});
    EXPECT_THAT(ReadOrders(*scan), IsOk());
    return counts->row_groups_skipped.load();
  };
  EXPECT_EQ(rows_skipped(Predicate::Compare({"id"}, kGreater, Long(2))), 1);
  EXPECT_EQ(rows_skipped(Predicate::Compare({"id"}, kEqual, Long(2))), 0);
  EXPECT_EQ(rows_skipped(Predicate::Compare({"name"}, kEqual, Text("c"))), 1);
  EXPECT_EQ(rows_skipped(Predicate::IsNull({"name"})), 1);
  EXPECT_EQ(rows_skipped(Predicate::StartsWith({"name"}, "b")), 0);
}

// Who stops reading, as LIMIT does, has opened no more files than it has read rows of.
TEST_F(ScanSkips, FilesAreOpenedWhenTheirRowsAreAskedFor) {
  const auto table = CreateOrders("many").value();
  for (int64_t i = 0; i < 20; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  CountingStore counting(*store_);
  const auto scan = ScanSnapshot(counting, "many", *table->snapshot(), {});
  const auto reader = scan->Open({0, 1}).value();
  EXPECT_EQ(counting.Opened(".parquet").size(), 0U);
  for (size_t rows = 1; rows <= 3; ++rows) {
    const auto batch = reader->Next();
    ASSERT_THAT(batch, IsOk());
    EXPECT_EQ((*batch)->num_rows(), 1);
    EXPECT_EQ(counting.Opened(".parquet").size(), rows);
  }
}

}  // namespace
}  // namespace oresmith::delta
