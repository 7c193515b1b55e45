#include "delta/protocol.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "delta/features.h"
#include "delta/json_internal.h"
#include "delta/row_changes.h"
#include "delta/type_widening.h"

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

// Deeper than any schema that Spark can analyse; keeps recursion bounded.
constexpr int kTypeDepthMax = 100;

/// True if `test` holds for a field of the schema, at any depth.
template <class Test>
bool AnyField(const std::vector<Field>& fields, const Test& test, int depth);

template <class Test>
bool AnyFieldIn(const Type& type, const Test& test, int depth) {
  if (depth > kTypeDepthMax) return false;
  if (type.Is(TypeId::kStruct)) return AnyField(type.fields(), test, depth);
  if (type.Is(TypeId::kArray)) return AnyFieldIn(type.element(), test, depth + 1);
  if (!type.Is(TypeId::kMap)) return false;
  return AnyFieldIn(type.key(), test, depth + 1) || AnyFieldIn(type.value(), test, depth + 1);
}

template <class Test>
bool AnyField(const std::vector<Field>& fields, const Test& test, int depth) {
  return std::ranges::any_of(fields, [&](const Field& field) {
    return test(field) || AnyFieldIn(field.type, test, depth + 1);
  });
}

bool HasFieldMetadata(const Schema& schema, std::string_view key) {
  return AnyField(
      schema, [&](const Field& field) { return !FieldMetadata(field, key).empty(); }, 0);
}

bool HoldsType(const Type& type, TypeId id, int depth) {
  if (type.Is(id)) return true;
  if (depth > kTypeDepthMax) return false;
  if (type.Is(TypeId::kArray)) return HoldsType(type.element(), id, depth + 1);
  if (type.Is(TypeId::kMap)) {
    return HoldsType(type.key(), id, depth + 1) || HoldsType(type.value(), id, depth + 1);
  }
  if (!type.Is(TypeId::kStruct)) return false;
  return std::ranges::any_of(
      type.fields(), [&](const Field& field) { return HoldsType(field.type, id, depth + 1); });
}

bool HoldsType(const Schema& schema, TypeId id) {
  return std::ranges::any_of(schema,
                             [&](const Field& field) { return HoldsType(field.type, id, 0); });
}

bool HasConstraints(const Properties& configuration) {
  return std::ranges::any_of(configuration, [](const auto& property) {
    return property.first.starts_with("delta.constraints.");
  });
}

const std::vector<std::string> kNoFeatures;

/// Features that are in use and stop a reader, whatever the protocol's numbers say.
void AddUnreadableInUse(const Metadata& metadata, std::set<std::string>& names) {
  if (HoldsType(metadata.schema, TypeId::kVariant)) names.insert("variantType");
  if (const auto change = UnknownTypeChange(metadata.schema)) {
    names.insert(fmt::format("typeWidening of column {}", *change));
  }
}

/// Features that are in use and that a writer would have to keep up.
void AddUnwritableInUse(const Metadata& metadata, std::set<std::string>& names) {
  const Properties& configuration = metadata.configuration;
  if (HasConstraints(configuration)) names.insert("checkConstraints");
  if (HasFieldMetadata(metadata.schema, "delta.invariants")) names.insert("invariants");
  if (HasFieldMetadata(metadata.schema, "delta.generationExpression")) {
    names.insert("generatedColumns");
  }
  if (HasFieldMetadata(metadata.schema, "delta.identity.start")) names.insert("identityColumns");
  if (HasFieldMetadata(metadata.schema, "CURRENT_DEFAULT")) names.insert("allowColumnDefaults");
  if (IsSet(configuration, "delta.enableIcebergCompatV1")) names.insert("icebergCompatV1");
  if (IsSet(configuration, "delta.enableIcebergCompatV2")) names.insert("icebergCompatV2");
}

Status Refuse(std::string_view what, std::string_view table, const std::set<std::string>& names) {
  if (names.empty()) return {};
  Error error =
      MakeError(ErrorKind::kUnsupported, "{} {}: the table uses features not supported here: {}",
                what, table, fmt::join(names, ", "));
  error.fix =
      "turn these features off with the engine that made the table (ALTER TABLE ... DROP "
      "FEATURE), or copy the table to one without them";
  return Fail(std::move(error));
}

std::string LowerAscii(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

/// SQL could not tell such columns apart, and a file's column would be taken for the wrong one.
Status CheckNamesDiffer(std::string_view table, const Schema& schema) {
  std::unordered_set<std::string> names;
  for (const Field& field : schema) {
    if (names.insert(LowerAscii(field.name)).second) continue;
    return Fail(
        ErrorKind::kCorrupt,
        "read {}: metaData: column '{}' is there twice (names that differ in case alone are "
        "the same)",
        table, field.name);
  }
  return {};
}

}  // namespace

