#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "engine/emit_internal.h"
#include "engine/from_json_internal.h"
#include "engine/types_internal.h"
#include "sql/java_regex.h"

namespace oresmith::engine {
namespace {

using sql::BoundCall;
using sql::BoundExpr;
using types::Type;
using types::TypeId;

const std::string* ConstantText(const BoundExpr& expr) {
  const auto* cast = std::get_if<sql::BoundCast>(&expr.node);
  if (cast != nullptr) return ConstantText(*cast->operand);
  const auto* literal = std::get_if<sql::BoundLiteral>(&expr.node);
  return literal == nullptr ? nullptr : std::get_if<std::string>(&literal->value);
}

using Options = std::vector<std::pair<std::string, std::string>>;

// from_json(text, schema, key, value, ...): the options, which are constants.
Result<Options> ConstantOptions(const BoundCall& call) {
  Options options;
  for (size_t i = 2; i + 1 < call.args.size(); i += 2) {
    const std::string* key = ConstantText(*call.args[i]);
    const std::string* value = ConstantText(*call.args[i + 1]);
    if (key == nullptr || value == nullptr) {
      return Fail(ErrorKind::kInvalidInput, "{}: options must be constants", call.function->name);
    }
    options.emplace_back(*key, *value);
  }
  return options;
}

// DuckDB computes with DECIMALs of up to 18 digits in 64 bits even when the result has more, and
// fails: one of them gets more.
void WidenDecimal(const BoundCall& call, const Type& result, std::vector<std::string>& args) {
  constexpr int kShortDigits = 18;
  const std::string_view name = call.function->name;
  if (!result.Is(TypeId::kDecimal) || result.precision() <= kShortDigits) return;
  if (name != "*" && name != "+" && name != "-") return;
  const Type& left = call.args[0]->type;
  const Type& right = call.args[1]->type;
  if (left.precision() > kShortDigits || right.precision() > kShortDigits) return;
  args[0] = fmt::format("CAST({} AS {})", args[0],
                        TypeSql(Type::Decimal(kShortDigits + 1, left.scale())));
}

// What RE2 reads otherwise than Java is written out: `.`, \s, \p{Alpha} ...
bool HasPattern(std::string_view name) {
  return name == "rlike" || name == "split" ||
         (name.starts_with("regexp_") && !name.ends_with(":java"));
}

bool IsLambda(const sql::BoundPtr& expr) {
  return std::holds_alternative<sql::BoundLambda>(expr->node);
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

Result<std::string> Emitter::FillTemplate(const sql::FunctionEntry& function, const CallText& text,
                                          const Type& result) {
  std::string_view pattern = function.duckdb;
  std::string filled;
  while (!pattern.empty()) {
    const size_t brace = pattern.find_first_of("{}");
    filled += pattern.substr(0, brace);
    if (brace == std::string_view::npos) break;
    pattern.remove_prefix(brace);
    if (pattern.size() > 1 && pattern[1] == pattern[0]) {  // {{ or }}
      filled += pattern[0];
      pattern.remove_prefix(2);
      continue;
    }
    const size_t close = pattern.find('}');
    const std::string_view key = pattern.substr(1, close == 0 ? 0 : close - 1);
    const size_t index = key.empty() || key[0] < '0' || key[0] > '9' ? std::string_view::npos
                                                                     : std::stoul(std::string(key));
    if (key == "*" || (key.ends_with("*") && index <= text.args.size())) {  // all, or all from N
      const auto first = text.args.begin() + static_cast<std::ptrdiff_t>(key == "*" ? 0 : index);
      filled += fmt::format("{}", fmt::join(first, text.args.end(), ", "));
    } else if (key == "1*" && !text.args.empty()) {
      filled += fmt::format("{}", fmt::join(text.args.begin() + 1, text.args.end(), ", "));
    } else if (key == "d" || key == "i" || key == "o" || key == "f") {
      filled += key == "d"   ? text.distinct
                : key == "i" ? text.ignore_nulls
                : key == "o" ? text.order
                             : text.filter;
    } else if (key == "t") {
      filled += TypeSql(result);
    } else if (index < text.args.size()) {
      filled += text.args[index];
    } else {
      return Fail(ErrorKind::kUnsupported,
                  "the function {} with {} arguments is not supported here", function.name,
                  text.args.size());
    }
    pattern.remove_prefix(close + 1);
  }
  return filled;
}

std::string Emitter::AsType(const std::string& text, const Type& type) {
  // What a template gives for these is of that very type.
  if (type.Is(TypeId::kBoolean) || type.Is(TypeId::kString) || type.Is(TypeId::kVoid)) return text;
  return fmt::format("CAST({} AS {})", text, TypeSql(type));
}

Result<std::string> Emitter::Template(const BoundExpr& expr, const BoundCall& call) {
  if (call.function->duckdb.empty()) {
    return Fail(ErrorKind::kUnsupported, "the function {} is not supported here",
                call.function->name);
  }
  std::vector<std::string> args;
  for (const sql::BoundPtr& arg : call.args) {
    TRY(args.emplace_back(), IsLambda(arg) ? Lambda(*arg, -1) : Expr(*arg));
  }
  if (HasPattern(call.function->name)) {
    const std::string* pattern = ConstantText(*call.args[1]);
    if (pattern != nullptr) {
      TRY(const sql::JavaRegex regex, sql::TranslateJavaRegex(*pattern));
      args[1] = QuoteText(regex.text);
    }
  }
  CallText text;
  text.args = std::move(args);
  WidenDecimal(call, expr.type, text.args);
  TRY(const std::string filled, FillTemplate(*call.function, text, expr.type));
  // The sum of two BIGINT is a BIGINT there too.
  const std::string_view name = call.function->name;
  const bool same_types = name == "+" || name == "-" || name == "*" || name == "coalesce";
  if (same_types && !expr.type.Is(TypeId::kDecimal)) return filled;
  return AsType(filled, expr.type);
}

Result<std::string> Emitter::Call(const BoundExpr& expr, const BoundCall& call) {
  TRY(std::optional<std::string> own, OwnCall(expr, call));
  if (own) return *std::move(own);
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
  TRY(spec.options, ConstantOptions(call));
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
