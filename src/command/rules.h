#pragma once

// Holds the rows that a statement writes to the rules of their table: CHECK constraints, invariants
// of columns, generated columns.

#include <memory>
#include <string>
#include <vector>

#include "columnar/batch.h"
#include "delta/table.h"
#include "engine/engine.h"
#include "sql/change.h"

namespace oresmith::command {

/// The rules in a table's metadata. `given` says by column whether the statement gives its value: a
/// generated column is checked then, and computed otherwise.
Result<sql::TableRules> RulesOf(const delta::Metadata& metadata, const std::vector<bool>& given);

/// The default of each column as SQL text; empty: NULL.
std::vector<std::string> DefaultsOf(const delta::Metadata& metadata);

/// One thread at a time.
class RuleHolder {
 public:
  /// `engine` must outlive it.
  static Result<RuleHolder> Make(const sql::TableRules& rules, const std::string& table,
                                 const types::Schema& schema, engine::Engine& engine,
                                 const sql::BindOptions& options);
  /// The rows with generated columns filled in.
  /// Errors: kInvalidInput with the rule that a row breaks, and the row.
  Result<std::vector<columnar::Batch>> Hold(const columnar::Batch& rows,
                                            const engine::RunContext& context);

 private:
  std::string table_;
  sql::TableRules rules_;
  types::Schema schema_;
  std::unique_ptr<engine::PreparedQuery> query_;  // null: no rules
};

}  // namespace oresmith::command
