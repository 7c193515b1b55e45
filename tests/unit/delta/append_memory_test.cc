// A table that is opened to append leaves its files in the checkpoint. What it writes must be what
// a table writes that knows all of them.

#include <algorithm>
#include <map>
#include <set>

#include "delta/action.h"
#include "delta/checksum.h"
#include "delta/log.h"
#include "delta/maintain.h"
#include "delta/path.h"
#include "support/counting_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

constexpr int kInterval = 5;

Metadata OrdersMetadata() {
  Metadata metadata;
  metadata.id = "i";
  metadata.schema = OrdersSchema();
  return metadata;
}

AddFile FileOf(std::string path, int64_t size_bytes) {
  AddFile file;
  file.path = std::move(path);
  file.size_bytes = size_bytes;
  return file;
}

RemoveFile TombstoneOf(std::string path, int64_t size_bytes) {
  RemoveFile file;
  file.path = std::move(path);
  file.size_bytes = size_bytes;
  return file;
}

class AppendMemory : public TableFixture {
 protected:
  Result<std::unique_ptr<Table>> Create(FilesHeld held, Properties configuration) {
    return CreateIn(*store_, clock_, random_, held, std::move(configuration));
  }
  static Result<std::unique_ptr<Table>> CreateIn(storage::Store& store, const Clock& clock,
                                                 Random& random, FilesHeld held,
                                                 Properties configuration) {
    configuration["delta.checkpointInterval"] = std::to_string(kInterval);
    const CreateOptions options{.schema = OrdersSchema(),
                                .partition_columns = {"name"},
                                .configuration = std::move(configuration)};
    return Table::Create(store, "t", options, clock, random, Upkeep::kInCommit, held);
  }
  Result<std::unique_ptr<Table>> OpenToAppend() {
    return Table::Open(*store_, "t", clock_, random_, Upkeep::kInCommit,
                       FilesHeld::kSinceCheckpoint);
  }
  static std::string CheckpointName(int version) { return CheckpointKey("t", Version{version}); }

  /// The state that the commits give, whatever checkpoints say.
  Result<TableState> FromCommits(Version version) {
    const auto bare = storage::MakeMemoryStore();
    for (int64_t i = 0; i <= Number(version); ++i) {
      const std::string key = CommitKey("t", Version{i});
      TRY(const std::string text, store_->Get(key));
      TRY_DO(bare->PutIfAbsent(key, text));
    }
    return LoadState(*bare, "t", version);
  }

  static std::multiset<std::string> FilesOf(const TableState& state) {
    std::multiset<std::string> files;
    for (AddFile file : state.files()) {
      file.data_change = false;
      std::string text;
      AppendJson(file, text);
      files.insert(text);
    }
    for (auto [key, tombstone] : state.tombstones()) {
      tombstone.data_change = false;
      std::string text;
      AppendJson(tombstone, text);
      files.insert(text);
    }
    return files;
  }

  /// Each checkpoint and each checksum in the log says what the commits up to it say.
  void CheckLog() {
    int checkpoints = 0;
    const auto objects = store_->List("t/_delta_log", "").value();
    for (const storage::ObjectInfo& object : objects) {
      const auto name = ParseLogFileName(NameOf(object.key));
      if (!name) continue;
      SCOPED_TRACE(object.key);
      if (name->kind == LogFileName::Kind::kCheckpoint) {
        ++checkpoints;
        const auto expected = FromCommits(name->version);
        ASSERT_THAT(expected, IsOk());
        const auto files = FindLogFiles(*store_, "t", name->version);
        ASSERT_THAT(files, IsOk());
        ASSERT_TRUE(files->commits.empty());
        const auto state = LoadState(*store_, "t", name->version);
        ASSERT_THAT(state, IsOk());
        EXPECT_EQ(FilesOf(*state), FilesOf(*expected));
        EXPECT_EQ(state->sums().bytes, expected->sums().bytes);
        EXPECT_EQ(state->transactions().size(), expected->transactions().size());
        EXPECT_EQ(state->domains().size(), expected->domains().size());
      }
      if (name->kind == LogFileName::Kind::kChecksum) {
        const auto expected = FromCommits(name->version);
        ASSERT_THAT(expected, IsOk());
        EXPECT_EQ(DiffersFromChecksum(*store_, "t", *expected), std::nullopt);
      }
    }
    EXPECT_GT(checkpoints, 0);
  }

