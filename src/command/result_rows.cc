#include "command/result_rows.h"

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/builder.h>

namespace oresmith::command {
namespace {

arrow::Status Append(const Cell& cell, arrow::ArrayBuilder& builder) {
  if (std::holds_alternative<std::monostate>(cell)) return builder.AppendNull();
  if (const auto* number = std::get_if<int64_t>(&cell)) {
    return static_cast<arrow::Int64Builder&>(builder).Append(*number);
  }
  if (const auto* flag = std::get_if<bool>(&cell)) {
    return static_cast<arrow::BooleanBuilder&>(builder).Append(*flag);
  }
  if (const auto* real = std::get_if<double>(&cell)) {
    return static_cast<arrow::DoubleBuilder&>(builder).Append(*real);
  }
  if (const auto* record = std::get_if<std::shared_ptr<const Record>>(&cell)) {
    auto& fields = static_cast<arrow::StructBuilder&>(builder);
    ARROW_RETURN_NOT_OK(fields.Append());
    for (size_t i = 0; i < (*record)->fields.size(); ++i) {
      ARROW_RETURN_NOT_OK(Append((*record)->fields[i], *fields.field_builder(static_cast<int>(i))));
    }
    return arrow::Status::OK();
  }
  if (const auto* text = std::get_if<std::string>(&cell)) {
    return static_cast<arrow::StringBuilder&>(builder).Append(*text);
  }
  if (const auto* moment = std::get_if<Moment>(&cell)) {
    return static_cast<arrow::TimestampBuilder&>(builder).Append(moment->micros);
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&cell)) {
    auto& lists = static_cast<arrow::ListBuilder&>(builder);
    ARROW_RETURN_NOT_OK(lists.Append());
    for (const std::string& each : *list) {
      ARROW_RETURN_NOT_OK(static_cast<arrow::StringBuilder&>(*lists.value_builder()).Append(each));
    }
    return arrow::Status::OK();
  }
  auto& maps = static_cast<arrow::MapBuilder&>(builder);
  ARROW_RETURN_NOT_OK(maps.Append());
  for (const auto& [key, value] : std::get<std::map<std::string, std::string>>(cell)) {
    ARROW_RETURN_NOT_OK(static_cast<arrow::StringBuilder&>(*maps.key_builder()).Append(key));
    ARROW_RETURN_NOT_OK(static_cast<arrow::StringBuilder&>(*maps.item_builder()).Append(value));
  }
  return arrow::Status::OK();
}

}  // namespace

Cell RecordCell(std::vector<Cell> fields) {
  return std::make_shared<const Record>(Record{std::move(fields)});
}

types::Field TextColumn(std::string name) {
  return {.name = std::move(name), .type = types::Type(types::TypeId::kString), .nullable = true};
}

types::Field NumberColumn(std::string name) {
  return {.name = std::move(name), .type = types::Type(types::TypeId::kLong), .nullable = true};
}

CommandResult MakeRows(types::Schema schema, const std::vector<std::vector<Cell>>& rows) {
  const auto arrow_schema = columnar::ToArrow(schema);
  arrow::ArrayVector arrays;
  for (size_t column = 0; column < schema.size(); ++column) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    arrow::Status status =
        arrow::MakeBuilder(arrow::default_memory_pool(),
                           arrow_schema->field(static_cast<int>(column))->type(), &builder);
    for (const auto& row : rows) {
      if (status.ok()) status = Append(row.at(column), *builder);
    }
    std::shared_ptr<arrow::Array> array;
    if (status.ok()) status = builder->Finish(&array);
    // A few rows of memory are all that this needs.
    ORESMITH_ASSERT(status.ok());
    arrays.push_back(std::move(array));
  }
  CommandResult result;
  result.schema = std::move(schema);
  if (rows.empty()) return result;
  result.batches.push_back(
      arrow::RecordBatch::Make(arrow_schema, static_cast<int64_t>(rows.size()), std::move(arrays)));
  return result;
}

}  // namespace oresmith::command
