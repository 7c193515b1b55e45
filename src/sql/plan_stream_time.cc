// Which columns are event times, and what conditions say of them.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/plan_stream.h"
#include "sql/plan_visit.h"

namespace oresmith::sql {
namespace {

const ColumnId* IdOf(const BoundExpr& expr) {
  const auto* column = std::get_if<BoundColumn>(&expr.node);
  return column != nullptr ? &column->id : nullptr;
}

class TimeFinder {
 public:
  void Visit(const Operator& op) {
    ForEachInput(op, [&](const Operator& input) { Visit(input); });
    if (const auto* project = std::get_if<Project>(&op.node)) {
      for (const NamedExpr& item : project->items) Add(item);
    } else if (const auto* aggregate = std::get_if<Aggregate>(&op.node)) {
      for (const NamedExpr& item : aggregate->groups) Add(item);
    } else if (const auto* generate = std::get_if<Generate>(&op.node)) {
      AddWindows(*generate);
    } else if (const auto* set = std::get_if<SetOperation>(&op.node)) {
      AddUnion(op, *set);
    }
    if (op.event_time) {
      times[op.event_time->column] = {.is_window = false, .delay_ms = op.event_time->delay_ms};
    }
  }

  EventTimes times;

 private:
  void Add(const NamedExpr& item) {
    if (const auto time = TimeOf(*item.expr)) times[item.column.id] = *time;
  }

  std::optional<EventTimeColumn> TimeOf(const BoundExpr& expr) const {
    if (const ColumnId* id = IdOf(expr)) {
      const auto found = times.find(*id);
      return found == times.end() ? std::nullopt : std::optional(found->second);
    }
    if (const auto* field = std::get_if<BoundField>(&expr.node)) {
      auto base = TimeOf(*field->base);
      if (!base || !base->is_window || field->index != 1) return std::nullopt;
      base->is_window = false;
      return base;
    }
    const auto* call = std::get_if<BoundCall>(&expr.node);
    if (call == nullptr || call->function->name != "window:tumbling") return std::nullopt;
    auto time = TimeOf(*call->args[0]);
    if (!time || time->is_window) return std::nullopt;
    time->is_window = true;
    return time;
  }

  /// Sliding windows: explode(window:sliding(time, ...)).
  void AddWindows(const Generate& generate) {
    const auto* call = generate.columns.size() == 1 && generate.args.size() == 1
                           ? std::get_if<BoundCall>(&generate.args[0]->node)
                           : nullptr;
    if (call == nullptr || call->function->name != "window:sliding") return;
    const auto time = TimeOf(*call->args[0]);
    if (!time || time->is_window) return;
    times[generate.columns[0].id] = {.is_window = true, .delay_ms = time->delay_ms};
  }

