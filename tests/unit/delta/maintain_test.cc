// OPTIMIZE, VACUUM, RESTORE, FSCK and CONVERT: the rows stay what they are meant to be, whatever
// files come and go.

#include "delta/maintain.h"

#include <arrow/array/builder_nested.h>
#include <parquet/arrow/writer.h>

#include <cstdlib>
#include <set>

#include "delta/parquet_io.h"
#include "delta/path.h"
#include "support/forwarding_store.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

constexpr int64_t kHourMs = 60 * 60 * 1000;

class Maintain : public TableFixture {
 protected:
  MaintainContext Context() { return {.store = *store_, .clock = clock_, .random = random_}; }

  /// A table whose files hold one order each.
  std::unique_ptr<Table> ManyFiles(int files) {
    auto table = CreateOrders("t");
    EXPECT_THAT(table, IsOk());
    for (int i = 0; i < files; ++i) EXPECT_THAT(AppendOrders(**table, {{i, "x"}}), IsOk());
    return std::move(*table);
  }

  /// Data files in the store, whether the table knows them or not.
  std::set<std::string> DataFiles(const std::string& root) {
    std::set<std::string> names;
    const auto objects = store_->ListRecursive(root).value();
    for (const auto& object : objects) {
      if (object.key.find("_delta_log") == std::string::npos) names.insert(object.key);
    }
    return names;
  }

  void PassHours(int64_t hours) { clock_.Advance(std::chrono::hours(hours)); }
};

TEST_F(Maintain, OptimizeMakesOneFileOfManyAndKeepsTheRows) {
  const auto table = ManyFiles(5);
  const auto before = ReadOrders(*table).value();
  const auto report = Optimize(Context(), *table, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->removed.files, 5);
  EXPECT_EQ(report->added.files, 1);
  EXPECT_EQ(report->partitions, 1);
  EXPECT_EQ(report->version, Version{6});
  EXPECT_EQ(table->snapshot()->files.size(), 1);
  EXPECT_EQ(ReadOrders(*table).value(), before);
  // Others see it so too, and readers of changes see nothing.
  EXPECT_EQ(ReadOrders(**Open("t")).value(), before);
  EXPECT_THAT(ReadOrders(**table->ScanChanges(Version{5}, Version{6})).value(), IsEmpty());
  EXPECT_THAT(Commit("t", 6),
              AllOf(HasSubstr(R"("operation":"OPTIMIZE")"), HasSubstr(R"("numRemovedFiles":"5")"),
                    HasSubstr(R"("dataChange":false)"), Not(HasSubstr(R"("dataChange":true)"))));
  // There is nothing left to do.
  EXPECT_EQ(Optimize(Context(), *table, {})->version, std::nullopt);
}

TEST_F(Maintain, OptimizeStaysWithinPartitionsAndThoseAskedFor) {
  CreateOptions create{.schema = OrdersSchema(), .partition_columns = {"name"}};
  const auto table = *Table::Create(*store_, "t", create, clock_, random_);
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(AppendOrders(*table, {{i, "a"}, {i, "b"}, {i, std::nullopt}}), IsOk());
  }
  const auto before = ReadOrders(*table).value();
  OptimizeOptions options;
  options.partitions = [](const PartitionValues& values) { return values.at("name") != "b"; };
  const auto report = Optimize(Context(), *table, options);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->partitions, 2);
  EXPECT_EQ(report->files_considered, 6);
  EXPECT_EQ(table->snapshot()->files.size(), 5);
  EXPECT_EQ(ReadOrders(*table).value(), before);
}

TEST_F(Maintain, OptimizeFillsFilesUpToTheTargetOnly) {
  const auto table = ManyFiles(6);
  const int64_t size = table->snapshot()->files.begin()->size_bytes;
  OptimizeOptions options{.target_file_bytes = size * 2 + size / 2};
  ASSERT_THAT(Optimize(Context(), *table, options), IsOk());
  EXPECT_EQ(table->snapshot()->files.size(), 3);
  // The property says it too, in Spark's way of writing sizes.
  CommitRequest request;
  request.metadata = table->snapshot()->metadata;
  request.metadata->configuration["delta.targetFileSize"] = "1b";
  ASSERT_THAT(table->Commit(request), IsOk());
  EXPECT_EQ(Optimize(Context(), *table, {})->version, std::nullopt);
}

