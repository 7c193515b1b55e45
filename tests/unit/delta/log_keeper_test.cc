#include "delta/log_keeper.h"

#include "delta/checksum.h"
#include "delta/log_cleanup.h"
#include "support/faulty_store.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace testing_support;

class LogKeeping : public TableFixture {
 protected:
  Result<std::unique_ptr<Table>> Create(Properties configuration, Upkeep upkeep) {
    const CreateOptions options{.schema = OrdersSchema(), .configuration = configuration};
    return Table::Create(*store_, "t", options, clock_, random_, upkeep);
  }
  static std::string Name(int version, const char* end) {
    return fmt::format("t/_delta_log/{:020}.{}", version, end);
  }
  bool Exists(const std::string& key) { return store_->Head(key).has_value(); }
  void Append(Table& table, int count) {
    for (int i = 0; i < count; ++i) ASSERT_THAT(AppendOrders(table, {{i, "x"}}), IsOk());
  }
};

// Readers compare these numbers with their own: a wrong one is worse than none.
TEST_F(LogKeeping, EachCommitHasAnExactChecksum) {
  const auto table = Create({}, Upkeep::kInCommit).value();
  CommitRequest request;
  request.adds = WriteFiles(*table, {OrdersBatch({{1, "a"}})}).value();
  request.transactions = {{"flow", 7}};
  ASSERT_THAT(table->Commit(request), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{2, "b"}}), IsOk());
  CommitRequest removal;
  removal.removes = {table->snapshot()->files[0]};
  ASSERT_THAT(table->Commit(removal), IsOkWith(Version{3}));
  const std::string text = store_->Get(Name(3, "crc")).value();
  EXPECT_THAT(text, HasSubstr(fmt::format(
                        R"("tableSizeBytes":{},"numFiles":1,"numMetadata":1,"numProtocol":1)",
                        table->snapshot()->size_bytes())));
  EXPECT_THAT(text, HasSubstr(R"("setTransactions":[{"appId":"flow","version":7,"lastUpdated":)"));
  EXPECT_THAT(text, HasSubstr(R"("domainMetadata":[],"metadata":{"id":")"));
  EXPECT_THAT(text, HasSubstr(R"("protocol":{"minReaderVersion":1,"minWriterVersion":2}})"));
  EXPECT_THAT(store_->Get(Name(0, "crc")).value(), StartsWith(R"({"txnId":")"));
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
}

TEST_F(LogKeeping, AChecksumOfOthersIsNotReplacedAndIsComparedOnRefresh) {
  const auto table = Create({}, Upkeep::kInCommit).value();
  const auto other = Open("t").value();
  ASSERT_THAT(store_->Put(Name(1, "crc"), R"({"numFiles":9,"tableSizeBytes":1})"), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  EXPECT_EQ(store_->Get(Name(1, "crc")).value(), R"({"numFiles":9,"tableSizeBytes":1})");
  ASSERT_THAT(other->Refresh(), IsOk());
  EXPECT_EQ(other->snapshot()->files.size(), 1U);
  const auto error = other->TakeCheckpointError();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("version 1"));
  EXPECT_THAT(error->message, HasSubstr("9 files, not 1"));
  ASSERT_THAT(AppendOrders(*table, {{2, "b"}}), IsOk());
  ASSERT_THAT(other->Refresh(), IsOk());
  EXPECT_FALSE(other->TakeCheckpointError().has_value());
}

TEST_F(LogKeeping, TheBackgroundIsDoneWhenTheTableIsGone) {
  {
    const auto table = Create({}, Upkeep::kBackground).value();
    Append(*table, 25);
    EXPECT_FALSE(table->TakeCheckpointError().has_value());
  }
  EXPECT_TRUE(Exists(Name(25, "crc")));
  const std::string pointer = store_->Get("t/_delta_log/_last_checkpoint").value();
  EXPECT_TRUE(Exists(Name(10, "checkpoint.parquet")));
  EXPECT_THAT(pointer, HasSubstr(R"("version":)"));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 25U);
}

