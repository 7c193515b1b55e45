#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cast_functions_internal.h"
#include "engine/emit_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using sql::CastMode;
using types::Field;
using types::Type;
using types::TypeId;

// Whether DuckDB's own cast gives each value that Spark's gives, and never fails.
bool IsWidening(const Type& from, const Type& to) {
  if (from.IsIntegral() && to.IsIntegral()) return from.id() <= to.id();
  if (from.IsIntegral()) return to.Is(TypeId::kFloat) || to.Is(TypeId::kDouble);
  if (from.Is(TypeId::kFloat)) return to.Is(TypeId::kDouble);
  if (from.Is(TypeId::kDecimal) && to.Is(TypeId::kDecimal)) {
    return to.scale() >= from.scale() &&
           to.precision() - to.scale() >= from.precision() - from.scale();
  }
  return false;
}

// Up to these digits, DuckDB's division of two exact numbers is rounded correctly.
bool IsExactDivision(const Type& from, const Type& to) {
  return (to.Is(TypeId::kDouble) && from.precision() <= 15) ||
         (to.Is(TypeId::kFloat) && from.precision() <= 7);
}

bool IsTimestamp(const Type& type) {
  return type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}

}  // namespace

Result<std::string> Emitter::Cast(const std::string& text, const Type& from, const Type& to,
                                  CastMode mode) {
  if (WithoutNullability(from) == WithoutNullability(to)) return text;
  TRY_DO(CheckType(to));
  const std::string plain = fmt::format("CAST({} AS {})", text, TypeSql(to));
  if (from.Is(TypeId::kVoid) || IsWidening(from, to)) return plain;
  if (from.Is(TypeId::kDecimal) && IsExactDivision(from, to)) return plain;
  if (from.IsNested() && to.Is(TypeId::kString)) return NestedToText(text, from);
  if (from.IsNested()) return CastNested(text, from, to, mode);
  if (to.Is(TypeId::kBoolean) && from.IsNumeric()) return fmt::format("({} <> 0)", text);
  if (from.Is(TypeId::kBoolean) && (to.IsNumeric() || to.Is(TypeId::kString))) return plain;
  // DuckDB writes 0.50 without its zero when all digits are behind the point.
  const bool has_whole = from.Is(TypeId::kDecimal) && from.precision() > from.scale();
  if ((from.IsIntegral() || has_whole) && to.Is(TypeId::kString)) return plain;
  if (IsTimestamp(from) && (to.IsNumeric() || to.Is(TypeId::kTimestamp) ||
                            to.Is(TypeId::kTimestampNtz) || to.Is(TypeId::kDate))) {
    return CastTimestamp(text, from, to, mode);
  }
  if (from.Is(TypeId::kDate) && IsTimestamp(to)) {
    return to.Is(TypeId::kTimestamp) ? InstantOf(fmt::format("CAST({} AS TIMESTAMP)", text))
                                     : plain;
  }
  if (to.Is(TypeId::kTimestamp) && (from.IsIntegral() || from.Is(TypeId::kDecimal))) {
    return fmt::format("make_timestamptz(CAST(trunc({} * 1000000) AS BIGINT))", text);
  }
  if (from.Is(TypeId::kString) && to.Is(TypeId::kBinary)) return fmt::format("encode({})", text);
  return CastByFunction(text, from, to, mode);
}

Result<std::string> Emitter::CastByFunction(const std::string& text, const Type& from,
                                            const Type& to, CastMode mode) {
  std::optional<FunctionSpec> function = CastFunction(from, to, mode);
  if (!function) {
    return Fail(ErrorKind::kUnsupported, "the cast of {} to {} is not supported here", from.ToSql(),
                to.ToSql());
  }
  const bool shows_instant = from.Is(TypeId::kTimestamp) && to.Is(TypeId::kString);
  if (options_.time_zone != "UTC") {
    // The wall clock of the session's zone, which DuckDB knows.
    const Type clock(TypeId::kTimestampNtz);
    if (shows_instant) {
      return CastByFunction(fmt::format("CAST({} AS TIMESTAMP)", text), clock, to, mode);
    }
  }
  if (from.Is(TypeId::kString) && to.Is(TypeId::kTimestamp)) {
    // DuckDB knows what a zone's name means. With UTC, few texts need it.
    const bool utc = options_.time_zone == "UTC";
    const std::string parts = fmt::format("{}({})", Need(TimestampPartsFunction(mode)), text);
    const std::string zone =
        fmt::format("coalesce(({}).zone, {})", parts, QuoteText(options_.time_zone));
    const std::string moved =
        fmt::format("spark_instant({}, CAST(({}).clock AS TIMESTAMP))", zone, parts);
    if (!utc) return moved;
    return fmt::format("coalesce({}({}), {})", Need(*std::move(function)), text, moved);
  }
  return fmt::format("{}({})", Need(*std::move(function)), text);
}

// The instant at which the clocks of the session's zone show `clock`, a TIMESTAMP.
std::string Emitter::InstantOf(const std::string& clock) const {
  if (options_.time_zone == "UTC") return fmt::format("CAST({} AS TIMESTAMPTZ)", clock);
  return fmt::format("spark_instant({}, {})", QuoteText(options_.time_zone), clock);
}