TEST_F(Maintain, AppendsDuringOptimizeGoOnAndItsFilesStay) {
  const auto table = ManyFiles(3);
  const auto other = *Open("t");
  ASSERT_THAT(AppendOrders(*other, {{100, "late"}}), IsOk());
  // `table` does not know of version 4 when it plans; it is rebased over it and one more.
  const auto appender = *Open("t");
  const auto report = Optimize(Context(), *table, {});
  ASSERT_THAT(report, IsOk());
  ASSERT_THAT(AppendOrders(*appender, {{101, "later"}}), IsOk());
  ASSERT_THAT(table->Refresh(), IsOk());
  EXPECT_THAT(ReadOrders(*table).value(), ElementsAre(Order{0, "x"}, Order{1, "x"}, Order{2, "x"},
                                                      Order{100, "late"}, Order{101, "later"}));
}

/// Deletes a file of the table as soon as a new data file is there: another writer who is faster.
class Interfering final : public ForwardingStore {
 public:
  Interfering(storage::Store& inner, std::function<void()> once)
      : ForwardingStore(inner), once_(std::move(once)) {}

  Status PutIfAbsent(const std::string& key, std::string_view bytes) override {
    if (once_) std::exchange(once_, nullptr)();
    return ForwardingStore::PutIfAbsent(key, bytes);
  }

 private:
  std::function<void()> once_;
};

TEST_F(Maintain, OptimizeGivesUpOnlyTheGroupsWhoseFilesOthersRemoved) {
  CreateOptions create{.schema = OrdersSchema(), .partition_columns = {"name"}};
  const auto made = *Table::Create(*store_, "t", create, clock_, random_);
  for (int i = 0; i < 3; ++i) ASSERT_THAT(AppendOrders(*made, {{i, "a"}, {i, "b"}}), IsOk());
  Interfering store(*store_, [&] {
    CommitRequest request;
    for (const AddFile& file : made->snapshot()->files) {
      if (file.partition_values.at("name") == "a") request.removes = {file};
    }
    EXPECT_THAT(made->Commit(request), IsOk());
  });
  const auto table = *Table::Open(store, "t", clock_, random_);
  const MaintainContext context{.store = store, .clock = clock_, .random = random_};
  const auto report = Optimize(context, *table, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->groups_lost, 1);
  EXPECT_EQ(report->removed.files, 5);
  EXPECT_EQ(report->added.files, 2);
  EXPECT_EQ(table->snapshot()->files.size(), 2);
  EXPECT_THAT(ReadOrders(*table).value(), ElementsAre(Order{0, "a"}, Order{0, "b"}, Order{1, "a"},
                                                      Order{1, "b"}, Order{2, "b"}));
}

TEST_F(Maintain, ZOrderPutsCloseValuesIntoTheSameFiles) {
  const auto table = *CreateOrders("t");
  std::vector<Order> orders;
  for (int64_t i = 0; i < 4096; ++i) {
    orders.push_back({(i * 2654435761) % 4096, fmt::format("{:04}", (i * 40503) % 4096)});
  }
  orders.push_back({std::nullopt, std::nullopt});
  for (size_t i = 0; i < 2; ++i) ASSERT_THAT(AppendOrders(*table, orders), IsOk());
  const auto before = ReadOrders(*table).value();
  // So little memory that nearly all rows are spilled.
  OptimizeOptions options{.target_file_bytes = 1, .zorder_by = {"id", "name"}};
  options.sort_bytes_max = 16 * 1024;
  const auto report = Optimize(Context(), *table, options);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(ReadOrders(*table).value(), before);
  // Neighbours in the file are near in both columns; in any order but this, they are 1365 apart.
  const auto batches = ReadBatches(*table->Scan(table->snapshot()), {0, 1}).value();
  int64_t id_steps = 0;
  int64_t name_steps = 0;
  for (const columnar::Batch& batch : batches) {
    const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& names = static_cast<const arrow::StringArray&>(*batch->column(1));
    for (int64_t i = 1; i < batch->num_rows(); ++i) {
      if (ids.IsNull(i) || ids.IsNull(i - 1)) continue;
      id_steps += std::abs(ids.Value(i) - ids.Value(i - 1));
      name_steps += std::abs(std::stol(names.GetString(i)) - std::stol(names.GetString(i - 1)));
    }
  }
  EXPECT_LT(id_steps / std::ssize(before), 300);
  EXPECT_LT(name_steps / std::ssize(before), 300);
  // What was spilled is gone: each file there was in some version.
  EXPECT_EQ(std::ssize(DataFiles("t")), report->added.files + report->removed.files);
}

TEST_F(Maintain, ZOrderOfOtherThanColumnsWithAnOrderIsRefused) {
  const auto table = ManyFiles(1);
  OptimizeOptions options;
  options.zorder_by = {"nothing"};
  EXPECT_THAT(Optimize(Context(), *table, options),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("there is no column nothing")));
  options.zorder_by = {"id", "id", "id", "id", "id"};
  EXPECT_THAT(Optimize(Context(), *table, options),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("at most 4 columns")));
}

