#pragma once

// A pipeline as its files declare it: datasets with full names, and which reads which.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "pipeline/config.h"
#include "sql/binder.h"
#include "sql/parser.h"

namespace oresmith::pipeline {

/// catalog.schema.table, as written; compared without regard to case.
struct TableName {
  std::string catalog, schema, table;

  /// Lower case, dots between: what maps are keyed by.
  std::string Key() const;
  /// Without the parts that are the pipeline's defaults.
  std::string Display(const Config& config) const;
  /// The table's folder below the storage.
  std::string Path() const;
};

/// Missing parts are the pipeline's defaults; a leading LIVE is left out.
/// Errors: kInvalidInput for more than three parts, or a part that cannot be a folder's name.
Result<TableName> ResolveName(const std::vector<std::string>& parts, const Config& config);

/// One of the queries that fill a table; a view has one. Its name is its identity: the checkpoint
/// stands under it.
struct FlowQuery {
  std::string name;
  const sql::Query* query = nullptr;              // lives in Definition
  std::shared_ptr<const sql::SourceText> source;  // of the query
  sql::Span span;
  bool by_name = false;  // CREATE FLOW ... INSERT INTO BY NAME
  bool once = false;     // runs once, over all there is
};

struct Dataset {
  TableName name;
  std::string display;
  sql::DatasetKind kind = sql::DatasetKind::kView;
  const sql::CreateDataset* declaration = nullptr;  // lives in Definition
  std::shared_ptr<const sql::SourceText> source;    // of the declaration
  sql::Span span;
  std::vector<FlowQuery> flows;
  /// The table that AUTO CDC makes from the changes, which another dataset keeps.
  bool applies_changes = false;
  /// Datasets of this pipeline that the query reads, by key; views included.
  std::vector<std::string> inputs;

  bool IsTable() const;  // not a view
  bool IsStreaming() const;
  std::string Kind() const;
};

struct Definition {
  Config config;
  std::vector<sql::ParsedFile> files;
  /// What no file says, but follows from AUTO CDC: pointers into it stay good.
  std::deque<sql::ParsedFile> generated_files;
  std::deque<sql::CreateDataset> generated_datasets;
  std::deque<sql::Query> generated_queries;
  /// By key. Each is declared once.
  std::map<std::string, Dataset> datasets;
  /// Keys, upstream first; those that do not depend on each other in the order of the text.
  std::vector<std::string> order;
  std::vector<Error> warnings;
};

/// Reads and parses all files, names the datasets, and checks the graph: one declaration a name, no
/// cycle. Whether the tables that are read exist is found when they are bound.
tl::expected<Definition, std::vector<Error>> LoadDefinition(Config config);

}  // namespace oresmith::pipeline
