#include "delta/type_widening.h"

#include "delta/scan.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

using ::testing::HasSubstr;
using namespace testing_support;
using types::Type;
using types::TypeId;

Type Of(const char* sql) { return types::ParseType(sql).value(); }

TEST(IsWidening, SaysYesToWhatTheProtocolKnows) {
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"BYTE", "SHORT"},
                                                        {"BYTE", "BIGINT"},
                                                        {"INT", "BIGINT"},
                                                        {"INT", "DOUBLE"},
                                                        {"FLOAT", "DOUBLE"},
                                                        {"DATE", "TIMESTAMP_NTZ"},
                                                        {"DECIMAL(5,2)", "DECIMAL(10,4)"},
                                                        {"INT", "DECIMAL(12,2)"},
                                                        {"BYTE", "DECIMAL(10,0)"},
                                                        {"BIGINT", "DECIMAL(20,0)"}}) {
    EXPECT_TRUE(IsWidening(Of(from), Of(to))) << from << " -> " << to;
    EXPECT_FALSE(IsWidening(Of(to), Of(from))) << to << " -> " << from;
  }
}

TEST(IsWidening, SaysNoToWhatMayLoseValues) {
  for (const auto& [from, to] :
       std::vector<std::pair<const char*, const char*>>{{"INT", "INT"},
                                                        {"BIGINT", "DOUBLE"},
                                                        {"INT", "FLOAT"},
                                                        {"INT", "STRING"},
                                                        {"DATE", "TIMESTAMP"},
                                                        {"DECIMAL(5,2)", "DECIMAL(6,4)"},
                                                        {"INT", "DECIMAL(9,0)"},
                                                        {"BIGINT", "DECIMAL(19,0)"}}) {
    EXPECT_FALSE(IsWidening(Of(from), Of(to))) << from << " -> " << to;
  }
}

class Widening : public TableFixture {
 protected:
  std::unique_ptr<Table> CreateWith(types::Schema schema) {
    return Table::Create(*store_, "t",
                         CreateOptions{.schema = std::move(schema),
                                       .configuration = {{"delta.enableTypeWidening", "true"}}},
                         clock_, random_)
        .value();
  }

  static Status ChangeType(Table& table, const char* sql) {
    CommitRequest request;
    request.metadata = table.snapshot()->metadata;
    request.metadata->schema[0].type = Of(sql);
    TRY_DO(table.Commit(request));
    return {};
  }

  template <class Builder, class Value>
  static Status Append(Table& table, std::vector<Value> values) {
    Builder builder;
    for (const Value value : values) EXPECT_TRUE(builder.Append(value).ok());
    const auto array = builder.Finish().ValueOrDie();
    const auto batch = arrow::RecordBatch::Make(arrow::schema({arrow::field("c", array->type())}),
                                                array->length(), {array});
    CommitRequest request;
    TRY(request.adds, WriteFiles(table, {batch}));
    TRY_DO(table.Commit(request));
    return {};
  }

  /// All rows as JSON, sorted.
  static std::vector<std::string> Rows(const columnar::Relation& relation) {
    std::vector<std::string> rows;
    const std::vector<columnar::Batch> batches = ReadBatches(relation, {0}).value();
    for (const columnar::Batch& batch : batches) {
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        rows.push_back(columnar::RowToJson(*batch, i));
      }
    }
    std::ranges::sort(rows);
    return rows;
  }
  static std::vector<std::string> Rows(const Table& table) {
    return Rows(*table.Scan(table.snapshot()));
  }
};

TEST_F(Widening, OldAndNewFilesAreReadAsOne) {
  const auto table = CreateWith({Column("c", TypeId::kInt)});
  EXPECT_EQ(table->snapshot()->protocol.reader_features, std::vector<std::string>{"typeWidening"});
  ASSERT_THAT((Append<arrow::Int32Builder, int32_t>(*table, {7})), IsOk());
  ASSERT_THAT(ChangeType(*table, "BIGINT"), IsOk());
  EXPECT_THAT(Commit("t", 2), HasSubstr(R"(\"delta.typeChanges\":[{\"toType\":\"long\",)"
                                        R"(\"fromType\":\"integer\"}])"));
  ASSERT_THAT((Append<arrow::Int64Builder, int64_t>(*table, {int64_t{1} << 40})), IsOk());
  EXPECT_EQ(Rows(*Open("t").value()),
            (std::vector<std::string>{R"({"c":1099511627776})", R"({"c":7})"}));
}

