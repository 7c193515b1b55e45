// Dates, timestamps and intervals.

#include <algorithm>
#include <array>

#include "sql/functions_internal.h"
#include "sql/words_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

// A part of a date; of a timestamp its day in the session's time zone.
Result<Signature> DatePart(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(kTs) || type.Is(TypeId::kTimestampNtz)) {
    return Signature{{type}, Type(kInt), args[0].nullable, {}};
  }
  TRY(Type date, AcceptArgument(entry, args, 0, kDate));
  return Signature{{std::move(date)}, Type(kInt), args[0].nullable, {}};
}

Result<Signature> DateName(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, DatePart(entry, args));
  signature.result = Type(kStr);
  return signature;
}

// A part of a time; a date or text becomes a timestamp first.
Result<Signature> TimePart(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(TypeId::kTimestampNtz)) return Signature{{type}, Type(kInt), args[0].nullable, {}};
  TRY(Type timestamp, AcceptArgument(entry, args, 0, kTs));
  return Signature{{std::move(timestamp)}, Type(kInt), args[0].nullable, {}};
}

Result<Signature> SecondWithFraction(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, TimePart(entry, args));
  signature.result = Type::Decimal(8, 6);
  return signature;
}

// date_add(d, n), date_sub(d, n): whole days, that fit an INT.
Result<Signature> AddDays(const FunctionEntry& entry, Infos args) {
  TRY(Type date, AcceptArgument(entry, args, 0, kDate));
  const Type& days = args[1].type;
  if (days.Is(kLong) || !CanCastImplicitly(days, Type(kInt))) {
    return WrongArgument(entry, args, 1, "INT");
  }
  return Signature{{std::move(date), Type(kInt)}, Type(kDate), AnyNullable(args), {}};
}

struct TruncUnit {
  std::string_view name, entry;
};

// The words that date_trunc and trunc know, and the entry of each.
constexpr std::array<TruncUnit, 15> kTruncUnits{{{"YEAR", "date_trunc:year"},
                                                 {"YYYY", "date_trunc:year"},
                                                 {"YY", "date_trunc:year"},
                                                 {"QUARTER", "date_trunc:quarter"},
                                                 {"MONTH", "date_trunc:month"},
                                                 {"MM", "date_trunc:month"},
                                                 {"MON", "date_trunc:month"},
                                                 {"WEEK", "date_trunc:week"},
                                                 {"DAY", "date_trunc:day"},
                                                 {"DD", "date_trunc:day"},
                                                 {"HOUR", "date_trunc:hour"},
                                                 {"MINUTE", "date_trunc:minute"},
                                                 {"SECOND", "date_trunc:second"},
                                                 {"MILLISECOND", "date_trunc:millisecond"},
                                                 {"MICROSECOND", "date_trunc:microsecond"}}};

Result<std::string_view> TruncEntry(const FunctionEntry& entry, const ArgumentInfo& unit) {
  if (unit.constant == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the unit must be a constant", entry.name);
  }
  const std::string wanted = ToUpper(*unit.constant);
  for (const TruncUnit& known : kTruncUnits) {
    if (known.name == wanted) return known.entry;
  }
  // Spark gives NULL for each row: surely not what was meant.
  return Fail(
      ErrorKind::kInvalidInput,
      "{}: '{}' is no unit; there are YEAR, QUARTER, MONTH, WEEK, DAY, HOUR, MINUTE, SECOND",
      entry.name, *unit.constant);
}

// date_trunc(unit, t)
Result<Signature> DateTrunc(const FunctionEntry& entry, Infos args) {
  TRY(const std::string_view overload, TruncEntry(entry, args[0]));
  TRY(Type timestamp, AcceptArgument(entry, args, 1, kTs));
  return Signature{{args[0].type, std::move(timestamp)}, Type(kTs), args[1].nullable, overload};
}

// trunc(d, unit): of dates.
Result<Signature> Trunc(const FunctionEntry& entry, Infos args) {
  TRY(const std::string_view unit, TruncEntry(entry, args[1]));
  TRY(Type date, AcceptArgument(entry, args, 0, kDate));
  const std::string_view overload = unit == "date_trunc:year"      ? "trunc:year"
                                    : unit == "date_trunc:quarter" ? "trunc:quarter"
                                    : unit == "date_trunc:month"   ? "trunc:month"
                                    : unit == "date_trunc:week"    ? "trunc:week"
                                                                   : "";
  if (overload.empty()) {
    return Fail(ErrorKind::kInvalidInput, "trunc: the unit must be YEAR, QUARTER, MONTH or WEEK");
  }
  return Signature{{std::move(date), args[1].type}, Type(kDate), args[0].nullable, overload};
}

