// A pipeline with every stateful operator, whose storage dies at any of its calls: after the next
// start its tables are those of a run that nothing disturbed.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "delta/scan.h"
#include "pipeline/definition.h"
#include "pipeline/update.h"
#include "support/faulty_store.h"
#include "support/manual_clock.h"
#include "unit/pipeline/support.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kSql = R"(
CREATE TEMPORARY VIEW orders AS SELECT * FROM STREAM read_files('orders', format => 'json',
  schema => 'id INT, at TIMESTAMP, n INT') WATERMARK at DELAY OF INTERVAL 20 MINUTES;
CREATE TEMPORARY VIEW payments AS SELECT * FROM STREAM read_files('payments', format => 'json',
  schema => 'order_id INT, paid_at TIMESTAMP') WATERMARK paid_at DELAY OF INTERVAL 20 MINUTES;
CREATE STREAMING TABLE once AS
SELECT id, n FROM STREAM read_files('orders', format => 'json', schema => 'id INT, n INT')
QUALIFY row_number() OVER (PARTITION BY id ORDER BY n) = 1;
CREATE STREAMING TABLE different AS SELECT DISTINCT id FROM STREAM once WHERE id > 2;
CREATE STREAMING TABLE per_window AS
SELECT window.end AS ends, count(*) AS orders, sum(n) AS n FROM STREAM orders
GROUP BY window(at, '10 minutes');
CREATE STREAMING TABLE paid AS SELECT id, paid_at FROM STREAM orders LEFT JOIN STREAM payments
ON id = order_id AND paid_at BETWEEN at AND at + INTERVAL 15 MINUTES;
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS rows FROM once;
)";
constexpr const char* kTables[] = {"once", "different", "per_window", "paid", "total"};

class StreamCrashTest : public testing::Test {
 protected:
  StreamCrashTest() {
    folder_.Write("pipeline.sql", kSql);
    for (int file = 0; file < 4; ++file) {
      std::string orders, payments;
      for (int i = 0; i < 3; ++i) {
        const int minute = file * 12 + i * 3;
        orders += fmt::format("{{\"id\": {}, \"at\": \"2026-01-01 10:{:02}:00\", \"n\": {}}}\n",
                              (file * 2 + i) % 6, minute, file * 10 + i);
        payments += fmt::format("{{\"order_id\": {}, \"paid_at\": \"2026-01-01 10:{:02}:30\"}}\n",
                                (file * 2 + i) % 5, minute + 1);
      }
      folder_.Write(fmt::format("orders/{}.json", file), orders);
      folder_.Write(fmt::format("payments/{}.json", file), payments);
    }
    auto config = LoadConfig({.directory = folder_.path(),
                              .set = {{"oresmith.epochBytes", "1"}, {"oresmith.threads", "1"}},
                              .env = {}});
    definition_ = LoadDefinition(*std::move(config)).value();
    engine_ = engine::Engine::Open({.threads = 1, .spill_directory = {}}).value();
  }

  /// One update. False: it failed somewhere.
  bool Run(storage::Store& store) {
    const Selection everything;
    auto flows = BindAll(definition_, store, environment_, everything);
    if (!flows) return false;
    Update update(definition_, store, environment_);
    if (!update.Open(*engine_, *std::move(flows), everything)) return false;
    update.Run({}, {}, {});
    return update.Summary().errors.empty();
  }

  std::map<std::string, std::vector<std::string>> RowsIn(storage::Store& store) {
    std::map<std::string, std::vector<std::string>> rows;
    for (const char* table : kTables) {
      std::vector<std::string>& of_table = rows[table];
      auto opened =
          delta::Table::Open(store, fmt::format("main/default/{}", table), clock_, random_);
      if (!opened) continue;
      const auto relation =
          delta::ScanSnapshot(store, (*opened)->root(), *(*opened)->snapshot(), {});
      std::vector<int> columns;
      for (size_t i = 0; i < relation->schema().size(); ++i) columns.push_back(static_cast<int>(i));
      const auto reader = relation->Open(columns).value();
      while (const columnar::Batch batch = reader->Next().value()) {
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          of_table.push_back(columnar::RowToJson(*batch, row));
        }
      }
      std::sort(of_table.begin(), of_table.end());
    }
    return rows;
  }

  TestFolder folder_;
  ManualClock clock_;
  Random random_{1};
  Logger log_ = Logger::None();
  Environment environment_{.clock = clock_, .random = random_, .log = log_};
  Definition definition_;
  std::unique_ptr<engine::Engine> engine_;
};

/// Each call in the long suite.
constexpr int kStep = kCallStep == 1 ? 1 : 53;

TEST_F(StreamCrashTest, DyingAtAnyCallOfTheStorageLosesAndDoublesNothing) {
  const auto undisturbed = storage::MakeMemoryStore();
  ASSERT_TRUE(Run(*undisturbed));
  const auto expected = RowsIn(*undisturbed);
  for (const char* table : kTables) ASSERT_FALSE(expected.at(table).empty()) << table;
  for (const Death death : {Death::kBefore, Death::kAfter, Death::kFullDisk}) {
    bool died = true;
    for (int calls = 1 + static_cast<int>(death) * 17; died; calls += kStep) {
      const auto inner = storage::MakeMemoryStore();
      FaultyStore store(*inner, calls, death, /*recovers=*/false);
      static_cast<void>(Run(store));
      died = store.has_died();
      ASSERT_TRUE(Run(*inner)) << NameOf(death) << " at call " << calls;
      ASSERT_EQ(RowsIn(*inner), expected) << NameOf(death) << " at call " << calls;
    }
  }
}

// A fault that passes: the flow fails, and the next update goes on from the state on the disk.
TEST_F(StreamCrashTest, AfterAFailureTheStateIsReadAgain) {
  const auto undisturbed = storage::MakeMemoryStore();
  ASSERT_TRUE(Run(*undisturbed));
  const auto expected = RowsIn(*undisturbed);
  bool died = true;
  for (int calls = 3; died; calls += 2 * kStep) {
    const auto inner = storage::MakeMemoryStore();
    FaultyStore store(*inner, calls, Death::kBefore, /*recovers=*/true);
    static_cast<void>(Run(store));
    died = store.has_died();
    store.Revive();
    ASSERT_TRUE(Run(store)) << calls;
    ASSERT_EQ(RowsIn(*inner), expected) << calls;
  }
}

}  // namespace
}  // namespace oresmith::pipeline
