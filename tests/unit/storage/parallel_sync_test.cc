#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "storage/parallel_sync_internal.h"
#include "support/matchers.h"

namespace oresmith::storage {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

TEST(ParallelSync, EachTaskHasItsOwnResultWhateverBecomesOfTheOthers) {
  ParallelSync sync;
  std::vector<ParallelSync::Task> tasks;
  for (int i = 0; i < 10; ++i) {
    tasks.emplace_back([i]() -> Status {
      if (i % 3 == 1) return Fail(ErrorKind::kUnavailable, "task {}", i);
      return {};
    });
  }
  const std::vector<Status> results = sync.Run(tasks);
  ASSERT_EQ(results.size(), tasks.size());
  for (int i = 0; i < 10; ++i) {
    const Status& result = results[static_cast<size_t>(i)];
    if (i % 3 != 1) {
      EXPECT_THAT(result, IsOk());
    } else {
      EXPECT_THAT(result, FailsWith(ErrorKind::kUnavailable, HasSubstr(fmt::format("task {}", i))));
    }
  }
  EXPECT_TRUE(sync.Run({}).empty());
}

// One store is shared by all tables of a pipeline.
TEST(ParallelSync, ManyCallersGetAllTheirTasksDoneOnce) {
  ParallelSync sync;
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller) {
      callers.emplace_back([&] {
        for (int round = 0; round < 200; ++round) {
          std::atomic<int> own = 0;
          const std::vector<ParallelSync::Task> tasks(3, [&] {
            ++own;
            ++done;
            return Status();
          });
          ASSERT_EQ(sync.Run(tasks).size(), 3U);
          ASSERT_EQ(own, 3);
        }
      });
    }
  }
  EXPECT_EQ(done, 8 * 200 * 3);
}

// While the others wait for a disk, the work of a caller goes on.
TEST(ParallelSync, TasksRunAtTheSameTime) {
  ParallelSync sync;
  std::atomic<bool> second_has_begun = false;
  const std::vector<ParallelSync::Task> tasks = {[&] {
                                                   second_has_begun.wait(false);
                                                   return Status();
                                                 },
                                                 [&] {
                                                   second_has_begun = true;
                                                   second_has_begun.notify_all();
                                                   return Status();
                                                 }};
  for (const Status& result : sync.Run(tasks)) EXPECT_THAT(result, IsOk());
}

}  // namespace
}  // namespace oresmith::storage
