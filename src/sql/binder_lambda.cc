// transform, filter, aggregate ...: lambdas get their parameter types from the other arguments.

#include <algorithm>
#include <array>
#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

struct Parameters {
  std::vector<Type> types;
  std::vector<bool> nullable;
  size_t used_min = 0;  // the lambda may leave out the rest: transform(x -> ...)
};

std::optional<Parameters> OfArray(const Type& array, bool with_index) {
  if (!array.Is(TypeId::kArray)) return std::nullopt;
  Parameters parameters{{array.element()}, {array.contains_null()}, 1};
  if (with_index) {
    parameters.types.emplace_back(TypeId::kInt);
    parameters.nullable.push_back(false);
  }
  return parameters;
}

// What lambda `index` of a call is given, after the arguments before it are bound.
std::optional<Parameters> ParametersOf(std::string_view name, size_t index,
                                       const std::vector<BoundPtr>& args) {
  if (args.empty()) return std::nullopt;
  const Type& first = args[0]->type;
  if (name == "transform" || name == "filter") return OfArray(first, true);
  if (name == "exists" || name == "forall") return OfArray(first, false);
  const bool of_map =
      name == "transform_keys" || name == "transform_values" || name == "map_filter";
  if (of_map && first.Is(TypeId::kMap)) {
    return Parameters{{first.key(), first.value()}, {false, first.value_contains_null()}, 2};
  }
  if (name == "zip_with" && args.size() == 2 && first.Is(TypeId::kArray) &&
      args[1]->type.Is(TypeId::kArray)) {
    return Parameters{{first.element(), args[1]->type.element()}, {true, true}, 2};
  }
  if (name == "map_zip_with" && args.size() == 2 && first.Is(TypeId::kMap) &&
      args[1]->type.Is(TypeId::kMap)) {
    return Parameters{{first.key(), first.value(), args[1]->type.value()}, {false, true, true}, 3};
  }
  if (name == "aggregate" && first.Is(TypeId::kArray) && args.size() >= 2) {
    const Type& state = args[1]->type;
    if (index == 3) return Parameters{{state}, {true}, 1};
    return Parameters{{state, first.element()}, {true, first.contains_null()}, 2};
  }
  return std::nullopt;
}

}  // namespace

bool TakesLambda(std::string_view name) {
  constexpr std::array<std::string_view, 10> kNames{
      "transform",      "filter",           "exists",     "forall",   "aggregate",
      "transform_keys", "transform_values", "map_filter", "zip_with", "map_zip_with"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

Result<BoundPtr> Binder::BindHigherOrder(const FunctionEntry& entry, const FunctionCall& call,
                                         Span span, ExprScope& scope) {
  std::vector<BoundPtr> args;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Expr& arg = *call.args[i];
    const auto* lambda = std::get_if<Lambda>(&arg.node);
    if (lambda == nullptr) {
      if (ParametersOf(entry.name, i, args)) {
        return Invalid(arg.span, "{}: argument {} must be a lambda, such as x -> x + 1", entry.name,
                       i + 1);
      }
      TRY(BoundPtr bound, BindExpr(arg, scope));
      args.push_back(std::move(bound));
      continue;
    }
    const auto parameters = ParametersOf(entry.name, i, args);
    if (!parameters) {
      return Invalid(arg.span, "{}: a lambda cannot be argument {} of it", entry.name, i + 1);
    }
    const size_t given = lambda->parameters.size();
    if (given < parameters->used_min || given > parameters->types.size()) {
      return Invalid(arg.span, "{}: this lambda has {} parameters, and {} are passed", entry.name,
                     given, parameters->types.size());
    }
    TRY(BoundPtr bound,
        BindLambda(*lambda, arg.span, parameters->types, parameters->nullable, scope));
    args.push_back(std::move(bound));
  }
  if (args.size() >= 2 && !std::holds_alternative<BoundLambda>(args.back()->node)) {
    return Invalid(span, "{}: its last argument is a lambda, such as x -> x + 1", entry.name);
  }
  return MakeCall(entry, std::move(args), span);
}

Result<BoundPtr> Binder::BindLambda(const Lambda& lambda, Span span, const std::vector<Type>& types,
                                    const std::vector<bool>& nullable, ExprScope& scope) {
  ExprScope inner = scope;
  BoundLambda bound;
  for (size_t i = 0; i < lambda.parameters.size(); ++i) {
    const int id = next_lambda_++;
    inner.lambdas.push_back({lambda.parameters[i].text, id, types[i], nullable[i]});
    bound.parameters.push_back(id);
    bound.parameter_types.push_back(types[i]);
  }
  TRY(bound.body, BindExpr(*lambda.body, inner));
  Type type = bound.body->type;
  const bool body_nullable = bound.body->nullable;
  return MakeExpr(std::move(type), body_nullable, span, std::move(bound));
}

}  // namespace oresmith::sql
