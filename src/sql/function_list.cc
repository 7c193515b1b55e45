#include "sql/function_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "sql/binder_internal.h"
#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

// What the binder understands by itself: {name, arguments}.
constexpr std::array<std::pair<std::string_view, std::string_view>, 39> kByBinder{{
    {"bigint", "1"},
    {"binary", "1"},
    {"boolean", "1"},
    {"concat", "1+"},
    {"current_timezone", "0"},
    {"date", "1"},
    {"date_part", "2"},
    {"datepart", "2"},
    {"decimal", "1"},
    {"double", "1"},
    {"extract", "2"},
    {"float", "1"},
    {"from_unixtime", "1-2"},
    {"if", "3"},
    {"iff", "3"},
    {"input_file_name", "0"},
    {"int", "1"},
    {"localtimestamp", "0"},
    {"nullif", "2"},
    {"nvl2", "3"},
    {"schema_of_json", "1"},
    {"smallint", "1"},
    {"string", "1"},
    {"struct", "1+"},
    {"timestamp", "1"},
    {"timestampadd", "3"},
    {"timestampdiff", "3"},
    {"tinyint", "1"},
    {"to_date", "1-2"},
    {"to_timestamp", "1-2"},
    {"to_timestamp_ltz", "1-2"},
    {"to_timestamp_ntz", "1-2"},
    {"to_unix_timestamp", "1-2"},
    {"try_to_date", "1-2"},
    {"try_to_timestamp", "1-2"},
    {"typeof", "1"},
    {"unix_timestamp", "0-2"},
    {"when", "1+"},
    {"window", "2-4"},
}};

bool IsName(std::string_view name) {
  return name.find(':') == std::string_view::npos && name[0] >= 'a' && name[0] <= 'z';
}

std::string_view KindName(FunctionKind kind) {
  switch (kind) {
    case FunctionKind::kAggregate:
      return "aggregate";
    case FunctionKind::kWindow:
      return "window";
    case FunctionKind::kGenerator:
      return "generator";
    default:
      return "scalar";
  }
}

std::string Arguments(const FunctionEntry& entry) {
  if (entry.args_max < 0) return fmt::format("{}+", entry.args_min);
  if (entry.args_max == entry.args_min) return std::to_string(entry.args_min);
  return fmt::format("{}-{}", entry.args_min, entry.args_max);
}

// LIKE without escapes.
bool Fits(std::string_view text, std::string_view like) {
  if (like.empty()) return text.empty();
  if (like[0] != '%') {
    const bool same = !text.empty() && (like[0] == '_' || like[0] == text[0]);
    return same && Fits(text.substr(1), like.substr(1));
  }
  for (size_t i = 0; i <= text.size(); ++i) {
    if (Fits(text.substr(i), like.substr(1))) return true;
  }
  return false;
}

std::map<std::string, FunctionListing> All() {
  std::map<std::string, FunctionListing> all;
  for (const FunctionEntry& entry : AllFunctions()) {
    if (!IsName(entry.name)) continue;
    const bool stateless =
        entry.kind == FunctionKind::kScalar || entry.kind == FunctionKind::kGenerator;
    all[std::string(entry.name)] = {.name = std::string(entry.name),
                                    .other_names = {},
                                    .kind = KindName(entry.kind),
                                    .arguments = Arguments(entry),
                                    .deterministic = entry.deterministic,
                                    .in_stream = stateless};
  }
  for (const auto& [name, arguments] : kByBinder) {
    FunctionListing& listing = all[std::string(name)];
    listing.name = name;
    listing.kind = "scalar";
    listing.arguments = arguments;
    if (name == "window") listing.in_stream = false;
  }
  for (const auto& [alias, name] : FunctionAliases()) {
    if (!IsName(alias)) continue;
    const auto found = all.find(std::string(name));
    if (found == all.end()) continue;
    std::string& names = found->second.other_names;
    names += (names.empty() ? "" : ", ") + std::string(alias);
  }
  return all;
}

std::set<std::string> NamesOf(const std::map<std::string, FunctionListing>& all) {
  std::set<std::string> names;
  for (const auto& [name, listing] : all) names.insert(name);
  for (const auto& [alias, name] : FunctionAliases()) names.insert(std::string(alias));
  return names;
}

}  // namespace

std::vector<FunctionListing> ListFunctions(std::string_view like) {
  std::map<std::string, FunctionListing> all = All();
  const std::set<std::string> here = NamesOf(all);
  for (const std::string_view name : SparkFunctionNames()) {
    const std::string text(name);
    if (IsName(name) && !here.contains(text)) all[text].name = text;
  }
  const std::string pattern = LowerCase(like);
  std::vector<FunctionListing> listings;
  for (auto& [name, listing] : all) {
    const std::string names =
        listing.other_names.empty() ? name : name + ", " + listing.other_names;
    bool fits = like.empty() || Fits(name, pattern);
    for (size_t start = 0; !fits && start < names.size();) {
      const size_t end = std::min(names.find(", ", start), names.size());
      fits = Fits(std::string_view(names).substr(start, end - start), pattern);
      start = end + 2;
    }
    if (fits) listings.push_back(std::move(listing));
  }
  return listings;
}

std::string FunctionsPage() {
  std::string page =
      "# Functions\n\n"
      "Made from the function registry: `oresmith functions --markdown`. Types, NULLs, rounding "
      "and "
      "errors are Spark 4's (ANSI);\n[compatibility.md](compatibility.md) lists what is known to "
      "differ. *stream*: may stand in the query of a streaming table.\n\n"
      "| function | other names | kind | arguments | same each time | stream |\n"
      "|---|---|---|---|---|---|\n";
  std::vector<std::string> missing;
  for (const FunctionListing& listing : ListFunctions("")) {
    if (listing.kind.empty()) {
      missing.push_back("`" + listing.name + "`");
      continue;
    }
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", listing.name, listing.other_names,
                        listing.kind, listing.arguments, listing.deterministic ? "yes" : "no",
                        listing.in_stream ? "yes" : "no");
  }
  page +=
      "\nOperators: `+ - * / % div & | ^ ~ = <> < <= > >= <=> AND OR NOT LIKE ILIKE RLIKE IN "
      "BETWEEN "
      "IS NULL || [] :`, CASE, CAST, TRY_CAST.\n\n"
      "## Functions of Spark that are not here\n\n"
      "They are refused by name before any data moves.\n\n";
  page += fmt::format("{}\n", fmt::join(missing, " "));
  return page;
}

}  // namespace oresmith::sql
