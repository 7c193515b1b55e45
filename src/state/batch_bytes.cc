#include "state/batch_bytes.h"

#include <arrow/array/builder_base.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>

#include <utility>

namespace oresmith::state {
namespace {

tl::unexpected<Error> Failed(const arrow::Status& status, ErrorKind kind, std::string_view what) {
  return Fail(columnar::FromArrowStatus(status, kind, what));
}

arrow::Result<std::shared_ptr<arrow::Buffer>> Write(const std::vector<columnar::Batch>& batches) {
  ARROW_ASSIGN_OR_RAISE(auto out, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(out, batches[0]->schema()));
  for (const columnar::Batch& batch : batches) {
    // A schema that differs only in what may be NULL is the same here.
    const auto same =
        arrow::RecordBatch::Make(batches[0]->schema(), batch->num_rows(), batch->columns());
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*same));
  }
  ARROW_RETURN_NOT_OK(writer->Close());
  return out->Finish();
}

arrow::Result<std::vector<columnar::Batch>> Read(std::string_view bytes) {
  // A copy, which the batches then keep alive.
  std::shared_ptr<arrow::Buffer> buffer = arrow::Buffer::FromString(std::string(bytes));
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(
                                         std::make_shared<arrow::io::BufferReader>(buffer)));
  std::vector<columnar::Batch> batches;
  while (true) {
    std::shared_ptr<arrow::RecordBatch> batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) return batches;
    batches.push_back(std::move(batch));
  }
}

arrow::Result<std::shared_ptr<arrow::Array>> PickColumn(const arrow::Array& column,
                                                        const std::vector<int64_t>& rows) {
  std::unique_ptr<arrow::ArrayBuilder> builder;
  ARROW_RETURN_NOT_OK(arrow::MakeBuilder(arrow::default_memory_pool(), column.type(), &builder));
  ARROW_RETURN_NOT_OK(builder->Reserve(static_cast<int64_t>(rows.size())));
  const arrow::ArraySpan span(*column.data());
  for (size_t i = 0; i < rows.size();) {
    size_t end = i + 1;
    while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
    ARROW_RETURN_NOT_OK(builder->AppendArraySlice(span, rows[i], static_cast<int64_t>(end - i)));
    i = end;
  }
  return builder->Finish();
}

bool IsAll(const std::vector<int64_t>& rows, int64_t count) {
  if (static_cast<int64_t>(rows.size()) != count) return false;
  for (int64_t i = 0; i < count; ++i) {
    if (rows[static_cast<size_t>(i)] != i) return false;
  }
  return true;
}

}  // namespace

Result<std::string> ToBytes(const std::vector<columnar::Batch>& batches) {
  if (batches.empty()) return std::string();
  auto buffer = Write(batches);
  if (!buffer.ok())
    return Failed(buffer.status(), ErrorKind::kUnavailable, "write rows of a state");
  return (*buffer)->ToString();
}

Result<std::vector<columnar::Batch>> FromBytes(std::string_view bytes) {
  if (bytes.empty()) return std::vector<columnar::Batch>();
  auto batches = Read(bytes);
  if (!batches.ok()) return Failed(batches.status(), ErrorKind::kCorrupt, "read rows of a state");
  return *std::move(batches);
}

Result<columnar::Batch> Pick(const columnar::Batch& batch, const std::vector<int64_t>& rows) {
  if (IsAll(rows, batch->num_rows())) return batch;
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& column : batch->columns()) {
    auto picked = PickColumn(*column, rows);
    if (!picked.ok()) return Failed(picked.status(), ErrorKind::kUnavailable, "pick rows");
    columns.push_back(*std::move(picked));
  }
  return columnar::Batch(arrow::RecordBatch::Make(
      batch->schema(), static_cast<int64_t>(rows.size()), std::move(columns)));
}

}  // namespace oresmith::state
