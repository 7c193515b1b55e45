#include "delta/checkpoint.h"

#include <numeric>

#include "delta/parquet_io.h"
#include "support/faulty_store.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;
using namespace testing_support;

class Checkpoint : public TableFixture {
 protected:
  bool Exists(const std::string& key) { return store_->Head(key).has_value(); }
  void RemoveCommitsBefore(int version) {
    for (int i = 0; i < version; ++i) {
      ASSERT_THAT(store_->Delete(fmt::format("orders/_delta_log/{:020}.json", i)), IsOk());
    }
  }
};

TEST_F(Checkpoint, IsWrittenEveryTenCommitsAndIsEnoughToOpenTheTable) {
  const auto table = CreateOrders("orders").value();
  std::vector<Order> expected;
  for (int64_t i = 1; i <= 12; ++i) {
    CommitRequest request;
    request.adds = WriteFiles(*table, {OrdersBatch({{i, "x"}})}).value();
    request.transactions = {{"flow", i}};
    ASSERT_THAT(table->Commit(request), IsOk());
    expected.push_back({i, "x"});
  }
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
  ASSERT_TRUE(Exists("orders/_delta_log/00000000000000000010.checkpoint.parquet"));
  EXPECT_THAT(store_->Get("orders/_delta_log/_last_checkpoint").value(),
              HasSubstr(R"("version":10,)"));
  RemoveCommitsBefore(11);
  const auto again = Open("orders").value();
  EXPECT_EQ(ReadOrders(*again).value(), expected);
  EXPECT_EQ(again->snapshot()->transactions.at("flow"), 12);
  EXPECT_EQ(again->snapshot()->num_records(), 12);
  EXPECT_EQ(again->snapshot()->metadata.id, table->snapshot()->metadata.id);
  ASSERT_THAT(AppendOrders(*again, {{13, "x"}}), IsOkWith(Version{13}));
}

