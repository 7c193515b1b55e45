// A process may be killed between any two calls of the store, or meet a full disk, a cut answer or
// another writer in any of them. Whatever it was doing then, the table must open, hold whole
// commits only, and take the next commit.

#include <tuple>

#include "delta/table.h"
#include "support/faulty_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;

constexpr int64_t kLast = 7;

class Fault : public TableFixture,
              public ::testing::WithParamInterface<std::tuple<Death, FilesHeld>> {
 protected:
  static Death Cause() { return std::get<0>(GetParam()); }
  static FilesHeld Held() { return std::get<1>(GetParam()); }

  Result<std::unique_ptr<Table>> OpenOrCreate(storage::Store& store) {
    auto table = Table::Open(store, "t", clock_, random_, Upkeep::kInCommit, Held());
    if (table || table.error().kind != ErrorKind::kNotFound) return table;
    const CreateOptions options{.schema = OrdersSchema(),
                                .configuration = {{"delta.checkpointInterval", "2"}}};
    return Table::Create(store, "t", options, clock_, random_, Upkeep::kInCommit, Held());
  }

  /// Creates the table and appends the orders 1 to 6, each with its number as a transaction; then
  /// replaces all by 7. Goes on where the table says it is: what an engine does on restart.
  Status Work(storage::Store& store) {
    TRY(const auto table, OpenOrCreate(store));
    const auto transactions = table->snapshot()->transactions;
    const auto done = transactions.find("flow");
    for (int64_t i = done == transactions.end() ? 1 : done->second + 1; i <= kLast; ++i) {
      CommitRequest request;
      TRY_DO(WriteInto(request, *table, OrdersBatch({{i, "x"}})));
      request.transactions = {{"flow", i}};
      request.overwrite = i == kLast;
      TRY_DO(table->Commit(request));
    }
    return {};
  }

  /// The table is whole: its rows are those of the commits that it counts.
  void Check(storage::Store& store) {
    const auto table = Table::Open(store, "t", clock_, random_);
    if (!table && table.error().kind == ErrorKind::kNotFound) return;
    ASSERT_THAT(table, IsOk());
    const auto transactions = (*table)->snapshot()->transactions;
    const auto found = transactions.find("flow");
    const int64_t done = found == transactions.end() ? 0 : found->second;
    std::vector<Order> expected;
    for (int64_t i = 1; i <= done && done < kLast; ++i) expected.push_back({i, "x"});
    if (done == kLast) expected.push_back({kLast, "x"});
    EXPECT_EQ(ReadOrders(**table).value(), expected);
    // The foreign commit takes a version of its own.
    const int64_t version = Number((*table)->snapshot()->version);
    EXPECT_TRUE(version == done || (Cause() == Death::kForeignCommit && version == done + 1))
        << version << " after " << done;
  }
};

INSTANTIATE_TEST_SUITE_P(Deaths, Fault,
                         ::testing::Combine(::testing::ValuesIn(kDeaths),
                                            ::testing::Values(FilesHeld::kAll,
                                                              FilesHeld::kSinceCheckpoint)),
                         [](const auto& info) {
                           const bool all = std::get<1>(info.param) == FilesHeld::kAll;
                           return std::string(NameOf(std::get<0>(info.param))) +
                                  (all ? "AllFiles" : "SinceCheckpoint");
                         });

TEST_P(Fault, KilledAtAnyCallTheTableIsWholeAndWorkGoesOn) {
  int calls = 0;
  for (bool died = true; died; calls += kCallStep) {
    SCOPED_TRACE(fmt::format("killed at call {}", calls));
    const auto disk = storage::MakeMemoryStore();
    FaultyStore store(*disk, calls, Cause(), /*recovers=*/false);
    const Status work = Work(store);
    died = store.has_died();
    EXPECT_TRUE(died || work.has_value());
    Check(*disk);
    ASSERT_THAT(Work(*disk), IsOk());
    Check(*disk);
  }
  const bool befalls_any = Cause() == Death::kBefore || Cause() == Death::kAfter;
  EXPECT_GT(calls, befalls_any ? 30 : 1);
}

// One lost answer or short fault, and the same process goes on.
TEST_P(Fault, AfterOneFaultTheSameWorkSucceedsOnRetry) {
  int calls = 0;
  for (bool died = true; died; calls += kCallStep) {
    SCOPED_TRACE(fmt::format("fault at call {}", calls));
    const auto disk = storage::MakeMemoryStore();
    FaultyStore store(*disk, calls, Cause(), /*recovers=*/true);
    Status work = Work(store);
    if (!work) work = Work(store);
    died = store.has_died();
    EXPECT_THAT(work, IsOk());
    Check(*disk);
  }
}

}  // namespace
}  // namespace oresmith::delta
