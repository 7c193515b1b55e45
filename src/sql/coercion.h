#pragma once

// Spark's type rules in ANSI mode: common types, implicit and explicit casts, decimal results.
// Source: Spark 4.1, AnsiTypeCoercion.scala, DecimalPrecision, Cast.canAnsiCast.

#include <optional>

#include "types/type.h"

namespace oresmith::sql {

/// The type both sides are cast to by CASE, coalesce, IN, UNION, comparisons; nothing when Spark
/// has none.
std::optional<types::Type> CommonType(const types::Type& left, const types::Type& right);

/// Whether an argument of type `from` is accepted where a function takes `to`.
bool CanCastImplicitly(const types::Type& from, const types::Type& to);

/// Whether CAST(from AS to) is allowed at all.
bool CanCastExplicitly(const types::Type& from, const types::Type& to);

/// Whether no value can be lost or fail: what a declared column type may be wider by.
bool CanCastLosslessly(const types::Type& from, const types::Type& to);

/// DECIMAL that holds each value of an integral type; float and double as Spark has them.
types::Type DecimalFor(const types::Type& numeric);

/// The result of `left op right` for decimals; `op`: + - * / %.
types::Type DecimalResult(char op, const types::Type& left, const types::Type& right);

/// Precision capped at 38, giving up fraction digits down to 6.
types::Type CappedDecimal(int precision, int scale);

/// Whether values of the type can be compared with = or <.
bool IsComparable(const types::Type& type);
bool IsOrderable(const types::Type& type);

/// The same type with NULL allowed everywhere inside.
types::Type AsNullable(const types::Type& type);

}  // namespace oresmith::sql
