// Rows to data files and a commit: raw text (bronze), and numbers with repeating text (silver).

#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include "delta/table.h"
#include "micro/orders.h"
#include "storage/store.h"

namespace oresmith::delta {
namespace {

using types::Type;
using types::TypeId;

types::Field ColumnOf(std::string name, TypeId type) {
  return {.name = std::move(name), .type = Type(type), .nullable = true, .comment = {}};
}

columnar::Batch TextRows(int64_t rows) {
  const bench::Orders orders = bench::MakeOrders(rows);
  arrow::StringBuilder value;
  arrow::Int64Builder line;
  for (size_t i = 0; i < orders.lines.size(); ++i) {
    ORESMITH_ASSERT(value.Append(orders.lines[i]).ok());
    ORESMITH_ASSERT(line.Append(static_cast<int64_t>(i) + 1).ok());
  }
  return arrow::RecordBatch::Make(
      columnar::ToArrow({ColumnOf("value", TypeId::kString), ColumnOf("line", TypeId::kLong)}),
      rows, {*value.Finish(), *line.Finish()});
}

columnar::Batch TypedRows(int64_t rows) {
  arrow::Int64Builder id;
  arrow::DoubleBuilder price;
  arrow::StringBuilder city;
  for (int64_t i = 0; i < rows; ++i) {
    ORESMITH_ASSERT(id.Append(i).ok() && price.Append(static_cast<double>(i * 37 % 100)).ok());
    ORESMITH_ASSERT(city.Append(fmt::format("City {}", i * 7 % 50)).ok());
  }
  return arrow::RecordBatch::Make(
      columnar::ToArrow({ColumnOf("id", TypeId::kLong), ColumnOf("price", TypeId::kDouble),
                         ColumnOf("city", TypeId::kString)}),
      rows, {*id.Finish(), *price.Finish(), *city.Finish()});
}

Status WriteOnce(const columnar::Batch& batch, const types::Schema& schema, Random& random) {
  const SystemClock clock;
  const auto store = storage::MakeMemoryStore();
  CreateOptions options;
  options.schema = schema;
  TRY(const auto table, Table::Create(*store, "table", options, clock, random));
  TRY(const auto writer, table->NewWriter({}, nullptr));
  TRY_DO(writer->Write(batch));
  CommitRequest request;
  TRY(request.adds, writer->Close());
  TRY(const Version version, table->Commit(request));
  benchmark::DoNotOptimize(version);
  return {};
}

void WriteRows(benchmark::State& state, columnar::Batch (*make)(int64_t)) {
  const columnar::Batch batch = make(state.range(0));
  const auto schema = columnar::FromArrow(*batch->schema());
  ORESMITH_ASSERT(schema.has_value());
  Random random(1);
  for (auto unused : state) {
    const Status written = WriteOnce(batch, *schema, random);
    if (!written) return state.SkipWithError(written.error().message.c_str());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(WriteRows, Text, TextRows)->Arg(100)->Arg(20'000);
BENCHMARK_CAPTURE(WriteRows, Typed, TypedRows)->Arg(100)->Arg(60'000);

}  // namespace
}  // namespace oresmith::delta
