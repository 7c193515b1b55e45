// ALTER TABLE ... ADD, ALTER, RENAME and DROP of columns.
// Source: Spark, AlterTable*DeltaCommand.

#include <algorithm>
#include <utility>

#include "command/alteration.h"
#include "command/identity.h"
#include "command/rules.h"
#include "command/schema_edit.h"
#include "delta/features.h"
#include "delta/protocol.h"
#include "delta/type_widening.h"

namespace oresmith::command {
namespace {

using types::Field;
using types::TypeId;
using Path = std::vector<std::string>;

constexpr const char* kDefault = "CURRENT_DEFAULT";
constexpr const char* kGenerated = "delta.generationExpression";
constexpr const char* kStatsColumns = "delta.dataSkippingStatsColumns";

bool IsMapped(const Alteration& alter) {
  return delta::ColumnMappingOf(alter.metadata) != delta::ColumnMapping::kNone;
}

/// The field, and `path` in the spelling of the table.
Result<Field> Find(const Alteration& alter, Path& path) {
  auto found = FindField(alter.metadata.schema, path);
  if (found) return found;
  return Fail(alter.Placed(std::move(found)
                               .error()
                               .Within("alter " + alter.open.place.name)
                               .WithFix("DESCRIBE t lists what there is")));
}

Status Edit(Alteration& alter, std::span<const std::string> path,
            const std::function<Status(std::vector<Field>&, size_t)>& edit) {
  auto status = EditField(alter.metadata.schema, path, edit);
  if (status) return {};
  if (status.error().place) return Fail(std::move(status).error());
  return Fail(alter.Placed(std::move(status).error().Within("alter " + alter.open.place.name)));
}

/// A field as JSON, with the whole path for its name, as Spark puts it into the commit.
std::string FieldJson(const Path& path, Field field) {
  field.name = PathText(path);
  const std::string json = types::SchemaToJson({field});
  const size_t begin = json.find('[') + 1;
  return json.substr(begin, json.rfind(']') - begin);
}

std::string PositionText(const sql::ColumnPosition& position) {
  return position.first ? "FIRST" : "AFTER " + position.after.text;
}

/// Where a field goes among its siblings. Errors: kInvalidInput for a sibling that is not there.
Result<size_t> PlaceOf(const Alteration& alter, const std::vector<Field>& siblings,
                       const sql::ColumnPosition& position) {
  if (position.first) return 0;
  if (position.after.text.empty()) return siblings.size();
  for (size_t i = 0; i < siblings.size(); ++i) {
    if (SameName(siblings[i].name, position.after.text)) return i + 1;
  }
  return alter.Refuse(ErrorKind::kInvalidInput, "DESCRIBE t lists what there is",
                      "alter {}: there is no column {} to put it after", alter.open.place.name,
                      position.after.text);
}

/// The first rule (CHECK, invariant, generated column) that asks for the column; "" when none does.
Result<std::string> RuleThatUses(const Alteration& alter, const std::string& column) {
  delta::Metadata without = alter.metadata;
  std::erase_if(without.schema, [&](const Field& field) { return SameName(field.name, column); });
  sql::TableRules rules;
  for (const auto& [key, value] : without.configuration) {
    constexpr std::string_view kConstraint = "delta.constraints.";
    if (!key.starts_with(kConstraint)) continue;
    rules.checks.push_back({.name = "constraint " + key.substr(kConstraint.size()), .sql = value});
  }
  for (const Field& field : without.schema) {
    const std::string generated = delta::FieldMetadata(field, kGenerated);
    if (generated.empty()) continue;
    rules.checks.push_back(
        {.name = "generated column " + field.name, .sql = fmt::format("({}) IS NULL", generated)});
  }
  without.schema.push_back({.name = "__oresmith_none", .type = types::Type(TypeId::kInt)});
  for (const sql::TableRules::Check& check : rules.checks) {
    sql::TableRules one;
    one.checks.push_back(check);
    const auto bound = sql::BindRules(
        one, {.name = alter.open.place.name, .source = "rows", .schema = without.schema},
        {.time_zone = alter.context.host.time_zone()});
    if (!bound) return fmt::format("{}: {}", check.name, check.sql);
  }
  return std::string();
}

Status CheckIsNotUsed(const Alteration& alter, const Path& path) {
  TRY(const std::string rule, RuleThatUses(alter, path.front()));
  if (rule.empty()) return {};
  return alter.Refuse(
      ErrorKind::kInvalidInput, "drop the rule first: ALTER TABLE t DROP CONSTRAINT name",
      "alter {}: column {} is used by {}", alter.open.place.name, PathText(path), rule);
}

Status CheckIsMapped(const Alteration& alter, const char* what) {
  if (IsMapped(alter)) return {};
  return alter.Refuse(
      ErrorKind::kInvalidInput,
      "turn column mapping on first: ALTER TABLE t SET TBLPROPERTIES ('delta.columnMapping.mode' = "
      "'name'); readers of the table must know it then",
      "alter {}: a column can be {} when it has another name in the files (column mapping), which "
      "the table has not",
      alter.open.place.name, what);
}

/// Carries a new name into the list of columns that have statistics; an empty one drops the column.
void RenameInStatsColumns(const Path& path, const std::string& to, delta::Properties& properties) {
  const auto property = properties.find(kStatsColumns);
  if (property == properties.end()) return;
  const std::string before = PathText(path);
  Path after = path;
  after.back() = to;
  std::string list;
  std::string_view rest = property->second;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    std::string name(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (name.starts_with(' ')) name.erase(0, 1);
    while (name.ends_with(' ')) name.pop_back();
    const bool is_it = name == before || name.starts_with(before + ".");
    if (is_it && to.empty()) continue;
    if (is_it) name = PathText(after) + name.substr(before.size());
    list += (list.empty() ? "" : ",") + name;
  }
  property->second = list;
}

Status ChangeType(Alteration& alter, const Path& path, const Field& before,
                  const types::Type& type) {
  if (before.type == type) return {};
  if (!delta::IsWidening(before.type, type)) {
    return alter.Refuse(
        ErrorKind::kInvalidInput,
        "copy the table: CREATE TABLE new AS SELECT CAST(c AS type) AS c ...",
        "alter {}: column {}: {} cannot become {}: a type may only widen (BYTE to SHORT to INT to "
        "BIGINT, FLOAT to DOUBLE, up to INT to DOUBLE, numbers to DECIMAL with room for them, DATE "
        "to TIMESTAMP_NTZ)",
        alter.open.place.name, PathText(path), before.type.ToSql(), type.ToSql());
  }
  if (!delta::IsSet(alter.metadata.configuration, "delta.enableTypeWidening")) {
    return alter.Refuse(
        ErrorKind::kInvalidInput,
        "turn it on first: ALTER TABLE t SET TBLPROPERTIES ('delta.enableTypeWidening' = 'true'); "
        "readers of the table must know it then",
        "alter {}: column {}: the table does not allow types to widen", alter.open.place.name,
        PathText(path));
  }
  TRY_DO(CheckIsNotUsed(alter, path));
  return Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    fields[index].type = type;
    return {};
  });
}

