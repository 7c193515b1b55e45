#include "connector/files/decoders_internal.h"

namespace oresmith::connector {

namespace {

Status CheckTextSchema(const FileSettings& settings, const types::Schema& schema) {
  if (schema.size() == 1 && schema[0].type.Is(types::TypeId::kString)) return {};
  return Fail(MakeError(ErrorKind::kInvalidInput,
                        "{}: text files have one column of type STRING, not {}",
                        DescribeFileSource(settings), types::SchemaToDdl(schema))
                  .WithFix("write schema => 'value STRING', or leave it out"));
}

}  // namespace

Result<std::unique_ptr<format::ChunkDecoder>> MakeDecoder(const FileSettings& settings,
                                                          FileFormat format,
                                                          const types::Schema& schema,
                                                          bool inferred) {
  (void)inferred;
  switch (format) {
    case FileFormat::kText:
      TRY_DO(CheckTextSchema(settings, schema));
      return format::MakeTextChunkDecoder(schema[0].name, settings.whole_text);
    case FileFormat::kJson: {
      format::JsonOptions options = format::JsonOptions::ForFiles();
      options.mode = settings.mode;
      options.corrupt_column = settings.corrupt_column;
      return format::MakeJsonChunkDecoder(schema, std::move(options), settings.multi_line);
    }
    case FileFormat::kCsv:
    case FileFormat::kParquet:
      break;
  }
  return Fail(ErrorKind::kUnsupported, "{}: this format is not read yet",
              DescribeFileSource(settings));
}

Result<types::Schema> InferSchema(const FileSettings& settings, FileFormat format,
                                  const std::vector<FileEntry>& files) {
  (void)files;
  if (format == FileFormat::kText) {
    return types::Schema{{.name = "value", .type = types::Type(types::TypeId::kString), .comment = {}}};
  }
  return Fail(MakeError(ErrorKind::kUnsupported, "{}: the schema of such files is not inferred yet",
                        DescribeFileSource(settings))
                  .WithFix("add schema => 'a INT, b STRING'"));
}

}  // namespace oresmith::connector
