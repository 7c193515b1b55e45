#include "delta/type_widening.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "delta/column_mapping.h"
#include "delta/json_internal.h"
#include "delta/protocol.h"

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

constexpr const char* kTypeChanges = "delta.typeChanges";

/// The digits before the point that a decimal must have for all values of an integral type.
/// Source: Delta PROTOCOL.md, "Type Widening".
int DigitsOf(const Type& integral) { return integral.Is(TypeId::kLong) ? 20 : 10; }

/// One change of a leaf: where in the field it stands ("", "element", "key", "value.element").
struct Change {
  std::string path;
  Type from;
  Type to;
};

std::string Joined(const std::string& path, const char* part) {
  return path.empty() ? part : path + "." + part;
}

/// The name that the log gives a type without children, without its quotes.
std::string JsonName(const Type& type) {
  const std::string json = type.ToJson();
  return json.size() < 2 ? json : json.substr(1, json.size() - 2);
}

class Noter {
 public:
  explicit Noter(bool by_id) : by_id_(by_id) {}

  Schema Noted(const Schema& before, const Schema& after) const {
    Schema noted;
    for (Field field : after) {
      if (const Field* old = Find(before, field)) {
        std::vector<Change> changes;
        field.type = Noted(old->type, field.type, "", changes);
        Note(changes, field);
      }
      noted.push_back(std::move(field));
    }
    return noted;
  }

 private:
  const Field* Find(const Schema& before, const Field& wanted) const {
    const auto found = std::ranges::find_if(before, [&](const Field& field) {
      return by_id_ ? ColumnIdOf(field) == ColumnIdOf(wanted) : field.name == wanted.name;
    });
    return found == before.end() ? nullptr : &*found;
  }

  /// Fields of structs note their own changes; what lies in arrays and maps is noted by `changes`.
  Type Noted(const Type& before, const Type& after, const std::string& path,
             std::vector<Change>& changes) const {
    if (before.id() == after.id() && after.Is(TypeId::kStruct)) {
      return Type::Struct(Noted(before.fields(), after.fields()));
    }
    if (before.id() == after.id() && after.Is(TypeId::kArray)) {
      return Type::Array(Noted(before.element(), after.element(), Joined(path, "element"), changes),
                         after.contains_null());
    }
    if (before.id() == after.id() && after.Is(TypeId::kMap)) {
      Type key = Noted(before.key(), after.key(), Joined(path, "key"), changes);
      Type value = Noted(before.value(), after.value(), Joined(path, "value"), changes);
      return Type::Map(std::move(key), std::move(value), after.value_contains_null());
    }
    if (!(before == after)) changes.push_back({path, before, after});
    return after;
  }

  static void Note(const std::vector<Change>& changes, Field& field) {
    if (changes.empty()) return;
    auto note = std::ranges::find(field.metadata, kTypeChanges,
                                  &std::pair<std::string, std::string>::first);
    if (note == field.metadata.end()) {
      note = field.metadata.insert(note, {kTypeChanges, "[]"});
    }
    std::string& list = note->second;
    while (!list.empty() && list.back() != ']') list.pop_back();
    if (list.empty()) list = "[]";
    list.pop_back();
    for (const Change& change : changes) {
      if (!list.ends_with('[')) list += ',';
      list += fmt::format(R"({{"toType":"{}","fromType":"{}")", JsonName(change.to),
                          JsonName(change.from));
      if (!change.path.empty()) list += fmt::format(R"(,"fieldPath":"{}")", change.path);
      list += '}';
    }
    list += ']';
  }

  const bool by_id_;
};

std::optional<Type> TypeOfJsonName(const std::string& name) {
  std::string json = R"({"type":"struct","fields":[{"name":"c","type":)";
  AppendJsonText(name, json);
  const auto schema = types::SchemaFromJson(json + R"(,"nullable":true,"metadata":{}}]})");
  if (!schema) return std::nullopt;
  return schema->front().type;
}

/// The notes of one field, as they stand there; null when it has none.
Json NotesOf(const Field& field) {
  for (const auto& [key, value] : field.metadata) {
    if (key == kTypeChanges) return Json::parse(value, nullptr, false);
  }
  return nullptr;
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return "";
  return found->get<std::string>();
}