  void AddUnion(const Operator& op, const SetOperation& set) {
    for (size_t i = 0; i < op.output.size(); ++i) {
      std::optional<EventTimeColumn> all;
      bool each = true;
      for (const OperatorPtr& input : set.inputs) {
        const auto found = times.find(input->output[i].id);
        each = each && found != times.end() && (!all || all->is_window == found->second.is_window);
        if (!each) break;
        if (!all) all = found->second;
        all->delay_ms = std::max(all->delay_ms, found->second.delay_ms);
      }
      if (each && all) times[op.output[i].id] = *all;
    }
  }
};

/// `column + offset`.
struct Moved {
  ColumnId column{};
  int64_t offset_us = 0;
};

std::optional<Moved> MovedOf(const BoundExpr& expr) {
  if (const ColumnId* id = IdOf(expr)) return Moved{*id, 0};
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->args.size() != 2) return std::nullopt;
  const std::string_view name = call->function->name;
  const bool plus = name == "+" || name == "+:interval";
  const bool minus = name == "-" || name == "-:interval";
  if (!plus && !minus) return std::nullopt;
  const BoundExpr* base = call->args[0].get();
  const BoundExpr* amount = call->args[1].get();
  if (plus && !std::holds_alternative<BoundLiteral>(amount->node)) std::swap(base, amount);
  const auto* literal = std::get_if<BoundLiteral>(&amount->node);
  const auto* micros = literal != nullptr ? std::get_if<int64_t>(&literal->value) : nullptr;
  if (micros == nullptr || !amount->type.Is(TypeId::kIntervalDayTime)) return std::nullopt;
  auto moved = MovedOf(*base);
  if (moved) moved->offset_us += plus ? *micros : -*micros;
  return moved;
}

void Conjuncts(const BoundExpr& expr, const std::function<void(const BoundExpr&)>& visit) {
  const auto* call = std::get_if<BoundCall>(&expr.node);
  if (call == nullptr || call->function->name != "and") return visit(expr);
  for (const BoundPtr& arg : call->args) Conjuncts(*arg, visit);
}

std::optional<ColumnId> TimeOfSide(const Operator& side, const EventTimes& times) {
  for (const Attribute& column : side.output) {
    const auto found = times.find(column.id);
    if (found != times.end() && !found->second.is_window) return column.id;
  }
  return std::nullopt;
}

void KeepLarger(std::optional<int64_t>& bound, int64_t value) {
  bound = bound ? std::max(*bound, value) : value;
}
void KeepSmaller(std::optional<int64_t>& bound, int64_t value) {
  bound = bound ? std::min(*bound, value) : value;
}

/// `small <= large`, over the two times.
void NarrowBy(const BoundExpr& small, const BoundExpr& large, TimeBounds& bounds) {
  const auto first = MovedOf(small), second = MovedOf(large);
  if (!first || !second) return;
  if (first->column == bounds.left && second->column == bounds.right) {
    KeepLarger(bounds.at_least, first->offset_us - second->offset_us);
  } else if (first->column == bounds.right && second->column == bounds.left) {
    KeepSmaller(bounds.at_most, second->offset_us - first->offset_us);
  }
}

void Narrow(const BoundExpr& condition, TimeBounds& bounds) {
  const auto* call = std::get_if<BoundCall>(&condition.node);
  if (call == nullptr || call->args.size() < 2) return;
  const std::string_view name = call->function->name;
  const BoundExpr& first = *call->args[0];
  const BoundExpr& second = *call->args[1];
  if (name == "between") {
    NarrowBy(second, first, bounds);
    NarrowBy(first, *call->args[2], bounds);
    return;
  }
  if (name == "=" || name == "<" || name == "<=") NarrowBy(first, second, bounds);
  if (name == "=" || name == ">" || name == ">=") NarrowBy(second, first, bounds);
}

bool IsOne(const BoundExpr& expr) {
  if (const auto* cast = std::get_if<BoundCast>(&expr.node)) return IsOne(*cast->operand);
  const auto* literal = std::get_if<BoundLiteral>(&expr.node);
  const auto* number = literal != nullptr ? std::get_if<int64_t>(&literal->value) : nullptr;
  return number != nullptr && *number == 1;
}

/// The window function whose value the column is, below projections that hand it up.
bool Descend(const Operator& op, ColumnId id, FirstRows& found) {
  if (const auto* window = std::get_if<WindowOp>(&op.node)) {
    for (const NamedExpr& item : window->items) {
      if (item.column.id != id) continue;
      found.window = window;
      found.function = &std::get<BoundWindow>(item.expr->node);
      return true;
    }
    return false;
  }
  const auto* project = std::get_if<Project>(&op.node);
  if (project == nullptr) return false;
  for (const NamedExpr& item : project->items) {
    if (item.column.id != id) continue;
    const ColumnId* below = IdOf(*item.expr);
    return below != nullptr && Descend(*project->input, *below, found);
  }
  return false;
}

const BoundExpr* WithoutCast(const BoundExpr* expr) {
  while (const auto* cast = std::get_if<BoundCast>(&expr->node)) expr = cast->operand.get();
  return expr;
}

}  // namespace

EventTimes FindEventTimes(const Plan& plan) {
  TimeFinder finder;
  finder.Visit(*plan.root);
  return std::move(finder.times);
}

bool ReadsStream(const Operator& op) {
  if (const auto* scan = std::get_if<Scan>(&op.node)) return scan->stream;
  bool reads = false;
  ForEachInput(op, [&](const Operator& input) { reads = reads || ReadsStream(input); });
  return reads;
}

std::optional<FirstRows> FindFirstRows(const Operator& op) {
  const auto* filter = std::get_if<Filter>(&op.node);
  if (filter == nullptr) return std::nullopt;
  FirstRows found;
  Conjuncts(*filter->condition, [&](const BoundExpr& part) {
    const auto* call = std::get_if<BoundCall>(&part.node);
    if (call == nullptr || call->args.size() != 2 || found.function != nullptr) return;
    const std::string_view name = call->function->name;
    const BoundExpr* number = WithoutCast(call->args[0].get());
    const BoundExpr* one = call->args[1].get();
    if (name == "=" && IsOne(*number)) std::swap(number, one);
    const ColumnId* id = IdOf(*number);
    if ((name != "=" && name != "<=") || id == nullptr || !IsOne(*one)) return;
    if (Descend(*filter->input, *id, found)) {
      found.test = &part;
    } else {
      found = {};
    }
  });
  if (found.function == nullptr || found.function->function->name != "row_number") {
    return std::nullopt;
  }
  if (found.window->items.size() != 1 || found.function->partition_by.empty()) return std::nullopt;
  found.descending = !found.function->order_by.empty() && found.function->order_by[0].descending;
  return found;
}

std::optional<TimeBounds> FindTimeBounds(const JoinOp& join, const EventTimes& times) {
  const auto left = TimeOfSide(*join.left, times), right = TimeOfSide(*join.right, times);
  if (!left || !right) return std::nullopt;
  TimeBounds bounds{.left = *left, .right = *right, .at_least = {}, .at_most = {}};
  if (join.condition) {
    Conjuncts(*join.condition, [&](const BoundExpr& part) { Narrow(part, bounds); });
  }
  return bounds;
}

}  // namespace oresmith::sql