TEST_F(Maintain, AutoCompactWorksOnceThereAreEnoughSmallFiles) {
  CreateOptions create{.schema = OrdersSchema()};
  create.configuration = {{"delta.autoOptimize.autoCompact", "true"},
                          {"oresmith.autoCompact.minFiles", "4"}};
  const auto table = *Table::Create(*store_, "t", create, clock_, random_);
  for (int i = 0; i < 3; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  EXPECT_FALSE(WantsAutoCompact(*table->snapshot()));
  EXPECT_EQ(AutoCompact(Context(), *table, {})->version, std::nullopt);
  ASSERT_THAT(AppendOrders(*table, {{3, "x"}}), IsOk());
  EXPECT_TRUE(WantsAutoCompact(*table->snapshot()));
  EXPECT_EQ(AutoCompact(Context(), *table, {})->removed.files, 4);
  EXPECT_THAT(Commit("t", 5), HasSubstr(R"("auto":true)"));
  EXPECT_FALSE(WantsAutoCompact(*table->snapshot()));
}

TEST_F(Maintain, VacuumTakesWhatNoVersionWithinTheRetentionNeeds) {
  const auto table = ManyFiles(3);
  ASSERT_THAT(Optimize(Context(), *table, {}), IsOk());
  EXPECT_EQ(Vacuum(Context(), *table, {})->files, 0);
  ASSERT_THAT(store_->PutIfAbsent("t/part-of-nobody.parquet", "x"), IsOk());
  ASSERT_THAT(store_->PutIfAbsent("t/_hidden/x.parquet", "x"), IsOk());
  ASSERT_THAT(store_->PutIfAbsent("t/.hidden", "x"), IsOk());
  ASSERT_THAT(store_->PutIfAbsent("t/_change_data/cdc-1.parquet", "x"), IsOk());
  PassHours(169);
  const auto dry = Vacuum(Context(), *table, {.dry_run = true});
  ASSERT_THAT(dry, IsOk());
  EXPECT_EQ(dry->files, 5);
  EXPECT_EQ(dry->start_version, std::nullopt);
  EXPECT_EQ(DataFiles("t").size(), 8U);
  const auto report = Vacuum(Context(), *table, {});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->files, 5);
  EXPECT_THAT(DataFiles("t"), UnorderedElementsAre("t/" + table->snapshot()->files[0].path,
                                                   "t/_hidden/x.parquet", "t/.hidden"));
  EXPECT_EQ(ReadOrders(*table)->size(), 3U);
  EXPECT_THAT(Commit("t", 5), AllOf(HasSubstr(R"("operation":"VACUUM START")"),
                                    HasSubstr(R"("numFilesToDelete":"5")")));
  EXPECT_THAT(Commit("t", 6),
              AllOf(HasSubstr(R"("operation":"VACUUM END")"), HasSubstr(R"("status":"COMPLETED")"),
                    HasSubstr(R"("numDeletedFiles":"5")")));
}

// A file of a writer that has not committed yet looks like one that nobody needs.
TEST_F(Maintain, VacuumSparesFilesThatAreYoung) {
  const TemporaryFolder folder;
  store_ = storage::MakeLocalStore(folder.path());
  const SystemClock clock;
  const MaintainContext context{.store = *store_, .clock = clock, .random = random_};
  const auto table = *Table::Create(*store_, "t", {.schema = OrdersSchema()}, clock, random_);
  ASSERT_THAT(WriteFiles(*table, {OrdersBatch({{1, "x"}})}), IsOk());
  EXPECT_EQ(Vacuum(context, *table, {})->files, 0);
  EXPECT_EQ(Vacuum(context, *table, {.retention_ms = -kHourMs, .force = true}).error().kind,
            ErrorKind::kInvalidInput);
  EXPECT_EQ(DataFiles("t").size(), 1U);
}

TEST_F(Maintain, VacuumKeepsTombstonesThatAreYoungThoughTheirFilesAreOld) {
  const auto table = ManyFiles(3);
  PassHours(200);
  ASSERT_THAT(Optimize(Context(), *table, {}), IsOk());
  EXPECT_EQ(Vacuum(Context(), *table, {})->files, 0);
  PassHours(169);
  EXPECT_EQ(Vacuum(Context(), *table, {})->files, 3);
}

