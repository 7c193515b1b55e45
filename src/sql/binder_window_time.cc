// window(time, size): the window of time that a row falls into, as a key of GROUP BY.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/literal_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

const FunctionCall* WindowCall(const Expr& expr) {
  const auto* call = std::get_if<FunctionCall>(&expr.node);
  const bool is_window = call != nullptr && !call->over && call->name.size() == 1 &&
                         SameName(call->name[0].text, "window") && call->args.size() >= 2;
  return is_window ? call : nullptr;
}

// '10 minutes', '1 hour 30 minutes', with or without the word interval; microseconds.
std::optional<int64_t> DurationOf(std::string_view text) {
  int64_t micros = 0;
  bool any = false;
  const auto next = [&]() {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    const size_t end = std::min(text.find(' '), text.size());
    const std::string word = LowerCase(text.substr(0, end));
    text.remove_prefix(end);
    return word;
  };
  std::string word = next();
  if (word == "interval") word = next();
  for (; !word.empty(); word = next()) {
    std::string unit = next();
    if (unit.ends_with("s")) unit.pop_back();
    const auto part = ParseIntervalPart(word, ToUpper(unit), "");
    if (!part || part->is_months) return std::nullopt;
    micros += part->amount;
    any = true;
  }
  return any ? std::optional<int64_t>(micros) : std::nullopt;
}

}  // namespace

// The name `window` means the call, and rows without a time are in no window.
// Source: Spark, TimeWindowing.
Status Binder::BindTimeWindow(SelectState& state) {
  const Expr* found = nullptr;
  for (const ExprPtr& key : state.select.group_by) {
    if (WindowCall(*key) != nullptr) found = key.get();
  }
  for (const ExprPtr* key : GroupingKeys(state.select)) {
    if (WindowCall(**key) == nullptr) continue;
    return Unsupported((*key)->span,
                       "window: in GROUPING SETS, CUBE and ROLLUP; compute it in a "
                       "subquery of FROM");
  }
  if (found == nullptr) return {};
  state.aliases.push_back({.name = "window", .expr = found});
  ExprScope scope = ScopeFor(state, "GROUP BY");
  std::vector<BoundPtr> time(1);
  TRY(time[0], BindExpr(*WindowCall(*found)->args[0], scope));
  TRY(BoundPtr there, MakeCall("isnotnull", std::move(time), found->span));
  std::vector<Attribute> output = state.from.op->output;
  state.from.op = MakeOperator(std::move(output), found->span,
                               Filter{std::move(state.from.op), std::move(there)});
  return {};
}

Result<BoundPtr> Binder::BindWindowOfTime(const FunctionCall& call, Span span, ExprScope& scope) {
  if (scope.input == nullptr || scope.aliases == nullptr) {
    const bool group = scope.clause == "GROUP BY";
    if (!group) return Unsupported(span, "window: only as a key of GROUP BY");
  }
  std::vector<BoundPtr> args(1);
  TRY(args[0], BindExpr(*call.args[0], scope));
  for (size_t i = 1; i < call.args.size(); ++i) {
    const auto text = FoldToText(*call.args[i]);
    const auto micros = text ? DurationOf(*text) : std::nullopt;
    if (!micros) {
      return Invalid(call.args[i]->span, "window: a duration such as '10 minutes' is needed");
    }
    BoundLiteral literal;
    literal.value = *micros;
    args.push_back(MakeExpr(Type(TypeId::kIntervalDayTime), false, call.args[i]->span, literal));
  }
  const auto micros_of = [&](size_t i) {
    return std::get<int64_t>(std::get<BoundLiteral>(args[i]->node).value);
  };
  if (micros_of(1) <= 0) return Invalid(span, "window: the size must be more than nothing");
  if (args.size() >= 3) {
    if (micros_of(2) != micros_of(1)) {
      return Unsupported(span, "window: sliding windows are not supported; slide by the size");
    }
    args.erase(args.begin() + 2);
  }
  return MakeCall("window:tumbling", std::move(args), span);
}

}  // namespace oresmith::sql
