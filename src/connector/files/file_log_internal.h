#pragma once

// The list of an epoch's files in the layout of Spark's file source log (FileStreamSourceLog):
//   v1
//   {"path":"file:///in/a%20b.json","timestamp":1700000000000,"batchId":3}
// Files that were there before the source's first plan and must not be read (includeExistingFiles
// => false) stand there too, with "existing":true, which Spark ignores.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connector/files/listing_internal.h"

namespace oresmith::connector {

struct LoggedFile {
  std::string path;  ///< absolute, not a URI
  int64_t modified_millis = 0;
  bool existing = false;
};

std::string WriteFileLog(const std::vector<LoggedFile>& files, int64_t epoch);
/// Errors: kCorrupt when it is not such a log.
Result<std::vector<LoggedFile>> ReadFileLog(std::string_view log);

/// {"logOffset":3} and back.
std::string WriteOffset(int64_t epoch);
Result<int64_t> ReadOffset(std::string_view json);

/// file:///in/a%20b.json, escaped as java.net.URI does, and back.
std::string ToFileUri(std::string_view path);
Result<std::string> FromFileUri(std::string_view uri);

}  // namespace oresmith::connector
