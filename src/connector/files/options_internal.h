#pragma once

// The named arguments of read_files, checked.

#include <optional>
#include <string>

#include "base/result.h"
#include "connector/files/file_source.h"
#include "format/json_decoder.h"

namespace oresmith::connector {

enum class FileFormat { kJson, kCsv, kParquet, kText };

struct CsvSettings {
  bool header = true;  // read_files' default; Spark's own is false
  std::string separator = ",";
  std::string quote = "\"";
  std::string escape = "\\";
  std::string null_value;
  std::string comment;
};

/// FileSourceOptions, understood.
struct FileSettings {
  std::string path;       ///< absolute, without file://
  std::string path_text;  ///< as the user wrote it
  std::optional<FileFormat> format;
  std::optional<types::Schema> schema;
  std::string schema_hints;
  std::string name_pattern;  ///< pathGlobFilter or fileNamePattern; empty for all
  int64_t files_max = 1000;
  bool infer_column_types = true;
  bool include_existing_files = true;
  bool ignore_missing_files = false;
  bool multi_line = false;
  bool whole_text = false;
  format::ParseMode mode = format::ParseMode::kPermissive;
  std::string corrupt_column = "_corrupt_record";
  std::string rescued_column = "_rescued_data";
  CsvSettings csv;
};

/// Errors: kInvalidInput for an unknown option (with the nearest known one) or a bad value,
/// kUnsupported for one that is valid and not implemented.
Result<FileSettings> ParseFileOptions(const FileSourceOptions& options);

/// "read_files('/data/in')", the beginning of every message.
std::string DescribeFileSource(const FileSettings& settings);

/// The `format` option, or what the name's extension says (.json, .jsonl, .ndjson, .csv, .txt,
/// .parquet, each also with .gz).
/// Errors: kInvalidInput when neither tells.
Result<FileFormat> FormatOfFile(const FileSettings& settings, const std::string& name);

}  // namespace oresmith::connector
