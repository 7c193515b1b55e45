// ALTER TABLE and COMMENT ON: commits that change what a table says of itself, and no file.

#include <algorithm>
#include <utility>

#include "command/alteration.h"
#include "command/command_internal.h"
#include "command/feature_notes.h"
#include "command/rules.h"

namespace oresmith::command {
Status CheckRows(Alteration& alter, const sql::TableRules::Check& check) {
  Host& host = alter.context.host;
  TRY(const auto engine, host.OpenEngine());
  sql::TableRules rules;
  rules.checks.push_back(check);
  TRY(RuleHolder holder, RuleHolder::Make(rules, alter.open.place.name, alter.metadata.schema,
                                          *engine, {.time_zone = host.time_zone()}));
  const auto relation = alter.open.table->Scan(alter.open.table->snapshot());
  std::vector<int> columns;
  for (size_t i = 0; i < relation->schema().size(); ++i) columns.push_back(static_cast<int>(i));
  TRY(const auto reader, relation->Open(columns));
  const engine::RunContext run{.now = host.clock().Now(), .stop = alter.context.stop};
  while (true) {
    TRY(const columnar::Batch rows, reader->Next());
    if (rows == nullptr) return {};
    TRY_DO(holder.Hold(rows, run));
  }
}

namespace {

std::string JsonObject(const std::vector<sql::Property>& properties) {
  std::string json;
  for (const sql::Property& property : properties) {
    json += fmt::format("{}{}:{}", json.empty() ? "" : ",", JsonText(property.key),
                        JsonText(property.value));
  }
  return JsonText("{" + json + "}");
}

Status Apply(Alteration& alter, const sql::SetProperties& set) {
  alter.request.operation = "SET TBLPROPERTIES";
  alter.request.operation_parameters["properties"] = JsonObject(set.properties);
  for (const sql::Property& property : set.properties) {
    const bool blocked = property.key == "delta.columnMapping.maxColumnId" ||
                         property.key.starts_with("delta.constraints.");
    if (blocked) {
      return alter.Refuse(ErrorKind::kUnsupported,
                          "a constraint: ALTER TABLE t ADD CONSTRAINT name CHECK (condition)",
                          "alter {}: the property {} cannot be set", alter.open.place.name,
                          property.key);
    }
    alter.metadata.configuration[property.key] = property.value;
  }
  return {};
}

Status Apply(Alteration& alter, const sql::UnsetProperties& unset) {
  alter.request.operation = "UNSET TBLPROPERTIES";
  for (const sql::Property& property : unset.properties) {
    if (alter.metadata.configuration.erase(property.key) > 0 || unset.if_exists) continue;
    return alter.Refuse(ErrorKind::kInvalidInput, "write UNSET TBLPROPERTIES IF EXISTS (...)",
                        "alter {}: there is no property {}", alter.open.place.name, property.key);
  }
  return {};
}

Status Apply(Alteration& alter, const sql::AddConstraint& add) {
  if (alter.open.place.owner != Owner::kNobody) {
    return alter.Refuse(ErrorKind::kUnsupported,
                        "declare it in the pipeline: CONSTRAINT name EXPECT (condition) ON "
                        "VIOLATION FAIL UPDATE",
                        "alter {}: the pipeline writes it, and holds rows to expectations alone",
                        alter.open.place.name);
  }
  const std::string key = "delta.constraints." + add.name.text;
  const std::string text = TextOf(alter.context.source, add.check->span);
  if (alter.metadata.configuration.contains(key)) {
    return alter.Refuse(ErrorKind::kAlreadyExists, "drop it first, or choose another name",
                        "alter {}: there is a constraint {}", alter.open.place.name, add.name.text);
  }
  TRY_DO(CheckRows(alter, {.name = add.name.text, .sql = text}));
  alter.request.operation = "ADD CONSTRAINT";
  alter.request.operation_parameters = {{"name", JsonText(add.name.text)},
                                        {"expr", JsonText(text)}};
  alter.request.reads.whole_table = true;
  alter.metadata.configuration[key] = text;
  return {};
}

Status Apply(Alteration& alter, const sql::DropConstraint& drop) {
  alter.request.operation = "DROP CONSTRAINT";
  alter.request.operation_parameters = {{"name", JsonText(drop.name.text)}};
  const std::string key = "delta.constraints." + drop.name.text;
  if (alter.metadata.configuration.erase(key) > 0 || drop.if_exists) return {};
  return alter.Refuse(ErrorKind::kInvalidInput, "SHOW TBLPROPERTIES t lists what there is",
                      "alter {}: there is no constraint {}", alter.open.place.name, drop.name.text);
}

Status Commit(OpenTable& open, delta::Metadata metadata, delta::CommitRequest request) {
  request.read_version = open.table->snapshot()->version;
  request.metadata = std::move(metadata);
  TRY_DO(open.table->Commit(request));
  return {};
}

}  // namespace

Result<CommandResult> Run(const sql::AlterTable& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "alter", context));
  Alteration alter{.command = command,
                   .open = open,
                   .context = context,
                   .metadata = open.table->snapshot()->metadata};
  TRY_DO(std::visit([&](const auto& change) { return Apply(alter, change); }, command.change));
  const delta::Protocol before = open.table->snapshot()->protocol;
  TRY_DO(Commit(open, std::move(alter.metadata), std::move(alter.request)));
  CommandResult result;
  result.warnings = NewFeatureNotes(open.place.name, before, open.table->snapshot()->protocol);
  return result;
}

Result<CommandResult> Run(const sql::CommentOnTable& command, Context& context) {
  TRY(OpenTable open, OpenForChange(command.table, "comment on", context));
  delta::Metadata metadata = open.table->snapshot()->metadata;
  metadata.description = command.comment;
  delta::CommitRequest request;
  request.operation = "SET TBLPROPERTIES";
  request.operation_parameters["properties"] =
      JsonText("{\"comment\":" + JsonText(command.comment) + "}");
  TRY_DO(Commit(open, std::move(metadata), std::move(request)));
  return CommandResult{};
}

}  // namespace oresmith::command
