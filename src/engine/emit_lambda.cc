// Lambdas over the entries of maps and over two lists at once.

#include <fmt/format.h>

#include "engine/emit_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {

using sql::BoundCall;
using sql::BoundExpr;

// DuckDB's lambdas have one element: what Spark's have two or three of is a part of it.
Result<std::optional<std::string>> Emitter::MapLambda(const BoundExpr& expr,
                                                      const BoundCall& call) {
  const std::string_view name = call.function->name;
  const bool of_map =
      name == "transform_values" || name == "transform_keys" || name == "map_filter";
  if (!of_map && name != "zip_with" && name != "map_zip_with") return std::nullopt;
  const auto& lambda = std::get<sql::BoundLambda>(call.args.back()->node);
  const std::string item = FreshName("item");
  std::vector<std::string> lists;
  for (size_t i = 0; i + 1 < call.args.size(); ++i) {
    TRY(lists.emplace_back(), Expr(*call.args[i]));
  }
  std::vector<std::string> parts{fmt::format("({}).key", item), fmt::format("({}).value", item)};
  if (name == "zip_with") {
    parts = {fmt::format("({})[1]", item), fmt::format("({})[2]", item)};
  } else if (name == "map_zip_with") {
    parts = {item, fmt::format("map_extract_value({}, {})", lists[0], item),
             fmt::format("map_extract_value({}, {})", lists[1], item)};
  }
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    lambda_variables_[lambda.parameters[i]] = parts[i];
  }
  if (hoist_ != nullptr) ++hoist_->depth;
  auto body = Expr(*lambda.body);
  if (hoist_ != nullptr) --hoist_->depth;
  if (!body) return Fail(std::move(body).error());
  std::string text;
  if (name == "zip_with") {
    text = fmt::format(
        "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_transform(list_zip({0}, {1}), "
        "lambda {2}: {3}) END)",
        lists[0], lists[1], item, *body);
  } else if (name == "map_zip_with") {
    const std::string other = FreshName("key");
    text = fmt::format(
        "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN map_from_entries(list_transform("
        "list_concat(map_keys({0}), list_filter(map_keys({1}), lambda {4}: NOT "
        "list_contains(map_keys({0}), {4}))), lambda {2}: {{'key': {2}, 'value': {3}}})) END)",
        lists[0], lists[1], item, *body, other);
  } else if (name == "map_filter") {
    text = fmt::format("map_from_entries(list_filter(map_entries({}), lambda {}: {}))", lists[0],
                       item, *body);
  } else {
    const bool keys = name == "transform_keys";
    text = fmt::format(
        "map_from_entries(list_transform(map_entries({}), lambda {}: {{'key': {}, 'value': {}}}))",
        lists[0], item, keys ? *body : parts[0], keys ? parts[1] : *body);
  }
  return std::optional<std::string>(AsType(text, expr.type));
}

}  // namespace oresmith::engine