TEST_F(Maintain, VacuumLiteFindsTheSameInTheLogAlone) {
  const auto table = ManyFiles(3);
  ASSERT_THAT(Optimize(Context(), *table, {}), IsOk());
  ASSERT_THAT(store_->PutIfAbsent("t/part-of-nobody.parquet", "x"), IsOk());
  PassHours(169);
  EXPECT_EQ(Vacuum(Context(), *table, {.lite = true})->files, 3);
  EXPECT_EQ(Vacuum(Context(), *table, {.lite = true})->files, 0);
  EXPECT_EQ(Vacuum(Context(), *table, {.names_max = 0})->files, 1);
}

TEST_F(Maintain, VacuumOfLessThanAWeekMustBeForced) {
  const auto table = ManyFiles(2);
  ASSERT_THAT(Optimize(Context(), *table, {}), IsOk());
  PassHours(2);
  const auto refused = Vacuum(Context(), *table, {.retention_ms = kHourMs});
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInvalidInput, HasSubstr("1 hours is below 168")));
  EXPECT_THAT(refused.error().fix, HasSubstr("force"));
  EXPECT_EQ(Vacuum(Context(), *table, {.retention_ms = kHourMs, .force = true})->files, 2);
}

TEST_F(Maintain, VacuumSpeaksOfFoldersOfPartitions) {
  CreateOptions create{
      .schema = {Column("id", types::TypeId::kLong), Column("_p", types::TypeId::kString)},
      .partition_columns = {"_p"}};
  const auto table = *Table::Create(*store_, "t", create, clock_, random_);
  ASSERT_THAT(store_->PutIfAbsent("t/_p=1/lost.parquet", "x"), IsOk());
  ASSERT_THAT(store_->PutIfAbsent("t/_q=1/kept.parquet", "x"), IsOk());
  PassHours(169);
  EXPECT_THAT(Vacuum(Context(), *table, {})->names, ElementsAre("_p=1/lost.parquet"));
}

TEST_F(Maintain, RestoreBringsRowsSchemaAndPropertiesBack) {
  const auto table = ManyFiles(2);
  CommitRequest wider;
  wider.metadata = table->snapshot()->metadata;
  wider.metadata->schema.push_back(Column("extra", types::TypeId::kString));
  wider.metadata->configuration["delta.appendOnly"] = "false";
  ASSERT_THAT(table->Commit(wider), IsOk());
  ASSERT_THAT(table->Commit({.overwrite = true}), IsOk());
  const auto report = Restore(Context(), *table, {.version = Version{2}});
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->version, Version{5});
  EXPECT_EQ(report->restored_files.files, 2);
  EXPECT_EQ(report->files_after.files, 2);
  EXPECT_EQ(table->snapshot()->metadata.schema, OrdersSchema());
  EXPECT_EQ(ReadOrders(**Open("t")).value(), ReadOrders(*table).value());
  EXPECT_EQ(ReadOrders(*table)->size(), 2U);
  EXPECT_THAT(Commit("t", 5),
              AllOf(HasSubstr(R"("operation":"RESTORE")"), HasSubstr(R"("numRestoredFiles":"2")")));
  // It is that version already.
  EXPECT_EQ(Restore(Context(), *table, {.version = Version{5}})->version, Version{5});
}

TEST_F(Maintain, RestoreOfAVersionWhoseFilesAreDeletedNamesThem) {
  const auto table = ManyFiles(2);
  const std::string lost = table->snapshot()->files[0].path;
  ASSERT_THAT(table->Commit({.overwrite = true}), IsOk());
  ASSERT_THAT(store_->Delete("t/" + lost), IsOk());
  const auto refused = Restore(Context(), *table, {.version = Version{2}});
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInvalidInput, HasSubstr(lost)));
  EXPECT_THAT(refused.error().fix, HasSubstr("VACUUM"));
  EXPECT_THAT(Restore(Context(), *table, {.version = Version{77}}),
              FailsWith(ErrorKind::kNotFound, HasSubstr("there is no version 77")));
}

TEST_F(Maintain, RestoreToATimeTakesTheVersionOfThen) {
  const auto table = ManyFiles(3);
  const int64_t then = store_->Head("t/_delta_log/00000000000000000001.json")->modified_ms;
  EXPECT_THAT(Restore(Context(), *table, {.timestamp_ms = -1}),
              FailsWith(ErrorKind::kNotFound, HasSubstr("there is no version of")));
  EXPECT_EQ(Restore(Context(), *table, {.timestamp_ms = then})->restored, Version{1});
  EXPECT_THAT(ReadOrders(*table).value(), ElementsAre(Order{0, "x"}));
}

