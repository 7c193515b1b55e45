#include <arrow/c/bridge.h>
#include <arrow/type.h>

#include <utility>

#include "columnar/batch.h"
#include "engine/arrow_in_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {

Result<ArrowImporter> ArrowImporter::Make(duckdb_connection connection,
                                          std::vector<types::Type> types) {
  arrow::FieldVector fields;
  for (const types::Type& type : types) {
    // Numbered, since only the order matters here, and DuckDB wants names to differ.
    fields.push_back(
        arrow::field(std::to_string(fields.size()), columnar::ToArrow(WithFieldNames(type))));
  }
  std::shared_ptr<arrow::DataType> rows = arrow::struct_(std::move(fields));
  ArrowSchema exported{};
  const arrow::Status status =
      arrow::ExportSchema(*arrow::schema({arrow::field("rows", rows)}), &exported);
  if (!status.ok()) {
    return Fail(columnar::FromArrowStatus(status, ErrorKind::kUnsupported, "export a schema"));
  }
  auto converted = std::make_shared<ConvertedSchema>();
  const ErrorData error(duckdb_schema_from_arrow(connection, &exported, converted->out()));
  if (exported.release != nullptr) exported.release(&exported);
  if (error && duckdb_error_data_has_error(error.get())) {
    return Fail(ErrorKind::kUnsupported, "give columns to DuckDB: {}",
                duckdb_error_data_message(error.get()));
  }
  return ArrowImporter(connection, std::move(rows), std::move(converted));
}

Result<DataChunk> ArrowImporter::Import(const arrow::ArrayVector& columns, int64_t rows) const {
  // One struct around all columns: DuckDB gives the ownership of the exported memory to the first
  // column of a chunk and its children, and to no other.
  const auto all = std::make_shared<arrow::StructArray>(type_, rows, columns);
  ArrowArray exported{};
  const auto batch = arrow::StructArray(arrow::struct_({arrow::field("rows", type_)}), rows, {all});
  const arrow::Status status = arrow::ExportArray(batch, &exported);
  if (!status.ok()) {
    return Fail(columnar::FromArrowStatus(status, ErrorKind::kUnsupported, "export rows"));
  }
  DataChunk chunk;
  const ErrorData error(
      duckdb_data_chunk_from_arrow(connection_, &exported, schema_->get(), chunk.out()));
  if (exported.release != nullptr) exported.release(&exported);
  if (error && duckdb_error_data_has_error(error.get())) {
    return Fail(ErrorKind::kUnsupported, "give rows to DuckDB: {}",
                duckdb_error_data_message(error.get()));
  }
  return chunk;
}

}  // namespace oresmith::engine
