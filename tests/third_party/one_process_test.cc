// The outside libraries live in one process, in any order of use. libparquet carries a simdjson of
// its own and exports it; if the two ever bind to each other, parsing fails at run time only.

#include <arrow/api.h>
#include <arrow/io/memory.h>
#include <duckdb.h>
#include <gtest/gtest.h>
#include <parquet/arrow/reader.h>
#include <parquet/arrow/writer.h>
#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace {

using std::string_view_literals::operator""sv;

int64_t ParsedSum(std::string_view json) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document = parser.iterate(padded);
  int64_t sum = 0;
  for (int64_t value : document["values"].get_array()) sum += value;
  return sum;
}

std::shared_ptr<arrow::Table> WrittenAndReadAgain(int64_t value) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Append(value).ok());
  const auto table = arrow::Table::Make(arrow::schema({arrow::field("value", arrow::int64())}),
                                        arrow::ArrayVector{builder.Finish().ValueOrDie()});
  const auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto properties =
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->build();
  EXPECT_TRUE(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), sink, 1024, properties)
          .ok());
  const auto source = std::make_shared<arrow::io::BufferReader>(sink->Finish().ValueOrDie());
  const auto reader = parquet::arrow::OpenFile(source, arrow::default_memory_pool()).ValueOrDie();
  return reader->ReadTable().ValueOrDie();
}

int64_t Selected(const char* sql) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_result result;
  EXPECT_EQ(duckdb_open(nullptr, &database), DuckDBSuccess);
  EXPECT_EQ(duckdb_connect(database, &connection), DuckDBSuccess);
  EXPECT_EQ(duckdb_query(connection, sql, &result), DuckDBSuccess) << duckdb_result_error(&result);
  duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
  const auto* data =
      static_cast<const int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0)));
  const int64_t value = data[0];
  duckdb_destroy_data_chunk(&chunk);
  duckdb_destroy_result(&result);
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return value;
}

TEST(OneProcess, ParsesJsonAndWritesParquetAndSelects) {
  EXPECT_EQ(ParsedSum(R"({"values": [1, 2, 3]})"sv), 6);
  EXPECT_EQ(WrittenAndReadAgain(42)->num_rows(), 1);
  EXPECT_EQ(Selected("SELECT sum(range)::BIGINT FROM range(5)"), 10);
  EXPECT_EQ(ParsedSum(R"({"values": [4, 5]})"sv), 9);
}

TEST(OneProcess, OurSimdjsonPicksAnImplementationOfThisProcessor) {
  EXPECT_EQ(std::string_view(SIMDJSON_VERSION), "3.9.4");
  EXPECT_TRUE(simdjson::get_active_implementation()->supported_by_runtime_system());
  EXPECT_NE(simdjson::get_active_implementation()->name(), "unsupported");
}

}  // namespace
