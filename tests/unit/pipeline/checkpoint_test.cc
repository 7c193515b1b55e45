#include "pipeline/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store.h"
#include "support/faulty_store.h"

namespace oresmith::pipeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kRoot = "_checkpoints/main/default/orders/orders";

connector::Range MakeRange(std::string offset, std::string log) {
  connector::Range range;
  range.offset_json = std::move(offset);
  range.log = std::move(log);
  return range;
}

class CheckpointTest : public testing::Test {
 protected:
  Checkpoint Open(bool begin_anew = false) {
    auto checkpoint = Checkpoint::Open(*store_, kRoot, begin_anew, random_);
    EXPECT_TRUE(checkpoint) << checkpoint.error().message;
    return std::move(*checkpoint);
  }

  std::unique_ptr<storage::Store> store_ = storage::MakeMemoryStore();
  Random random_{1};
};

// The rule of exactly-once: what was planned is found again, whether it was finished or not.
TEST_F(CheckpointTest, APlannedEpochIsFoundAgainAfterACrash) {
  std::string id;
  {
    Checkpoint checkpoint = Open();
    id = checkpoint.app_id();
    ASSERT_TRUE(checkpoint.Plan({.epoch = 0, .ranges = {MakeRange("{\"logOffset\":0}", "v1\na")}},
                                Instant{0}));
    ASSERT_TRUE(checkpoint.Commit(0, 0));
    ASSERT_TRUE(checkpoint.Plan({.epoch = 1, .ranges = {MakeRange("{\"logOffset\":1}", "v1\nb")}},
                                Instant{0}));
  }
  Checkpoint again = Open();
  EXPECT_EQ(again.app_id(), id);
  EXPECT_EQ(again.last_planned(), 1);
  EXPECT_EQ(again.last_committed(), 0);
  const auto planned = again.Load(1);
  ASSERT_TRUE(planned);
  ASSERT_EQ(planned->size(), 2u);
  EXPECT_EQ((*planned)[1].ranges[0].offset_json, "{\"logOffset\":1}");
  EXPECT_EQ((*planned)[1].ranges[0].log, "v1\nb");
}

// A file list without offsets was never decided: the next process plans that epoch anew.
TEST_F(CheckpointTest, AFileListWithoutOffsetsMeansNothing) {
  Open();
  ASSERT_TRUE(store_->Put(std::string(kRoot) + "/0/sources/0/0", "v1\nold"));
  Checkpoint checkpoint = Open();
  EXPECT_EQ(checkpoint.last_planned(), -1);
  ASSERT_TRUE(checkpoint.Plan({.epoch = 0, .ranges = {MakeRange("{}", "v1\nnew")}}, Instant{0}));
  EXPECT_EQ((*Open().Load(1))[0].ranges[0].log, "v1\nnew");
}

TEST_F(CheckpointTest, TheLayoutIsSparks) {
  Checkpoint checkpoint = Open();
  ASSERT_TRUE(checkpoint.Plan({.epoch = 0, .ranges = {MakeRange("{\"logOffset\":0}", "v1\n{}")}},
                              Instant{5000}));
  ASSERT_TRUE(checkpoint.Commit(0, 0));
  const std::string root = std::string(kRoot) + "/0/";
  EXPECT_EQ(store_->Get(root + "offsets/0").value(),
            "v1\n{\"batchWatermarkMs\":0,\"batchTimestampMs\":5,\"conf\":{}}\n{\"logOffset\":0}\n");
  EXPECT_EQ(store_->Get(root + "commits/0").value(), "v1\n{\"nextBatchWatermarkMs\":0}");
  EXPECT_THAT(store_->Get(root + "metadata").value(), StartsWith("{\"id\":\""));
}

TEST_F(CheckpointTest, AFullRefreshBeginsANewGenerationWithAnotherId) {
  const std::string id = Open().app_id();
  const Checkpoint next = Open(/*begin_anew=*/true);
  EXPECT_EQ(next.generation(), 1);
  EXPECT_NE(next.app_id(), id);
  EXPECT_EQ(Open().app_id(), next.app_id());
}

TEST_F(CheckpointTest, AnotherNumberOfSourcesIsRefusedWithAWayOut) {
  Checkpoint checkpoint = Open();
  ASSERT_TRUE(checkpoint.Plan({.epoch = 0, .ranges = {MakeRange("{}", "")}}, Instant{0}));
  const auto loaded = checkpoint.Load(2);
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("2 streaming sources now, and had 1 before"));
  EXPECT_THAT(loaded.error().fix, HasSubstr("--full-refresh-all"));
}

TEST_F(CheckpointTest, AGapIsCorrupt) {
  Open();
  ASSERT_TRUE(store_->Put(std::string(kRoot) + "/0/commits/7", "v1\n{}"));
  const auto opened = Checkpoint::Open(*store_, kRoot, false, random_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kCorrupt);
}

