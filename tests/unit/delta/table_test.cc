#include "delta/table.h"

#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using namespace testing_support;

using TableCreate = TableFixture;
using TableAppend = TableFixture;
using TableOverwrite = TableFixture;
using TableChanges = TableFixture;

TEST_F(TableCreate, WritesVersionZeroThatEveryReaderKnows) {
  const auto table = CreateOrders("orders").value();
  EXPECT_EQ(table->snapshot()->version, Version{0});
  const std::string commit = Commit("orders", 0);
  EXPECT_THAT(commit, HasSubstr(R"({"protocol":{"minReaderVersion":1,"minWriterVersion":2}})"));
  EXPECT_THAT(commit, HasSubstr(R"("format":{"provider":"parquet","options":{}})"));
  EXPECT_THAT(commit, HasSubstr(R"("operation":"CREATE TABLE")"));
  EXPECT_THAT(commit, HasSubstr(R"("partitionBy":"[]")"));
}

TEST_F(TableCreate, RefusesAFolderThatHoldsATable) {
  ASSERT_THAT(CreateOrders("orders"), IsOk());
  EXPECT_THAT(CreateOrders("orders"), FailsWith(ErrorKind::kAlreadyExists, HasSubstr("orders")));
}

TEST_F(TableCreate, RefusesAFolderThatHoldsOtherFiles) {
  ASSERT_THAT(store_->Put("orders/notes.txt", "mine"), IsOk());
  EXPECT_THAT(CreateOrders("orders"), FailsWith(ErrorKind::kInvalidInput, HasSubstr("notes.txt")));
}

TEST_F(TableCreate, RefusesNamesThatNeedColumnMapping) {
  const CreateOptions options{.schema = {Column("order id", types::TypeId::kLong)}};
  EXPECT_THAT(Table::Create(*store_, "t", options, clock_, random_),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("order id")));
  EXPECT_TRUE(store_->ListRecursive("").value().empty());
}

TEST_F(TableCreate, RefusesNamesThatDifferInCaseAlone) {
  const CreateOptions options{
      .schema = {Column("id", types::TypeId::kLong), Column("ID", types::TypeId::kLong)}};
  EXPECT_THAT(Table::Create(*store_, "t", options, clock_, random_),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("twice")));
}

TEST_F(TableCreate, ATimeWithoutZoneForcesTheFeature) {
  const CreateOptions options{.schema = {Column("at", types::TypeId::kTimestampNtz)}};
  ASSERT_THAT(Table::Create(*store_, "t", options, clock_, random_), IsOk());
  EXPECT_THAT(Commit("t", 0), HasSubstr(R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,)"
                                        R"("readerFeatures":["timestampNtz"],"writerFeatures":)"
                                        R"(["appendOnly","invariants","timestampNtz"]}})"));
}

TEST_F(TableCreate, RefusesPropertiesThatItCannotKeepUp) {
  const CreateOptions options{.schema = OrdersSchema(),
                              .configuration = {{"delta.enableIcebergCompatV2", "true"}}};
  EXPECT_THAT(Table::Create(*store_, "t", options, clock_, random_),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("delta.enableIcebergCompatV2")));
}

TEST_F(TableAppend, RowsComeBackAfterReopening) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}, {2, std::nullopt}}), IsOkWith(Version{1}));
  ASSERT_THAT(AppendOrders(*table, {{std::nullopt, "three"}}), IsOkWith(Version{2}));
  const auto again = Open("orders").value();
  EXPECT_EQ(again->snapshot()->version, Version{2});
  EXPECT_EQ(ReadOrders(*again).value(),
            (std::vector<Order>{{std::nullopt, "three"}, {1, "one"}, {2, std::nullopt}}));
  EXPECT_EQ(again->snapshot()->num_records(), 3);
}

TEST_F(TableAppend, StatisticsAndNamesAreSparks) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}, {2, std::nullopt}}), IsOk());
  const auto snapshot = table->snapshot();
  ASSERT_EQ(snapshot->files.size(), 1U);
  EXPECT_EQ(
      snapshot->files[0].stats,
      R"({"numRecords":2,"minValues":{"id":1,"name":"one"},"maxValues":{"id":2,"name":"one"},)"
      R"("nullCount":{"id":0,"name":1}})");
  EXPECT_THAT(snapshot->files[0].path,
              ::testing::MatchesRegex("part-00000-[0-9a-f-]{36}-c000\\.zstd\\.parquet"));
  EXPECT_THAT(Commit("orders", 1),
              HasSubstr(R"("operationMetrics":{"numFiles":"1","numOutputRows":"2")"));
  EXPECT_THAT(Commit("orders", 1), HasSubstr(R"("isBlindAppend":true)"));
}

