#pragma once

// Spark's types in DuckDB: TIMESTAMP is TIMESTAMPTZ, TIMESTAMP_NTZ is TIMESTAMP, void is BOOLEAN.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/handles_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// Errors of all: kUnsupported, for a type that DuckDB cannot hold as Spark does, with its name.
Status CheckType(const types::Type& type);

/// SQL text of the type. REQUIRES: CheckType.
std::string TypeSql(const types::Type& type);

/// REQUIRES: CheckType.
LogicalType MakeLogicalType(const types::Type& type);

/// The names of a struct's fields in DuckDB, which ignores case: a name that another field has
/// already gets a number.
std::vector<std::string> FieldNames(const types::Type& type);

/// The same type with the names that DuckDB knows its fields by.
types::Type WithFieldNames(const types::Type& type);

/// The same type where everything may be NULL: what DuckDB distinguishes.
types::Type WithoutNullability(const types::Type& type);

/// "name", quotes doubled.
std::string QuoteName(std::string_view name);
/// 'text', quotes doubled.
std::string QuoteText(std::string_view text);

}  // namespace oresmith::engine
