// function OVER (...): partitions, order, frames.

#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

// first(x) and last(x) over a window are what others call first_value and last_value.
const FunctionEntry& WindowEntry(const FunctionEntry& entry) {
  if (entry.name == "first" || entry.name == "any_value")
    return *FindFunction("first_value:window");
  if (entry.name == "last") return *FindFunction("last_value:window");
  return entry;
}

bool NeedsOrder(std::string_view name) {
  return name == "rank" || name == "dense_rank" || name == "row_number" || name == "ntile" ||
         name == "percent_rank" || name == "cume_dist" || name == "lag" || name == "lead";
}

bool TakesIgnoreNulls(std::string_view name) {
  return name == "first_value:window" || name == "last_value:window" || name == "nth_value" ||
         name == "lag" || name == "lead";
}

}  // namespace

Result<BoundPtr> Binder::BindWindowCall(const FunctionEntry& entry, const FunctionCall& call,
                                        Span span, ExprScope& scope) {
  if (scope.windows == nullptr || scope.inside_window || !scope.lambdas.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput, "{}: a window function cannot stand in {}",
                          entry.name, scope.inside_window ? "another" : scope.clause)
                    .WithFix(scope.clause == "WHERE" ? "filter with QUALIFY" : "use a subquery")
                    .At(source_->Place(span)));
  }
  const FunctionEntry* function = &WindowEntry(entry);
  if (function->kind != FunctionKind::kWindow && function->kind != FunctionKind::kAggregate) {
    return Invalid(span, "{}: it is neither an aggregate nor a window function", entry.name);
  }
  if (call.distinct || call.filter || !call.within_group.empty()) {
    return Unsupported(span, "{}: DISTINCT, FILTER and WITHIN GROUP with OVER are not supported",
                       entry.name);
  }
  if (call.ignore_nulls && !TakesIgnoreNulls(function->name)) {
    return Invalid(span, "{}: it does not take IGNORE NULLS", entry.name);
  }
  ExprScope inner = scope;
  inner.inside_window = true;
  // The select list does not exist yet down there; its aliases still stand for their expressions.
  inner.preferred = nullptr;
  TRY(const WindowSpec* spec, FindWindow(*call.over, scope, span));
  TRY(BoundWindow window, BindWindowSpec(*spec, inner));
  if (window.order_by.empty() && NeedsOrder(function->name)) {
    return Invalid(span, "{}: OVER needs an ORDER BY", entry.name);
  }
  const bool of_partition = function->name == "median" || function->name.starts_with("percentile");
  if (of_partition && (spec->frame || !window.order_by.empty())) {
    return Invalid(span, "{}: its OVER takes no ORDER BY and no frame", entry.name);
  }
  if (spec->frame) {
    if (function->kind == FunctionKind::kWindow && NeedsOrder(function->name)) {
      return Invalid(span, "{}: it has no frame; leave out ROWS or RANGE", entry.name);
    }
    TRY_DO(BindFrame(*spec->frame, window, inner, span));
  }
  TRY(std::vector<BoundPtr> args, BindAggregateArguments(entry, call, inner));
  TRY(const Signature signature, ResolveCall(function, args, span));
  window.function = function;
  window.args = std::move(args);
  window.ignore_nulls = call.ignore_nulls;
  BoundPtr node = MakeExpr(signature.result, signature.nullable, span, std::move(window));
  for (const NamedExpr& known : *scope.windows) {
    if (SameExpr(*known.expr, *node)) return ColumnOf(known.column, span);
  }
  Attribute column = NewColumn(std::string(entry.name), node->type, node->nullable);
  BoundPtr result = ColumnOf(column, span);
  scope.windows->push_back({std::move(column), std::move(node)});
  return result;
}

