#include "delta/evolution.h"

#include <algorithm>
#include <string>

#include "delta/column_mapping.h"
#include "delta/protocol.h"
#include "delta/type_widening.h"

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

/// What may differ between two schemas.
struct Rules {
  bool by_id = false;       ///< fields are found by their number, and may be renamed or dropped
  bool may_widen = false;   ///< of types
  bool same_files = false;  ///< fields must have the same names in the files
  ColumnMapping before = ColumnMapping::kNone;
  ColumnMapping after = ColumnMapping::kNone;
};

class Comparison {
 public:
  explicit Comparison(const Rules& rules) : rules_(rules) {}

  Status CheckFields(const Schema& old_fields, const Schema& new_fields,
                     const std::string& parent) const {
    for (const Field& field : old_fields) TRY_DO(CheckOld(field, new_fields, parent));
    for (const Field& field : new_fields) {
      if (field.nullable || Find(old_fields, field) != nullptr) continue;
      return Fail(ErrorKind::kInvalidInput, "the new column {}{} cannot be NOT NULL", parent,
                  field.name);
    }
    return {};
  }

 private:
  const Field* Find(const Schema& fields, const Field& wanted) const {
    const auto found = std::ranges::find_if(fields, [&](const Field& field) {
      return rules_.by_id ? ColumnIdOf(field) == ColumnIdOf(wanted) : field.name == wanted.name;
    });
    return found == fields.end() ? nullptr : &*found;
  }

  Status CheckOld(const Field& field, const Schema& new_fields, const std::string& parent) const {
    const Field* found = Find(new_fields, field);
    if (found == nullptr) {
      if (rules_.by_id) return {};
      return Fail(ErrorKind::kInvalidInput, "column {}{} cannot be dropped", parent, field.name);
    }
    if (field.nullable && !found->nullable) {
      return Fail(ErrorKind::kInvalidInput, "column {}{} cannot become NOT NULL", parent,
                  field.name);
    }
    const bool same_name = PhysicalName(field, rules_.before) == PhysicalName(*found, rules_.after);
    if (rules_.same_files && !same_name) {
      return Fail(ErrorKind::kInvalidInput, "column {}{} is another one, of the same name", parent,
                  field.name);
    }
    return CheckType(field.type, found->type, parent + field.name);
  }

  Status CheckType(const Type& old_type, const Type& new_type, const std::string& path) const {
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
    if (rules_.may_widen && IsWidening(old_type, new_type)) return {};
    return Fail(ErrorKind::kInvalidInput, "column {} cannot change its type: {} -> {}", path,
                old_type.ToSql(), new_type.ToSql());
  }

  const Rules rules_;
};

}  // namespace

Status CheckEvolution(const Metadata& before, const Metadata& after) {
  const ColumnMapping old_mapping = ColumnMappingOf(before);
  const ColumnMapping new_mapping = ColumnMappingOf(after);
  const Rules rules{
      .by_id = old_mapping != ColumnMapping::kNone && new_mapping != ColumnMapping::kNone,
      .may_widen = IsSet(after.configuration, "delta.enableTypeWidening"),
      .before = old_mapping,
      .after = new_mapping};
  if (!rules.by_id) return Comparison(rules).CheckFields(before.schema, after.schema, "");
  // Fields that are new have no number yet.
  const Metadata mapped = WithColumnMapping(after, &before);
  return Comparison(rules).CheckFields(before.schema, mapped.schema, "");
}

Status CheckRowsFit(const Metadata& before, const Metadata& after) {
  const Rules rules{.may_widen = true,
                    .same_files = true,
                    .before = ColumnMappingOf(before),
                    .after = ColumnMappingOf(after)};
  return Comparison(rules).CheckFields(before.schema, after.schema, "");
}

}  // namespace oresmith::delta
