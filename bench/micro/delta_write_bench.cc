// Bulk writing of the rows of a silver table, beside bare Arrow writing the same Parquet: same
// properties, same row groups, into memory. The counter `of_bare` is our speed as a part of its;
// rounds of both alternate, so that whatever else the machine does meets both alike.

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/memory.h>
#include <arrow/table_builder.h>
#include <arrow/util/byte_size.h>
#include <benchmark/benchmark.h>
#include <parquet/arrow/writer.h>

#include <ctime>

#include "delta/encoding.h"
#include "delta/parquet_io.h"
#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {
namespace {

using types::Type;
using types::TypeId;

constexpr int64_t kBatchRows = 64 * 1024;

types::Schema SilverSchema() {
  const auto column = [](const char* name, Type type) {
    return types::Field{.name = name, .type = std::move(type)};
  };
  return {column("order_id", Type(TypeId::kLong)),
          column("customer_id", Type(TypeId::kInt)),
          column("customer_name", Type(TypeId::kString)),
          column("city", Type(TypeId::kString)),
          column("state", Type(TypeId::kString)),
          column("order_ts", Type(TypeId::kTimestamp)),
          column("order_item_id", Type(TypeId::kLong)),
          column("product_id", Type(TypeId::kInt)),
          column("quantity", Type(TypeId::kInt)),
          column("product_price", Type(TypeId::kDouble)),
          column("subtotal", Type(TypeId::kDouble))};
}

/// One batch of order items, each like none before.
columnar::Batch SilverRows(int64_t first, int64_t rows) {
  const auto schema = columnar::ToArrow(SilverSchema());
  auto builder = *arrow::RecordBatchBuilder::Make(schema, arrow::default_memory_pool(), rows);
  const auto whole = [&](int column, int64_t value) {
    if (schema->field(column)->type()->id() == arrow::Type::INT32) {
      return builder->GetFieldAs<arrow::Int32Builder>(column)->Append(static_cast<int>(value)).ok();
    }
    if (schema->field(column)->type()->id() == arrow::Type::TIMESTAMP) {
      return builder->GetFieldAs<arrow::TimestampBuilder>(column)->Append(value).ok();
    }
    return builder->GetFieldAs<arrow::Int64Builder>(column)->Append(value).ok();
  };
  const auto text = [&](int column, const std::string& value) {
    return builder->GetFieldAs<arrow::StringBuilder>(column)->Append(value).ok();
  };
  const auto number = [&](int column, double value) {
    return builder->GetFieldAs<arrow::DoubleBuilder>(column)->Append(value).ok();
  };
  for (int64_t i = first; i < first + rows; ++i) {
    const int64_t order = i / 3;
    const int64_t customer = order * 2654435761 % 12435;
    const int64_t product = i * 40503 % 1345;
    const double price = static_cast<double>(product * 37 % 50000) / 100;
    const auto quantity = static_cast<double>(1 + i % 5);
    ORESMITH_ASSERT(whole(0, order) && whole(1, customer) &&
                    text(2, fmt::format("Customer {} Name{}", customer, customer % 977)) &&
                    text(3, fmt::format("City {}", customer % 562)) &&
                    text(4, fmt::format("S{}", customer % 44)) &&
                    whole(5, 1700000000000000 + order * 1370000) && whole(6, i) &&
                    whole(7, product) && whole(8, 1 + i % 5) && number(9, price) &&
                    number(10, price * quantity));
  }
  return *builder->Flush();
}

Result<std::vector<AddFile>> WriteOurs(const std::vector<columnar::Batch>& batches, Random& random,
                                       storage::Store& store) {
  const SystemClock clock;
  TRY(const auto table,
      Table::Create(store, "t", CreateOptions{.schema = SilverSchema()}, clock, random));
  TRY(const auto writer, table->NewWriter({}, nullptr));
  for (const columnar::Batch& batch : batches) TRY_DO(writer->Write(batch));
  CommitRequest request;
  TRY(request.adds, writer->Close());
  TRY_DO(table->Commit(request));
  return request.adds;
}

/// The rows of each row group that we write.
Result<std::vector<int64_t>> RowGroups(const std::vector<columnar::Batch>& batches,
                                       Random& random) {
  const auto store = storage::MakeMemoryStore();
  TRY(const std::vector<AddFile> files, WriteOurs(batches, random, *store));
  std::vector<int64_t> rows;
  for (const AddFile& file : files) {
    TRY(const auto parquet, ParquetFile::Open(*store, "t/" + file.path));
    for (int i = 0; i < parquet->row_groups(); ++i) rows.push_back(parquet->rows(i));
  }
  return rows;
}

arrow::Status WriteBare(const std::vector<columnar::Batch>& batches,
                        const std::vector<int64_t>& row_groups) {
  ARROW_ASSIGN_OR_RAISE(const auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(const auto writer,
                        parquet::arrow::FileWriter::Open(
                            *batches.front()->schema(), arrow::default_memory_pool(), sink,
                            ChooseEncoding({batches.front()}, parquet::Compression::ZSTD)));
  size_t group = 0;
  int64_t rows = 0;
  for (const columnar::Batch& batch : batches) {
    if (rows == 0) ARROW_RETURN_NOT_OK(writer->NewBufferedRowGroup());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    rows += batch->num_rows();
    if (rows < row_groups[group]) continue;
    ++group;
    rows = 0;
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return sink->Close();
}

void BulkWrite(benchmark::State& state) {
  std::vector<columnar::Batch> batches;
  int64_t bytes = 0;
  for (int64_t first = 0; first < state.range(0); first += kBatchRows) {
    batches.push_back(SilverRows(first, std::min(kBatchRows, state.range(0) - first)));
    bytes += arrow::util::TotalBufferSize(*batches.back());
  }
  Random random(1);
  // CPU time of the process: what else the machine does is not counted. Who is first in a round
  // pays for the memory that both then use, so they take turns.
  const auto cost = [](const auto& write) {
    const std::clock_t begin = std::clock();
    ORESMITH_ASSERT(write());
    return std::clock() - begin;
  };
  const auto row_groups = RowGroups(batches, random);
  ORESMITH_ASSERT(row_groups.has_value());
  const auto write_ours = [&] {
    return WriteOurs(batches, random, *storage::MakeMemoryStore()).has_value();
  };
  const auto write_bare = [&] { return WriteBare(batches, *row_groups).ok(); };
  std::clock_t bare = 0;
  std::clock_t ours = 0;
  bool bare_first = false;
  for (auto unused : state) {
    if (bare_first) bare += cost(write_bare);
    const std::clock_t spent = cost(write_ours);
    if (!bare_first) bare += cost(write_bare);
    bare_first = !bare_first;
    ours += spent;
    state.SetIterationTime(static_cast<double>(spent) / CLOCKS_PER_SEC);
  }
  state.SetBytesProcessed(state.iterations() * bytes);
  state.counters["of_bare"] = static_cast<double>(bare) / static_cast<double>(ours);
}
BENCHMARK(BulkWrite)->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(BulkWrite)->Arg(2'000'000)->Iterations(10)->UseManualTime()->Unit(
    benchmark::kMillisecond);

}  // namespace
}  // namespace oresmith::delta
