#include "pipeline/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/store.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::pipeline {
namespace {

using testing::HasSubstr;
using namespace testing_support;

/// Somebody on another machine: whether he is alive shows by his beats alone.
LeaseOwner Elsewhere(std::string host) {
  return {.host = std::move(host), .process = 42, .started = "1"};
}

/// A clock by whose sleeps another process goes on with its work.
class SharedClock final : public Clock {
 public:
  Instant Now() const override { return time_.Now(); }
  std::chrono::nanoseconds Steady() const override { return time_.Steady(); }
  void Sleep(std::chrono::nanoseconds duration, std::stop_token) const override {
    time_.Advance(duration);
    if (meanwhile) meanwhile();
  }
  void Advance(std::chrono::nanoseconds duration) const { time_.Advance(duration); }
  std::function<void()> meanwhile;

 private:
  ManualClock time_;
};

class LeaseTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Lease>> Acquire(const LeaseOwner& owner) {
    return Lease::Acquire(*store_, clock_, random_, log_, owner, Lease::Beats::kByHand, {});
  }

  std::unique_ptr<storage::Store> store_ = storage::MakeMemoryStore();
  SharedClock clock_;
  Random random_{1};
  Logger log_ = Logger::None();
};

TEST_F(LeaseTest, TheSecondProcessIsRefusedByTheNameOfTheFirst) {
  const auto first = Acquire(Elsewhere("north")).value();
  clock_.meanwhile = [&] { EXPECT_THAT(first->Beat(), IsOk()); };
  const auto second = Acquire(Elsewhere("south"));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(second.error().message, HasSubstr("process 42 on north runs it already"));
}

TEST_F(LeaseTest, OneThatWasGivenBackIsTakenAtOnce) {
  Acquire(Elsewhere("north")).value().reset();
  clock_.meanwhile = [] { FAIL() << "it waited"; };
  EXPECT_TRUE(Acquire(Elsewhere("south")));
}

TEST_F(LeaseTest, OneThatStandsStillIsTakenOver) {
  const auto first = Acquire(Elsewhere("north")).value();
  const auto begin = clock_.Steady();
  const auto second = Acquire(Elsewhere("south")).value();
  EXPECT_GE(clock_.Steady() - begin, Lease::kExpiry);
  EXPECT_THAT(second->Beat(), IsOk());
}

// A machine that slept, or lost its network, wakes up with an epoch in its hands.
TEST_F(LeaseTest, ItsHolderFindsOutWhenItComesBack) {
  const auto first = Acquire(Elsewhere("north")).value();
  EXPECT_THAT(first->Check(), IsOk());
  const auto second = Acquire(Elsewhere("south")).value();
  const Status check = first->Check();
  ASSERT_FALSE(check);
  EXPECT_EQ(check.error().kind, ErrorKind::kConflict);
  EXPECT_THAT(check.error().message, HasSubstr("process 42 on south has taken it over"));
  EXPECT_THAT(second->Beat(), IsOk());
}

TEST_F(LeaseTest, AProcessOfThisMachineNeedNotBeWatched) {
  clock_.meanwhile = [] { FAIL() << "it waited"; };
  LeaseOwner dead = LeaseOwner::Self();
  dead.started = "0";  // the number is in use again, by us
  const auto first = Acquire(dead).value();
  const auto second = Acquire(LeaseOwner::Self()).value();
  const auto third = Acquire(LeaseOwner::Self());
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("runs it already"));
}

// Two that wait for the same dead one: one of them gets it.
TEST_F(LeaseTest, OnlyOneTakesOver) {
  const auto dead = Acquire(Elsewhere("north")).value();
  int sleeps = 0;
  clock_.meanwhile = [&] {
    if (++sleeps != 15) return;
    ASSERT_THAT(
        store_->PutIfAbsent("_checkpoints/lease/00000000000000000001",
                            R"({"host":"east","process":7,"started":"1","released":false})"),
        IsOk());
  };
  const auto late = Acquire(Elsewhere("south"));
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().message, HasSubstr("process 7 on east runs it already"));
}

TEST_F(LeaseTest, AFileThatIsNoLeaseIsNamed) {
  ASSERT_THAT(store_->Put("_checkpoints/lease/00000000000000000000", "{"), IsOk());
  const auto lease = Acquire(Elsewhere("north"));
  ASSERT_FALSE(lease);
  EXPECT_EQ(lease.error().kind, ErrorKind::kCorrupt);
  EXPECT_THAT(lease.error().message, HasSubstr("_checkpoints/lease/00000000000000000000"));
}

}  // namespace
}  // namespace oresmith::pipeline
