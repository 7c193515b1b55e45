#pragma once

// Runs one command over tables: what `oresmith query` takes besides a SELECT.

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "columnar/batch.h"
#include "engine/engine.h"
#include "sql/binder.h"
#include "sql/command.h"
#include "storage/store.h"

namespace oresmith::command {

/// Who fills a table. docs/design says who else may write it.
enum class Owner { kNobody, kStreamingTable, kMaterializedView };

/// Where a table is, or would be.
struct TablePlace {
  storage::Store* store = nullptr;
  std::string root;
  std::string name;  // for messages and results
  Owner owner = Owner::kNobody;
};

/// What a command needs of the one who runs it.
class Host {
 public:
  virtual ~Host() = default;
  /// The place of a table by name; whether there is one is not looked at.
  virtual Result<TablePlace> PlaceOf(const std::vector<std::string>& name_parts) = 0;
  /// Tables that are there, of one schema; empty: of all.
  virtual Result<std::vector<TablePlace>> Tables(const std::vector<std::string>& schema) = 0;
  /// What the other tables of a statement mean.
  virtual sql::Catalog& catalog() = 0;
  /// The rows behind a Scan::source of that catalog.
  virtual Result<std::unique_ptr<columnar::Relation>> OpenScan(const sql::Operator& scan,
                                                               const sql::SourceText& source) = 0;
  virtual Result<std::unique_ptr<engine::Engine>> OpenEngine() = 0;
  virtual std::string time_zone() const = 0;
  /// A constant expression as a time: microseconds since 1970 in UTC.
  virtual Result<int64_t> TimeOf(const std::string& sql) = 0;
  /// A setting such as spark.sql.sources.partitionOverwriteMode; empty: not set.
  virtual std::string Setting(const std::string& key) const = 0;
  virtual const Clock& clock() const = 0;
  virtual Random& random() = 0;
};

struct CommandResult {
  types::Schema schema;
  std::vector<columnar::Batch> batches;
  std::vector<Error> warnings;
};

/// Errors: those of the command, with the place in `source` where there is one; kConflict when
/// another writer was first: nothing is changed, run it again.
Result<CommandResult> RunCommand(const sql::Command& command, const sql::SourceText& source,
                                 Host& host, std::stop_token stop);

}  // namespace oresmith::command
