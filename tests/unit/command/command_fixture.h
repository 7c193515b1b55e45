#pragma once

// Runs commands over tables in memory: no pipeline, no other tables than those of the commands.

#include <arrow/array.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command/command.h"
#include "delta/changes.h"
#include "delta/table.h"
#include "engine/engine.h"
#include "sql/parser.h"
#include "storage/store.h"
#include "support/manual_clock.h"
#include "support/matchers.h"

namespace oresmith::command {

class MemoryHost final : public Host {
 public:
  class NoTables final : public sql::Catalog {
   public:
    Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(
        const std::vector<std::string>& parts, bool) override {
      return Fail(ErrorKind::kNotFound, "there is no table {}", parts.back());
    }
    Result<sql::RelationInfo> FindTableFunction(const std::string& name,
                                                const std::vector<sql::FunctionArgument>&,
                                                bool) override {
      return Fail(ErrorKind::kNotFound, "there is no function {}", name);
    }
  };

  Result<TablePlace> PlaceOf(const std::vector<std::string>& parts) override {
    return TablePlace{.store = store_.get(), .root = parts.back(), .name = parts.back()};
  }
  Result<std::vector<TablePlace>> Tables(const std::vector<std::string>&) override {
    return std::vector<TablePlace>();
  }
  sql::Catalog& catalog() override { return catalog_; }
  Result<std::unique_ptr<columnar::Relation>> OpenScan(const sql::Operator&,
                                                       const sql::SourceText&) override {
    return Fail(ErrorKind::kNotFound, "there are no other tables");
  }
  Result<std::unique_ptr<engine::Engine>> OpenEngine() override {
    return engine::Engine::Open({.threads = 1, .spill_directory = {}, .time_zone = "UTC"});
  }
  std::string time_zone() const override { return "UTC"; }
  Result<int64_t> TimeOf(const std::string&) override {
    return Fail(ErrorKind::kUnsupported, "no times here");
  }
  std::string Setting(const std::string&) const override { return ""; }
  const Clock& clock() const override { return clock_; }
  Random& random() override { return random_; }
  storage::Store& store() { return *store_; }

 private:
  std::unique_ptr<storage::Store> store_ = storage::MakeMemoryStore();
  ManualClock clock_;
  Random random_{42};
  NoTables catalog_;
};

/// A row of `t (id BIGINT, name STRING, p INT)`.
struct Row {
  std::optional<int64_t> id;
  std::optional<std::string> name;
  std::optional<int64_t> p;
  auto operator<=>(const Row&) const = default;
};

inline void PrintTo(const Row& row, std::ostream* out) {
  *out << (row.id ? std::to_string(*row.id) : "NULL") << " " << row.name.value_or("NULL") << " "
       << (row.p ? std::to_string(*row.p) : "NULL");
}

/// A change as table_changes gives it.
struct ChangedRow {
  Row row;
  std::string type;
  auto operator<=>(const ChangedRow&) const = default;
};

class CommandFixture : public ::testing::Test {
 protected:
  Status Run(const std::string& sql) {
    const auto parsed = sql::ParseQueryOrCommand("query", sql);
    if (!parsed) return Fail(Error(parsed.error().front()));
    const auto& statement = std::get<sql::CommandStatement>(parsed->statements.front().node);
    TRY_DO(RunCommand(*statement.command, *parsed->source, host_, {}));
    return {};
  }

  std::unique_ptr<delta::Table> Open() {
    return delta::Table::Open(host_.store(), "t", host_.clock(), host_.random()).value();
  }
  int64_t Newest() { return delta::Number(Open()->snapshot()->version); }

  /// Sorted.
  std::vector<Row> Rows() {
    const auto table = Open();
    std::vector<Row> rows;
    for (ChangedRow& changed : Read(*table->Scan(table->snapshot()), {0, 1, 2})) {
      rows.push_back(std::move(changed.row));
    }
    return rows;
  }
  /// Sorted: what one version changed.
  std::vector<ChangedRow> Changes(int64_t version) {
    const delta::Version number{version};
    return Read(*delta::ScanChangeFeed(host_.store(), "t", number, number).value(), {0, 1, 2, 3});
  }

  MemoryHost host_;

 private:
  static std::vector<ChangedRow> Read(const columnar::Relation& relation,
                                      const std::vector<int>& columns) {
    std::vector<ChangedRow> rows;
    const auto reader = relation.Open(columns).value();
    while (const columnar::Batch batch = reader->Next().value()) {
      const auto& ids = static_cast<const arrow::Int64Array&>(*batch->column(0));
      const auto& names = static_cast<const arrow::StringArray&>(*batch->column(1));
      const auto& ps = static_cast<const arrow::Int32Array&>(*batch->column(2));
      for (int64_t i = 0; i < batch->num_rows(); ++i) {
        ChangedRow changed;
        if (ids.IsValid(i)) changed.row.id = ids.Value(i);
        if (names.IsValid(i)) changed.row.name = names.GetString(i);
        if (ps.IsValid(i)) changed.row.p = ps.Value(i);
        if (columns.size() > 3) {
          changed.type = static_cast<const arrow::StringArray&>(*batch->column(3)).GetString(i);
        }
        rows.push_back(std::move(changed));
      }
    }
    std::ranges::sort(rows);
    return rows;
  }
};

}  // namespace oresmith::command
