#include "pipeline/evolve.h"

#include <algorithm>
#include <utility>

namespace oresmith::pipeline {
namespace {

types::Field* Find(types::Schema& schema, const std::string& name) {
  const types::Type as_struct = types::Type::Struct(schema);
  const types::Field* found = as_struct.FindField(name);
  if (found == nullptr) return nullptr;
  return &schema[static_cast<size_t>(found - as_struct.fields().data())];
}

}  // namespace

delta::CreateOptions TableOptions(const Dataset& dataset, const types::Schema& schema) {
  delta::CreateOptions options;
  options.schema = schema;
  options.description = dataset.declaration->comment;
  for (const sql::Property& property : dataset.declaration->properties) {
    options.configuration[property.key] = property.value;
  }
  for (const sql::Identifier& column : dataset.declaration->partitioned_by) {
    options.partition_columns.push_back(column.text);
  }
  return options;
}

Result<types::Schema> MergeSchemas(const Dataset& dataset, const types::Schema& stored,
                                   const types::Schema& declared) {
  types::Schema merged = stored;
  for (const types::Field& field : declared) {
    types::Field* existing = Find(merged, field.name);
    if (existing == nullptr) {
      merged.push_back(field);
      merged.back().nullable = true;  // the rows that are there have no value
    } else if (!(existing->type == field.type)) {
      return Fail(
          MakeError(ErrorKind::kInvalidInput,
                    "evolve {}: a column cannot change its type: {} {} -> {}", dataset.display,
                    field.name, existing->type.ToSql(), field.type.ToSql())
              .At(dataset.source->Place(dataset.span))
              .WithFix(fmt::format("cast it to {} in the query, or rebuild the tables: oresmith "
                                   "run --full-refresh-all",
                                   existing->type.ToSql())));
    } else if (field.nullable) {
      existing->nullable = true;
    }
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
  TRY(types::Schema merged, MergeSchemas(dataset, metadata.schema, declared));
  if (merged == metadata.schema) return {};
  metadata.schema = std::move(merged);
  delta::CommitRequest request;
  request.operation = "ADD COLUMNS";
  request.metadata = std::move(metadata);
  TRY_DO(table.Commit(request));
  return {};
}

}  // namespace oresmith::pipeline
