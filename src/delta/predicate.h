#pragma once

// Conditions on the rows of a table, to pass over what cannot hold a row that fulfils them. They
// are about values as Spark compares them: three-valued, NaN the greatest, -0.0 equal to 0.0, text
// by its bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "types/type.h"

namespace oresmith::delta {

/// A constant. NULL: monostate. Integral types, date (days) and timestamps (microseconds): int64_t.
/// Float and double: double. Decimal: its digits in text. String and binary: bytes.
struct Literal {
  types::Type type;
  std::variant<std::monostate, bool, int64_t, double, std::string> value;
};

enum class Comparison { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

/// A column by its names from the top-level column down: {"address", "city"}.
using ColumnPath = std::vector<std::string>;

/// A condition. Anything that cannot be said in it is Anything(), which passes over nothing.
struct Predicate {
  enum class Kind { kAnything, kAnd, kOr, kNot, kCompare, kIn, kIsNull, kStartsWith };
  Kind kind = Kind::kAnything;
  Comparison comparison = Comparison::kEqual;  ///< kCompare only
  ColumnPath column = {};
  std::vector<Literal> literals = {};    ///< kIn: any number; kCompare, kStartsWith: one
  std::vector<Predicate> operands = {};  ///< kAnd, kOr: any number; kNot: one

  static Predicate Anything() { return {}; }
  static Predicate And(std::vector<Predicate> operands);
  static Predicate Or(std::vector<Predicate> operands);
  static Predicate Not(Predicate operand);
  static Predicate Compare(ColumnPath column, Comparison comparison, Literal literal);
  static Predicate In(ColumnPath column, std::vector<Literal> literals);
  static Predicate IsNull(ColumnPath column);
  static Predicate StartsWith(ColumnPath column, std::string prefix);
};

/// Text for people: `city = 'x' AND NOT (amount > 3)`.
std::string ToText(const Predicate& predicate);

}  // namespace oresmith::delta