Result<std::string> Emitter::CastTimestamp(const std::string& text, const Type& from,
                                           const Type& to, CastMode mode) {
  if (to.Is(TypeId::kTimestamp)) return InstantOf(text);
  if (!to.IsNumeric()) return fmt::format("CAST({} AS {})", text, TypeSql(to));
  if (from.Is(TypeId::kTimestampNtz)) {
    return Fail(ErrorKind::kUnsupported, "the cast of {} to {} is not supported here", from.ToSql(),
                to.ToSql());
  }
  const std::string micros = fmt::format("epoch_us({})", text);
  if (to.Is(TypeId::kDouble) || to.Is(TypeId::kFloat)) {
    return fmt::format("CAST({} / 1000000 AS {})", micros, TypeSql(to));
  }
  if (to.Is(TypeId::kDecimal)) {
    return Cast(fmt::format("CAST({} * CAST(0.000001 AS DECIMAL(7, 6)) AS DECIMAL(26, 6))",
                            fmt::format("CAST({} AS DECIMAL(19, 0))", micros)),
                Type::Decimal(26, 6), to, mode);
  }
  const std::string seconds = fmt::format("CAST(floor({} / 1000000) AS BIGINT)", micros);
  return Cast(seconds, Type(TypeId::kLong), to, mode);
}

// An element is bound by a lambda: the text of a nested value stands once in the SQL.
Result<std::string> Emitter::CastNested(const std::string& text, const Type& from, const Type& to,
                                        CastMode mode) {
  const std::string item = FreshName("item");
  if (from.id() != to.id()) {
    return Fail(ErrorKind::kUnsupported, "the cast of {} to {} is not supported here", from.ToSql(),
                to.ToSql());
  }
  if (from.Is(TypeId::kArray)) {
    TRY(const std::string element, Cast(item, from.element(), to.element(), mode));
    return fmt::format("list_transform({}, lambda {}: {})", text, item, element);
  }
  if (from.Is(TypeId::kMap)) {
    TRY(const std::string key, Cast(fmt::format("({}).key", item), from.key(), to.key(), mode));
    TRY(const std::string value,
        Cast(fmt::format("({}).value", item), from.value(), to.value(), mode));
    return fmt::format(
        "map_from_entries(list_transform(map_entries({}), lambda {}: {{'key': {}, 'value': {}}}))",
        text, item, key, value);
  }
  if (from.fields().size() != to.fields().size()) {
    return Fail(ErrorKind::kInvalidInput, "cast: {} and {} have different numbers of fields",
                from.ToSql(), to.ToSql());
  }
  const std::vector<std::string> from_names = FieldNames(from);
  const std::vector<std::string> to_names = FieldNames(to);
  std::vector<std::string> members;
  for (size_t i = 0; i < from_names.size(); ++i) {
    TRY(const std::string member, Cast(fmt::format("({}).{}", item, QuoteName(from_names[i])),
                                       from.fields()[i].type, to.fields()[i].type, mode));
    members.push_back(fmt::format("{}: {}", QuoteText(to_names[i]), member));
  }
  return fmt::format("list_transform([{}], lambda {}: CASE WHEN {} IS NOT NULL THEN {{{}}} END)[1]",
                     text, item, item, fmt::join(members, ", "));
}

// {1, x}, [1, 2], {a -> 1}: NULL inside is the word null.
Result<std::string> Emitter::NestedToText(const std::string& text, const Type& from) {
  const std::string item = FreshName("item");
  const auto part = [&](const std::string& value, const Type& type) -> Result<std::string> {
    TRY(const std::string shown, Cast(value, type, Type(TypeId::kString), CastMode::kAnsi));
    return fmt::format("coalesce({}, 'null')", shown);
  };
  const auto joined = [&](const std::string& list, const std::string& shown, char open,
                          char close) {
    return fmt::format("'{}' || array_to_string(list_transform({}, lambda {}: {}), ', ') || '{}'",
                       open, list, item, shown, close);
  };
  if (from.Is(TypeId::kArray)) {
    TRY(const std::string shown, part(item, from.element()));
    return fmt::format("({})", joined(text, shown, '[', ']'));
  }
  if (from.Is(TypeId::kMap)) {
    TRY(const std::string key, part(fmt::format("({}).key", item), from.key()));
    TRY(const std::string value, part(fmt::format("({}).value", item), from.value()));
    return fmt::format("({})", joined(fmt::format("map_entries({})", text),
                                      key + " || ' -> ' || " + value, '{', '}'));
  }
  if (!from.Is(TypeId::kStruct)) {
    return Fail(ErrorKind::kUnsupported, "the cast of {} to STRING is not supported here",
                from.ToSql());
  }
  std::vector<std::string> parts;
  const std::vector<std::string> names = FieldNames(from);
  for (size_t i = 0; i < names.size(); ++i) {
    TRY(parts.emplace_back(),
        part(fmt::format("({}).{}", item, QuoteName(names[i])), from.fields()[i].type));
  }
  return fmt::format(
      "list_transform([{}], lambda {}: CASE WHEN {} IS NOT NULL THEN '{{' || {} || '}}' END)[1]",
      text, item, item, fmt::join(parts, " || ', ' || "));
}

}  // namespace oresmith::engine
