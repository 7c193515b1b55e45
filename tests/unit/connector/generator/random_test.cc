#include <gtest/gtest.h>

#include <vector>

#include "connector/generator/random_internal.h"

namespace oresmith::connector {
namespace {

TEST(Rng, ASeedGivesTheSameSequenceAndAStreamAnother) {
  Rng first(7, 1);
  Rng again(7, 1);
  Rng other(7, 2);
  for (int i = 0; i < 100; ++i) {
    const uint64_t value = first.Next();
    EXPECT_EQ(value, again.Next());
    EXPECT_NE(value, other.Next());
  }
}

// The numbers are part of what `--seed` promises: they must not change with a compiler or a
// machine.
TEST(Rng, ItsNumbersAreFixed) {
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0xE220A8397B1DCDAFU);
  EXPECT_EQ(rng.Next(), 0x6E789E6AA1B965F4U);
}

TEST(Rng, BetweenReachesBothEndsAndNothingElse) {
  Rng rng(1);
  std::vector<int> seen(7);
  for (int i = 0; i < 7000; ++i) ++seen.at(static_cast<size_t>(rng.Between(-3, 3) + 3));
  for (const int count : seen) EXPECT_NEAR(count, 1000, 200);
}

TEST(WeightedDraw, FollowsItsWeights) {
  const WeightedDraw draw({1, 0, 3, 6});
  Rng rng(1);
  std::vector<int> seen(4);
  for (int i = 0; i < 100'000; ++i) ++seen.at(draw.Draw(rng));
  EXPECT_NEAR(seen[0], 10'000, 500);
  EXPECT_EQ(seen[1], 0);
  EXPECT_NEAR(seen[2], 30'000, 800);
  EXPECT_NEAR(seen[3], 60'000, 800);
}

TEST(ZipfWeights, FallWithTheRankAndAreAlikeWithoutAnExponent) {
  const std::vector<double> skewed = ZipfWeights(3, {.exponent = 1, .offset = 0});
  EXPECT_DOUBLE_EQ(skewed[0], 1);
  EXPECT_DOUBLE_EQ(skewed[2], 1.0 / 3);
  EXPECT_EQ(ZipfWeights(2, {.exponent = 0, .offset = 5}), (std::vector<double>{1, 1}));
}

}  // namespace
}  // namespace oresmith::connector
