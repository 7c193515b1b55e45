#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

#include "engine/errors_internal.h"

namespace oresmith::engine {
namespace {

bool Contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// `text` between `before` and `after`; empty when one of them is missing.
std::string_view Between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  const size_t start = begin + before.size();
  const size_t end = text.find(after, start);
  return end == std::string_view::npos ? std::string_view() : text.substr(start, end - start);
}

// DuckDB's name of an integral type, as Spark writes it.
std::string_view SparkTypeName(std::string_view duckdb) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{
      {{"INT8", "TINYINT"},
       {"INT16", "SMALLINT"},
       {"INT32", "INT"},
       {"INT64", "BIGINT"},
       {"INT128", "BIGINT"}}};
  for (const auto& [theirs, ours] : kNames) {
    if (duckdb == theirs) return ours;
  }
  return duckdb;
}

// "Type INT32 with value 300 can't be cast because the value is out of range for the destination
// type INT8"
std::string CastOverflow(std::string_view text) {
  const std::string_view from = Between(text, "Type ", " with value ");
  const std::string_view value = Between(text, " with value ", " can't be cast");
  constexpr std::string_view kTarget = "destination type ";
  const size_t target = text.rfind(kTarget);
  std::string_view to =
      target == std::string_view::npos ? std::string_view() : text.substr(target + kTarget.size());
  to = to.substr(0, to.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789(),"));
  if (from == "INT128" || from.empty()) {
    return "[ARITHMETIC_OVERFLOW] long overflow. Use 'try_sum' to tolerate overflow and return "
           "NULL "
           "instead.";
  }
  return fmt::format(
      "[CAST_OVERFLOW] The value {} of the type \"{}\" cannot be cast to \"{}\" due to an "
      "overflow. "
      "Use `try_cast` to tolerate overflow and return NULL instead.",
      value, SparkTypeName(from), SparkTypeName(to));
}

std::string ArithmeticOverflow(std::string_view text) {
  std::string_view what = "integer";
  if (Contains(text, "INT64") || Contains(text, "INT128")) what = "long";
  if (Contains(text, "INT16")) what = "short";
  if (Contains(text, "INT8")) what = "byte";
  return fmt::format(
      "[ARITHMETIC_OVERFLOW] {} overflow. Use 'try_add', 'try_subtract' or "
      "'try_multiply' to tolerate overflow and return NULL instead.",
      what);
}

// The text without "Invalid Input Error: " and the like, and without what follows the first line.
std::string_view WithoutKind(std::string_view text) {
  const size_t end = text.find(" Error: ");
  if (end != std::string_view::npos && text.substr(0, end).find('\n') == std::string_view::npos) {
    text.remove_prefix(end + 8);
  }
  return text.substr(0, text.find("\n\nLINE "));
}

// What the data did wrong, where DuckDB's words for it are known; in Spark's words.
std::string DataError(std::string_view text, std::string_view message) {
  // Our own functions speak Spark's language already: "[ERROR_CLASS] ...".
  if (!message.empty() && message.front() == '[') return std::string(message);
  if (Contains(text, "out of range for the destination type")) return CastOverflow(message);
  const bool is_small = Contains(text, "INT8 ") || Contains(text, "INT16 ");
  if (Contains(text, "Overflow in") && is_small) {
    return fmt::format("[BINARY_ARITHMETIC_OVERFLOW] {} caused overflow.",
                       Between(message, "(", ")"));
  }
  if (Contains(text, "Overflow in") || Contains(text, "Overflow on")) {
    return ArithmeticOverflow(message);
  }
  if (Contains(text, "Unknown TimeZone")) {
    return fmt::format(
        "[CAST_INVALID_INPUT] A value of the type \"STRING\" cannot be cast to "
        "\"TIMESTAMP\": there is no time zone '{}'",
        Between(message, "'", "'"));
  }
  if (Contains(text, "Map keys must be unique")) {
    return "[DUPLICATED_MAP_KEY] Duplicate map key was found, please check the input data.";
  }
  if (Contains(text, "Map keys can not be NULL")) {
    return "[NULL_MAP_KEY] Cannot use null as map key.";
  }
  if (Contains(text, "Date out of range")) {
    return fmt::format("[DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION] {}", message);
  }
  if (Contains(text, "More than one row returned by a subquery")) {
    return "[SCALAR_SUBQUERY_TOO_MANY_ROWS] More than one row returned by a subquery used as an "
           "expression.";
  }
  return {};
}

}  // namespace

Error TranslateRunError(std::string_view text) {
  const std::string_view message = WithoutKind(text);
  const std::string known = DataError(text, message);
  if (!known.empty()) return MakeError(ErrorKind::kBadRecord, "{}", known);
  if (text.starts_with("Out of Memory Error")) {
    return MakeError(ErrorKind::kUnavailable, "run a query: not enough memory: {}",
                     message.substr(0, message.find('\n')))
        .WithFix("raise oresmith.memory, or give it a folder to spill to");
  }
  if (text.starts_with("INTERRUPT Error") || Contains(text, "Interrupted!")) {
    return MakeError(ErrorKind::kCancelled, "run a query: stopped");
  }
  if (text.starts_with("Conversion Error") || text.starts_with("Out of Range Error") ||
      text.starts_with("Invalid Input Error")) {
    return MakeError(ErrorKind::kBadRecord, "{}", message);
  }
  return MakeError(ErrorKind::kCorrupt, "run a query: {}",
                   text.substr(0, text.find("\n\nStack Trace")));
}

Error TranslatePrepareError(std::string_view text, std::string_view sql) {
  const std::string_view message = WithoutKind(text);
  // Constants are computed while preparing.
  const std::string known = DataError(text, message);
  if (!known.empty()) return MakeError(ErrorKind::kBadRecord, "{}", known);
  return MakeError(ErrorKind::kUnsupported, "this query cannot be run: {}", message)
      .WithNote(fmt::format("translated to: {}", sql));
}

}  // namespace oresmith::engine
