#include "pipeline/table_path.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::pipeline {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

class TablePathTest : public ::testing::Test {
 protected:
  Definition definition_;
  ManualClock clock_;
  Random random_{1};
};

TEST_F(TablePathTest, APathInTheStorageIsInThePipelinesStore) {
  definition_.config.storage = "s3://lake/tables";
  TablePaths paths(definition_, clock_, random_);
  for (const char* path : {"s3://lake/tables/main/default/t", "s3a://lake/tables/main/default/t/",
                           "s3n://lake/tables/main/default/t"}) {
    const auto place = paths.Find(path);
    ASSERT_THAT(place, IsOk()) << path;
    EXPECT_EQ(place->store, nullptr) << path;
    EXPECT_EQ(place->root, "main/default/t") << path;
  }
}

TEST_F(TablePathTest, AnotherPathHasAStoreOfItsOwnEachTimeTheSame) {
  definition_.config.storage = "/lake/tables";
  TablePaths paths(definition_, clock_, random_);
  const auto first = paths.Find("/lake/tables2/t");
  const auto again = paths.Find("file:///lake/x/../tables2/t/");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  ASSERT_NE(first->store, nullptr);
  EXPECT_EQ(first->store, again->store);
  EXPECT_EQ(first->store->Describe("a"), "/lake/tables2/t/a");
}

// The pipeline's own tables are on a disk: what an object store needs was not looked at before.
TEST_F(TablePathTest, AnObjectStoreIsOpenedWithTheSettingsOfThePipeline) {
  definition_.config.storage = "/lake";
  definition_.config.parameters = {{"fs.s3a.access.key", "me"},
                                   {"fs.s3a.secret.key", "${env:SECRET}"},
                                   {"fs.s3a.endpoint.region", "eu-central-1"}};
  TablePaths paths(definition_, clock_, random_);
  EXPECT_THAT(paths.Find("s3://bucket/t"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("env:SECRET is not set")));
  definition_.config.parameters["env:SECRET"] = "hidden";
  const auto place = paths.Find("s3://bucket/t");
  ASSERT_THAT(place, IsOk());
  EXPECT_THAT(place->store->Describe("a"), HasSubstr("bucket/t/a"));
  EXPECT_THAT(paths.Find("ftp://bucket/t"),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("no store for ftp://")));
}

}  // namespace
}  // namespace oresmith::pipeline