// The pipeline's only memory of what it has done is this number in the table.
TEST_F(TableAppend, ApplicationTransactionsAreKept) {
  const auto table = CreateOrders("orders").value();
  CommitRequest request;
  request.operation = "STREAMING UPDATE";
  request.transactions = {{"flow", 7}};
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{1}));
  request.transactions = {{"flow", 8}, {"other", 1}};
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{2}));
  EXPECT_THAT(Open("orders").value()->snapshot()->transactions,
              ElementsAre(Pair("flow", 8), Pair("other", 1)));
}

TEST_F(TableAppend, ANullInANotNullColumnIsRefused) {
  types::Schema schema = OrdersSchema();
  schema[0].nullable = false;
  const auto table =
      Table::Create(*store_, "t", CreateOptions{.schema = schema}, clock_, random_).value();
  EXPECT_THAT(WriteFiles(*table, {OrdersBatch({{std::nullopt, "x"}})}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("id")));
  EXPECT_THAT(WriteFiles(*table, {OrdersBatch({{1, std::nullopt}})}), IsOk());
}

TEST_F(TableAppend, FilesAreSplitBySize) {
  const auto table = CreateOrders("orders").value();
  const auto writer = table->NewWriter(WriterOptions{.file_bytes_max = 20'000}, nullptr).value();
  std::vector<Order> orders;
  for (int64_t i = 0; i < 10'000; ++i) orders.push_back({i * 7919 % 10'007, fmt::format("n{}", i)});
  for (int round = 0; round < 6; ++round) ASSERT_THAT(writer->Write(OrdersBatch(orders)), IsOk());
  CommitRequest request;
  request.adds = writer->Close().value();
  EXPECT_GT(request.adds.size(), 2U);
  ASSERT_THAT(table->Commit(request), IsOk());
  EXPECT_EQ(ReadOrders(*table).value().size(), 60'000U);
}

TEST_F(TableAppend, TwoHandlesRebaseOverEachOther) {
  const auto first = CreateOrders("orders").value();
  const auto second = Open("orders").value();
  ASSERT_THAT(AppendOrders(*first, {{1, "a"}}), IsOkWith(Version{1}));
  ASSERT_THAT(AppendOrders(*first, {{2, "b"}}), IsOkWith(Version{2}));
  EXPECT_THAT(AppendOrders(*second, {{3, "c"}}), IsOkWith(Version{3}));
  EXPECT_EQ(ReadOrders(*second).value(), (std::vector<Order>{{1, "a"}, {2, "b"}, {3, "c"}}));
  ASSERT_THAT(first->Refresh(), IsOk());
  EXPECT_EQ(first->snapshot()->version, Version{3});
}

// Two processes run the same flow: the second must not write its rows too.
TEST_F(TableAppend, OurApplicationInAForeignCommitIsAConflict) {
  const auto first = CreateOrders("orders").value();
  const auto second = Open("orders").value();
  CommitRequest request;
  request.transactions = {{"flow", 1}};
  ASSERT_THAT(first->Commit(request), IsOk());
  EXPECT_THAT(second->Commit(request), FailsWith(ErrorKind::kConflict, HasSubstr("'flow'")));
  EXPECT_EQ(Open("orders").value()->snapshot()->version, Version{1});
}

TEST_F(TableAppend, ASchemaGrowsWithTheRowsThatNeedIt) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "old"}}), IsOk());
  Metadata metadata = table->snapshot()->metadata;
  metadata.schema.push_back(Column("extra", types::TypeId::kInt));
  const auto writer = table->NewWriter(WriterOptions(), &metadata).value();
  arrow::Int32Builder extra;
  ASSERT_TRUE(extra.Append(5).ok());
  const auto orders = OrdersBatch({{2, "new"}});
  const columnar::Batch batch =
      arrow::RecordBatch::Make(columnar::ToArrow(metadata.schema), 1,
                               {orders->column(0), orders->column(1), extra.Finish().ValueOrDie()});
  ASSERT_THAT(writer->Write(batch), IsOk());
  CommitRequest request;
  request.adds = writer->Close().value();
  request.metadata = metadata;
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{2}));
  const auto again = Open("orders").value();
  EXPECT_EQ(again->snapshot()->metadata.id, table->snapshot()->metadata.id);
  const auto batches = ReadBatches(*again->Scan(again->snapshot()), {2}).value();
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0]->column(0)->null_count(), 1);
  EXPECT_EQ(static_cast<const arrow::Int32Array&>(*batches[1]->column(0)).Value(0), 5);
}

