// Calls over the clocks of the session's time zone.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "engine/emit_internal.h"
#include "engine/row_functions_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::BoundCall;
using sql::BoundExpr;
using types::Type;
using types::TypeId;

struct ClockCall {
  std::string_view name, row;
};
// Instants become clocks before they are counted with.
constexpr std::array<ClockCall, 4> kClockCalls{
    {{"months_between", "months_between:clock"},
     {"timestampdiff:month", "timestampdiff:month_clock"},
     {"timestampdiff:quarter", "timestampdiff:quarter_clock"},
     {"timestampdiff:year", "timestampdiff:year_clock"}}};

}  // namespace

Result<std::optional<std::string>> Emitter::OfClocks(const BoundExpr& expr, const BoundCall& call) {
  const std::string_view name = call.function->name;
  if (name.ends_with("make_timestamp") || name.ends_with("make_timestamp_ltz")) {
    TRY(std::string made, MakeTimestamp(call));
    return std::optional<std::string>(std::move(made));
  }
  // A day on the calendar of the zone has 23 to 25 hours.
  if ((name == "+:interval" || name == "-:interval") && options_.time_zone != "UTC" &&
      call.args[0]->type.Is(TypeId::kTimestamp) &&
      call.args[1]->type.Is(TypeId::kIntervalDayTime)) {
    TRY(const std::vector<std::string> args, Exprs(call.args));
    return std::optional<std::string>(
        fmt::format("({0} {2} to_days(CAST(epoch_us({1}) // 86400000000 AS INTEGER)) {2} "
                    "to_microseconds(epoch_us({1}) % 86400000000))",
                    args[0], args[1], name.substr(0, 1)));
  }
  // The time between two instants is that between their clocks: an hour less in March.
  if (name == "-:timestamps" && call.args[0]->type.Is(TypeId::kTimestamp) &&
      options_.time_zone != "UTC") {
    TRY(const std::vector<std::string> args, Exprs(call.args));
    return std::optional<std::string>(fmt::format(
        "to_microseconds(epoch_us(CAST({} AS TIMESTAMP)) - epoch_us(CAST({} AS TIMESTAMP)))",
        args[0], args[1]));
  }
  for (const ClockCall& each : kClockCalls) {
    if (each.name != name) continue;
    std::vector<std::string> args;
    std::vector<Type> types;
    for (const sql::BoundPtr& arg : call.args) {
      TRY(const std::string text, Expr(*arg));
      const bool instant = arg->type.Is(TypeId::kTimestamp);
      args.push_back(instant ? fmt::format("CAST({} AS TIMESTAMP)", text) : text);
      types.push_back(instant ? Type(TypeId::kTimestampNtz) : arg->type);
    }
    return std::optional<std::string>(fmt::format(
        "{}({})", Need(*RowFunction(each.row, types, expr.type)), fmt::join(args, ", ")));
  }
  return std::nullopt;
}

// make_timestamp(year, month, day, hour, minute, second [, zone])
Result<std::string> Emitter::MakeTimestamp(const BoundCall& call) {
  const bool is_try = call.function->name.starts_with("try_");
  TRY(const std::vector<std::string> args, Exprs(call.args));
  std::vector<Type> types;
  for (size_t i = 0; i < 6; ++i) types.push_back(call.args[i]->type);
  const auto function = RowFunction(is_try ? "try_make_timestamp_ntz" : "make_timestamp_ntz", types,
                                    Type(TypeId::kTimestampNtz));
  const std::string clock =
      fmt::format("{}({})", Need(*function), fmt::join(args.begin(), args.begin() + 6, ", "));
  if (args.size() == 6) return InstantOf(clock);
  return fmt::format("spark_instant({}, {})", args[6], clock);
}

}  // namespace oresmith::engine
