#pragma once

// From a declared dataset to a plan that can be prepared.

#include <memory>
#include <optional>
#include <vector>

#include "pipeline/catalog.h"
#include "pipeline/checks.h"
#include "pipeline/definition.h"
#include "sql/binder.h"

namespace oresmith::pipeline {

/// A dataset's plan and what it reads. The root gives `schema`'s columns, one check for each rule,
/// and kOriginColumn last when `has_origin`.
struct BoundFlow {
  sql::Plan plan;
  types::Schema schema;
  std::vector<Rule> rules;
  bool has_origin = false;
  std::vector<ScanSource> scans;  // by Scan::index
  std::vector<std::vector<int>>
      scan_columns;       // by Scan::index: what the plan reads, kOriginColumn left out
  Provenance provenance;  // of the dataset's own columns
  /// Groups, or joins, rows of a whole stream: kept up to date as a materialized view is.
  bool as_view = false;
  /// Keeps state over epochs: runs in stages (sql/plan_stream.h).
  bool has_state = false;
  /// Columns of scans that number the rows of an epoch; only of what has state.
  std::vector<sql::ColumnId> origins;
  /// What a person should know of the state.
  std::vector<Error> warnings;
  /// The same plan again, to be taken apart; only of what is kept up to date as a view.
  std::optional<sql::Plan> spare = std::nullopt;
};

/// Binds the query of one of the dataset's flows. `table`: the columns of the table, when other
/// flows give some of them. Errors: kInvalidInput or kUnsupported with places.
Result<BoundFlow> BindFlow(const Dataset& dataset, const FlowQuery& query, PipelineCatalog& catalog,
                           const Config& config, const types::Schema* table);

/// The columns that the query gives, the dataset's rules left aside.
Result<types::Schema> SchemaOfFlow(const Dataset& dataset, const FlowQuery& query,
                                   PipelineCatalog& catalog, const Config& config);

}  // namespace oresmith::pipeline
