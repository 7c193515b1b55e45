#pragma once

// Lines of separated values, as Spark's CSV reader (univocity) takes them apart and types them.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/chunk_decoder.h"
#include "types/type.h"

namespace oresmith::format {

struct CsvOptions {
  char separator = ',';
  char quote = '"';         ///< '\0': none
  char escape = '\\';       ///< before a quote inside quotes; may be the quote itself
  char comment = '\0';      ///< lines that begin so are left out; '\0': none
  bool header = false;      ///< the first line of a file is not a row
  bool multi_line = false;  ///< a quoted value may hold line ends; the chunk is a whole file then
  std::string null_value = {};  ///< beside nothing between two separators, which is always NULL
  ParseMode mode = ParseMode::kPermissive;
  std::string corrupt_column = "_corrupt_record";
  std::string rescued_column = {};  ///< as JsonOptions::rescued_column; empty for none
};

/// Columns are taken by their position, as Spark does: names in a header are not looked at. A row
/// with too few or too many values is malformed: what is there is kept (kPermissive). A value that
/// does not fit its type is NULL.
/// Errors: kUnsupported for a column type that CSV has no text for.
Result<std::unique_ptr<ChunkDecoder>> MakeCsvChunkDecoder(types::Schema schema, CsvOptions options);

/// Infers columns as Spark does: INT, BIGINT, DECIMAL, DOUBLE, DATE, TIMESTAMP, BOOLEAN, else
/// STRING. With `types` off each column is STRING. Not implemented: a time without a date.
class CsvInferrer {
 public:
  CsvInferrer(CsvOptions options, bool types) : options_(std::move(options)), types_(types) {}
  /// Lines of a file from its beginning on.
  void AddFile(std::string_view text);
  types::Schema Finish() const;

 private:
  enum class Kind { kNull, kInt, kLong, kDecimal, kDouble, kDate, kTimestamp, kBoolean, kString };
  struct Shape {
    Kind kind = Kind::kNull;
    int precision = 0;
    int scale = 0;
  };
  static Shape ShapeOf(std::string_view text, Kind known);
  static void Merge(Shape& into, const Shape& other);

  CsvOptions options_;
  bool types_;
  std::vector<std::string> names_;
  std::vector<Shape> shapes_;
};

}  // namespace oresmith::format
