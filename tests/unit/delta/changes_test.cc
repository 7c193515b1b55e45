// The change data feed.

#include "delta/changes.h"

#include <gmock/gmock.h>

#include "delta/row_changes.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using testing_support::FailsWith;
using testing_support::IsOk;
using testing_support::IsOkWith;

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// Rows 3, 4, 7, 11, 18, 29. As in deletion_vector_test.cc.
const DeletionVector kSixRows{
    .storage_type = "i",
    .path_or_inline = "^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
    .offset = std::nullopt,
    .size_bytes = 44,
    .cardinality = 6};

/// "<id> <change type> <version>" of each row.
Result<std::vector<std::string>> ReadFeed(const columnar::Relation& relation) {
  TRY(const auto batches, ReadBatches(relation, {0, 2, 3, 4}));
  std::vector<std::string> rows;
  for (const columnar::Batch& batch : batches) {
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& types = static_cast<const arrow::StringArray&>(*batch->column(1));
    const auto& versions = static_cast<const arrow::Int64Array&>(*batch->column(2));
    EXPECT_EQ(batch->column(3)->null_count(), 0);
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      rows.push_back(fmt::format("{} {} {}", ids.Value(i), types.GetString(i), versions.Value(i)));
    }
  }
  return rows;
}

class Changes : public TableFixture {
 protected:
  void Create(Properties configuration) {
    table_ = Table::Create(
                 *store_, "t",
                 CreateOptions{.schema = OrdersSchema(), .configuration = std::move(configuration)},
                 clock_, random_)
                 .value();
  }
  Result<std::vector<std::string>> Read(int64_t from, std::optional<Version> to) {
    TRY(const auto relation, ScanChangeFeed(*store_, "t", Version{from}, to));
    return ReadFeed(*relation);
  }
  AddFile File(size_t index) { return table_->snapshot()->files[index]; }

  std::unique_ptr<Table> table_;
};

