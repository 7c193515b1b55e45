#include "format/parquet.h"

#include <arrow/io/file.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>

#include <fstream>

#include "unit/connector/files/temp_folder.h"
#include "unit/format/show.h"

namespace oresmith::format {
namespace {

using ::testing::ElementsAre;

void WriteFile(const std::string& path) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int32()),
                     arrow::field("s", arrow::struct_({arrow::field("x", arrow::utf8())})),
                     arrow::field("b", arrow::int64())});
  std::vector<std::shared_ptr<arrow::Array>> arrays{
      *arrow::json::ArrayFromJSONString(arrow::int32(), "[1, null, 3]"),
      *arrow::json::ArrayFromJSONString(schema->field(1)->type(),
                                        R"([{"x":"p"}, null, {"x":"q"}])"),
      *arrow::json::ArrayFromJSONString(arrow::int64(), "[10, 20, 30]")};
  const auto file = arrow::io::FileOutputStream::Open(path);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(parquet::arrow::WriteTable(*arrow::Table::Make(schema, arrays),
                                         arrow::default_memory_pool(), *file, 2)
                  .ok());
}

TEST(Parquet, ColumnsAreReadByNameAndMissingOnesAreNull) {
  connector::TempFolder folder;
  WriteFile(folder.At("a.parquet"));
  EXPECT_EQ(types::SchemaToDdl(*ReadParquetSchema(folder.At("a.parquet"))),
            "a INT, s STRUCT<x: STRING>, b BIGINT");
  const auto reader = ReadParquet(
      folder.At("a.parquet"), *types::ParseDdlSchema("s STRUCT<x: STRING>, c STRING, a BIGINT"), 2);
  ASSERT_TRUE(reader.has_value());
  std::vector<std::string> rows;
  for (;;) {
    const auto batch = (*reader)->Next();
    ASSERT_TRUE(batch.has_value()) << batch.error().message;
    if (*batch == nullptr) break;
    for (std::string& row : ShowAll(**(*batch)->ToStructArray())) rows.push_back(std::move(row));
  }
  EXPECT_THAT(rows, ElementsAre("{{p}, null, 1}", "{null, null, null}", "{{q}, null, 3}"));
}

TEST(Parquet, WhatIsNoParquetFileIsCorruptAndWhatIsGoneIsNotFound) {
  connector::TempFolder folder;
  folder.Write("a.parquet", "this is no Parquet file, but long enough to look for a footer");
  const auto bad = ReadParquetSchema(folder.At("a.parquet"));
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().kind, ErrorKind::kCorrupt);
  const auto gone = ReadParquetSchema(folder.At("b.parquet"));
  ASSERT_FALSE(gone.has_value());
  EXPECT_EQ(gone.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace oresmith::format
