#include <thread>

#include "delta/table.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;

/// Appends `count` single rows with numbers from `first` on.
void AppendMany(const std::string& folder, int64_t first, int count, uint64_t seed) {
  const auto store = storage::MakeLocalStore(folder);
  const SystemClock clock;
  Random random(seed);
  const auto table = Table::Open(*store, "t", clock, random).value();
  for (int64_t i = first; i < first + count; ++i) {
    EXPECT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  }
}

// Both lose races all the time. Each lost race that is not noticed is a lost commit.
TEST(Concurrency, TwoWritersOfOneFolderLoseAndDoubleNothing) {
  constexpr int kCommits = 200;
  const TemporaryFolder folder;
  const SystemClock clock;
  Random random(1);
  const auto store = storage::MakeLocalStore(folder.path());
  ASSERT_THAT(Table::Create(*store, "t", CreateOptions{.schema = OrdersSchema()}, clock, random),
              IsOk());
  {
    std::jthread first([&] { AppendMany(folder.path(), 0, kCommits, 2); });
    std::jthread second([&] { AppendMany(folder.path(), kCommits, kCommits, 3); });
  }
  const auto table = Table::Open(*store, "t", clock, random).value();
  EXPECT_EQ(Number(table->snapshot()->version), 2 * kCommits);
  const auto orders = ReadOrders(*table).value();
  ASSERT_EQ(orders.size(), size_t{2 * kCommits});
  for (int64_t i = 0; i < 2 * kCommits; ++i) EXPECT_EQ(orders[i].id, i);
}

// Row groups are decoded by whichever thread asks: each must be given out once.
TEST(Concurrency, ManyThreadsReadEachRowOnce) {
  const auto store = storage::MakeMemoryStore();
  const SystemClock clock;
  Random random(1);
  const auto table =
      Table::Create(*store, "t", CreateOptions{.schema = OrdersSchema()}, clock, random).value();
  int64_t next = 0;
  for (int file = 0; file < 5; ++file) {
    std::vector<Order> orders;
    for (int i = 0; i < 150'000; ++i) orders.push_back({next++, "x"});
    ASSERT_THAT(AppendOrders(*table, orders), IsOk());
  }
  const auto scan = table->Scan(table->snapshot());
  const auto reader = scan->Open({0}).value();
  std::atomic<int64_t> rows = 0;
  std::atomic<int64_t> sum = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        while (true) {
          const auto batch = reader->Next();
          ASSERT_THAT(batch, IsOk());
          if (*batch == nullptr) return;
          const auto& ids = static_cast<const arrow::Int64Array&>(*(*batch)->column(0));
          for (int64_t k = 0; k < ids.length(); ++k) sum += ids.Value(k);
          rows += ids.length();
        }
      });
    }
  }
  EXPECT_EQ(rows, next);
  EXPECT_EQ(sum, next * (next - 1) / 2);
}

}  // namespace
}  // namespace oresmith::delta