/// Errors: kInvalidInput for a default that is no constant of the column's type.
Status CheckDefault(const Alteration& alter, const Field& field, const std::string& sql) {
  sql::TableRules rules;
  rules.generated.push_back({.column = 0, .sql = sql});
  const types::Schema alone{{.name = field.name, .type = field.type}};
  auto bound =
      sql::BindRules(rules, {.name = alter.open.place.name, .source = "rows", .schema = alone},
                     {.time_zone = alter.context.host.time_zone()});
  if (bound) return {};
  Error error = std::move(bound).error();
  error.place.reset();
  return Fail(alter.Placed(std::move(error).Within(
      fmt::format("alter {}: default of column {}", alter.open.place.name, field.name))));
}

Status ChangeDefault(Alteration& alter, const Path& path, const Field& before,
                     const std::string& sql) {
  if (path.size() > 1) {
    return alter.Refuse(ErrorKind::kUnsupported, "give the whole struct a default",
                        "alter {}: a field of a struct has no default", alter.open.place.name);
  }
  if (!sql.empty()) TRY_DO(CheckDefault(alter, before, sql));
  return Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    auto& notes = fields[index].metadata;
    std::erase_if(notes, [](const auto& note) { return note.first == kDefault; });
    if (!sql.empty()) notes.emplace_back(kDefault, JsonText(sql));
    return {};
  });
}

