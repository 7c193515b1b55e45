// Commands that only look: DESCRIBE and SHOW. Their columns are Databricks'.

#include <algorithm>
#include <limits>
#include <map>

#include "command/command_internal.h"
#include "delta/protocol.h"
#include "delta/row_changes.h"
#include "delta/time_travel.h"

namespace oresmith::command {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

constexpr int64_t kMicrosPerMilli = 1000;

Field Column(std::string name, Type type) {
  return {.name = std::move(name), .type = std::move(type), .nullable = true};
}
Type TextMap() { return Type::Map(Type(TypeId::kString), Type(TypeId::kString), true); }
Type TextList() { return Type::Array(Type(TypeId::kString), true); }

Cell TextOrNull(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

/// What Spark shows of a parameter: a JSON text is the text itself.
std::string ShownParameter(const std::string& json) {
  if (json.size() < 2 || json.front() != '"' || json.back() != '"') return json;
  std::string text;
  for (size_t i = 1; i + 1 < json.size(); ++i) {
    if (json[i] == '\\' && i + 2 < json.size()) ++i;
    text += json[i];
  }
  return text;
}

/// `*` stands for any text.
bool Matches(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t i = 0; i <= text.size(); ++i) {
      if (Matches(text.substr(i), pattern.substr(1))) return true;
    }
    return false;
  }
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return !text.empty() && lower(text[0]) == lower(pattern[0]) &&
         Matches(text.substr(1), pattern.substr(1));
}

bool MatchesAny(std::string_view text, std::string_view patterns) {
  while (true) {
    const size_t bar = patterns.find('|');
    if (Matches(text, patterns.substr(0, bar))) return true;
    if (bar == std::string_view::npos) return false;
    patterns.remove_prefix(bar + 1);
  }
}

std::string Quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

}  // namespace

namespace {

using History = std::vector<std::pair<delta::Version, delta::CommitInfo>>;

/// The times by which TIMESTAMP AS OF finds the versions: what a commit says of itself may differ.
/// Versions that can no longer be read have none.
Result<std::map<delta::Version, int64_t>> TimesOf(const OpenTable& open, const History& history) {
  std::map<delta::Version, int64_t> times_ms;
  if (history.empty()) return times_ms;
  storage::Store& store = *open.place.store;
  const std::string& root = open.place.root;
  TRY(const auto available, delta::FindAvailableVersions(store, root));
  const delta::Version from = std::max(history.back().first, available.earliest);
  const delta::Version to = history.front().first;
  if (from > to) return times_ms;
  const auto found =
      delta::FindCommitTimes(store, root, open.table->snapshot()->metadata, from, to);
  // A checkpoint may be all that is left of the oldest version.
  if (!found && found.error().kind == ErrorKind::kNotFound) return times_ms;
  if (!found) return Fail(Error(found.error()));
  for (size_t i = 0; i < found->size(); ++i) {
    times_ms[delta::Version{delta::Number(from) + static_cast<int64_t>(i)}] = (*found)[i];
  }
  return times_ms;
}

}  // namespace

Result<CommandResult> Run(const sql::DescribeHistory& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  const int64_t limit = command.limit.value_or(std::numeric_limits<int>::max());
  TRY(const auto history, open.table->History(static_cast<int>(
                              std::clamp<int64_t>(limit, 0, std::numeric_limits<int>::max()))));
  TRY(const auto times_ms, TimesOf(open, history));
  std::vector<std::vector<Cell>> rows;
  for (const auto& [version, info] : history) {
    const auto time = times_ms.find(version);
    const int64_t time_ms = time == times_ms.end() ? info.timestamp_ms : time->second;
    std::map<std::string, std::string> parameters;
    for (const auto& [key, value] : info.operation_parameters) {
      parameters[key] = ShownParameter(value);
    }
    rows.push_back({delta::Number(version), Moment{time_ms * kMicrosPerMilli}, Cell(), Cell(),
                    TextOrNull(info.operation), parameters,
                    info.read_version ? Cell(delta::Number(*info.read_version)) : Cell(),
                    TextOrNull(info.isolation_level),
                    info.is_blind_append ? Cell(*info.is_blind_append) : Cell(),
                    info.operation_metrics, TextOrNull(info.user_metadata),
                    TextOrNull(info.engine_info)});
  }
  return MakeRows(
      {NumberColumn("version"), Column("timestamp", Type(TypeId::kTimestamp)), TextColumn("userId"),
       TextColumn("userName"), TextColumn("operation"), Column("operationParameters", TextMap()),
       NumberColumn("readVersion"), TextColumn("isolationLevel"),
       Column("isBlindAppend", Type(TypeId::kBoolean)), Column("operationMetrics", TextMap()),
       TextColumn("userMetadata"), TextColumn("engineInfo")},
      rows);
}