// What a start costs: a flow of many epochs reads what is new, and a few archives.
TEST_F(CheckpointTest, OldEpochsAreArchivedAndNothingIsForgotten) {
  constexpr Epoch kEpochs = 1234;
  {
    Checkpoint checkpoint = Open();
    for (Epoch epoch = 0; epoch < kEpochs; ++epoch) {
      const std::string log = fmt::format("v1\nfile {}", epoch);
      // The second source has something new once in 500 epochs.
      const std::string second = epoch % 500 == 0 ? fmt::format("{{\"v\":{}}}", epoch) : kNothing;
      ASSERT_TRUE(checkpoint.Plan(
          {.epoch = epoch,
           .ranges = {MakeRange(fmt::format("{{\"n\":{}}}", epoch), log), MakeRange(second, "")}},
          Instant{0}));
      ASSERT_TRUE(checkpoint.Commit(epoch, 0));
    }
  }
  Checkpoint again = Open();
  EXPECT_EQ(again.last_planned(), kEpochs - 1);
  EXPECT_EQ(again.last_committed(), kEpochs - 1);
  const auto planned = again.Load(2);
  ASSERT_TRUE(planned) << planned.error().message;
  std::string files;
  std::string second;
  for (const PlannedEpoch& epoch : *planned) {
    files = JoinLogs(std::move(files), epoch.ranges[0].log);
    if (epoch.ranges[1].offset_json != kNothing) second = epoch.ranges[1].offset_json;
  }
  std::string expected = "v1";
  for (Epoch epoch = 0; epoch < kEpochs; ++epoch) expected += fmt::format("\nfile {}", epoch);
  EXPECT_EQ(files, expected);
  EXPECT_EQ(second, "{\"v\":1000}");
  EXPECT_EQ(planned->back().ranges[0].offset_json, "{\"n\":1233}");
  EXPECT_LT(planned->size(), 210u);
  for (const char* folder : {"offsets", "commits", "sources/0", "sources/1"}) {
    EXPECT_LT(store_->List(fmt::format("{}/0/{}", kRoot, folder), "")->size(), 210u) << folder;
  }
}

TEST_F(CheckpointTest, LongFileListsAreArchivedSooner) {
  Checkpoint checkpoint = Open();
  const std::string line(8 << 20, 'x');
  for (Epoch epoch = 0; epoch < 6; ++epoch) {
    ASSERT_TRUE(
        checkpoint.Plan({.epoch = epoch, .ranges = {MakeRange("{}", "v1\n" + line)}}, Instant{0}));
    ASSERT_TRUE(checkpoint.Commit(epoch, 0));
  }
  Checkpoint again = Open();
  const auto planned = again.Load(1);
  ASSERT_TRUE(planned);
  EXPECT_LT(planned->size(), 5u);
  size_t bytes = 0;
  for (const PlannedEpoch& epoch : *planned) bytes += epoch.ranges[0].log.size();
  EXPECT_GE(bytes, 6 * line.size());
}

// The process may die between any two writes and deletions of an archive.
TEST_F(CheckpointTest, AnArchiveThatWasCutShortLosesNothing) {
  const auto run = [&](storage::Store& store) {
    auto checkpoint = Checkpoint::Open(store, kRoot, false, random_);
    if (!checkpoint) return checkpoint.error().kind == ErrorKind::kUnavailable;
    auto planned = checkpoint->Load(1);
    if (!planned) return planned.error().kind == ErrorKind::kUnavailable;
    for (Epoch epoch = checkpoint->last_committed() + 1; epoch < 420; ++epoch) {
      if (epoch > checkpoint->last_planned()) {
        const PlannedEpoch next{.epoch = epoch,
                                .ranges = {MakeRange("{}", fmt::format("v1\n{}", epoch))}};
        if (!checkpoint->Plan(next, Instant{0})) return true;
      }
      if (!checkpoint->Commit(epoch, 0)) return true;
    }
    return true;
  };
  std::string expected = "v1";
  for (Epoch epoch = 0; epoch < 420; ++epoch) expected += fmt::format("\n{}", epoch);
  // Around the two archives; an epoch costs three calls.
  for (int call = 595; call < 1500; call += kCallStep) {
    store_ = storage::MakeMemoryStore();
    FaultyStore dying(*store_, call, Death::kAfter, /*recovers=*/false);
    ASSERT_TRUE(run(dying)) << call;
    ASSERT_TRUE(dying.has_died()) << call;
    ASSERT_TRUE(run(*store_)) << call;
    Checkpoint again = Open();
    const auto planned = again.Load(1);
    ASSERT_TRUE(planned) << "call " << call << ": " << planned.error().message;
    std::string files;
    for (const PlannedEpoch& epoch : *planned) {
      files = JoinLogs(std::move(files), epoch.ranges[0].log);
    }
    ASSERT_EQ(files, expected) << call;
  }
}

}  // namespace
}  // namespace oresmith::pipeline
