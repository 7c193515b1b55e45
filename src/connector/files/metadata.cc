#include <arrow/array.h>
#include <arrow/buffer.h>

#include <cstring>

#include "connector/files/file_log_internal.h"
#include "connector/files/metadata_internal.h"

namespace oresmith::connector {

namespace {

using types::Type;
using types::TypeId;

std::shared_ptr<arrow::Buffer> Allocate(int64_t size) {
  auto buffer = arrow::AllocateBuffer(size);
  ORESMITH_ASSERT(buffer.ok());
  return std::shared_ptr<arrow::Buffer>(std::move(*buffer));
}

std::shared_ptr<arrow::ArrayData> RepeatText(std::string_view text, int64_t count) {
  auto offsets = Allocate((count + 1) * static_cast<int64_t>(sizeof(int32_t)));
  auto bytes = Allocate(count * static_cast<int64_t>(text.size()));
  auto* const ends = reinterpret_cast<int32_t*>(offsets->mutable_data());
  for (int64_t i = 0; i < count; ++i) {
    ends[i] = static_cast<int32_t>(i * static_cast<int64_t>(text.size()));
    std::memcpy(bytes->mutable_data() + ends[i], text.data(), text.size());
  }
  ends[count] = static_cast<int32_t>(count * static_cast<int64_t>(text.size()));
  return arrow::ArrayData::Make(arrow::utf8(), count, {nullptr, offsets, bytes}, 0);
}

std::shared_ptr<arrow::ArrayData> Repeat(int64_t value, int64_t count,
                                         const std::shared_ptr<arrow::DataType>& type) {
  auto values = Allocate(count * static_cast<int64_t>(sizeof(int64_t)));
  auto* const place = reinterpret_cast<int64_t*>(values->mutable_data());
  for (int64_t i = 0; i < count; ++i) place[i] = value;
  return arrow::ArrayData::Make(type, count, {nullptr, values}, 0);
}

std::shared_ptr<arrow::ArrayData> LineNumbers(const std::vector<int64_t>& lines, int64_t count) {
  if (lines.empty() && count > 0) {
    auto nulls = arrow::MakeArrayOfNull(arrow::int64(), count);
    ORESMITH_ASSERT(nulls.ok());
    return (*nulls)->data();
  }
  auto values = Allocate(count * static_cast<int64_t>(sizeof(int64_t)));
  std::memcpy(values->mutable_data(), lines.data(), lines.size() * sizeof(int64_t));
  return arrow::ArrayData::Make(arrow::int64(), count, {nullptr, values}, 0);
}

types::Field NewField(std::string_view name, TypeId type) {
  return {.name = std::string(name), .type = Type(type), .comment = {}};
}

}  // namespace

types::Field MetadataField() {
  return {.name = std::string(kMetadataColumn),
          .type = Type::Struct(
              {NewField("file_path", TypeId::kString), NewField("file_name", TypeId::kString),
               NewField("file_size", TypeId::kLong),
               NewField("file_modification_time", TypeId::kTimestamp),
               NewField("file_block_start", TypeId::kLong),
               NewField("file_block_length", TypeId::kLong), NewField("file_line", TypeId::kLong)}),
          .comment = {}};
}

std::shared_ptr<arrow::Array> MakeMetadata(const FileEntry& file, int64_t row_count,
                                           const std::vector<int64_t>& lines) {
  // Hadoop writes the URI of a local path with one slash, and so does Spark's file_path.
  const std::string uri = "file:" + ToFileUri(file.path).substr(std::string_view("file://").size());
  const std::string_view name = std::string_view(uri).substr(uri.rfind('/') + 1);
  const auto type = columnar::ToArrow(MetadataField().type);
  // Spark has the time in milliseconds, as Hadoop's file status does.
  const int64_t modified = file.modified_micros / 1000 * 1000;
  std::vector<std::shared_ptr<arrow::ArrayData>> children{
      RepeatText(uri, row_count),
      RepeatText(name, row_count),
      Repeat(file.size, row_count, arrow::int64()),
      Repeat(modified, row_count, type->field(3)->type()),
      Repeat(0, row_count, arrow::int64()),
      Repeat(file.size, row_count, arrow::int64()),
      LineNumbers(lines, row_count)};
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, row_count, {nullptr}, std::move(children), 0));
}

}  // namespace oresmith::connector
