#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "engine/emit_internal.h"
#include "engine/from_json_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::BoundCall;
using sql::BoundExpr;

const std::string* ConstantText(const BoundExpr& expr) {
  const auto* cast = std::get_if<sql::BoundCast>(&expr.node);
  if (cast != nullptr) return ConstantText(*cast->operand);
  const auto* literal = std::get_if<sql::BoundLiteral>(&expr.node);
  return literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
}

using Options = std::vector<std::pair<std::string, std::string>>;

// map('key', 'value', ...) of constants: the options of a call.
Result<Options> ConstantMap(const BoundExpr& expr) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  Options options;
  if (call != nullptr && call->function->name == "map" && call->args.size() % 2 == 0) {
    for (size_t i = 0; i < call->args.size(); i += 2) {
      const std::string* key = ConstantText(*call->args[i]);
      const std::string* value = ConstantText(*call->args[i + 1]);
      if (key == nullptr || value == nullptr) break;
      options.emplace_back(*key, *value);
    }
    if (options.size() == call->args.size() / 2) return options;
  }
  return Fail(ErrorKind::kInvalidInput, "options must be map('key', 'value', ...) of constants");
}

bool IsLambda(const sql::BoundPtr& expr) {
  return std::holds_alternative<sql::BoundLambda>(expr->node);
}

// {0}, {1}, ... and {*} of a template of the function table.
std::string Substitute(std::string_view pattern, const std::vector<std::string>& args) {
  std::string text;
  while (true) {
    const size_t open = pattern.find('{');
    text += pattern.substr(0, open);
    if (open == std::string_view::npos) return text;
    const size_t close = pattern.find('}', open);
    const std::string_view inside =
        close == std::string_view::npos ? "" : pattern.substr(open + 1, close - open - 1);
    const bool is_number = !inside.empty() && inside.find_first_not_of("0123456789") ==
                                                  std::string_view::npos;
    if (inside == "*") {
      text += fmt::format("{}", fmt::join(args, ", "));
    } else if (is_number && std::stoul(std::string(inside)) < args.size()) {
      text += args[std::stoul(std::string(inside))];
    } else {
      text += '{';  // a struct literal of DuckDB
      pattern.remove_prefix(open + 1);
      continue;
    }
    pattern.remove_prefix(close + 1);
  }
}

}  // namespace

Result<std::string> Emitter::Lambda(const BoundExpr& expr, int index_parameter) {
  const auto& lambda = std::get<sql::BoundLambda>(expr.node);
  std::vector<std::string> names;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    const std::string name = QuoteName(fmt::format("l#{}", lambda.parameters[i]));
    names.push_back(name);
    lambda_variables_[lambda.parameters[i]] = static_cast<int>(i) == index_parameter
                                                  ? fmt::format("CAST({} - 1 AS INTEGER)", name)
                                                  : name;
  }
  if (hoist_ != nullptr) ++hoist_->depth;
  auto body = Expr(*lambda.body);
  if (hoist_ != nullptr) --hoist_->depth;
  if (!body) return body;
  return fmt::format("lambda {}: {}", fmt::join(names, ", "), *body);
}

Result<std::string> Emitter::Template(const BoundExpr&, const BoundCall& call) {
  if (call.function->duckdb.empty()) {
    return Fail(ErrorKind::kUnsupported, "the function {} is not supported here",
                call.function->name);
  }
  std::vector<std::string> args;
  for (const sql::BoundPtr& arg : call.args) {
    TRY(args.emplace_back(), IsLambda(arg) ? Lambda(*arg, -1) : Expr(*arg));
  }
  return Substitute(call.function->duckdb, args);
}

Result<std::string> Emitter::Call(const BoundExpr& expr, const BoundCall& call) {
  if (call.function->name == "from_json") return FromJson(expr, call);
  return Template(expr, call);
}

std::string Emitter::Need(FunctionSpec spec) {
  std::string name = spec.name;
  emission_.functions.push_back(std::move(spec));
  return name;
}

Result<std::string> Emitter::FromJson(const sql::BoundExpr& expr, const sql::BoundCall& call) {
  TRY_DO(CheckType(expr.type));
  FromJsonSpec spec{.type = expr.type, .options = {}, .span = call.args[1]->span};
  if (call.args.size() > 2) {
    TRY(spec.options, ConstantMap(*call.args[2]));
  }
  TRY(const std::string text, Expr(*call.args.front()));
  // One call for each different text, however often the query writes it.
  std::string key = text + "|" + expr.type.ToJson();
  for (const auto& [name, value] : spec.options) key += fmt::format("|{}={}", name, value);
  const bool may_hoist = hoist_ != nullptr && hoist_->depth == 0;
  if (may_hoist) {
    const auto known = hoist_->from_json.find(key);
    if (known != hoist_->from_json.end()) return known->second;
  }
  emission_.from_json.push_back(std::move(spec));
  const std::string sql =
      fmt::format("{}({}, {}, {}, {})", Need(FromJsonFunction(expr.type)), text, options_.query,
                  emission_.from_json.size() - 1, origin_.value_or("CAST(NULL AS BIGINT)"));
  if (!may_hoist) return sql;
  const std::string name = FreshName("from_json");
  hoist_->columns.emplace_back(sql, name);
  hoist_->from_json[key] = name;
  return name;
}

}  // namespace oresmith::engine
