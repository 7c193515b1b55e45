#include "delta/row_changes.h"

#include "delta/action.h"
#include "delta/changes.h"
#include "delta/log.h"
#include "delta/maintain.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using namespace testing_support;

constexpr int64_t kHourMs = 3'600'000;

class RowChangesTest : public TableFixture {
 protected:
  void Create(Properties properties) {
    CreateOptions options{.schema = OrdersSchema()};
    options.configuration = std::move(properties);
    table_ = Table::Create(*store_, "t", options, clock_, random_).value();
  }
  void CreateWithVectors() { Create({{"delta.enableDeletionVectors", "true"}}); }

  /// The request of a statement that ends these rows of the newest version, and adds others.
  CommitRequest Request(const EndedRows& ended, const std::vector<Order>& added, RowEffect effect) {
    const auto snapshot = table_->snapshot();
    RowChanges rows(*store_, "t", snapshot,
                    NewRuledWriter(*store_, "t", *snapshot, clock_, random_).value(), effect,
                    clock_, random_);
    EXPECT_THAT(rows.Write(OrdersBatch(added), "update_postimage"), IsOk());
    changes_ = rows.Finish(ended).value();
    CommitRequest request{.operation = "DML",
                          .adds = changes_.adds,
                          .removes = changes_.removes,
                          .change_files = changes_.change_files,
                          .read_version = snapshot->version};
    for (const VectorChange& change : changes_.vectors) {
      request.removes.push_back(change.before);
      request.adds.push_back(change.after);
    }
    return request;
  }
  Result<Version> Delete(const EndedRows& ended) {
    return table_->Commit(Request(ended, {}, RowEffect::kDeletes));
  }
  Result<std::vector<Order>> Reopened() {
    TRY(const auto again, Open("t"));
    return ReadOrders(*again);
  }
  AddFile File(size_t index) { return table_->snapshot()->files[index]; }
  MaintainContext context() { return {.store = *store_, .clock = clock_, .random = random_}; }
  std::vector<std::string> VectorFiles() {
    std::vector<std::string> names;
    const auto objects = store_->ListRecursive("t").value();
    for (const auto& object : objects) {
      if (object.key.find("deletion_vector_") != std::string::npos) names.push_back(object.key);
    }
    return names;
  }
  /// "id type" of each row.
  std::vector<std::string> Feed(Version version) {
    const auto relation = ScanChangeFeed(*store_, "t", version, version).value();
    std::vector<std::string> rows;
    const auto batches = ReadBatches(*relation, {0, 2}).value();
    for (const auto& batch : batches) {
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        const auto& types = static_cast<const arrow::StringArray&>(*batch->column(1));
        const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
        rows.push_back(fmt::format("{} {}", ids.Value(i), types.GetString(i)));
      }
    }
    std::ranges::sort(rows);
    return rows;
  }

  std::unique_ptr<Table> table_;
  FileChanges changes_;
};

const std::vector<Order> kThree = {{1, "a"}, {2, "b"}, {3, "c"}};
constexpr RowEnd kGone = RowEnd::kDeleted;

TEST_F(RowChangesTest, ADeletedRowIsListedAndItsFileStays) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  const AddFile before = File(0);
  EXPECT_THAT(before.stats, HasSubstr(R"("tightBounds":true)"));
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOkWith(Version{2}));
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{1, "a"}, Order{3, "c"})));
  const AddFile after = File(0);
  EXPECT_EQ(after.path, before.path);
  EXPECT_EQ(after.num_records, 3) << "all rows of the file, as Spark says it";
  EXPECT_EQ(after.stats,
            R"({"numRecords":3,"minValues":{"id":1,"name":"a"},"maxValues":{"id":3,"name":"c"},)"
            R"("nullCount":{"id":0,"name":0},"tightBounds":false})");
  EXPECT_EQ(after.extras->deletion_vector->cardinality, 1);
}

TEST_F(RowChangesTest, ASecondStatementListsTheRowsOfTheFirstToo) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  ASSERT_THAT(Delete({{0, {{2, kGone}}}}), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{2, "b"})));
  EXPECT_EQ(File(0).extras->deletion_vector->cardinality, 2);
}

