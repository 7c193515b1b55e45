#pragma once

// What is known of the values of one column in a file or row group, and what that says of a
// condition.

#include <arrow/util/decimal.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "delta/predicate.h"
#include "types/type.h"

namespace oresmith::delta {

struct DecimalValue {
  arrow::Decimal256 digits;
  int32_t scale = 0;
};
/// A value that can be compared. Booleans, integral types, dates and times: int64_t.
using Value = std::variant<int64_t, double, std::string, DecimalValue>;

/// The value of a text in the log (statistics, partition values); absent when it is none.
std::optional<Value> ValueOfText(const types::Type& type, std::string_view text);
/// The literal as a value of a column of this type; absent when the two cannot be compared safely.
/// REQUIRES: it is not NULL.
std::optional<Value> ValueOfLiteral(const types::Type& column, const Literal& literal);

/// Less than, equal to or greater than 0; absent for values of different kinds.
std::optional<int> Compare(const Value& left, const Value& right);

/// All values of the column lie between `min` and `max`, which need not be among them.
struct Bounds {
  std::optional<Value> min = {};
  std::optional<Value> max = {};
  bool may_be_null = true;
  bool may_be_value = true;  ///< false: only NULLs
  /// A NaN may be there whatever the bounds say: most writers leave it out of them.
  bool may_be_nan = false;
};

/// What a condition may give for some rows: any of these bits.
using Outcomes = unsigned;
inline constexpr Outcomes kMayBeTrue = 1;
inline constexpr Outcomes kMayBeFalse = 2;
inline constexpr Outcomes kMayBeNull = 4;
inline constexpr Outcomes kMayBeAny = kMayBeTrue | kMayBeFalse | kMayBeNull;

Outcomes OutcomesOfComparison(const Bounds& bounds, Comparison comparison, const Value& value);
Outcomes OutcomesOfPrefix(const Bounds& bounds, std::string_view prefix);
Outcomes OutcomesOfIsNull(const Bounds& bounds);

Outcomes Negated(Outcomes operand);
Outcomes Both(Outcomes left, Outcomes right);
Outcomes Either(Outcomes left, Outcomes right);

}  // namespace oresmith::delta