TEST_F(LogKeeping, CheckpointsGetRarerAsTheTableGrows) {
  LogTail tail{.checkpoint = Version{100}, .checkpoint_bytes = 20'000, .commit_bytes = 7'000};
  EXPECT_FALSE(CheckpointIsDue(tail, Version{109}, 10, 100));
  EXPECT_TRUE(CheckpointIsDue(tail, Version{110}, 10, 100));
  tail.checkpoint_bytes = 22'000'000;  // 100,000 files
  EXPECT_FALSE(CheckpointIsDue(tail, Version{110}, 10, 100'000));
  EXPECT_TRUE(CheckpointIsDue(tail, Version{1100}, 10, 100'000));
  tail.commit_bytes = 5'000'000;
  EXPECT_TRUE(CheckpointIsDue(tail, Version{110}, 10, 100'000));
  tail.commit_bytes = 7'000;
  EXPECT_FALSE(CheckpointIsDue(tail, Version{5000}, 10, 1'000'000));
}

/// On a disk: files in memory have no times.
class LogCleanup : public LogKeeping {
 protected:
  void SetUp() override { store_ = storage::MakeLocalStore(folder_.path()); }
  static int64_t DaysFromNow(int64_t days) {
    return Millis(SystemClock().Now()) + days * 86'400'000;
  }
  Status CleanAt(int64_t now_ms) {
    return CleanLog(*store_, "t", *CleanupCutoff({}, now_ms), now_ms);
  }

  TemporaryFolder folder_;
};

TEST_F(LogCleanup, TakesWhatLiesBeforeTheNewestExpiredCheckpoint) {
  const auto table = Create({{"delta.checkpointInterval", "2"}}, Upkeep::kInCommit).value();
  Append(*table, 5);
  ASSERT_THAT(CleanAt(DaysFromNow(40)), IsOk());
  for (int version = 0; version <= 5; ++version) {
    EXPECT_EQ(Exists(Name(version, "json")), version >= 4) << version;
    EXPECT_EQ(Exists(Name(version, "crc")), version >= 4) << version;
  }
  EXPECT_FALSE(Exists(Name(2, "checkpoint.parquet")));
  EXPECT_TRUE(Exists(Name(4, "checkpoint.parquet")));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 5U);
  EXPECT_THAT(Table::OpenAt(*store_, "t", Version{4}, clock_, random_), IsOk());
  EXPECT_THAT(table->Refresh(), IsOk());
}

TEST_F(LogCleanup, TakesNothingThatIsYoungOrHasNoCheckpoint) {
  const auto table = Create({}, Upkeep::kInCommit).value();
  Append(*table, 3);
  const size_t before = store_->ListRecursive("t").value().size();
  ASSERT_THAT(CleanAt(DaysFromNow(0)), IsOk());
  ASSERT_THAT(CleanAt(DaysFromNow(400)), IsOk());
  EXPECT_EQ(store_->ListRecursive("t").value().size(), before);
}

// Killed between any two deletions: what is left must be a whole log.
TEST_F(LogCleanup, CutShortAnywhereTheTableStaysWhole) {
  store_ = storage::MakeLocalStore(folder_.path());
  const auto table = Create({{"delta.checkpointInterval", "2"}}, Upkeep::kInCommit).value();
  Append(*table, 5);
  const int64_t later_ms = DaysFromNow(40);
  int calls = 0;
  for (bool died = true; died; ++calls) {
    FaultyStore store(*store_, calls, Death::kBefore, /*recovers=*/false);
    const auto cleaned = CleanLog(store, "t", *CleanupCutoff({}, later_ms), later_ms);
    died = store.has_died();
    EXPECT_TRUE(died || cleaned.has_value());
    const auto again = Open("t");
    ASSERT_THAT(again, IsOk()) << calls;
    ASSERT_EQ(ReadOrders(**again).value().size(), 5U) << calls;
  }
  EXPECT_GT(calls, 2);
}

TEST_F(LogCleanup, IsMidnightLessTheRetentionUnlessTurnedOff) {
  constexpr int64_t kDay = 86'400'000;
  EXPECT_EQ(CleanupCutoff({}, 100 * kDay + 5), 70 * kDay);
  EXPECT_EQ(CleanupCutoff({{"delta.logRetentionDuration", "interval 1 week"}}, 100 * kDay + 5),
            93 * kDay);
  EXPECT_EQ(CleanupCutoff({{"delta.enableExpiredLogCleanup", "false"}}, 100 * kDay), std::nullopt);
}

// The table's own clean-up, as the clock goes on: it comes with a checkpoint.
TEST_F(LogCleanup, ComesWithACheckpoint) {
  const auto table = Create({{"delta.checkpointInterval", "2"}}, Upkeep::kInCommit).value();
  Append(*table, 3);
  clock_.Advance(std::chrono::milliseconds(DaysFromNow(40) - Millis(clock_.Now())));
  Append(*table, 2);
  EXPECT_FALSE(Exists(Name(3, "json")));
  EXPECT_TRUE(Exists(Name(4, "json")));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 5U);
}

}  // namespace
}  // namespace oresmith::delta
