// The order of arrays and structs: to DuckDB a NULL inside is the greatest value, to Spark the
// least.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/emit_internal.h"
#include "engine/row_functions_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::BoundCall;
using sql::BoundExpr;
using types::Type;
using types::TypeId;

// Whether a NULL may lie inside of a value.
bool HoldsNull(const Type& type) {
  if (type.Is(TypeId::kArray)) return type.contains_null() || HoldsNull(type.element());
  if (!type.Is(TypeId::kStruct)) return false;
  return std::any_of(type.fields().begin(), type.fields().end(), [](const types::Field& field) {
    return field.nullable || HoldsNull(field.type);
  });
}

}  // namespace

std::string Emitter::OrderKey(const std::string& text, const Type& type) {
  if (!HoldsNull(type)) return text;
  const std::string whole = FreshName("whole");
  const auto item = [&](const std::string& value, const Type& of, bool nullable) {
    const std::string key = OrderKey(value, of);
    return nullable ? fmt::format("{{'n': {} IS NOT NULL, 'v': {}}}", value, key) : key;
  };
  if (type.Is(TypeId::kArray)) {
    return fmt::format("list_transform({}, lambda {}: {})", text, whole,
                       item(whole, type.element(), type.contains_null()));
  }
  std::vector<std::string> parts;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    const types::Field& field = type.fields()[i];
    const std::string value = fmt::format("({}).{}", whole, QuoteName(FieldNames(type)[i]));
    parts.push_back(fmt::format("'f{}': {}", i, item(value, field.type, field.nullable)));
  }
  return fmt::format(
      "list_transform([{0}], lambda {1}: CASE WHEN {1} IS NOT NULL THEN {{{2}}} END)[1]", text,
      whole, fmt::join(parts, ", "));
}

Result<std::optional<std::string>> Emitter::OrderCall(const BoundExpr& expr,
                                                      const BoundCall& call) {
  constexpr std::array<std::string_view, 5> kComparisons{"<", "<=", ">", ">=", "between"};
  if (call.args.empty() || !HoldsNull(call.args[0]->type)) return std::nullopt;
  const std::string_view name = call.function->name;
  if (std::find(kComparisons.begin(), kComparisons.end(), name) != kComparisons.end()) {
    CallText text;
    TRY(text.args, Exprs(call.args));
    for (size_t i = 0; i < text.args.size(); ++i) {
      text.args[i] = OrderKey(text.args[i], call.args[i]->type);
    }
    TRY(std::string filled, FillTemplate(*call.function, text, expr.type));
    return std::optional<std::string>(std::move(filled));
  }
  const bool of_all = name == "greatest" || name == "least";
  const Type& first = call.args[0]->type;
  if (!of_all && !(first.Is(TypeId::kArray) && HoldsNull(first.element()))) return std::nullopt;
  std::vector<Type> types;
  for (const sql::BoundPtr& arg : call.args) types.push_back(arg->type);
  std::optional<FunctionSpec> function =
      RowFunction(std::string(name) + ":nested", types, expr.type);
  if (!function) return std::nullopt;
  TRY(const std::vector<std::string> args, Exprs(call.args));
  return std::optional<std::string>(
      fmt::format("{}({})", Need(*std::move(function)), fmt::join(args, ", ")));
}

void Emitter::OrderAggregate(const std::vector<sql::BoundPtr>& args, CallText& text,
                             sql::FunctionEntry& function) {
  const std::string_view name = function.name;
  const Type type = args.empty() ? Type() : args.back()->type;
  if (!HoldsNull(type)) return;
  if (name == "min" || name == "max") {
    function.duckdb = name == "min" ? "arg_min({0}, {1}){f}" : "arg_max({0}, {1}){f}";
    text.args.push_back(OrderKey(text.args[0], type));
  } else if (name == "min_by" || name == "max_by") {
    text.args[1] = OrderKey(text.args[1], type);
  }
}

}  // namespace oresmith::engine
