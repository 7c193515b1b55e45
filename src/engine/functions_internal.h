#pragma once

// Spark's functions that DuckDB has not, in C++, and how they are registered with DuckDB.

#include <duckdb.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "types/type.h"

namespace oresmith::engine {

class DatetimePattern;
class Regex;
struct RowEntry;

/// What a function's body may need beside its arguments.
struct FunctionExtra {
  std::vector<types::Type> parameters;
  types::Type result;
  bool null_on_error = false;                      // try_...: NULL instead of an error
  std::shared_ptr<const DatetimePattern> pattern;  // of a function that has one
  std::shared_ptr<const Regex> regex;              // likewise
  const RowEntry* row = nullptr;                   // of a function that is computed row by row
};

/// A scalar function as DuckDB is to know it. Its name stands for all that is in it: two
/// specifications of one name are the same function.
struct FunctionSpec {
  std::string name;
  FunctionExtra extra;
  duckdb_scalar_function_t body = nullptr;
  /// For a function that has state of each thread; else null.
  duckdb_scalar_function_init_t init = nullptr;
  /// The body wants the registry of queries instead of `extra`: it reports to its query.
  bool wants_registry = false;
};

/// A from_json call of a query, known by its place in the list.
struct FromJsonSpec {
  types::Type type;
  std::vector<std::pair<std::string, std::string>> options;
  sql::Span span;  // of the schema argument
};

/// Registers functions, each name once. Safe to use from many threads.
class FunctionCatalog {
 public:
  /// `registry` is what functions that report to their query are given; it must outlive the
  /// database.
  explicit FunctionCatalog(void* registry) : registry_(registry) {}
  Status Register(duckdb_connection connection, const std::vector<FunctionSpec>& functions);

 private:
  void* registry_;
  std::mutex mutex_;  // guards registered_, and is held while registering
  std::set<std::string> registered_;
};

}  // namespace oresmith::engine
