// JSON to columns: the first thing that happens to most records, and the most expensive one.

#include <benchmark/benchmark.h>

#include "format/json_decoder.h"
#include "micro/orders.h"

namespace oresmith::format {
namespace {

void DecodeOrders(benchmark::State& state) {
  const bench::Orders orders = bench::MakeOrders(state.range(0));
  auto schema = types::ParseDdlSchema(bench::kOrderDdl);
  ORESMITH_ASSERT(schema.has_value());
  auto decoder = JsonDecoder::Make(types::Type::Struct(*schema), JsonOptions::ForFunction());
  ORESMITH_ASSERT(decoder.has_value());
  for (auto unused : state) {
    auto values = decoder->DecodeValues(orders.lines);
    if (!values || !values->malformed.empty())
      return state.SkipWithError("orders were not decoded");
    benchmark::DoNotOptimize(values);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(orders.text.size()));
}
BENCHMARK(DecodeOrders)->Arg(100)->Arg(20'000);

}  // namespace
}  // namespace oresmith::format
