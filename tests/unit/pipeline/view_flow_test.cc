// Materialized views equal their queries at every step of random histories, whatever technique
// brought them there.

#include "pipeline/view_flow.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "columnar/batch.h"
#include "pipeline/pipeline.h"
#include "unit/pipeline/support.h"

namespace oresmith::pipeline {
namespace {

using testing::Contains;
using testing::Not;

struct View {
  std::string_view name;
  std::string_view query;
};

constexpr std::array kViews{
    View{"filtered", "SELECT id, amount * 2 AS twice FROM a WHERE q > 2"},
    View{"joined", "SELECT a.id, b.region FROM a LEFT JOIN b ON a.city = b.city"},
    View{"both", "SELECT id, q FROM a UNION ALL SELECT id, q FROM c WHERE q < 5"},
    View{"grouped",
         "SELECT city, count(*) AS n, count(amount) AS m, sum(amount) AS s, avg(amount) AS x, "
         "avg(q) AS y, min(q) AS lo, max(id) AS hi, max_by(q, id) AS newest, min_by(amount, id) AS "
         "first_amount, bool_or(ok) AS any_ok, bool_and(ok) AS all_ok, count_if(ok) AS oks, "
         "sum(q) FILTER (WHERE ok) AS ok_q FROM a GROUP BY city"},
    View{"whole", "SELECT count(*) AS n, sum(q) AS s, avg(q) AS x, max(amount) AS m FROM a"},
    View{"busy", "SELECT city, sum(q) AS s FROM a GROUP BY city HAVING count(*) > 3"},
    View{"cities", "SELECT DISTINCT city, ok FROM a"},
    View{"by_region",
         "SELECT region, sum(amount) AS s FROM a JOIN b ON a.city = b.city GROUP BY region"},
    View{"pairs",
         "SELECT l.city, l.n, r.n AS c_n FROM (SELECT city, count(*) AS n FROM a GROUP BY city) l "
         "LEFT JOIN (SELECT city, count(*) AS n FROM c GROUP BY city) r ON l.city <=> r.city"},
    View{"nested",
         "SELECT n, count(*) AS cities FROM (SELECT city, count(*) AS n FROM a GROUP BY city) "
         "GROUP BY n"},
    View{"different", "SELECT count(DISTINCT city) AS n FROM a"},
    View{"ranked", "SELECT id, row_number() OVER (PARTITION BY city ORDER BY id) AS place FROM a"},
    View{"over_view", "SELECT sum(n) AS n, max(s) AS s FROM grouped"},
    View{"all_rows", "SELECT count(*) AS n FROM (SELECT id FROM a UNION ALL SELECT id FROM c)"},
};

std::string PipelineSql() {
  std::string sql;
  for (const std::string_view table : {"a", "c"}) {
    sql += fmt::format(
        "CREATE STREAMING TABLE {0} AS SELECT * FROM STREAM read_files('in_{0}', format => 'json', "
        "schema => 'id INT, city STRING, amount DECIMAL(10,2), q INT, ok BOOLEAN');\n",
        table);
  }
  sql +=
      "CREATE STREAMING TABLE b AS SELECT * FROM STREAM read_files('in_b', format => 'json', "
      "schema => 'city STRING, region STRING');\n";
  for (const View& view : kViews) {
    sql += fmt::format("CREATE MATERIALIZED VIEW {} AS {};\n", view.name, view.query);
  }
  sql +=
      "CREATE MATERIALIZED VIEW ruled (CONSTRAINT big EXPECT (q > 3) ON VIOLATION DROP ROW) AS "
      "SELECT id, q FROM a;\n";
  return sql;
}

/// Time stands still; when the pipeline waits for its next update, `on_wait` is called instead.
/// Shorter waits are those of the tables' own threads.
class StepClock final : public Clock {
 public:
  Instant Now() const override { return Instant{1'700'000'000'000'000}; }
  std::chrono::nanoseconds Steady() const override { return std::chrono::nanoseconds{0}; }
  void Sleep(std::chrono::nanoseconds duration, std::stop_token) const override {
    if (duration >= std::chrono::seconds(1)) on_wait();
  }
  std::function<void()> on_wait;
};

class ViewFlowTest : public testing::TestWithParam<unsigned> {
 protected:
  ViewFlowTest() : dice_(GetParam()) {}

  int Dice(int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(dice_); }

  void WriteOrders(const std::string& table) {
    std::string lines;
    for (int i = Dice(6); i >= 0; --i) {
      const int city = Dice(5);
      lines +=
          fmt::format(R"({{"id": {}, "city": {}, "amount": {}, "q": {}, "ok": {}}})"
                      "\n",
                      ++ids_, city == 0 ? "null" : fmt::format("\"c{}\"", city),
                      Dice(4) == 0 ? "null" : fmt::format("{}.{:02}", Dice(90), Dice(100)), Dice(9),
                      std::array{"true", "false", "null"}[static_cast<size_t>(Dice(3))]);
    }
    folder_.Write(fmt::format("in_{}/{}.json", table, ++files_), lines);
  }

  void WriteCity() {
    folder_.Write(
        fmt::format("in_b/{}.json", ++files_),
        fmt::format("{{\"city\": \"c{}\", \"region\": \"r{}\"}}\n", 1 + Dice(4), Dice(3)));
  }

  std::vector<std::string> Rows(const std::string& sql) {
    auto result = pipeline_->Query(sql, {});
    if (!result) {
      ADD_FAILURE() << sql << ": " << result.error()[0].message;
      return {};
    }
    std::vector<std::string> rows;
    for (const columnar::Batch& batch : result->batches) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        rows.push_back(columnar::RowToJson(*batch, row));
      }
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }

  void CompareAll() {
    for (const View& view : kViews) {
      EXPECT_EQ(Rows(fmt::format("SELECT * FROM {}", view.name)), Rows(std::string(view.query)))
          << "view " << view.name << ", step " << step_ << ", seed " << GetParam();
    }
    EXPECT_EQ(Rows("SELECT * FROM ruled"), Rows("SELECT id, q FROM a WHERE q > 3"));
  }

  TestFolder folder_;
  StepClock clock_;
  Random random_{1};
  Logger log_ = Logger::None();
  std::unique_ptr<Pipeline> pipeline_;
  std::mt19937 dice_;
  int ids_ = 0;
  int files_ = 0;
  int step_ = 0;
};

TEST_P(ViewFlowTest, EqualsItsQueryAtEveryStep) {
  constexpr int kSteps = 8;
  folder_.Write("p.sql", PipelineSql());
  for (const std::string table : {"a", "c"}) WriteOrders(table);
  WriteCity();
  auto pipeline = Pipeline::Load({.directory = folder_.path(), .set = {}, .env = {}},
                                 {.clock = clock_, .random = random_, .log = log_});
  ASSERT_TRUE(pipeline) << pipeline.error()[0].message;
  pipeline_ = std::move(*pipeline);
  std::stop_source stop;
  clock_.on_wait = [&] {
    if (step_ % 2 == 1) CompareAll();
    if (++step_ == kSteps || HasFailure()) {
      stop.request_stop();
      return;
    }
    // A correction from outside; the table's next epoch takes it in.
    if (Dice(4) == 0) Rows(fmt::format("DELETE FROM a WHERE id % 7 = {}", Dice(7)));
    if (Dice(3) > 0) WriteOrders("a");
    if (step_ % 3 == 0) WriteOrders("a");
    if (Dice(3) == 0) WriteOrders("c");
    if (Dice(4) == 0) WriteCity();
  };
  std::map<std::string, std::set<std::string>> techniques;
  const auto listen = [&](const Progress& progress) {
    for (const TableProgress& table : progress.tables) {
      techniques[table.name].insert(table.technique);
    }
  };
  const auto summary = pipeline_->Run({.mode = RunMode::kInterval}, listen, stop.get_token());
  ASSERT_TRUE(summary) << summary.error()[0].message;
  ASSERT_TRUE(summary->errors.empty()) << summary->errors[0].message;
  EXPECT_EQ(step_, kSteps);
  for (const char* view : {"filtered", "both", "ruled"}) {
    EXPECT_THAT(techniques[view], Contains("APPEND_ONLY")) << view;
  }
  for (const char* view : {"grouped", "whole", "busy", "cities", "pairs", "nested"}) {
    EXPECT_THAT(techniques[view], Contains("GROUP_AGGREGATE")) << view;
  }
  for (const char* view : {"different", "ranked"}) {
    EXPECT_THAT(techniques[view], Not(Contains("GROUP_AGGREGATE"))) << view;
  }
}

// Each update is a process of its own.
TEST_P(ViewFlowTest, GroupsAreKeptOverRestarts) {
  folder_.Write("p.sql", PipelineSql());
  std::map<std::string, std::set<std::string>> techniques;
  WriteCity();
  for (step_ = 0; step_ < 4; ++step_) {
    WriteOrders("a");
    if (step_ % 2 == 0) WriteOrders("c");
    pipeline_.reset();
    auto pipeline = Pipeline::Load({.directory = folder_.path(), .set = {}, .env = {}},
                                   {.clock = clock_, .random = random_, .log = log_});
    ASSERT_TRUE(pipeline) << pipeline.error()[0].message;
    pipeline_ = std::move(*pipeline);
    const auto summary = pipeline_->Run({}, {}, {});
    ASSERT_TRUE(summary) << summary.error()[0].message;
    ASSERT_TRUE(summary->errors.empty()) << summary->errors[0].message;
    CompareAll();
    if (step_ == 0) continue;
    for (const TableProgress& table : summary->progress.tables) {
      techniques[table.name].insert(table.technique);
    }
    // What was kept can be lost or damaged: it is made anew.
    if (step_ == 2) {
      folder_.Write("lakehouse/_checkpoints/main/default/grouped/grouped/state/0", "damaged");
      std::filesystem::remove_all(std::filesystem::path(folder_.path()) /
                                  "lakehouse/_checkpoints/main/default/whole/whole/state");
    }
  }
  for (const char* view : {"busy", "cities", "nested"}) {
    EXPECT_THAT(techniques[view], testing::ElementsAre("GROUP_AGGREGATE")) << view;
  }
  for (const char* view : {"grouped", "whole"}) {
    EXPECT_THAT(techniques[view], testing::ElementsAre("FULL_RECOMPUTE", "GROUP_AGGREGATE"))
        << view;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ViewFlowTest, testing::Range(1U, 5U));

}  // namespace
}  // namespace oresmith::pipeline