TEST_F(RowChangesTest, AFileWithoutARowThatIsLeftGoesAsAWhole) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}, {1, kGone}}}}), IsOk());
  ASSERT_THAT(Delete({{0, {{2, kGone}}}}), IsOk());
  EXPECT_THAT(changes_.vectors, IsEmpty());
  EXPECT_TRUE(table_->snapshot()->files.empty());
  EXPECT_THAT(Reopened(), IsOkWith(IsEmpty()));
}

// Statistics are free to be missing, but a file with a vector must say how many rows it has.
TEST_F(RowChangesTest, AFileWithoutStatisticsGetsItsNumberOfRows) {
  CreateWithVectors();
  CommitRequest append{.adds = WriteFiles(*table_, {OrdersBatch(kThree)}).value()};
  append.adds[0].stats.clear();
  append.adds[0].num_records = -1;
  ASSERT_THAT(table_->Commit(append), IsOk());
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  EXPECT_EQ(File(0).stats, R"({"numRecords":3,"tightBounds":false})");
  ASSERT_THAT(Delete({{0, {{0, kGone}, {2, kGone}}}}), IsOk());
  EXPECT_TRUE(table_->snapshot()->files.empty());
}

TEST_F(RowChangesTest, WithoutThePropertyFilesAreCopiedAndAVectorThatIsThereGoes) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  Metadata metadata = table_->snapshot()->metadata;
  metadata.configuration["delta.enableDeletionVectors"] = "false";
  ASSERT_THAT(table_->Commit({.operation = "SET TBLPROPERTIES", .metadata = metadata}), IsOk());
  ASSERT_THAT(Delete({{0, {{2, kGone}}}}), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{2, "b"})));
  EXPECT_EQ(File(0).extras, nullptr);
  EXPECT_EQ(changes_.copied_rows, 1);
}

// Spark writes no files of changes for a DELETE with vectors: the difference of two vectors tells.
TEST_F(RowChangesTest, TheFeedOfADeleteIsTheDifferenceOfItsVectors) {
  Create({{"delta.enableDeletionVectors", "true"}, {"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  EXPECT_THAT(changes_.change_files, IsEmpty());
  EXPECT_THAT(Feed(Version{2}), ElementsAre("2 delete"));
  ASSERT_THAT(Delete({{0, {{0, kGone}, {2, kGone}}}}), IsOk());
  EXPECT_THAT(Feed(Version{3}), ElementsAre("1 delete", "3 delete"));
}

TEST_F(RowChangesTest, TheFeedOfAnUpdateHasItsRowsBeforeAndAfter) {
  Create({{"delta.enableDeletionVectors", "true"}, {"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  const EndedRows ended{{0, {{1, RowEnd::kUpdated}, {2, kGone}}}};
  ASSERT_THAT(table_->Commit(Request(ended, {{20, "b"}}, RowEffect::kAny)), IsOk());
  EXPECT_THAT(changes_.change_files, Not(IsEmpty()));
  EXPECT_THAT(Feed(Version{3}),
              ElementsAre("2 update_preimage", "20 update_postimage", "3 delete"));
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{20, "b"})));
}

// Both name the same file: the second one's vector does not know the rows of the first.
TEST_F(RowChangesTest, TwoStatementsOnOneFileAreAConflict) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  const CommitRequest late = Request({{0, {{0, kGone}}}}, {}, RowEffect::kDeletes);
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  EXPECT_THAT(table_->Commit(late), FailsWith(ErrorKind::kConflict, HasSubstr("remove")));
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{1, "a"}, Order{3, "c"})));
}

TEST_F(RowChangesTest, AStatementAndOptimizeOnOneFileAreAConflict) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(AppendOrders(*table_, {{4, "d"}}), IsOk());
  const CommitRequest late = Request({{0, {{0, kGone}}}}, {}, RowEffect::kDeletes);
  const auto other = Open("t").value();
  ASSERT_THAT(Optimize(context(), *other, {}), IsOk());
  EXPECT_THAT(table_->Commit(late), FailsWith(ErrorKind::kConflict, HasSubstr("remove")));
  EXPECT_THAT(Reopened(), IsOkWith(SizeIs(4)));
}

