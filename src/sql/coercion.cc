#include "sql/coercion.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace oresmith::sql {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

constexpr int kMaxPrecision = 38;
constexpr int kMinAdjustedScale = 6;

bool IsDatetime(const Type& type) {
  return type.Is(TypeId::kDate) || type.Is(TypeId::kTimestamp) || type.Is(TypeId::kTimestampNtz);
}
bool IsInterval(const Type& type) {
  return type.Is(TypeId::kIntervalYearMonth) || type.Is(TypeId::kIntervalDayTime);
}
bool IsAtomic(const Type& type) {
  return type.id() != TypeId::kVoid && type.id() < TypeId::kVariant;
}
bool IsFractional(const Type& type) { return type.IsNumeric() && !type.IsIntegral(); }

Type WiderDecimal(const Type& left, const Type& right) {
  const int scale = std::max(left.scale(), right.scale());
  const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  const int precision = range + scale;
  if (precision <= kMaxPrecision) return Type::Decimal(precision, scale);
  return Type::Decimal(kMaxPrecision, std::max(0, scale - (precision - kMaxPrecision)));
}

std::optional<Type> CommonNumeric(const Type& left, const Type& right) {
  if (left.Is(TypeId::kDecimal) || right.Is(TypeId::kDecimal)) {
    const Type& other = left.Is(TypeId::kDecimal) ? right : left;
    if (other.Is(TypeId::kFloat) || other.Is(TypeId::kDouble)) return Type(TypeId::kDouble);
    return WiderDecimal(DecimalFor(left), DecimalFor(right));
  }
  const TypeId wider = std::max(left.id(), right.id());
  // BIGINT and FLOAT meet in DOUBLE: FLOAT would lose digits.
  if (wider == TypeId::kFloat && left.id() != right.id()) return Type(TypeId::kDouble);
  return Type(wider);
}

std::optional<Type> CommonDatetime(const Type& left, const Type& right) {
  if (left.Is(TypeId::kTimestamp) || right.Is(TypeId::kTimestamp)) return Type(TypeId::kTimestamp);
  return Type(TypeId::kTimestampNtz);
}

std::optional<Type> CommonWithString(const Type& other) {
  if (other.IsIntegral()) return Type(TypeId::kLong);
  if (IsFractional(other)) return Type(TypeId::kDouble);
  if (IsInterval(other)) return std::nullopt;
  if (IsAtomic(other)) return other;
  return std::nullopt;
}

bool SameNameIgnoringCase(const std::string& left, const std::string& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return lower(a) == lower(b);
  });
}

std::optional<Type> CommonStruct(const Type& left, const Type& right) {
  if (left.fields().size() != right.fields().size()) return std::nullopt;
  std::vector<Field> fields;
  for (size_t i = 0; i < left.fields().size(); ++i) {
    const Field& a = left.fields()[i];
    const Field& b = right.fields()[i];
    if (!SameNameIgnoringCase(a.name, b.name)) return std::nullopt;
    auto type = CommonType(a.type, b.type);
    if (!type) return std::nullopt;
    fields.push_back(Field{.name = a.name,
                           .type = *std::move(type),
                           .nullable = a.nullable || b.nullable,
                           .comment = {}});
  }
  return Type::Struct(std::move(fields));
}

std::optional<Type> CommonNested(const Type& left, const Type& right) {
  if (left.id() != right.id()) return std::nullopt;
  if (left.Is(TypeId::kArray)) {
    auto element = CommonType(left.element(), right.element());
    if (!element) return std::nullopt;
    return Type::Array(*std::move(element), left.contains_null() || right.contains_null());
  }
  if (left.Is(TypeId::kMap)) {
    auto key = CommonType(left.key(), right.key());
    auto value = CommonType(left.value(), right.value());
    if (!key || !value) return std::nullopt;
    return Type::Map(*std::move(key), *std::move(value),
                     left.value_contains_null() || right.value_contains_null());
  }
  if (left.Is(TypeId::kStruct)) return CommonStruct(left, right);
  return std::nullopt;
}

bool CanCastNested(const Type& from, const Type& to, bool (*can)(const Type&, const Type&)) {
  if (from.id() != to.id()) return false;
  if (from.Is(TypeId::kArray)) return can(from.element(), to.element());
  if (from.Is(TypeId::kMap)) return can(from.key(), to.key()) && can(from.value(), to.value());
  if (!from.Is(TypeId::kStruct) || from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    if (!can(from.fields()[i].type, to.fields()[i].type)) return false;
  }
  return true;
}

}  // namespace

Type DecimalFor(const Type& numeric) {
  switch (numeric.id()) {
    case TypeId::kByte:
      return Type::Decimal(3, 0);
    case TypeId::kShort:
      return Type::Decimal(5, 0);
    case TypeId::kInt:
      return Type::Decimal(10, 0);
    case TypeId::kLong:
      return Type::Decimal(20, 0);
    case TypeId::kFloat:
      return Type::Decimal(14, 7);
    case TypeId::kDouble:
      return Type::Decimal(30, 15);
    case TypeId::kDecimal:
      return numeric;
    default:
      return Type::Decimal(kMaxPrecision, 18);
  }
}

