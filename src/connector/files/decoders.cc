#include <algorithm>

#include "connector/files/chunks_internal.h"
#include "connector/files/decoders_internal.h"
#include "connector/files/schema_hints_internal.h"
#include "format/csv.h"
#include "format/json_infer.h"
#include "format/lines.h"
#include "format/parquet.h"
#include "types/text.h"

namespace oresmith::connector {

using types::Schema;
using types::Type;
using types::TypeId;

namespace {

// What a schema is inferred from, at most.
constexpr size_t kSampleFilesMax = 1000;
constexpr int64_t kSampleBytesMax = 16 << 20;

Status CheckTextSchema(const FileSettings& settings, const Schema& schema) {
  if (schema.size() == 1 && schema[0].type.Is(TypeId::kString)) return {};
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "{}: text files have one column of type STRING, not {}",
                        DescribeFileSource(settings), types::SchemaToDdl(schema))
                  .WithFix("write schema => 'value STRING', or leave it out"));
}

Result<char> OneCharacter(const FileSettings& settings, std::string_view name,
                          const std::string& value) {
  if (value.empty()) return '\0';
  if (value.size() == 1) return value[0];
  return Fail(ErrorKind::kUnsupported, "{}: option {}: it must be one ASCII character, not '{}'",
              DescribeFileSource(settings), name, value);
}

Result<format::CsvOptions> ToCsvOptions(const FileSettings& settings) {
  format::CsvOptions options;
  options.separator = settings.csv.separator[0];
  TRY(options.quote, OneCharacter(settings, "quote", settings.csv.quote));
  TRY(options.escape, OneCharacter(settings, "escape", settings.csv.escape));
  TRY(options.comment, OneCharacter(settings, "comment", settings.csv.comment));
  options.header = settings.csv.header;
  options.multi_line = settings.multi_line;
  options.null_value = settings.csv.null_value;
  options.mode = settings.mode;
  options.corrupt_column = settings.corrupt_column;
  return options;
}

// Calls `add` with each chunk of the sample.
template <class Add>
Status ReadSample(const FileSettings& settings, const std::vector<FileEntry>& files, bool whole,
                  const Add& add) {
  std::vector<FileEntry> sample(files.begin(), files.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                   files.size(), kSampleFilesMax)));
  ChunkReader reader(std::move(sample), whole, true, ChunkLimits{});
  for (int64_t bytes = 0; bytes < kSampleBytesMax;) {
    Result<std::optional<Chunk>> chunk = reader.Next();
    if (!chunk) return Fail(std::move(chunk).error().Within(DescribeFileSource(settings)));
    if (!*chunk) break;
    bytes += static_cast<int64_t>((*chunk)->bytes.size());
    add(**chunk);
  }
  return {};
}

Result<Schema> InferJson(const FileSettings& settings, const std::vector<FileEntry>& files) {
  format::JsonInferrer inferrer;
  TRY_DO(ReadSample(settings, files, settings.multi_line, [&](const Chunk& chunk) {
    std::string_view text = chunk.bytes;
    if (chunk.first_line == 1) text = format::WithoutByteOrderMark(text);
    if (settings.multi_line) {
      inferrer.Add(text);
      return;
    }
    for (const std::string_view line : format::SplitLines(text)) inferrer.Add(line);
  }));
  Schema schema = inferrer.Finish();
  if (settings.infer_column_types) return schema;
  for (types::Field& field : schema) field.type = Type(TypeId::kString);
  return schema;
}

Result<Schema> InferCsv(const FileSettings& settings, const std::vector<FileEntry>& files) {
  TRY(format::CsvOptions options, ToCsvOptions(settings));
  format::CsvInferrer inferrer(std::move(options), settings.infer_column_types);
  TRY_DO(ReadSample(settings, files, settings.multi_line, [&](const Chunk& chunk) {
    // Later chunks of a file have no header; its beginning is sample enough.
    if (chunk.first_line == 1) inferrer.AddFile(chunk.bytes);
  }));
  return inferrer.Finish();
}

Result<Schema> InferParquet(const FileSettings& settings, const std::vector<FileEntry>& files) {
  // As Spark without mergeSchema: one file's schema is that of all.
  Result<Schema> schema = format::ReadParquetSchema(files.front().path);
  if (!schema) return Fail(std::move(schema).error().Within(DescribeFileSource(settings)));
  return schema;
}

bool HasColumn(const Schema& schema, std::string_view name) {
  return std::any_of(schema.begin(), schema.end(), [&](const types::Field& field) {
    return types::EqualsIgnoringCase(field.name, name);
  });
}

}  // namespace

Result<std::unique_ptr<format::ChunkDecoder>> MakeDecoder(const FileSettings& settings,
                                                          FileFormat format, const Schema& schema,
                                                          bool inferred) {
  const std::string rescued = inferred ? settings.rescued_column : "";
  switch (format) {
    case FileFormat::kText:
      TRY_DO(CheckTextSchema(settings, schema));
      return format::MakeTextChunkDecoder(schema[0].name, settings.whole_text);
    case FileFormat::kJson: {
      format::JsonOptions options = format::JsonOptions::ForFiles();
      options.mode = settings.mode;
      options.corrupt_column = settings.corrupt_column;
      options.rescued_column = rescued;
      return format::MakeJsonChunkDecoder(schema, std::move(options), settings.multi_line);
    }
    case FileFormat::kCsv: {
      TRY(format::CsvOptions options, ToCsvOptions(settings));
      options.rescued_column = rescued;
      return format::MakeCsvChunkDecoder(schema, std::move(options));
    }
    case FileFormat::kParquet:
      break;
  }
  // Parquet files are not cut into chunks: their reader opens them whole.
  ORESMITH_ASSERT(format != FileFormat::kParquet);
  return Fail(ErrorKind::kUnsupported, "decode files: unknown format");
}

Result<Schema> InferSchema(const FileSettings& settings, FileFormat format,
                           const std::vector<FileEntry>& files) {
  if (format == FileFormat::kText) {
    return Schema{{.name = "value", .type = Type(TypeId::kString), .comment = {}}};
  }
  if (format == FileFormat::kParquet) return InferParquet(settings, files);
  TRY(Schema schema,
      format == FileFormat::kJson ? InferJson(settings, files) : InferCsv(settings, files));
  if (!settings.schema_hints.empty()) {
    Result<Schema> hinted = ApplySchemaHints(std::move(schema), settings.schema_hints);
    if (!hinted) return Fail(std::move(hinted).error().Within(DescribeFileSource(settings)));
    schema = std::move(*hinted);
  }
  if (schema.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "{}: cannot infer the columns: no record in {} file(s) could be read",
                          DescribeFileSource(settings), files.size())
                    .WithFix("check the format, or add schema => 'a INT, b STRING'"));
  }
  if (!settings.rescued_column.empty() && !HasColumn(schema, settings.rescued_column)) {
    schema.push_back(
        {.name = settings.rescued_column, .type = Type(TypeId::kString), .comment = {}});
  }
  return schema;
}

}  // namespace oresmith::connector