std::string FieldMetadata(const Field& field, std::string_view key) {
  for (const auto& [name, value] : field.metadata) {
    if (name != key) continue;
    const Json json = Json::parse(value, nullptr, false);
    if (const auto* text = json.get_ptr<const std::string*>()) return *text;
    return value;
  }
  return "";
}

bool IsSet(const Properties& configuration, const std::string& name) {
  const std::string value = PropertyOr(configuration, name, "");
  return value.size() == 4 && (value[0] | 32) == 't' && (value[1] | 32) == 'r' &&
         (value[2] | 32) == 'u' && (value[3] | 32) == 'e';
}

ColumnMapping ColumnMappingOf(const Properties& configuration) {
  const std::string mode = PropertyOr(configuration, "delta.columnMapping.mode", "none");
  if (mode == "name") return ColumnMapping::kName;
  if (mode == "id") return ColumnMapping::kId;
  return ColumnMapping::kNone;
}

ColumnMapping ColumnMappingOf(const Metadata& metadata) {
  return ColumnMappingOf(metadata.configuration);
}

Status CheckReadable(std::string_view table, const Protocol& protocol, const Metadata& metadata) {
  if (protocol.min_reader_version > 3) {
    return Fail(ErrorKind::kUnsupported,
                "read {}: the table needs a reader of version {}; this one reads up to 3", table,
                protocol.min_reader_version);
  }
  // Columns that really use what is not supported are refused where they are met.
  static constexpr std::string_view kKnown[] = {
      "timestampNtz",    "v2Checkpoint", "vacuumProtocolCheck", "columnMapping",
      "deletionVectors", "typeWidening", "typeWidening-preview"};
  std::set<std::string> unknown;
  if (protocol.min_reader_version == 3) {
    for (const std::string& feature : protocol.reader_features.value_or(kNoFeatures)) {
      if (std::ranges::find(kKnown, feature) == std::end(kKnown)) unknown.insert(feature);
    }
  }
  AddUnreadableInUse(metadata, unknown);
  TRY_DO(Refuse("read", table, unknown));
  return CheckNamesDiffer(table, metadata.schema);
}

Status CheckCommittable(std::string_view table, const Protocol& protocol,
                        const Metadata& metadata) {
  TRY_DO(CheckReadable(table, protocol, metadata));
  if (protocol.min_writer_version > 7) {
    return Fail(ErrorKind::kUnsupported,
                "write {}: the table needs a writer of version {}; this one writes up to 7", table,
                protocol.min_writer_version);
  }
  // What these demand of a commit is done, or is nothing; what they demand of new rows is checked
  // to be unused by CheckWritable.
  static constexpr std::string_view kKnown[] = {
      "appendOnly",      "invariants",        "checkConstraints",    "generatedColumns",
      "changeDataFeed",  "columnMapping",     "identityColumns",     "allowColumnDefaults",
      "domainMetadata",  "timestampNtz",      "v2Checkpoint",        "vacuumProtocolCheck",
      "deletionVectors", "inCommitTimestamp", "icebergCompatV1",     "icebergCompatV2",
      "rowTracking",     "typeWidening",      "typeWidening-preview"};
  std::set<std::string> unknown;
  if (protocol.min_writer_version == 7) {
    for (const std::string& feature : protocol.writer_features.value_or(kNoFeatures)) {
      if (std::ranges::find(kKnown, feature) == std::end(kKnown)) unknown.insert(feature);
    }
  }
  return Refuse("write", table, unknown);
}

Status CheckWritable(std::string_view table, const Protocol& protocol, const Metadata& metadata) {
  TRY_DO(CheckCommittable(table, protocol, metadata));
  std::set<std::string> unknown;
  AddUnwritableInUse(metadata, unknown);
  return Refuse("write", table, unknown);
}

Status CheckWritableByRules(std::string_view table, const Protocol& protocol,
                            const Metadata& metadata) {
  TRY_DO(CheckCommittable(table, protocol, metadata));
  std::set<std::string> unknown;
  AddUnwritableInUse(metadata, unknown);
  for (const char* const held : {"checkConstraints", "invariants", "generatedColumns",
                                 "allowColumnDefaults", "identityColumns"}) {
    unknown.erase(held);
  }
  return Refuse("write", table, unknown);
}