Result<CommandResult> Run(const sql::DescribeDetail& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  const auto snapshot = open.table->snapshot();
  const delta::Metadata& metadata = snapshot->metadata;
  std::vector<std::string> features =
      snapshot->protocol.writer_features.value_or(std::vector<std::string>());
  std::vector<std::vector<Cell>> rows{
      {std::string("delta"), metadata.id, open.place.name, TextOrNull(metadata.description),
       open.place.store->Describe(open.place.root), Moment{metadata.created_ms * kMicrosPerMilli},
       Moment{snapshot->timestamp_ms * kMicrosPerMilli}, metadata.partition_columns,
       static_cast<int64_t>(snapshot->files.size()), snapshot->size_bytes(), metadata.configuration,
       int64_t{snapshot->protocol.min_reader_version},
       int64_t{snapshot->protocol.min_writer_version}, std::move(features)}};
  return MakeRows(
      {TextColumn("format"), TextColumn("id"), TextColumn("name"), TextColumn("description"),
       TextColumn("location"), Column("createdAt", Type(TypeId::kTimestamp)),
       Column("lastModified", Type(TypeId::kTimestamp)), Column("partitionColumns", TextList()),
       NumberColumn("numFiles"), NumberColumn("sizeInBytes"), Column("properties", TextMap()),
       NumberColumn("minReaderVersion"), NumberColumn("minWriterVersion"),
       Column("tableFeatures", TextList())},
      rows);
}

Result<CommandResult> Run(const sql::DescribeTable& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  const delta::Metadata& metadata = open.table->snapshot()->metadata;
  std::vector<std::vector<Cell>> rows;
  const auto add = [&](const std::string& name, const std::string& type,
                       const std::string& comment) {
    rows.push_back({name, type, TextOrNull(comment)});
  };
  for (const Field& field : metadata.schema) add(field.name, field.type.ToSql(), field.comment);
  if (!metadata.partition_columns.empty()) {
    add("# Partition Information", "", "");
    add("# col_name", "data_type", "comment");
    for (const std::string& name : metadata.partition_columns) {
      const auto field = std::ranges::find(metadata.schema, name, &Field::name);
      if (field != metadata.schema.end()) add(name, field->type.ToSql(), field->comment);
    }
  }
  if (command.extended) {
    add("", "", "");
    add("# Detailed Table Information", "", "");
    add("Name", open.place.name, "");
    add("Location", open.place.store->Describe(open.place.root), "");
    add("Provider", "delta", "");
    if (!metadata.description.empty()) add("Comment", metadata.description, "");
    for (const auto& [key, value] : metadata.configuration) add(key, value, "");
  }
  return MakeRows({TextColumn("col_name"), TextColumn("data_type"), TextColumn("comment")}, rows);
}