/// SYNC IDENTITY: rows may hold values that were given, and not allotted.
Status SyncIdentity(Alteration& alter, const Path& path, const Field& before) {
  auto synced = SyncedIdentity(before, std::nullopt);
  std::optional<int64_t> outermost;
  if (synced && path.size() == 1) {
    const auto& schema = alter.metadata.schema;
    const auto found = std::ranges::find(schema, before.name, &Field::name);
    const auto rows = alter.open.table->Scan(alter.open.table->snapshot());
    TRY(outermost, OutermostIdentity(*rows, static_cast<int>(found - schema.begin()), before));
    alter.request.reads.whole_table = true;
    synced = SyncedIdentity(before, outermost);
  }
  if (!synced) {
    return Fail(alter.Placed(
        std::move(synced).error().Within(fmt::format("alter {}", alter.open.place.name))));
  }
  return Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    fields[index] = std::move(*synced);
    return {};
  });
}

Status ChangePosition(Alteration& alter, const Path& path, const sql::ColumnPosition& position) {
  return Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    Field moved = std::move(fields[index]);
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
    TRY(const size_t place, PlaceOf(alter, fields, position));
    fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(place), std::move(moved));
    return {};
  });
}

Status ChangeNullable(Alteration& alter, const Path& path, bool nullable) {
  if (!nullable) {
    std::string quoted;
    for (const std::string& part : path) {
      quoted += fmt::format("{}`{}`", quoted.empty() ? "" : ".", part);
    }
    TRY_DO(CheckRows(alter, {.name = "NOT NULL", .sql = quoted + " IS NOT NULL"}));
    alter.request.reads.whole_table = true;
  }
  return Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    fields[index].nullable = nullable;
    return {};
  });
}

Result<Field> NewField(const Alteration& alter, const sql::ColumnDefinition& definition) {
  if (definition.not_null || !definition.default_sql.empty() || !definition.generated_sql.empty()) {
    return alter.Refuse(
        ErrorKind::kUnsupported,
        "leave out NOT NULL, DEFAULT and GENERATED; ALTER COLUMN c SET DEFAULT gives "
        "later rows a value",
        "alter {}: column {}: the rows that are there hold NULL in it", alter.open.place.name,
        definition.name.text);
  }
  return Field{.name = definition.name.text,
               .type = definition.type.value_or(types::Type()),
               .nullable = true,
               .comment = definition.comment};
}

Status AddTo(const Alteration& alter, std::vector<Field>& fields, Field field,
             const sql::ColumnPosition& position) {
  for (const Field& sibling : fields) {
    if (!SameName(sibling.name, field.name)) continue;
    return alter.Refuse(ErrorKind::kInvalidInput, "choose another name",
                        "alter {}: there is a column {}", alter.open.place.name, sibling.name);
  }
  TRY(const size_t place, PlaceOf(alter, fields, position));
  fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(place), std::move(field));
  return {};
}

}  // namespace

Status Apply(Alteration& alter, const sql::AddColumns& add) {
  alter.request.operation = "ADD COLUMNS";
  std::string said;
  for (const sql::AddColumns::Column& column : add.columns) {
    TRY(Field field, NewField(alter, column.definition));
    Path path = PartsOf(column.name);
    const bool is_placed = column.position.first || !column.position.after.text.empty();
    said +=
        fmt::format(R"({}{{"column":{}{}}})", said.empty() ? "" : ",", FieldJson(path, field),
                    is_placed ? ",\"position\":" + JsonText(PositionText(column.position)) : "");
    if (path.size() == 1) {
      TRY_DO(AddTo(alter, alter.metadata.schema, std::move(field), column.position));
      continue;
    }
    path.pop_back();
    TRY_DO(Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
      types::Type& parent = fields[index].type;
      if (!parent.Is(TypeId::kStruct)) {
        return Fail(ErrorKind::kInvalidInput, "{} is a {}, which has no fields", PathText(path),
                    parent.ToSql());
      }
      std::vector<Field> children = parent.fields();
      TRY_DO(AddTo(alter, children, field, column.position));
      parent = types::Type::Struct(std::move(children));
      return {};
    }));
  }
  alter.request.operation_parameters["columns"] = JsonText("[" + said + "]");
  return {};
}

