#include "delta/commit.h"

#include "delta/features.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;
using namespace testing_support;

class CommitRequests : public TableFixture {
 protected:
  Result<std::unique_ptr<Table>> Create(Properties configuration) {
    return Table::Create(
        *store_, "t",
        CreateOptions{.schema = OrdersSchema(), .configuration = std::move(configuration)}, clock_,
        random_);
  }
  static std::vector<AddFile> FilesOf(const Table& table) {
    const auto snapshot = table.snapshot();
    return {snapshot->files.begin(), snapshot->files.end()};
  }
};

// Compaction: readers of changes must not see the rows again.
TEST_F(CommitRequests, CompactionReplacesFilesWithoutChangingData) {
  const auto table = Create({}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{2, "b"}}), IsOk());
  CommitRequest request;
  request.operation = "OPTIMIZE";
  request.removes = FilesOf(*table);
  request.adds = WriteFiles(*table, {OrdersBatch({{1, "a"}, {2, "b"}})}).value();
  request.data_change = false;
  request.operation_metrics = {{"numRemovedFiles", "2"}};
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{3}));
  const std::string commit = Commit("t", 3);
  EXPECT_THAT(commit, HasSubstr(R"("isolationLevel":"SnapshotIsolation","isBlindAppend":false)"));
  EXPECT_THAT(commit, HasSubstr(R"("operationMetrics":{"numRemovedFiles":"2"})"));
  EXPECT_THAT(commit, Not(HasSubstr(R"("dataChange":true)")));
  const auto again = Open("t").value();
  EXPECT_EQ(again->snapshot()->files.size(), 1U);
  EXPECT_EQ(ReadOrders(*again).value(), (std::vector<Order>{{1, "a"}, {2, "b"}}));
  EXPECT_EQ(again->Tombstones().value().size(), 2U);
  EXPECT_EQ(ReadOrders(*again->ScanChanges(Version{0}, Version{3}).value()).value().size(), 2U);
}

TEST_F(CommitRequests, ChangeFilesDomainsAndUserMetadataAreWritten) {
  const auto table = Create({{"delta.enableChangeDataFeed", "true"}}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.operation = "DELETE";
  request.removes = FilesOf(*table);
  request.change_files = {{.path = "_change_data/cdc-0.parquet", .size_bytes = 7}};
  request.domains = {{.domain = "app.offsets", .configuration = R"({"a":1})"}};
  request.user_metadata = "ticket 7";
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{2}));
  const std::string commit = Commit("t", 2);
  EXPECT_THAT(commit, HasSubstr(R"({"cdc":{"path":"_change_data/cdc-0.parquet",)"
                                R"("partitionValues":{},"size":7,"dataChange":false}})"));
  EXPECT_THAT(commit, HasSubstr(R"({"domainMetadata":{"domain":"app.offsets",)"
                                R"("configuration":"{\"a\":1}","removed":false}})"));
  EXPECT_THAT(commit, HasSubstr(R"("userMetadata":"ticket 7")"));
  const auto again = Open("t").value();
  EXPECT_EQ(again->snapshot()->domains.at("app.offsets"), R"({"a":1})");
  EXPECT_THAT(*again->snapshot()->protocol.writer_features,
              UnorderedElementsAre("changeDataFeed", "invariants", "appendOnly", "domainMetadata"));
  EXPECT_EQ(again->History(1).value()[0].second.user_metadata, "ticket 7");
  request = CommitRequest();
  request.domains = {{.domain = "app.offsets", .configuration = "", .removed = true}};
  ASSERT_THAT(again->Commit(request), IsOk());
  EXPECT_TRUE(again->snapshot()->domains.empty());
}

TEST_F(CommitRequests, AFileThatIsNotThereCannotBeRemoved) {
  const auto table = Create({}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.removes = FilesOf(*table);
  ASSERT_THAT(table->Commit(request), IsOk());
  EXPECT_THAT(table->Commit(request), FailsWith(ErrorKind::kConflict, HasSubstr("part-00000")));
}

TEST_F(CommitRequests, AnAppendOnlyTableTakesCompactionButNoDelete) {
  const auto table = Create({{"delta.appendOnly", "true"}}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.removes = FilesOf(*table);
  EXPECT_THAT(table->Commit(request),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("delta.appendOnly")));
  request.adds = request.removes;
  request.adds[0].path = "other.parquet";
  request.data_change = false;
  EXPECT_THAT(table->Commit(request), IsOk());
}

TEST_F(CommitRequests, ADeletionVectorOfTheSameFileIsCarried) {
  const auto table = Create({{"delta.enableDeletionVectors", "true"}}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}, {2, "b"}}), IsOk());
  CommitRequest request;
  request.removes = FilesOf(*table);
  request.adds = request.removes;
  FileExtras extras;
  extras.deletion_vector =
      DeletionVector{.storage_type = "i",
                     .path_or_inline = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
                     .offset = std::nullopt,
                     .size_bytes = 40,
                     .cardinality = 1};
  extras.tags = {{"INSERTION_TIME", "1"}};
  request.adds[0].extras = std::make_shared<const FileExtras>(extras);
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{2}));
  const auto again = Open("t").value();
  ASSERT_EQ(again->snapshot()->files.size(), 1U);
  const AddFile& file = again->snapshot()->files[0];
  ASSERT_NE(file.extras, nullptr);
  EXPECT_EQ(file.extras->deletion_vector->cardinality, 1);
  EXPECT_EQ(file.extras->tags.at("INSERTION_TIME"), "1");
  EXPECT_EQ(again->snapshot()->num_records(), 1);
  // The old state of the file can no longer be removed, the new one can.
  EXPECT_THAT(again->Commit(CommitRequest{.removes = request.removes}),
              FailsWith(ErrorKind::kConflict, HasSubstr("not in version 2")));
  EXPECT_THAT(again->Commit(CommitRequest{.removes = FilesOf(*again)}), IsOk());
}