TEST_F(Checkpoint, TombstonesStayAndPartitionsComeBack) {
  const CreateOptions options{.schema = OrdersSchema(),
                              .partition_columns = {"name"},
                              .configuration = {{"delta.checkpointInterval", "2"}}};
  const auto table = Table::Create(*store_, "orders", options, clock_, random_).value();
  const std::vector<Order> rows{{1, "a/b=c %:é"}, {2, std::nullopt}, {3, "a/b=c %:é"}};
  ASSERT_THAT(AppendOrders(*table, rows), IsOk());
  CommitRequest overwrite;
  overwrite.overwrite = true;
  overwrite.adds = WriteFiles(*table, {OrdersBatch(rows)}).value();
  ASSERT_THAT(table->Commit(overwrite), IsOkWith(Version{2}));
  RemoveCommitsBefore(2);
  const auto again = Open("orders").value();
  EXPECT_EQ(again->snapshot()->files.size(), 2U);
  EXPECT_EQ(ReadOrders(*again).value(),
            (std::vector<Order>{{1, "a/b=c %:é"}, {2, std::nullopt}, {3, "a/b=c %:é"}}));
  EXPECT_THAT(Commit("orders", 2),
              HasSubstr(R"("path":"name=a%252Fb%253Dc%20%2525%253Aé/part-00000-)"));
}

/// Files of all sorts, more of them than a reader takes at once.
AddFile SomeFile(int64_t number) {
  AddFile file{.path = fmt::format("p={0}/part-{0} %41:é.parquet", number),
               .partition_values = {{"name", fmt::format("v{}", number / 3)}},
               .size_bytes = 1000 + number,
               .modified_ms = number,
               .stats = fmt::format(R"({{"numRecords":{}}})", number)};
  if (number % 7 == 0) file.partition_values["name"] = std::nullopt;
  if (number % 7 == 1) file.partition_values["name"] = "";
  if (number % 5 == 0) file.stats.clear();
  return file;
}

std::string Text(const AddFile& file) {
  std::string text = fmt::format("{} {} {} {} {}", file.path, file.size_bytes, file.modified_ms,
                                 file.stats, file.num_records);
  for (const auto& [name, value] : file.partition_values) {
    text += fmt::format(" {}={}", name, value ? "'" + *value + "'" : "NULL");
  }
  return text;
}

TEST_F(Checkpoint, ManyFilesComeBackAsTheyWere) {
  const CreateOptions options{.schema = OrdersSchema(), .partition_columns = {"name"}};
  const auto table = Table::Create(*store_, "orders", options, clock_, random_).value();
  std::vector<std::string> expected;
  for (int64_t commit = 0; commit < 10; ++commit) {
    CommitRequest request;
    for (int64_t i = commit * 500; i < (commit + 1) * 500; ++i) {
      request.adds.push_back(SomeFile(i));
      AddFile as_read = SomeFile(i);
      as_read.num_records = as_read.stats.empty() ? -1 : i;
      expected.push_back(Text(as_read));
    }
    ASSERT_THAT(table->Commit(request), IsOk());
  }
  // One of them is in the checkpoint, and removed after it.
  CommitRequest remove;
  remove.removes = {SomeFile(1234)};
  ASSERT_THAT(table->Commit(remove), IsOkWith(Version{11}));
  expected.erase(expected.begin() + 1234);
  RemoveCommitsBefore(11);
  const auto again = Open("orders").value();
  std::vector<std::string> read;
  for (const AddFile& file : again->snapshot()->files) read.push_back(Text(file));
  EXPECT_EQ(read, expected);
}

// Readers that pass over files by these columns would lose rows to a wrong bound.
TEST_F(Checkpoint, HasStatisticsAndPartitionValuesAsColumnsWhereTheTableAsks) {
  const types::Type inner = types::Type::Struct(
      {Column("x", types::TypeId::kDate), Column("y", types::TypeId::kBoolean)});
  const CreateOptions options{.schema = {Column("id", types::TypeId::kLong),
                                         {.name = "s", .type = inner},
                                         {.name = "price", .type = types::Type::Decimal(4, 2)},
                                         Column("p", types::TypeId::kInt)},
                              .partition_columns = {"p"},
                              .configuration = {{"delta.checkpointInterval", "2"},
                                                {"delta.checkpoint.writeStatsAsStruct", "true"}}};
  const auto table = Table::Create(*store_, "t", options, clock_, random_).value();
  for (const char* stats :
       {R"({"numRecords":3,"minValues":{"id":-1,"s":{"x":"2024-02-29"},"price":1.50},)"
        R"("maxValues":{"id":9007199254740993,"s":{"x":"2024-03-01"},"price":99.99},)"
        R"("nullCount":{"id":0,"s":{"x":1,"y":3},"price":2}})",
        ""}) {
    CommitRequest request;
    request.adds = {{.path = "a.parquet", .partition_values = {{"p", "7"}}, .stats = stats}};
    if (*stats == '\0') request.adds = {{.path = "b.parquet", .partition_values = {{"p", {}}}}};
    ASSERT_THAT(table->Commit(request), IsOk());
  }
  ASSERT_FALSE(table->TakeCheckpointError().has_value());
  const auto file =
      ParquetFile::Open(*store_, "t/_delta_log/00000000000000000002.checkpoint.parquet").value();
  std::vector<int> leaves(static_cast<size_t>(file->schema().num_columns()));
  std::iota(leaves.begin(), leaves.end(), 0);
  std::string text;
  for (int group = 0; group < file->row_groups(); ++group) {
    const auto reader = file->Read(group, leaves, 100).value();
    for (auto batch = reader->Next().ValueOrDie(); batch != nullptr;
         batch = reader->Next().ValueOrDie()) {
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        text += columnar::RowToJson(*batch, row) + "\n";
      }
    }
  }
  EXPECT_THAT(text,
              HasSubstr(R"("partitionValues_parsed":{"p":7},"stats_parsed":{"numRecords":3,)"
                        R"("minValues":{"id":-1,"s":{"x":"2024-02-29"},"price":1.50},)"
                        R"("maxValues":{"id":9007199254740993,"s":{"x":"2024-03-01"},)"
                        R"("price":99.99},"nullCount":{"id":0,"s":{"x":1,"y":3},"price":2}})"));
  EXPECT_THAT(text, HasSubstr(R"("partitionValues_parsed":{"p":null},"stats_parsed":null)"));
}

