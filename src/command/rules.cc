#include "command/rules.h"

#include <arrow/array.h>

#include <utility>

#include "delta/row_changes.h"

namespace oresmith::command {
Result<sql::TableRules> RulesOf(const delta::Metadata& metadata, const std::vector<bool>& given) {
  constexpr std::string_view kConstraint = "delta.constraints.";
  sql::TableRules rules;
  for (const auto& [key, value] : metadata.configuration) {
    if (!key.starts_with(kConstraint)) continue;
    rules.checks.push_back({.name = key.substr(kConstraint.size()), .sql = value});
  }
  for (size_t i = 0; i < metadata.schema.size(); ++i) {
    const types::Field& field = metadata.schema[i];
    TRY(const std::string invariant, delta::InvariantOf(field));
    if (!invariant.empty()) {
      rules.checks.push_back({.name = "invariant of " + field.name, .sql = invariant});
    }
    const std::string generated = delta::MetadataText(field, "delta.generationExpression");
    if (generated.empty()) continue;
    if (given.at(i)) {
      rules.checks.push_back({.name = "generated column " + field.name,
                              .sql = fmt::format("`{}` <=> ({})", field.name, generated)});
    } else {
      rules.generated.push_back({.column = static_cast<int>(i), .sql = generated});
    }
  }
  return rules;
}

std::vector<std::string> DefaultsOf(const delta::Metadata& metadata) {
  std::vector<std::string> defaults;
  for (const types::Field& field : metadata.schema) {
    defaults.push_back(delta::MetadataText(field, "CURRENT_DEFAULT"));
  }
  return defaults;
}

Result<RuleHolder> RuleHolder::Make(const sql::TableRules& rules, const std::string& table,
                                    const types::Schema& schema, engine::Engine& engine,
                                    const sql::BindOptions& options) {
  RuleHolder holder;
  holder.table_ = table;
  holder.rules_ = rules;
  holder.schema_ = schema;
  if (rules.checks.empty() && rules.generated.empty()) return holder;
  TRY(sql::Plan plan,
      sql::BindRules(rules, {.name = table, .source = "rows", .schema = schema}, options));
  TRY(holder.query_, engine.Prepare(std::move(plan)));
  return holder;
}

Result<std::vector<columnar::Batch>> RuleHolder::Hold(const columnar::Batch& rows,
                                                      const engine::RunContext& context) {
  if (query_ == nullptr || rows->num_rows() == 0) return std::vector<columnar::Batch>{rows};
  const auto relation = columnar::MakeRelation(schema_, {rows});
  std::vector<columnar::Batch> held;
  std::vector<int> columns;
  for (size_t i = 0; i < schema_.size(); ++i) columns.push_back(static_cast<int>(i));
  const auto check = [&](const columnar::Batch& batch) -> Status {
    const columnar::Batch values = batch->SelectColumns(columns).ValueOrDie();
    for (size_t i = 0; i < rules_.checks.size(); ++i) {
      const auto passed = std::static_pointer_cast<arrow::BooleanArray>(
          batch->column(static_cast<int>(schema_.size() + i)));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        if (passed->IsValid(row) && passed->Value(row)) continue;
        return Fail(MakeError(ErrorKind::kInvalidInput,
                              "write {}: a row breaks the constraint {}: {}: {}", table_,
                              rules_.checks[i].name, rules_.checks[i].sql,
                              columnar::RowToJson(*values, row))
                        .WithFix("correct the row, or leave it out with WHERE; nothing was "
                                 "written"));
      }
    }
    held.push_back(values);
    return {};
  };
  TRY_DO(query_->Run({relation.get()}, context, check));
  return held;
}

}  // namespace oresmith::command