// Source: Delta PROTOCOL.md, "In-Commit Timestamps": they never go back, whatever the clock does.
TEST_F(CommitRequests, InCommitTimestampsGrow) {
  const auto table = Create({{"delta.enableInCommitTimestamps", "true"}}).value();
  EXPECT_THAT(Commit("t", 0), ::testing::StartsWith(R"({"commitInfo":{"inCommitTimestamp":)"));
  int64_t before = table->snapshot()->timestamp_ms;
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(std::chrono::seconds(-10));
    ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
    EXPECT_EQ(table->snapshot()->timestamp_ms, before + 1);
    before = Open("t").value()->snapshot()->timestamp_ms;
    EXPECT_EQ(table->snapshot()->timestamp_ms, before);
  }
}

TEST_F(CommitRequests, InCommitTimestampsTurnedOnLaterSayFromWhichVersion) {
  const auto table = Create({}).value();
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}}), IsOk());
  CommitRequest request;
  request.metadata = table->snapshot()->metadata;
  request.metadata->configuration["delta.enableInCommitTimestamps"] = "true";
  ASSERT_THAT(table->Commit(request), IsOkWith(Version{2}));
  const Properties& configuration = table->snapshot()->metadata.configuration;
  EXPECT_EQ(configuration.at("delta.inCommitTimestampEnablementVersion"), "2");
  EXPECT_EQ(configuration.at("delta.inCommitTimestampEnablementTimestamp"),
            std::to_string(table->snapshot()->timestamp_ms));
  EXPECT_EQ(table->snapshot()->protocol.min_writer_version, 7);
}