Result<CommandResult> Run(const sql::ShowTables& command, Context& context) {
  TRY(const std::vector<TablePlace> tables, context.host.Tables(PartsOf(command.schema)));
  std::vector<std::vector<Cell>> rows;
  for (const TablePlace& place : tables) {
    const size_t dot = place.name.rfind('.');
    const std::string table = dot == std::string::npos ? place.name : place.name.substr(dot + 1);
    const std::string schema = dot == std::string::npos ? "" : place.name.substr(0, dot);
    if (!command.pattern.empty() && !MatchesAny(table, command.pattern)) continue;
    rows.push_back({schema, table, false});
  }
  return MakeRows({TextColumn("database"), TextColumn("tableName"),
                   Column("isTemporary", Type(TypeId::kBoolean))},
                  rows);
}

Result<CommandResult> Run(const sql::ShowColumns& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  std::vector<std::vector<Cell>> rows;
  for (const Field& field : open.table->snapshot()->metadata.schema) rows.push_back({field.name});
  return MakeRows({TextColumn("col_name")}, rows);
}

Result<CommandResult> Run(const sql::ShowProperties& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  const auto snapshot = open.table->snapshot();
  delta::Properties properties = snapshot->metadata.configuration;
  properties["delta.minReaderVersion"] = std::to_string(snapshot->protocol.min_reader_version);
  properties["delta.minWriterVersion"] = std::to_string(snapshot->protocol.min_writer_version);
  std::vector<std::vector<Cell>> rows;
  for (const auto& [key, value] : properties) {
    if (command.key.empty() || command.key == key) rows.push_back({key, value});
  }
  if (rows.empty()) {
    rows.push_back({command.key, fmt::format("Table {} does not have property: {}", open.place.name,
                                             command.key)});
  }
  return MakeRows({TextColumn("key"), TextColumn("value")}, rows);
}

namespace {

/// Where a column's value comes from when none is given, as CREATE TABLE says it; "" for nowhere.
std::string ValueClause(const Field& field) {
  const std::string generated = delta::MetadataText(field, "delta.generationExpression");
  if (!generated.empty()) return fmt::format(" GENERATED ALWAYS AS ({})", generated);
  const std::string start = delta::FieldMetadata(field, "delta.identity.start");
  if (!start.empty()) {
    const bool takes_values =
        delta::FieldMetadata(field, "delta.identity.allowExplicitInsert") == "true";
    return fmt::format(" GENERATED {} AS IDENTITY (START WITH {} INCREMENT BY {})",
                       takes_values ? "BY DEFAULT" : "ALWAYS", start,
                       delta::FieldMetadata(field, "delta.identity.step"));
  }
  const std::string value = delta::MetadataText(field, "CURRENT_DEFAULT");
  return value.empty() ? "" : " DEFAULT " + value;
}

}  // namespace

Result<CommandResult> Run(const sql::ShowCreateTable& command, Context& context) {
  TRY(const OpenTable open, Open(command.table, context));
  const delta::Metadata& metadata = open.table->snapshot()->metadata;
  std::string sql = fmt::format("CREATE TABLE {} (", open.place.name);
  for (const Field& field : metadata.schema) {
    if (sql.back() != '(') sql += ',';
    sql += fmt::format("\n  `{}` {}", field.name, field.type.ToSql());
    if (!field.nullable) sql += " NOT NULL";
    sql += ValueClause(field);
    if (!field.comment.empty()) sql += " COMMENT " + Quoted(field.comment);
  }
  sql += ")\nUSING delta";
  std::string partitions;
  for (const std::string& name : metadata.partition_columns) {
    partitions += fmt::format("{}`{}`", partitions.empty() ? "" : ", ", name);
  }
  if (!partitions.empty()) sql += fmt::format("\nPARTITIONED BY ({})", partitions);
  if (!metadata.description.empty()) sql += "\nCOMMENT " + Quoted(metadata.description);
  std::string properties;
  for (const auto& [key, value] : metadata.configuration) {
    properties +=
        fmt::format("{}\n  {} = {}", properties.empty() ? "" : ",", Quoted(key), Quoted(value));
  }
  if (!properties.empty()) sql += fmt::format("\nTBLPROPERTIES ({})", properties);
  return MakeRows({TextColumn("createtab_stmt")}, {{sql}});
}

}  // namespace oresmith::command
