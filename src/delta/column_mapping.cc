#include "delta/column_mapping.h"

#include <arrow/array.h>
#include <arrow/util/key_value_metadata.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "delta/features.h"
#include "delta/json_internal.h"
#include "delta/md5.h"

namespace oresmith::delta {
namespace {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

constexpr const char* kId = "delta.columnMapping.id";
constexpr const char* kPhysicalName = "delta.columnMapping.physicalName";
constexpr const char* kMaxId = "delta.columnMapping.maxColumnId";
constexpr int kNoId = -1;

int Number(const std::string& text, int otherwise) {
  int number = otherwise;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::shared_ptr<arrow::Field> PhysicalField(const Field& field, ColumnMapping mapping);

std::shared_ptr<arrow::DataType> PhysicalType(const Type& type, ColumnMapping mapping) {
  switch (type.id()) {
    case TypeId::kStruct: {
      arrow::FieldVector fields;
      for (const Field& field : type.fields()) fields.push_back(PhysicalField(field, mapping));
      return arrow::struct_(std::move(fields));
    }
    case TypeId::kArray:
      return arrow::list(
          arrow::field("element", PhysicalType(type.element(), mapping), type.contains_null()));
    case TypeId::kMap:
      return arrow::map(
          PhysicalType(type.key(), mapping),
          arrow::field("value", PhysicalType(type.value(), mapping), type.value_contains_null()));
    default:
      return columnar::ToArrow(type);
  }
}

std::shared_ptr<arrow::Field> PhysicalField(const Field& field, ColumnMapping mapping) {
  auto physical =
      arrow::field(PhysicalName(field, mapping), PhysicalType(field.type, mapping), field.nullable);
  const int id = ColumnIdOf(field);
  if (id == kNoId) return physical;
  return physical->WithMetadata(
      arrow::key_value_metadata({"PARQUET:field_id"}, {std::to_string(id)}));
}

using DataPtr = std::shared_ptr<arrow::ArrayData>;

DataPtr Relabelled(const arrow::ArrayData& data, const std::shared_ptr<arrow::DataType>& type) {
  DataPtr copy = data.Copy();
  copy->type = type;
  for (size_t i = 0; i < copy->child_data.size(); ++i) {
    copy->child_data[i] =
        Relabelled(*copy->child_data[i], type->field(static_cast<int>(i))->type());
  }
  return copy;
}

bool SameShape(const Type& left, const Type& right);

bool SameShape(const Schema& left, const Schema& right) {
  return std::ranges::equal(left, right, [](const Field& one, const Field& other) {
    return one.name == other.name && SameShape(one.type, other.type);
  });
}

/// The same but for NULLs and notes.
bool SameShape(const Type& left, const Type& right) {
  if (left.id() != right.id()) return false;
  switch (left.id()) {
    case TypeId::kStruct:
      return SameShape(left.fields(), right.fields());
    case TypeId::kArray:
      return SameShape(left.element(), right.element());
    case TypeId::kMap:
      return SameShape(left.key(), right.key()) && SameShape(left.value(), right.value());
    default:
      return left == right;
  }
}

int GreatestId(const Schema& schema);

int GreatestId(const Type& type) {
  switch (type.id()) {
    case TypeId::kStruct:
      return GreatestId(type.fields());
    case TypeId::kArray:
      return GreatestId(type.element());
    case TypeId::kMap:
      return std::max(GreatestId(type.key()), GreatestId(type.value()));
    default:
      return 0;
  }
}

int GreatestId(const Schema& schema) {
  int greatest = 0;
  for (const Field& field : schema) {
    greatest = std::max({greatest, ColumnIdOf(field), GreatestId(field.type)});
  }
  return greatest;
}

void SetNote(Field& field, const char* key, std::string json) {
  std::erase_if(field.metadata, [&](const auto& note) { return note.first == key; });
  field.metadata.emplace_back(key, std::move(json));
}

/// Goes through a new schema beside the old one.
class Assigner {
 public:
  Assigner(std::string table_id, bool keeps_names, int greatest_id)
      : table_id_(std::move(table_id)), keeps_names_(keeps_names), greatest_id_(greatest_id) {}

  /// `before`: the fields of the same struct; null when it is new.
  Schema Assigned(const Schema& schema, const Schema* before) {
    Schema assigned;
    for (Field field : schema) {
      const Field* old = Find(before, field.name);
      if (ColumnIdOf(field) == kNoId) Assign(field, old);
      field.type = Assigned(field.type, old != nullptr ? &old->type : nullptr);
      assigned.push_back(std::move(field));
    }
    return assigned;
  }

  int greatest_id() const { return greatest_id_; }

 private:
  static const Field* Find(const Schema* schema, const std::string& name) {
    if (schema == nullptr) return nullptr;
    const auto found = std::ranges::find(*schema, name, &Field::name);
    return found == schema->end() ? nullptr : &*found;
  }

  void Assign(Field& field, const Field* old) {
    const bool is_mapped = old != nullptr && ColumnIdOf(*old) != kNoId;
    if (is_mapped && SameShape(old->type, field.type)) {
      SetNote(field, kId, std::to_string(ColumnIdOf(*old)));
      SetNote(field, kPhysicalName, Quoted(PhysicalName(*old, ColumnMapping::kName)));
      return;
    }
    SetNote(field, kId, std::to_string(++greatest_id_));
    const bool keeps_name = keeps_names_ && old != nullptr;
    SetNote(field, kPhysicalName, Quoted(keeps_name ? field.name : NewName()));
  }

  static std::string Quoted(const std::string& name) {
    std::string json;
    AppendJsonText(name, json);
    return json;
  }

  std::string NewName() const {
    const std::string hex = Md5Hex(fmt::format("{}:{}", table_id_, greatest_id_));
    return fmt::format("col-{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
  }

  Type Assigned(const Type& type, const Type* before) {
    const bool same = before != nullptr && before->id() == type.id();
    switch (type.id()) {
      case TypeId::kStruct:
        return Type::Struct(Assigned(type.fields(), same ? &before->fields() : nullptr));
      case TypeId::kArray:
        return Type::Array(Assigned(type.element(), same ? &before->element() : nullptr),
                           type.contains_null());
      case TypeId::kMap: {
        Type key = Assigned(type.key(), same ? &before->key() : nullptr);
        Type value = Assigned(type.value(), same ? &before->value() : nullptr);
        return Type::Map(std::move(key), std::move(value), type.value_contains_null());
      }
      default:
        return type;
    }
  }

  const std::string table_id_;
  const bool keeps_names_;
  int greatest_id_;
};

}  // namespace

std::string PhysicalName(const Field& field, ColumnMapping mapping) {
  if (mapping == ColumnMapping::kNone) return field.name;
  std::string name = FieldMetadata(field, kPhysicalName);
  return name.empty() ? field.name : name;
}

int ColumnIdOf(const Field& field) { return Number(FieldMetadata(field, kId), kNoId); }

std::vector<std::string> PartitionKeys(const Metadata& metadata) {
  const ColumnMapping mapping = ColumnMappingOf(metadata);
  std::vector<std::string> keys;
  for (const std::string& name : metadata.partition_columns) {
    const auto field = std::ranges::find(metadata.schema, name, &Field::name);
    keys.push_back(field == metadata.schema.end() ? name : PhysicalName(*field, mapping));
  }
  return keys;
}

std::shared_ptr<arrow::Schema> PhysicalArrow(const Schema& schema, ColumnMapping mapping) {
  arrow::FieldVector fields;
  for (const Field& field : schema) fields.push_back(PhysicalField(field, mapping));
  return arrow::schema(std::move(fields));
}

columnar::Batch Relabelled(const arrow::RecordBatch& batch,
                           const std::shared_ptr<arrow::Schema>& schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < batch.num_columns(); ++i) {
    columns.push_back(
        arrow::MakeArray(Relabelled(*batch.column_data(i), schema->field(i)->type())));
  }
  return arrow::RecordBatch::Make(schema, batch.num_rows(), std::move(columns));
}

Metadata WithColumnMapping(Metadata metadata, const Metadata* before) {
  if (ColumnMappingOf(metadata) == ColumnMapping::kNone) return metadata;
  int greatest = std::max(Number(PropertyOr(metadata.configuration, kMaxId, ""), 0),
                          GreatestId(metadata.schema));
  if (before != nullptr) {
    // Never less than it was: a number, and so a name, is used once in the life of a table.
    greatest = std::max(greatest, Number(PropertyOr(before->configuration, kMaxId, ""), 0));
  }
  const bool is_turned_on = before != nullptr && ColumnMappingOf(*before) == ColumnMapping::kNone;
  Assigner assigner(metadata.id, is_turned_on, greatest);
  metadata.schema =
      assigner.Assigned(metadata.schema, before != nullptr ? &before->schema : nullptr);
  metadata.configuration[kMaxId] = std::to_string(assigner.greatest_id());
  return metadata;
}

Status CheckMappingChange(std::string_view table, const Properties& before,
                          const Properties& after) {
  constexpr const char* kMode = "delta.columnMapping.mode";
  const std::string from = PropertyOr(before, kMode, "none");
  const std::string to = PropertyOr(after, kMode, "none");
  if (from == to || (from == "none" && to == "name")) return {};
  Error error = MakeError(ErrorKind::kInvalidInput,
                          "commit {}: table property '{}' cannot change from '{}' to '{}': the "
                          "data files were written for '{}'",
                          table, kMode, from, to, from);
  error.fix = from == "none" ? "set it to 'name'; 'id' is for new tables"
                             : "copy the rows to a new table that is created with it";
  return Fail(std::move(error));
}

}  // namespace oresmith::delta
