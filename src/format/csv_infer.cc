#include <fmt/format.h>

#include <algorithm>

#include "format/csv.h"
#include "format/csv_text_internal.h"
#include "format/datetime_text_internal.h"
#include "format/lines.h"
#include "format/number_text_internal.h"
#include "types/text.h"

namespace oresmith::format {

using types::Type;
using types::TypeId;

namespace {

constexpr int kPrecisionMax = 38;
constexpr int kIntPrecision = 10;
constexpr int kLongPrecision = 20;

// y-m-d and nothing else: with a time it is a timestamp.
bool IsPlainDate(std::string_view text) {
  return DateFromText(text).has_value() &&
         text.find_first_not_of("0123456789-+ ") == std::string_view::npos;
}

// Spark's CSVUtils.makeSafeHeader: empty names by position, doubles with their position appended.
std::vector<std::string> SafeNames(const std::vector<CsvValue>& values, bool header) {
  std::vector<std::string> names;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string_view text = values[i].text;
    if (!header || values[i].is_null || text.empty()) {
      names.push_back(fmt::format("_c{}", i));
      continue;
    }
    const auto same = std::count_if(values.begin(), values.end(), [&](const CsvValue& other) {
      return types::EqualsIgnoringCase(other.text, text);
    });
    names.push_back(same > 1 ? fmt::format("{}{}", text, i) : std::string(text));
  }
  return names;
}

}  // namespace

CsvInferrer::Shape CsvInferrer::ShapeOf(std::string_view text, Kind known) {
  // What is wider than a kind need not be tried for it again.
  if (known <= Kind::kInt) {
    const std::optional<int64_t> value = LongFromText(text);
    if (value && *value >= INT32_MIN && *value <= INT32_MAX) return {.kind = Kind::kInt};
  }
  if (known <= Kind::kLong && LongFromText(text)) return {.kind = Kind::kLong};
  if (known <= Kind::kDecimal) {
    const std::optional<DecimalShape> shape = ShapeOfDecimal(text);
    if (shape && shape->scale <= 0 && shape->precision <= kPrecisionMax && shape->scale == 0) {
      return {.kind = Kind::kDecimal, .precision = shape->precision};
    }
  }
  if (known <= Kind::kDouble && CsvDouble(text)) return {.kind = Kind::kDouble};
  if (known <= Kind::kDate && IsPlainDate(text)) return {.kind = Kind::kDate};
  if (known <= Kind::kTimestamp) {
    const std::optional<ParsedTimestamp> parsed = TimestampFromText(text);
    if (parsed && parsed->has_date) return {.kind = Kind::kTimestamp};
  }
  if (types::EqualsIgnoringCase(text, "true") || types::EqualsIgnoringCase(text, "false")) {
    return {.kind = Kind::kBoolean};
  }
  return {.kind = Kind::kString};
}

void CsvInferrer::Merge(Shape& into, const Shape& other) {
  if (into.kind == Kind::kNull || into.kind == other.kind) {
    const Shape before = into;
    into = other;
    if (before.kind == Kind::kDecimal) {
      into.precision = std::max(before.precision, other.precision);
    }
    return;
  }
  const auto is_number = [](Kind kind) { return kind >= Kind::kInt && kind <= Kind::kDouble; };
  if (is_number(into.kind) && is_number(other.kind)) {
    const Kind wider = std::max(into.kind, other.kind);
    if (wider == Kind::kDecimal) {
      const Kind narrow = std::min(into.kind, other.kind);
      const int least = narrow == Kind::kInt ? kIntPrecision : kLongPrecision;
      into.precision = std::max({into.precision, other.precision, least});
    }
    into.kind = wider;
    return;
  }
  const auto is_time = [](Kind kind) { return kind == Kind::kDate || kind == Kind::kTimestamp; };
  into.kind = is_time(into.kind) && is_time(other.kind) ? Kind::kTimestamp : Kind::kString;
}

void CsvInferrer::AddFile(std::string_view text) {
  CsvRecord record;
  bool first = true;
  for (const CsvLine& line : SplitCsv(WithoutByteOrderMark(text), options_)) {
    ParseCsvRecord(line.text, options_, record);
    if (names_.empty()) {
      names_ = SafeNames(record.values, options_.header);
      shapes_.resize(names_.size());
    }
    const bool is_header = first && options_.header;
    first = false;
    if (is_header) continue;
    for (size_t i = 0; i < std::min(record.values.size(), shapes_.size()); ++i) {
      const CsvValue& value = record.values[i];
      if (value.is_null || value.text.empty() || value.text == options_.null_value) continue;
      if (shapes_[i].kind == Kind::kString) continue;
      Merge(shapes_[i], ShapeOf(value.text, shapes_[i].kind));
    }
  }
}

types::Schema CsvInferrer::Finish() const {
  types::Schema schema;
  for (size_t i = 0; i < names_.size(); ++i) {
    Type type(TypeId::kString);
    if (types_) {
      switch (shapes_[i].kind) {
        case Kind::kInt:
          type = Type(TypeId::kInt);
          break;
        case Kind::kLong:
          type = Type(TypeId::kLong);
          break;
        case Kind::kDecimal:
          type = Type::Decimal(shapes_[i].precision, 0);
          break;
        case Kind::kDouble:
          type = Type(TypeId::kDouble);
          break;
        case Kind::kDate:
          type = Type(TypeId::kDate);
          break;
        case Kind::kTimestamp:
          type = Type(TypeId::kTimestamp);
          break;
        case Kind::kBoolean:
          type = Type(TypeId::kBoolean);
          break;
        default:
          break;
      }
    }
    schema.push_back({.name = names_[i], .type = std::move(type), .comment = {}});
  }
  return schema;
}

}  // namespace oresmith::format