Status Apply(Alteration& alter, const sql::ChangeColumn& change) {
  alter.request.operation = "CHANGE COLUMN";
  Path path = PartsOf(change.column);
  TRY(const Field before, Find(alter, path));
  if (change.comment) {
    TRY_DO(Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
      fields[index].comment = *change.comment;
      return {};
    }));
  } else if (change.nullable) {
    TRY_DO(ChangeNullable(alter, path, *change.nullable));
  } else if (change.type) {
    TRY_DO(ChangeType(alter, path, before, *change.type));
  } else if (change.new_default) {
    TRY_DO(ChangeDefault(alter, path, before, *change.new_default));
  } else if (change.sync_identity) {
    TRY_DO(SyncIdentity(alter, path, before));
  } else if (change.position) {
    TRY_DO(ChangePosition(alter, path, *change.position));
    alter.request.operation_parameters["position"] = JsonText(PositionText(*change.position));
  }
  TRY(const Field after, Find(alter, path));
  alter.request.operation_parameters["column"] = JsonText(FieldJson(path, after));
  return {};
}

Status Apply(Alteration& alter, const sql::RenameColumn& rename) {
  TRY_DO(CheckIsMapped(alter, "renamed"));
  Path path = PartsOf(rename.column);
  TRY(const Field before, Find(alter, path));
  const std::string& name = rename.to.text;
  TRY_DO(CheckIsNotUsed(alter, path));
  TRY_DO(Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (i == index || !SameName(fields[i].name, name)) continue;
      return alter.Refuse(ErrorKind::kInvalidInput, "choose another name",
                          "alter {}: there is a column {}", alter.open.place.name, fields[i].name);
    }
    fields[index].name = name;
    return {};
  }));
  if (path.size() == 1) std::ranges::replace(alter.metadata.partition_columns, before.name, name);
  RenameInStatsColumns(path, name, alter.metadata.configuration);
  Path after = path;
  after.back() = name;
  alter.request.operation = "RENAME COLUMN";
  alter.request.operation_parameters = {{"oldColumnPath", JsonText(PathText(path))},
                                        {"newColumnPath", JsonText(PathText(after))}};
  return {};
}

Status Apply(Alteration& alter, const sql::DropColumns& drop) {
  TRY_DO(CheckIsMapped(alter, "dropped"));
  std::string dropped;
  for (const sql::QualifiedName& name : drop.columns) {
    Path path = PartsOf(name);
    const auto found = Find(alter, path);
    if (!found && drop.if_exists) continue;
    if (!found) return Fail(found.error());
    const bool is_partition =
        path.size() == 1 && std::ranges::count(alter.metadata.partition_columns, path[0]) > 0;
    if (is_partition) {
      return alter.Refuse(ErrorKind::kInvalidInput,
                          "copy the table: CREATE TABLE new AS SELECT ...",
                          "alter {}: {} is a partition column", alter.open.place.name, path[0]);
    }
    TRY_DO(CheckIsNotUsed(alter, path));
    TRY_DO(Edit(alter, path, [&](std::vector<Field>& fields, size_t index) -> Status {
      if (fields.size() == 1) {
        return alter.Refuse(ErrorKind::kInvalidInput, "drop what it is in, or keep it",
                            "alter {}: {} is the last one there is", alter.open.place.name,
                            PathText(path));
      }
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(index));
      return {};
    }));
    RenameInStatsColumns(path, "", alter.metadata.configuration);
    dropped += (dropped.empty() ? "" : ",") + JsonText(PathText(path));
  }
  alter.request.operation = "DROP COLUMNS";
  alter.request.operation_parameters["columns"] = JsonText("[" + dropped + "]");
  return {};
}

}  // namespace oresmith::command
