#include "delta/evolution.h"

#include <algorithm>
#include <string>

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

Status CheckFields(const Schema& old_fields, const Schema& new_fields, const std::string& parent);

Status CheckType(const Type& old_type, const Type& new_type, const std::string& path) {
  const bool same_kind = old_type.id() == new_type.id();
  if (same_kind && old_type.Is(TypeId::kStruct)) {
    return CheckFields(old_type.fields(), new_type.fields(), path + ".");
  }
  if (same_kind && old_type.Is(TypeId::kArray)) {
    if (new_type.contains_null() || !old_type.contains_null()) {
      return CheckType(old_type.element(), new_type.element(), path + ".element");
    }
  }
  if (same_kind && old_type.Is(TypeId::kMap)) {
    if (new_type.value_contains_null() || !old_type.value_contains_null()) {
      TRY_DO(CheckType(old_type.key(), new_type.key(), path + ".key"));
      return CheckType(old_type.value(), new_type.value(), path + ".value");
    }
  }
  if (old_type == new_type) return {};
  return Fail(ErrorKind::kInvalidInput, "column {} cannot change its type: {} -> {}", path,
              old_type.ToSql(), new_type.ToSql());
}

Status CheckFields(const Schema& old_fields, const Schema& new_fields, const std::string& parent) {
  for (const Field& field : old_fields) {
    const auto found = std::ranges::find(new_fields, field.name, &Field::name);
    if (found == new_fields.end()) {
      return Fail(ErrorKind::kInvalidInput, "column {}{} cannot be dropped", parent, field.name);
    }
    if (field.nullable && !found->nullable) {
      return Fail(ErrorKind::kInvalidInput, "column {}{} cannot become NOT NULL", parent,
                  field.name);
    }
    TRY_DO(CheckType(field.type, found->type, parent + field.name));
  }
  for (const Field& field : new_fields) {
    const bool is_new = std::ranges::find(old_fields, field.name, &Field::name) == old_fields.end();
    if (is_new && !field.nullable) {
      return Fail(ErrorKind::kInvalidInput, "the new column {}{} cannot be NOT NULL", parent,
                  field.name);
    }
  }
  return {};
}

}  // namespace

Status CheckEvolution(const Schema& old_schema, const Schema& new_schema) {
  return CheckFields(old_schema, new_schema, "");
}

}  // namespace oresmith::delta