Type CappedDecimal(int precision, int scale) {
  if (precision <= kMaxPrecision) return Type::Decimal(precision, scale);
  const int integer_digits = precision - scale;
  const int scale_min = std::min(scale, kMinAdjustedScale);
  return Type::Decimal(kMaxPrecision, std::max(kMaxPrecision - integer_digits, scale_min));
}

Type DecimalResult(char op, const Type& left, const Type& right) {
  const int p1 = left.precision(), s1 = left.scale(), p2 = right.precision(), s2 = right.scale();
  const int scale = std::max(s1, s2);
  switch (op) {
    case '*':
      return CappedDecimal(p1 + p2 + 1, s1 + s2);
    case '/': {
      const int quotient_scale = std::max(kMinAdjustedScale, s1 + p2 + 1);
      return CappedDecimal(p1 - s1 + s2 + quotient_scale, quotient_scale);
    }
    case '%':
      return CappedDecimal(std::min(p1 - s1, p2 - s2) + scale, scale);
    default:
      return CappedDecimal(std::max(p1 - s1, p2 - s2) + scale + 1, scale);
  }
}

std::optional<Type> CommonType(const Type& left, const Type& right) {
  if (left == right) return left;
  if (left.Is(TypeId::kVoid)) return right;
  if (right.Is(TypeId::kVoid)) return left;
  if (left.IsNumeric() && right.IsNumeric()) return CommonNumeric(left, right);
  if (IsDatetime(left) && IsDatetime(right)) return CommonDatetime(left, right);
  if (left.Is(TypeId::kString)) return CommonWithString(right);
  if (right.Is(TypeId::kString)) return CommonWithString(left);
  return CommonNested(left, right);
}

bool CanCastImplicitly(const Type& from, const Type& to) {
  if (from == to || from.Is(TypeId::kVoid)) return true;
  if (from.IsNumeric() && to.IsNumeric()) {
    // Never towards fewer digits: BIGINT does not become INT without a word.
    if (to.Is(TypeId::kDecimal)) return !from.Is(TypeId::kFloat) && !from.Is(TypeId::kDouble);
    if (from.Is(TypeId::kDecimal)) return to.Is(TypeId::kDouble) || to.Is(TypeId::kFloat);
    return from.id() < to.id();
  }
  if (from.Is(TypeId::kString)) return IsAtomic(to) && !IsInterval(to);
  if (to.Is(TypeId::kString)) return IsAtomic(from) && !from.Is(TypeId::kBinary);
  if (IsDatetime(from) && IsDatetime(to)) return true;
  return CanCastNested(from, to, CanCastImplicitly);
}

bool CanCastExplicitly(const Type& from, const Type& to) {
  if (from == to || from.Is(TypeId::kVoid) || to.Is(TypeId::kString)) return true;
  if (from.Is(TypeId::kString)) return IsAtomic(to);
  if (from.Is(TypeId::kBoolean)) return to.IsNumeric();
  if (from.IsNumeric()) {
    return to.IsNumeric() || to.Is(TypeId::kBoolean) || to.Is(TypeId::kTimestamp);
  }
  if (from.Is(TypeId::kTimestamp) && to.IsNumeric()) return true;
  if (IsDatetime(from)) return IsDatetime(to);
  return CanCastNested(from, to, CanCastExplicitly);
}

bool CanCastLosslessly(const Type& from, const Type& to) {
  if (from == to || from.Is(TypeId::kVoid)) return true;
  if (from.IsIntegral() && to.IsIntegral()) return from.id() <= to.id();
  if (to.Is(TypeId::kDecimal) && (from.IsIntegral() || from.Is(TypeId::kDecimal))) {
    const Type exact = DecimalFor(from);
    return to.scale() >= exact.scale() &&
           to.precision() - to.scale() >= exact.precision() - exact.scale();
  }
  if (to.Is(TypeId::kDouble)) {
    return from.Is(TypeId::kFloat) || (from.IsIntegral() && !from.Is(TypeId::kLong));
  }
  if (from.Is(TypeId::kDate)) return to.Is(TypeId::kTimestampNtz);
  return CanCastNested(from, to, CanCastLosslessly);
}

bool IsComparable(const Type& type) {
  if (type.Is(TypeId::kMap) || type.Is(TypeId::kVariant)) return false;
  if (type.Is(TypeId::kArray)) return IsComparable(type.element());
  if (!type.Is(TypeId::kStruct)) return true;
  return std::all_of(type.fields().begin(), type.fields().end(),
                     [](const Field& field) { return IsComparable(field.type); });
}

bool IsOrderable(const Type& type) { return IsComparable(type); }

Type AsNullable(const Type& type) {
  if (type.Is(TypeId::kArray)) return Type::Array(AsNullable(type.element()), true);
  if (type.Is(TypeId::kMap)) {
    return Type::Map(AsNullable(type.key()), AsNullable(type.value()), true);
  }
  if (!type.Is(TypeId::kStruct)) return type;
  std::vector<Field> fields = type.fields();
  for (Field& field : fields) {
    field.type = AsNullable(field.type);
    field.nullable = true;
  }
  return Type::Struct(std::move(fields));
}

}  // namespace oresmith::sql
