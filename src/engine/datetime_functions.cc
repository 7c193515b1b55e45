#include <fmt/format.h>

#include "base/ids.h"
#include "engine/datetime_functions_internal.h"
#include "engine/datetime_pattern_internal.h"
#include "engine/vector_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;
using Arguments = std::vector<Argument>;

std::string CannotParse(std::string_view text) {
  return fmt::format(
      "[CANNOT_PARSE_TIMESTAMP] Text '{}' could not be parsed. Use `try_to_timestamp` to tolerate "
      "invalid input string and return NULL instead.",
      text);
}

template <class Store>
void ParseEach(duckdb_function_info info, duckdb_data_chunk input, Output& output,
               const Store& store) {
  const DatetimePattern& pattern = *ExtraOf(info).pattern;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    const std::string_view text = args[0].Text(row);
    const auto parsed = pattern.Parse(text);
    if (!parsed) return CannotParse(text);
    store(row, parsed->micros - int64_t{1'000'000} * parsed->offset_seconds.value_or(0));
    return {};
  });
}

void ToDate(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  constexpr int64_t kDay = 86'400'000'000;
  Output output(vector);
  ParseEach(info, input, output, [&](idx_t row, int64_t micros) {
    const int64_t days = micros >= 0 ? micros / kDay : (micros - kDay + 1) / kDay;
    output.Set(row, static_cast<int32_t>(days));
  });
}

void ToTimestamp(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  ParseEach(info, input, output, [&](idx_t row, int64_t micros) { output.Set(row, micros); });
}

void Format(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector vector) {
  Output output(vector);
  const DatetimePattern& pattern = *ExtraOf(info).pattern;
  std::string text;
  ForEachRow(info, input, output, [&](const Arguments& args, idx_t row) -> std::string {
    text.clear();
    pattern.Append(text, args[0].Get<int64_t>(row));
    output.SetText(row, text);
    return {};
  });
}

}  // namespace

Result<std::optional<FunctionSpec>> PatternFunction(std::string_view name,
                                                    std::string_view pattern) {
  const bool is_try = name.starts_with("try_");
  const std::string_view base = is_try ? name.substr(4) : name;
  FunctionSpec spec;
  if (base == "to_date") spec.body = ToDate;
  if (base == "to_timestamp") spec.body = ToTimestamp;
  if (base == "date_format") spec.body = Format;
  if (spec.body == nullptr) return std::nullopt;
  auto made = DatetimePattern::Make(pattern);
  if (!made) return Fail(std::move(made).error().Within(name));
  if (base != "date_format") {
    const Status readable = made->CheckForParsing();
    if (!readable) return Fail(Error(readable.error()).Within(name));
  }
  spec.extra.pattern = std::make_shared<const DatetimePattern>(*std::move(made));
  spec.extra.null_on_error = is_try;
  const Type text(TypeId::kString);
  const Type timestamp(TypeId::kTimestamp);
  spec.extra.parameters = {base == "date_format" ? timestamp : text};
  spec.extra.result = base == "date_format" ? text
                      : base == "to_date"   ? Type(TypeId::kDate)
                                            : timestamp;
  spec.name = fmt::format("spark_{}_{:016x}", name, StableHash(pattern));
  return spec;
}

}  // namespace oresmith::engine
