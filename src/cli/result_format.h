#pragma once

// The result of a query as text: an aligned table, CSV, JSON lines or Markdown.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "columnar/batch.h"
#include "types/type.h"

namespace oresmith::cli {

enum class ResultFormat { kTable, kCsv, kJson, kMarkdown };

/// Where text goes, some ten kilobytes at a time. An error ends the writing.
using TextSink = std::function<Status(std::string_view)>;

/// Writes all rows.
/// - table: aligned columns, numbers to the right, NULL as NULL, then the number of rows.
/// - csv: RFC 4180 with a header and CRLF; NULL is an empty field, an empty string is "".
/// - json: one object a line; see AppendJson.
/// - markdown: a pipe table.
/// Errors: those of `sink`.
Status WriteResult(const types::Schema& schema, const std::vector<columnar::Batch>& batches,
                   ResultFormat format, const TextSink& sink);

}  // namespace oresmith::cli