TEST_F(TableAppend, AColumnCannotChangeItsTypeUnderOldFiles) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "old"}}), IsOk());
  CommitRequest request;
  request.metadata = table->snapshot()->metadata;
  request.metadata->schema[0].type = types::Type(types::TypeId::kString);
  EXPECT_THAT(table->Commit(request), FailsWith(ErrorKind::kInvalidInput, HasSubstr("id")));
}

// Text that is not UTF-8 in one commit would make the table unreadable for everybody.
TEST_F(TableAppend, BytesThatAreNoTextCannotGetIntoTheLog) {
  const auto table = CreateOrders("orders").value();
  CommitRequest request;
  request.transactions = {{"flow\xFF", 1}};
  EXPECT_THAT(table->Commit(request), FailsWith(ErrorKind::kInvalidInput, HasSubstr("UTF-8")));
  ASSERT_THAT(AppendOrders(*table, {{1, "bad \xFF\xFE"}}), IsOk());
  EXPECT_THAT(Open("orders"), IsOk());
  EXPECT_THAT(Commit("orders", 1), Not(HasSubstr("bad")));
}

TEST_F(TableOverwrite, ReplacesAllRowsInOneVersion) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{2, "b"}}), IsOk());
  CommitRequest request;
  request.overwrite = true;
  request.adds = WriteFiles(*table, {OrdersBatch({{3, "c"}})}).value();
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{3}));
  EXPECT_EQ(ReadOrders(*table).value(), (std::vector<Order>{{3, "c"}}));
  EXPECT_EQ(ReadOrders(*Open("orders").value()).value(), (std::vector<Order>{{3, "c"}}));
  EXPECT_THAT(Commit("orders", 3), HasSubstr(R"("extendedFileMetadata":true)"));
  const auto before = Table::OpenAt(*store_, "orders", Version{2}, clock_, random_).value();
  EXPECT_EQ(ReadOrders(*before).value().size(), 2U);
}

TEST_F(TableOverwrite, RowsThatCameMeanwhileAreAConflictAndStay) {
  const auto first = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*first, {{1, "a"}}), IsOk());
  const auto second = Open("orders").value();
  ASSERT_THAT(AppendOrders(*first, {{2, "b"}}), IsOk());
  CommitRequest request;
  request.overwrite = true;
  EXPECT_THAT(second->Commit(request), FailsWith(ErrorKind::kConflict, HasSubstr("version 2")));
  EXPECT_EQ(ReadOrders(*Open("orders").value()).value().size(), 2U);
}

TEST_F(TableOverwrite, AnAppendOnlyTableRefusesIt) {
  const CreateOptions options{.schema = OrdersSchema(),
                              .configuration = {{"delta.appendOnly", "true"}}};
  const auto table = Table::Create(*store_, "t", options, clock_, random_).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.overwrite = true;
  EXPECT_THAT(table->Commit(request),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("delta.appendOnly")));
}

TEST_F(TableChanges, GivesTheRowsOfLaterAppends) {
  const auto table = CreateOrders("orders").value();
  for (int64_t i = 1; i <= 3; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "x"}}), IsOk());
  const auto changes = table->ScanChanges(Version{1}, Version{3}).value();
  EXPECT_EQ(ReadOrders(*changes).value(), (std::vector<Order>{{2, "x"}, {3, "x"}}));
}

TEST_F(TableChanges, RefusesVersionsThatRemovedRows) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.overwrite = true;
  ASSERT_THAT(table->Commit(request), IsOk());
  EXPECT_THAT(table->ScanChanges(Version{0}, Version{2}),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("version 2")));
}

TEST_F(TableChanges, HistoryIsNewestFirst) {
  const auto table = CreateOrders("orders").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  const auto history = table->History(10).value();
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].second.operation, "WRITE");
  EXPECT_EQ(history[1].first, Version{0});
}

}  // namespace
}  // namespace oresmith::delta
