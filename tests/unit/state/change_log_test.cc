#include "state/change_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/faulty_store.h"
#include "support/matchers.h"

namespace oresmith::state {
namespace {

using testing::HasSubstr;
using testing_support::FailsWith;
using testing_support::IsOkWith;

class ChangeLogTest : public testing::Test {
 protected:
  static Result<std::string> Read(storage::Store& store, int64_t epoch) {
    ChangeLog log(store, "state");
    std::string text;
    TRY_DO(log.Load(epoch, [&](std::string_view record) -> Status {
      text.append(record);
      return {};
    }));
    return text;
  }

  /// "0,1,2," and so on up to the epoch.
  static std::string Upto(int64_t epoch) {
    std::string text;
    for (int64_t i = 0; i <= epoch; ++i) text += fmt::format("{},", i);
    return text;
  }

  std::unique_ptr<storage::Store> store_ = storage::MakeMemoryStore();
};

const ChangeLog::Records kNoState = [](const ChangeLog::Visit&) -> Status { return {}; };
constexpr int64_t kLarge = 1 << 30;

TEST_F(ChangeLogTest, GivesWhatWasWrittenUpToAnEpoch) {
  ChangeLog log(*store_, "state");
  ASSERT_TRUE(log.Load(-1, [](std::string_view) -> Status { return {}; }));
  for (int64_t epoch = 0; epoch < 5; ++epoch) {
    ASSERT_TRUE(log.Append(epoch, fmt::format("{},", epoch)));
  }
  EXPECT_THAT(Read(*store_, -1), IsOkWith(std::string()));
  EXPECT_THAT(Read(*store_, 2), IsOkWith(Upto(2)));
  EXPECT_THAT(Read(*store_, 4), IsOkWith(Upto(4)));
}

TEST_F(ChangeLogTest, AnEpochThatWasNotCommittedIsWrittenAgain) {
  ChangeLog log(*store_, "state");
  ASSERT_TRUE(log.Append(0, "0,"));
  ASSERT_TRUE(log.Append(3, "dead,"));
  ChangeLog again(*store_, "state");
  ASSERT_TRUE(again.Load(2, [](std::string_view) -> Status { return {}; }));
  ASSERT_TRUE(again.Append(3, "3,"));
  EXPECT_THAT(Read(*store_, 3), IsOkWith(std::string("0,3,")));
}

TEST_F(ChangeLogTest, ManyEpochsAreFewFiles) {
  ChangeLog log(*store_, "state");
  for (int64_t epoch = 0; epoch < 1000; ++epoch) {
    ASSERT_TRUE(log.Append(epoch, fmt::format("{},", epoch)));
    ASSERT_TRUE(log.Maintain(kLarge, kNoState));
  }
  EXPECT_LT(store_->List("state", "")->size(), 48U);
  EXPECT_THAT(Read(*store_, 999), IsOkWith(Upto(999)));
}

TEST_F(ChangeLogTest, WhatIsOutOfDateIsReplacedByTheState) {
  ChangeLog log(*store_, "state");
  const std::string large(300'000, 'x');
  for (int64_t epoch = 0; epoch < 40; ++epoch) {
    ASSERT_TRUE(log.Append(epoch, large));
    ASSERT_TRUE(log.Maintain(10, [&](const ChangeLog::Visit& give) {
      return give(fmt::format("state after {}", epoch));
    }));
  }
  const auto text = Read(*store_, 39);
  ASSERT_TRUE(text);
  EXPECT_TRUE(text->starts_with("state after ")) << text->substr(0, 40);
  EXPECT_LT(text->size(), 5 * large.size());
}

TEST_F(ChangeLogTest, AMissingOrDamagedFileIsTold) {
  ChangeLog log(*store_, "state");
  for (int64_t epoch = 0; epoch < 3; ++epoch) ASSERT_TRUE(log.Append(epoch, "record"));
  const std::string whole = *store_->Get("state/1");
  ASSERT_TRUE(store_->Delete("state/1"));
  EXPECT_THAT(Read(*store_, 2),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("epoch 1 should be before it")));
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_TRUE(store_->Put("state/1", damaged));
    EXPECT_THAT(Read(*store_, 2), FailsWith(ErrorKind::kCorrupt, HasSubstr("state/1"))) << at;
  }
  for (size_t size = 0; size < whole.size(); ++size) {
    if (size == 24) continue;  // a file without records
    ASSERT_TRUE(store_->Put("state/1", whole.substr(0, size)));
    EXPECT_THAT(Read(*store_, 2), FailsWith(ErrorKind::kCorrupt, HasSubstr("state/1"))) << size;
  }
}

/// Writes 30 epochs; an epoch counts as committed when Append was told to be done.
struct Writer {
  storage::Store& store;
  int64_t committed = -1;

  Status Go() {
    ChangeLog log(store, "state");
    std::string text;
    TRY_DO(log.Load(committed, [&](std::string_view record) -> Status {
      text =
          record.starts_with("all ") ? std::string(record.substr(4)) : text + std::string(record);
      return {};
    }));
    while (committed < 29) {
      // Large enough to be written anew now and then.
      const std::string change = fmt::format("{:>60000},", committed + 1);
      TRY_DO(log.Append(committed + 1, change));
      text += change;
      ++committed;
      TRY_DO(log.Maintain(committed % 7 == 0 ? 1 : kLarge,
                          [&](const ChangeLog::Visit& give) { return give("all " + text); }));
    }
    return {};
  }
};

// A power cut, a full disk, a torn file at any call: what was committed is there afterwards.
TEST_F(ChangeLogTest, DyingAtAnyCallLosesNothing) {
  for (const Death death : {Death::kBefore, Death::kAfter, Death::kFullDisk, Death::kReadOnly}) {
    bool died = true;
    for (int calls = 0; died; calls += kCallStep) {
      const auto inner = storage::MakeMemoryStore();
      FaultyStore store(*inner, calls, death, /*recovers=*/false);
      Writer first{.store = store};
      const Status written = first.Go();
      died = store.has_died();
      ASSERT_EQ(written.has_value(), !died);
      Writer second{.store = *inner, .committed = first.committed};
      ASSERT_TRUE(second.Go()) << NameOf(death) << " at call " << calls;
      std::string text;
      ChangeLog log(*inner, "state");
      ASSERT_TRUE(log.Load(29, [&](std::string_view record) -> Status {
        text =
            record.starts_with("all ") ? std::string(record.substr(4)) : text + std::string(record);
        return {};
      }));
      std::string expected;
      for (int i = 0; i < 30; ++i) expected += fmt::format("{:>60000},", i);
      ASSERT_EQ(text, expected) << NameOf(death) << " at call " << calls;
    }
  }
}

}  // namespace
}  // namespace oresmith::state
