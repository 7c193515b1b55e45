#include "command/added_columns.h"

#include <algorithm>
#include <utility>

#include "sql/binder.h"
#include "sql/parser.h"

namespace oresmith::command {
namespace {

bool Holds(const types::Schema& schema, const std::string& name) {
  return std::ranges::any_of(
      schema, [&](const types::Field& field) { return Upper(field.name) == Upper(name); });
}

/// Adds the column unless the table or `added` has it.
void AddColumn(const types::Schema& table, const types::Field& column, const std::string& name,
               types::Schema& added) {
  if (Holds(table, name) || Holds(added, name)) return;
  added.push_back({.name = name, .type = column.type, .nullable = true, .comment = {}});
}

Result<types::Schema> SchemaOf(const sql::Query& query, const sql::SourceText& source,
                               Context& context) {
  TRY(const sql::Plan plan, sql::BindQuery(query, source, context.host.catalog(),
                                           {.time_zone = context.host.time_zone()}));
  return sql::OutputSchema(plan);
}

}  // namespace

Result<types::Schema> AddedColumns(const sql::InsertInto& insert, const delta::Snapshot& snapshot,
                                   Context& context) {
  types::Schema added;
  if (!insert.evolves) return added;
  const types::Schema& table = snapshot.metadata.schema;
  TRY(const types::Schema query, SchemaOf(*insert.query, context.source, context));
  const bool by_position = !insert.by_name && insert.columns.empty();
  for (size_t i = by_position ? table.size() : 0; i < query.size(); ++i) {
    const bool listed = i < insert.columns.size();
    AddColumn(table, query[i], listed ? insert.columns[i].text : query[i].name, added);
  }
  return added;
}

Result<types::Schema> AddedColumns(const sql::MergeInto& merge, const delta::Snapshot& snapshot,
                                   Context& context) {
  types::Schema added;
  if (!merge.evolves) return added;
  const types::Schema& table = snapshot.metadata.schema;
  const auto parsed =
      sql::ParseQuery("source", "SELECT * FROM " + TextOf(context.source, merge.source->span));
  if (!parsed) return Fail(Error(parsed.error().front()));
  const auto& statement = std::get<sql::QueryStatement>(parsed->statements.front().node);
  TRY(const types::Schema source, SchemaOf(*statement.query, *parsed->source, context));
  for (const types::Field& column : source) {
    const bool is_named = std::ranges::any_of(merge.clauses, [&](const sql::MergeClause& clause) {
      return clause.star || std::ranges::any_of(clause.assignments, [&](const auto& assignment) {
               return Upper(assignment.column.back().text) == Upper(column.name);
             });
    });
    if (is_named) AddColumn(table, column, column.name, added);
  }
  return added;
}

}  // namespace oresmith::command
