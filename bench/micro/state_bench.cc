// Deduplication: nanoseconds a record and bytes a key, for states of several sizes.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "state/fingerprint.h"
#include "state/key_set.h"

namespace oresmith::state {
namespace {

constexpr uint64_t kEpoch = 10'000;

std::vector<SeenKey> Epoch(const Fingerprinter& fingerprinter, uint64_t from) {
  std::vector<SeenKey> keys;
  keys.reserve(kEpoch);
  for (uint64_t i = from; i < from + kEpoch; ++i) {
    // As a BIGINT column's bytes: a mark, and the value.
    char bytes[9] = {1};
    __builtin_memcpy(bytes + 1, &i, sizeof i);
    keys.push_back({.key = fingerprinter.Of({bytes, sizeof bytes}), .expiry = 1});
  }
  return keys;
}

/// Epochs of 10,000 new keys, into a state that has so many. The state is made anew when it has
/// grown by a tenth.
void AddNewKeys(benchmark::State& bench, bool expires) {
  const Fingerprinter fingerprinter(1);
  const auto size = static_cast<uint64_t>(bench.range(0));
  KeySet set({.expires = expires});
  std::vector<bool> is_new;
  uint64_t next = 0;
  for (; next < size; next += kEpoch) {
    if (!set.Add(Epoch(fingerprinter, next), 0, is_new)) bench.SkipWithError("no memory");
  }
  for (auto _ : bench) {
    const std::vector<SeenKey> keys = Epoch(fingerprinter, next);
    next += kEpoch;
    benchmark::DoNotOptimize(set.Add(keys, 0, is_new));
  }
  bench.SetItemsProcessed(bench.iterations() * static_cast<int64_t>(kEpoch));
  bench.counters["bytes_per_key"] =
      static_cast<double>(set.bytes()) / static_cast<double>(set.size());
}

void ForEver(benchmark::State& bench) { AddNewKeys(bench, false); }
void WithExpiry(benchmark::State& bench) { AddNewKeys(bench, true); }

BENCHMARK(ForEver)->Arg(100)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000)->Arg(100'000'000);
BENCHMARK(WithExpiry)->Arg(100)->Arg(100'000)->Arg(1'000'000)->Arg(10'000'000);

/// The same keys again, in another order: all are duplicates.
void FindDuplicates(benchmark::State& bench) {
  const Fingerprinter fingerprinter(1);
  const auto size = static_cast<uint64_t>(bench.range(0));
  KeySet set({});
  std::vector<bool> is_new;
  for (uint64_t next = 0; next < size; next += kEpoch) {
    if (!set.Add(Epoch(fingerprinter, next), 0, is_new)) bench.SkipWithError("no memory");
  }
  uint64_t at = 0;
  for (auto _ : bench) {
    at = (at + 7'777'777) % (size < kEpoch ? 1 : size - kEpoch + 1);
    benchmark::DoNotOptimize(set.Add(Epoch(fingerprinter, at), 0, is_new));
  }
  bench.SetItemsProcessed(bench.iterations() * static_cast<int64_t>(kEpoch));
}

BENCHMARK(FindDuplicates)->Arg(100)->Arg(100'000)->Arg(10'000'000);

}  // namespace
}  // namespace oresmith::state