TEST_F(Maintain, FsckGoesOnWithoutFilesThatAreLost) {
  const auto table = ManyFiles(3);
  const std::string lost = table->snapshot()->files[1].path;
  ASSERT_THAT(store_->Delete("t/" + lost), IsOk());
  const auto dry = Fsck(Context(), *table, /*dry_run=*/true);
  ASSERT_THAT(dry, IsOk());
  EXPECT_THAT(dry->missing, ElementsAre(lost));
  EXPECT_EQ(dry->version, std::nullopt);
  EXPECT_THAT(ReadOrders(*table), Not(IsOk()));
  const auto report = Fsck(Context(), *table, /*dry_run=*/false);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->rows_lost, 1);
  EXPECT_THAT(ReadOrders(*table).value(), ElementsAre(Order{0, "x"}, Order{2, "x"}));
  EXPECT_EQ(Fsck(Context(), *table, false)->version, std::nullopt);
}

class Convert : public Maintain {
 protected:
  void WriteParquet(const std::string& key, const columnar::Batch& rows) {
    auto output =
        ParquetOutput::Create(*store_, key, rows->schema(), parquet::default_writer_properties());
    ASSERT_THAT(output, IsOk());
    ASSERT_THAT((*output)->Write(*rows), IsOk());
    ASSERT_THAT((*output)->Close(nullptr), IsOk());
  }
};

TEST_F(Convert, AFolderOfParquetFilesBecomesATableWithStatistics) {
  WriteParquet("p/day=2020-02-29/a.parquet", OrdersBatch({{1, "a"}, {2, std::nullopt}}));
  const auto narrow = OrdersBatch({{3, "c"}})->RemoveColumn(1).ValueOrDie();
  WriteParquet("p/day=__HIVE_DEFAULT_PARTITION__/b.parquet", narrow);
  ASSERT_THAT(store_->PutIfAbsent("p/_SUCCESS", ""), IsOk());
  ConvertOptions options{.partition_columns = {Column("day", types::TypeId::kDate)}};
  const auto report = ConvertParquet(Context(), "p", options);
  ASSERT_THAT(report, IsOk());
  EXPECT_EQ(report->files, 2);
  EXPECT_EQ(report->rows, 3);
  const auto table = Open("p");
  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(ReadOrders(**table).value(),
              ElementsAre(Order{1, "a"}, Order{2, std::nullopt}, Order{3, std::nullopt}));
  const auto& files = (*table)->snapshot()->files;
  EXPECT_EQ(files[0].partition_values.at("day"), "2020-02-29");
  EXPECT_EQ(files[1].partition_values.at("day"), std::nullopt);
  EXPECT_EQ(files[0].stats,
            R"({"numRecords":2,"minValues":{"id":1,"name":"a"},"maxValues":{"id":2,"name":"a"},)"
            R"("nullCount":{"id":0,"name":1}})");
  EXPECT_THAT(Commit("p", 0), HasSubstr(R"("operation":"CONVERT")"));
  EXPECT_THAT(ConvertParquet(Context(), "p", options),
              FailsWith(ErrorKind::kAlreadyExists, HasSubstr("already")));
  EXPECT_THAT(AppendOrders(**table, {}), IsOk());
}

TEST_F(Convert, FilesThatDoNotFitAreNamed) {
  EXPECT_THAT(ConvertParquet(Context(), "p", {}), FailsWith(ErrorKind::kNotFound, HasSubstr("p")));
  WriteParquet("p/day=1/a.parquet", OrdersBatch({{1, "a"}}));
  const auto refused = ConvertParquet(Context(), "p", {});
  EXPECT_THAT(refused, FailsWith(ErrorKind::kInvalidInput, HasSubstr("day=1")));
  EXPECT_THAT(refused.error().fix, HasSubstr("PARTITIONED BY"));
  ConvertOptions options{.partition_columns = {Column("day", types::TypeId::kInt)}};
  ASSERT_THAT(store_->PutIfAbsent("p/day=1/b.parquet", "no Parquet"), IsOk());
  EXPECT_THAT(ConvertParquet(Context(), "p", options),
              FailsWith(ErrorKind::kCorrupt, HasSubstr("b.parquet")));
  ASSERT_THAT(store_->Delete("p/day=1/b.parquet"), IsOk());
  const auto renamed = OrdersBatch({{1, "a"}})->RenameColumns({"name", "id"}).ValueOrDie();
  WriteParquet("p/day=1/c.parquet", renamed);
  EXPECT_THAT(ConvertParquet(Context(), "p", options),
              FailsWith(ErrorKind::kInvalidInput,
                        AllOf(HasSubstr("c.parquet"), HasSubstr("column name is BIGINT"))));
}

}  // namespace
}  // namespace oresmith::delta
