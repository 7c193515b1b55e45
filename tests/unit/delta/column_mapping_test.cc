#include "delta/column_mapping.h"

#include <arrow/util/key_value_metadata.h>

#include "delta/evolution.h"
#include "delta/maintain.h"
#include "delta/scan.h"
#include "delta/skipping.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;
using namespace testing_support;
using types::Type;
using types::TypeId;

constexpr const char* kMode = "delta.columnMapping.mode";

class Mapping : public TableFixture {
 protected:
  std::unique_ptr<Table> CreateMapped(const char* mode) {
    return Table::Create(*store_, "t",
                         CreateOptions{.schema = OrdersSchema(), .configuration = {{kMode, mode}}},
                         clock_, random_)
        .value();
  }

  static Status Change(Table& table, const std::function<void(Metadata&)>& change) {
    CommitRequest request;
    request.metadata = table.snapshot()->metadata;
    change(*request.metadata);
    TRY_DO(table.Commit(request));
    return {};
  }

  static std::string PhysicalOf(const Table& table, size_t column) {
    return PhysicalName(table.snapshot()->metadata.schema[column], ColumnMapping::kName);
  }
};

TEST_F(Mapping, ANewTableHasGeneratedNamesEverywhere) {
  const auto table = CreateMapped("name");
  const std::string id = PhysicalOf(*table, 0);
  EXPECT_THAT(id, MatchesRegex("col-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
  EXPECT_NE(id, PhysicalOf(*table, 1));
  EXPECT_THAT(Commit("t", 0), HasSubstr(R"("delta.columnMapping.maxColumnId":"2")"));
  EXPECT_THAT(Commit("t", 0), HasSubstr(R"("minReaderVersion":2)"));
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}, {2, "two"}}), IsOk());
  const AddFile file = table->snapshot()->files[0];
  EXPECT_THAT(file.stats, HasSubstr(fmt::format(R"("minValues":{{"{}":1,)", id)));
  EXPECT_THAT(file.stats, Not(HasSubstr("\"id\"")));
  EXPECT_EQ(ReadOrders(*Open("t").value()).value(), (std::vector<Order>{{1, "one"}, {2, "two"}}));
}

TEST_F(Mapping, ATableThatGetsItKeepsItsFilesAndTheirNames) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.configuration[kMode] = "name"; }), IsOk());
  EXPECT_EQ(PhysicalOf(*table, 0), "id");
  EXPECT_EQ(table->snapshot()->protocol.min_reader_version, 2);
  ASSERT_THAT(AppendOrders(*table, {{2, "two"}}), IsOk());
  EXPECT_EQ(ReadOrders(*table).value(), (std::vector<Order>{{1, "one"}, {2, "two"}}));
}

// A new column of an old name must not show the old column's values.
TEST_F(Mapping, AColumnThatComesAgainIsAnotherOne) {
  const auto table = CreateMapped("name");
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  const std::string before = PhysicalOf(*table, 1);
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema.pop_back(); }), IsOk());
  ASSERT_THAT(
      Change(*table, [](Metadata& to) { to.schema.push_back(Column("name", TypeId::kString)); }),
      IsOk());
  EXPECT_NE(PhysicalOf(*table, 1), before);
  EXPECT_EQ(table->snapshot()->metadata.configuration.at("delta.columnMapping.maxColumnId"), "3");
  EXPECT_EQ(ReadOrders(*table).value(), (std::vector<Order>{{1, std::nullopt}}));
}

TEST_F(Mapping, ARenamedColumnKeepsItsValuesInBothModes) {
  for (const char* mode : {"name", "id"}) {
    SCOPED_TRACE(mode);
    store_ = storage::MakeMemoryStore();
    const auto table = CreateMapped(mode);
    ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
    ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema[1].name = "the name"; }), IsOk());
    const auto again = Open("t").value();
    EXPECT_EQ(again->snapshot()->metadata.schema[1].name, "the name");
    EXPECT_EQ(ReadOrders(*again).value(), (std::vector<Order>{{1, "one"}}));
  }
}

TEST_F(Mapping, WithoutItNoColumnIsDropped) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  EXPECT_THAT(Change(*table, [](Metadata& to) { to.schema.pop_back(); }),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("name cannot be dropped")));
}

TEST_F(Mapping, TheModeDoesNotChangeOnceItIsOn) {
  const auto table = CreateMapped("name");
  for (const char* mode : {"none", "id"}) {
    EXPECT_THAT(Change(*table, [&](Metadata& to) { to.configuration[kMode] = mode; }),
                FailsWith(ErrorKind::kInvalidInput, HasSubstr("cannot change from 'name'")));
  }
}

