// Appends of 100 rows to one table on a local disk, with every fsync: commits per second, block by
// block, so that a slope shows. In the same run, in turns of a few, so that whatever else the disk
// does meets all alike: appends whose data files are synced before the commit and not beside it
// (apart), and the bare system calls of the same files, one after another (bare).
// As a pipeline does, the tables leave their files in the checkpoint; with `all` they hold all
// files, as a reader does, and memory grows with their number.
//   delta_append [commits=2000] [block=500] [folder=.] [all]

#include <arrow/builder.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>

#include "delta/table.h"
#include "storage/store.h"

namespace oresmith::delta {
namespace {

using std::chrono::steady_clock;

constexpr int64_t kTurn = 25;
constexpr int64_t kComparedMax = 500;  // of each block

double SecondsSince(steady_clock::time_point start) {
  return std::chrono::duration<double>(steady_clock::now() - start).count();
}

types::Field ColumnOf(std::string name, types::TypeId type) {
  return {.name = std::move(name), .type = types::Type(type), .nullable = true, .comment = {}};
}

columnar::Batch Rows(int64_t first) {
  arrow::Int64Builder id;
  arrow::DoubleBuilder price;
  arrow::StringBuilder city;
  for (int64_t i = first; i < first + 100; ++i) {
    ORESMITH_ASSERT(id.Append(i).ok() && price.Append(static_cast<double>(i * 37 % 100)).ok());
    ORESMITH_ASSERT(city.Append(fmt::format("City {}", i * 7 % 50)).ok());
  }
  return arrow::RecordBatch::Make(columnar::ToArrow({ColumnOf("id", types::TypeId::kLong),
                                                     ColumnOf("price", types::TypeId::kDouble),
                                                     ColumnOf("city", types::TypeId::kString)}),
                                  100, {*id.Finish(), *price.Finish(), *city.Finish()});
}

int64_t ResidentKilobytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  long size = 0;
  long resident = 0;
  const int count = std::fscanf(file, "%ld %ld", &size, &resident);
  std::fclose(file);
  return count == 2 ? resident * (sysconf(_SC_PAGESIZE) / 1024) : 0;
}

/// The least that a writer can do who does one thing after another: a data file and a commit, each
/// durable with its name.
Status BareBlock(storage::Store& store, int64_t first, int64_t count) {
  const std::string data(2000, 'x');
  const std::string commit(900, 'x');
  for (int64_t i = first; i < first + count; ++i) {
    TRY_DO(store.PutIfAbsent(fmt::format("bare/part-{}", i), data));
    TRY_DO(store.PutIfAbsent(fmt::format("bare/_delta_log/{:020}.json", i), commit));
  }
  return {};
}

enum class Syncs { kBeside, kBefore };

Status AppendBlock(Table& table, int64_t first, int64_t count, Syncs syncs) {
  for (int64_t i = first; i < first + count; ++i) {
    TRY(const auto writer, table.NewWriter({}, nullptr));
    TRY_DO(writer->Write(Rows(i * 100)));
    CommitRequest request;
    request.operation = "STREAMING UPDATE";
    request.transactions = {{"bench", i}};
    if (syncs == Syncs::kBeside) {
      TRY_DO(writer->CloseInto(request));
    } else {
      TRY(request.adds, writer->Close());
    }
    TRY_DO(table.Commit(request));
  }
  return {};
}

/// Time and number of what was done.
class Rate {
 public:
  template <class Body>
  Status Add(int64_t count, const Body& body) {
    const auto start = steady_clock::now();
    TRY_DO(body());
    seconds_ += SecondsSince(start);
    count_ += count;
    return {};
  }
  double PerSecond() const { return static_cast<double>(count_) / seconds_; }

 private:
  double seconds_ = 0;
  int64_t count_ = 0;
};

Status Run(int64_t commits, int64_t block, const std::string& folder, FilesHeld held) {
  const auto store = storage::MakeLocalStore(folder);
  const SystemClock clock;
  Random random;
  CreateOptions options;
  options.schema = columnar::FromArrow(*Rows(0)->schema()).value();
  // As a pipeline has it: checkpoints and checksums beside the commits.
  TRY(const auto table,
      Table::Create(*store, "table", options, clock, random, Upkeep::kBackground, held));
  TRY(const auto other,
      Table::Create(*store, "other", options, clock, random, Upkeep::kBackground, held));
  std::fprintf(stderr, "%10s %10s %10s %10s %10s %10s\n", "commits", "commits/s", "apart/s",
               "bare/s", "RSS KB", "most KB");
  for (int64_t done = 0; done < commits; done += block) {
    Rate ours;
    Rate apart;
    Rate bare;
    // The most is while a checkpoint is written; the least is what the tables hold.
    int64_t least_kilobytes = std::numeric_limits<int64_t>::max();
    int64_t most_kilobytes = 0;
    for (int64_t i = 0; i < block; i += kTurn) {
      const int64_t count = std::min(kTurn, block - i);
      TRY_DO(ours.Add(count, [&] { return AppendBlock(*table, done + i, count, Syncs::kBeside); }));
      const int64_t kilobytes = ResidentKilobytes();
      least_kilobytes = std::min(least_kilobytes, kilobytes);
      most_kilobytes = std::max(most_kilobytes, kilobytes);
      if (i >= kComparedMax) continue;
      TRY_DO(
          apart.Add(count, [&] { return AppendBlock(*other, done + i, count, Syncs::kBefore); }));
      TRY_DO(bare.Add(count, [&] { return BareBlock(*store, done + i, count); }));
    }
    std::fprintf(stderr, "%10ld %10.1f %10.1f %10.1f %10ld %10ld\n",
                 static_cast<long>(done + block), ours.PerSecond(), apart.PerSecond(),
                 bare.PerSecond(), static_cast<long>(least_kilobytes),
                 static_cast<long>(most_kilobytes));
  }
  return {};
}

}  // namespace
}  // namespace oresmith::delta

int main(int argc, char** argv) {
  const int64_t commits = argc > 1 ? std::atol(argv[1]) : 2000;
  const int64_t block = argc > 2 ? std::atol(argv[2]) : std::min<int64_t>(500, commits);
  const std::string parent = argc > 3 ? argv[3] : ".";
  const bool holds_all = argc > 4 && std::string(argv[4]) == "all";
  const auto held =
      holds_all ? oresmith::delta::FilesHeld::kAll : oresmith::delta::FilesHeld::kSinceCheckpoint;
  std::string folder = parent + "/delta-append-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    std::fprintf(stderr, "delta_append: cannot make a folder in %s\n", parent.c_str());
    return 1;
  }
  const auto status = oresmith::delta::Run(commits, std::max<int64_t>(block, 1), folder, held);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  if (status) return 0;
  std::fprintf(stderr, "delta_append: %s\n", status.error().message.c_str());
  return 1;
}
