// CREATE TABLE and DROP TABLE. Tables of a pipeline are its own: they are declared, not made here.

#include <algorithm>
#include <utility>

#include "command/command_internal.h"
#include "command/feature_notes.h"
#include "command/identity.h"
#include "delta/protocol.h"
#include "sql/binder.h"
#include "sql/change.h"

namespace oresmith::command {
namespace {

Error PlacedAt(Error error, const sql::TableTarget& target, Context& context) {
  if (!error.place) error.place = context.source.Place(target.span);
  return error;
}

/// Errors: kInvalidInput for a generated column or a default that cannot be bound, at the column.
Status CheckComputed(const sql::CreateTable& command, const types::Schema& schema,
                     Context& context) {
  for (size_t i = 0; i < schema.size(); ++i) {
    const std::string generated = delta::FieldMetadata(schema[i], "delta.generationExpression");
    const std::string value = delta::FieldMetadata(schema[i], "CURRENT_DEFAULT");
    if (generated.empty() && value.empty()) continue;
    sql::TableRules rules;
    rules.generated.push_back({.column = 0, .sql = generated.empty() ? value : generated});
    // A default has no columns to look at, and a generated column does not look at itself.
    types::Schema columns{{.name = schema[i].name, .type = schema[i].type}};
    for (size_t other = 0; !generated.empty() && other < schema.size(); ++other) {
      if (other != i) columns.push_back(schema[other]);
    }
    const auto bound =
        sql::BindRules(rules, {.name = "t", .source = "rows", .schema = std::move(columns)},
                       {.time_zone = context.host.time_zone()});
    if (bound) continue;
    Error error = bound.error();
    error.place = context.source.Place(command.columns[i].span);
    return Fail(std::move(error).Within("column " + schema[i].name));
  }
  return {};
}

Result<types::Schema> DeclaredSchema(const sql::CreateTable& command, Context& context) {
  types::Schema schema;
  for (const sql::ColumnDefinition& column : command.columns) {
    types::Field field{.name = column.name.text,
                       .type = column.type.value_or(types::Type()),
                       .nullable = !column.not_null,
                       .comment = column.comment};
    auto identity = IdentityField(field, column.generated_sql);
    if (!identity) {
      return Fail(std::move(identity).error().At(context.source.Place(column.span)));
    }
    if (*identity) {
      field = std::move(**identity);
    } else if (!column.generated_sql.empty()) {
      field.metadata.emplace_back("delta.generationExpression", JsonText(column.generated_sql));
    } else if (!column.default_sql.empty()) {
      field.metadata.emplace_back("CURRENT_DEFAULT", JsonText(column.default_sql));
    }
    schema.push_back(std::move(field));
  }
  TRY_DO(CheckComputed(command, schema, context));
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

/// The rows of the query, written for the table as it will be.
Result<std::vector<delta::AddFile>> WriteQuery(OpenTable& open, const sql::CreateTable& command,
                                               const delta::Metadata& metadata, Context& context) {
  Host& host = context.host;
  TRY(sql::Plan plan, sql::BindQuery(*command.query, context.source, host.catalog(),
                                     {.time_zone = host.time_zone()}));
  sql::PruneColumns(plan);
  std::vector<std::unique_ptr<columnar::Relation>> owned;
  std::vector<const columnar::Relation*> relations;
  for (const sql::Operator* op : sql::Scans(plan)) {
    TRY(auto relation, host.OpenScan(*op, context.source));
    relations.push_back(relation.get());
    owned.push_back(std::move(relation));
  }
  TRY(const auto engine, host.OpenEngine());
  TRY(const auto query, engine->Prepare(std::move(plan)));
  TRY(const auto writer, open.table->NewWriter({}, &metadata));
  const engine::RunContext run{.now = host.clock().Now(), .stop = context.stop};
  TRY_DO(query->Run(relations, run,
                    [&](const columnar::Batch& batch) { return writer->Write(batch); }));
  return writer->Close();
}

/// One commit that takes all files away and gives the table its new columns, and its rows with AS.
/// Older versions stay readable.
Result<CommandResult> Replace(OpenTable& open, const sql::CreateTable& command,
                              delta::CreateOptions options, Context& context) {
  const auto snapshot = open.table->snapshot();
  delta::CommitRequest request;
  request.operation =
      command.query != nullptr ? "CREATE OR REPLACE TABLE AS SELECT" : "CREATE OR REPLACE TABLE";
  request.overwrite = true;
  request.read_version = snapshot->version;
  request.reads.whole_table = true;
  delta::Metadata metadata;
  metadata.id = snapshot->metadata.id;
  metadata.name = snapshot->metadata.name;
  metadata.description = std::move(options.description);
  metadata.schema = std::move(options.schema);
  metadata.partition_columns = std::move(options.partition_columns);
  metadata.configuration = std::move(options.configuration);
  // How columns are found in files cannot change for files that older versions have.
  constexpr const char* kMapping = "delta.columnMapping.mode";
  const auto mode = snapshot->metadata.configuration.find(kMapping);
  if (mode != snapshot->metadata.configuration.end()) {
    metadata.configuration.try_emplace(kMapping, mode->second);
  }
  if (command.query != nullptr) {
    TRY(request.adds, WriteQuery(open, command, metadata, context));
  }
  request.metadata = std::move(metadata);
  auto version = open.table->Commit(request);
  if (!version) return Fail(PlacedAt(std::move(version).error(), command.table, context));
  CommandResult result;
  result.warnings =
      NewFeatureNotes(open.place.name, snapshot->protocol, open.table->snapshot()->protocol);
  WarnOfStreams(open, true, result);
  return result;
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
  if (command.or_replace) {
    auto existing =
        delta::Table::Open(*place->store, place->root, context.host.clock(), context.host.random());
    if (existing) {
      OpenTable open{.place = std::move(*place), .table = std::move(*existing)};
      return Replace(open, command, std::move(options), context);
    }
    if (existing.error().kind != ErrorKind::kNotFound) {
      return Fail(PlacedAt(std::move(existing).error(), command.table, context));
    }
  }
  auto table = delta::Table::Create(*place->store, place->root, options, context.host.clock(),
                                    context.host.random());
  if (!table && table.error().kind == ErrorKind::kAlreadyExists && command.if_not_exists) {
    return CommandResult{};
  }
  if (!table) return Fail(PlacedAt(std::move(table).error(), command.table, context));
  CommandResult result;
  result.warnings = NewFeatureNotes(place->name, {}, (*table)->snapshot()->protocol);
  if (!has_query) return result;
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
