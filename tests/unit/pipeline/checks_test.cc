#include "pipeline/checks.h"

#include <arrow/builder.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace oresmith::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A column id = 0, 1, 2, ... and one check column for each list.
columnar::Batch MakeBatch(const std::vector<std::vector<std::optional<bool>>>& checks) {
  const auto rows = static_cast<int64_t>(checks[0].size());
  arrow::Int64Builder ids;
  for (int64_t i = 0; i < rows; ++i) EXPECT_TRUE(ids.Append(i).ok());
  arrow::FieldVector fields{arrow::field("id", arrow::int64())};
  arrow::ArrayVector columns{*ids.Finish()};
  for (const auto& check : checks) {
    arrow::BooleanBuilder builder;
    for (const auto& value : check) {
      EXPECT_TRUE((value ? builder.Append(*value) : builder.AppendNull()).ok());
    }
    fields.push_back(arrow::field("check", arrow::boolean()));
    columns.push_back(*builder.Finish());
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, columns);
}

std::vector<int64_t> Ids(const columnar::Batch& batch) {
  const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
  std::vector<int64_t> values;
  for (int64_t i = 0; i < ids.length(); ++i) values.push_back(ids.Value(i));
  return values;
}

TEST(ApplyRules, DropRowTakesRowsOutAndNamesTheRules) {
  std::vector<RuleCount> counts(2);
  const auto checked = ApplyRules(
      MakeBatch({{true, false, true, false}, {true, true, true, false}}), 1,
      {{"first", sql::OnViolation::kDropRow}, {"second", sql::OnViolation::kDropRow}}, counts);
  ASSERT_TRUE(checked);
  EXPECT_THAT(Ids(checked->kept), ElementsAre(0, 2));
  EXPECT_EQ(checked->kept->num_columns(), 1);
  ASSERT_EQ(checked->dropped.size(), 2u);
  EXPECT_THAT(checked->dropped[0].rules, ElementsAre("first"));
  EXPECT_THAT(checked->dropped[1].rules, ElementsAre("first", "second"));
  EXPECT_EQ(counts[0].passed, 2);
  EXPECT_EQ(counts[0].failed, 2);
  EXPECT_EQ(counts[1].failed, 1);
}

TEST(ApplyRules, NullCountsAsAViolation) {
  std::vector<RuleCount> counts(1);
  const auto checked = ApplyRules(MakeBatch({{std::nullopt, true}}), 1,
                                  {{"rule", sql::OnViolation::kDropRow}}, counts);
  EXPECT_THAT(Ids(checked->kept), ElementsAre(1));
  EXPECT_EQ(counts[0].failed, 1);
}

TEST(ApplyRules, AWarningCountsAndKeeps) {
  std::vector<RuleCount> counts(1);
  const auto checked =
      ApplyRules(MakeBatch({{false, true}}), 1, {{"rule", sql::OnViolation::kWarn}}, counts);
  EXPECT_THAT(Ids(checked->kept), ElementsAre(0, 1));
  EXPECT_EQ(counts[0].failed, 1);
}

TEST(ApplyRules, FailUpdateNamesTheRuleAndTheRow) {
  std::vector<RuleCount> counts(1);
  const auto checked =
      ApplyRules(MakeBatch({{true, false}}), 1, {{"paid", sql::OnViolation::kFailUpdate}}, counts);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind, ErrorKind::kBadRecord);
  EXPECT_THAT(checked.error().message, HasSubstr("paid"));
  EXPECT_THAT(checked.error().message, HasSubstr("\"id\":1"));
}

TEST(ApplyRules, AllRowsMayGo) {
  std::vector<RuleCount> counts(1);
  const auto checked =
      ApplyRules(MakeBatch({{false, false}}), 1, {{"rule", sql::OnViolation::kDropRow}}, counts);
  EXPECT_EQ(checked->kept->num_rows(), 0);
  EXPECT_EQ(checked->dropped.size(), 2u);
}

}  // namespace
}  // namespace oresmith::pipeline