struct UnitEntry {
  std::string_view unit, add, diff;
};
constexpr std::array<UnitEntry, 10> kUnitEntries{
    {{"year", "timestampadd:year", "timestampdiff:year"},
     {"quarter", "timestampadd:quarter", "timestampdiff:quarter"},
     {"month", "timestampadd:month", "timestampdiff:month"},
     {"week", "timestampadd:week", "timestampdiff:week"},
     {"day", "timestampadd:day", "timestampdiff:day"},
     {"hour", "timestampadd:hour", "timestampdiff:hour"},
     {"minute", "timestampadd:minute", "timestampdiff:minute"},
     {"second", "timestampadd:second", "timestampdiff:second"},
     {"millisecond", "timestampadd:millisecond", "timestampdiff:millisecond"},
     {"microsecond", "timestampadd:microsecond", "timestampdiff:microsecond"}}};

// timestampadd(unit, n, t) and timestampdiff(unit, from, to).
Result<Signature> WithUnit(const FunctionEntry& entry, Infos args) {
  const bool adds = entry.name.starts_with("timestampadd");
  const std::string_view unit =
      args[0].constant != nullptr ? std::string_view(*args[0].constant) : std::string_view();
  for (const UnitEntry& known : kUnitEntries) {
    const bool day = known.unit == "day" && unit == "dayofyear";
    if (known.unit != unit && !day) continue;
    Signature signature{.arguments = {args[0].type},
                        .result = Type(adds ? kTs : kLong),
                        .nullable = AnyNullable(args),
                        .overload = adds ? known.add : known.diff};
    TRY(Type first, AcceptArgument(entry, args, 1, adds ? kInt : kTs));
    TRY(Type second, AcceptArgument(entry, args, 2, kTs));
    if (adds && args[2].type.Is(TypeId::kTimestampNtz)) {
      second = args[2].type;
      signature.result = second;
    }
    signature.arguments.push_back(std::move(first));
    signature.arguments.push_back(std::move(second));
    return signature;
  }
  return Fail(ErrorKind::kInvalidInput, "{}: '{}' is no unit", entry.name, unit);
}

// months_between(a, b [, rounded])
Result<Signature> MonthsBetween(const FunctionEntry& entry, Infos args) {
  Signature signature{.arguments = {}, .result = Type(kDouble), .nullable = AnyNullable(args)};
  for (size_t i = 0; i < 2; ++i) {
    TRY(Type type, AcceptArgument(entry, args, i, kTs));
    signature.arguments.push_back(std::move(type));
  }
  if (args.size() == 3) {
    TRY(Type rounded, AcceptArgument(entry, args, 2, kBool));
    signature.arguments.push_back(std::move(rounded));
  }
  return signature;
}

// make_timestamp(year, month, day, hour, minute, second [, zone]) and its kin.
Result<Signature> MakeTimestamp(const FunctionEntry& entry, Infos args) {
  if (args.size() != 6 && args.size() != 7) {
    return Fail(ErrorKind::kUnsupported, "{}: with {} arguments is not supported", entry.name,
                args.size());
  }
  Signature signature{.arguments = {}, .result = Type(kTs), .nullable = true};
  for (size_t i = 0; i < 5; ++i) {
    TRY(Type part, AcceptArgument(entry, args, i, kInt));
    signature.arguments.push_back(std::move(part));
  }
  const bool number =
      args[5].type.IsNumeric() || args[5].type.Is(kStr) || args[5].type.Is(TypeId::kVoid);
  if (!number) return WrongArgument(entry, args, 5, "a number of seconds");
  signature.arguments.push_back(Type::Decimal(16, 6));
  const bool ntz = entry.name.ends_with("_ntz");
  if (args.size() == 7) {
    if (ntz) return Fail(ErrorKind::kInvalidInput, "{}: it takes no time zone", entry.name);
    TRY(Type zone, AcceptArgument(entry, args, 6, kStr));
    signature.arguments.push_back(std::move(zone));
  }
  if (ntz) signature.result = Type(TypeId::kTimestampNtz);
  return signature;
}

