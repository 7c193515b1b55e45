#include "format/json_decoder.h"

#include <fmt/format.h>

#include "format/json_reader_internal.h"
#include "types/text.h"

namespace oresmith::format {

using types::TypeId;

Result<ParseMode> ParseModeFromName(std::string_view name) {
  if (types::EqualsIgnoringCase(name, "PERMISSIVE")) return ParseMode::kPermissive;
  if (types::EqualsIgnoringCase(name, "DROPMALFORMED")) return ParseMode::kDropMalformed;
  if (types::EqualsIgnoringCase(name, "FAILFAST")) return ParseMode::kFailFast;
  return Fail(ErrorKind::kInvalidInput,
              "option mode: {} is not one of PERMISSIVE, DROPMALFORMED, FAILFAST", name);
}

Result<JsonDecoder> JsonDecoder::Make(types::Type root, JsonOptions options) {
  if (!root.Is(TypeId::kStruct) && !root.Is(TypeId::kArray) && !root.Is(TypeId::kMap)) {
    return Fail(ErrorKind::kInvalidInput,
                "decode JSON: the type must be a STRUCT, an ARRAY or a MAP, not {}", root.ToSql());
  }
  if (root.Is(TypeId::kStruct)) {
    for (const types::Field& field : root.fields()) {
      const bool special =
          field.name == options.corrupt_column || field.name == options.rescued_column;
      if (special && !field.type.Is(TypeId::kString)) {
        return Fail(ErrorKind::kInvalidInput,
                    "decode JSON: the column {} for what does not fit must be STRING, not {}",
                    field.name, field.type.ToSql());
      }
    }
  }
  JsonDecoder decoder(std::move(root), std::move(options));
  // Says now what later calls would: which type cannot be decoded.
  TRY_DO(JsonReader::Make(decoder.root_, decoder.options_));
  return decoder;
}

Result<JsonValues> JsonDecoder::DecodeValues(std::span<const std::string_view> documents) const {
  TRY(JsonReader reader, JsonReader::Make(root_, options_));
  int64_t index = 0;
  for (const std::string_view document : documents) {
    TRY_DO(reader.ReadValue(document, index));
    ++index;
  }
  JsonValues result;
  result.statistics = reader.Statistics();
  result.malformed = std::move(reader.malformed());
  result.values = arrow::MakeArray(reader.column().Finish());
  return result;
}

Result<JsonRows> JsonDecoder::DecodeRows(std::span<const std::string_view> documents,
                                         const LinesOrigin& origin) const {
  ORESMITH_ASSERT(root_.Is(TypeId::kStruct));
  TRY(JsonReader reader, JsonReader::Make(root_, options_));
  reader.SetFile(origin.file_uri);
  JsonRows result;
  result.documents.reserve(documents.size());
  int64_t index = 0;
  for (const std::string_view document : documents) {
    Status status = reader.ReadRows(document, index, result.documents);
    if (!status) {
      return Fail(
          std::move(status).error().Within(fmt::format("line {}", origin.first_line + index)));
    }
    ++index;
  }
  result.statistics = reader.Statistics();
  result.malformed = std::move(reader.malformed());
  result.rows = std::make_shared<arrow::StructArray>(reader.column().Finish());
  return result;
}

}  // namespace oresmith::format
