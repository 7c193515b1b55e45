// CREATE TABLE and DROP TABLE. Tables of a pipeline are its own: they are declared, not made here.

#include <algorithm>
#include <utility>

#include "command/command_internal.h"
#include "sql/binder.h"

namespace oresmith::command {
namespace {

Error PlacedAt(Error error, const sql::TableTarget& target, Context& context) {
  if (!error.place) error.place = context.source.Place(target.span);
  return error;
}

Result<types::Schema> DeclaredSchema(const sql::CreateTable& command, Context& context) {
  types::Schema schema;
  for (const sql::ColumnDefinition& column : command.columns) {
    if (!column.default_sql.empty() || !column.generated_sql.empty()) {
      return Fail(MakeError(ErrorKind::kUnsupported,
                            "create {}: column {}: this version cannot keep up a default or a "
                            "generated column",
                            command.table.name.back().text, column.name.text)
                      .At(context.source.Place(column.span))
                      .WithFix("compute the value in the INSERT"));
    }
    schema.push_back({.name = column.name.text,
                      .type = column.type.value_or(types::Type()),
                      .nullable = !column.not_null,
                      .comment = column.comment});
  }
  return schema;
}

Result<types::Schema> QuerySchema(const sql::CreateTable& command, Context& context) {
  if (!command.columns.empty()) {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "create {}: columns and AS together are not supported",
                          command.table.name.back().text)
                    .At(context.source.Place(command.columns[0].span))
                    .WithFix("leave out the column list: the query's columns are the table's"));
  }
  TRY(const sql::Plan plan, sql::BindQuery(*command.query, context.source, context.host.catalog(),
                                           {.time_zone = context.host.time_zone()}));
  types::Schema schema = sql::OutputSchema(plan);
  for (types::Field& field : schema) field.nullable = true;
  return schema;
}

}  // namespace

Result<CommandResult> Run(const sql::CreateTable& command, Context& context) {
  auto place = context.host.PlaceOf(PartsOf(command.table.name));
  if (!place) return Fail(PlacedAt(std::move(place).error(), command.table, context));
  if (place->owner != Owner::kNobody) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "create {}: the pipeline declares a dataset of that name", place->name)
                    .At(context.source.Place(command.table.span))
                    .WithFix("choose another name, or run the pipeline: oresmith run"));
  }
  if (command.or_replace) {
    return Fail(
        MakeError(ErrorKind::kUnsupported, "create {}: OR REPLACE is not supported", place->name)
            .At(context.source.Place(command.table.span))
            .WithFix("write INSERT OVERWRITE t SELECT ... to replace its rows"));
  }
  const bool has_query = command.query != nullptr;
  delta::CreateOptions options;
  if (has_query) {
    TRY(options.schema, QuerySchema(command, context));
  } else {
    TRY(options.schema, DeclaredSchema(command, context));
  }
  for (const sql::Identifier& column : command.partitioned_by) {
    options.partition_columns.push_back(column.text);
  }
  options.description = command.comment;
  for (const sql::Property& property : command.properties) {
    options.configuration[property.key] = property.value;
  }
  auto table = delta::Table::Create(*place->store, place->root, options, context.host.clock(),
                                    context.host.random());
  if (!table && table.error().kind == ErrorKind::kAlreadyExists && command.if_not_exists) {
    return CommandResult{};
  }
  if (!table) return Fail(PlacedAt(std::move(table).error(), command.table, context));
  if (!has_query) return CommandResult{};
  // The query as an INSERT of its own; what is wrong with it was said above, with its place.
  auto insert = sql::ParseQueryOrCommand(
      "query", "INSERT INTO t " + TextOf(context.source, command.query->span));
  if (!insert) return Fail(std::move(insert.error().front()));
  const auto& statement = std::get<sql::CommandStatement>(insert->statements.front().node);
  OpenTable open{.place = *place, .table = std::move(*table)};
  Context inner{.source = *insert->source, .host = context.host, .stop = context.stop};
  return Insert(open, std::get<sql::InsertInto>(statement.command->node), inner);
}

Result<CommandResult> Run(const sql::DropTable& command, Context& context) {
  auto open = Open(command.table, context);
  if (!open && open.error().kind == ErrorKind::kNotFound && command.if_exists) {
    return CommandResult{};
  }
  if (!open) return Fail(std::move(open).error());
  const bool owned = open->place.owner != Owner::kNobody;
  return Fail(
      MakeError(ErrorKind::kUnsupported, "drop {}: tables are not dropped from here",
                open->place.name)
          .At(context.source.Place(command.table.span))
          .WithFix(fmt::format("{}remove its folder: {}",
                               owned ? "remove its CREATE statement from the pipeline, and " : "",
                               open->place.store->Describe(open->place.root))));
}

}  // namespace oresmith::command