TEST_F(RowChangesTest, StatementsOnTwoFilesAndAnAppendDoNotDisturbEachOther) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(AppendOrders(*table_, {{4, "d"}, {5, "e"}}), IsOk());
  const CommitRequest late = Request({{0, {{0, kGone}}}}, {}, RowEffect::kDeletes);
  const auto other = Open("t").value();
  ASSERT_THAT(AppendOrders(*other, {{6, "f"}}), IsOk());
  ASSERT_THAT(Delete({{1, {{0, kGone}}}}), IsOk());
  ASSERT_THAT(table_->Commit(late), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(SizeIs(4)));
}

TEST_F(RowChangesTest, PurgeWritesTheFilesWithoutTheirDeletedRows) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(AppendOrders(*table_, {{4, "d"}}), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  ASSERT_THAT(Optimize(context(), *table_, {.purge = true}), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{2, "b"}, Order{3, "c"}, Order{4, "d"})));
  for (const AddFile& file : table_->snapshot()->files) EXPECT_EQ(file.deletion_vector_id(), "");
  EXPECT_EQ(table_->snapshot()->files.size(), 2U) << "the other file is not touched";
}

TEST_F(RowChangesTest, VacuumKeepsTheVectorsInUseAndTakesTheOthers) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  ASSERT_THAT(VectorFiles(), SizeIs(2));
  clock_.Advance(std::chrono::milliseconds(400 * kHourMs));
  ASSERT_THAT(Vacuum(context(), *table_, {}), IsOk());
  EXPECT_THAT(VectorFiles(), SizeIs(1));
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{3, "c"})));
}

TEST_F(RowChangesTest, RestoreBringsBackRowsThatAVectorTook) {
  CreateWithVectors();
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{0, kGone}}}}), IsOk());
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  ASSERT_THAT(Restore(context(), *table_, {.version = Version{2}}), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{2, "b"}, Order{3, "c"})));
  ASSERT_THAT(Restore(context(), *table_, {.version = Version{1}}), IsOk());
  EXPECT_THAT(Reopened(), IsOkWith(SizeIs(3)));
}

TEST_F(RowChangesTest, ACheckpointKeepsTheVectors) {
  Create({{"delta.enableDeletionVectors", "true"}, {"delta.checkpointInterval", "1"}});
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  ASSERT_THAT(Delete({{0, {{1, kGone}}}}), IsOk());
  ASSERT_THAT(store_->Head("t/_delta_log/00000000000000000002.checkpoint.parquet"), IsOk());
  // The commits before it are not needed, and not looked at.
  for (int version = 0; version <= 1; ++version) {
    ASSERT_THAT(store_->Delete(fmt::format("t/_delta_log/{:020}.json", version)), IsOk());
  }
  EXPECT_THAT(Reopened(), IsOkWith(ElementsAre(Order{1, "a"}, Order{3, "c"})));
}

TEST_F(RowChangesTest, RowsKeepTheirNumbersInAFileThatStays) {
  Create({{"delta.enableDeletionVectors", "true"}, {"delta.enableRowTracking", "true"}});
  ASSERT_THAT(AppendOrders(*table_, kThree), IsOk());
  const AddFile before = File(0);
  const EndedRows ended{{0, {{1, RowEnd::kUpdated}}}};
  ASSERT_THAT(table_->Commit(Request(ended, {{20, "b"}}, RowEffect::kAny)), IsOk());
  for (const AddFile& file : table_->snapshot()->files) {
    const bool is_old = file.path == before.path;
    EXPECT_EQ(file.extras->base_row_id, is_old ? 0 : 3);
    EXPECT_EQ(file.extras->default_row_commit_version, is_old ? 1 : 2);
  }
}

}  // namespace
}  // namespace oresmith::delta
