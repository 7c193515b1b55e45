// A version by its time.

#include "delta/time_travel.h"

#include <gmock/gmock.h>

#include "support/forwarding_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using testing_support::FailsWith;
using testing_support::IsOk;
using testing_support::IsOkWith;

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr const char* kStart =
    R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"
    "\n"
    R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},)"
    R"("schemaString":"{\"type\":\"struct\",\"fields\":[]}","partitionColumns":[],)"
    R"("configuration":{}}})"
    "\n";

/// A memory store in which each object has the time that the test says.
class TimedStore final : public ForwardingStore {
 public:
  TimedStore() : TimedStore(storage::MakeMemoryStore()) {}

  void PutAt(const std::string& key, std::string_view bytes, int64_t modified_ms) {
    EXPECT_THAT(Put(key, bytes), IsOk());
    times_[key] = modified_ms;
  }
  Result<std::vector<storage::ObjectInfo>> List(const std::string& prefix,
                                                std::string_view from) override {
    TRY(auto objects, ForwardingStore::List(prefix, from));
    for (storage::ObjectInfo& object : objects) {
      if (times_.contains(object.key)) object.modified_ms = times_[object.key];
    }
    return objects;
  }

 private:
  explicit TimedStore(std::unique_ptr<storage::Store> memory)
      : ForwardingStore(*memory), memory_(std::move(memory)) {}

  std::unique_ptr<storage::Store> memory_;
  std::map<std::string, int64_t> times_;
};

std::string Key(int version) { return fmt::format("t/_delta_log/{:020}.json", version); }

class TimeTravel : public ::testing::Test {
 protected:
  void PutCommits(const std::vector<int64_t>& times_ms) {
    for (size_t i = 0; i < times_ms.size(); ++i) {
      store_.PutAt(Key(static_cast<int>(i)), i == 0 ? kStart : "", times_ms[i]);
    }
  }
  Result<Version> At(int64_t time_ms) { return FindVersionAt(store_, "t", metadata_, time_ms); }

  TimedStore store_;
  Metadata metadata_;
};

TEST_F(TimeTravel, TheNewestCommitThatIsNotLaterCounts) {
  PutCommits({1000, 2000, 3000});
  EXPECT_THAT(At(1000), IsOkWith(Version{0}));
  EXPECT_THAT(At(1999), IsOkWith(Version{0}));
  EXPECT_THAT(At(2000), IsOkWith(Version{1}));
  EXPECT_THAT(At(3000), IsOkWith(Version{2}));
}

// A copy of a table has files in any order of time.
TEST_F(TimeTravel, TimesOfFilesAreMadeToGrow) {
  PutCommits({5000, 1000, 9000});
  EXPECT_THAT(At(5000), IsOkWith(Version{0}));
  EXPECT_THAT(At(5001), IsOkWith(Version{1}));
  EXPECT_THAT(At(8999), IsOkWith(Version{1}));
}

TEST_F(TimeTravel, ATimeOutsideOfTheLogIsRefusedWithTheRange) {
  PutCommits({1000, 2000});
  const auto range = AllOf(HasSubstr("versions 0 to 1"), HasSubstr("1970-01-01T00:00:01.000Z to "
                                                                   "1970-01-01T00:00:02.000Z"));
  EXPECT_THAT(At(999), FailsWith(ErrorKind::kNotFound, range));
  EXPECT_THAT(At(2001), FailsWith(ErrorKind::kNotFound, range));
}

// Before the version from which on commits say their time, those of the files count.
TEST_F(TimeTravel, InCommitTimesCountFromTheirVersionOn) {
  PutCommits({1000, 2000, 1, 1});
  store_.PutAt(Key(2), R"({"commitInfo":{"inCommitTimestamp":7000}})", 1);
  store_.PutAt(Key(3), R"({"commitInfo":{"inCommitTimestamp":8000}})", 1);
  metadata_.configuration = {{"delta.enableInCommitTimestamps", "true"},
                             {"delta.inCommitTimestampEnablementVersion", "2"}};
  EXPECT_THAT(At(2000), IsOkWith(Version{1}));
  EXPECT_THAT(At(6999), IsOkWith(Version{1}));
  EXPECT_THAT(At(7000), IsOkWith(Version{2}));
  EXPECT_THAT(At(8000), IsOkWith(Version{3}));
  store_.PutAt(Key(3), R"({"commitInfo":{}})", 1);
  EXPECT_THAT(At(7500),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("version 3: commitInfo has no inCommit")));
}

TEST_F(TimeTravel, VersionsBeforeTheFirstCheckpointThatIsLeftAreGone) {
  PutCommits({1000, 2000, 3000, 4000, 5000});
  store_.PutAt("t/_delta_log/00000000000000000003.checkpoint.parquet", "", 4000);
  for (const int version : {0, 1}) ASSERT_THAT(store_.Delete(Key(version)), IsOk());
  const auto available = FindAvailableVersions(store_, "t");
  ASSERT_THAT(available, IsOk());
  EXPECT_EQ(available->earliest, Version{3});
  EXPECT_EQ(available->latest, Version{4});
  EXPECT_THAT(At(3500), FailsWith(ErrorKind::kNotFound, HasSubstr("versions 3 to 4")));
  EXPECT_THAT(FindAvailableVersions(store_, "none"),
              FailsWith(ErrorKind::kNotFound, HasSubstr("there is no Delta table")));
}

}  // namespace
}  // namespace oresmith::delta
