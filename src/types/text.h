#pragma once

// Small pieces of Spark's SQL text that both DDL strings and statements are made of.

#include <string>
#include <string_view>

namespace oresmith::types {

/// Resolves Spark's escapes in the text between the quotes of a string literal: \n, \t, \', \u0041,
/// \101, a doubled `quote` and so on. `\%` and `\_` keep their backslash, for LIKE.
/// Source: Spark, SparkParserUtils.unescapeSQLString.
std::string UnescapeString(std::string_view body, char quote);

/// The name as SQL text: as it is, or in backquotes when it has other than letters, digits and `_`.
std::string QuoteNameIfNeeded(std::string_view name);

/// ASCII letters only, as SQL keywords need it.
bool EqualsIgnoringCase(std::string_view left, std::string_view right);

}  // namespace oresmith::types
