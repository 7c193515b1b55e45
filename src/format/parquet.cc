#include "format/parquet.h"

#include <arrow/io/file.h>
#include <arrow/record_batch.h>
#include <parquet/arrow/reader.h>
#include <parquet/exception.h>
#include <parquet/properties.h>

#include <optional>
#include <string_view>
#include <vector>

#include "types/text.h"

namespace oresmith::format {

namespace {

Error FromStatus(const arrow::Status& status, const std::string& path) {
  const std::string context = "read " + path;
  if (status.IsIOError()) {
    const bool gone = status.ToString().find("No such file") != std::string::npos;
    return columnar::FromArrowStatus(status, gone ? ErrorKind::kNotFound : ErrorKind::kUnavailable,
                                     context);
  }
  return columnar::FromArrowStatus(status, ErrorKind::kCorrupt, context)
      .WithFix("is it a Parquet file? Give the right one as format => '...'");
}

Result<std::unique_ptr<parquet::arrow::FileReader>> Open(const std::string& path,
                                                         int64_t batch_rows) {
  auto file = arrow::io::ReadableFile::Open(path);
  if (!file.ok()) return Fail(FromStatus(file.status(), path));
  parquet::arrow::FileReaderBuilder builder;
  arrow::Status status = builder.Open(*file);
  if (!status.ok()) return Fail(FromStatus(status, path));
  parquet::ArrowReaderProperties properties;
  properties.set_batch_size(batch_rows);
  properties.set_use_threads(false);
  properties.set_pre_buffer(false);
  auto reader = builder.properties(properties)->Build();
  if (!reader.ok()) return Fail(FromStatus(reader.status(), path));
  return std::move(*reader);
}

// The file's column of that name: exactly, else ignoring case; -1 when there is none.
int FindColumn(const arrow::Schema& schema, std::string_view name) {
  int found = -1;
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (schema.field(i)->name() == name) return i;
    if (types::EqualsIgnoringCase(schema.field(i)->name(), name)) found = i;
  }
  return found;
}

class ParquetReader final : public columnar::BatchReader {
 public:
  ParquetReader(std::string path, types::Schema schema,
                std::unique_ptr<parquet::arrow::FileReader> file,
                std::shared_ptr<arrow::RecordBatchReader> batches)
      : path_(std::move(path)),
        schema_(std::move(schema)),
        file_(std::move(file)),
        batches_(std::move(batches)) {}

  Result<columnar::Batch> Next() override {
    for (;;) {
      std::shared_ptr<arrow::RecordBatch> batch;
      const arrow::Status status = batches_->ReadNext(&batch);
      if (!status.ok()) return Fail(FromStatus(status, path_));
      if (batch == nullptr) return nullptr;
      if (batch->num_rows() == 0) continue;
      Result<columnar::Batch> conformed = columnar::Conform(batch, schema_);
      if (!conformed) return Fail(std::move(conformed).error().Within("read " + path_));
      return conformed;
    }
  }

 private:
  std::string path_;
  types::Schema schema_;
  std::unique_ptr<parquet::arrow::FileReader> file_;  // the batches come out of it
  std::shared_ptr<arrow::RecordBatchReader> batches_;
};

}  // namespace

Result<types::Schema> ReadParquetSchema(const std::string& path) {
  TRY(const auto reader, Open(path, 1024));
  std::shared_ptr<arrow::Schema> schema;
  const arrow::Status status = reader->GetSchema(&schema);
  if (!status.ok()) return Fail(FromStatus(status, path));
  Result<types::Schema> result = columnar::FromArrow(*schema);
  if (!result) return Fail(std::move(result).error().Within("read " + path));
  // Spark takes no column of a file for one that cannot be NULL.
  for (types::Field& field : *result) field.nullable = true;
  return result;
}

Result<std::unique_ptr<columnar::BatchReader>> ReadParquet(const std::string& path,
                                                           const types::Schema& schema,
                                                           int64_t batch_rows) {
  TRY(auto reader, Open(path, batch_rows));
  std::shared_ptr<arrow::Schema> file_schema;
  const arrow::Status status = reader->GetSchema(&file_schema);
  if (!status.ok()) return Fail(FromStatus(status, path));
  // Leaf columns of the wanted top-level fields.
  std::vector<int> wanted(static_cast<size_t>(file_schema->num_fields()), 0);
  for (const types::Field& field : schema) {
    const int index = FindColumn(*file_schema, field.name);
    if (index >= 0) wanted[static_cast<size_t>(index)] = 1;
  }
  const auto& descriptor = *reader->parquet_reader()->metadata()->schema();
  std::vector<int> leaves;
  for (int leaf = 0; leaf < descriptor.num_columns(); ++leaf) {
    const auto* const root = descriptor.GetColumnRoot(leaf);
    const int index = file_schema->GetFieldIndex(root->name());
    if (index >= 0 && wanted[static_cast<size_t>(index)] != 0) leaves.push_back(leaf);
  }
  std::vector<int> row_groups;
  for (int i = 0; i < reader->num_row_groups(); ++i) row_groups.push_back(i);
  auto batches = reader->GetRecordBatchReader(row_groups, leaves);
  if (!batches.ok()) return Fail(FromStatus(batches.status(), path));
  return std::unique_ptr<columnar::BatchReader>(std::make_unique<ParquetReader>(
      path, schema, std::move(reader),
      std::shared_ptr<arrow::RecordBatchReader>(std::move(*batches))));
}

}  // namespace oresmith::format
