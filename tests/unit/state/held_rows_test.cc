#include "state/held_rows.h"

#include <arrow/builder.h>
#include <gtest/gtest.h>

#include <numeric>

#include "state/batch_bytes.h"

namespace oresmith::state {
namespace {

/// A column of instants; a negative one is NULL.
columnar::Batch Instants(const std::vector<int64_t>& times) {
  const auto type = arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
  arrow::TimestampBuilder builder(type, arrow::default_memory_pool());
  for (const int64_t time : times) {
    EXPECT_TRUE((time < 0 ? builder.AppendNull() : builder.Append(time)).ok());
  }
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("at", type)}),
                                  static_cast<int64_t>(times.size()), {*builder.Finish()});
}

std::vector<int64_t> TimesIn(const std::vector<columnar::Batch>& batches) {
  std::vector<int64_t> times;
  for (const columnar::Batch& batch : batches) {
    const auto some = TimesOf(*batch, {.column = 0});
    times.insert(times.end(), some.begin(), some.end());
  }
  return times;
}

TEST(HeldRowsTest, GivesEachRowOnceItsTimeHasPassed) {
  HeldRows held({.column = 0});
  held.Add(Instants({5, 1, 9}));
  held.Add(Instants({2, 3}));
  held.Add(Instants({-1, 30}));
  EXPECT_EQ(held.earliest(), 1);
  EXPECT_TRUE(held.TakeUpTo(0)->empty());
  EXPECT_EQ(TimesIn(*held.TakeUpTo(3)), (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(held.earliest(), 5);
  EXPECT_EQ(TimesIn(*held.TakeUpTo(9)), (std::vector<int64_t>{5, 9}));
  EXPECT_EQ(TimesIn(*held.TakeUpTo(1000)), (std::vector<int64_t>{30}));
  EXPECT_EQ(held.rows(), 1) << "a row without a time waits for ever";
  EXPECT_EQ(held.earliest(), kNoTime);
}

TEST(BatchBytesTest, RowsComeBack) {
  const std::vector<columnar::Batch> batches{Instants({5, -1, 9}), Instants({7})};
  const auto bytes = ToBytes(batches);
  ASSERT_TRUE(bytes);
  const auto back = FromBytes(*bytes);
  ASSERT_TRUE(back);
  ASSERT_EQ(back->size(), 2U);
  EXPECT_TRUE((*back)[0]->Equals(*batches[0]));
  EXPECT_TRUE((*back)[1]->Equals(*batches[1]));
  EXPECT_EQ(*ToBytes({}), "");
  EXPECT_TRUE(FromBytes("")->empty());
  EXPECT_EQ(FromBytes("no rows").error().kind, ErrorKind::kCorrupt);
}

TEST(BatchBytesTest, PicksRowsInAnyOrder) {
  const columnar::Batch batch = Instants({0, 1, 2, -1, 4, 5});
  EXPECT_EQ(TimesIn({*Pick(batch, {4, 5, 3, 0, 0, 1})}),
            (std::vector<int64_t>{4, 5, kNoTime, 0, 0, 1}));
  EXPECT_EQ((*Pick(batch, {}))->num_rows(), 0);
  // As many rows as there are, but others.
  EXPECT_EQ(TimesIn({*Pick(batch, {5, 5, 5, 5, 5, 5})}), (std::vector<int64_t>(6, 5)));
}

}  // namespace
}  // namespace oresmith::state
