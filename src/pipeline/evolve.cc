#include "pipeline/evolve.h"

#include <algorithm>
#include <utility>

#include "base/json_text.h"
#include "delta/protocol.h"
#include "delta/type_widening.h"

namespace oresmith::pipeline {
namespace {

types::Field* Find(types::Schema& schema, const std::string& name) {
  const types::Type as_struct = types::Type::Struct(schema);
  const types::Field* found = as_struct.FindField(name);
  if (found == nullptr) return nullptr;
  return &schema[static_cast<size_t>(found - as_struct.fields().data())];
}

constexpr const char* kGenerated = "delta.generationExpression";

}  // namespace

Result<bool> ComputesColumns(const delta::Table& table, const Dataset& dataset) {
  const auto snapshot = table.snapshot();
  delta::Metadata rest = snapshot->metadata;
  bool any = false;
  for (const sql::ColumnDefinition& column : dataset.declaration->columns) {
    types::Field* field = Find(rest.schema, column.name.text);
    if (field == nullptr || column.generated_sql.empty()) continue;
    if (delta::FieldMetadata(*field, kGenerated) != column.generated_sql) continue;
    std::erase_if(field->metadata, [](const auto& note) { return note.first == kGenerated; });
    any = true;
  }
  if (!any) return false;
  TRY_DO(delta::CheckWritable(dataset.display, snapshot->protocol, rest));
  return true;
}

delta::CreateOptions TableOptions(const Dataset& dataset, const types::Schema& schema) {
  delta::CreateOptions options;
  options.schema = schema;
  for (const sql::ColumnDefinition& column : dataset.declaration->columns) {
    types::Field* field = Find(options.schema, column.name.text);
    if (field == nullptr || column.generated_sql.empty()) continue;
    field->metadata.emplace_back(kGenerated, JsonText(column.generated_sql));
  }
  options.description = dataset.declaration->comment;
  for (const sql::Property& property : dataset.declaration->properties) {
    options.configuration[property.key] = property.value;
  }
  for (const sql::Identifier& column : dataset.declaration->partitioned_by) {
    options.partition_columns.push_back(column.text);
  }
  return options;
}

Result<types::Schema> MergeSchemas(const Dataset& dataset, const delta::Metadata& stored,
                                   const types::Schema& declared) {
  const bool may_widen = delta::IsSet(stored.configuration, "delta.enableTypeWidening");
  types::Schema merged = stored.schema;
  for (const types::Field& field : declared) {
    types::Field* existing = Find(merged, field.name);
    if (existing == nullptr) {
      merged.push_back(field);
      merged.back().nullable = true;  // the rows that are there have no value
      continue;
    }
    auto type = delta::CommonType(existing->type, field.type, may_widen);
    if (!type) {
      const bool could = delta::CommonType(existing->type, field.type, true).has_value();
      return Fail(
          MakeError(ErrorKind::kInvalidInput,
                    "evolve {}: a column cannot change its type: {} {} -> {}", dataset.display,
                    field.name, existing->type.ToSql(), field.type.ToSql())
              .At(dataset.source->Place(dataset.span))
              .WithFix(fmt::format("cast it to {} in the query, {}or rebuild the tables: oresmith "
                                   "run --full-refresh-all",
                                   existing->type.ToSql(),
                                   could ? "let the table widen it (TBLPROPERTIES "
                                           "'delta.enableTypeWidening' = 'true'), "
                                         : "")));
    }
    existing->type = std::move(*type);
    if (field.nullable) existing->nullable = true;
  }
  for (types::Field& field : merged) {
    const bool gone = std::none_of(declared.begin(), declared.end(), [&](const types::Field& d) {
      return types::Type::Struct({field}).FindField(d.name) != nullptr;
    });
    if (gone) field.nullable = true;
  }
  return merged;
}

Status EvolveTable(delta::Table& table, const Dataset& dataset, const types::Schema& declared) {
  delta::Metadata metadata = table.snapshot()->metadata;
  TRY(types::Schema merged, MergeSchemas(dataset, metadata, declared));
  if (merged == metadata.schema) return {};
  metadata.schema = std::move(merged);
  delta::CommitRequest request;
  request.operation = "ADD COLUMNS";
  request.metadata = std::move(metadata);
  TRY_DO(table.Commit(request));
  return {};
}

}  // namespace oresmith::pipeline
