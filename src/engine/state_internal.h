#pragma once

// What a prepared query and the functions that DuckDB calls for it share.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "engine/engine.h"
#include "engine/from_json_internal.h"
#include "engine/handles_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// One scan of a plan: what DuckDB sees of it, and where its rows come from during a run.
struct ScanSlot {
  std::string name;                       // for messages
  std::vector<int> columns;               // indexes into the relation's schema
  std::vector<std::string> column_names;  // as the SQL writes them
  std::vector<types::Type> column_types;
  const columnar::Relation* relation = nullptr;  // set while a run is under way
};

/// The first error of a run that is not DuckDB's own: it has a kind that a text could not carry.
class FirstError {
 public:
  void Set(Error error);
  /// The error, and forgets it.
  std::optional<Error> Take();

 private:
  std::mutex mutex_;  // guards error_
  std::optional<Error> error_;
};

struct QueryState {
  int64_t id = 0;
  int threads = 1;
  duckdb_connection connection = nullptr;
  std::vector<ScanSlot> scans;
  std::vector<std::unique_ptr<FromJsonCall>> from_json;
  FirstError error;
};

/// Finds a query by the number that its SQL carries. Safe to use from many threads.
class QueryRegistry {
 public:
  /// Gives `state` its number. It must be removed before it ends.
  void Add(QueryState* state);
  void Remove(int64_t id);
  /// nullptr when there is none.
  QueryState* Find(int64_t id);

 private:
  std::mutex mutex_;  // guards all below
  int64_t next_id_ = 1;
  std::map<int64_t, QueryState*> states_;
};

}  // namespace oresmith::engine