std::optional<std::string> UnknownChangeOf(const Field& field) {
  const Json notes = NotesOf(field);
  if (notes.is_null()) return std::nullopt;
  if (!notes.is_array()) return field.name + ": its notes cannot be read";
  for (const Json& note : notes) {
    if (!note.is_object()) return field.name + ": its notes cannot be read";
    const std::string from = Text(note, "fromType");
    const std::string to = Text(note, "toType");
    const auto old_type = TypeOfJsonName(from);
    const auto new_type = TypeOfJsonName(to);
    if (old_type && new_type && IsWidening(*old_type, *new_type)) continue;
    return fmt::format("{}: {} -> {}", field.name, from, to);
  }
  return std::nullopt;
}

std::optional<std::string> UnknownChangeIn(const Type& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return UnknownTypeChange(type.fields());
    case TypeId::kArray:
      return UnknownChangeIn(type.element());
    case TypeId::kMap: {
      auto unknown = UnknownChangeIn(type.key());
      return unknown ? unknown : UnknownChangeIn(type.value());
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

bool IsWidening(const Type& from, const Type& to) {
  if (from == to || from.IsNested() || to.IsNested()) return false;
  if (from.IsIntegral() && to.IsIntegral()) return from.id() < to.id();
  if (to.Is(TypeId::kDouble)) {
    return from.Is(TypeId::kFloat) || (from.IsIntegral() && !from.Is(TypeId::kLong));
  }
  if (to.Is(TypeId::kDecimal)) {
    const int whole_digits = to.precision() - to.scale();
    if (from.IsIntegral()) return whole_digits >= DigitsOf(from);
    return from.Is(TypeId::kDecimal) && to.scale() >= from.scale() &&
           whole_digits >= from.precision() - from.scale();
  }
  return from.Is(TypeId::kDate) && to.Is(TypeId::kTimestampNtz);
}

std::optional<Type> CommonType(const Type& stored, const Type& other, bool may_widen) {
  if (stored.id() != other.id() || !stored.IsNested()) {
    if (stored == other) return stored;
    if (may_widen && IsWidening(stored, other)) return other;
    if (may_widen && IsWidening(other, stored)) return stored;
    return std::nullopt;
  }
  if (stored.Is(TypeId::kArray)) {
    auto element = CommonType(stored.element(), other.element(), may_widen);
    if (!element) return std::nullopt;
    return Type::Array(std::move(*element), stored.contains_null() || other.contains_null());
  }
  if (stored.Is(TypeId::kMap)) {
    auto key = CommonType(stored.key(), other.key(), may_widen);
    auto value = CommonType(stored.value(), other.value(), may_widen);
    if (!key || !value) return std::nullopt;
    return Type::Map(std::move(*key), std::move(*value),
                     stored.value_contains_null() || other.value_contains_null());
  }
  if (stored.fields().size() != other.fields().size()) return std::nullopt;
  std::vector<Field> fields;
  for (size_t i = 0; i < stored.fields().size(); ++i) {
    Field field = stored.fields()[i];
    const Field& with = other.fields()[i];
    auto type = CommonType(field.type, with.type, may_widen);
    if (field.name != with.name || !type) return std::nullopt;
    field.type = std::move(*type);
    field.nullable = field.nullable || with.nullable;
    fields.push_back(std::move(field));
  }
  return Type::Struct(std::move(fields));
}

Metadata WithTypeChanges(const Metadata& before, Metadata after) {
  const bool by_id = ColumnMappingOf(before) != ColumnMapping::kNone &&
                     ColumnMappingOf(after) != ColumnMapping::kNone;
  after.schema = Noter(by_id).Noted(before.schema, after.schema);
  return after;
}

std::optional<std::string> UnknownTypeChange(const Schema& schema) {
  for (const Field& field : schema) {
    if (auto unknown = UnknownChangeOf(field)) return unknown;
    if (auto unknown = UnknownChangeIn(field.type)) return unknown;
  }
  return std::nullopt;
}

bool WasOfType(const Field& field, std::string_view json_name) {
  const Json notes = NotesOf(field);
  return notes.is_array() && std::ranges::any_of(notes, [&](const Json& note) {
           return note.is_object() && Text(note, "fromType") == json_name &&
                  Text(note, "fieldPath").empty();
         });
}

}  // namespace oresmith::delta