TEST_F(Mapping, NestedFieldsHaveNumbersInTheOrderOfSpark) {
  Metadata metadata;
  metadata.id = "x";
  metadata.configuration[kMode] = "name";
  metadata.schema = {
      {.name = "s", .type = Type::Struct({Column("x", TypeId::kInt), Column("y", TypeId::kInt)})},
      {.name = "l", .type = Type::Array(Type::Struct({Column("q", TypeId::kInt)}))},
      Column("z", TypeId::kInt)};
  metadata = WithColumnMapping(std::move(metadata), nullptr);
  const types::Schema& schema = metadata.schema;
  EXPECT_EQ(ColumnIdOf(schema[0]), 1);
  EXPECT_EQ(ColumnIdOf(schema[0].type.fields()[1]), 3);
  EXPECT_EQ(ColumnIdOf(schema[1]), 4);
  EXPECT_EQ(ColumnIdOf(schema[1].type.element().fields()[0]), 5);
  EXPECT_EQ(ColumnIdOf(schema[2]), 6);
  const auto physical = PhysicalArrow(schema, ColumnMapping::kName);
  EXPECT_THAT(physical->field(1)->type()->field(0)->type()->field(0)->name(), StartsWith("col-"));
  EXPECT_EQ(physical->field(2)->metadata()->Get("PARQUET:field_id").ValueOrDie(), "6");
}

TEST_F(Mapping, FilesArePassedOverByTheNamesOfTheirStatistics) {
  const auto table = CreateMapped("name");
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{5, "five"}}), IsOk());
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema[0].name = "number"; }), IsOk());
  ScanOptions options;
  options.predicate =
      Predicate::Compare({"number"}, Comparison::kEqual, {Type(TypeId::kLong), int64_t{5}});
  options.counts = std::make_shared<ScanCounts>();
  const auto scan = ScanSnapshot(*store_, "t", *table->snapshot(), options);
  EXPECT_EQ(ReadOrders(*scan).value(), (std::vector<Order>{{5, "five"}}));
  EXPECT_EQ(options.counts->files_skipped, 1);
}

TEST_F(Mapping, CompactedFilesHoldTheSameRows) {
  const auto table = CreateMapped("name");
  for (int64_t i = 0; i < 3; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "row"}}), IsOk());
  const MaintainContext context{.store = *store_, .clock = clock_, .random = random_};
  ASSERT_THAT(Optimize(context, *table, {}), IsOk());
  ASSERT_EQ(table->snapshot()->files.size(), 1U);
  EXPECT_EQ(ReadOrders(*table).value(), (std::vector<Order>{{0, "row"}, {1, "row"}, {2, "row"}}));
}

// Rows that were written under a column's first name must not get lost when another writer drops
// the column and adds one of the same name meanwhile.
TEST_F(Mapping, AnAppendFailsWhenItsColumnIsAnotherOneMeanwhile) {
  const auto table = CreateMapped("name");
  const auto other = Open("t").value();
  CommitRequest late;
  late.adds = WriteFiles(*other, {OrdersBatch({{1, "one"}})}).value();
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema.pop_back(); }), IsOk());
  ASSERT_THAT(
      Change(*table, [](Metadata& to) { to.schema.push_back(Column("name", TypeId::kString)); }),
      IsOk());
  EXPECT_THAT(other->Commit(late), FailsWith(ErrorKind::kConflict, HasSubstr("name")));
}

TEST_F(Mapping, AnAppendStandsWhenTheMappingIsTurnedOnMeanwhile) {
  const auto table = CreateOrders("t").value();
  const auto other = Open("t").value();
  CommitRequest late;
  late.adds = WriteFiles(*other, {OrdersBatch({{1, "one"}})}).value();
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.configuration[kMode] = "name"; }), IsOk());
  ASSERT_THAT(other->Commit(late), IsOk());
  EXPECT_EQ(ReadOrders(*other).value(), (std::vector<Order>{{1, "one"}}));
}

TEST_F(Mapping, RestoreGoesBackToTheOldNames) {
  const auto table = CreateMapped("name");
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema[1].name = "title"; }), IsOk());
  ASSERT_THAT(Change(*table, [](Metadata& to) { to.schema.push_back(Column("x", TypeId::kInt)); }),
              IsOk());
  const MaintainContext context{.store = *store_, .clock = clock_, .random = random_};
  ASSERT_THAT(Restore(context, *table, {.version = Version{1}}), IsOk());
  EXPECT_EQ(table->snapshot()->metadata.schema[1].name, "name");
  // A number is never given twice.
  EXPECT_EQ(table->snapshot()->metadata.configuration.at("delta.columnMapping.maxColumnId"), "3");
  EXPECT_EQ(ReadOrders(*table).value(), (std::vector<Order>{{1, "one"}}));
}

TEST_F(Mapping, ACheckpointKeepsNamesAndNumbers) {
  const auto table = CreateMapped("name");
  for (int64_t i = 0; i < 12; ++i) ASSERT_THAT(AppendOrders(*table, {{i, "row"}}), IsOk());
  for (int version = 0; version < 10; ++version) {
    ASSERT_THAT(store_->Delete(fmt::format("t/_delta_log/{:020}.json", version)), IsOk());
  }
  EXPECT_EQ(ReadOrders(*Open("t").value()).value().size(), 12U);
}

}  // namespace
}  // namespace oresmith::delta
