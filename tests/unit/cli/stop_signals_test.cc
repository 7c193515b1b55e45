#include "cli/stop_signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <future>

namespace oresmith::cli {
namespace {

TEST(StopSignals, TheFirstSignalAsksForAStopAndTellsIt) {
  std::promise<void> told;
  StopSignals signals([&] { told.set_value(); });
  EXPECT_FALSE(signals.token().stop_requested());
  ASSERT_EQ(kill(getpid(), SIGINT), 0);
  told.get_future().wait();
  EXPECT_TRUE(signals.token().stop_requested());
}

TEST(StopSignals, WithoutASignalItEndsWithoutOne) {
  int told = 0;
  {
    StopSignals signals([&] { ++told; });
  }
  EXPECT_EQ(told, 0);
}

TEST(StopSignalsDeathTest, TheSecondSignalEndsTheProcessWith130) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        std::promise<void> told;
        StopSignals signals([&] { told.set_value(); });
        kill(getpid(), SIGTERM);
        told.get_future().wait();
        kill(getpid(), SIGINT);
        while (true) pause();
      },
      testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace oresmith::cli
