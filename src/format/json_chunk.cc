#include "format/chunk_decoder.h"
#include "format/lines.h"

namespace oresmith::format {

namespace {

class JsonChunkDecoder final : public ChunkDecoder {
 public:
  JsonChunkDecoder(types::Schema schema, JsonDecoder decoder, bool multi_line)
      : schema_(std::move(schema)),
        arrow_schema_(columnar::ToArrow(schema_)),
        decoder_(std::move(decoder)),
        multi_line_(multi_line) {}

  const types::Schema& schema() const override { return schema_; }
  bool needs_whole_file() const override { return multi_line_; }

  Result<DecodedChunk> Decode(std::string_view chunk, const LinesOrigin& origin) const override {
    const int64_t first_line = origin.first_line;
    if (first_line == 1) chunk = WithoutByteOrderMark(chunk);
    std::vector<std::string_view> documents;
    if (multi_line_) {
      documents.push_back(chunk);
    } else {
      documents = SplitLines(chunk);
    }
    TRY(JsonRows decoded, decoder_.DecodeRows(documents, origin));

    DecodedChunk result;
    result.batch =
        arrow::RecordBatch::Make(arrow_schema_, decoded.rows->length(), decoded.rows->fields());
    result.lines.reserve(decoded.documents.size());
    for (const int32_t document : decoded.documents) result.lines.push_back(first_line + document);
    result.statistics = std::move(decoded.statistics);
    for (const MalformedJson& malformed : decoded.malformed) {
      // A value that did not fit its type is counted per field; the rest of its row is good.
      if (malformed.partial) continue;
      ++result.bad_count;
      if (decoder_.options().mode == ParseMode::kPermissive) ++result.bad_rows;
      if (result.bad.size() == kBadLinesMax) continue;
      const std::string_view raw = documents[static_cast<size_t>(malformed.index)];
      result.bad.push_back({.line = first_line + malformed.index,
                            .raw = std::string(raw.substr(0, kBadLineBytesMax)),
                            .reason = malformed.reason});
    }
    return result;
  }

 private:
  types::Schema schema_;
  std::shared_ptr<arrow::Schema> arrow_schema_;
  JsonDecoder decoder_;
  bool multi_line_;
};

}  // namespace

Result<std::unique_ptr<ChunkDecoder>> MakeJsonChunkDecoder(types::Schema schema,
                                                           JsonOptions options, bool multi_line) {
  TRY(JsonDecoder decoder, JsonDecoder::Make(types::Type::Struct(schema), std::move(options)));
  return std::make_unique<JsonChunkDecoder>(std::move(schema), std::move(decoder), multi_line);
}

}  // namespace oresmith::format