TEST_F(Widening, EachStepIsNoted) {
  const auto table = CreateWith({Column("c", TypeId::kByte)});
  ASSERT_THAT((Append<arrow::Int8Builder, int8_t>(*table, {-7})), IsOk());
  ASSERT_THAT(ChangeType(*table, "SHORT"), IsOk());
  ASSERT_THAT(ChangeType(*table, "DOUBLE"), IsOk());
  EXPECT_TRUE(WasOfType(table->snapshot()->metadata.schema[0], "byte"));
  EXPECT_TRUE(WasOfType(table->snapshot()->metadata.schema[0], "short"));
  EXPECT_EQ(Rows(*Open("t").value()), (std::vector<std::string>{R"({"c":-7.0})"}));
}

TEST_F(Widening, PartsOfArraysAndMapsAreNotedWithTheirPath) {
  Metadata before;
  before.schema = {{.name = "m", .type = Of("MAP<INT, ARRAY<STRUCT<v: SHORT>>>")},
                   {.name = "l", .type = Of("ARRAY<ARRAY<INT>>")}};
  Metadata after;
  after.schema = {{.name = "m", .type = Of("MAP<BIGINT, ARRAY<STRUCT<v: INT>>>")},
                  {.name = "l", .type = Of("ARRAY<ARRAY<BIGINT>>")}};
  const std::string json = types::SchemaToJson(WithTypeChanges(before, after).schema);
  EXPECT_THAT(json,
              HasSubstr(R"({"toType":"long","fromType":"integer","fieldPath":"element.element"})"));
  EXPECT_THAT(json, HasSubstr(R"({"toType":"long","fromType":"integer","fieldPath":"key"})"));
  EXPECT_THAT(json, HasSubstr(R"("delta.typeChanges":[{"toType":"integer","fromType":"short"}])"));
}

TEST_F(Widening, WithoutThePropertyTypesStay) {
  const auto table = CreateOrders("t").value();
  ASSERT_THAT(AppendOrders(*table, {{1, "one"}}), IsOk());
  EXPECT_THAT(ChangeType(*table, "DECIMAL(20,0)"),
              FailsWith(ErrorKind::kInvalidInput, HasSubstr("column id cannot change its type")));
}

TEST_F(Widening, AChangeThatIsNotKnownStopsTheReader) {
  const auto table = CreateWith({Column("c", TypeId::kInt)});
  std::string commit = Commit("t", 0);
  const std::string_view empty = R"(\"metadata\":{})";
  commit.replace(commit.find(empty), empty.size(),
                 R"(\"metadata\":{\"delta.typeChanges\":[{\"fromType\":\"string\",)"
                 R"(\"toType\":\"integer\"}]})");
  ASSERT_THAT(store_->Put("t/_delta_log/00000000000000000000.json", commit), IsOk());
  EXPECT_THAT(Open("t"), FailsWith(ErrorKind::kUnsupported, HasSubstr("c: string -> integer")));
}

// The statistics of the old file say 0.1, which as a DOUBLE is less than the FLOAT that is in it.
TEST_F(Widening, StatisticsOfFloatsAreNotTakenForDoubles) {
  const auto table = CreateWith({Column("c", TypeId::kFloat)});
  ASSERT_THAT((Append<arrow::FloatBuilder, float>(*table, {0.1F})), IsOk());
  ASSERT_THAT(ChangeType(*table, "DOUBLE"), IsOk());
  for (const double wanted : {static_cast<double>(0.1F), 0.5}) {
    ScanOptions options;
    options.predicate =
        Predicate::Compare({"c"}, Comparison::kEqual, {Type(TypeId::kDouble), wanted});
    options.counts = std::make_shared<ScanCounts>();
    const auto scan = ScanSnapshot(*store_, "t", *table->snapshot(), options);
    EXPECT_EQ(Rows(*scan).size(), wanted < 0.5 ? 1U : 0U);
    EXPECT_EQ(options.counts->files_skipped, wanted < 0.5 ? 0 : 1);
  }
}

TEST(CommonType, KeepsTheWiderOfBoth) {
  EXPECT_EQ(CommonType(Of("STRUCT<a: INT, b: ARRAY<BIGINT>>"),
                       Of("STRUCT<a: BIGINT, b: ARRAY<INT>>"), true),
            Of("STRUCT<a: BIGINT, b: ARRAY<BIGINT>>"));
  EXPECT_EQ(CommonType(Of("INT"), Of("BIGINT"), false), std::nullopt);
  EXPECT_EQ(CommonType(Of("INT"), Of("STRING"), true), std::nullopt);
}

}  // namespace
}  // namespace oresmith::delta
