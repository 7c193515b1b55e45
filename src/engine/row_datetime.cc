// Dates, times and intervals, row by row. Times are clocks: of the session's time zone.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

std::string Give(Datum& out, int64_t value) {
  out = Datum(value);
  return {};
}

int64_t FloorDivide(int64_t value, int64_t by) {
  return value / by - (value % by != 0 && (value % by < 0) != (by < 0) ? 1 : 0);
}

struct Clock {
  CivilDate date;
  int64_t of_day = 0;  // microseconds
};

Clock ToClock(int64_t micros) {
  const int64_t days = FloorDivide(micros, kDay);
  return {.date = ToCivil(days), .of_day = micros - days * kDay};
}

int64_t MonthNumber(const CivilDate& date) {
  return date.year * 12 + static_cast<int64_t>(date.month) - 1;
}

unsigned DaysInMonth(const CivilDate& date) {
  const int64_t next = date.month == 12
                           ? *DaysOf(date.year + 1, 1, 1)
                           : *DaysOf(date.year, static_cast<int64_t>(date.month) + 1, 1);
  return ToCivil(next - 1).day;
}

// Source: Spark, DateTimeUtils.monthsBetween.
std::string MonthsBetween(const RowCall& call, Datum& out) {
  const Clock a = ToClock(call.Int(0)), b = ToClock(call.Int(1));
  const auto months = static_cast<double>(MonthNumber(a.date) - MonthNumber(b.date));
  const bool both_last = a.date.day == DaysInMonth(a.date) && b.date.day == DaysInMonth(b.date);
  if (a.date.day == b.date.day || both_last) {
    out = Datum(months);
    return {};
  }
  const int64_t seconds =
      (static_cast<int64_t>(a.date.day) - static_cast<int64_t>(b.date.day)) * 86'400 +
      a.of_day / kSecond - b.of_day / kSecond;
  const double difference = months + static_cast<double>(seconds) / (31.0 * 86'400);
  const bool rounds = call.args.size() < 3 || call.args[2].Bool();
  out = Datum(rounds ? std::floor(difference * 1e8 + 0.5) / 1e8 : difference);
  return {};
}

// Whole months between two clocks. Source: java.time.LocalDateTime.until.
int64_t WholeMonths(int64_t from, int64_t to) {
  const Clock a = ToClock(from), b = ToClock(to);
  const int64_t days_a = FloorDivide(from, kDay);
  int64_t days_b = FloorDivide(to, kDay);
  if (days_b > days_a && b.of_day < a.of_day) --days_b;
  if (days_b < days_a && b.of_day > a.of_day) ++days_b;
  const CivilDate end = ToCivil(days_b);
  const int64_t packed_a = MonthNumber(a.date) * 32 + static_cast<int64_t>(a.date.day);
  const int64_t packed_b = MonthNumber(end) * 32 + static_cast<int64_t>(end.day);
  return (packed_b - packed_a) / 32;
}

template <int64_t months>
std::string MonthsDifference(const RowCall& call, Datum& out) {
  return Give(out, WholeMonths(call.Int(1), call.Int(2)) / months);
}

// 0: Monday; -1: no day of the week.
int DayOfWeek(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  constexpr std::string_view kNames[] = {"MONDAY", "TUESDAY",  "WEDNESDAY", "THURSDAY",
                                         "FRIDAY", "SATURDAY", "SUNDAY"};
  for (int i = 0; i < 7; ++i) {
    const std::string_view full = kNames[i];
    if (name == full || name == full.substr(0, 3) || name == full.substr(0, 2)) return i;
  }
  return -1;
}

std::string NextDay(const RowCall& call, Datum& out) {
  const int wanted = DayOfWeek(call.Text(1));
  if (wanted < 0) {
    return fmt::format("[ILLEGAL_DAY_OF_WEEK] Illegal input for day of week: {}.", call.Text(1));
  }
  const int64_t days = call.Int(0);
  const int64_t today = ((days + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
  return Give(out, days + (wanted - today + 6) % 7 + 1);
}

// ---- made of their parts ------------------------------------------------------------------------

std::string OutOfBounds(std::string_view what) {
  return fmt::format("[DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION] {} is out of range", what);
}

// year, month, day, hour, minute, second (a decimal of 6 places); an error's text, or the clock.
std::string MakeClock(const RowCall& call, int64_t& micros) {
  const auto days = DaysOf(call.Int(0), call.Int(1), call.Int(2));
  if (!days || call.Int(0) < -9999 || call.Int(0) > 9999) return OutOfBounds("the date");
  const int64_t hour = call.Int(3), minute = call.Int(4);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return OutOfBounds("the hour or minute");
  const auto seconds = static_cast<int64_t>(call.args[5].Decimal());
  if (seconds < 0 || seconds > 60 * kSecond) {
    return seconds > 60 * kSecond && seconds < 61 * kSecond
               ? "[INVALID_FRACTION_OF_SECOND] Valid range for seconds is [0, 60] (inclusive)"
               : OutOfBounds("the second");
  }
  micros = *days * kDay + (hour * 3600 + minute * 60) * kSecond + seconds;
  return {};
}

template <bool is_try>
std::string MakeTimestamp(const RowCall& call, Datum& out) {
  int64_t micros = 0;
  std::string error = MakeClock(call, micros);
  if (error.empty()) return Give(out, micros);
  return is_try ? std::string() : error;
}

std::string MakeYearMonth(const RowCall& call, Datum& out) {
  const int64_t years = call.Int(0);
  const int64_t months = years * 12 + (call.args.size() > 1 ? call.Int(1) : 0);
  if (months != static_cast<int32_t>(months)) {
    return "[INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION] Integer overflow while operating "
           "with intervals.";
  }
  return Give(out, months);
}

std::string MakeDayTime(const RowCall& call, Datum& out) {
  constexpr int64_t kUnits[] = {kDay, 3600 * kSecond, 60 * kSecond};
  Int128 micros = 0;
  for (size_t i = 0; i < call.args.size(); ++i) {
    micros += i < 3 ? static_cast<Int128>(call.Int(i)) * kUnits[i] : call.args[i].Decimal();
  }
  if (micros != static_cast<int64_t>(micros)) {
    return "[INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION] Long overflow while operating with "
           "intervals.";
  }
  return Give(out, static_cast<int64_t>(micros));
}

// ---- parts of intervals -----------------------------------------------------------------------

template <int64_t unit, int64_t modulus>
std::string PartOfInterval(const RowCall& call, Datum& out) {
  return Give(out, modulus == 0 ? call.Int(0) / unit : call.Int(0) / unit % modulus);
}

std::string SecondsOfInterval(const RowCall& call, Datum& out) {
  out = Datum(static_cast<Int128>(call.Int(0) % (60 * kSecond)));
  return {};
}

// ---- rows of dates ------------------------------------------------------------------------------

int64_t AddMonths(int64_t days, int64_t months) {
  const CivilDate date = ToCivil(days);
  const int64_t number = MonthNumber(date) + months;
  const int64_t year = FloorDivide(number, 12);
  const int64_t month = number - year * 12 + 1;
  for (int64_t day = date.day; day > 0; --day) {
    if (const auto found = DaysOf(year, month, day)) return *found;
  }
  return days;
}

// sequence(from, to, months): each is counted from the first.
std::string SequenceOfMonths(const RowCall& call, Datum& out) {
  const bool dates = call.types[0].Is(TypeId::kDate);
  const int64_t from = call.Int(0), to = call.Int(1), step = call.Int(2);
  if (from != to && (step == 0 || (step > 0) != (from < to))) {
    return "Illegal sequence boundaries: the step does not lead from the first to the last";
  }
  const int64_t day = dates ? from : FloorDivide(from, kDay);
  const int64_t of_day = dates ? 0 : from - day * kDay;
  Datum::Items items;
  for (int64_t i = 0;; ++i) {
    const int64_t moved = AddMonths(day, i * step);
    const int64_t value = dates ? moved : moved * kDay + of_day;
    if (step >= 0 ? value > to : value < to) break;
    items.emplace_back(value);
    if (step == 0) break;
    if (items.size() > 10'000'000)
      return "[COLLECTION_SIZE_LIMIT_EXCEEDED.FUNCTION] sequence: it is too long";
  }
  out = Datum(std::move(items));
  return {};
}

// window(time, size): start and end of the window that holds the time. Source: Spark, TimeWindow.
std::string TumblingWindow(const RowCall& call, Datum& out) {
  const int64_t size = call.Int(1), offset = call.args.size() > 2 ? call.Int(2) : 0;
  const int64_t start = FloorDivide(call.Int(0) - offset, size) * size + offset;
  out = Datum(Datum::Items{Datum(start), Datum(start + size)});
  return {};
}

// window(time, size, slide): all windows that hold the time; each begins a slide after another.
// The binder bounds their number.
std::string SlidingWindows(const RowCall& call, Datum& out) {
  const int64_t time = call.Int(0), size = call.Int(1), slide = call.Int(2);
  const int64_t offset = call.args.size() > 3 ? call.Int(3) : 0;
  Datum::Items windows;
  for (int64_t start = FloorDivide(time - offset, slide) * slide + offset; start + size > time;
       start -= slide) {
    windows.emplace_back(Datum::Items{Datum(start), Datum(start + size)});
  }
  out = Datum(std::move(windows));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"interval:day", PartOfInterval<kDay, 0>},
    {"interval:hour", PartOfInterval<3600 * kSecond, 24>},
    {"interval:minute", PartOfInterval<60 * kSecond, 60>},
    {"interval:month", PartOfInterval<1, 12>},
    {"interval:second", SecondsOfInterval},
    {"interval:year", PartOfInterval<12, 0>},
    {"make_dt_interval", MakeDayTime},
    {"make_timestamp_ntz", MakeTimestamp<false>},
    {"make_ym_interval", MakeYearMonth},
    {"months_between:clock", MonthsBetween},
    {"next_day", NextDay},
    {"sequence:months", SequenceOfMonths},
    {"timestampdiff:month_clock", MonthsDifference<1>},
    {"timestampdiff:quarter_clock", MonthsDifference<3>},
    {"timestampdiff:year_clock", MonthsDifference<12>},
    {"try_make_timestamp_ntz", MakeTimestamp<true>},
    {"window:sliding", SlidingWindows},
    {"window:tumbling", TumblingWindow},
};

}  // namespace

std::span<const RowEntry> DatetimeRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
