#include "delta/overwrite.h"

#include <arrow/array/builder_nested.h>

#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using namespace testing_support;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Overwrite : public TableFixture {
 protected:
  /// id < `end`.
  static RowPredicate Below(int64_t end) {
    return [end](const columnar::Batch& batch) -> Result<std::shared_ptr<arrow::BooleanArray>> {
      const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
      arrow::BooleanBuilder mask;
      for (int64_t i = 0; i < ids.length(); ++i) {
        EXPECT_TRUE((ids.IsNull(i) ? mask.AppendNull() : mask.Append(ids.Value(i) < end)).ok());
      }
      return std::static_pointer_cast<arrow::BooleanArray>(mask.Finish().ValueOrDie());
    };
  }
};

TEST_F(Overwrite, OfPartitionsReplacesOnlyThoseOfTheNewRows) {
  CreateOptions create{.schema = OrdersSchema(), .partition_columns = {"name"}};
  const auto table = *Table::Create(*store_, "t", create, clock_, random_);
  ASSERT_THAT(AppendOrders(*table, {{1, "a"}, {2, "b"}, {3, std::nullopt}}), IsOk());
  const auto other = *Open("t");
  const auto adds = WriteFiles(*table, {OrdersBatch({{4, "a"}, {5, std::nullopt}})});
  const auto request = OverwritePartitions(*table->snapshot(), *adds);
  ASSERT_THAT(request, IsOk());
  // Rows that come into another partition meanwhile are no concern.
  ASSERT_THAT(AppendOrders(*other, {{6, "b"}}), IsOk());
  ASSERT_THAT(table->Commit(*request), IsOk());
  EXPECT_THAT(ReadOrders(*table).value(),
              ElementsAre(Order{2, "b"}, Order{4, "a"}, Order{5, std::nullopt}, Order{6, "b"}));
  // Rows that come into the same one are.
  const auto again = OverwritePartitions(*table->snapshot(), *adds);
  ASSERT_THAT(other->Refresh(), IsOk());
  ASSERT_THAT(AppendOrders(*other, {{7, "a"}}), IsOk());
  EXPECT_THAT(table->Commit(*again), FailsWith(ErrorKind::kConflict, HasSubstr("version 4")));
}

TEST_F(Overwrite, OfPartitionsNeedsPartitions) {
  const auto table = *CreateOrders("t");
  EXPECT_THAT(OverwritePartitions(*table->snapshot(), {}),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("the table has none")));
}

TEST_F(Overwrite, ReplaceWhereKeepsTheOtherRowsOfAFile) {
  const auto table = *CreateOrders("t");
  ASSERT_THAT(AppendOrders(*table, {{1, "all"}, {2, "all"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{3, "some"}, {30, "some"}, {std::nullopt, "null"}}), IsOk());
  ASSERT_THAT(AppendOrders(*table, {{40, "none"}}), IsOk());
  const std::string untouched = table->snapshot()->files[2].path;
  const auto adds = WriteFiles(*table, {OrdersBatch({{9, "new"}})});
  const auto request = ReplaceWhere(
      *table, {.rows = Below(10), .may_match = {}, .predicate_text = "id < 10", .adds = *adds});
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->removes.size(), 2U);
  ASSERT_THAT(table->Commit(*request), IsOk());
  EXPECT_THAT(ReadOrders(*table).value(), ElementsAre(Order{std::nullopt, "null"}, Order{9, "new"},
                                                      Order{30, "some"}, Order{40, "none"}));
  EXPECT_EQ(table->snapshot()->files[0].path, untouched);
}

TEST_F(Overwrite, ARowThatFailsItsCheckIsNotWritten) {
  const auto table = *CreateOrders("t");
  const auto writer = WithRowCheck(*table->NewWriter({}, nullptr), MustMatch(Below(10), "id < 10"));
  EXPECT_THAT(writer->Write(OrdersBatch({{9, "x"}})), IsOk());
  EXPECT_THAT(writer->Write(OrdersBatch({{1, "x"}, {10, "y"}})),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr(R"({"id":10,"name":"y"})")));
}

// NOT NULL holds at all depths, not for columns alone.
TEST_F(Overwrite, ANullInAFieldThatIsNotNullIsRefused) {
  types::Field inner = Column("x", types::TypeId::kLong);
  inner.nullable = false;
  const types::Schema schema = {{.name = "s", .type = types::Type::Struct({inner})}};
  const auto table = *Table::Create(*store_, "t", {.schema = schema}, clock_, random_);
  const auto values = std::make_shared<arrow::Int64Builder>();
  const auto type = arrow::struct_({arrow::field("x", arrow::int64())});
  arrow::StructBuilder structs(type, arrow::default_memory_pool(), {values});
  ASSERT_TRUE(structs.Append().ok() && values->AppendNull().ok());
  const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("s", type)}), 1,
                                              {structs.Finish().ValueOrDie()});
  EXPECT_THAT((*table->NewWriter({}, nullptr))->Write(batch),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("s.x")));
}

}  // namespace
}  // namespace oresmith::delta