TEST_F(Changes, FilesThatCameAndWentAreInsertsAndDeletes) {
  Create({{"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, {{1, "a"}, {2, "b"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table_, {{3, "c"}}), IsOk());
  CommitRequest removal{.operation = "DELETE", .removes = {File(0)}};
  ASSERT_THAT(table_->Commit(removal), IsOk());
  EXPECT_THAT(Read(0, std::nullopt),
              IsOkWith(UnorderedElementsAre("1 insert 1", "2 insert 1", "3 insert 2", "1 delete 3",
                                            "2 delete 3")));
  EXPECT_THAT(Read(2, Version{2}), IsOkWith(ElementsAre("3 insert 2")));
  // As with Spark, an end past the newest version is the newest version.
  EXPECT_THAT(Read(2, Version{99}),
              IsOkWith(UnorderedElementsAre("3 insert 2", "1 delete 3", "2 delete 3")));
}

TEST_F(Changes, FilesThatWereOnlyRewrittenAreNoChange) {
  Create({{"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, {{1, "a"}}), IsOk());
  CommitRequest rewrite{.operation = "OPTIMIZE", .removes = {File(0)}, .data_change = false};
  rewrite.adds = WriteFiles(*table_, {OrdersBatch({{1, "a"}})}).value();
  ASSERT_THAT(table_->Commit(rewrite), IsOk());
  EXPECT_THAT(Read(2, std::nullopt), IsOkWith(ElementsAre()));
}

TEST_F(Changes, AnotherDeletionVectorChangesTheRowsInWhichItDiffers) {
  Create({{"delta.enableChangeDataFeed", "true"}, {"delta.enableDeletionVectors", "true"}});
  std::vector<Order> orders;
  for (int64_t id = 0; id < 30; ++id) orders.push_back({id, "x"});
  ASSERT_THAT(AppendOrders(*table_, orders), IsOk());
  const AddFile whole = File(0);
  AddFile holed = whole;
  FileExtras extras;
  extras.deletion_vector = kSixRows;
  holed.extras = std::make_shared<const FileExtras>(std::move(extras));
  ASSERT_THAT(table_->Commit({.operation = "DELETE", .adds = {holed}, .removes = {whole}}), IsOk());
  EXPECT_THAT(Read(2, std::nullopt),
              IsOkWith(UnorderedElementsAre("3 delete 2", "4 delete 2", "7 delete 2", "11 delete 2",
                                            "18 delete 2", "29 delete 2")));
  ASSERT_THAT(table_->Commit({.operation = "RESTORE", .adds = {whole}, .removes = {File(0)}}),
              IsOk());
  EXPECT_THAT(Read(3, std::nullopt),
              IsOkWith(UnorderedElementsAre("3 insert 3", "4 insert 3", "7 insert 3", "11 insert 3",
                                            "18 insert 3", "29 insert 3")));
}

TEST_F(Changes, FilesOfChangesAreTheOnlySourceOfTheirVersion) {
  Create({{"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, {{1, "a"}, {2, "b"}, {3, "c"}}), IsOk());
  const auto snapshot = table_->snapshot();
  RowChanges rows(*store_, "t", snapshot,
                  NewRuledWriter(*store_, "t", *snapshot, clock_, random_).value(), RowEffect::kAny,
                  clock_, random_);
  ASSERT_THAT(rows.Write(OrdersBatch({{20, "b"}}), "update_postimage"), IsOk());
  FileChanges changes = rows.Finish({{0, {{0, RowEnd::kDeleted}, {1, RowEnd::kUpdated}}}}).value();
  ASSERT_THAT(table_->Commit({.operation = "MERGE",
                              .adds = changes.adds,
                              .removes = changes.removes,
                              .change_files = changes.change_files}),
              IsOk());
  EXPECT_THAT(
      Read(2, std::nullopt),
      IsOkWith(UnorderedElementsAre("1 delete 2", "2 update_preimage 2", "20 update_postimage 2")));
}

TEST_F(Changes, TheFeedMustBeOnInEachOfTheVersions) {
  Create({});
  ASSERT_THAT(AppendOrders(*table_, {{1, "a"}}), IsOk());
  Metadata metadata = table_->snapshot()->metadata;
  metadata.configuration["delta.enableChangeDataFeed"] = "true";
  ASSERT_THAT(table_->Commit({.operation = "SET TBLPROPERTIES", .metadata = metadata}), IsOk());
  ASSERT_THAT(AppendOrders(*table_, {{2, "b"}}), IsOk());
  EXPECT_THAT(Read(2, std::nullopt), IsOkWith(ElementsAre("2 insert 3")));
  EXPECT_THAT(Read(1, std::nullopt),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("keep its changes in version 1")));
  metadata.configuration["delta.enableChangeDataFeed"] = "false";
  ASSERT_THAT(table_->Commit({.operation = "SET TBLPROPERTIES", .metadata = metadata}), IsOk());
  EXPECT_THAT(Read(2, std::nullopt),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("keep its changes in version 4")));
  EXPECT_THAT(Read(2, Version{3}), IsOkWith(ElementsAre("2 insert 3")));
}

TEST_F(Changes, VersionsThatAreNotThereAreRefusedWithTheRange) {
  Create({{"delta.enableChangeDataFeed", "true"}, {"delta.checkpointInterval", "2"}});
  for (int64_t id = 1; id <= 4; ++id) {
    ASSERT_THAT(AppendOrders(*table_, {{id, "a"}}), IsOk());
  }
  for (const int version : {0, 1}) {
    ASSERT_THAT(store_->Delete(fmt::format("t/_delta_log/{:020}.json", version)), IsOk());
  }
  EXPECT_THAT(Read(1, std::nullopt),
              FailsWith(ErrorKind::kNotFound,
                        AllOf(HasSubstr("those before 2 were cleaned up"), HasSubstr("memory:t"))));
  EXPECT_THAT(Read(2, Version{3}), IsOkWith(UnorderedElementsAre("2 insert 2", "3 insert 3")));
  EXPECT_THAT(Read(5, std::nullopt), FailsWith(ErrorKind::kNotFound, HasSubstr("the newest is 4")));
  EXPECT_THAT(Read(3, Version{2}), FailsWith(ErrorKind::kInvalidInput, HasSubstr("3 to 2")));
}

TEST_F(Changes, AFileThatVacuumTookIsNamed) {
  Create({{"delta.enableChangeDataFeed", "true"}});
  ASSERT_THAT(AppendOrders(*table_, {{1, "a"}}), IsOk());
  const std::string path = File(0).path;
  ASSERT_THAT(store_->Delete("t/" + path), IsOk());
  const auto rows = Read(1, std::nullopt);
  ASSERT_THAT(rows, FailsWith(ErrorKind::kCorrupt, HasSubstr(path)));
  EXPECT_THAT(rows.error().fix, HasSubstr("VACUUM"));
}

}  // namespace
}  // namespace oresmith::delta
