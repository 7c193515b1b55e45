#include "base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace oresmith {
namespace {

Result<int> Half(int n) {
  if (n % 2 != 0) return Fail(ErrorKind::kInvalidInput, "halve {}: it is odd", n);
  return n / 2;
}

Result<int> Quarter(int n) {
  TRY(const int half, Half(n));
  TRY(const int quarter, Half(half));
  return quarter;
}

Status CheckQuarter(int n) {
  TRY_DO(Quarter(n));
  return {};
}

TEST(Try, GivesTheValueOrReturnsTheError) {
  EXPECT_EQ(Quarter(8).value(), 2);
  ASSERT_FALSE(Quarter(6));
  EXPECT_EQ(Quarter(6).error().message, "halve 3: it is odd");
  EXPECT_TRUE(CheckQuarter(4));
  EXPECT_EQ(CheckQuarter(2).error().kind, ErrorKind::kInvalidInput);
}

TEST(Error, WithinPutsTheOuterTaskInFront) {
  Error error = MakeError(ErrorKind::kNotFound, "no such file").Within("open a.sql");
  EXPECT_EQ(error.message, "open a.sql: no such file");
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace oresmith
