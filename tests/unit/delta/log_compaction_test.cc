// Files that stand for several commits: they are read in place of them, and nothing is lost where
// they are not what they should be.

#include "delta/log.h"
#include "delta/log_cleanup.h"
#include "delta/path.h"
#include "support/compacted_log.h"
#include "support/random_history.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

constexpr int64_t kDayMillis = 86'400'000;

class LogCompaction : public TableFixture {
 protected:
  /// Versions 1 to `count`, each with a row and a transaction; 3 takes the row of 1 away.
  void MakeTable(int count, Properties configuration) {
    configuration.try_emplace("delta.checkpointInterval", "1000");
    const CreateOptions options{.schema = OrdersSchema(), .configuration = configuration};
    const auto table = Table::Create(*store_, "t", options, clock_, random_);
    ASSERT_THAT(table, IsOk());
    for (int64_t i = 1; i <= count; ++i) {
      CommitRequest request;
      ASSERT_THAT(WriteInto(request, **table, OrdersBatch({{i, "x"}})), IsOk());
      request.transactions = {{"flow", i}};
      if (i == 3) request.removes = {(*table)->snapshot()->files[0]};
      ASSERT_THAT((*table)->Commit(request), IsOk());
    }
  }
  std::string Compact(int first, int last) {
    return WriteCompactedLog(*store_, "t", Version{first}, Version{last}).value();
  }
  /// Whoever reads this version's commit fails.
  void Break(int version) {
    ASSERT_THAT(store_->Put(CommitKey("t", Version{version}), "no JSON"), IsOk());
  }
  std::vector<int64_t> Ids() {
    std::vector<int64_t> ids;
    const auto orders = ReadOrders(*Open("t").value()).value();
    for (const Order& order : orders) ids.push_back(*order.id);
    return ids;
  }
};

TEST_F(LogCompaction, StandsForItsCommits) {
  MakeTable(6, {});
  const auto before = Open("t").value()->snapshot();
  Compact(1, 5);
  for (int version = 1; version <= 5; ++version) Break(version);
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->transactions.at("flow"), 6);
  EXPECT_EQ((*table)->snapshot()->timestamp_ms, before->timestamp_ms);
  EXPECT_EQ((*table)->Tombstones().value().size(), 1U);
  EXPECT_EQ(Ids(), (std::vector<int64_t>{2, 3, 4, 5, 6}));
}

// The next commit has to bear a later time than the newest, which the file does not have.
TEST_F(LogCompaction, TheTimeOfTheNewestVersionIsThatOfItsCommit) {
  MakeTable(5, {{"delta.enableInCommitTimestamps", "true"}});
  const auto before = Open("t").value()->snapshot();
  Compact(2, 5);
  Break(3);
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->timestamp_ms, before->timestamp_ms);
  EXPECT_EQ(Ids(), (std::vector<int64_t>{2, 3, 4, 5}));
}

