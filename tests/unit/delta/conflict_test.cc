// What a writer does about a commit that came first: one test for each pair of ours and theirs.
// Source: Spark, ConflictChecker.

#include <array>

#include "delta/commit.h"
#include "delta/log.h"
#include "support/faulty_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;

/// `ours_` was opened at version 2 (orders 1 and 2 in a file each); `theirs_` commits first.
class Conflict : public TableFixture {
 protected:
  void SetUp() override { Begin({}); }

  void Begin(Properties configuration) {
    store_ = storage::MakeMemoryStore();
    const CreateOptions options{.schema = OrdersSchema(), .configuration = configuration};
    theirs_ = Table::Create(*store_, "t", options, clock_, random_).value();
    ASSERT_THAT(AppendOrders(*theirs_, {{1, "a"}}), IsOk());
    ASSERT_THAT(AppendOrders(*theirs_, {{2, "b"}}), IsOk());
    ours_ = Open("t").value();
    file_ = {ours_->snapshot()->files[0], ours_->snapshot()->files[1]};
  }

  Result<Version> Append(Table& table, int64_t id) { return AppendOrders(table, {{id, "x"}}); }

  /// Replaces one file by another, with the same rows (`data_change` false) or others.
  CommitRequest Rewrite(Table& table, size_t index, bool data_change) {
    CommitRequest request;
    request.operation = data_change ? "UPDATE" : "OPTIMIZE";
    request.removes = {file_[index]};
    request.adds =
        WriteFiles(table, {OrdersBatch({{static_cast<int64_t>(index) + 1, "new"}})}).value();
    request.data_change = data_change;
    return request;
  }

  CommitRequest NewMetadata(const Table& table) {
    CommitRequest request;
    request.operation = "ALTER TABLE";
    request.metadata = table.snapshot()->metadata;
    return request;
  }

  /// Matches files whose statistics allow the id.
  static ReadSet ReadsId(int64_t id) {
    const std::string least = fmt::format(R"("minValues":{{"id":{},)", id);
    return {.may_match = [least](const AddFile& file) {
      return file.stats.empty() || file.stats.find(least) != std::string::npos;
    }};
  }

  static auto ConflictsWith(const std::string& text) {
    return FailsWith(ErrorKind::kConflict, HasSubstr(text));
  }

  std::unique_ptr<Table> theirs_;
  std::unique_ptr<Table> ours_;
  std::array<AddFile, 2> file_;
};

TEST_F(Conflict, AnAppendGoesAfterAnAppend) {
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  EXPECT_THAT(Append(*ours_, 4), IsOkWith(Version{4}));
}

TEST_F(Conflict, AnAppendGoesAfterACompactionAndAfterAnUpdate) {
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 0, false)), IsOk());
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 1, true)), IsOk());
  EXPECT_THAT(Append(*ours_, 3), IsOkWith(Version{5}));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value(),
            (std::vector<Order>{{1, "new"}, {2, "new"}, {3, "x"}}));
}

TEST_F(Conflict, AnAppendGoesAfterANewColumnAndANewProperty) {
  CommitRequest request = NewMetadata(*theirs_);
  request.metadata->schema.push_back(Column("extra", types::TypeId::kInt));
  request.metadata->configuration["owner"] = "them";
  ASSERT_THAT(theirs_->Commit(request), IsOk());
  EXPECT_THAT(Append(*ours_, 3), IsOkWith(Version{4}));
  EXPECT_EQ(ours_->snapshot()->metadata.schema.size(), 3U);
}

TEST_F(Conflict, AnAppendStopsBeforeAFeatureThatItDoesNotKnow) {
  ASSERT_THAT(store_->PutIfAbsent("t/_delta_log/00000000000000000003.json",
                                  R"({"protocol":{"minReaderVersion":1,"minWriterVersion":7,)"
                                  R"("writerFeatures":["appendOnly","invariants","sundials"]}})"),
              IsOk());
  EXPECT_THAT(Append(*ours_, 3), FailsWith(ErrorKind::kUnsupported, HasSubstr("sundials")));
}

// Rows that were not checked must not get past a constraint.
TEST_F(Conflict, AnAppendStopsBeforeAConstraintThatCameMeanwhile) {
  CommitRequest request = NewMetadata(*theirs_);
  request.metadata->configuration["delta.constraints.positive"] = "id > 0";
  ASSERT_THAT(theirs_->Commit(request), IsOk());
  EXPECT_THAT(Append(*ours_, 3), FailsWith(ErrorKind::kUnsupported, HasSubstr("checkConstraints")));
}

