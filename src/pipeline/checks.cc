#include "pipeline/checks.h"

#include <arrow/array.h>
#include <arrow/array/concatenate.h>

#include <algorithm>
#include <utility>

namespace oresmith::pipeline {
namespace {

columnar::Batch FirstColumns(const arrow::RecordBatch& batch, int count) {
  std::vector<int> columns(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) columns[static_cast<size_t>(i)] = i;
  return batch.SelectColumns(columns).ValueOrDie();  // the indexes are in range
}

/// The rows between the dropped ones. Few rows are dropped as a rule, so pieces are put together.
Result<columnar::Batch> Without(const columnar::Batch& batch,
                                const std::vector<DroppedRow>& dropped) {
  if (dropped.empty()) return batch;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  int64_t rows = 0;
  for (int c = 0; c < batch->num_columns(); ++c) {
    arrow::ArrayVector pieces;
    int64_t begin = 0;
    for (const DroppedRow& row : dropped) {
      if (row.row > begin) pieces.push_back(batch->column(c)->Slice(begin, row.row - begin));
      begin = row.row + 1;
    }
    if (begin < batch->num_rows()) pieces.push_back(batch->column(c)->Slice(begin));
    if (pieces.empty()) pieces.push_back(batch->column(c)->Slice(0, 0));
    auto joined = arrow::Concatenate(pieces);
    if (!joined.ok()) {
      return Fail(columnar::FromArrowStatus(joined.status(), ErrorKind::kUnavailable, "drop rows"));
    }
    rows = (*joined)->length();
    columns.push_back(std::move(*joined));
  }
  return columnar::Batch(arrow::RecordBatch::Make(batch->schema(), rows, std::move(columns)));
}

}  // namespace

Result<Checked> ApplyRules(const columnar::Batch& batch, int column_count,
                           const std::vector<Rule>& rules, std::vector<RuleCount>& counts) {
  Checked checked;
  checked.kept = FirstColumns(*batch, column_count);
  const int64_t rows = batch->num_rows();
  std::vector<DroppedRow>& dropped = checked.dropped;
  for (size_t r = 0; r < rules.size(); ++r) {
    const auto& passes =
        static_cast<const arrow::BooleanArray&>(*batch->column(column_count + static_cast<int>(r)));
    // null_count is 0 here as a rule: the check is `(...) IS TRUE`.
    const int64_t passed = passes.true_count();
    counts[r].passed += passed;
    counts[r].failed += rows - passed;
    if (passed == rows || rules[r].on_violation == sql::OnViolation::kWarn) continue;
    for (int64_t row = 0; row < rows; ++row) {
      if (passes.IsValid(row) && passes.Value(row)) continue;
      if (rules[r].on_violation == sql::OnViolation::kFailUpdate) {
        return Fail(MakeError(ErrorKind::kBadRecord,
                              "expectation {} (ON VIOLATION FAIL UPDATE) is broken by the row {}",
                              rules[r].name, columnar::RowToJson(*checked.kept, row))
                        .WithFix("mend the record or the rule; the table was left as it was"));
      }
      const auto at = std::lower_bound(dropped.begin(), dropped.end(), row,
                                       [](const DroppedRow& d, int64_t n) { return d.row < n; });
      if (at != dropped.end() && at->row == row) {
        at->rules.push_back(rules[r].name);
      } else {
        dropped.insert(at, {.row = row, .rules = {rules[r].name}});
      }
    }
  }
  TRY(checked.kept, Without(checked.kept, dropped));
  return checked;
}

}  // namespace oresmith::pipeline
