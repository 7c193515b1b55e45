// Writers in two processes, two threads each, append to one table on a disk; nothing may be lost,
// doubled or left out. With `kill` the processes are killed at any time, and begun again.
//   delta_writers <commits of each writer> [kill]
//   delta_writers child <folder> <first writer> <commits of each> [<pause>]
//       one of the processes alone, on table t of the folder, for tests that let others write too;
//       between two commits it pauses less than so many milliseconds

#include <arrow/builder.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "delta/table.h"
#include "storage/store.h"
#include "support/temporary_folder.h"

extern char** environ;  // NOLINT: what POSIX wants

namespace oresmith::delta {
namespace {

constexpr int kProcesses = 2;
constexpr int kWritersPerProcess = 2;
constexpr int kWriters = kProcesses * kWritersPerProcess;

types::Schema Columns() {
  return {{.name = "writer", .type = types::Type(types::TypeId::kLong)},
          {.name = "number", .type = types::Type(types::TypeId::kLong)}};
}

columnar::Batch Row(int64_t writer, int64_t number) {
  arrow::Int64Builder writers;
  arrow::Int64Builder numbers;
  ORESMITH_ASSERT(writers.Append(writer).ok() && numbers.Append(number).ok());
  return arrow::RecordBatch::Make(columnar::ToArrow(Columns()), 1,
                                  {*writers.Finish(), *numbers.Finish()});
}

std::string AppOf(int64_t writer) { return fmt::format("writer-{}", writer); }

/// Commits 1 to `commits`, each once, going on where the table says that the writer is.
Status Write(const std::string& folder, int64_t writer, int64_t commits, uint64_t pause_ms_max) {
  const auto store = storage::MakeLocalStore(folder);
  const SystemClock clock;
  Random random;
  // Every other one leaves the files of the table where they are.
  const FilesHeld held = writer % 2 == 0 ? FilesHeld::kAll : FilesHeld::kSinceCheckpoint;
  TRY(const auto table, Table::Open(*store, "t", clock, random, Upkeep::kBackground, held));
  const auto done = table->snapshot()->transactions;
  const auto found = done.find(AppOf(writer));
  for (int64_t i = found == done.end() ? 1 : found->second + 1; i <= commits; ++i) {
    TRY(const auto output, table->NewWriter({}, nullptr));
    TRY_DO(output->Write(Row(writer, i)));
    CommitRequest request;
    TRY_DO(output->CloseInto(request));
    request.transactions = {{AppOf(writer), i}};
    TRY_DO(table->Commit(request));
    if (pause_ms_max > 0) {
      clock.Sleep(std::chrono::milliseconds(random.Next() % pause_ms_max), {});
    }
  }
  return {};
}

int RunChild(const std::string& folder, int64_t first, int64_t commits, uint64_t pause_ms_max) {
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int64_t writer = first; writer < first + kWritersPerProcess; ++writer) {
      threads.emplace_back([&, writer] {
        const Status status = Write(folder, writer, commits, pause_ms_max);
        if (status) return;
        ++failures;
        std::fprintf(stderr, "writer %ld: %s\n", static_cast<long>(writer),
                     status.error().message.c_str());
      });
    }
  }
  return failures == 0 ? 0 : 1;
}

pid_t Spawn(const std::string& folder, int process, int64_t commits) {
  std::vector<std::string> words{"delta_writers", "child", folder,
                                 std::to_string(process * kWritersPerProcess),
                                 std::to_string(commits)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int error =
      posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ);
  return error == 0 ? child : -1;
}

/// Runs one process until it has done its work; with `kill`, through some deaths.
Status RunProcess(const std::string& folder, int process, int64_t commits, bool kill) {
  Random random;
  for (int deaths_left = kill ? 10 : 0;; --deaths_left) {
    const pid_t child = Spawn(folder, process, commits);
    if (child < 0) return Fail(ErrorKind::kUnavailable, "cannot start a process");
    if (deaths_left > 0) {
      const auto life = std::chrono::milliseconds(50 + random.Next() % 1000);
      SystemClock().Sleep(life, {});
      ::kill(child, SIGKILL);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child) {
      return Fail(ErrorKind::kUnavailable, "cannot wait for a process");
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    if (WIFSIGNALED(status) && deaths_left > 0) continue;
    return Fail(ErrorKind::kConflict, "process {} failed", process);
  }
}

Status CheckTable(storage::Store& store, int64_t commits) {
  const SystemClock clock;
  Random random;
  TRY(const auto table, Table::Open(store, "t", clock, random));
  const int64_t version = Number(table->snapshot()->version);
  if (version != kWriters * commits) {
    return Fail(ErrorKind::kCorrupt, "{} versions, not {}", version, kWriters * commits);
  }
  std::vector<int> seen(static_cast<size_t>(kWriters * (commits + 1)));
  const auto scan = table->Scan(table->snapshot());
  TRY(const auto reader, scan->Open({0, 1}));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) break;
    const auto& writers = static_cast<const arrow::Int64Array&>(*batch->column(0));
    const auto& numbers = static_cast<const arrow::Int64Array&>(*batch->column(1));
    for (int64_t i = 0; i < batch->num_rows(); ++i) {
      ++seen.at(static_cast<size_t>(writers.Value(i) * (commits + 1) + numbers.Value(i)));
    }
  }
  for (int64_t writer = 0; writer < kWriters; ++writer) {
    for (int64_t i = 1; i <= commits; ++i) {
      const int count = seen.at(static_cast<size_t>(writer * (commits + 1) + i));
      if (count == 1) continue;
      return Fail(ErrorKind::kCorrupt, "row {} of writer {} is there {} times", i, writer, count);
    }
  }
  return {};
}

Status Run(int64_t commits, bool kill) {
  const TemporaryFolder folder;
  const auto store = storage::MakeLocalStore(folder.path());
  const SystemClock clock;
  Random random;
  CreateOptions options;
  options.schema = Columns();
  TRY_DO(Table::Create(*store, "t", options, clock, random));
  std::vector<Status> results(kProcesses);
  {
    std::vector<std::jthread> threads;
    for (int process = 0; process < kProcesses; ++process) {
      threads.emplace_back([&, process] {
        results[static_cast<size_t>(process)] = RunProcess(folder.path(), process, commits, kill);
      });
    }
  }
  for (Status& result : results) TRY_DO(std::move(result));
  return CheckTable(*store, commits);
}

}  // namespace
}  // namespace oresmith::delta

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() >= 4 && words[0] == "child") {
    const uint64_t pause_ms_max =
        words.size() > 4 ? std::strtoull(words[4].c_str(), nullptr, 10) : 0;
    return oresmith::delta::RunChild(words[1], std::atol(words[2].c_str()),
                                     std::atol(words[3].c_str()), pause_ms_max);
  }
  if (words.empty()) return 2;
  const auto status =
      oresmith::delta::Run(std::atol(words[0].c_str()), words.size() > 1 && words[1] == "kill");
  if (status) return 0;
  std::fprintf(stderr, "delta_writers: %s\n", status.error().message.c_str());
  return 1;
}
