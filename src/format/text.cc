#include <numeric>

#include "format/chunk_decoder.h"
#include "format/column_internal.h"
#include "format/json_cursor_internal.h"
#include "format/lines.h"

namespace oresmith::format {

namespace {

class TextChunkDecoder final : public ChunkDecoder {
 public:
  TextChunkDecoder(std::string column, bool whole_text)
      : schema_{{.name = std::move(column),
                 .type = types::Type(types::TypeId::kString),
                 .comment = {}}},
        arrow_schema_(columnar::ToArrow(schema_)),
        whole_text_(whole_text) {}

  const types::Schema& schema() const override { return schema_; }
  bool needs_whole_file() const override { return whole_text_; }

  Result<DecodedChunk> Decode(std::string_view chunk, const LinesOrigin& origin) const override {
    if (origin.first_line == 1) chunk = WithoutByteOrderMark(chunk);
    std::vector<std::string_view> lines;
    if (whole_text_) {
      lines.push_back(chunk);
    } else {
      lines = SplitLines(chunk);
    }
    TRY(Column column, Column::Make(schema_[0].type));
    const bool valid = IsValidUtf8(chunk);
    for (const std::string_view line : lines) {
      if (valid || IsValidUtf8(line)) {
        column.AppendText(line);
      } else {
        column.AppendText(ReplaceInvalidUtf8(line));
      }
    }
    DecodedChunk result;
    result.batch = arrow::RecordBatch::Make(
        arrow_schema_, column.length,
        std::vector<std::shared_ptr<arrow::Array>>{arrow::MakeArray(column.Finish())});
    result.lines.resize(lines.size());
    std::iota(result.lines.begin(), result.lines.end(), origin.first_line);
    return result;
  }

 private:
  types::Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  bool whole_text_;
};

}  // namespace

std::unique_ptr<ChunkDecoder> MakeTextChunkDecoder(std::string column, bool whole_text) {
  return std::make_unique<TextChunkDecoder>(std::move(column), whole_text);
}

}  // namespace oresmith::format
