#include "bound/parquet_out.h"

#include <parquet/properties.h>

#include "columnar/batch.h"

namespace oresmith::bench {
namespace {

Error Failed(const arrow::Status& status, const std::string& path) {
  return columnar::FromArrowStatus(status, ErrorKind::kUnavailable, path);
}

}  // namespace

Result<std::unique_ptr<ParquetOut>> ParquetOut::Open(const std::string& path,
                                                     const std::shared_ptr<arrow::Schema>& schema,
                                                     const std::string& plain_column) {
  auto file = arrow::io::FileOutputStream::Open(path);
  if (!file.ok()) return Fail(Failed(file.status(), path));
  parquet::WriterProperties::Builder properties;
  properties.compression(parquet::Compression::ZSTD);
  if (!plain_column.empty()) properties.disable_dictionary(plain_column);
  auto writer = parquet::arrow::FileWriter::Open(*schema, arrow::default_memory_pool(), *file,
                                                 properties.build());
  if (!writer.ok()) return Fail(Failed(writer.status(), path));
  std::unique_ptr<ParquetOut> out(new ParquetOut());
  out->path_ = path;
  out->file_ = *file;
  out->writer_ = *std::move(writer);
  return out;
}

Status ParquetOut::Write(const arrow::RecordBatch& batch) {
  const arrow::Status status = writer_->WriteRecordBatch(batch);
  if (!status.ok()) return Fail(Failed(status, path_));
  return {};
}

Result<int64_t> ParquetOut::Close() {
  arrow::Status status = writer_->Close();
  if (!status.ok()) return Fail(Failed(status, path_));
  const auto bytes = file_->Tell();
  if (status = file_->Close(); !status.ok()) return Fail(Failed(status, path_));
  return bytes.ok() ? *bytes : 0;
}

}  // namespace oresmith::bench