TEST_F(Conflict, AFeatureThatIsTakenAwayIsAConflict) {
  Begin({{"delta.enableDeletionVectors", "true"}});
  ASSERT_THAT(store_->PutIfAbsent("t/_delta_log/00000000000000000003.json",
                                  R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"),
              IsOk());
  EXPECT_THAT(Append(*ours_, 3), ConflictsWith("deletionVectors"));
}

TEST_F(Conflict, TwoChangesOfTheSchemaAreAConflict) {
  ASSERT_THAT(theirs_->Commit(NewMetadata(*theirs_)), IsOk());
  EXPECT_THAT(ours_->Commit(NewMetadata(*ours_)), ConflictsWith("schema or properties"));
}

TEST_F(Conflict, AChangeOfTheSchemaGoesAfterAnAppend) {
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  EXPECT_THAT(ours_->Commit(NewMetadata(*ours_)), IsOkWith(Version{4}));
}

TEST_F(Conflict, TwoChangesOfTheProtocolAreAConflict) {
  const CommitRequest request{.operation = "UPGRADE PROTOCOL", .features = {"domainMetadata"}};
  ASSERT_THAT(theirs_->Commit(request), IsOk());
  const CommitRequest other{.operation = "UPGRADE PROTOCOL", .features = {"deletionVectors"}};
  EXPECT_THAT(ours_->Commit(other), ConflictsWith("protocol"));
}

TEST_F(Conflict, OneDomainIsAConflictAndTwoAreNot) {
  Begin({{"delta.feature.domainMetadata", "supported"}});
  ASSERT_THAT(theirs_->Commit(CommitRequest{.domains = {{"a", "1"}}}), IsOk());
  EXPECT_THAT(ours_->Commit(CommitRequest{.domains = {{"b", "2"}}}), IsOkWith(Version{4}));
  ASSERT_THAT(theirs_->Commit(CommitRequest{.domains = {{"a", "3"}}}), IsOk());
  EXPECT_THAT(ours_->Commit(CommitRequest{.domains = {{"a", "4"}}}), ConflictsWith("'a'"));
}

TEST_F(Conflict, OurApplicationInTheirCommitIsASecondInstance) {
  ASSERT_THAT(theirs_->Commit(CommitRequest{.transactions = {{"flow", 1}}}), IsOk());
  const auto commit = ours_->Commit(CommitRequest{.transactions = {{"flow", 1}}});
  ASSERT_THAT(commit, ConflictsWith("'flow'"));
  EXPECT_THAT(commit.error().fix, HasSubstr("second instance"));
}

TEST_F(Conflict, CompactionGoesAfterAppendsEvenUnderAPredicate) {
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  CommitRequest request = Rewrite(*ours_, 0, false);
  request.reads = ReadsId(3);
  EXPECT_THAT(ours_->Commit(request), IsOkWith(Version{4}));
}

TEST_F(Conflict, CompactionOfOtherFilesGoesAfterCompactionAndUpdate) {
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 1, true)), IsOk());
  EXPECT_THAT(ours_->Commit(Rewrite(*ours_, 0, false)), IsOkWith(Version{4}));
}

TEST_F(Conflict, OneFileCannotBeRemovedTwice) {
  for (const bool they_change : {false, true}) {
    for (const bool we_change : {false, true}) {
      Begin({});
      ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 0, they_change)), IsOk());
      EXPECT_THAT(ours_->Commit(Rewrite(*ours_, 0, we_change)), ConflictsWith("remove too"));
    }
  }
}

TEST_F(Conflict, AnUpdateStopsBeforeRowsThatItMightHaveChanged) {
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  CommitRequest request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(3);
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("may be among those"));
  Begin({});
  ASSERT_THAT(Append(*theirs_, 4), IsOk());
  EXPECT_THAT(ours_->Commit(request = Rewrite(*ours_, 0, true)), IsOkWith(Version{4}));
}

TEST_F(Conflict, WriteSerializableLooksAwayFromBlindAppendsAlone) {
  Begin({{"delta.isolationLevel", "WriteSerializable"}});
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  CommitRequest request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(3);
  EXPECT_THAT(ours_->Commit(request), IsOkWith(Version{4}));
  Begin({{"delta.isolationLevel", "WriteSerializable"}});
  CommitRequest not_blind;
  not_blind.adds = WriteFiles(*theirs_, {OrdersBatch({{3, "x"}})}).value();
  not_blind.reads.whole_table = true;
  ASSERT_THAT(theirs_->Commit(not_blind), IsOk());
  request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(3);
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("may be among those"));
}

// The rows that compaction moved were there before.
TEST_F(Conflict, AnUpdateLooksAwayFromTheFilesThatCompactionAdds) {
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 1, false)), IsOk());
  CommitRequest request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(1);
  EXPECT_THAT(ours_->Commit(request), IsOkWith(Version{4}));
}

TEST_F(Conflict, AReaderOfTheWholeTableStopsBeforeAnyRows) {
  CommitRequest request;
  request.adds = WriteFiles(*ours_, {OrdersBatch({{9, "sum"}})}).value();
  request.reads.whole_table = true;
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("which we have read"));
  Begin({});
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 1, false)), IsOk());
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("removed a file that we have read"));
}

