#include "cli/duration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

using std::chrono::milliseconds;

TEST(ParseDuration, UnitsAreMillisecondsSecondsMinutesAndHours) {
  EXPECT_EQ(ParseDuration("500ms").value(), milliseconds(500));
  EXPECT_EQ(ParseDuration("10s").value(), milliseconds(10'000));
  EXPECT_EQ(ParseDuration("5m").value(), milliseconds(300'000));
  EXPECT_EQ(ParseDuration("1h").value(), milliseconds(3'600'000));
}

TEST(ParseDuration, PartsAddUpFromLargeToSmall) {
  EXPECT_EQ(ParseDuration("1h30m").value(), milliseconds(5'400'000));
  EXPECT_EQ(ParseDuration("1s500ms").value(), milliseconds(1'500));
  EXPECT_FALSE(ParseDuration("30m1h"));
  EXPECT_FALSE(ParseDuration("1s1s"));
}

TEST(ParseDuration, WhatIsNoDurationIsRefusedWithAnExample) {
  for (const char* text : {"", "10", "s", "-5s", "1.5s", "10 s", "10S", "5d", "1hm", "10sx"}) {
    const auto parsed = ParseDuration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalidInput) << text;
    EXPECT_THAT(parsed.error().fix, testing::HasSubstr("500ms, 10s, 5m")) << text;
  }
}

// A pause of nothing would be a busy loop; the user means --continuous.
TEST(ParseDuration, NoTimeAtAllIsRefused) {
  const auto parsed = ParseDuration("0s");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().fix, testing::HasSubstr("--continuous"));
}

TEST(ParseDuration, HugeNumbersDoNotOverflow) {
  EXPECT_TRUE(ParseDuration("8760h"));
  EXPECT_FALSE(ParseDuration("8761h"));
  EXPECT_FALSE(ParseDuration("8760h1s"));
  EXPECT_FALSE(ParseDuration("9223372036854775807h"));
  EXPECT_FALSE(ParseDuration("99999999999999999999s"));
}

}  // namespace
}  // namespace oresmith::cli
