#include "delta/physical.h"

#include <arrow/array.h>
#include <arrow/util/checked_cast.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <charconv>

#include "delta/column_mapping.h"

namespace oresmith::delta {
namespace {

using arrow::internal::checked_cast;
using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

constexpr int kNoId = -1;

int IdOf(const arrow::Field& field) {
  if (field.metadata() == nullptr) return kNoId;
  const auto text = field.metadata()->Get("PARQUET:field_id");
  int id = kNoId;
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), id);
  return id;
}

Type PhysicalType(const Type& type, ColumnMapping mapping) {
  switch (type.id()) {
    case TypeId::kStruct:
      return Type::Struct(PhysicalSchema(type.fields(), mapping));
    case TypeId::kArray:
      return Type::Array(PhysicalType(type.element(), mapping), type.contains_null());
    case TypeId::kMap:
      return Type::Map(PhysicalType(type.key(), mapping), PhysicalType(type.value(), mapping),
                       type.value_contains_null());
    default:
      return type;
  }
}

std::shared_ptr<arrow::Field> Adapted(const std::shared_ptr<arrow::Field>& field,
                                      const Field& wanted, ColumnMapping mapping);

/// The file's type with what conforming cannot know: the zone of INT96 times, which Arrow leaves
/// out, and (under id mapping) the physical name of the field that has the id.
std::shared_ptr<arrow::DataType> Adapted(const std::shared_ptr<arrow::DataType>& have,
                                         const Type& want, ColumnMapping mapping);

/// Fields of one level, renamed. Of a field that no id names, the name is made unfindable.
arrow::FieldVector AdaptedFields(const arrow::FieldVector& have, const std::vector<Field>& want,
                                 ColumnMapping mapping) {
  arrow::FieldVector fields;
  for (const auto& field : have) {
    const auto wanted = std::ranges::find_if(want, [&](const Field& candidate) {
      if (mapping == ColumnMapping::kId) return ColumnIdOf(candidate) == IdOf(*field);
      return PhysicalName(candidate, mapping) == field->name();
    });
    if (wanted != want.end()) {
      fields.push_back(Adapted(field, *wanted, mapping));
    } else {
      fields.push_back(mapping == ColumnMapping::kId ? field->WithName("") : field);
    }
  }
  return fields;
}

std::shared_ptr<arrow::Field> Adapted(const std::shared_ptr<arrow::Field>& field,
                                      const Field& wanted, ColumnMapping mapping) {
  const auto type = Adapted(field->type(), wanted.type, mapping);
  return field->WithType(type)->WithName(
      mapping == ColumnMapping::kId ? PhysicalName(wanted, mapping) : field->name());
}

std::shared_ptr<arrow::DataType> Adapted(const std::shared_ptr<arrow::DataType>& have,
                                         const Type& want, ColumnMapping mapping) {
  if (want.Is(TypeId::kTimestamp) && have->id() == arrow::Type::TIMESTAMP) {
    return arrow::timestamp(checked_cast<const arrow::TimestampType&>(*have).unit(), "UTC");
  }
  if (want.Is(TypeId::kStruct) && have->id() == arrow::Type::STRUCT) {
    return arrow::struct_(AdaptedFields(have->fields(), want.fields(), mapping));
  }
  if (want.Is(TypeId::kArray) && have->id() == arrow::Type::LIST) {
    const auto& child = have->field(0);
    return arrow::list(child->WithType(Adapted(child->type(), want.element(), mapping)));
  }
  if (want.Is(TypeId::kMap) && have->id() == arrow::Type::MAP) {
    const auto& map = checked_cast<const arrow::MapType&>(*have);
    const auto key = map.key_field()->WithType(Adapted(map.key_type(), want.key(), mapping));
    const auto item = map.item_field()->WithType(Adapted(map.item_type(), want.value(), mapping));
    return std::make_shared<arrow::MapType>(key, item);
  }
  return have;
}

bool IsLegacyNaive(const arrow::Schema& have, const arrow::FieldVector& want) {
  for (size_t i = 0; i < want.size(); ++i) {
    if (!have.field(static_cast<int>(i))->Equals(*want[i])) return true;
  }
  return false;
}

}  // namespace

Schema PhysicalSchema(const Schema& schema, ColumnMapping mapping) {
  if (mapping == ColumnMapping::kNone) return schema;
  Schema physical;
  for (const Field& field : schema) {
    physical.push_back({.name = PhysicalName(field, mapping),
                        .type = PhysicalType(field.type, mapping),
                        .nullable = field.nullable,
                        .comment = {}});
  }
  return physical;
}

std::vector<int> FindLeaves(const parquet::SchemaDescriptor& file, const Schema& columns,
                            ColumnMapping mapping) {
  const auto is_wanted = [&](const parquet::schema::Node& node) {
    return std::ranges::any_of(columns, [&](const Field& field) {
      if (mapping == ColumnMapping::kId) return ColumnIdOf(field) == node.field_id();
      // Names that differ in case alone are the same column; conforming picks the best one.
      const std::string name = PhysicalName(field, mapping);
      return std::ranges::equal(name, node.name(), [](char a, char b) {
        const auto lower = [](char c) {
          return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        return lower(a) == lower(b);
      });
    });
  };
  std::vector<int> leaves;
  for (int i = 0; i < file.num_columns(); ++i) {
    if (is_wanted(*file.GetColumnRoot(i))) leaves.push_back(i);
  }
  return leaves;
}

Result<columnar::Batch> ToLogical(const columnar::Batch& rows, const Schema& columns,
                                  ColumnMapping mapping) {
  columnar::Batch batch = rows;
  arrow::FieldVector fields = AdaptedFields(rows->schema()->fields(), columns, mapping);
  if (IsLegacyNaive(*rows->schema(), fields)) {
    batch = Relabelled(*rows, arrow::schema(std::move(fields)));
  }
  auto conformed = columnar::Conform(batch, PhysicalSchema(columns, mapping));
  if (!conformed) {
    Error error = std::move(conformed).error();
    error.kind = error.kind == ErrorKind::kInvalidInput ? ErrorKind::kCorrupt : error.kind;
    return Fail(std::move(error));
  }
  if (mapping == ColumnMapping::kNone) return conformed;
  return Relabelled(**conformed, columnar::ToArrow(columns));
}

}  // namespace oresmith::delta
