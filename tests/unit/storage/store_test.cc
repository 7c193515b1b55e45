#include "storage/store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "storage/posix_internal.h"
#include "support/matchers.h"
#include "support/temporary_folder.h"

namespace oresmith::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace testing_support;

std::vector<std::string> Keys(const std::vector<ObjectInfo>& objects) {
  std::vector<std::string> keys;
  for (const ObjectInfo& object : objects) keys.push_back(object.key);
  return keys;
}

/// Each store must keep the same contract.
class AnyStore : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<Store> MakeStore() const {
    return GetParam() ? MakeLocalStore(folder_.path() + "/root") : MakeMemoryStore();
  }
  TemporaryFolder folder_;
  std::unique_ptr<Store> store_ = MakeStore();
};

INSTANTIATE_TEST_SUITE_P(Stores, AnyStore, ::testing::Values(true, false), [](const auto& info) {
  return info.param ? std::string("local") : std::string("memory");
});

TEST_P(AnyStore, WhatWasPutIsGotBack) {
  ASSERT_THAT(store_->PutIfAbsent("a/b/c.json", std::string_view("one\0two", 7)), IsOk());
  EXPECT_EQ(store_->Get("a/b/c.json").value(), std::string("one\0two", 7));
  EXPECT_EQ(store_->Head("a/b/c.json").value().size_bytes, 7);
}

TEST_P(AnyStore, PutIfAbsentLeavesWhatIsThere) {
  ASSERT_THAT(store_->PutIfAbsent("k", "first"), IsOk());
  EXPECT_THAT(store_->PutIfAbsent("k", "second"),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("k")));
  EXPECT_EQ(store_->Get("k").value(), "first");
}

TEST_P(AnyStore, PutReplaces) {
  ASSERT_THAT(store_->Put("k", "first"), IsOk());
  ASSERT_THAT(store_->Put("k", "2"), IsOk());
  EXPECT_EQ(store_->Get("k").value(), "2");
}

TEST_P(AnyStore, MissingObjectsAreNotFound) {
  EXPECT_THAT(store_->Get("x"), FailsWith(ErrorKind::kNotFound, HasSubstr("x")));
  EXPECT_THAT(store_->Head("x"), FailsWith(ErrorKind::kNotFound, HasSubstr("x")));
  EXPECT_THAT(store_->OpenInput("x"), FailsWith(ErrorKind::kNotFound, HasSubstr("x")));
  EXPECT_THAT(store_->Delete("x"), IsOk());
  EXPECT_THAT(store_->List("nowhere", "").value(), IsEmpty());
}

TEST_P(AnyStore, ListGivesOneFolderFromANameOn) {
  for (const char* key : {"t/log/2", "t/log/1", "t/log/10", "t/log/sub/3", "t/data", "t2/x"}) {
    ASSERT_THAT(store_->PutIfAbsent(key, "."), IsOk());
  }
  EXPECT_THAT(Keys(store_->List("t/log", "").value()),
              ElementsAre("t/log/1", "t/log/10", "t/log/2"));
  EXPECT_THAT(Keys(store_->List("t/log", "10").value()), ElementsAre("t/log/10", "t/log/2"));
  EXPECT_THAT(Keys(store_->List("t", "").value()), ElementsAre("t/data"));
  EXPECT_THAT(Keys(store_->ListRecursive("t").value()),
              ElementsAre("t/data", "t/log/1", "t/log/10", "t/log/2", "t/log/sub/3"));
  EXPECT_THAT(Keys(store_->ListRecursive("").value()), ::testing::SizeIs(6));
}

TEST_P(AnyStore, AnOutputIsVisibleOnlyWhenItIsClosed) {
  auto output = store_->OpenOutput("d/file").value();
  ASSERT_THAT(output->Write("hello "), IsOk());
  ASSERT_THAT(output->Write("world"), IsOk());
  EXPECT_EQ(output->position(), 11);
  EXPECT_THAT(store_->Get("d/file"), FailsWith(ErrorKind::kNotFound, HasSubstr("d/file")));
  EXPECT_THAT(store_->List("d", "").value(), IsEmpty());
  ASSERT_THAT(output->Close(), IsOk());
  EXPECT_EQ(store_->Get("d/file").value(), "hello world");
  EXPECT_THAT(store_->OpenOutput("d/file"),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("d/file")));
}

