// How long it takes to open a table of many files from its checkpoint, and what memory that needs.
//   delta_open [files=100000] [folder=.] [keep]      `keep` leaves the table for other readers
//   delta_open open <table>                          one that is there

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {
namespace {

using std::chrono::steady_clock;

AddFile FileOf(int64_t number, Random& random) {
  AddFile file;
  file.path = fmt::format("part-00000-{}-c000.zstd.parquet", NewUuid(random));
  file.size_bytes = 1000 + number % 1000;
  file.modified_ms = 1'795'237'904'490;
  file.num_records = 100;
  file.stats =
      fmt::format(R"({{"numRecords":100,"minValues":{{"id":{},"price":0.5,"city":"Aachen"}},)"
                  R"("maxValues":{{"id":{},"price":99.5,"city":"Zwickau"}},)"
                  R"("nullCount":{{"id":0,"price":0,"city":0}}}})",
                  number * 100, number * 100 + 99);
  return file;
}

types::Field ColumnOf(std::string name, types::TypeId type) {
  return {.name = std::move(name), .type = types::Type(type)};
}

Status Make(storage::Store& store, int64_t files, Random& random) {
  const SystemClock clock;
  CreateOptions options;
  options.schema = {ColumnOf("id", types::TypeId::kLong), ColumnOf("price", types::TypeId::kDouble),
                    ColumnOf("city", types::TypeId::kString)};
  TRY(const auto table, Table::Create(store, "table", options, clock, random));
  constexpr int64_t kCommits = 10;  // the last of them makes the checkpoint
  for (int64_t commit = 0; commit < kCommits; ++commit) {
    CommitRequest request;
    for (int64_t i = files * commit / kCommits; i < files * (commit + 1) / kCommits; ++i) {
      request.adds.push_back(FileOf(i, random));
    }
    TRY_DO(table->Commit(request));
  }
  if (auto error = table->TakeCheckpointError()) return Fail(std::move(*error));
  return {};
}

/// In a process of its own, for the memory it takes is not what is measured.
bool MakeElsewhere(storage::Store& store, int64_t files, Random& random) {
  const pid_t child = fork();
  if (child == 0) {
    const Status status = Make(store, files, random);
    if (!status) std::fprintf(stderr, "delta_open: %s\n", status.error().message.c_str());
    _exit(status ? 0 : 1);
  }
  int result = 1;
  return child > 0 && waitpid(child, &result, 0) == child && result == 0;
}

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Status Measure(storage::Store& store, const std::string& root, Random& random) {
  const SystemClock clock;
  double best = 1e9;
  double cpu = 1e9;
  size_t files = 0;
  for (int round = 0; round < 5; ++round) {
    const auto start = steady_clock::now();
    const double cpu_before = CpuSeconds();
    TRY(const auto table, Table::Open(store, root, clock, random));
    best = std::min(best, std::chrono::duration<double>(steady_clock::now() - start).count());
    cpu = std::min(cpu, CpuSeconds() - cpu_before);
    files = table->snapshot()->files.size();
  }
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  std::fprintf(stderr, "%zu files: open %.3f s (%.3f s of CPU), peak %ld MB\n", files, best, cpu,
               usage.ru_maxrss / 1024);
  return {};
}

int Report(const Status& status) {
  if (status) return 0;
  std::fprintf(stderr, "delta_open: %s\n", status.error().message.c_str());
  return 1;
}

}  // namespace
}  // namespace oresmith::delta

int main(int argc, char** argv) {
  using namespace oresmith;
  Random random(1);
  if (argc == 3 && std::string_view(argv[1]) == "open") {
    return delta::Report(delta::Measure(*storage::MakeLocalStore(argv[2]), "", random));
  }
  const int64_t files = argc > 1 ? std::atol(argv[1]) : 100'000;
  std::string folder = std::string(argc > 2 ? argv[2] : ".") + "/delta-open-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) return 1;
  const auto store = storage::MakeLocalStore(folder);
  if (!delta::MakeElsewhere(*store, files, random)) return 1;
  const Status status = delta::Measure(*store, "table", random);
  std::error_code ignored;
  const bool keep = argc > 3;
  if (!keep) std::filesystem::remove_all(folder, ignored);
  if (keep) std::fprintf(stderr, "%s/table\n", folder.c_str());
  return delta::Report(status);
}
