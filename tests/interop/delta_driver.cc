// Works on Delta tables with the library alone, for tests that compare it with other programs.
//
//   delta_driver copy SOURCE TARGET         appends the rows of one table to another, or makes it
//   delta_driver convert ROOT               makes a folder of Parquet files a table
//   delta_driver optimize ROOT [COLUMN...]  compacts; by Z-order with columns
//   delta_driver vacuum ROOT                deletes all that the newest version does not need
//   delta_driver restore ROOT VERSION
//   delta_driver rows ROOT                  prints each row as JSON
//   delta_driver changes ROOT FROM TO       prints the rows that these versions changed
//   delta_driver histories FOLDER SEED COUNT
//       writes random histories, one table each, and prints its files as this library sees them

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/changes.h"
#include "delta/maintain.h"
#include "delta/table.h"
#include "support/random_history.h"

namespace oresmith {
namespace {

using Arguments = std::vector<std::string>;

class Driver {
 public:
  Status Run(const Arguments& arguments);

 private:
  Status Copy(const std::string& source, const std::string& target);
  Status Maintain(const std::string& command, const Arguments& arguments);
  Status PrintRows(const std::string& root);
  Status PrintChanges(const std::string& root, delta::Version from, delta::Version to);
  Status WriteHistories(const std::string& folder, uint64_t seed, uint64_t count);

  SystemClock clock_;
  Random random_;
};

/// A store of our own on disk would wait for the disk after each file.
Status WriteOut(storage::Store& store, const std::filesystem::path& folder) {
  TRY(const auto objects, store.ListRecursive(""));
  for (const storage::ObjectInfo& object : objects) {
    TRY(const std::string bytes, store.Get(object.key));
    const std::filesystem::path path = folder / object.key;
    std::filesystem::create_directories(path.parent_path());
    if (!(std::ofstream(path, std::ios::binary) << bytes)) {
      return Fail(ErrorKind::kUnavailable, "cannot write {}", path.string());
    }
  }
  return {};
}

std::vector<int> AllColumns(const columnar::Relation& rows) {
  std::vector<int> columns(rows.schema().size());
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

Status Driver::Copy(const std::string& source, const std::string& target) {
  const auto from_store = storage::MakeLocalStore(source);
  const auto to_store = storage::MakeLocalStore(target);
  TRY(const auto from, delta::Table::Open(*from_store, "", clock_, random_));
  const delta::Metadata& metadata = from->snapshot()->metadata;
  auto to = delta::Table::Open(*to_store, "", clock_, random_);
  if (!to) {
    const delta::CreateOptions create{.schema = metadata.schema,
                                      .partition_columns = metadata.partition_columns,
                                      .configuration = metadata.configuration};
    to = delta::Table::Create(*to_store, "", create, clock_, random_);
  }
  if (!to) return Fail(std::move(to).error());
  TRY(const auto writer, (*to)->NewWriter({}, nullptr));
  const auto rows = from->Scan(from->snapshot());
  TRY(const auto reader, rows->Open(AllColumns(*rows)));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) break;
    TRY_DO(writer->Write(batch));
  }
  delta::CommitRequest request;
  TRY(request.adds, writer->Close());
  TRY_DO((*to)->Commit(request));
  return {};
}

delta::Version VersionOf(const std::string& text) {
  return delta::Version{std::strtoll(text.c_str(), nullptr, 10)};
}

Status Print(const columnar::Relation& rows) {
  TRY(const auto reader, rows.Open(AllColumns(rows)));
  while (true) {
    TRY(const columnar::Batch batch, reader->Next());
    if (batch == nullptr) return {};
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      std::puts(columnar::RowToJson(*batch, row).c_str());
    }
  }
}

Status Driver::PrintRows(const std::string& root) {
  const auto store = storage::MakeLocalStore(root);
  TRY(const auto table, delta::Table::Open(*store, "", clock_, random_));
  return Print(*table->Scan(table->snapshot()));
}

Status Driver::PrintChanges(const std::string& root, delta::Version from, delta::Version to) {
  const auto store = storage::MakeLocalStore(root);
  TRY(const auto rows, delta::ScanChangeFeed(*store, "", from, to));
  return Print(*rows);
}

Status Driver::Maintain(const std::string& command, const Arguments& arguments) {
  const auto store = storage::MakeLocalStore(arguments[0]);
  const delta::MaintainContext context{.store = *store, .clock = clock_, .random = random_};
  if (command == "convert") {
    TRY_DO(delta::ConvertParquet(context, "", {}));
    return {};
  }
  TRY(const auto table, delta::Table::Open(*store, "", clock_, random_));
  if (command == "optimize") {
    delta::OptimizeOptions options;
    options.zorder_by.assign(arguments.begin() + 1, arguments.end());
    TRY_DO(delta::Optimize(context, *table, options));
    return {};
  }
  if (command == "vacuum") {
    TRY_DO(delta::Vacuum(context, *table, {.retention_ms = 0, .force = true}));
    return {};
  }
  const delta::Version version = VersionOf(arguments[1]);
  TRY_DO(delta::Restore(context, *table, {.version = version}));
  return {};
}

Status Driver::WriteHistories(const std::string& folder, uint64_t seed, uint64_t count) {
  for (uint64_t i = seed; i < seed + count; ++i) {
    const auto store = storage::MakeMemoryStore();
    const std::string root = std::to_string(i);
    TRY_DO(RandomHistory(*store, root, i, /*odd_names=*/false).Write());
    TRY_DO(WriteOut(*store, folder));
    TRY(const auto table, delta::Table::Open(*store, root, clock_, random_));
    const auto snapshot = table->snapshot();
    std::string line = fmt::format("{} {}", i, delta::Number(snapshot->version));
    for (const delta::AddFile& file : snapshot->files) {
      line += fmt::format(" {}:{}", file.path, file.size_bytes);
    }
    std::puts(line.c_str());
  }
  return {};
}

Status Driver::Run(const Arguments& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
  if (command == "copy" && rest.size() == 2) return Copy(rest[0], rest[1]);
  if (command == "rows" && rest.size() == 1) return PrintRows(rest[0]);
  if (command == "changes" && rest.size() == 3) {
    return PrintChanges(rest[0], VersionOf(rest[1]), VersionOf(rest[2]));
  }
  if (command == "histories" && rest.size() == 3) {
    return WriteHistories(rest[0], std::strtoull(rest[1].c_str(), nullptr, 10),
                          std::strtoull(rest[2].c_str(), nullptr, 10));
  }
  const bool takes_root = command == "convert" || command == "optimize" || command == "vacuum";
  if ((takes_root && !rest.empty()) || (command == "restore" && rest.size() == 2)) {
    return Maintain(command, rest);
  }
  return Fail(ErrorKind::kInvalidInput, "delta_driver: see the head of its source for its use");
}

}  // namespace
}  // namespace oresmith

int main(int count, char** arguments) {
  const auto status =
      oresmith::Driver().Run(std::vector<std::string>(arguments + 1, arguments + count));
  if (status) return 0;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return 1;
}