  Status Append(Table& table, int64_t id) {
    CommitRequest request;
    TRY_DO(WriteInto(request, table, OrdersBatch({{id, id % 2 == 0 ? "even" : "odd"}})));
    request.transactions = {{"flow", id}};
    TRY_DO(table.Commit(request));
    return {};
  }

  Status ChangeAsOthersDo(Table& table, int64_t number);

  /// A file of the newest version goes.
  Status RemoveFirst(Table& table) {
    TRY(const auto snapshot, table.LoadSnapshot());
    CommitRequest request{.operation = "DELETE"};
    request.removes = {snapshot->files[0]};
    TRY_DO(table.Commit(request));
    return {};
  }
};

/// What a program may do to the table beside the one that appends, after its commit `number`.
Status AppendMemory::ChangeAsOthersDo(Table& table, int64_t number) {
  const MaintainContext context{.store = *store_, .clock = clock_, .random = random_};
  if (number % 4 == 1) TRY_DO(RemoveFirst(table));
  if (number % 6 == 2) TRY_DO(AppendOrders(table, {{1000 + number, "x"}}));
  if (number % 17 == 3) TRY_DO(Optimize(context, table, {}));
  if (number % 23 != 4) return {};
  const Version before{Number(table.snapshot()->version) - 3};
  TRY_DO(Restore(context, table, {.version = before}));
  return {};
}

std::vector<Properties> KindsOfTables() {
  return {{},
          {{"delta.checkpointPolicy", "v2"}},
          {{"delta.checkpoint.writeStatsAsStruct", "true"}},
          {{"delta.enableRowTracking", "true"}, {"delta.enableInCommitTimestamps", "true"}}};
}

// The same appends to both kinds of tables: every file of the log is the same, byte for byte.
TEST_F(AppendMemory, AppendsLeaveTheSameBytesAsWithAllFilesInMemory) {
  for (const Properties& kind : KindsOfTables()) {
    SCOPED_TRACE(kind.empty() ? "plain" : kind.begin()->first);
    std::map<std::string, std::string> objects[2];
    for (const FilesHeld held : {FilesHeld::kAll, FilesHeld::kSinceCheckpoint}) {
      const auto store = storage::MakeMemoryStore();
      const ManualClock clock;
      Random random(11);
      const auto table = CreateIn(*store, clock, random, held, kind);
      ASSERT_THAT(table, IsOk());
      for (int64_t i = 1; i <= 7 * kInterval + 2; ++i) ASSERT_THAT(Append(**table, i), IsOk());
      auto& into = objects[held == FilesHeld::kAll ? 0 : 1];
      const auto all = store->ListRecursive("t").value();
      for (const storage::ObjectInfo& object : all) {
        into[object.key] = store->Get(object.key).value();
      }
    }
    ASSERT_TRUE(objects[0].contains(CheckpointName(7 * kInterval)));
    EXPECT_TRUE(objects[0] == objects[1]);
    for (const auto& [key, bytes] : objects[0]) {
      EXPECT_TRUE(objects[1].contains(key) && objects[1][key] == bytes) << key;
    }
  }
}

