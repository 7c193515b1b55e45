#pragma once

// What the names in a query mean: the pipeline's datasets, tables in the storage and elsewhere,
// their changes, read_files.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "connector/files/file_source.h"
#include "connector/kafka/kafka_source.h"
#include "delta/predicate.h"
#include "delta/table.h"
#include "pipeline/definition.h"
#include "pipeline/epoch_input.h"
#include "pipeline/table_path.h"
#include "sql/binder.h"
#include "storage/store.h"

namespace oresmith::pipeline {

/// A dataset whose query is bound: what those that read it need to know.
struct KnownDataset {
  types::Schema schema;
  Provenance provenance;   // columns of the dataset that hold a record's file and line
  bool rewritten = false;  // a streaming table whose rows change: an aggregate
};
using KnownDatasets = std::map<std::string, KnownDataset>;

/// What Scan::source of a plan stands for.
struct TableScan {
  std::string key;       // of the definition, or of a table found in the storage
  std::string root;      // of the Delta table
  int64_t version = -1;  // an older one; -1: the newest
  std::shared_ptr<storage::Store> store = nullptr;  // of delta.`/path`; null: the pipeline's
};
/// What the versions `from` to `to` of a table changed.
struct ChangeScan {
  TableScan table;
  int64_t from = 0;
  int64_t to = 0;
};
struct FileScan {
  connector::FileSourceOptions options;
};
struct KafkaScan {
  connector::KafkaSourceOptions options;
};
struct ScanSource {
  std::variant<TableScan, FileScan, ChangeScan, KafkaScan> what;
  bool stream = false;
  std::string name;
  Provenance provenance;
};

/// The table of a scan, at its version.
Result<std::unique_ptr<delta::Table>> OpenScanned(const TableScan& scan, storage::Store& pipelines,
                                                  const Clock& clock, Random& random);

/// The rows of the table's newest snapshot for which `condition` may be true, and maybe others. The
/// stores must outlive them. Errors: those of the store, for a table that does not hold its files.
Result<std::unique_ptr<columnar::Relation>> OpenSnapshot(const TableScan& scan,
                                                         storage::Store& pipelines,
                                                         const delta::Table& table,
                                                         delta::Predicate condition);

/// The rows of a scan of changes. The stores must outlive them.
Result<std::unique_ptr<columnar::Relation>> OpenChanges(const ChangeScan& scan,
                                                        storage::Store& pipelines);

/// All rows of what is no table: files, topics. REQUIRES: what holds a FileScan or a KafkaScan.
Result<std::unique_ptr<columnar::Relation>> OpenOutside(const ScanSource& scan, const Clock& clock);

/// The schema that was inferred for the n-th streaming file source of a flow in an earlier run.
using StoredSchemas = std::function<Result<std::optional<types::Schema>>(int file_source)>;

/// The catalog for one query. One thread at a time.
class PipelineCatalog final : public sql::Catalog {
 public:
  /// All must outlive it. A dataset of the pipeline is found in `known`; with `known` null (a query
  /// from outside) only what stands in the storage is found.
  PipelineCatalog(const Definition& definition, const KnownDatasets* known, storage::Store& store,
                  const Clock& clock, Random& random, StoredSchemas stored_schemas);

  Result<std::variant<sql::RelationInfo, sql::ViewInfo>> FindTable(
      const std::vector<std::string>& name_parts, bool stream) override;
  Result<sql::RelationInfo> FindTableAt(const std::vector<std::string>& name_parts,
                                        const sql::TimeTravel& at) override;
  Result<sql::RelationInfo> FindTableFunction(const std::string& name,
                                              const std::vector<sql::FunctionArgument>& arguments,
                                              bool stream) override;

  /// What stands behind a Scan::source that this catalog gave.
  const ScanSource& source(const std::string& id) const { return sources_.at(id); }

 private:
  Result<sql::RelationInfo> KnownTable(const Dataset& dataset, bool stream);
  Result<sql::RelationInfo> StoredTable(const TableName& name, bool stream);
  Result<sql::RelationInfo> PathTable(const std::string& path, bool stream);
  /// The table that a name means, be it a dataset, in the storage, or a path.
  Result<std::pair<TableScan, std::string>> FindScan(const std::vector<std::string>& name_parts);
  Result<sql::RelationInfo> FileTable(const std::vector<sql::FunctionArgument>& arguments,
                                      bool stream);
  Result<sql::RelationInfo> KafkaTable(const std::vector<sql::FunctionArgument>& arguments,
                                       bool stream);
  Result<sql::RelationInfo> ChangesTable(const std::vector<sql::FunctionArgument>& arguments,
                                         bool stream);
  Result<sql::RelationInfo> EventLogTable(const std::vector<sql::FunctionArgument>& arguments,
                                          bool stream);
  Result<sql::RelationInfo> TableAt(TableScan scan, const std::string& name,
                                    const sql::TimeTravel& at);
  Error NotFound(const TableName& name) const;
  std::string Remember(ScanSource source);

  const Definition& definition_;
  const KnownDatasets* known_;
  storage::Store& store_;
  const Clock& clock_;
  Random& random_;
  StoredSchemas stored_schemas_;
  TablePaths paths_;
  std::map<std::string, ScanSource> sources_;
  int file_sources_ = 0;
};

}  // namespace oresmith::pipeline
