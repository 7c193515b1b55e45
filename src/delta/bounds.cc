#include "delta/bounds.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "delta/value_text.h"

namespace oresmith::delta {
namespace {

using types::Type;
using types::TypeId;

std::optional<int64_t> ParseWhole(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class Float>
std::optional<Value> ParseReal(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  Float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

std::optional<Value> ParseDecimal(std::string_view text) {
  DecimalValue value;
  int32_t precision = 0;
  if (!arrow::Decimal256::FromString(text, &value.digits, &precision, &value.scale).ok()) {
    return std::nullopt;
  }
  return value;
}

template <class Number>
std::optional<Value> AsValue(const std::optional<Number>& number) {
  if (!number) return std::nullopt;
  return static_cast<int64_t>(*number);
}

bool IsReal(const Type& type) { return type.Is(TypeId::kFloat) || type.Is(TypeId::kDouble); }

int Sign(bool less, bool greater) { return less ? -1 : (greater ? 1 : 0); }

int CompareReals(double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return Sign(!std::isnan(left), !std::isnan(right));
  return Sign(left<right, left> right);
}

std::optional<int> CompareDecimals(const DecimalValue& left, const DecimalValue& right) {
  const int32_t scale = std::max(left.scale, right.scale);
  const auto a = left.digits.Rescale(left.scale, scale);
  const auto b = right.digits.Rescale(right.scale, scale);
  if (!a.ok() || !b.ok()) return std::nullopt;
  return Sign(*a<*b, *a> * b);
}

DecimalValue ToDecimal(int64_t number) { return {arrow::Decimal256(number), 0}; }

}  // namespace

std::optional<Value> ValueOfText(const Type& type, std::string_view text) {
  switch (type.id()) {
    case TypeId::kBoolean:
      if (text == "true") return int64_t{1};
      if (text == "false") return int64_t{0};
      return std::nullopt;
    case TypeId::kByte:
    case TypeId::kShort:
    case TypeId::kInt:
    case TypeId::kLong:
      return AsValue(ParseWhole(text));
    case TypeId::kFloat:
      // As a float first: the column holds what is nearest to 0.1, not 0.1.
      return ParseReal<float>(text);
    case TypeId::kDouble:
      return ParseReal<double>(text);
    case TypeId::kDecimal:
      return ParseDecimal(text);
    case TypeId::kString:
    case TypeId::kBinary:
      return std::string(text);
    case TypeId::kDate:
      return AsValue(ParseDate(text));
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return AsValue(ParseTimestamp(text));
    default:
      return std::nullopt;
  }
}

std::optional<Value> ValueOfLiteral(const Type& column, const Literal& literal) {
  const bool fits = column.Is(literal.type.id()) ||
                    (column.IsIntegral() && literal.type.IsIntegral()) ||
                    (IsReal(column) && IsReal(literal.type)) ||
                    (column.IsIntegral() && literal.type.Is(TypeId::kDecimal)) ||
                    (column.Is(TypeId::kDecimal) && literal.type.IsIntegral());
  if (!fits) return std::nullopt;
  if (const auto* flag = std::get_if<bool>(&literal.value)) return int64_t{*flag ? 1 : 0};
  if (const auto* number = std::get_if<int64_t>(&literal.value)) {
    if (literal.type.Is(TypeId::kDecimal)) return std::nullopt;
    return *number;
  }
  if (const auto* real = std::get_if<double>(&literal.value)) return *real;
  const auto* text = std::get_if<std::string>(&literal.value);
  if (text == nullptr) return std::nullopt;
  return literal.type.Is(TypeId::kDecimal) ? ParseDecimal(*text) : std::optional<Value>(*text);
}

std::optional<int> Compare(const Value& left, const Value& right) {
  const auto* a = std::get_if<int64_t>(&left);
  const auto* b = std::get_if<int64_t>(&right);
  if (a != nullptr && b != nullptr) return Sign(*a<*b, *a> * b);
  const auto* a_decimal = std::get_if<DecimalValue>(&left);
  const auto* b_decimal = std::get_if<DecimalValue>(&right);
  if ((a_decimal != nullptr || a != nullptr) && (b_decimal != nullptr || b != nullptr)) {
    return CompareDecimals(a_decimal != nullptr ? *a_decimal : ToDecimal(*a),
                           b_decimal != nullptr ? *b_decimal : ToDecimal(*b));
  }
  if (left.index() != right.index()) return std::nullopt;
  if (const auto* real = std::get_if<double>(&left)) {
    return CompareReals(*real, std::get<double>(right));
  }
  const int order = std::get<std::string>(left).compare(std::get<std::string>(right));
  return Sign(order<0, order> 0);
}

namespace {

/// Which sides of a value there may be others.
struct Sides {
  bool less = true;
  bool equal = true;
  bool greater = true;
};

Sides SidesOf(const Bounds& bounds, const Value& value) {
  Sides sides;
  const auto min = bounds.min ? Compare(*bounds.min, value) : std::nullopt;
  const auto max = bounds.max ? Compare(*bounds.max, value) : std::nullopt;
  if (min) {
    sides.less = *min < 0;
    sides.equal = *min <= 0;
  }
  if (max) {
    sides.equal = sides.equal && *max >= 0;
    sides.greater = *max > 0;
  }
  if (bounds.may_be_nan) {
    const auto* real = std::get_if<double>(&value);
    const bool is_nan = real != nullptr && std::isnan(*real);
    sides.greater = sides.greater || !is_nan;
    sides.equal = sides.equal || is_nan;
  }
  return sides;
}

Outcomes Of(bool may_be_true, bool may_be_false) {
  return (may_be_true ? kMayBeTrue : 0) | (may_be_false ? kMayBeFalse : 0);
}

Outcomes OfValues(const Sides& sides, Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return Of(sides.equal, sides.less || sides.greater);
    case Comparison::kNotEqual:
      return Of(sides.less || sides.greater, sides.equal);
    case Comparison::kLess:
      return Of(sides.less, sides.equal || sides.greater);
    case Comparison::kLessOrEqual:
      return Of(sides.less || sides.equal, sides.greater);
    case Comparison::kGreater:
      return Of(sides.greater, sides.less || sides.equal);
    case Comparison::kGreaterOrEqual:
      return Of(sides.greater || sides.equal, sides.less);
  }
  return kMayBeAny;
}

/// The pairs of outcomes that `left` and `right` may have, joined by `join`.
template <class Join>
Outcomes Pairs(Outcomes left, Outcomes right, const Join& join) {
  Outcomes outcomes = 0;
  for (const Outcomes a : {kMayBeTrue, kMayBeFalse, kMayBeNull}) {
    for (const Outcomes b : {kMayBeTrue, kMayBeFalse, kMayBeNull}) {
      if ((left & a) != 0 && (right & b) != 0) outcomes |= join(a, b);
    }
  }
  return outcomes;
}

}  // namespace

Outcomes OutcomesOfComparison(const Bounds& bounds, Comparison comparison, const Value& value) {
  const Outcomes of_nulls = bounds.may_be_null ? kMayBeNull : 0;
  if (!bounds.may_be_value) return of_nulls;
  return of_nulls | OfValues(SidesOf(bounds, value), comparison);
}

Outcomes OutcomesOfPrefix(const Bounds& bounds, std::string_view prefix) {
  const Outcomes of_nulls = bounds.may_be_null ? kMayBeNull : 0;
  if (!bounds.may_be_value) return of_nulls;
  const auto* min = bounds.min ? std::get_if<std::string>(&*bounds.min) : nullptr;
  const auto* max = bounds.max ? std::get_if<std::string>(&*bounds.max) : nullptr;
  const auto head = [&](const std::string& text) {
    return std::string_view(text).substr(0, prefix.size());
  };
  const bool may_begin_so =
      (min == nullptr || head(*min) <= prefix) && (max == nullptr || head(*max) >= prefix);
  const bool all_begin_so =
      min != nullptr && max != nullptr && head(*min) == prefix && head(*max) == prefix;
  return of_nulls | Of(may_begin_so, !all_begin_so);
}

Outcomes OutcomesOfIsNull(const Bounds& bounds) {
  return Of(bounds.may_be_null, bounds.may_be_value);
}

Outcomes Negated(Outcomes operand) {
  return Of((operand & kMayBeFalse) != 0, (operand & kMayBeTrue) != 0) | (operand & kMayBeNull);
}

Outcomes Both(Outcomes left, Outcomes right) {
  return Pairs(left, right, [](Outcomes a, Outcomes b) {
    if (a == kMayBeFalse || b == kMayBeFalse) return kMayBeFalse;
    return a == kMayBeNull || b == kMayBeNull ? kMayBeNull : kMayBeTrue;
  });
}

Outcomes Either(Outcomes left, Outcomes right) {
  return Pairs(left, right, [](Outcomes a, Outcomes b) {
    if (a == kMayBeTrue || b == kMayBeTrue) return kMayBeTrue;
    return a == kMayBeNull || b == kMayBeNull ? kMayBeNull : kMayBeFalse;
  });
}

}  // namespace oresmith::delta