TEST_F(Conflict, AFileThatWasReadAndIsRemovedIsAConflict) {
  CommitRequest request = Rewrite(*ours_, 0, true);
  request.reads.paths = {file_[1].path};
  ASSERT_THAT(theirs_->Commit(Rewrite(*theirs_, 1, true)), IsOk());
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("removed a file that we have read"));
  Begin({});
  request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(2);
  CommitRequest gone;
  gone.removes = {file_[1]};
  ASSERT_THAT(theirs_->Commit(gone), IsOk());
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("removed a file that we have read"));
}

TEST_F(Conflict, AnUpdateStopsBeforeAnyChangeOfTheSchema) {
  CommitRequest change = NewMetadata(*theirs_);
  change.metadata->schema.push_back(Column("extra", types::TypeId::kInt));
  ASSERT_THAT(theirs_->Commit(change), IsOk());
  EXPECT_THAT(ours_->Commit(Rewrite(*ours_, 0, true)), ConflictsWith("schema"));
  EXPECT_THAT(Open("t").value()->Commit(Rewrite(*ours_, 0, false)), IsOk());
}

// The snapshot that the rows were read from may be older than what the handle knows by now.
TEST_F(Conflict, CommitsSinceTheSnapshotThatWasReadAreLookedAtToo) {
  const Version read = ours_->snapshot()->version;
  CommitRequest request = Rewrite(*ours_, 0, true);
  request.reads = ReadsId(3);
  request.read_version = read;
  ASSERT_THAT(Append(*theirs_, 3), IsOk());
  ASSERT_THAT(ours_->Refresh(), IsOk());
  EXPECT_THAT(ours_->Commit(request), ConflictsWith("version 3"));
  request.reads = ReadsId(4);
  EXPECT_THAT(ours_->Commit(request), IsOkWith(Version{4}));
}

// Two losses in a row: the third try comes after a look at how far the others are.
TEST_F(Conflict, AnAppendGetsAfterHundredForeignOnes) {
  for (int64_t i = 0; i < 100; ++i) ASSERT_THAT(Append(*theirs_, i), IsOk());
  const auto version = Append(*ours_, 100);
  ASSERT_THAT(version, IsOk()) << version.error().message;
  EXPECT_EQ(*version, Version{103});
}

// The next version's name is free again, and must not be taken: nobody would ever read it.
TEST_F(Conflict, AHandleThatSleptOverACleanUpGoesOnAtTheEnd) {
  for (int64_t i = 3; i <= 12; ++i) ASSERT_THAT(Append(*theirs_, i), IsOk());
  for (int version = 0; version < 10; ++version) {
    ASSERT_THAT(store_->Delete(fmt::format("t/_delta_log/{:020}.json", version)), IsOk());
  }
  clock_.Advance(std::chrono::hours(2));
  CommitRequest update = Rewrite(*ours_, 0, true);
  EXPECT_THAT(ours_->Commit(update), ConflictsWith("cleaned up"));
  EXPECT_THAT(Append(*ours_, 13), IsOkWith(Version{13}));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 13U);
  EXPECT_EQ(ReadOrders(*ours_).value().size(), 13U);
}

/// A store whose next puts of commits are not answered, though done.
class LostAnswer : public Conflict, public ::testing::WithParamInterface<Death> {};

INSTANTIATE_TEST_SUITE_P(Deaths, LostAnswer, ::testing::Values(Death::kBefore, Death::kAfter),
                         [](const auto& info) {
                           return info.param == Death::kBefore ? "Before" : "After";
                         });

TEST_P(LostAnswer, OneUnansweredPutIsResolvedWithoutDoublingRows) {
  FaultyStore store(*store_, -1, GetParam(), /*recovers=*/true);
  const auto table = Table::Open(store, "t", clock_, random_).value();
  CommitRequest request;
  request.adds = WriteFiles(*table, {OrdersBatch({{3, "x"}})}).value();
  store.DieAt(0);
  EXPECT_THAT(table->Commit(request), IsOkWith(Version{3}));
  EXPECT_TRUE(store.has_died());
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 3U);
  EXPECT_EQ(table->snapshot()->files.size(), 3U);
}

// The store is gone for long: nobody knows whether the commit is there. Its files must stay, and
// the same work done again must not be there twice.
TEST_P(LostAnswer, ACommitGivenUpIsFoundByTheNextOne) {
  FaultyStore store(*store_, -1, GetParam(), /*recovers=*/false);
  const auto table = Table::Open(store, "t", clock_, random_).value();
  CommitRequest request{.transactions = {{"flow", 1}}};
  request.adds = WriteFiles(*table, {OrdersBatch({{3, "x"}})}).value();
  store.DieAt(0);
  EXPECT_THAT(table->Commit(request), FailsWith(ErrorKind::kUnavailable, HasSubstr("version 3")));
  EXPECT_THAT(store_->Head("t/" + request.adds[0].path), IsOk());
  store.Revive();
  EXPECT_THAT(table->Commit(request), IsOkWith(Version{3}));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 3U);
}

}  // namespace
}  // namespace oresmith::delta
