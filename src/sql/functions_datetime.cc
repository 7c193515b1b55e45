// Dates, timestamps and intervals.

#include "sql/functions_internal.h"

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

// A part of a time; a date or text becomes a timestamp first.
Result<Signature> TimePart(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(TypeId::kTimestampNtz)) return Signature{{type}, Type(kInt), args[0].nullable, {}};
  TRY(Type timestamp, AcceptArgument(entry, args, 0, kTs));
  return Signature{{std::move(timestamp)}, Type(kInt), args[0].nullable, {}};
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
    {"hour", kScalar, 1, 1, TimePart, "CAST(hour({0}) AS INTEGER)"},
    {"minute", kScalar, 1, 1, TimePart, "CAST(minute({0}) AS INTEGER)"},
    {"second", kScalar, 1, 1, TimePart, "CAST(second({0}) AS INTEGER)"},
};

}  // namespace

std::span<const FunctionEntry> DatetimeEntries() { return kEntries; }

}  // namespace oresmith::sql
