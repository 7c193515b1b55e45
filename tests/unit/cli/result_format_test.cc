#include "cli/result_format.h"

#include <arrow/builder.h>
#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

namespace oresmith::cli {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

columnar::Batch MakeBatch(const types::Schema& schema, const std::vector<std::string>& columns) {
  const auto arrow_schema = columnar::ToArrow(schema);
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto type = arrow_schema->field(static_cast<int>(i))->type();
    arrays.push_back(arrow::json::ArrayFromJSONString(type, columns[i]).ValueOrDie());
  }
  const int64_t rows = arrays[0]->length();
  return arrow::RecordBatch::Make(arrow_schema, rows, std::move(arrays));
}

const types::Schema kSchema{Field{.name = "city", .type = Type(TypeId::kString)},
                            Field{.name = "revenue", .type = Type::Decimal(10, 2)}};

std::string Written(ResultFormat format, const types::Schema& schema,
                    const std::vector<columnar::Batch>& batches) {
  std::string all;
  const Status written = WriteResult(schema, batches, format, [&](std::string_view text) -> Status {
    all += text;
    return {};
  });
  EXPECT_TRUE(written);
  return all;
}

TEST(WriteResult, ATableIsAlignedWithNumbersToTheRight) {
  const auto first = MakeBatch(kSchema, {R"(["Gdańsk", null])", R"(["1234.50", "7.00"])"});
  const auto second = MakeBatch(kSchema, {R"(["Porto"])", "[null]"});
  EXPECT_EQ(Written(ResultFormat::kTable, kSchema, {first, second}),
            "city    revenue\n"
            "──────  ───────\n"
            "Gdańsk  1234.50\n"
            "NULL       7.00\n"
            "Porto      NULL\n"
            "(3 rows)\n");
}

TEST(WriteResult, ATableWithoutRowsStillHasItsTitles) {
  EXPECT_EQ(Written(ResultFormat::kTable, kSchema, {}), "city  revenue\n────  ───────\n(0 rows)\n");
}

TEST(WriteResult, ATableCellStaysOnItsLine) {
  const types::Schema schema{Field{.name = "v", .type = Type(TypeId::kString)}};
  const auto batch = MakeBatch(schema, {R"(["a\nb\u001b[2J"])"});
  EXPECT_EQ(Written(ResultFormat::kTable, schema, {batch}),
            "v\n───────────\na\\nb\\x1b[2J\n(1 row)\n");
}

// RFC 4180; an empty string and a NULL must not look the same.
TEST(WriteResult, CsvQuotesWhatItMustAndTellsNullFromEmpty) {
  const auto batch = MakeBatch(kSchema, {R"(["a,b", "say \"hi\"", "two\nlines", "", null])",
                                         R"(["1.00", "2.00", "3.00", "4.00", null])"});
  EXPECT_EQ(Written(ResultFormat::kCsv, kSchema, {batch}),
            "city,revenue\r\n"
            "\"a,b\",1.00\r\n"
            "\"say \"\"hi\"\"\",2.00\r\n"
            "\"two\nlines\",3.00\r\n"
            "\"\",4.00\r\n"
            ",\r\n");
}

TEST(WriteResult, JsonIsOneObjectALineWithExactNumbers) {
  const auto batch = MakeBatch(kSchema, {R"(["x", null])", R"(["0.10", null])"});
  EXPECT_EQ(Written(ResultFormat::kJson, kSchema, {batch}),
            "{\"city\":\"x\",\"revenue\":0.10}\n{\"city\":null,\"revenue\":null}\n");
}

TEST(WriteResult, MarkdownEscapesPipes) {
  const auto batch = MakeBatch(kSchema, {R"(["a|b"])", R"(["1.00"])"});
  EXPECT_EQ(Written(ResultFormat::kMarkdown, kSchema, {batch}),
            "| city | revenue |\n| --- | ---: |\n| a\\|b | 1.00 |\n");
}

TEST(WriteResult, ALargeResultIsHandedOnInPieces) {
  const types::Schema schema{Field{.name = "n", .type = Type(TypeId::kLong)}};
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < 100'000; ++i) ASSERT_TRUE(builder.Append(i).ok());
  const columnar::Batch batch =
      arrow::RecordBatch::Make(columnar::ToArrow(schema), 100'000, {builder.Finish().ValueOrDie()});
  size_t largest = 0;
  size_t pieces = 0;
  ASSERT_TRUE(
      WriteResult(schema, {batch}, ResultFormat::kCsv, [&](std::string_view text) -> Status {
        largest = std::max(largest, text.size());
        ++pieces;
        return {};
      }));
  EXPECT_GT(pieces, 5U);
  EXPECT_LT(largest, 100'000U);
}

TEST(WriteResult, AnErrorOfTheSinkEndsTheWriting) {
  const auto batch = MakeBatch(kSchema, {R"(["x"])", R"(["0.10"])"});
  const Status written = WriteResult(kSchema, {batch}, ResultFormat::kCsv, [](std::string_view) {
    return Status(Fail(ErrorKind::kUnavailable, "no space"));
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "no space");
}

}  // namespace
}  // namespace oresmith::cli
