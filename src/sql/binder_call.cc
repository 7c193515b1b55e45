// Function calls: which entry a name means, the types of its arguments, the casts they need.

#include <utility>

#include "sql/binder_internal.h"

namespace oresmith::sql {
namespace {

ArgumentInfo InfoOf(const BoundExpr& arg) {
  ArgumentInfo info{.type = arg.type, .nullable = arg.nullable, .constant = nullptr};
  if (const auto* lambda = std::get_if<BoundLambda>(&arg.node)) {
    info.type = lambda->body->type;
    info.nullable = lambda->body->nullable;
  }
  const auto* literal = std::get_if<BoundLiteral>(&arg.node);
  if (literal != nullptr && arg.type.Is(TypeId::kString)) {
    info.constant = std::get_if<std::string>(&literal->value);
  }
  if (literal != nullptr && (arg.type.IsIntegral() || arg.type.Is(TypeId::kBoolean))) {
    if (const auto* number = std::get_if<int64_t>(&literal->value)) info.number = *number;
    if (const auto* flag = std::get_if<bool>(&literal->value)) info.number = *flag ? 1 : 0;
  }
  return info;
}

std::string ArgumentCount(const FunctionEntry& entry) {
  if (entry.args_max == entry.args_min) return fmt::format("{}", entry.args_min);
  if (entry.args_max < 0) return fmt::format("at least {}", entry.args_min);
  return fmt::format("{} to {}", entry.args_min, entry.args_max);
}

}  // namespace

Result<BoundPtr> Binder::BindCall(const Expr& expr, ExprScope& scope) {
  const auto& call = std::get<FunctionCall>(expr.node);
  const Span span = expr.span;
  if (call.name.size() > 1) {
    return Unsupported(span, "function {}: functions of a catalog (user-defined) are not supported",
                       JoinName(call.name));
  }
  const std::string name = LowerCase(call.name[0].text);
  TRY(std::optional<BoundPtr> special, BindSpecial(call, name, span, scope));
  if (special) return *std::move(special);
  const FunctionEntry* entry = FindFunction(name);
  if (entry == nullptr) return Fail(UnknownFunction(call, name));
  if (entry->kind == FunctionKind::kGenerator) {
    return Unsupported(span, "{}: it gives rows, so it must be a whole item of the select list",
                       name);
  }
  if (call.over) return BindWindowCall(*entry, call, span, scope);
  if (entry->kind == FunctionKind::kWindow) {
    return Invalid(span, "{}: it needs OVER (...)", name);
  }
  if (entry->kind == FunctionKind::kAggregate) {
    return BindAggregateCall(*entry, call, span, scope);
  }
  if (call.distinct || call.filter || call.ignore_nulls || !call.within_group.empty()) {
    return Invalid(span, "{}: DISTINCT, FILTER, IGNORE NULLS and WITHIN GROUP are for aggregates",
                   name);
  }
  return BindScalarCall(*entry, call, span, scope);
}

Error Binder::UnknownFunction(const FunctionCall& call, std::string_view name) {
  const Span span = call.name[0].span;
  if (IsKnownToSpark(name)) {
    return MakeError(ErrorKind::kUnsupported, "function {}: Spark has it, this version has not",
                     name)
        .At(source_->Place(span));
  }
  const std::string_view nearest = NearestFunction(name);
  return MakeError(ErrorKind::kInvalidInput, "function {}: no such function", name)
      .WithFix(nearest.empty() ? "" : fmt::format("did you mean {}?", nearest))
      .At(source_->Place(span));
}

Result<std::vector<BoundPtr>> Binder::BindArguments(const std::vector<ExprPtr>& args,
                                                    ExprScope& scope) {
  std::vector<BoundPtr> bound;
  for (const ExprPtr& arg : args) {
    if (const auto* star = std::get_if<Star>(&arg->node)) {
      TRY(const auto columns, StarArguments(*star, arg->span, scope));
      for (const ScopeColumn* column : columns) {
        bound.push_back(ColumnOf(column->column, arg->span));
      }
      continue;
    }
    TRY(BoundPtr expr, BindExpr(*arg, scope));
    bound.push_back(std::move(expr));
  }
  return bound;
}

Result<BoundPtr> Binder::BindScalarCall(const FunctionEntry& entry, const FunctionCall& call,
                                        Span span, ExprScope& scope) {
  if (TakesLambda(entry.name)) return BindHigherOrder(entry, call, span, scope);
  for (const ExprPtr& arg : call.args) {
    if (std::holds_alternative<Lambda>(arg->node)) return BindHigherOrder(entry, call, span, scope);
  }
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  const std::string_view name = entry.name;
  const bool arithmetic = name == "mod" || name == "pmod" || name == "try_mod" ||
                          name == "try_add" || name == "try_subtract" || name == "try_multiply" ||
                          name == "try_divide";
  if (arithmetic && args.size() == 2 && call.args.size() == 2) {
    TRY_DO(NarrowLiterals(*call.args[0], args[0], *call.args[1], args[1]));
  }
  return MakeCall(entry, std::move(args), span);
}

Result<BoundPtr> Binder::MakeCall(std::string_view name, std::vector<BoundPtr> args, Span span) {
  const FunctionEntry* entry = FindFunction(name);
  if (entry == nullptr) {
    return Unsupported(span, "operator {}: not supported", name);
  }
  return MakeCall(*entry, std::move(args), span);
}

Result<BoundPtr> Binder::MakeCall(const FunctionEntry& entry, std::vector<BoundPtr> args,
                                  Span span) {
  const FunctionEntry* function = &entry;
  TRY(Signature signature, ResolveCall(function, args, span));
  return MakeExpr(std::move(signature.result), signature.nullable, span,
                  BoundCall{function, std::move(args)});
}

Result<Signature> Binder::ResolveCall(const FunctionEntry*& entry, std::vector<BoundPtr>& args,
                                      Span span) {
  const int count = static_cast<int>(args.size());
  if (count < entry->args_min || (entry->args_max >= 0 && count > entry->args_max)) {
    return Invalid(span, "{}: it takes {} arguments, and {} are given", entry->name,
                   ArgumentCount(*entry), count);
  }
  std::vector<ArgumentInfo> infos;
  for (const BoundPtr& arg : args) infos.push_back(InfoOf(*arg));
  auto resolved = entry->resolve(*entry, infos);
  if (!resolved) {
    Error error = std::move(resolved).error();
    // A schema or a format has its own place inside the literal: said in words, as the literal may
    // have escapes.
    if (error.place) {
      error.note = fmt::format("at line {}, column {} of the string", error.place->line,
                               error.place->column);
      error.place.reset();
    }
    return Placed(span, std::move(error));
  }
  ORESMITH_ASSERT(resolved->arguments.size() == args.size());
  for (size_t i = 0; i < args.size(); ++i) {
    const Type& wanted = resolved->arguments[i];
    if (auto* lambda = std::get_if<BoundLambda>(&args[i]->node)) {
      TRY(lambda->body, CastTo(std::move(lambda->body), wanted));
      args[i]->type = wanted;
      continue;
    }
    TRY(args[i], CastTo(std::move(args[i]), wanted));
  }
  if (!resolved->overload.empty()) {
    entry = FindFunction(resolved->overload);
    ORESMITH_ASSERT(entry != nullptr);
  }
  return *std::move(resolved);
}

}  // namespace oresmith::sql
