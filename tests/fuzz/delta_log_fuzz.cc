// Opens and reads broken Delta tables: each must give rows or an Error, in time and with little
// memory.
//
//   delta_log_fuzz [--cases N | --cpu-seconds N] [--seed N]
//   delta_log_fuzz --only N     one table, in this process, for a debugger
//
// Table N is always broken in the same way.

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "delta/scan.h"
#include "delta/table.h"
#include "delta/time_travel.h"
#include "fuzz/harness.h"
#include "fuzz/mutation.h"
#include "fuzz/seeds.h"
#include "storage/store.h"
#include "support/manual_clock.h"

namespace oresmith::fuzz {
namespace {

// What Tally::counts count.
constexpr size_t kOpened = 0;
constexpr size_t kRefused = 1;
constexpr size_t kRows = 2;
constexpr size_t kBrokenScans = 3;

Status ReadAll(const columnar::Relation& relation, const std::vector<int>& columns, Tally& tally) {
  TRY(const auto reader, relation.Open(columns));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return {};
    tally.counts[kRows] += static_cast<uint64_t>(batch->num_rows());
    if (columns.empty()) continue;
    // Touches each value.
    for (int64_t row = 0; row < batch->num_rows(); ++row) columnar::RowToJson(*batch, row);
  }
}

Status ReadTable(storage::Store& store, delta::Table& table, Tally& tally) {
  const auto snapshot = table.snapshot();
  static_cast<void>(snapshot->num_records());
  static_cast<void>(snapshot->size_bytes());
  std::vector<int> columns;
  for (size_t i = 0; i < snapshot->metadata.schema.size(); ++i)
    columns.push_back(static_cast<int>(i));
  Status all = ReadAll(*table.Scan(snapshot), columns, tally);
  Status counted = ReadAll(*table.Scan(snapshot), {}, tally);
  const auto predicate = delta::Predicate::Compare(
      {"id"}, delta::Comparison::kLess, {types::Type(types::TypeId::kLong), int64_t{25}});
  const auto some = delta::ScanSnapshot(store, "t", *snapshot, {.predicate = predicate});
  Status filtered = ReadAll(*some, columns, tally);
  const auto changes = table.ScanChanges(delta::Version{0}, snapshot->version);
  if (changes) static_cast<void>(ReadAll(**changes, {}, tally));
  static_cast<void>(table.History(10));
  static_cast<void>(table.Tombstones());
  static_cast<void>(delta::FindVersionAt(store, "t", snapshot->metadata, 1'704'067'200'010));
  if (!all) return all;
  if (!counted) return counted;
  return filtered;
}

/// The commit with the highest number comes late, to a table that is open.
void RefreshAcross(const Objects& objects, Tally& tally, Mutation& mutation) {
  const auto last = std::ranges::max_element(objects, {}, [](const auto& object) {
    const bool is_commit = object.first.ends_with(".json") && object.first.size() < 36;
    return is_commit ? object.first : std::string();
  });
  const auto store = storage::MakeMemoryStore();
  for (const auto& [key, bytes] : objects) {
    if (key != last->first) static_cast<void>(store->Put(key, bytes));
  }
  const ManualClock clock;
  Random random(mutation.Below(1000));
  const auto table = delta::Table::Open(*store, "t", clock, random);
  if (!table) return;
  static_cast<void>(store->Put(last->first, last->second));
  static_cast<void>((*table)->Refresh());
  static_cast<void>((*table)->Commit({.operation = "WRITE", .transactions = {{"fuzz", 1}}}));
  static_cast<void>(ReadAll(*(*table)->Scan((*table)->snapshot()), {}, tally));
}

void ReadBroken(const std::vector<Objects>& seeds, uint64_t number, Tally& tally) {
  Mutation mutation(number);
  Objects objects = seeds[mutation.Below(seeds.size())];
  mutation.Break(objects);
  const auto store = storage::MakeMemoryStore();
  for (const auto& [key, bytes] : objects) static_cast<void>(store->Put(key, bytes));
  const ManualClock clock;
  Random random(number);
  const auto table = delta::Table::Open(*store, "t", clock, random);
  if (!table) {
    ORESMITH_ASSERT(!table.error().message.empty());
    ++tally.counts[kRefused];
  } else {
    ++tally.counts[kOpened];
    if (!ReadTable(*store, **table, tally)) ++tally.counts[kBrokenScans];
  }
  static_cast<void>(delta::Table::OpenAt(*store, "t", delta::Version{1}, clock, random));
  if (!objects.empty() && mutation.Below(2) == 0) RefreshAcross(objects, tally, mutation);
}

int Run(const Options& options) {
  const auto seeds = SeedTables();
  if (!seeds) {
    std::fprintf(stderr, "%s\n", seeds.error().message.c_str());
    return 1;
  }
  Tally& tally = SharedTally();
  const int findings = RunCases(options, tally, [&](uint64_t number, Tally& counted) {
    ReadBroken(*seeds, number, counted);
  });
  if (options.only) return 0;
  const auto& [opened, refused, rows, broken] = tally.counts;
  std::fprintf(stderr, "%lu opened, %lu refused, %lu scans failed, %lu rows\n", opened, refused,
               broken, rows);
  // Breaking everything or nothing would test nothing.
  const uint64_t done = opened + refused;
  const bool mixed = opened > done / 10 && refused > done / 10 && broken > 0;
  return findings == 0 && mixed ? 0 : 1;
}

}  // namespace
}  // namespace oresmith::fuzz

int main(int count, char** arguments) {
  return oresmith::fuzz::Run(oresmith::fuzz::ReadOptions(count, arguments));
}
