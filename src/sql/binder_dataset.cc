// A dataset: its query under the declared columns, with one check column for each expectation.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

// `EXPECT (f.city <> '')` names the query's own alias: it counts as the output's column.
void CollectAliases(const Relation& relation, std::vector<std::string>& aliases) {
  if (!relation.alias.text.empty()) aliases.push_back(relation.alias.text);
  if (const auto* join = std::get_if<Join>(&relation.node)) {
    CollectAliases(*join->left, aliases);
    CollectAliases(*join->right, aliases);
  } else if (const auto* view = std::get_if<LateralView>(&relation.node)) {
    CollectAliases(*view->input, aliases);
  } else if (const auto* pivot = std::get_if<Pivot>(&relation.node)) {
    CollectAliases(*pivot->input, aliases);
  } else if (const auto* unpivot = std::get_if<Unpivot>(&relation.node)) {
    CollectAliases(*unpivot->input, aliases);
  } else if (const auto* table = std::get_if<TableRef>(&relation.node)) {
    if (relation.alias.text.empty()) aliases.push_back(table->name.back().text);
  }
}

/// A generated column is computed here, so that its query must not give it.
Status CheckGenerated(const CreateDataset& dataset, const ColumnDefinition& column,
                      const Operator& query, SourcePlace place) {
  if (dataset.kind != DatasetKind::kStreamingTable) {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "column {}: only a streaming table has generated "
                          "columns",
                          column.name.text)
                    .WithFix("compute the value in the query")
                    .At(std::move(place)));
  }
  if (!column.type) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "column {}: a generated column needs a type",
                          column.name.text)
                    .At(std::move(place)));
  }
  const bool given =
      std::any_of(query.output.begin(), query.output.end(),
                  [&](const Attribute& each) { return SameName(each.name, column.name.text); });
  if (!given) return {};
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "column {}: it is generated, and the query gives it too", column.name.text)
                  .WithFix("leave it out of the query")
                  .At(std::move(place)));
}

}  // namespace

Result<BoundDataset> Binder::BindDataset(const CreateDataset& dataset, const SourceText& source,
                                         const DatasetQuery& query) {
  source_ = query.source;
  BoundDataset bound;
  TRY(OperatorPtr root, BindQueryNode(*query.query, nullptr, nullptr));
  source_ = &source;
  TRY_DO(ApplyColumnList(dataset, query, root));
  TRY_DO(AddMissingColumns(query, root));
  for (size_t i = 0; i < root->output.size(); ++i) {
    const Attribute& column = root->output[i];
    for (size_t j = 0; j < i; ++j) {
      if (!SameName(root->output[j].name, column.name)) continue;
      return Fail(MakeError(ErrorKind::kInvalidInput, "table {}: two columns are called {}",
                            JoinName(dataset.name), column.name)
                      .WithFix("give one of them an alias, or leave it out with * EXCEPT (...)")
                      .At(query.source->Place(query.query->span)));
    }
    std::string comment;
    for (const ColumnDefinition& definition : dataset.columns) {
      if (SameName(definition.name.text, column.name)) comment = definition.comment;
    }
    bound.schema.push_back({.name = column.name,
                            .type = column.type,
                            .nullable = column.nullable,
                            .comment = std::move(comment)});
  }
  if (query.checks) TRY_DO(AddChecks(dataset, query, root, bound));
  bound.plan.root = std::move(root);
  bound.plan.scan_count = next_scan_;
  bound.plan.next_column_id = next_column_id_;
  return bound;
}

Status Binder::ApplyColumnList(const CreateDataset& dataset, const DatasetQuery& query,
                               OperatorPtr& root) {
  if (dataset.columns.empty()) return {};
  const bool typed = std::any_of(dataset.columns.begin(), dataset.columns.end(),
                                 [](const ColumnDefinition& c) { return c.type.has_value(); });
  if (typed) return ApplyTypedColumns(dataset, query, root);
  if (dataset.columns.size() != root->output.size()) {
    return Invalid(dataset.columns[0].span, "table {}: {} columns are declared, the query gives {}",
                   JoinName(dataset.name), dataset.columns.size(), root->output.size());
  }
  Project project;
  std::vector<Attribute> output;
  for (size_t i = 0; i < dataset.columns.size(); ++i) {
    const ColumnDefinition& definition = dataset.columns[i];
    const Attribute& column = root->output[i];
    output.push_back(
        NewColumn(definition.name.text, column.type, column.nullable && !definition.not_null));
    project.items.push_back({output.back(), ColumnOf(column, definition.span)});
  }
  project.input = std::move(root);
  root = MakeOperator(std::move(output), query.query->span, std::move(project));
  return {};
}

