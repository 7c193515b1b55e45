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

  engine::FieldDrift Unknown(int64_t with, int64_t records, int64_t twin_with) const {
    return {.call = call_,
            .path = "line_iems",
            .in_schema = false,
            .records_with = with,
            .records = records,
            .twin = "line_items",
            .twin_with = twin_with};
  }
};

// The published sample spells one field wrong in all records; with Spark nobody is told.
TEST_F(DriftLogTest, AMisspeltFieldIsToldWithTheLineToChange) {
  log_.Add({Unknown(29, 29, 0)});
  const std::vector<Error> warnings = log_.Warnings();
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0].message, "order_items: unknown field `line_iems` was in 29 of 29 records");
  EXPECT_EQ(warnings[0].note, "the schema's field `line_items` was in 0 of these 29 records");
  EXPECT_EQ(warnings[0].place->line, 2);
  EXPECT_EQ(warnings[0].place->column, 25);
  EXPECT_THAT(warnings[0].fix, HasSubstr("coalesce(line_items, line_iems)"));
}

TEST_F(DriftLogTest, EpochsAddUpAndAreToldOnce) {
  log_.Add({Unknown(9, 10, 0)});
  EXPECT_EQ(log_.TakeNew().size(), 1u);
  log_.Add({Unknown(20, 100, 0)});
  EXPECT_TRUE(log_.TakeNew().empty());
  EXPECT_THAT(log_.Warnings()[0].message, HasSubstr("in 29 of 110 records"));
}

TEST_F(DriftLogTest, AFieldThatNoRecordHasIsToldAndForgottenWhenOneComes) {
  engine::FieldDrift missing;
  missing.call = call_;
  missing.path = "id";
  missing.in_schema = true;
  missing.records = 5;
  log_.Add({missing});
  ASSERT_EQ(log_.Warnings().size(), 1u);
  EXPECT_THAT(log_.Warnings()[0].message, HasSubstr("`id` of the schema was in 0 of 5 records"));
  missing.records_with = 1;
  log_.Add({missing});
  EXPECT_TRUE(log_.Warnings().empty());
}

}  // namespace
}  // namespace oresmith::pipeline