// Two rows with one number would be one row to whoever follows them.
TEST_F(CommitRequests, RowsAreNumberedWithoutGapOrOverlap) {
  const auto first = Create({{"delta.enableRowTracking", "true"}}).value();
  const auto second = Open("t").value();
  ASSERT_THAT(AppendOrders(*first, {{1, "a"}, {2, "b"}}), IsOk());
  ASSERT_THAT(AppendOrders(*second, {{3, "c"}}), IsOkWith(Version{2}));
  const auto snapshot = Open("t").value()->snapshot();
  ASSERT_EQ(snapshot->files.size(), 2U);
  EXPECT_EQ(snapshot->files[0].extras->base_row_id, 0);
  EXPECT_EQ(snapshot->files[0].extras->default_row_commit_version, 1);
  EXPECT_EQ(snapshot->files[1].extras->base_row_id, 2);
  EXPECT_EQ(snapshot->files[1].extras->default_row_commit_version, 2);
  EXPECT_EQ(snapshot->domains.at("delta.rowTracking"), R"({"rowIdHighWaterMark":2})");
  EXPECT_TRUE(
      snapshot->metadata.configuration.contains("delta.rowTracking.materializedRowIdColumnName"));
  AddFile unknown = snapshot->files[0];
  unknown.path = "other.parquet";
  unknown.num_records = -1;
  unknown.extras = nullptr;
  EXPECT_THAT(second->Commit(CommitRequest{.adds = {unknown}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("other.parquet")));
}

// Source: measured with Spark 4.0.1 and Delta 4.0.0.
TEST_F(CommitRequests, ProtocolsAreThoseThatSparkWrites) {
  const auto protocol_of = [](const Properties& configuration) {
    const auto store = storage::MakeMemoryStore();
    const ManualClock clock;
    Random random(1);
    const CreateOptions options{.schema = OrdersSchema(), .configuration = configuration};
    return Table::Create(*store, "t", options, clock, random).value()->snapshot()->protocol;
  };
  using Features = std::vector<std::string>;
  const auto expect = [&](const Properties& configuration, int reader, int writer,
                          std::optional<Features> readers, std::optional<Features> writers) {
    Protocol protocol = protocol_of(configuration);
    const std::string name = configuration.empty() ? "" : configuration.begin()->first;
    EXPECT_EQ(protocol.min_reader_version, reader) << name;
    EXPECT_EQ(protocol.min_writer_version, writer) << name;
    for (auto* features : {&protocol.reader_features, &protocol.writer_features}) {
      if (*features) std::ranges::sort(**features);
    }
    EXPECT_EQ(protocol.reader_features, readers) << name;
    EXPECT_EQ(protocol.writer_features, writers) << name;
  };
  expect({}, 1, 2, {}, {});
  expect({{"delta.appendOnly", "true"}}, 1, 2, {}, {});
  expect({{"delta.constraints.c", "id > 0"}}, 1, 3, {}, {});
  expect({{"delta.enableChangeDataFeed", "true"}}, 1, 7, {},
         Features{"appendOnly", "changeDataFeed", "invariants"});
  expect({{"delta.feature.columnMapping", "supported"}}, 2, 7, {},
         Features{"appendOnly", "columnMapping", "invariants"});
  expect({{"delta.enableInCommitTimestamps", "true"}}, 1, 7, {},
         Features{"appendOnly", "inCommitTimestamp", "invariants"});
  expect({{"delta.enableRowTracking", "true"}}, 1, 7, {},
         Features{"appendOnly", "domainMetadata", "invariants", "rowTracking"});
  expect({{"delta.enableDeletionVectors", "true"}}, 3, 7, Features{"deletionVectors"},
         Features{"appendOnly", "deletionVectors", "invariants"});
  expect({{"delta.checkpointPolicy", "v2"}}, 3, 7, Features{"v2Checkpoint"},
         Features{"appendOnly", "invariants", "v2Checkpoint"});
  expect({{"delta.minWriterVersion", "4"}}, 1, 4, {}, {});
}

TEST_F(CommitRequests, AnUpgradeListsWhatTheOldVersionMeant) {
  Protocol old;
  old.min_reader_version = 2;
  old.min_writer_version = 5;
  const Protocol upgraded = WithFeatures(old, {"deletionVectors"});
  EXPECT_EQ(upgraded.min_reader_version, 3);
  EXPECT_EQ(upgraded.min_writer_version, 7);
  EXPECT_THAT(*upgraded.reader_features, ElementsAre("columnMapping", "deletionVectors"));
  EXPECT_THAT(*upgraded.writer_features,
              UnorderedElementsAre("appendOnly", "invariants", "checkConstraints", "changeDataFeed",
                                   "generatedColumns", "columnMapping", "deletionVectors"));
  // What the table has already costs no new protocol.
  const Protocol same = WithFeatures(old, {"columnMapping"});
  EXPECT_EQ(same.min_writer_version, 5);
  EXPECT_FALSE(same.writer_features.has_value());
}

TEST_F(CommitRequests, AFeatureCanBeAddedToATable) {
  const auto table = Create({}).value();
  ASSERT_THAT(table->Commit(
                  CommitRequest{.operation = "UPGRADE PROTOCOL", .features = {"deletionVectors"}}),
              IsOkWith(Version{1}));
  EXPECT_THAT(Commit("t", 1), HasSubstr(R"("readerFeatures":["deletionVectors"])"));
  EXPECT_THAT(table->Commit(CommitRequest{.features = {"deletionVector"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("deletionVector")));
  EXPECT_THAT(table->Commit(CommitRequest{.features = {"variantType"}}),
              FailsWith(ErrorKind::kUnsupported, HasSubstr("variantType")));
}

TEST_F(CommitRequests, PropertiesWithSlipsAreRefusedWithTheNearestName) {
  const auto slip = Create({{"delta.apendOnly", "true"}});
  ASSERT_THAT(slip, FailsWith(ErrorKind::kInvalidInput, HasSubstr("delta.apendOnly")));
  EXPECT_THAT(slip.error().fix, HasSubstr("delta.appendOnly"));
  EXPECT_THAT(Create({{"delta.logRetentionDuration", "soon"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("interval")));
  EXPECT_THAT(Create({{"delta.appendOnly", "yes"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("true or false")));
  EXPECT_THAT(Create({{"delta.feature.deletionVectors", "on"}}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("supported")));
  EXPECT_THAT(Create({{"mine.anything", "x"}}), IsOk());
}

TEST_F(CommitRequests, WishesForTheProtocolAreNotKeptAsProperties) {
  const auto table = Create({{"delta.feature.deletionVectors", "supported"},
                             {"delta.minReaderVersion", "1"},
                             {"owner", "me"}})
                         .value();
  EXPECT_THAT(table->snapshot()->metadata.configuration,
              ElementsAre(::testing::Pair("owner", "me")));
  EXPECT_THAT(*table->snapshot()->protocol.reader_features, ElementsAre("deletionVectors"));
}

}  // namespace
}  // namespace oresmith::delta
