#include "delta/data_file.h"

#include <arrow/util/byte_size.h>

#include "delta/encoding.h"
#include "delta/path.h"

namespace oresmith::delta {
namespace {

// Enough rows to choose the encoding by.
constexpr int64_t kFirstRows = 8192;
// A row group is the unit of parallel reading, and its encoded pages stay in memory until it ends.
constexpr int64_t kGroupRowsMax = 1 << 20;
constexpr int64_t kGroupMemoryBytesMax = 64 << 20;
// Size in the file to size in memory, until the first row group of a file tells.
constexpr double kCompressionGuess = 0.25;

}  // namespace

DataFile::DataFile(const DataFileContext& context, std::string folder,
                   PartitionValues partition_values)
    : context_(context),
      partition_values_(std::move(partition_values)),
      path_(KeyUnder(
          folder, fmt::format("part-00000-{}-c000{}", NewUuid(context.random), context.name_end))),
      stats_(context.schema, context.configuration) {}

Status DataFile::Begin() {
  TRY(output_, ParquetOutput::Create(context_.store, KeyUnder(context_.root, path_),
                                     first_rows_.front()->schema(),
                                     ChooseEncoding(first_rows_, context_.compression)));
  for (const columnar::Batch& batch : std::exchange(first_rows_, {})) {
    TRY_DO(WriteRows(*batch));
  }
  return {};
}

Status DataFile::Write(const columnar::Batch& batch) {
  stats_.Add(*batch);
  if (output_ != nullptr) return WriteRows(*batch);
  first_rows_.push_back(batch);
  first_rows_count_ += batch->num_rows();
  if (first_rows_count_ < kFirstRows) return {};
  return Begin();
}

Status DataFile::WriteRows(const arrow::RecordBatch& batch) {
  TRY_DO(output_->Write(batch));
  group_rows_ += batch.num_rows();
  const auto bytes = arrow::util::ReferencedBufferSize(batch);
  group_bytes_ += bytes.ok() ? *bytes : arrow::util::TotalBufferSize(batch);
  if (group_rows_ < kGroupRowsMax && group_bytes_ < kGroupMemoryBytesMax) return {};
  memory_bytes_ += group_bytes_;
  group_rows_ = 0;
  group_bytes_ = 0;
  return output_->EndRowGroup();
}

int64_t DataFile::EstimatedBytes() const {
  if (output_ == nullptr) return 0;
  const double ratio = memory_bytes_ == 0 ? kCompressionGuess
                                          : static_cast<double>(output_->bytes()) /
                                                static_cast<double>(memory_bytes_);
  return output_->bytes() + static_cast<int64_t>(ratio * static_cast<double>(group_bytes_));
}

Result<AddFile> DataFile::Close(UnsyncedList* unsynced) {
  if (output_ == nullptr) TRY_DO(Begin());
  TRY(const int64_t size_bytes, output_->Close(unsynced));
  return AddFile{.path = path_,
                 .partition_values = partition_values_,
                 .size_bytes = size_bytes,
                 .modified_ms = Millis(context_.clock.Now()),
                 .data_change = true,
                 .stats = stats_.ToJson(),
                 .num_records = stats_.rows()};
}

}  // namespace oresmith::delta
