// Tables that Spark wrote, with the rows that Spark reads from them. The archives are large and not
// part of the repository: ORESMITH_DELTA_GOLDEN names the folder that holds them.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "delta/parquet_io.h"
#include "delta/physical.h"
#include "support/temporary_folder.h"
#include "table_fixture.h"

namespace oresmith::delta {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;

/// Which error kind a case must fail with; the catalogue's words.
ErrorKind KindByName(const std::string& name) {
  if (name == "kNotFound") return ErrorKind::kNotFound;
  if (name == "kUnsupported") return ErrorKind::kUnsupported;
  return ErrorKind::kCorrupt;
}

Status AppendRows(const std::vector<columnar::Batch>& batches, std::vector<std::string>& rows) {
  for (const columnar::Batch& batch : batches) {
    for (int64_t i = 0; i < batch->num_rows(); ++i) rows.push_back(columnar::RowToJson(*batch, i));
  }
  return {};
}

/// All rows as JSON, sorted: a multiset.
Result<std::vector<std::string>> TableRows(const Table& table) {
  std::vector<int> columns;
  for (size_t i = 0; i < table.snapshot()->metadata.schema.size(); ++i) {
    columns.push_back(static_cast<int>(i));
  }
  TRY(const auto batches, ReadBatches(*table.Scan(table.snapshot()), columns));
  std::vector<std::string> rows;
  TRY_DO(AppendRows(batches, rows));
  std::ranges::sort(rows);
  return rows;
}

types::Schema WithoutMetadata(types::Schema schema) {
  for (types::Field& field : schema) {
    field.metadata.clear();
    field.nullable = true;
  }
  return schema;
}

/// The rows of the plain Parquet files in a folder, as rows of `schema`.
Result<std::vector<std::string>> ExpectedRows(storage::Store& store, const types::Schema& schema) {
  TRY(const auto objects, store.ListRecursive("expected"));
  std::vector<std::string> rows;
  for (const auto& object : objects) {
    if (!object.key.ends_with(".parquet")) continue;
    TRY(const auto file, ParquetFile::Open(store, object.key));
    std::vector<int> leaves(static_cast<size_t>(file->schema().num_columns()));
    for (size_t i = 0; i < leaves.size(); ++i) leaves[i] = static_cast<int>(i);
    for (int group = 0; group < file->row_groups(); ++group) {
      TRY(const auto reader, file->Read(group, leaves, 1024));
      while (true) {
        std::shared_ptr<arrow::RecordBatch> raw;
        EXPECT_TRUE(reader->ReadNext(&raw).ok());
        if (raw == nullptr) break;
        TRY(columnar::Batch batch, ToLogical(raw, schema, ColumnMapping::kNone));
        TRY_DO(AppendRows({batch}, rows));
      }
    }
  }
  std::ranges::sort(rows);
  return rows;
}

class Golden : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("ORESMITH_DELTA_GOLDEN");
    if (folder == nullptr) GTEST_SKIP() << "ORESMITH_DELTA_GOLDEN names no folder of archives";
    archives_ = folder;
  }

  void Check(const std::string& name, const std::string& outcome, const std::string& detail) {
    const TemporaryFolder folder;
    const std::string command = fmt::format("tar --zstd -xf '{}/{}.tar.zst' -C '{}' 2>/dev/null",
                                            archives_, name, folder.path());
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    const auto store = storage::MakeLocalStore(folder.path() + "/" + name);
    const auto table = Table::Open(*store, "delta", clock_, random_);
    if (outcome == "fail" && !table) {
      EXPECT_THAT(table, FailsWith(KindByName(detail), ::testing::_));
      return;
    }
    ASSERT_THAT(table, IsOk());
    if (outcome == "files") {
      EXPECT_EQ((*table)->snapshot()->files.size(), std::stoul(detail));
      return;
    }
    const auto rows = TableRows(**table);
    if (outcome == "fail") {
      EXPECT_THAT(rows, FailsWith(KindByName(detail), ::testing::_));
      return;
    }
    ASSERT_THAT(rows, IsOk());
    if (outcome == "rows") {
      EXPECT_EQ(rows->size(), std::stoul(detail));
      return;
    }
    const auto expected =
        ExpectedRows(*store, WithoutMetadata((*table)->snapshot()->metadata.schema));
    ASSERT_THAT(expected, IsOk());
    EXPECT_EQ(*rows, *expected);
  }

  std::string archives_;
  const SystemClock clock_;
  Random random_{1};
};

// A case that passes although it is listed to fail fails too.
TEST_F(Golden, EachCaseIsAsTheCatalogueSays) {
  std::ifstream catalogue(ORESMITH_GOLDEN_CATALOGUE);
  ASSERT_TRUE(catalogue.good());
  int cases = 0;
  for (std::string line; std::getline(catalogue, line);) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words(line);
    std::string name;
    std::string outcome;
    std::string detail;
    words >> name >> outcome >> detail;
    SCOPED_TRACE(name);
    Check(name, outcome, detail);
    ++cases;
  }
  const auto archives =
      std::ranges::count_if(fs::directory_iterator(archives_),
                            [](const auto& entry) { return entry.path().extension() == ".zst"; });
  EXPECT_EQ(cases, archives) << "an archive is not in the catalogue, or the other way round";
}

}  // namespace
}  // namespace oresmith::delta
