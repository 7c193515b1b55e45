#include "pipeline/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::pipeline {
namespace {

using testing::HasSubstr;

class DriftLogTest : public testing::Test {
 protected:
  // The schema stands in line 2, `line_items` in column 25.
  sql::SourceText source_{"silver.sql", "SELECT\n  from_json(v, 'id INT, line_items INT')\nFROM t"};
  sql::Span call_{22, 46};
  DriftLog log_{"order_items", source_, {0, 6}};

  /// One epoch of `records` records: all have id, `with` have line_iems, `known` have line_items.
  std::vector<engine::CallFields> Epoch(int64_t records, int64_t with, int64_t known) const {
    format::JsonStatistics statistics;
    statistics.fields.push_back(
        {.path = "id", .in_schema = true, .with = records, .objects = records, .twin = {}});
    statistics.fields.push_back(
        {.path = "line_items", .in_schema = true, .with = known, .objects = records, .twin = {}});
    if (with > 0) {
      statistics.fields.push_back(
          {.path = "line_iems", .with = with, .objects = records, .twin = "line_items"});
    }
    return {{.call = call_, .statistics = std::move(statistics)}};
  }
};

// The published sample spells one field wrong in all records; with Spark nobody is told.
TEST_F(DriftLogTest, AMisspeltFieldIsToldWithTheLineToChange) {
  log_.Add(Epoch(29, 29, 0));
  const std::vector<Error> warnings = log_.Warnings();
  ASSERT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0].message, "order_items: unknown field `line_iems` was in 29 of 29 records");
  EXPECT_EQ(warnings[0].note, "the schema's field `line_items` was in 0 of these 29 records");
  EXPECT_EQ(warnings[0].place->line, 2);
  EXPECT_EQ(warnings[0].place->column, 25);
  EXPECT_THAT(warnings[0].fix, HasSubstr("coalesce(line_items, line_iems)"));
  EXPECT_EQ(warnings[1].message,
            "order_items: field `line_items` of the schema was in 0 of 29 records");
}

TEST_F(DriftLogTest, EpochsAddUpAndAreToldOnce) {
  log_.Add(Epoch(10, 9, 1));
  EXPECT_EQ(log_.TakeNew().size(), 1u);
  log_.Add(Epoch(100, 20, 80));
  log_.Add(Epoch(1000, 0, 1000));
  EXPECT_TRUE(log_.TakeNew().empty());
  EXPECT_THAT(log_.Warnings()[0].message, HasSubstr("in 29 of 1110 records"));
}

// An epoch of a stream may hold few records: that these lack an optional field says nothing.
TEST_F(DriftLogTest, AFieldThatWasInAnotherEpochIsNotMissing) {
  log_.Add(Epoch(5, 0, 2));
  log_.Add(Epoch(7, 0, 0));
  EXPECT_TRUE(log_.TakeNew().empty());
}

TEST_F(DriftLogTest, AFieldThatNoRecordHasIsToldAndForgottenWhenOneComes) {
  log_.Add(Epoch(5, 0, 0));
  log_.Add(Epoch(0, 0, 0));
  ASSERT_EQ(log_.Warnings().size(), 1u);
  EXPECT_THAT(log_.Warnings()[0].message,
              HasSubstr("`line_items` of the schema was in 0 of 5 records"));
  log_.Add(Epoch(1, 0, 1));
  EXPECT_TRUE(log_.Warnings().empty());
}

TEST_F(DriftLogTest, SourcesAndCallsAreCountedApart) {
  log_.Add(Epoch(5, 0, 5));
  log_.AddSource("in/", Epoch(3, 0, 0)[0].statistics);
  ASSERT_EQ(log_.Warnings().size(), 1u);
  EXPECT_THAT(log_.Warnings()[0].message, HasSubstr("was in 0 of 3 records"));
}

}  // namespace
}  // namespace oresmith::pipeline
