#pragma once

// Texts as characters.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace oresmith::engine {

/// The characters of UTF-8 text, each as its bytes.
std::vector<std::string_view> Characters(std::string_view text);
/// The number of one character.
uint32_t CodePoint(std::string_view character);
void AppendUtf8(std::string& text, uint32_t code);

}  // namespace oresmith::engine
