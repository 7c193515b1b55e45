// How fast orders are invented: at least 500,000 a second on one core, or they are the bottleneck.

#include <benchmark/benchmark.h>

#include "connector/generator/generator.h"

namespace oresmith::connector {
namespace {

void Generate(benchmark::State& state, OrderKind kind) {
  GeneratorOptions options;
  options.kind = kind;
  auto generator = MakeGenerator(options);
  if (!generator) return state.SkipWithError("no generator");
  std::string out;
  for (auto unused : state) {
    out.clear();
    (*generator)->Append(out, state.range(0));
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(out.size()));
}

BENCHMARK_CAPTURE(Generate, Retail, OrderKind::kRetail)->Arg(100)->Arg(20'000);
BENCHMARK_CAPTURE(Generate, Restaurant, OrderKind::kRestaurant)->Arg(100)->Arg(20'000);
BENCHMARK_CAPTURE(Generate, Ecommerce, OrderKind::kEcommerce)->Arg(100)->Arg(20'000);

}  // namespace
}  // namespace oresmith::connector
