#include "fuzz/harness.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <optional>

#include "base/result.h"

/// Read by the leak sanitizer: after a fork Arrow makes the state of its threads anew, and drops
/// that of the parent.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:arrow::internal::ThreadPool\n";
}

namespace oresmith::fuzz {
namespace {

constexpr uint64_t kCasesPerProcess = 400;
constexpr unsigned kCaseSeconds = 60;            // a hang; a case takes milliseconds
constexpr int64_t kMemoryKib = 2 * 1024 * 1024;  // of the process, sanitizer included
constexpr int kFindingsMax = 20;

int64_t MemoryKib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// CPU time of the children that have ended.
int64_t CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec;
}

/// In a child: ends with 0 when nothing was found, also no leak.
[[noreturn]] void RunChild(uint64_t first, uint64_t count, Tally& tally,
                           const std::function<void(uint64_t, Tally&)>& run) {
  for (uint64_t number = first; number < first + count; ++number) {
    tally.number = number;
    alarm(kCaseSeconds);
    run(number, tally);
    if (MemoryKib() > kMemoryKib) {
      std::fprintf(stderr, "case %lu: %ld KiB of memory\n", number, MemoryKib());
      std::exit(2);
    }
  }
  alarm(kCaseSeconds);  // the search for leaks
  std::exit(0);
}

/// The number of the case at which the child failed; absent: it did not.
std::optional<uint64_t> RunBatch(uint64_t first, uint64_t count, Tally& tally,
                                 const std::function<void(uint64_t, Tally&)>& run) {
  const pid_t child = fork();
  ORESMITH_ASSERT(child >= 0);
  if (child == 0) RunChild(first, count, tally, run);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  std::fprintf(stderr, "FOUND: case %lu: %s %d\n", tally.number,
               WIFSIGNALED(status) ? "signal" : "exit code",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return tally.number;
}

}  // namespace

Options ReadOptions(int count, char** arguments) {
  Options options;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    const int64_t value = std::atoll(arguments[i + 1]);
    if (name == "--cases") options.cases = static_cast<uint64_t>(value);
    if (name == "--cpu-seconds") options.cpu_seconds = value;
    if (name == "--seed" || name == "--only") options.seed = static_cast<uint64_t>(value);
    if (name == "--only") options.only = true;
  }
  return options;
}

Tally& SharedTally() {
  void* const memory =
      mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ORESMITH_ASSERT(memory != MAP_FAILED);
  return *new (memory) Tally();
}

int RunCases(const Options& options, Tally& tally,
             const std::function<void(uint64_t, Tally&)>& run) {
  if (options.only) {
    run(options.seed, tally);
    return 0;
  }
  int findings = 0;
  uint64_t done = 0;
  while (done < options.cases && CpuSeconds() < options.cpu_seconds && findings < kFindingsMax) {
    const uint64_t count = std::min(kCasesPerProcess, options.cases - done);
    const auto failed = RunBatch(options.seed + done, count, tally, run);
    if (failed) ++findings;
    done = failed ? *failed - options.seed + 1 : done + count;
  }
  std::fprintf(stderr, "%lu cases from %lu on, %ld s of CPU, %d findings\n", done, options.seed,
               CpuSeconds(), findings);
  return findings;
}

}  // namespace oresmith::fuzz
