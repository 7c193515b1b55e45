#include "base/ids.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith {
namespace {

// The form decides whether Spark and other readers accept our table ids.
TEST(NewUuid, HasTheFormOfVersionFour) {
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_THAT(NewUuid(random), testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
                                                       "[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  }
}

TEST(Random, TheSameSeedGivesTheSameSequence) {
  Random first(42);
  Random second(42);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(first.Next(), second.Next());
}

// Stored in checkpoints: it must never change.
TEST(StableHash, IsTheSameForEver) {
  EXPECT_EQ(StableHash(""), 14695981039346656037ULL);
  EXPECT_EQ(StableHash("a"), 12638187200555641996ULL);
}

}  // namespace
}  // namespace oresmith
