#pragma once

// Expectations: which rows pass, which are dropped, which fail the update.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "sql/ast.h"

namespace oresmith::pipeline {

struct Rule {
  std::string name;
  sql::OnViolation on_violation = sql::OnViolation::kWarn;
};

struct RuleCount {
  int64_t passed = 0;
  int64_t failed = 0;
};

/// A row that a DROP ROW rule took out.
struct DroppedRow {
  int64_t row = 0;  // in the batch that was checked
  std::vector<std::string> rules;
};

struct Checked {
  columnar::Batch kept;  // the first `column_count` columns; may have no rows
  std::vector<DroppedRow> dropped;
};

/// Applies rules to a batch whose columns from `column_count` on are one boolean for each rule,
/// TRUE where the row passes; NULL counts as a violation. Adds to `counts`, one for each rule.
/// Errors: kBadRecord when a FAIL UPDATE rule is broken, with the rule and the row.
Result<Checked> ApplyRules(const columnar::Batch& batch, int column_count,
                           const std::vector<Rule>& rules, std::vector<RuleCount>& counts);

}  // namespace oresmith::pipeline
