#pragma once

// Records and values of CSV text.

#include <string>
#include <string_view>
#include <vector>

#include "format/column_internal.h"
#include "format/csv.h"

namespace oresmith::format {

struct CsvValue {
  std::string_view text;
  bool is_null = false;  ///< nothing stood there
};

/// One record taken apart. Reused, so that no record allocates.
struct CsvRecord {
  std::vector<CsvValue> values;
  std::string unescaped;  ///< what `values` point to when escapes were resolved
};

/// A record's text and the line it starts on, from 0.
struct CsvLine {
  std::string_view text;
  int64_t line = 0;
};

/// The records of a chunk: lines, or with multi_line pieces between line ends outside of quotes.
/// Blank lines and comments are left out.
std::vector<CsvLine> SplitCsv(std::string_view chunk, const CsvOptions& options);

void ParseCsvRecord(std::string_view text, const CsvOptions& options, CsvRecord& record);

/// Appends the value that `text` says; false when it does not fit the column's type.
bool AppendCsvValue(Column& column, std::string_view text);

/// Java's Double.parseDouble, and CSV's Inf and -Inf.
std::optional<double> CsvDouble(std::string_view text);

}  // namespace oresmith::format
