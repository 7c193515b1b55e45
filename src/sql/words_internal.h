#pragma once

// Words of Spark SQL. No word is reserved in Spark; these lists say where one cannot be a name
// because a clause begins with it.

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace oresmith::sql {

/// Cannot be the first word of an expression, unless in backquotes: there it is a slip of the pen.
bool IsNoExpressionStart(std::string_view word);
/// Ends a SELECT item or a table, so it is no alias without AS.
bool IsNoAlias(std::string_view word);

/// The candidate that `word` was probably meant to be; empty when none is near.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

/// Upper case, ASCII only.
std::string ToUpper(std::string_view text);

}  // namespace oresmith::sql