std::vector<std::string> FeaturesOfSchema(const Schema& schema) {
  std::vector<std::string> names;
  if (HoldsType(schema, TypeId::kTimestampNtz)) names.emplace_back("timestampNtz");
  if (HoldsType(schema, TypeId::kVariant)) names.emplace_back("variantType");
  if (HasFieldMetadata(schema, "delta.generationExpression")) {
    names.emplace_back("generatedColumns");
  }
  if (HasFieldMetadata(schema, "delta.identity.start")) names.emplace_back("identityColumns");
  if (HasFieldMetadata(schema, "CURRENT_DEFAULT")) names.emplace_back("allowColumnDefaults");
  if (HasFieldMetadata(schema, "delta.typeChanges")) names.emplace_back("typeWidening");
  return names;
}

namespace {

/// Goes through a new schema.
class SchemaCheck {
 public:
  SchemaCheck(std::string_view table, bool any_name) : table_(table), any_name_(any_name) {}

  Status CheckFields(const std::vector<Field>& fields, const std::string& parent, int depth) const;

 private:
  Status CheckName(const std::string& name, const std::string& path) const;
  Status CheckType(const Type& type, const std::string& path, int depth) const;

  const std::string_view table_;
  const bool any_name_;  // column mapping keeps names out of the files
};

Status SchemaCheck::CheckType(const Type& type, const std::string& path, int depth) const {
  if (depth > kTypeDepthMax) {
    return Fail(ErrorKind::kUnsupported, "create {}: column {}: types nested deeper than {}",
                table_, path, kTypeDepthMax);
  }
  switch (type.id()) {
    case TypeId::kVoid:
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
    case TypeId::kVariant: {
      Error error = MakeError(ErrorKind::kUnsupported,
                              "create {}: column {}: a table cannot hold the type {}", table_, path,
                              type.ToSql());
      error.fix = "CAST the column to another type, such as STRING";
      return Fail(std::move(error));
    }
    case TypeId::kArray:
      return CheckType(type.element(), path + ".element", depth + 1);
    case TypeId::kMap:
      TRY_DO(CheckType(type.key(), path + ".key", depth + 1));
      return CheckType(type.value(), path + ".value", depth + 1);
    case TypeId::kStruct:
      return CheckFields(type.fields(), path + ".", depth + 1);
    default:
      return {};
  }
}

Status SchemaCheck::CheckName(const std::string& name, const std::string& path) const {
  const bool is_odd = name.find_first_of(" ,;{}()\n\t=") != std::string::npos;
  if (!name.empty() && (any_name_ || !is_odd)) return {};
  Error error = MakeError(ErrorKind::kInvalidInput,
                          "create {}: column '{}': a name may not be empty or hold any of "
                          "\" ,;{{}}()\\n\\t=\"",
                          table_, path);
  error.fix = "give the column another name with AS";
  if (!name.empty()) {
    error.fix += ", or set the table property 'delta.columnMapping.mode' = 'name', which allows it";
  }
  return Fail(std::move(error));
}

Status SchemaCheck::CheckFields(const std::vector<Field>& fields, const std::string& parent,
                                int depth) const {
  if (fields.empty()) {
    return Fail(ErrorKind::kInvalidInput, "create {}: {} has no columns", table_,
                parent.empty() ? "the schema" : parent.substr(0, parent.size() - 1));
  }
  std::set<std::string> names;
  for (const Field& field : fields) {
    const std::string path = parent + field.name;
    TRY_DO(CheckName(field.name, path));
    if (!names.insert(LowerAscii(field.name)).second) {
      return Fail(ErrorKind::kInvalidInput,
                  "create {}: column '{}' is there twice (names that differ in case alone are the "
                  "same)",
                  table_, path);
    }
    TRY_DO(CheckType(field.type, path, depth));
  }
  return {};
}

}  // namespace

Status CheckNewSchema(std::string_view table, const Metadata& metadata) {
  const Schema& schema = metadata.schema;
  const bool any_name = ColumnMappingOf(metadata) != ColumnMapping::kNone;
  TRY_DO(SchemaCheck(table, any_name).CheckFields(schema, "", 0));
  std::set<std::string> seen;
  for (const std::string& name : metadata.partition_columns) {
    const auto field = std::ranges::find(schema, name, &Field::name);
    if (field == schema.end()) {
      return Fail(ErrorKind::kInvalidInput, "create {}: there is no partition column '{}'", table,
                  name);
    }
    if (!seen.insert(name).second) {
      return Fail(ErrorKind::kInvalidInput, "create {}: partition column '{}' is named twice",
                  table, name);
    }
    if (field->type.IsNested()) {
      return Fail(ErrorKind::kInvalidInput, "create {}: cannot partition by column '{}' of type {}",
                  table, name, field->type.ToSql());
    }
  }
  if (!schema.empty() && seen.size() == schema.size()) {
    return Fail(ErrorKind::kInvalidInput, "create {}: all columns are partition columns", table);
  }
  return {};
}

}  // namespace oresmith::delta
