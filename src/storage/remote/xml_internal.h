#pragma once

// Answers in XML, by pugixml.

#include <cstdint>
#include <pugixml.hpp>
#include <string>

#include "base/result.h"

namespace oresmith::storage {

/// The element `root` of the text; it lives as long as `document`.
/// Errors: kCorrupt when the text is no XML or starts with another element.
Result<pugi::xml_node> ParseXml(const std::string& text, const char* root,
                                pugi::xml_document& document);

/// A whole number in decimal. Errors: kCorrupt.
Result<int64_t> ParseSize(std::string_view text);

/// `text` as the content of an element.
std::string XmlEscape(std::string_view text);

}  // namespace oresmith::storage
