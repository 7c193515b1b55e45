// Lambdas over the entries of maps and over two lists at once.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <utility>

#include "engine/emit_internal.h"
#include "engine/types_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::engine {

using sql::BoundCall;
using sql::BoundExpr;
using types::Type;

namespace {

// What a lambda's body uses of the row and of the lambdas around it.
struct Captured {
  std::map<sql::ColumnId, Type> columns;
  std::map<int, Type> variables;
  bool reads_json = false;
};

Captured CapturedBy(const sql::BoundLambda& lambda) {
  Captured captured;
  std::set<int> own(lambda.parameters.begin(), lambda.parameters.end());
  sql::VisitDeep(*lambda.body, [&](const BoundExpr& expr) {
    if (const auto* inner = std::get_if<sql::BoundLambda>(&expr.node)) {
      own.insert(inner->parameters.begin(), inner->parameters.end());
    } else if (const auto* column = std::get_if<sql::BoundColumn>(&expr.node)) {
      captured.columns.emplace(column->id, expr.type);
    } else if (const auto* variable = std::get_if<sql::BoundLambdaVariable>(&expr.node)) {
      captured.variables.emplace(variable->id, expr.type);
    } else if (const auto* call = std::get_if<BoundCall>(&expr.node)) {
      captured.reads_json = captured.reads_json || call->function->name == "from_json";
    }
  });
  for (const int id : own) captured.variables.erase(id);
  return captured;
}

}  // namespace

// DuckDB's list_reduce gives a body that uses columns the values of other rows as soon as lists
// differ in length, and its state has the elements' type. So the elements carry what the body uses,
// and the state is one of them: {e: element, s: state, c0: ...}.
Result<std::optional<std::string>> Emitter::FoldLambda(const BoundCall& call) {
  if (!call.function->name.starts_with("aggregate")) return std::nullopt;
  const auto& lambda = std::get<sql::BoundLambda>(call.args[2]->node);
  const Type& element = lambda.parameter_types[1];
  const Type& state = call.args[1]->type;
  const Captured captured = CapturedBy(lambda);
  if (captured.columns.empty() && captured.variables.empty() && element == state) {
    return std::nullopt;
  }
  if (captured.reads_json) {
    return Fail(ErrorKind::kUnsupported, "aggregate: from_json in its lambda is not supported");
  }
  TRY(const std::string list, Expr(*call.args[0]));
  TRY(const std::string start, Expr(*call.args[1]));
  const std::string item = FreshName("item");
  const std::string before = FreshName("state");
  std::string carried;
  std::string nulls;
  auto names = names_;
  auto variables = lambda_variables_;
  const auto carry = [&](const std::string& text, const Type& type) {
    const std::string name = fmt::format("c{}", nulls.size());
    carried += fmt::format(", '{}': {}", name, text);
    nulls += fmt::format(", '{}': CAST(NULL AS {})", name, TypeSql(type));
    return fmt::format("({}).{}", item, name);
  };
  for (const auto& [id, type] : captured.columns) names[id] = carry(names_.at(id), type);
  for (const auto& [id, type] : captured.variables) {
    variables[id] = carry(lambda_variables_.at(id), type);
  }
  variables[lambda.parameters[0]] = fmt::format("({}).s", before);
  variables[lambda.parameters[1]] = fmt::format("({}).e", item);
  std::swap(names, names_);
  std::swap(variables, lambda_variables_);
  if (hoist_ != nullptr) ++hoist_->depth;
  const auto body = Expr(*lambda.body);
  if (hoist_ != nullptr) --hoist_->depth;
  std::swap(names, names_);
  std::swap(variables, lambda_variables_);
  if (!body) return Fail(body.error());
  const auto with_state = [&](const std::string& text) {
    return fmt::format("{{'e': CAST(NULL AS {}), 's': CAST({} AS {}){}}}", TypeSql(element), text,
                       TypeSql(state), nulls);
  };
  const std::string element_item = FreshName("element");
  std::string folded = fmt::format(
      "(CASE WHEN {0} IS NOT NULL THEN (list_reduce(list_transform({0}, lambda {1}: {{'e': {1}, "
      "'s': CAST(NULL AS {2}){3}}}), lambda {4}, {5}: {6}, {7})).s END)",
      list, element_item, TypeSql(state), carried, before, item, with_state(*body),
      with_state(start));
  if (call.args.size() == 4) {
    TRY(const std::string finish, Lambda(*call.args[3], -1));
    folded = fmt::format("(CASE WHEN {} IS NOT NULL THEN list_transform([{}], {})[1] END)", list,
                         folded, finish);
  }
  return std::optional<std::string>(std::move(folded));
}

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
