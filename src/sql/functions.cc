// The registry: its parts put together, names found in it.
//
// These have no DuckDB text and are emitted by engine/ with its own code:
//   from_json(text, schema [, option, value]...)   :(text, path)   get_json_object   to_json
//   to_date to_timestamp try_to_date try_to_timestamp date_format, with a pattern   shiftleft
//   hash xxhash64 crc32   named_struct(name, value, ...)   map(key, value, ...)
//   +:decimal -:decimal *:decimal /:decimal avg:decimal (what DuckDB's decimals cannot hold or
//   compute) current_date current_timestamp   transform filter   count:several   the generators

#include "sql/functions.h"

#include <algorithm>

#include "sql/binder_internal.h"
#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

std::vector<FunctionEntry> Collect() {
  std::vector<FunctionEntry> all;
  for (const auto part : {OperatorEntries(), NumericEntries(), StringEntries(), FormatEntries(),
                          DatetimeEntries(), CollectionEntries(), MapEntries(), JsonEntries(),
                          AggregateEntries(), WindowEntries(), GeneratorEntries()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  std::sort(all.begin(), all.end(),
            [](const FunctionEntry& a, const FunctionEntry& b) { return a.name < b.name; });
  return all;
}

const FunctionEntry* FindExact(std::string_view name) {
  const auto all = AllFunctions();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name,
      [](const FunctionEntry& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

std::span<const FunctionEntry> AllFunctions() {
  static const std::vector<FunctionEntry> all = Collect();  // a constant, in the order of its names
  return all;
}

const FunctionEntry* FindFunction(std::string_view name) {
  const std::string lower = LowerCase(name);
  if (const FunctionEntry* entry = FindExact(lower)) return entry;
  for (const auto& [alias, target] : FunctionAliases()) {
    if (alias == lower) return FindExact(target);
  }
  return nullptr;
}

bool IsKnownToSpark(std::string_view name) {
  const auto names = SparkFunctionNames();
  return std::binary_search(names.begin(), names.end(), LowerCase(name));
}

std::string_view NearestFunction(std::string_view name) {
  std::vector<std::string> names;
  for (const FunctionEntry& entry : AllFunctions()) {
    const bool callable = entry.name.find(':') == std::string_view::npos && entry.name[0] >= 'a' &&
                          entry.name[0] <= 'z';
    if (callable) names.emplace_back(entry.name);
  }
  for (const auto& [alias, target] : FunctionAliases()) names.emplace_back(alias);
  const std::string nearest = NearestName(name, names);
  if (nearest.empty()) return {};
  for (const auto& [alias, target] : FunctionAliases()) {
    if (alias == nearest) return alias;
  }
  const FunctionEntry* entry = FindExact(nearest);
  return entry != nullptr ? entry->name : std::string_view();
}

tl::unexpected<Error> WrongArgument(const FunctionEntry& entry, Infos args, size_t index,
                                    std::string_view wanted) {
  return Fail(ErrorKind::kInvalidInput, "{}: argument {} is {}, and {} is needed", entry.name,
              index + 1, args[index].type.ToSql(), wanted);
}

Result<Type> AcceptArgument(const FunctionEntry& entry, Infos args, size_t index, TypeId wanted) {
  const Type& given = args[index].type;
  // Where any text is taken, the type says that binary is taken as it is too.
  const Type type(wanted);
  if (CanCastImplicitly(given, type)) return type;
  return WrongArgument(entry, args, index, type.ToSql());
}

Result<Type> CommonOf(const FunctionEntry& entry, Infos args) {
  Type common;
  for (size_t i = 0; i < args.size(); ++i) {
    auto wider = CommonType(common, args[i].type);
    if (!wider) {
      return Fail(ErrorKind::kInvalidInput,
                  "{}: {} and {} have no common type; cast one to the other's", entry.name,
                  common.ToSql(), args[i].type.ToSql());
    }
    common = *std::move(wider);
  }
  return common;
}

Result<Signature> CommonOfAll(const FunctionEntry& entry, Infos args) {
  TRY(const Type common, CommonOf(entry, args));
  return Signature{.arguments = std::vector<Type>(args.size(), common),
                   .result = common,
                   .nullable = AnyNullable(args)};
}

Result<Signature> SameAsFirst(const FunctionEntry& /*entry*/, Infos args) {
  Signature signature{.arguments = {}, .result = args[0].type, .nullable = AnyNullable(args)};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

}  // namespace oresmith::sql
