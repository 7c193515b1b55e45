#pragma once

// Text helpers of this library alone.

#include <optional>
#include <string>
#include <string_view>

#include "types/text.h"
#include "types/type.h"

namespace oresmith::types {

/// A single-quoted SQL literal that UnescapeString reads back to `value`.
std::string QuoteString(std::string_view value);
/// The type without parameters that Delta's schema JSON calls so.
std::optional<Type> PlainTypeFromJsonName(std::string_view name);
/// The place of the bytes [begin, end) of `text`; the file is left empty.
SourcePlace PlaceInText(std::string_view text, size_t begin, size_t end);

/// Levels of nested types in one text. Deeper ones are refused: each level costs stack.
inline constexpr int kTypeDepthMax = 100;

}  // namespace oresmith::types
