#include "pipeline/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store.h"

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
    ASSERT_TRUE(checkpoint.Commit(0));
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
  ASSERT_TRUE(checkpoint.Commit(0));
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

}  // namespace
}  // namespace oresmith::pipeline
