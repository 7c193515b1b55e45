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
#include "unit/storage/test_place.h"

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
class AnyStore : public ::testing::TestWithParam<std::string> {
 protected:
  const std::unique_ptr<TestPlace> place_ = MakeTestPlace(GetParam());
  const std::unique_ptr<Store> store_ = place_->Open();
};

INSTANTIATE_TEST_SUITE_P(Stores, AnyStore, ::testing::ValuesIn(TestPlaceNames()),
                         [](const auto& info) { return info.param; });

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
}

TEST_P(AnyStore, WhatIsToBeSyncedFirstIsDurableWithTheObjectThatNamesIt) {
  std::vector<std::shared_ptr<Unsynced>> written;
  for (const char* key : {"t/a=1/file", "t/a=1/other", "t/a=2/file"}) {
    auto output = store_->OpenOutput(key).value();
    ASSERT_THAT(output->Write(key), IsOk());
    auto unsynced = output->CloseUnsynced();
    ASSERT_THAT(unsynced, IsOk());
    EXPECT_EQ(store_->Get(key).value(), key);
    if (*unsynced != nullptr) written.push_back(std::move(*unsynced));
  }
  ASSERT_THAT(store_->PutIfAbsentAfter("t/log/1", "one", written), IsOk());
  EXPECT_EQ(store_->Get("t/log/1").value(), "one");
  // As a commit that lost its version and comes again at the next one.
  EXPECT_THAT(store_->PutIfAbsentAfter("t/log/1", "two", written),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("t/log/1")));
  EXPECT_THAT(store_->PutIfAbsentAfter("t/log/2", "two", written), IsOk());
  for (const auto& one : written) EXPECT_THAT(one->Sync(), IsOk());
  EXPECT_THAT(Keys(store_->ListRecursive("t/log").value()), ElementsAre("t/log/1", "t/log/2"));
}

class NeverDurable final : public Unsynced {
 public:
  Status Sync() override { return Fail(ErrorKind::kUnavailable, "the disk says no"); }
};

TEST_P(AnyStore, WithoutWhatMustBeSyncedFirstNothingIsPut) {
  const std::vector<std::shared_ptr<Unsynced>> written = {std::make_shared<NeverDurable>()};
  EXPECT_THAT(store_->PutIfAbsentAfter("t/log/1", "one", written),
              FailsWith(ErrorKind::kUnavailable, HasSubstr("the disk says no")));
  EXPECT_THAT(store_->ListRecursive("").value(), IsEmpty());
}

// Two writers of one data file would both commit it: the later one must hear of it, at the latest
// when it closes.
TEST_P(AnyStore, AnOutputDoesNotReplaceWhatIsThere) {
  ASSERT_THAT(store_->Put("d/file", "first"), IsOk());
  auto output = store_->OpenOutput("d/file");
  Status status;
  if (output) {
    ASSERT_THAT((*output)->Write("second"), IsOk());
    status = (*output)->Close();
  } else {
    status = Fail(output.error());
  }
  EXPECT_THAT(status, FailsWith(ErrorKind::kAlreadyExists, HasSubstr("d/file")));
  EXPECT_EQ(store_->Get("d/file").value(), "first");
}

// Object stores take large outputs in parts.
TEST_P(AnyStore, ALargeOutputComesWhole) {
  std::string bytes(11'000'000, '\0');
  for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 2654435761U >> 13);
  const auto write = [&](const std::string& key) -> Status {
    auto output = store_->OpenOutput(key);
    if (!output) return Fail(output.error());
    for (size_t at = 0; at < bytes.size(); at += 3'000'001) {
      TRY_DO((*output)->Write(std::string_view(bytes).substr(at, 3'000'001)));
    }
    return (*output)->Close();
  };
  ASSERT_THAT(write("d/large"), IsOk());
  EXPECT_TRUE(store_->Get("d/large").value() == bytes);
  EXPECT_EQ(store_->Head("d/large").value().size_bytes, std::ssize(bytes));
  EXPECT_THAT(write("d/large"), FailsWith(ErrorKind::kAlreadyExists, HasSubstr("d/large")));
}

TEST_P(AnyStore, ALargeOutputThatIsNotClosedLeavesNothing) {
  {
    auto output = store_->OpenOutput("d/large").value();
    ASSERT_THAT(output->Write(std::string(9 << 20, 'x')), IsOk());
  }
  EXPECT_THAT(store_->ListRecursive("").value(), IsEmpty());
  EXPECT_THAT(store_->Head("d/large"), FailsWith(ErrorKind::kNotFound, HasSubstr("large")));
}

// Partition values come into names: what one server encodes, the other must not see.
TEST_P(AnyStore, OddNamesComeBackAsTheyWere) {
  const std::vector<std::string> keys = {"t/a b+c",
                                         "t/a%20b",
                                         "t/c=%C3%A9/x",
                                         "t/\u00e9\u4e2d\U0001F600",
                                         "t/q?x=1&y=2#z",
                                         "t/<&>\"'",
                                         "t/[x]{y}|^`~!@$,;:()",
                                         "t/ leading",
                                         "t/_delta_log/0.json",
                                         "t/col=a%2Fb:c/part-0.parquet"};
  for (const std::string& key : keys) ASSERT_THAT(store_->PutIfAbsent(key, key), IsOk()) << key;
  for (const std::string& key : keys) {
    EXPECT_EQ(store_->Get(key).value(), key);
    EXPECT_EQ(store_->Head(key).value().size_bytes, std::ssize(key)) << key;
  }
  auto sorted = keys;
  std::ranges::sort(sorted);
  EXPECT_EQ(Keys(store_->ListRecursive("t").value()), sorted);
  EXPECT_THAT(Keys(store_->List("t", "\u00e9").value()), ElementsAre("t/\u00e9\u4e2d\U0001F600"));
  for (const std::string& key : keys) ASSERT_THAT(store_->Delete(key), IsOk()) << key;
  EXPECT_THAT(store_->ListRecursive("").value(), IsEmpty());
}

// Lists come in pages: nothing may be lost or doubled where one ends.
TEST_P(AnyStore, LongListsComeWholeAndFromAName) {
  std::vector<std::string> keys;
  for (int i = 0; i < 25; ++i) {
    keys.push_back(fmt::format("t/log/{:020}.json", i));
    ASSERT_THAT(store_->PutIfAbsent(keys.back(), "."), IsOk());
    ASSERT_THAT(store_->PutIfAbsent(fmt::format("t/log/sub{}/x", i), "."), IsOk());
  }
  EXPECT_EQ(Keys(store_->List("t/log", "").value()), keys);
  EXPECT_EQ(Keys(store_->List("t/log", "00000000000000000020.json").value()),
            std::vector<std::string>(keys.begin() + 20, keys.end()));
  EXPECT_EQ(Keys(store_->List("t/log", "00000000000000000019.json.").value()),
            std::vector<std::string>(keys.begin() + 20, keys.end()));
  EXPECT_THAT(store_->ListRecursive("t").value(), ::testing::SizeIs(50));
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
