// Opens and reads broken Delta tables: each must give rows or an Error, in time and with little
// memory. A child process reads them, so that a crash is a finding with a number, not the end.
//
//   delta_log_fuzz [--tables N | --cpu-seconds N] [--seed N]
//   delta_log_fuzz --only N     one table, in this process, for a debugger
//
// Table N is always broken in the same way.

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "delta/scan.h"
#include "delta/table.h"
#include "delta/time_travel.h"
#include "fuzz/mutation.h"
#include "fuzz/seeds.h"
#include "storage/store.h"
#include "support/manual_clock.h"

namespace oresmith::fuzz {
namespace {

constexpr uint64_t kTablesPerProcess = 400;
constexpr unsigned kTableSeconds = 60;           // a hang; a table takes milliseconds
constexpr int64_t kMemoryKib = 2 * 1024 * 1024;  // of the process, sanitizer included

/// What a child tells its parent, in memory that both see.
struct Tally {
  uint64_t number;  // of the table under way
  uint64_t opened;
  uint64_t refused;
  uint64_t rows;
  uint64_t broken_scans;
};

Status ReadAll(const columnar::Relation& relation, const std::vector<int>& columns, Tally& tally) {
  TRY(const auto reader, relation.Open(columns));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return {};
    tally.rows += static_cast<uint64_t>(batch->num_rows());
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
    ++tally.refused;
  } else {
    ++tally.opened;
    if (!ReadTable(*store, **table, tally)) ++tally.broken_scans;
  }
  static_cast<void>(delta::Table::OpenAt(*store, "t", delta::Version{1}, clock, random));
  if (!objects.empty() && mutation.Below(2) == 0) RefreshAcross(objects, tally, mutation);
}

int64_t MemoryKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// In a child: ends with 0 when nothing was found, also no leak.
[[noreturn]] void RunChild(const std::vector<Objects>& seeds, uint64_t first, uint64_t count,
                           Tally& tally) {
  for (uint64_t number = first; number < first + count; ++number) {
    tally.number = number;
    alarm(kTableSeconds);
    ReadBroken(seeds, number, tally);
    if (MemoryKib() > kMemoryKib) {
      std::fprintf(stderr, "table %lu: %ld KiB of memory\n", number, MemoryKib());
      std::exit(2);
    }
  }
  alarm(kTableSeconds);  // the search for leaks
  std::exit(0);
}

/// CPU time of the children that have ended.
int64_t CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
}

struct Options {
  uint64_t tables = UINT64_MAX;
  int64_t cpu_seconds = INT64_MAX;
  uint64_t seed = 0;
  bool only = false;
};

/// The number of the table at which the child failed; absent: it did not.
std::optional<uint64_t> RunBatch(const std::vector<Objects>& seeds, uint64_t first, uint64_t count,
                                 Tally& tally) {
  const pid_t child = fork();
  ORESMITH_ASSERT(child >= 0);
  if (child == 0) RunChild(seeds, first, count, tally);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  std::fprintf(stderr, "FOUND: table %lu: %s %d\n", tally.number,
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return tally.number;
}

int Run(const Options& options) {
  const auto seeds = SeedTables();
  if (!seeds) {
    std::fprintf(stderr, "%s\n", seeds.error().message.c_str());
    return 1;
  }
  void* const memory =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ORESMITH_ASSERT(memory != MAP_FAILED);
  Tally& tally = *new (memory) Tally();
  if (options.only) {
    ReadBroken(*seeds, options.seed, tally);
    return 0;
  }
  int findings = 0;
  uint64_t done = 0;
  while (done < options.tables && CpuSeconds() < options.cpu_seconds && findings < 20) {
    const uint64_t count = std::min(kTablesPerProcess, options.tables - done);
    const auto failed = RunBatch(*seeds, options.seed + done, count, tally);
    if (failed) ++findings;
    done = failed ? *failed - options.seed + 1 : done + count;
  }
  std::fprintf(stderr,
               "%lu tables from %lu on, %ld s of CPU: %lu opened, %lu refused, %lu scans failed, "
               "%lu rows, %d findings\n",
               done, options.seed, CpuSeconds(), tally.opened, tally.refused, tally.broken_scans,
               tally.rows, findings);
  // Breaking everything or nothing would test nothing.
  const bool mixed =
      tally.opened > done / 10 && tally.refused > done / 10 && tally.broken_scans > 0;
  return findings == 0 && mixed ? 0 : 1;
}

}  // namespace
}  // namespace oresmith::fuzz

int main(int count, char** arguments) {
  oresmith::fuzz::Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const int64_t value = std::atoll(arguments[i + 1]);
    if (name == "--tables") options.tables = static_cast<uint64_t>(value);
    if (name == "--cpu-seconds") options.cpu_seconds = value;
    if (name == "--seed" || name == "--only") options.seed = static_cast<uint64_t>(value);
    if (name == "--only") options.only = true;
  }
  return oresmith::fuzz::Run(options);
}