TEST_F(LogCompaction, TheLongestOnesThatFitAreTaken) {
  MakeTable(9, {});
  Compact(1, 2);
  Compact(1, 4);
  Compact(3, 6);  // overlaps
  Compact(5, 7);
  const auto files = FindLogFiles(*store_, "t", std::nullopt);
  ASSERT_THAT(files, IsOk());
  ASSERT_EQ(files->compacted.size(), 2U);
  EXPECT_EQ(files->compacted[0].last, Version{4});
  EXPECT_EQ(files->compacted[1].first, Version{5});
  for (const int version : {1, 2, 3, 4, 5, 6, 7}) Break(version);
  EXPECT_EQ(Ids(), (std::vector<int64_t>{2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(LogCompaction, OlderVersionsDoNotSeeWhatComesAfterThem) {
  MakeTable(6, {});
  Compact(1, 2);
  Compact(1, 5);
  const auto table = Table::OpenAt(*store_, "t", Version{4}, clock_, random_);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->transactions.at("flow"), 4);
  EXPECT_EQ((*table)->snapshot()->files.size(), 3U);
}

// It may tell of a commit that a listing did not show, or never was: nobody can follow it there.
TEST_F(LogCompaction, OneThatGoesBeyondTheNewestCommitIsPassedOver) {
  MakeTable(5, {});
  const std::string key = Compact(1, 5);
  ASSERT_THAT(store_->Delete(CommitKey("t", Version{5})), IsOk());
  const auto table = Open("t");
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->version, Version{4});
  EXPECT_EQ(Ids(), (std::vector<int64_t>{2, 3, 4}));
}

TEST_F(LogCompaction, BrokenOnesAreNotNeeded) {
  MakeTable(6, {});
  const std::string key = Compact(1, 5);
  const std::string whole = store_->Get(key).value();
  for (const std::string& text :
       {std::string(), std::string("{"), std::string("\0\0\0", 3),
        whole.substr(0, whole.size() - 9), std::string(R"({"add":{"path":"x","size":-5}})")}) {
    ASSERT_THAT(store_->Put(key, text), IsOk());
    EXPECT_EQ(Ids(), (std::vector<int64_t>{2, 3, 4, 5, 6})) << text.size();
  }
}

TEST_F(LogCompaction, AppendersRestOnTheCheckpointBelowThem) {
  MakeTable(12, {{"delta.checkpointInterval", "6"}});
  Compact(7, 11);
  for (const int version : {7, 8, 9, 10}) Break(version);
  for (const int version : {12}) {
    ASSERT_THAT(store_->Delete(CheckpointKey("t", Version{version})), IsOk());
  }
  const auto table =
      Table::Open(*store_, "t", clock_, random_, Upkeep::kInCommit, FilesHeld::kSinceCheckpoint);
  ASSERT_THAT(table, IsOk());
  EXPECT_EQ((*table)->snapshot()->num_files(), 11);
  EXPECT_EQ((*table)->LoadSnapshot().value()->files.size(), 11U);
}

// Those that reach into what is kept stay; those that begin before it serve nobody.
TEST_F(LogCompaction, TheCleanUpOfTheLogTakesThoseThatBeginBeforeIt) {
  // Files in memory have no times.
  const TemporaryFolder folder;
  store_ = storage::MakeLocalStore(folder.path());
  MakeTable(12, {{"delta.checkpointInterval", "6"}});
  const std::string old = Compact(1, 5);
  const std::string across = Compact(4, 8);
  const std::string kept = Compact(7, 11);
  const int64_t now_ms = Millis(SystemClock().Now()) + 40 * kDayMillis;
  ASSERT_THAT(store_->Delete(CheckpointKey("t", Version{12})), IsOk());
  ASSERT_THAT(CleanLog(*store_, "t", now_ms, now_ms), IsOk());
  EXPECT_THAT(store_->Head(old), FailsWith(ErrorKind::kNotFound, HasSubstr("compacted")));
  EXPECT_THAT(store_->Head(across), FailsWith(ErrorKind::kNotFound, HasSubstr("compacted")));
  EXPECT_THAT(store_->Head(kept), IsOk());
  EXPECT_EQ(Ids().size(), 11U);
}

// Whatever files stand for whatever commits, the table is the same.
TEST_F(LogCompaction, RandomHistoriesAreTheSame) {
  for (uint64_t seed = 3000; seed < 3150; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto store = storage::MakeMemoryStore();
    const auto history = RandomHistory(*store, "t", seed, /*odd_names=*/true).Write();
    ASSERT_THAT(history, IsOk());
    const auto versions = static_cast<int64_t>(history->size());
    for (int i = 0; i < 4; ++i) {
      const auto first = static_cast<int64_t>(random_.Next() % static_cast<uint64_t>(versions));
      const auto last = first + static_cast<int64_t>(random_.Next() % 8);
      if (last >= versions) continue;
      ASSERT_THAT(WriteCompactedLog(*store, "t", Version{first}, Version{last}), IsOk());
    }
    for (int64_t version = 0; version < versions; ++version) {
      const auto table = Table::OpenAt(*store, "t", Version{version}, clock_, random_);
      ASSERT_THAT(table, IsOk());
      const auto& expected = (*history)[static_cast<size_t>(version)];
      const auto snapshot = (*table)->snapshot();
      RandomHistory::Files files;
      for (const AddFile& file : snapshot->files) {
        files.emplace(std::pair(file.path, file.deletion_vector_id()), file.size_bytes);
      }
      EXPECT_EQ(files, expected.files) << version;
      EXPECT_EQ(snapshot->transactions, expected.transactions);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace oresmith::delta