Result<const WindowSpec*> Binder::FindWindow(const WindowSpec& spec, const ExprScope& scope,
                                             Span span) {
  if (spec.reference.text.empty()) return &spec;
  if (!spec.partition_by.empty() || !spec.order_by.empty() || spec.frame) {
    return Unsupported(span, "OVER ({} ...): a named window cannot be changed here",
                       spec.reference.text);
  }
  std::vector<std::string> names;
  if (scope.named_windows != nullptr) {
    for (const auto& [name, named] : *scope.named_windows) {
      if (SameName(name.text, spec.reference.text)) return &named;
      names.push_back(name.text);
    }
  }
  const std::string nearest = NearestName(spec.reference.text, names);
  return Fail(MakeError(ErrorKind::kInvalidInput, "OVER {}: no such window", spec.reference.text)
                  .WithFix(nearest.empty()
                               ? fmt::format("add WINDOW {} AS (...)", spec.reference.text)
                               : fmt::format("did you mean {}?", nearest))
                  .At(source_->Place(spec.reference.span)));
}

Result<BoundWindow> Binder::BindWindowSpec(const WindowSpec& spec, ExprScope& inner) {
  BoundWindow window;
  for (const ExprPtr& key : spec.partition_by) {
    TRY(BoundPtr bound, BindExpr(*key, inner));
    if (!IsComparable(bound->type)) {
      return Unsupported(key->span, "PARTITION BY: values of {} cannot be compared",
                         bound->type.ToSql());
    }
    window.partition_by.push_back(std::move(bound));
  }
  for (const SortKey& key : spec.order_by) {
    BoundSortKey bound;
    bound.descending = key.descending;
    bound.nulls_first = key.nulls_first.value_or(!key.descending);
    TRY(bound.expr, BindExpr(*key.expr, inner));
    if (!IsOrderable(bound.expr->type)) {
      return Invalid(key.expr->span, "ORDER BY: values of {} have no order",
                     bound.expr->type.ToSql());
    }
    window.order_by.push_back(std::move(bound));
  }
  return window;
}

Status Binder::BindFrame(const WindowFrame& frame, BoundWindow& window, ExprScope& inner,
                         Span span) {
  window.has_frame = true;
  window.rows = frame.rows;
  window.start.kind = frame.start.kind;
  window.end.kind = frame.end.kind;
  const bool offsets = frame.start.amount || frame.end.amount;
  if (!frame.rows && offsets && window.order_by.size() != 1) {
    return Invalid(span, "RANGE: a frame with an offset needs one ORDER BY key");
  }
  TRY(window.start.amount, BindFrameAmount(frame.start.amount, window, frame.rows, inner));
  TRY(window.end.amount, BindFrameAmount(frame.end.amount, window, frame.rows, inner));
  return {};
}

Result<BoundPtr> Binder::BindFrameAmount(const ExprPtr& amount, const BoundWindow& window,
                                         bool rows, ExprScope& inner) {
  if (!amount) return nullptr;
  TRY(BoundPtr bound, BindExpr(*amount, inner));
  if (!std::holds_alternative<BoundLiteral>(bound->node)) {
    return Invalid(amount->span, "frame: the offset must be a constant");
  }
  if (rows) return CastImplicitly(std::move(bound), Type(TypeId::kInt), "ROWS");
  const Type& key = window.order_by[0].expr->type;
  const bool interval =
      bound->type.Is(TypeId::kIntervalDayTime) || bound->type.Is(TypeId::kIntervalYearMonth);
  const bool temporal =
      key.Is(TypeId::kDate) || key.Is(TypeId::kTimestamp) || key.Is(TypeId::kTimestampNtz);
  if (temporal && (interval || (key.Is(TypeId::kDate) && bound->type.IsIntegral()))) return bound;
  if (key.IsNumeric() && bound->type.IsNumeric()) return CastTo(std::move(bound), key);
  return Invalid(amount->span, "RANGE: {} is no distance between values of {}", bound->type.ToSql(),
                 key.ToSql());
}

}  // namespace oresmith::sql
