#include "pipeline/change_range.h"

#include <charconv>
#include <optional>
#include <utility>

#include "delta/time_travel.h"
#include "sql/parser.h"

namespace oresmith::pipeline {
namespace {

constexpr const char* kUsage =
    "write table_changes('table', 1), table_changes('table', 1, 5), or times: "
    "table_changes('table', '2026-01-31', '2026-02-01')";

std::optional<int64_t> NumberOf(const sql::FunctionArgument& argument) {
  // A text of digits is a time, or none; a version stands without quotes.
  const bool quoted = argument.sql.starts_with('\'') || argument.sql.starts_with('"');
  if (quoted || argument.value.empty()) return std::nullopt;
  int64_t number = 0;
  const char* const end = argument.value.data() + argument.value.size();
  const auto [stop, error] = std::from_chars(argument.value.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

/// What FindRange looks at.
struct RangeSearch {
  storage::Store& store;
  const std::string& root;
  const delta::Snapshot& newest;
  const TimeReader& time;
};

Result<int64_t> VersionOf(const sql::FunctionArgument& argument, bool is_first,
                          const RangeSearch& search) {
  if (const auto number = NumberOf(argument)) return *number;
  TRY(const int64_t micros, search.time(argument.sql));
  constexpr int64_t kMicros = 1000;
  // Commits are timed to the millisecond: the first one not before it, the last one not after it.
  const int64_t rest = (micros % kMicros + kMicros) % kMicros;
  const int64_t floor_ms = (micros - rest) / kMicros;
  const delta::Metadata& metadata = search.newest.metadata;
  if (is_first) {
    const int64_t from_ms = floor_ms + (rest > 0 ? 1 : 0);
    TRY(const delta::Version version,
        delta::FindVersionSince(search.store, search.root, metadata, from_ms));
    return Number(version);
  }
  TRY(const delta::Version version,
      delta::FindVersionAt(search.store, search.root, metadata, floor_ms));
  return Number(version);
}

}  // namespace

Result<std::vector<std::string>> ChangedTable(const std::vector<sql::FunctionArgument>& arguments) {
  for (const sql::FunctionArgument& argument : arguments) {
    if (argument.name.empty()) continue;
    return Fail(
        MakeError(ErrorKind::kInvalidInput, "table_changes: there is no option {}", argument.name)
            .WithFix(kUsage));
  }
  if (arguments.size() < 2 || arguments.size() > 3) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "table_changes: it takes a table, the first version and the last one, "
                          "not {} arguments",
                          arguments.size())
                    .WithFix(kUsage));
  }
  const sql::SourceText text("table_changes", arguments[0].value);
  const auto name = sql::ParseTableName(text);
  if (!name) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "table_changes: '{}' is no table's name",
                          arguments[0].value)
                    .WithFix(kUsage));
  }
  std::vector<std::string> parts;
  for (const sql::Identifier& part : *name) parts.push_back(part.text);
  return parts;
}

Status FindRange(const std::vector<sql::FunctionArgument>& arguments, storage::Store& store,
                 const delta::Snapshot& newest, const TimeReader& time, ChangeScan& scan) {
  const RangeSearch search{.store = store, .root = scan.table.root, .newest = newest, .time = time};
  const int64_t last = Number(newest.version);
  TRY(scan.from, VersionOf(arguments[1], /*is_first=*/true, search));
  scan.to = last;
  if (arguments.size() == 3) {
    TRY(scan.to, VersionOf(arguments[2], /*is_first=*/false, search));
  }
  const std::string name = store.Describe(scan.table.root);
  if (scan.from < 0 || scan.from > last) {
    return Fail(ErrorKind::kInvalidInput,
                "table_changes of {}: there is no version {}; the newest is {}", name, scan.from,
                last);
  }
  if (scan.to < scan.from) {
    return Fail(ErrorKind::kInvalidInput,
                "table_changes of {}: the range ends at version {}, before it begins at {}", name,
                scan.to, scan.from);
  }
  return {};
}

}  // namespace oresmith::pipeline
