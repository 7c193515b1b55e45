#pragma once

// Syntax tree to logical plan: names to columns, Spark's types and implicit casts, aggregates,
// windows, generators, subqueries.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sql/ast.h"
#include "sql/parser.h"
#include "sql/plan.h"

namespace oresmith::sql {

/// A table, view or table function that a query may read.
struct RelationInfo {
  std::string name;    // as resolved, for messages
  std::string source;  // the catalog's own key; stands in Scan::source
  types::Schema schema;
  /// The last this many columns of `schema` are hidden from `*`.
  int hidden_columns = 0;
  /// It can only be read with STREAM (a streaming view), only without (a batch view), or either
  /// way.
  bool streamable = true;
  bool batch = true;
};

/// A temporary view is expanded in place: its query is bound where it is read.
struct ViewInfo {
  std::string name;
  const Query* query = nullptr;          // lives as long as the catalog
  const SourceText* source = nullptr;    // of that query
  std::vector<Identifier> column_names;  // of the view's column list; may be empty
};

/// A table function's constant argument after folding: string, number and boolean values as text.
/// The versions and times of table_changes may be any constant expression, and event_log takes
/// TABLE(name): both with `value` empty.
struct FunctionArgument {
  std::string name;  // empty: by position
  std::string value;
  std::string sql = {};  // as it stands in the text
  Span span;
};

/// An older version of a table: SQL text of a constant expression, one of the two.
struct TimeTravel {
  std::string version_sql;
  std::string timestamp_sql;
};

/// What names mean. Errors of all calls: kNotFound with a suggestion; the binder adds the place.
class Catalog {
 public:
  virtual ~Catalog() = default;
  virtual Result<std::variant<RelationInfo, ViewInfo>> FindTable(
      const std::vector<std::string>& name_parts, bool stream) = 0;
  /// The table as it was. Errors: kUnsupported where there is nothing older.
  virtual Result<RelationInfo> FindTableAt(const std::vector<std::string>& name_parts,
                                           const TimeTravel& at);
  /// read_files(...) and the like. Errors: kInvalidInput naming the option.
  virtual Result<RelationInfo> FindTableFunction(const std::string& name,
                                                 const std::vector<FunctionArgument>& arguments,
                                                 bool stream) = 0;
};

struct BindOptions {
  std::string time_zone = "UTC";  // spark.sql.session.timeZone
};

/// Errors of all: kInvalidInput or kUnsupported, with place, suggestion and way out.
Result<Plan> BindQuery(const Query& query, const SourceText& source, Catalog& catalog,
                       const BindOptions& options);

/// A dataset: its query, the declared columns (renamed, or cast by type where nothing can be lost,
/// NOT NULL noted), and one boolean column per expectation, TRUE when the row passes (NULL counts
/// as a violation), as hidden last columns of the root.
struct BoundDataset {
  Plan plan;
  types::Schema schema;           // without the checks
  std::vector<Attribute> checks;  // one for each expectation, in order
};
/// One of the queries that fill a dataset, with the file that it stands in.
struct DatasetQuery {
  const Query* query = nullptr;
  const SourceText* source = nullptr;
  /// A flow of its own, BY NAME: declared columns that it does not give are NULL.
  bool by_name = false;
  /// Columns of the table, of which those that the query does not give are NULL. Null: none.
  const types::Schema* table = nullptr;
  /// Without: BoundDataset::checks is empty.
  bool checks = true;
};
/// `source`: of the declaration.
Result<BoundDataset> BindDataset(const CreateDataset& dataset, const SourceText& source,
                                 const DatasetQuery& query, Catalog& catalog,
                                 const BindOptions& options);
/// With the query of AS.
Result<BoundDataset> BindDataset(const CreateDataset& dataset, const SourceText& source,
                                 Catalog& catalog, const BindOptions& options);

/// The names of the tables and the calls of table functions that a query reads, views not expanded;
/// CTE names left out. For building the graph before anything is bound.
struct TableUse {
  std::vector<std::string> name_parts;
  bool stream = false;
  bool is_function = false;
  Span span;
};
std::vector<TableUse> TablesOf(const Query& query);

}  // namespace oresmith::sql
