#pragma once

// Casts with Spark's meaning, where DuckDB's CAST has another one.

#include <optional>
#include <string>

#include "engine/functions_internal.h"
#include "sql/plan.h"
#include "types/type.h"

namespace oresmith::engine {

/// The function of a cast between two types that are not nested; nothing where there is none.
/// Timestamps are taken and given as UTC; STRING to TIMESTAMP gives NULL where
/// TimestampPartsFunction is needed.
std::optional<FunctionSpec> CastFunction(const types::Type& from, const types::Type& to,
                                         sql::CastMode mode);

/// A text as STRUCT<clock TIMESTAMP_NTZ, zone STRING>: the zone that is written there, or NULL.
FunctionSpec TimestampPartsFunction(sql::CastMode mode);

/// decimal_10_2, int: a type as part of a function's name.
std::string TypeWord(const types::Type& type);

/// The words of Spark's errors; types as SQL writes them.
std::string InvalidInput(std::string_view text, const types::Type& to);
std::string CastOverflow(std::string_view value, const types::Type& from, const types::Type& to);
std::string DecimalOverflow(std::string_view value, const types::Type& to);

}  // namespace oresmith::engine
