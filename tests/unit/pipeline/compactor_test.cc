#include "pipeline/compactor.h"

#include <gtest/gtest.h>

#include "../delta/table_fixture.h"

namespace oresmith::pipeline {
namespace {

using delta::AppendOrders;
using delta::Order;
using namespace testing_support;

class CompactorTest : public delta::TableFixture {
 protected:
  std::unique_ptr<delta::Table> Create(delta::Properties properties) {
    delta::CreateOptions options{.schema = delta::OrdersSchema()};
    options.configuration = std::move(properties);
    return delta::Table::Create(*store_, "t", options, clock_, random_).value();
  }
  Logger log_ = Logger::None();
};

const delta::Properties kAsksForIt = {{"delta.autoOptimize.autoCompact", "true"},
                                      {"oresmith.autoCompact.minFiles", "4"}};

// The danger: an append that fails, or waits, or is lost, because a compaction came in between.
TEST_F(CompactorTest, AppendsGoOnWhileTheirFilesArePutTogether) {
  constexpr int64_t kCommits = 200;
  const auto table = Create(kAsksForIt);
  Compactor compactor(*store_, clock_, random_, log_);
  std::vector<Order> expected;
  for (int64_t i = 0; i < kCommits; ++i) {
    expected.push_back({i, "x"});
    ASSERT_THAT(AppendOrders(*table, {expected.back()}), IsOk()) << "append " << i;
    compactor.Committed(*table);
  }
  compactor.Wait();
  const auto again = Open("t").value();
  EXPECT_EQ(ReadOrders(*again).value(), expected);
  EXPECT_LT(again->snapshot()->files.size(), static_cast<size_t>(kCommits));
  EXPECT_GT(Number(again->snapshot()->version), kCommits) << "there were compactions";
}

TEST_F(CompactorTest, ATableThatDoesNotAskForItIsLeftAsItIs) {
  const auto table = Create({});
  Compactor compactor(*store_, clock_, random_, log_);
  for (int64_t i = 0; i < 60; ++i) {
    ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
    compactor.Committed(*table);
  }
  compactor.Wait();
  EXPECT_EQ(Number(Open("t").value()->snapshot()->version), 60);
}

// A process that makes one commit each hour must compact too.
TEST_F(CompactorTest, TheFirstCommitOfAProcessIsLookedAt) {
  const auto table = Create(kAsksForIt);
  for (int64_t i = 0; i < 5; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  Compactor compactor(*store_, clock_, random_, log_);
  ASSERT_THAT(AppendOrders(*table, {{5, "x"}}), IsOk());
  compactor.Committed(*table);
  compactor.Wait();
  EXPECT_EQ(Open("t").value()->snapshot()->files.size(), 1U);
}

// Whatever goes wrong beside it, the writer goes on.
TEST_F(CompactorTest, ATableThatCannotBeReadIsToldAndNothingMore) {
  const auto table = Create(kAsksForIt);
  for (int64_t i = 0; i < 5; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  const auto files = table->snapshot()->files;
  ASSERT_THAT(store_->Delete("t/" + files[0].path), IsOk());
  Compactor compactor(*store_, clock_, random_, log_);
  compactor.Committed(*table);
  compactor.Wait();
  EXPECT_THAT(AppendOrders(*table, {{6, "x"}}), IsOk());
  EXPECT_EQ(Number(Open("t").value()->snapshot()->version), 6);
}

}  // namespace
}  // namespace oresmith::pipeline
