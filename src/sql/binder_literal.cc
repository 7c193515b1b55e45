// Literals: Spark's types for numbers, and the values of dates, timestamps and intervals.

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/literal_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kPrecisionMax = 38;

struct IntegerType {
  TypeId id;
  int64_t min, max;
  std::string_view name;
};

std::optional<IntegerType> SuffixType(char suffix) {
  switch (suffix) {
    case 'Y':
      return IntegerType{TypeId::kByte, INT8_MIN, INT8_MAX, "TINYINT"};
    case 'S':
      return IntegerType{TypeId::kShort, INT16_MIN, INT16_MAX, "SMALLINT"};
    case 'L':
      return IntegerType{TypeId::kLong, INT64_MIN, INT64_MAX, "BIGINT"};
    default:
      return std::nullopt;
  }
}

std::optional<int64_t> ToInteger(const std::string& digits, bool negative) {
  const std::string text = (negative ? "-" : "") + digits;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Result<BoundPtr> Binder::BindNumber(const NumberLiteral& number, Span span, bool negative) {
  const std::string& digits = number.digits;
  const bool exponent = digits.find_first_of("eE") != std::string::npos;
  if (number.suffix == 'B') return BindDecimalNumber(number, span, negative);
  if (number.suffix == 'F' || number.suffix == 'D' || (exponent && number.suffix == 0)) {
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_float = number.suffix == 'F';
    const double limit =
        is_float ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
    if (error != std::errc() || end != digits.data() + digits.size() || value > limit) {
      return Invalid(span, "number {}: out of the range of {}", digits,
                     is_float ? "FLOAT" : "DOUBLE");
    }
    if (is_float) value = static_cast<double>(static_cast<float>(value));
    return MakeExpr(Type(is_float ? TypeId::kFloat : TypeId::kDouble), false, span,
                    BoundLiteral{negative ? -value : value});
  }
  if (const auto type = SuffixType(number.suffix)) {
    const auto value = ToInteger(digits, negative);
    if (!value || *value < type->min || *value > type->max) {
      return Invalid(span, "number {}{}: out of the range of {}", negative ? "-" : "", digits,
                     type->name);
    }
    return MakeExpr(Type(type->id), false, span, BoundLiteral{*value});
  }
  if (digits.find('.') != std::string::npos) return BindDecimalNumber(number, span, negative);
  const auto value = ToInteger(digits, negative);
  if (!value) return BindDecimalNumber(number, span, negative);
  const bool fits = *value >= INT32_MIN && *value <= INT32_MAX;
  return MakeExpr(Type(fits ? TypeId::kInt : TypeId::kLong), false, span, BoundLiteral{*value});
}

Result<BoundPtr> Binder::BindDecimalNumber(const NumberLiteral& number, Span span, bool negative) {
  const auto decimal = ParseDecimalDigits(number.digits);
  if (!decimal || decimal->precision > kPrecisionMax || decimal->scale > kPrecisionMax) {
    return Invalid(span, "number {}: more than {} digits", number.digits, kPrecisionMax);
  }
  return MakeExpr(Type::Decimal(decimal->precision, decimal->scale), false, span,
                  BoundLiteral{(negative ? "-" : "") + decimal->text});
}

Result<BoundPtr> Binder::BindTypedLiteral(const TypedLiteral& literal, Span span) {
  if (literal.type == "DATE") {
    const auto days = ParseDateText(literal.value);
    if (!days) {
      return Invalid(span, "DATE '{}': not a date; write DATE '2024-12-31'", literal.value);
    }
    return MakeExpr(Type(TypeId::kDate), false, span, BoundLiteral{*days});
  }
  if (literal.type == "X" || literal.type == "BINARY") {
    return Unsupported(span, "{} literal: not supported", literal.type);
  }
  const bool ltz = literal.type == "TIMESTAMP" || literal.type == "TIMESTAMP_LTZ";
  if (!ltz && literal.type != "TIMESTAMP_NTZ") {
    return Unsupported(span, "{} literal: not supported", literal.type);
  }
  const auto parsed = ParseTimestampText(literal.value);
  if (!parsed) {
    // What is left are times in named zones: the engine knows those, and fails on the rest.
    if (!ltz) {
      return Invalid(span, "{} '{}': not a timestamp; write '2024-12-31 23:59:59'", literal.type,
                     literal.value);
    }
    return CastTo(StringConstant(literal.value, span), Type(TypeId::kTimestamp));
  }
  if (!ltz) {
    return MakeExpr(Type(TypeId::kTimestampNtz), false, span, BoundLiteral{parsed->local_micros});
  }
  const bool utc = options_.time_zone == "UTC" || options_.time_zone == "Z";
  if (!parsed->offset_micros && !utc) {
    return CastTo(StringConstant(literal.value, span), Type(TypeId::kTimestamp));
  }
  return MakeExpr(Type(TypeId::kTimestamp), false, span,
                  BoundLiteral{parsed->local_micros - parsed->offset_micros.value_or(0)});
}

Result<BoundPtr> Binder::BindInterval(const IntervalLiteral& interval, Span span,
                                      ExprScope& /*scope*/) {
  std::optional<bool> months;
  int64_t total = 0;
  for (const IntervalLiteral::Part& part : interval.parts) {
    bool negative = false;
    const Expr* amount = part.amount.get();
    if (const auto* unary = std::get_if<UnaryOp>(&amount->node); unary && unary->op == "-") {
      negative = true;
      amount = unary->operand.get();
    }
    const auto text = FoldToText(*amount);
    if (!text) {
      return Unsupported(span, "INTERVAL: its amount must be a constant; write n * INTERVAL '1' {}",
                         part.unit);
    }
    const auto value = ParseIntervalPart(*text, part.unit, part.to_unit);
    if (!value) {
      return Invalid(span, "INTERVAL: '{}' is no amount of {}{}{}", *text, part.unit,
                     part.to_unit.empty() ? "" : " TO ", part.to_unit);
    }
    if (months.has_value() && *months != value->is_months) {
      return Invalid(span,
                     "INTERVAL: years and months cannot be mixed with days and times; use two "
                     "intervals");
    }
    months = value->is_months;
    if (__builtin_add_overflow(total, negative ? -value->amount : value->amount, &total)) {
      return Invalid(span, "INTERVAL: out of range");
    }
  }
  const bool year_month = months.value_or(false);
  return MakeExpr(Type(year_month ? TypeId::kIntervalYearMonth : TypeId::kIntervalDayTime), false,
                  span, BoundLiteral{total});
}

}  // namespace oresmith::sql
