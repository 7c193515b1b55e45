#pragma once

// read_files: the files of a folder, a glob or one file on the local disk, each read once.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "connector/connector.h"
#include "types/type.h"

namespace oresmith::connector {

struct FileSourceOptions {
  /// A folder (read with its sub-folders), a file, or a glob of `? * [a-z] [^a] {a,b}`; absolute,
  /// relative to the working directory, or file:/// URI.
  std::string path;
  /// The named arguments of read_files, beside the path. Names in any case.
  std::map<std::string, std::string> options;
  /// What InferFileSchema gave when the table was made. Only for a source without `schema` option.
  std::optional<types::Schema> stored_schema;
};

/// The columns of the data, without `_metadata`: the `schema` option if there is one, else inferred
/// from a sample of the files (at most 1000 files and 16 MiB), with `_rescued_data` STRING last.
/// The order of columns is Spark's: by name for JSON, as in the file for CSV and Parquet.
///
/// Errors:
///   kInvalidInput  an unknown option, a value that is none of an option's, a schema that does not
///                  parse, or no file to infer from. The option's name is in the message.
///   kNotFound      there is no such folder or file.
///   kUnsupported   an option, format or place that is valid and not read yet.
Result<types::Schema> InferFileSchema(const FileSourceOptions& options);

/// The source. Columns: those of InferFileSchema (or `stored_schema`), then the hidden `_metadata`
/// STRUCT<file_path, file_name, file_size, file_modification_time, file_block_start,
/// file_block_length, file_line>. file_line is ours: the line of the record from 1; NULL for
/// Parquet and for files that are one record.
///
/// Files whose name starts with `.` or `_` or ends with `.tmp` are still being written and left
/// alone, and so are folders starting so. Files come in the order of their modification time, then
/// of their path. Each is read once, whatever is written to it later.
///
/// Range.log has Spark's layout of a file source's log: a line `v1`, then for each file a line
/// {"path":"file:///...","timestamp":<modification, ms>,"batchId":<epoch>}.
///
/// Errors: those of InferFileSchema.
Result<std::unique_ptr<Source>> MakeFileSource(FileSourceOptions options);

struct FileCount {
  int64_t files = 0;
  int64_t gone = 0;  ///< those that are there no more
};
/// The files of a Range.log. Errors: kCorrupt when it is none of a file source.
Result<FileCount> CountLoggedFiles(std::string_view log);

}  // namespace oresmith::connector
