#pragma once

// How wide text is on a terminal, and how foreign text is made safe to show there.

#include <string>
#include <string_view>

namespace oresmith::cli {

/// Columns that `text` takes in a terminal's fixed-width font: East Asian wide characters and emoji
/// count 2, combining marks 0, all else 1. Broken UTF-8 counts one column a byte.
int DisplayWidth(std::string_view text);

/// `text` with spaces after (or before) it up to `width` columns. Never cut.
std::string PadRight(std::string_view text, int width);
std::string PadLeft(std::string_view text, int width);

/// `text` cut to at most `width` columns; the last one is then `…`.
std::string CutTo(std::string_view text, int width);

/// `text` that cannot steer a terminal: control characters become \x1b and the like, broken UTF-8
/// becomes U+FFFD. Tabs stay; line ends stay when `keep_lines`.
std::string Printable(std::string_view text, bool keep_lines);

/// The next code point of `text` from byte `at` on, and how many bytes it takes; {-1, 1} for a byte
/// that is not UTF-8. REQUIRES: at < text.size().
struct CodePoint {
  int value = -1;
  size_t bytes = 1;
};
CodePoint DecodeAt(std::string_view text, size_t at);

}  // namespace oresmith::cli
