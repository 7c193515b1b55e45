#include "engine/errors_internal.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>

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
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kNames{{
      {"INT8", "TINYINT"}, {"INT16", "SMALLINT"}, {"INT32", "INT"}, {"INT64", "BIGINT"},
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
    return "[ARITHMETIC_OVERFLOW] long overflow. Use 'try_sum' to tolerate overflow and return NULL "
           "instead.";
  }
  return fmt::format(
      "[CAST_OVERFLOW] The value {} of the type \"{}\" cannot be cast to \"{}\" due to an overflow. "
      "Use `try_cast` to tolerate overflow and return NULL instead.",
      value, SparkTypeName(from), SparkTypeName(to));
}

std::string ArithmeticOverflow(std::string_view text) {
  std::string_view what = "integer";
  if (Contains(text, "INT64") || Contains(text, "INT128")) what = "long";
  if (Contains(text, "INT16")) what = "short";
  if (Contains(text, "INT8")) what = "byte";
  return fmt::format("[ARITHMETIC_OVERFLOW] {} overflow. Use 'try_add', 'try_subtract' or "
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

}  // namespace

Error TranslateRunError(std::string_view text) {
  // Our own functions speak Spark's language already: "[ERROR_CLASS] ...".
  const std::string_view message = WithoutKind(text);
  if (!message.empty() && message.front() == '[') {
    return MakeError(ErrorKind::kBadRecord, "{}", message);
  }
  if (text.starts_with("Out of Memory Error")) {
    return MakeError(ErrorKind::kUnavailable, "run a query: not enough memory: {}",
                     message.substr(0, message.find('\n')))
        .WithFix("raise oresmith.memory, or give it a folder to spill to");
  }
  if (text.starts_with("INTERRUPT Error") || Contains(text, "Interrupted!")) {
    return MakeError(ErrorKind::kCancelled, "run a query: stopped");
  }
  if (Contains(text, "out of range for the destination type")) {
    return MakeError(ErrorKind::kBadRecord, "{}", CastOverflow(message));
  }
  if (Contains(text, "Overflow in")) {
    return MakeError(ErrorKind::kBadRecord, "{}", ArithmeticOverflow(message));
  }
  if (Contains(text, "More than one row returned by a subquery")) {
    return MakeError(ErrorKind::kBadRecord,
                     "[SCALAR_SUBQUERY_TOO_MANY_ROWS] More than one row returned by a subquery used "
                     "as an expression");
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
  if (!message.empty() && message.front() == '[') {
    return MakeError(ErrorKind::kBadRecord, "{}", message);
  }
  return MakeError(ErrorKind::kUnsupported, "this query cannot be run: {}", message)
      .WithNote(fmt::format("translated to: {}", sql));
}

}  // namespace oresmith::engine