// Declared types: the query's columns are found by name, in any order, and none may be left over.
Status Binder::ApplyTypedColumns(const CreateDataset& dataset, const DatasetQuery& query,
                                 OperatorPtr& root) {
  std::vector<std::string> names;
  for (const Attribute& column : root->output) names.push_back(column.name);
  Project project;
  std::vector<Attribute> output;
  bool computes = false;
  for (const ColumnDefinition& definition : dataset.columns) {
    if (!definition.generated_sql.empty()) {
      TRY_DO(CheckGenerated(dataset, definition, *root, source_->Place(definition.span)));
      computes = true;
      continue;
    }
    const auto found = std::find_if(
        root->output.begin(), root->output.end(),
        [&](const Attribute& column) { return SameName(column.name, definition.name.text); });
    if (found == root->output.end() && query.by_name && !definition.not_null && definition.type) {
      TRY(BoundPtr null, CastTo(NullConstant(definition.span), *definition.type));
      output.push_back(NewColumn(definition.name.text, *definition.type, true));
      project.items.push_back({output.back(), std::move(null)});
      continue;
    }
    if (found == root->output.end()) {
      const std::string nearest = NearestName(definition.name.text, names);
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "column {}: it is declared, and the query does not give it",
                            definition.name.text)
                      .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}?", nearest))
                      .At(source_->Place(definition.span)));
    }
    const Type type = definition.type.value_or(found->type);
    if (!CanCastLosslessly(found->type, type)) {
      return Fail(
          MakeError(ErrorKind::kInvalidInput,
                    "column {}: it is declared as {}, and the query gives {}", definition.name.text,
                    type.ToSql(), found->type.ToSql())
              .WithFix(fmt::format("write CAST({} AS {}) in the query", found->name, type.ToSql()))
              .At(source_->Place(definition.span)));
    }
    TRY(BoundPtr value, CastTo(ColumnOf(*found, definition.span), type));
    output.push_back(
        NewColumn(definition.name.text, type, found->nullable && !definition.not_null));
    project.items.push_back({output.back(), std::move(value)});
  }
  for (const Attribute& column : root->output) {
    const bool declared = std::any_of(
        dataset.columns.begin(), dataset.columns.end(),
        [&](const ColumnDefinition& each) { return SameName(each.name.text, column.name); });
    if (declared) continue;
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "column {}: the query gives it, and the column list does not declare it",
                          column.name)
                    .WithFix("add it to the column list, or leave it out of the query")
                    .At(source_->Place(dataset.columns.back().span)));
  }
  project.input = std::move(root);
  root = MakeOperator(std::move(output), query.query->span, std::move(project));
  return computes ? AddGeneratedColumns(dataset, query, root) : Status();
}

/// The generated columns are made of the others; all then stand in the order of the list.
Status Binder::AddGeneratedColumns(const CreateDataset& dataset, const DatasetQuery& query,
                                   OperatorPtr& root) {
  Scope others;
  for (const Attribute& column : root->output)
    others.columns.push_back({.column = column, .qualifier = {}});
  Project computed;
  std::vector<Attribute> all;
  size_t next = 0;
  for (const ColumnDefinition& definition : dataset.columns) {
    BoundPtr value;
    if (definition.generated_sql.empty()) {
      value = ColumnOf(root->output[next++], definition.span);
    } else {
      TRY(value,
          BindText("generated column " + definition.name.text, definition.generated_sql, others));
      TRY(value, CastTo(std::move(value), *definition.type));
    }
    all.push_back(NewColumn(
        definition.name.text, value->type,
        definition.generated_sql.empty() ? root->output[next - 1].nullable : !definition.not_null));
    computed.items.push_back({all.back(), std::move(value)});
  }
  computed.input = std::move(root);
  root = MakeOperator(std::move(all), query.query->span, std::move(computed));
  return {};
}

/// What the other flows of the table give, so that its rules can be asked of every row.
Status Binder::AddMissingColumns(const DatasetQuery& query, OperatorPtr& root) {
  if (query.table == nullptr) return {};
  Project project;
  std::vector<Attribute> output;
  for (const Attribute& column : root->output) {
    output.push_back(NewColumn(column.name, column.type, column.nullable));
    project.items.push_back({output.back(), ColumnOf(column, query.query->span)});
  }
  for (const types::Field& field : *query.table) {
    const bool given =
        std::any_of(root->output.begin(), root->output.end(),
                    [&](const Attribute& column) { return SameName(column.name, field.name); });
    if (given) continue;
    TRY(BoundPtr null, CastTo(NullConstant(query.query->span), field.type));
    output.push_back(NewColumn(field.name, field.type, true));
    project.items.push_back({output.back(), std::move(null)});
  }
  project.input = std::move(root);
  root = MakeOperator(std::move(output), query.query->span, std::move(project));
  return {};
}

Status Binder::AddChecks(const CreateDataset& dataset, const DatasetQuery& query, OperatorPtr& root,
                         BoundDataset& bound) {
  if (dataset.expectations.empty()) return {};
  std::vector<std::string> aliases;
  if (const auto* select = std::get_if<Select>(&query.query->body)) {
    for (const RelationPtr& relation : select->from) CollectAliases(*relation, aliases);
  }
  Scope columns, qualified;
  for (const Attribute& column : root->output) {
    columns.columns.push_back({.column = column, .qualifier = {}});
    columns.columns.push_back(
        {.column = column, .qualifier = {dataset.name.back().text}, .qualified_only = true});
    for (const std::string& alias : aliases) {
      if (SameName(alias, dataset.name.back().text)) continue;
      columns.columns.push_back({.column = column, .qualifier = {alias}, .qualified_only = true});
    }
  }
  Project project;
  std::vector<Attribute> output = root->output;
  for (Attribute& column : output) {
    BoundPtr same = ColumnOf(column, query.query->span);
    column.id = NewId();
    project.items.push_back({column, std::move(same)});
  }
  for (const Expectation& expectation : dataset.expectations) {
    ExprScope scope;
    scope.columns = &columns;
    scope.clause = "EXPECT";
    TRY(BoundPtr condition, BindCondition(*expectation.condition, scope));
    std::vector<BoundPtr> args;
    args.push_back(std::move(condition));
    args.push_back(BooleanConstant(true, expectation.span));
    // NULL is a violation.
    TRY(BoundPtr check, MakeCall("<=>", std::move(args), expectation.span));
    Attribute column = NewColumn(expectation.name.text, check->type, false);
    column.hidden = true;
    bound.checks.push_back(column);
    output.push_back(column);
    project.items.push_back({std::move(column), std::move(check)});
  }
  project.input = std::move(root);
  root = MakeOperator(std::move(output), query.query->span, std::move(project));
  return {};
}

}  // namespace oresmith::sql