// Source: Delta PROTOCOL.md, "V2 Spec".
TEST_F(Checkpoint, OfAV2TableHasItsFilesInSidecars) {
  const CreateOptions options{
      .schema = OrdersSchema(),
      .configuration = {{"delta.checkpointInterval", "2"}, {"delta.checkpointPolicy", "v2"}}};
  const auto table = Table::Create(*store_, "orders", options, clock_, random_).value();
  for (int64_t i = 1; i <= 5; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  EXPECT_FALSE(table->TakeCheckpointError().has_value());
  const auto sidecars = store_->List("orders/_delta_log/_sidecars", "").value();
  ASSERT_EQ(sidecars.size(), 2U);
  RemoveCommitsBefore(5);
  const auto again = Open("orders").value();
  EXPECT_EQ(ReadOrders(*again).value().size(), 5U);
  EXPECT_EQ(again->snapshot()->protocol.min_reader_version, 3);
  // Without its sidecar a checkpoint is worth nothing: that must not look like an empty table.
  for (const auto& sidecar : sidecars) ASSERT_THAT(store_->Delete(sidecar.key), IsOk());
  EXPECT_THAT(Open("orders"), FailsWith(ErrorKind::kCorrupt, HasSubstr("_sidecars")));
}

TEST_F(Checkpoint, ATornLastCheckpointIsIgnored) {
  const auto table = CreateOrders("orders").value();
  for (int64_t i = 1; i <= 10; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  for (const char* torn :
       {"", "{\"vers", "[]", R"({"version":10,"size":1,"checksum":"00"})", R"({"version":99})"}) {
    ASSERT_THAT(store_->Put("orders/_delta_log/_last_checkpoint", torn), IsOk());
    const auto again = Open("orders");
    ASSERT_THAT(again, IsOk()) << torn;
    EXPECT_EQ(ReadOrders(**again).value().size(), 10U) << torn;
  }
}

TEST_F(Checkpoint, ItsFailureDoesNotFailTheCommit) {
  const auto table = CreateOrders("orders").value();
  for (int64_t i = 1; i <= 9; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  const auto objects = store_->ListRecursive("").value();
  bool failed_once = false;
  for (int calls = 0; calls < 40; ++calls) {
    const auto disk = storage::MakeMemoryStore();
    for (const auto& object : objects) {
      ASSERT_THAT(disk->Put(object.key, store_->Get(object.key).value()), IsOk());
    }
    const auto other = Table::Open(*disk, "orders", clock_, random_).value();
    CommitRequest request;
    request.adds = WriteFiles(*other, {OrdersBatch({{10, "x"}})}).value();
    FaultyStore store(*disk, calls, Death::kBefore, /*recovers=*/false);
    const auto faulty = Table::Open(store, "orders", clock_, random_);
    if (!faulty) continue;
    const auto committed = (*faulty)->Commit(request);
    if (!committed) continue;
    failed_once |= (*faulty)->TakeCheckpointError().has_value();
    EXPECT_EQ(ReadOrders(*Table::Open(*disk, "orders", clock_, random_).value()).value().size(),
              10U);
  }
  EXPECT_TRUE(failed_once);
}

// Source: Delta PROTOCOL.md, "JSON checksum".
TEST(LastCheckpoint, ChecksumIsThatOfTheProtocolsExample) {
  EXPECT_THAT(
      JsonChecksum(
          R"({"k0":"'v 0'","checksum":"adsaskfljadfkjadfkj","k1":{"k2":2,"k3":["v3",[1,2],{"k4":"v4","k5":["v5","v6","v7"]}]}})"),
      Optional(Eq("6a92d155a59bf2eecbd4b4ec7fd1f875")));
}

TEST(Interval, IsReadAsSparkWritesIt) {
  EXPECT_EQ(ParseIntervalMillis("interval 7 days"), 7 * 86'400'000LL);
  EXPECT_EQ(ParseIntervalMillis("interval 1 week 2 hours"), 7 * 86'400'000LL + 7'200'000);
  EXPECT_EQ(ParseIntervalMillis("30 seconds"), 30'000);
  EXPECT_EQ(ParseIntervalMillis("soon"), std::nullopt);
  EXPECT_EQ(ParseIntervalMillis("interval"), std::nullopt);
}

}  // namespace
}  // namespace oresmith::delta
