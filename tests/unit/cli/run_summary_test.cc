#include "cli/run_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

pipeline::TableProgress Table(std::string name, std::string kind, int64_t version) {
  pipeline::TableProgress table;
  table.name = std::move(name);
  table.kind = std::move(kind);
  table.state = pipeline::FlowState::kCompleted;
  table.version = version;
  return table;
}

TEST(RenderSummary, EndsWithWhereTheTablesLieAndAQueryThatWorks) {
  pipeline::UpdateSummary summary;
  summary.progress.elapsed = std::chrono::milliseconds(1234);
  summary.progress.tables = {Table("bronze.orders_raw", "streaming table", 0),
                             Table("gold.revenue", "materialized view", 3),
                             Table("gold.chicago_orders", "streaming table", 1)};
  summary.progress.tables[1].technique = "FULL_RECOMPUTE";
  const std::string text = RenderSummary(summary, "/data/lakehouse", "oresmith query 'my shop'");
  EXPECT_THAT(text, HasSubstr("done in 1.2 s\n"));
  EXPECT_THAT(text, HasSubstr("tables: /data/lakehouse\n"));
  EXPECT_THAT(
      text,
      HasSubstr("query:  oresmith query 'my shop' \"SELECT * FROM gold.revenue LIMIT 10\"\n"));
  EXPECT_THAT(text, HasSubstr("FULL_RECOMPUTE"));
}

TEST(RenderSummary, ATableThatWasNotMadeIsNotOffered) {
  pipeline::UpdateSummary summary;
  summary.cancelled = true;
  summary.progress.tables = {Table("bronze.orders_raw", "streaming table", -1)};
  const std::string text = RenderSummary(summary, "/data", "oresmith query");
  EXPECT_THAT(text, HasSubstr("stopped as asked after 0.0 s\n"));
  EXPECT_THAT(text, Not(HasSubstr("query:")));
}

TEST(QueryCall, LeavesOutTheCurrentFolder) {
  EXPECT_EQ(QueryCall("oresmith", "."), "oresmith query");
  EXPECT_EQ(QueryCall("oresmith", "my shop"), "oresmith query 'my shop'");
}

}  // namespace
}  // namespace oresmith::cli
