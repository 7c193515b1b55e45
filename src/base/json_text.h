#pragma once

// Text as a JSON string, escaped as Jackson (and so Spark) does: quote, backslash and controls
// only.

#include <string>
#include <string_view>

namespace oresmith {

/// Appends `text` in quotes. Bytes that are not UTF-8 stay as they are.
void AppendJsonText(std::string_view text, std::string& out);
std::string JsonText(std::string_view text);

}  // namespace oresmith