Result<Signature> MakeDayTime(const FunctionEntry& entry, Infos args) {
  Signature signature{
      .arguments = {}, .result = Type(TypeId::kIntervalDayTime), .nullable = AnyNullable(args)};
  for (size_t i = 0; i < args.size(); ++i) {
    if (i == 3) {
      const bool number =
          args[i].type.IsNumeric() || args[i].type.Is(kStr) || args[i].type.Is(TypeId::kVoid);
      if (!number) return WrongArgument(entry, args, i, "a number of seconds");
      signature.arguments.push_back(Type::Decimal(18, 6));
      continue;
    }
    TRY(Type part, AcceptArgument(entry, args, i, kInt));
    signature.arguments.push_back(std::move(part));
  }
  return signature;
}

// convert_timezone([from,] to, clock)
Result<Signature> ConvertTimezone(const FunctionEntry& entry, Infos args) {
  Signature signature{
      .arguments = {}, .result = Type(TypeId::kTimestampNtz), .nullable = AnyNullable(args)};
  for (size_t i = 0; i + 1 < args.size(); ++i) {
    TRY(Type zone, AcceptArgument(entry, args, i, kStr));
    signature.arguments.push_back(std::move(zone));
  }
  const Type& time = args.back().type;
  const bool fits =
      time.Is(TypeId::kTimestampNtz) || time.Is(kTs) || time.Is(kDate) || time.Is(kStr);
  if (!fits) return WrongArgument(entry, args, args.size() - 1, "TIMESTAMP_NTZ");
  signature.arguments.emplace_back(TypeId::kTimestampNtz);
  if (args.size() == 2) signature.overload = "convert_timezone:session";
  return signature;
}

// A part of an interval.
template <TypeId interval, TypeId result>
Result<Signature> IntervalPart(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.Is(interval)) return WrongArgument(entry, args, 0, Type(interval).ToSql());
  return Signature{{args[0].type}, Type(result), args[0].nullable, {}};
}

// timestamp_seconds(n): whole, decimal or floating.
Result<Signature> TimestampSeconds(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.IsIntegral() || type.Is(TypeId::kVoid)) {
    return Fixed<kArgs, kTs, kLong>(entry, args);
  }
  const bool exact = type.Is(TypeId::kDecimal) && type.scale() <= 6 && type.precision() <= 20;
  if (!exact) {
    return Fail(ErrorKind::kUnsupported, "timestamp_seconds: of {} is not supported", type.ToSql());
  }
  return Signature{
      {Type::Decimal(26, 6)}, Type(kTs), args[0].nullable, "timestamp_seconds:decimal"};
}

// A timestamp's micros; text and dates are cast.
constexpr ResolveFunction kOfTimestamp = Fixed<kArgs, kLong, kTs>;
constexpr ResolveFunction kToTimestamp = Fixed<kArgs, kTs, kLong>;
constexpr ResolveFunction kZoneShift = Fixed<kArgs, kTs, kTs, kStr>;

// The time, then durations; sliding windows are several.
Result<Signature> WindowOfTime(const FunctionEntry& entry, Infos args) {
  Type time = args[0].type;
  if (!time.Is(TypeId::kTimestampNtz)) {
    TRY(time, AcceptArgument(entry, args, 0, kTs));
  }
  Signature signature{{time}, {}, args[0].nullable, {}};
  signature.arguments.resize(args.size(), Type(TypeId::kIntervalDayTime));
  Type window = Type::Struct({{.name = "start", .type = time}, {.name = "end", .type = time}});
  const bool several = entry.name == "window:sliding";
  signature.result = several ? Type::Array(std::move(window), false) : std::move(window);
  return signature;
}

// The last moment of a window.
Result<Signature> TimeOfWindow(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const bool window =
      type.Is(TypeId::kStruct) && type.fields().size() == 2 && type.fields()[0].name == "start" &&
      type.fields()[1].name == "end" &&
      (type.fields()[1].type.Is(kTs) || type.fields()[1].type.Is(TypeId::kTimestampNtz));
  if (!window) return WrongArgument(entry, args, 0, "a window of time");
  return Signature{{type}, type.fields()[1].type, true, {}};
}

