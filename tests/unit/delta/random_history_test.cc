// Whatever happened to a table, replaying its log gives what going through it step by step gives.

#include "support/random_history.h"

#include <gtest/gtest.h>

#include "delta/table.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;

RandomHistory::Files FilesOf(const Snapshot& snapshot) {
  RandomHistory::Files files;
  for (const AddFile& file : snapshot.files) {
    const bool is_new =
        files.emplace(std::pair(file.path, file.deletion_vector_id()), file.size_bytes).second;
    EXPECT_TRUE(is_new) << file.path;
  }
  return files;
}

void ExpectSame(const Snapshot& snapshot, const RandomHistory::Expected& expected) {
  EXPECT_EQ(FilesOf(snapshot), expected.files);
  EXPECT_EQ(snapshot.transactions, expected.transactions);
  EXPECT_EQ(snapshot.metadata.description, expected.description);
}

TEST(RandomHistories, ReplayGivesWhatStepByStepGives) {
  constexpr uint64_t kHistories = 400;
  const ManualClock clock;
  Random random(7);
  for (uint64_t seed = 0; seed < kHistories; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto store = storage::MakeMemoryStore();
    const auto history = RandomHistory(*store, "t", seed, /*odd_names=*/true).Write();
    ASSERT_THAT(history, IsOk());
    const auto table = Table::Open(*store, "t", clock, random);
    ASSERT_THAT(table, IsOk());
    ExpectSame(*(*table)->snapshot(), history->back());
    const auto then = static_cast<int64_t>(random.Next() % history->size());
    const auto old = Table::OpenAt(*store, "t", Version{then}, clock, random);
    ASSERT_THAT(old, IsOk());
    ExpectSame(*(*old)->snapshot(), (*history)[static_cast<size_t>(then)]);
    if (HasFailure()) return;
  }
}

// The table that was open all along, and took in each commit as it came, is the same.
void FollowFromTheBeginning(FilesHeld held) {
  const ManualClock clock;
  Random random(7);
  for (uint64_t seed = 1000; seed < 1100; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto source = storage::MakeMemoryStore();
    const auto history = RandomHistory(*source, "t", seed, /*odd_names=*/true).Write();
    ASSERT_THAT(history, IsOk());
    const auto store = storage::MakeMemoryStore();
    std::unique_ptr<Table> table;
    for (size_t i = 0; i < history->size(); ++i) {
      const std::string key = CommitKey("t", Version{static_cast<int64_t>(i)});
      ASSERT_THAT(store->PutIfAbsent(key, source->Get(key).value()), IsOk());
      if (i == 0) {
        auto opened = Table::Open(*store, "t", clock, random, Upkeep::kInCommit, held);
        ASSERT_THAT(opened, IsOk());
        table = std::move(*opened);
      }
      ASSERT_THAT(table->Refresh(), IsOk());
      const auto snapshot = table->LoadSnapshot();
      ASSERT_THAT(snapshot, IsOk());
      ExpectSame(**snapshot, (*history)[i]);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(RandomHistories, ATableThatWasOpenAllAlongIsTheSame) {
  FollowFromTheBeginning(FilesHeld::kAll);
}

TEST(RandomHistories, ATableThatLeavesItsFilesInTheCheckpointIsTheSame) {
  const ManualClock clock;
  Random random(7);
  for (uint64_t seed = 2000; seed < 2200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto store = storage::MakeMemoryStore();
    const auto history = RandomHistory(*store, "t", seed, /*odd_names=*/true).Write();
    ASSERT_THAT(history, IsOk());
    const auto table =
        Table::Open(*store, "t", clock, random, Upkeep::kInCommit, FilesHeld::kSinceCheckpoint);
    ASSERT_THAT(table, IsOk());
    const auto snapshot = (*table)->LoadSnapshot();
    ASSERT_THAT(snapshot, IsOk());
    ExpectSame(**snapshot, history->back());
    EXPECT_EQ((*table)->snapshot()->num_files(), history->back().files.size());
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace oresmith::delta
