// window(time, size): the window of time that a row falls into, as a key of GROUP BY.

#include <algorithm>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/literal_internal.h"
#include "sql/plan_visit.h"
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

constexpr int64_t kWindowsMax = 10'000;

struct Durations {
  int64_t size = 0, slide = 0, start = 0;
};

Result<Durations> DurationsOf(const FunctionCall& call) {
  std::vector<int64_t> micros;
  for (size_t i = 1; i < call.args.size(); ++i) {
    const auto text = FoldToText(*call.args[i]);
    const auto duration = text ? DurationOf(*text) : std::nullopt;
    if (!duration) {
      return Fail(ErrorKind::kInvalidInput, "window: a duration such as '10 minutes' is needed");
    }
    micros.push_back(*duration);
  }
  const Durations durations{.size = micros[0],
                            .slide = micros.size() > 1 ? micros[1] : micros[0],
                            .start = micros.size() > 2 ? micros[2] : 0};
  if (durations.size <= 0 || durations.slide <= 0 || durations.slide > durations.size) {
    return Fail(ErrorKind::kInvalidInput,
                "window: the size must be more than nothing, and the slide not more than the size");
  }
  if (durations.size / durations.slide >= kWindowsMax) {
    return Fail(ErrorKind::kUnsupported, "window: a time would be in more than {} windows",
                kWindowsMax);
  }
  return durations;
}

BoundPtr Duration(int64_t micros, Span span) {
  return MakeExpr(Type(TypeId::kIntervalDayTime), false, span, BoundLiteral{micros});
}

/// How the column of sliding windows is found again by the same call elsewhere in the query.
std::vector<std::string> KeyOf(const Durations& durations, std::string_view time) {
  return {"#window", fmt::format("{}/{}/{} {}", durations.size, durations.slide, durations.start,
                                 LowerCase(time))};
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
  const FunctionCall& call = *WindowCall(*found);
  auto durations = DurationsOf(call);
  if (!durations) return Placed(found->span, std::move(durations).error());
  ExprScope scope = ScopeFor(state, "GROUP BY");
  TRY(BoundPtr time, BindExpr(*call.args[0], scope));
  BoundPtr tested = CloneExpr(*time);
  if (!tested) return Unsupported(call.args[0]->span, "window: a subquery as the time");
  std::vector<BoundPtr> test;
  test.push_back(std::move(tested));
  TRY(BoundPtr there, MakeCall("isnotnull", std::move(test), found->span));
  std::vector<Attribute> output = state.from.op->output;
  state.from.op =
      MakeOperator(output, found->span, Filter{std::move(state.from.op), std::move(there)});
  if (durations->slide == durations->size) {
    state.aliases.push_back({.name = "window", .expr = found});
    return {};
  }
  // A row for each window that holds the time.
  std::vector<BoundPtr> args;
  args.push_back(std::move(time));
  for (const int64_t micros : {durations->size, durations->slide, durations->start}) {
    args.push_back(Duration(micros, found->span));
  }
  TRY(BoundPtr windows, MakeCall("window:sliding", std::move(args), found->span));
  Generate generate{.input = std::move(state.from.op),
                    .function = FindFunction("explode"),
                    .args = {},
                    .outer = false,
                    .columns = {NewColumn("window", windows->type.element(), true)}};
  generate.args.push_back(std::move(windows));
  output.push_back(generate.columns[0]);
  state.from.scope.columns.push_back({.column = generate.columns[0],
                                      .qualifier = KeyOf(*durations, TextOf(call.args[0]->span)),
                                      .in_star = false});
  state.from.op = MakeOperator(std::move(output), found->span, std::move(generate));
  return {};
}

Result<BoundPtr> Binder::BindWindowOfTime(const FunctionCall& call, Span span, ExprScope& scope) {
  if (scope.input == nullptr || scope.aliases == nullptr) {
    const bool group = scope.clause == "GROUP BY";
    if (!group) return Unsupported(span, "window: only as a key of GROUP BY");
  }
  auto durations = DurationsOf(call);
  if (!durations) return Placed(span, std::move(durations).error());
  if (durations->slide < durations->size) {
    const auto key = KeyOf(*durations, TextOf(call.args[0]->span));
    for (const ScopeColumn& each : scope.columns->columns) {
      if (each.qualifier == key) return ColumnOf(each.column, span);
    }
    return Unsupported(span, "window: sliding windows only as a key of GROUP BY");
  }
  std::vector<BoundPtr> args(1);
  TRY(args[0], BindExpr(*call.args[0], scope));
  args.push_back(Duration(durations->size, span));
  if (durations->start != 0) args.push_back(Duration(durations->start, span));
  return MakeCall("window:tumbling", std::move(args), span);
}

}  // namespace oresmith::sql