constexpr FunctionEntry kEntries[] = {
    {"current_date", kScalar, 0, 0, Fixed<kNever, kDate>, ""},
    {"current_timestamp", kScalar, 0, 0, Fixed<kNever, kTs>, ""},
    {"year", kScalar, 1, 1, DatePart, "CAST(year({0}) AS INTEGER)"},
    {"quarter", kScalar, 1, 1, DatePart, "CAST(quarter({0}) AS INTEGER)"},
    {"month", kScalar, 1, 1, DatePart, "CAST(month({0}) AS INTEGER)"},
    {"weekofyear", kScalar, 1, 1, DatePart, "CAST(weekofyear({0}) AS INTEGER)"},
    {"day", kScalar, 1, 1, DatePart, "CAST(day({0}) AS INTEGER)"},
    {"dayofyear", kScalar, 1, 1, DatePart, "CAST(dayofyear({0}) AS INTEGER)"},
    {"dayofweek", kScalar, 1, 1, DatePart, "CAST(dayofweek({0}) + 1 AS INTEGER)"},
    {"weekday", kScalar, 1, 1, DatePart, "CAST((dayofweek({0}) + 6) % 7 AS INTEGER)"},
    {"extract:yearofweek", kScalar, 1, 1, DatePart, "CAST(isoyear({0}) AS INTEGER)"},
    {"extract:dow_iso", kScalar, 1, 1, DatePart, "CAST(isodow({0}) AS INTEGER)"},
    {"extract:second", kScalar, 1, 1, SecondWithFraction,
     "CAST(microsecond({0}) / 1000000.0 AS DECIMAL(8,6))"},
    {"monthname", kScalar, 1, 1, DateName, "strftime({0}, '%b')"},
    {"dayname", kScalar, 1, 1, DateName, "strftime({0}, '%a')"},
    {"hour", kScalar, 1, 1, TimePart, "CAST(hour({0}) AS INTEGER)"},
    {"minute", kScalar, 1, 1, TimePart, "CAST(minute({0}) AS INTEGER)"},
    {"second", kScalar, 1, 1, TimePart, "CAST(second({0}) AS INTEGER)"},
    {"last_day", kScalar, 1, 1, Fixed<kArgs, kDate, kDate>, "last_day({0})"},
    {"date_add", kScalar, 2, 2, AddDays, "({0} + {1})"},
    {"date_sub", kScalar, 2, 2, AddDays, "({0} - {1})"},
    {"add_months", kScalar, 2, 2, Fixed<kArgs, kDate, kDate, kInt>,
     "CAST({0} + to_months({1}) AS DATE)"},
    {"datediff", kScalar, 2, 2, Fixed<kArgs, kInt, kDate, kDate>, "CAST({0} - {1} AS INTEGER)"},
    {"make_date", kScalar, 3, 3, Fixed<kArgs, kDate, kInt, kInt, kInt>, "make_date({0}, {1}, {2})"},
    {"unix_date", kScalar, 1, 1, Fixed<kArgs, kInt, kDate>,
     "CAST({0} - DATE '1970-01-01' AS INTEGER)"},
    {"date_from_unix_date", kScalar, 1, 1, Fixed<kArgs, kDate, kInt>, "(DATE '1970-01-01' + {0})"},
    {"unix_micros", kScalar, 1, 1, kOfTimestamp, "epoch_us({0})"},
    // Towards the past, before 1970 too.
    {"unix_millis", kScalar, 1, 1, kOfTimestamp,
     "((epoch_us({0}) - ((epoch_us({0}) % 1000) + 1000) % 1000) // 1000)"},
    {"unix_seconds", kScalar, 1, 1, kOfTimestamp,
     "((epoch_us({0}) - ((epoch_us({0}) % 1000000) + 1000000) % 1000000) // 1000000)"},
    // Towards zero, other than unix_seconds.
    {"unix_seconds:cut", kScalar, 1, 1, kOfTimestamp, "(epoch_us({0}) // 1000000)"},
    {"timestamp_micros", kScalar, 1, 1, kToTimestamp, "make_timestamptz({0})"},
    {"timestamp_millis", kScalar, 1, 1, kToTimestamp, "make_timestamptz({0} * 1000)"},
    {"timestamp_seconds", kScalar, 1, 1, TimestampSeconds, "make_timestamptz({0} * 1000000)"},
    {"timestamp_seconds:decimal", kScalar, 1, 1, TimestampSeconds,
     "make_timestamptz(CAST({0} * 1000000 AS BIGINT))"},
    {"window:sliding", kScalar, 3, 4, WindowOfTime, ""},
    {"window:tumbling", kScalar, 2, 3, WindowOfTime, ""},
    {"window_time", kScalar, 1, 1, TimeOfWindow, "(({0}).\"end\" - INTERVAL 1 MICROSECOND)"},
    {"months_between", kScalar, 2, 3, MonthsBetween, ""},
    {"next_day", kScalar, 2, 2, Fixed<kArgs, kDate, kDate, kStr>, ""},
    {"make_timestamp", kScalar, 6, 7, MakeTimestamp, ""},
    {"make_timestamp_ltz", kScalar, 6, 7, MakeTimestamp, ""},
    {"make_timestamp_ntz", kScalar, 6, 6, MakeTimestamp, ""},
    {"try_make_timestamp", kScalar, 6, 7, MakeTimestamp, ""},
    {"try_make_timestamp_ltz", kScalar, 6, 7, MakeTimestamp, ""},
    {"try_make_timestamp_ntz", kScalar, 6, 6, MakeTimestamp, ""},
    {"make_ym_interval", kScalar, 0, 2,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(Signature signature, (Fixed<kArgs, kInt, kInt, kInt>(entry, args)));
       signature.result = Type(TypeId::kIntervalYearMonth);
       if (args.empty()) signature.overload = "make_ym_interval:zero";
       return signature;
     },
     ""},
    {"make_ym_interval:zero", kScalar, 0, 0, nullptr, "to_months(0)"},
    {"make_dt_interval", kScalar, 0, 4,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(Signature signature, MakeDayTime(entry, args));
       if (args.empty()) signature.overload = "make_dt_interval:zero";
       return signature;
     },
     ""},
    {"make_dt_interval:zero", kScalar, 0, 0, nullptr, "to_days(0)"},
    {"convert_timezone", kScalar, 2, 3, ConvertTimezone, "timezone({1}, timezone({0}, {2}))"},
    {"convert_timezone:session", kScalar, 2, 2, ConvertTimezone,
     "timezone({0}, CAST({1} AS TIMESTAMPTZ))"},
    {"interval:year", kScalar, 1, 1, IntervalPart<TypeId::kIntervalYearMonth, kInt>, ""},
    {"interval:month", kScalar, 1, 1, IntervalPart<TypeId::kIntervalYearMonth, TypeId::kByte>, ""},
    {"interval:day", kScalar, 1, 1, IntervalPart<TypeId::kIntervalDayTime, kInt>, ""},
    {"interval:hour", kScalar, 1, 1, IntervalPart<TypeId::kIntervalDayTime, TypeId::kByte>, ""},
    {"interval:minute", kScalar, 1, 1, IntervalPart<TypeId::kIntervalDayTime, TypeId::kByte>, ""},
    {"interval:second", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(Signature signature, (IntervalPart<TypeId::kIntervalDayTime, kInt>(entry, args)));
       signature.result = Type::Decimal(8, 6);
       return signature;
     },
     ""},
    {"from_utc_timestamp", kScalar, 2, 2, kZoneShift, "timezone('UTC', timezone({1}, {0}))"},
    {"to_utc_timestamp", kScalar, 2, 2, kZoneShift, "timezone({1}, timezone('UTC', {0}))"},
    // With a pattern.
    {"to_date", kScalar, 2, 2, Fixed<kArgs, kDate, kStr, kStr>, ""},
    {"to_timestamp", kScalar, 2, 2, Fixed<kArgs, kTs, kStr, kStr>, ""},
    {"try_to_date", kScalar, 2, 2, Fixed<kAlways, kDate, kStr, kStr>, ""},
    {"try_to_timestamp", kScalar, 2, 2, Fixed<kAlways, kTs, kStr, kStr>, ""},
    {"date_format", kScalar, 2, 2, Fixed<kArgs, kStr, kTs, kStr>, ""},
    {"date_trunc", kScalar, 2, 2, DateTrunc, ""},
    {"date_trunc:year", kScalar, 2, 2, DateTrunc, "date_trunc('year', {1})"},
    {"date_trunc:quarter", kScalar, 2, 2, DateTrunc, "date_trunc('quarter', {1})"},
    {"date_trunc:month", kScalar, 2, 2, DateTrunc, "date_trunc('month', {1})"},
    {"date_trunc:week", kScalar, 2, 2, DateTrunc, "date_trunc('week', {1})"},
    {"date_trunc:day", kScalar, 2, 2, DateTrunc, "date_trunc('day', {1})"},
    {"date_trunc:hour", kScalar, 2, 2, DateTrunc, "date_trunc('hour', {1})"},
    {"date_trunc:minute", kScalar, 2, 2, DateTrunc, "date_trunc('minute', {1})"},
    {"date_trunc:second", kScalar, 2, 2, DateTrunc, "date_trunc('second', {1})"},
    {"date_trunc:millisecond", kScalar, 2, 2, DateTrunc, "date_trunc('millisecond', {1})"},
    {"date_trunc:microsecond", kScalar, 2, 2, DateTrunc, "{1}"},
    {"trunc", kScalar, 2, 2, Trunc, ""},
    {"trunc:year", kScalar, 2, 2, Trunc, "CAST(date_trunc('year', {0}) AS DATE)"},
    {"trunc:quarter", kScalar, 2, 2, Trunc, "CAST(date_trunc('quarter', {0}) AS DATE)"},
    {"trunc:month", kScalar, 2, 2, Trunc, "CAST(date_trunc('month', {0}) AS DATE)"},
    {"trunc:week", kScalar, 2, 2, Trunc, "CAST(date_trunc('week', {0}) AS DATE)"},
    {"timestampadd", kScalar, 3, 3, WithUnit, ""},
    {"timestampadd:year", kScalar, 3, 3, WithUnit, "({2} + to_years({1}))"},
    {"timestampadd:quarter", kScalar, 3, 3, WithUnit, "({2} + to_months({1} * 3))"},
    {"timestampadd:month", kScalar, 3, 3, WithUnit, "({2} + to_months({1}))"},
    {"timestampadd:week", kScalar, 3, 3, WithUnit, "({2} + to_days({1} * 7))"},
    {"timestampadd:day", kScalar, 3, 3, WithUnit, "({2} + to_days({1}))"},
    {"timestampadd:hour", kScalar, 3, 3, WithUnit, "({2} + to_hours({1}))"},
    {"timestampadd:minute", kScalar, 3, 3, WithUnit, "({2} + to_minutes({1}))"},
    {"timestampadd:second", kScalar, 3, 3, WithUnit, "({2} + to_seconds({1}))"},
    {"timestampadd:millisecond", kScalar, 3, 3, WithUnit,
     "({2} + to_microseconds(CAST({1} AS BIGINT) * 1000))"},
    {"timestampadd:microsecond", kScalar, 3, 3, WithUnit, "({2} + to_microseconds({1}))"},
    // Whole units between the clocks of the session's time zone; months and longer have rules of
    // their own at the ends of months.
    {"timestampdiff", kScalar, 3, 3, WithUnit, ""},
    {"timestampdiff:year", kScalar, 3, 3, WithUnit, ""},
    {"timestampdiff:quarter", kScalar, 3, 3, WithUnit, ""},
    {"timestampdiff:month", kScalar, 3, 3, WithUnit, ""},
    {"timestampdiff:week", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 604800000000)"},
    {"timestampdiff:day", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 86400000000)"},
    {"timestampdiff:hour", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 3600000000)"},
    {"timestampdiff:minute", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 60000000)"},
    {"timestampdiff:second", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 1000000)"},
    {"timestampdiff:millisecond", kScalar, 3, 3, WithUnit,
     "((epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP))) // 1000)"},
    {"timestampdiff:microsecond", kScalar, 3, 3, WithUnit,
     "(epoch_us(CAST({2} AS TIMESTAMP)) - epoch_us(CAST({1} AS TIMESTAMP)))"},
};

}  // namespace

std::span<const FunctionEntry> DatetimeEntries() { return kEntries; }

}  // namespace oresmith::sql
