#pragma once

// Regular expressions as Java has them, by PCRE2: for what RE2 has not, or means otherwise.

#include <optional>
#include <string>
#include <string_view>

#include "engine/functions_internal.h"

namespace oresmith::engine {

/// The function of an entry such as "rlike:java", for a constant pattern of Java's; nullopt when it
/// is none of them. Its arguments are those of the entry without the pattern.
/// Errors: kUnsupported for a pattern that PCRE2 does not take either.
Result<std::optional<FunctionSpec>> RegexFunction(std::string_view name, std::string_view pattern,
                                                  const std::vector<types::Type>& types,
                                                  const types::Type& result);

}  // namespace oresmith::engine
