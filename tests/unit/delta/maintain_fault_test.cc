// Maintenance may be killed between any two calls of the store, or meet a fault in one: the table
// is whole with the right rows, and the next attempt does what was to be done.

#include <algorithm>

#include "delta/maintain.h"
#include "support/faulty_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;

enum class Work { kOptimize, kZOrder, kVacuum, kRestore, kFsck };

class MaintainFault : public TableFixture,
                      public ::testing::WithParamInterface<std::tuple<Work, Death>> {
 protected:
  /// Orders 0 to 2 in a file each, and one that is not there any more; for FSCK one file is lost.
  void SetUpTable(storage::Store& store) {
    auto table =
        Table::Create(store, "t", CreateOptions{.schema = OrdersSchema()}, clock_, random_);
    ASSERT_THAT(table, IsOk());
    for (int i = 0; i < 4; ++i) ASSERT_THAT(AppendOrders(**table, {{i, "x"}}), IsOk());
    CommitRequest request;
    request.removes = {(*table)->snapshot()->files[3]};
    ASSERT_THAT((*table)->Commit(request), IsOk());
    clock_.Advance(std::chrono::hours(200));
    if (std::get<Work>(GetParam()) == Work::kFsck) {
      ASSERT_THAT(store.Delete("t/" + (*table)->snapshot()->files[2].path), IsOk());
    }
  }

  Status Run(storage::Store& store) {
    const MaintainContext context{.store = store, .clock = clock_, .random = random_};
    TRY(const auto table, Table::Open(store, "t", clock_, random_));
    switch (std::get<Work>(GetParam())) {
      case Work::kOptimize:
        TRY_DO(Optimize(context, *table, {}));
        return {};
      case Work::kZOrder: {
        OptimizeOptions options{.zorder_by = {"id"}};
        options.sort_bytes_max = 1;  // each batch is spilled
        TRY_DO(Optimize(context, *table, options));
        return {};
      }
      case Work::kVacuum:
        TRY_DO(Vacuum(context, *table, {}));
        return {};
      case Work::kRestore:
        TRY_DO(Restore(context, *table, {.version = Version{4}}));
        return {};
      case Work::kFsck:
        TRY_DO(Fsck(context, *table, /*dry_run=*/false));
        return {};
    }
    return {};
  }

  /// The rows after all is done.
  int64_t OrdersAfter() const {
    const Work work = std::get<Work>(GetParam());
    return work == Work::kRestore ? 4 : work == Work::kFsck ? 2 : 3;
  }

  /// The table is as it was, or as it is to be.
  void Check(storage::Store& store, bool is_done) {
    const auto table = Table::Open(store, "t", clock_, random_);
    ASSERT_THAT(table, IsOk());
    const Work work = std::get<Work>(GetParam());
    const auto orders = ReadOrders(**table);
    if (work == Work::kFsck && !orders) {
      EXPECT_FALSE(is_done);
      return;
    }
    ASSERT_THAT(orders, IsOk());
    std::vector<Order> expected;
    const bool is_before = !is_done && orders->size() == 3;
    for (int64_t i = 0; i < (is_before ? 3 : OrdersAfter()); ++i) expected.push_back({i, "x"});
    EXPECT_EQ(*orders, expected);
    const size_t files = store.ListRecursive("t").value().size();
    const bool merges = work == Work::kOptimize;
    if (is_done && merges) {
      EXPECT_EQ((*table)->snapshot()->files.size(), 1U);
    }
    if (is_done && work == Work::kVacuum) {
      EXPECT_EQ(files - store.List("t/_delta_log", "").value().size(), 3U);
    }
  }
};

std::string NameOfCase(const ::testing::TestParamInfo<std::tuple<Work, Death>>& info) {
  constexpr const char* kNames[] = {"Optimize", "ZOrder", "Vacuum", "Restore", "Fsck"};
  return fmt::format("{}{}", kNames[static_cast<int>(std::get<Work>(info.param))],
                     NameOf(std::get<Death>(info.param)));
}

INSTANTIATE_TEST_SUITE_P(Deaths, MaintainFault,
                         ::testing::Combine(::testing::Values(Work::kOptimize, Work::kZOrder,
                                                              Work::kVacuum, Work::kRestore,
                                                              Work::kFsck),
                                            ::testing::ValuesIn(kDeaths)),
                         NameOfCase);

TEST_P(MaintainFault, KilledAtAnyCallTheTableIsWholeAndTheNextRunDoesIt) {
  int calls = 0;
  for (bool died = true; died; calls += kCallStep) {
    SCOPED_TRACE(fmt::format("killed at call {}", calls));
    const auto disk = storage::MakeMemoryStore();
    SetUpTable(*disk);
    FaultyStore store(*disk, calls, std::get<Death>(GetParam()), /*recovers=*/false);
    const Status work = Run(store);
    died = store.has_died();
    EXPECT_TRUE(died || work.has_value());
    Check(*disk, work.has_value());
    ASSERT_THAT(Run(*disk), IsOk());
    Check(*disk, /*is_done=*/true);
    if (HasFailure()) return;
  }
  const Death death = std::get<Death>(GetParam());
  const bool befalls_any = death == Death::kBefore || death == Death::kAfter;
  EXPECT_GT(calls, befalls_any ? 5 : 0);
}

TEST_P(MaintainFault, AfterOneFaultTheNextAttemptSucceeds) {
  for (int calls = 0;; calls += kCallStep) {
    SCOPED_TRACE(fmt::format("fault at call {}", calls));
    const auto disk = storage::MakeMemoryStore();
    SetUpTable(*disk);
    FaultyStore store(*disk, calls, std::get<Death>(GetParam()), /*recovers=*/true);
    Status work = Run(store);
    Check(*disk, work.has_value());
    if (!work) work = Run(store);
    EXPECT_THAT(work, IsOk());
    Check(*disk, /*is_done=*/true);
    if (HasFailure() || !store.has_died()) return;
  }
}

}  // namespace
}  // namespace oresmith::delta