TEST_P(AnyStore, AnOutputThatIsNotClosedLeavesNothing) {
  {
    auto output = store_->OpenOutput("d/file").value();
    ASSERT_THAT(output->Write("hello"), IsOk());
  }
  EXPECT_THAT(store_->ListRecursive("").value(), IsEmpty());
}

TEST_P(AnyStore, AnInputReadsAnywhereAndStopsAtTheEnd) {
  ASSERT_THAT(store_->Put("k", "0123456789"), IsOk());
  const auto input = store_->OpenInput("k").value();
  EXPECT_EQ(input->size_bytes(), 10);
  std::string out(4, '.');
  EXPECT_EQ(input->ReadAt(3, 4, out.data()).value(), 4);
  EXPECT_EQ(out, "3456");
  EXPECT_EQ(input->ReadAt(8, 4, out.data()).value(), 2);
  EXPECT_EQ(out.substr(0, 2), "89");
  EXPECT_EQ(input->ReadAt(11, 4, out.data()).value(), 0);
}

// Keys come from table logs, which anybody may have written: none may lead out of the root.
TEST_P(AnyStore, KeysThatLeadOutOfTheRootAreRefused) {
  for (const std::string key : {"../x", "a/../x", "/etc/passwd", "", "a//b", "./a", "a/"}) {
    EXPECT_THAT(store_->Get(key), FailsWith(ErrorKind::kInvalidInput, HasSubstr(key))) << key;
    EXPECT_THAT(store_->Put(key, ""), FailsWith(ErrorKind::kInvalidInput, HasSubstr(key))) << key;
  }
}

TEST_P(AnyStore, OfManyWritersOfOneKeyExactlyOneWins) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 50;
  std::vector<int> wins(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        for (int round = 0; round < kRounds; ++round) {
          wins[i] +=
              store_->PutIfAbsent("log/" + std::to_string(round), std::to_string(i)).has_value();
        }
      });
    }
  }
  EXPECT_EQ(std::accumulate(wins.begin(), wins.end(), 0), kRounds);
}

TEST(LocalStore, HidesWhatAKilledWriterLeft) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/.oresmith-tmp-12-0") << "half";
  const auto store = MakeLocalStore(folder.path());
  EXPECT_THAT(store->ListRecursive("").value(), IsEmpty());
}

TEST(LocalStore, SaysPathAndReasonWhenAFileStandsInTheWay) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/file") << "x";
  const auto store = MakeLocalStore(folder.path() + "/file");
  const Status status = store->PutIfAbsent("k", "v");
  EXPECT_THAT(status, FailsWith(ErrorKind::kInvalidInput, HasSubstr("Not a directory")));
  EXPECT_THAT(status.error().message, HasSubstr(folder.path()));
  EXPECT_THAT(status.error().fix, HasSubstr("a file stands where a folder is needed"));
}

TEST(LocalStore, SaysHowToMendAFolderWithoutRights) {
  if (geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  const TemporaryFolder folder;
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  const Status status = MakeLocalStore(folder.path())->PutIfAbsent("k", "v");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
  EXPECT_THAT(status, FailsWith(ErrorKind::kInvalidInput, HasSubstr("Permission denied")));
  EXPECT_THAT(status.error().fix, HasSubstr("give this user the right"));
}

TEST(LocalStore, AFullDiskMayPassAndNamesTheWayOut) {
  const Error error = SystemError("write", "/data/x", ENOSPC);
  EXPECT_EQ(error.kind, ErrorKind::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("write /data/x: No space left on device"));
  EXPECT_THAT(error.fix, HasSubstr("free space"));
}

TEST(LocalStore, AReadOnlyDiskIsTheUsersToMend) {
  const Error error = SystemError("write", "/data/x", EROFS);
  EXPECT_EQ(error.kind, ErrorKind::kInvalidInput);
  EXPECT_THAT(error.fix, HasSubstr("choose another storage folder"));
}

}  // namespace
}  // namespace oresmith::storage