TEST_F(AppendMemory, FilesOfTheCheckpointAreNotInMemory) {
  auto table = Create(FilesHeld::kAll, {}).value();
  for (int64_t i = 1; i <= 12; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  const auto state = LoadStateOnCheckpoint(*store_, "t", std::nullopt, SumSource::kFiles, nullptr);
  ASSERT_THAT(state, IsOk());
  EXPECT_FALSE(state->holds_all_files());
  EXPECT_EQ(state->held_count(), 2U);
  EXPECT_EQ(state->sums().files, 12);
  EXPECT_EQ(state->sums().bytes, table->snapshot()->size_bytes());
  table = OpenToAppend().value();
  EXPECT_FALSE(table->snapshot()->files.is_held());
  EXPECT_EQ(table->snapshot()->num_files(), 12);
  EXPECT_EQ(table->snapshot()->num_records(), std::nullopt);
  EXPECT_EQ(table->LoadSnapshot().value()->files.size(), 12U);
  EXPECT_EQ(ReadOrders(*table).value().size(), 12U);
}

// What is held is bounded by the interval of checkpoints, not by the table.
TEST_F(AppendMemory, AfterEachCheckpointTheStateLetsGoOfItsFiles) {
  Actions first;
  first.protocol = Protocol();
  first.metadata = OrdersMetadata();
  TableState state;
  state.Apply(std::move(first), 0, Origin::kOurs);
  for (int i = 1; i <= 1000; ++i) {
    Actions actions;
    actions.adds = {FileOf(fmt::format("{}.parquet", i), i)};
    state.Apply(std::move(actions), i, Origin::kOurs);
    EXPECT_LE(state.held_count(), 20U);
    if (i % 10 != 0) continue;
    const CheckpointState taken = state.Seal();
    EXPECT_EQ(taken.files.size(), 10U);
    // As long as it is written, its files are there.
    EXPECT_EQ(state.Tail().files.size(), 10U);
    state.RestOn({.version = taken.version, .keys = {"k"}}, state.sums());
  }
  EXPECT_EQ(state.held_count(), 0U);
  EXPECT_EQ(state.sums().files, 1000);
  EXPECT_EQ(state.sums().bytes, 500'500);
}

// A checkpoint that failed: its files stay, and those that went meanwhile do not come back.
TEST_F(AppendMemory, WhatWasSetAsideComesBackWhenTheCheckpointFails) {
  Actions first;
  first.metadata = OrdersMetadata();
  first.adds = {FileOf("a", 1), FileOf("b", 2)};
  first.removes = {TombstoneOf("c", 4)};
  TableState state;
  state.Apply(std::move(first), 0, Origin::kOurs);
  static_cast<void>(state.Seal());
  Actions second;
  second.removes = {TombstoneOf("a", 1)};
  second.adds = {FileOf("c", 4)};
  state.Apply(std::move(second), 1, Origin::kForeign);
  EXPECT_FALSE(state.sums().exact);
  state.Unseal();
  ASSERT_TRUE(state.holds_all_files());
  ASSERT_EQ(state.files().size(), 2U);
  EXPECT_EQ(state.files()[0].path, "b");
  EXPECT_EQ(state.files()[1].path, "c");
  ASSERT_EQ(state.tombstones().size(), 1U);
  EXPECT_EQ(state.tombstones().begin()->second.path, "a");
}

TEST_F(AppendMemory, ForeignCommitsOfEveryKindAreInTheNextCheckpoint) {
  for (const Properties& kind : KindsOfTables()) {
    SCOPED_TRACE(kind.empty() ? "plain" : kind.begin()->first);
    store_ = storage::MakeMemoryStore();
    Properties configuration = kind;
    configuration["delta.enableDeletionVectors"] = "true";
    auto other = Create(FilesHeld::kAll, configuration).value();
    const auto table = OpenToAppend().value();
    for (int64_t i = 1; i <= 60; ++i) {
      ASSERT_THAT(Append(*table, i), IsOk());
      ASSERT_THAT(other->Refresh(), IsOk());
      ASSERT_THAT(ChangeAsOthersDo(*other, i), IsOk());
    }
    ASSERT_THAT(table->Refresh(), IsOk());
    EXPECT_FALSE(table->TakeCheckpointError().has_value());
    const auto all = Open("t").value();
    EXPECT_EQ(ReadOrders(*table).value(), ReadOrders(*all).value());
    CheckLog();
  }
}

TEST_F(AppendMemory, DeletionVectorsOfOthersGoIntoTheCheckpoint) {
  const auto other = Create(FilesHeld::kAll, {{"delta.enableDeletionVectors", "true"}}).value();
  for (int64_t i = 1; i <= 5; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  const auto table = OpenToAppend().value();
  const auto snapshot = other->snapshot();
  AddFile with_vector = snapshot->files[2];
  FileExtras extras;
  extras.deletion_vector = DeletionVector{.storage_type = "u",
                                          .path_or_inline = "ab^-aqEH.-t@S}K{vb[*k^",
                                          .offset = 4,
                                          .size_bytes = 40,
                                          .cardinality = 1};
  with_vector.extras = std::make_shared<const FileExtras>(extras);
  CommitRequest request{.operation = "DELETE"};
  request.removes = {snapshot->files[2]};
  request.adds = {with_vector};
  ASSERT_THAT(other->Commit(request), IsOk());
  for (int64_t i = 6; i <= 12; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  CheckLog();
  const auto files = table->LoadSnapshot().value()->files;
  EXPECT_EQ(files.size(), 12U);
  int vectors = 0;
  for (const AddFile& file : files) vectors += file.deletion_vector_id().empty() ? 0 : 1;
  EXPECT_EQ(vectors, 1);
}

// As soon as it wants to take rows away it has to know them, and later it can let go of them.
TEST_F(AppendMemory, RemovingLoadsTheFilesAndTheNextCheckpointLetsThemGo) {
  ASSERT_THAT(Create(FilesHeld::kAll, {}), IsOk());
  const auto table = OpenToAppend().value();
  for (int64_t i = 1; i <= 11; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  EXPECT_FALSE(table->snapshot()->files.is_held());
  ASSERT_THAT(RemoveFirst(*table), IsOk());
  EXPECT_TRUE(table->snapshot()->files.is_held());
  EXPECT_EQ(table->snapshot()->files.size(), 10U);
  for (int64_t i = 12; i <= 20; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  EXPECT_FALSE(table->snapshot()->files.is_held());
  EXPECT_EQ(table->snapshot()->num_files(), 19);
  CommitRequest wrong{.operation = "DELETE"};
  wrong.removes = {FileOf("nowhere.parquet", 1)};
  EXPECT_THAT(table->Commit(wrong), FailsWith(ErrorKind::kConflict, HasSubstr("nowhere")));
  CommitRequest all{.operation = "TRUNCATE"};
  all.overwrite = true;
  ASSERT_THAT(table->Commit(all), IsOk());
  EXPECT_THAT(ReadOrders(*table).value(), ::testing::IsEmpty());
  EXPECT_EQ(table->Tombstones().value().size(), 20U);
  CheckLog();
}

// A condition that a commit rests on is asked of files that are only in the checkpoint.
TEST_F(AppendMemory, ConflictsAreFoundWithFilesOfTheCheckpoint) {
  const auto other = Create(FilesHeld::kAll, {}).value();
  for (int64_t i = 1; i <= 6; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  const auto table = OpenToAppend().value();
  ASSERT_FALSE(table->snapshot()->files.is_held());
  CommitRequest request;
  ASSERT_THAT(WriteInto(request, *table, OrdersBatch({{7, "odd"}})), IsOk());
  request.reads.may_match = [](const AddFile& file) {
    return file.partition_values.at("name") == "odd" && file.num_records == 1;
  };
  ASSERT_THAT(RemoveFirst(*other), IsOk());  // 1, which is odd
  EXPECT_THAT(table->Commit(request), FailsWith(ErrorKind::kConflict, HasSubstr("removed a file")));
  ASSERT_THAT(table->Refresh(), IsOk());
  EXPECT_THAT(table->Commit(request), IsOk());
}

// The checkpoint below may go while the table is open: a newer one of others serves as well.
TEST_F(AppendMemory, ACheckpointThatHasGoneIsReplacedByANewerOne) {
  const auto other = Create(FilesHeld::kAll, {}).value();
  for (int64_t i = 1; i <= 6; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  const auto table = OpenToAppend().value();
  for (int64_t i = 7; i <= 10; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  ASSERT_THAT(store_->Head(CheckpointName(10)), IsOk());
  ASSERT_THAT(store_->Delete(CheckpointName(5)), IsOk());
  ASSERT_THAT(table->Refresh(), IsOk());
  EXPECT_EQ(table->LoadSnapshot().value()->files.size(), 10U);
  ASSERT_THAT(Append(*table, 11), IsOk());
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
  EXPECT_THAT(store_->Head(CheckpointName(11)), IsOk());
  CheckLog();
}

// Without any checkpoint that can be read none is written; commits go on, and say so.
TEST_F(AppendMemory, ABrokenCheckpointIsReportedAndNotBuiltUpon) {
  const auto other = Create(FilesHeld::kAll, {}).value();
  for (int64_t i = 1; i <= 6; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  const auto table = OpenToAppend().value();
  const std::string whole = store_->Get(CheckpointName(5)).value();
  ASSERT_THAT(store_->Put(CheckpointName(5), whole.substr(0, whole.size() / 2)), IsOk());
  for (int64_t i = 7; i <= 10; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  const auto error = table->TakeCheckpointError();
  ASSERT_TRUE(error.has_value());
  EXPECT_THAT(error->message, HasSubstr("checkpoint"));
  EXPECT_THAT(store_->Head(CheckpointName(10)),
              FailsWith(ErrorKind::kNotFound, HasSubstr("checkpoint")));
  ASSERT_THAT(store_->Put(CheckpointName(5), whole), IsOk());
  for (int64_t i = 11; i <= 15; ++i) ASSERT_THAT(Append(*table, i), IsOk());
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
  CheckLog();
}

// Two of them write the same checkpoints: the one that comes second rests on the other's.
TEST_F(AppendMemory, TwoAppendersShareTheirCheckpoints) {
  ASSERT_THAT(Create(FilesHeld::kAll, {}), IsOk());
  const auto one = OpenToAppend().value();
  const auto two = OpenToAppend().value();
  for (int64_t i = 1; i <= 30; ++i) {
    ASSERT_THAT(AppendOrders(i % 3 == 0 ? *one : *two, {{i, "x"}}), IsOk());
  }
  ASSERT_THAT(one->Refresh(), IsOk());
  EXPECT_EQ(one->snapshot()->num_files(), 30);
  EXPECT_EQ(ReadOrders(*one).value().size(), 30U);
  EXPECT_FALSE(one->TakeCheckpointError().has_value());
  CheckLog();
}

// With a checksum file nothing is asked of the files at all: of a table with sidecars none is
// opened.
TEST_F(AppendMemory, OpeningWithAChecksumLooksAtNoSidecar) {
  {
    const auto other = Create(FilesHeld::kAll, {{"delta.checkpointPolicy", "v2"}}).value();
    for (int64_t i = 1; i <= 6; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  }
  CountingStore counting(*store_);
  const auto open = [&](FilesHeld held) {
    counting.Forget();
    const auto table = Table::Open(counting, "t", clock_, random_, Upkeep::kInCommit, held);
    ASSERT_THAT(table, IsOk());
    EXPECT_EQ((*table)->snapshot()->num_files(), 6);
  };
  const auto sidecars = [&] {
    const auto opened = counting.Opened(".parquet");
    return std::ranges::count_if(
        opened, [](const std::string& key) { return key.find("_sidecars") != std::string::npos; });
  };
  open(FilesHeld::kAll);
  EXPECT_EQ(sidecars(), 1);
  open(FilesHeld::kSinceCheckpoint);
  EXPECT_EQ(sidecars(), 0);
  ASSERT_THAT(store_->Delete(ChecksumKey("t", Version{6})), IsOk());
  open(FilesHeld::kSinceCheckpoint);
  EXPECT_EQ(sidecars(), 1);
}

// Opening trusts a checksum of this very table and version, and counts where there is none.
TEST_F(AppendMemory, OpeningTakesTheSumsFromTheChecksumOrCounts) {
  const auto other = Create(FilesHeld::kAll, {}).value();
  for (int64_t i = 1; i <= 12; ++i) ASSERT_THAT(Append(*other, i), IsOk());
  const int64_t bytes = other->snapshot()->size_bytes();
  const std::string key = ChecksumKey("t", Version{12});
  const std::string text = store_->Get(key).value();
  for (const std::string& checksum :
       {text, std::string("{"), std::string(R"({"numFiles":3,"tableSizeBytes":1})"),
        std::string(R"({"numFiles":3,"tableSizeBytes":1,"metadata":{"id":"another"}})")}) {
    ASSERT_THAT(store_->Put(key, checksum), IsOk());
    const auto snapshot = OpenToAppend().value()->snapshot();
    EXPECT_EQ(snapshot->num_files(), 12) << checksum;
    EXPECT_EQ(snapshot->size_bytes(), bytes) << checksum;
  }
  ASSERT_THAT(store_->Delete(key), IsOk());
  EXPECT_EQ(OpenToAppend().value()->snapshot()->size_bytes(), bytes);
}

}  // namespace
}  // namespace oresmith::delta
