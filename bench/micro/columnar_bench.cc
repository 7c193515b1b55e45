// What conforming a batch costs: nothing when it fits, as it mostly does.

#include <arrow/builder.h>
#include <benchmark/benchmark.h>

#include "columnar/batch.h"

namespace oresmith::columnar {
namespace {

Batch Numbers(int64_t rows, const std::shared_ptr<arrow::DataType>& type) {
  auto builder = arrow::MakeBuilder(type);
  ORESMITH_ASSERT(builder.ok() && (*builder)->AppendEmptyValues(rows).ok());
  const auto array = (*builder)->Finish();
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (int i = 0; i < 14; ++i) {
    fields.push_back(arrow::field(fmt::format("column_{}", i), type));
    arrays.push_back(*array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), rows, arrays);
}

types::Schema Longs() {
  types::Schema schema;
  for (int i = 0; i < 14; ++i) {
    schema.push_back({.name = fmt::format("column_{}", i),
                      .type = types::Type(types::TypeId::kLong),
                      .nullable = true,
                      .comment = {}});
  }
  return schema;
}

void ConformFitting(benchmark::State& state) {
  const Batch batch = Numbers(state.range(0), arrow::int64());
  const types::Schema schema = Longs();
  for (auto unused : state) benchmark::DoNotOptimize(Conform(batch, schema));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ConformFitting)->Arg(100)->Arg(60'000);

void ConformWidening(benchmark::State& state) {
  const Batch batch = Numbers(state.range(0), arrow::int32());
  const types::Schema schema = Longs();
  for (auto unused : state) benchmark::DoNotOptimize(Conform(batch, schema));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(ConformWidening)->Arg(100)->Arg(60'000);

}  // namespace
}  // namespace oresmith::columnar
