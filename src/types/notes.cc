#include "types/notes.h"

namespace oresmith::types {

Schema WithoutNotes(const Schema& schema) {
  Schema plain;
  for (const Field& field : schema) {
    plain.push_back(
        {.name = field.name, .type = WithoutNotes(field.type), .nullable = field.nullable});
  }
  return plain;
}

Type WithoutNotes(const Type& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return Type::Struct(WithoutNotes(type.fields()));
    case TypeId::kArray:
      return Type::Array(WithoutNotes(type.element()), type.contains_null());
    case TypeId::kMap:
      return Type::Map(WithoutNotes(type.key()), WithoutNotes(type.value()),
                       type.value_contains_null());
    default:
      return type;
  }
}

}  // namespace oresmith::types
