#include "cli/text_width.h"

#include <fmt/format.h>

#include <array>

namespace oresmith::cli {
namespace {

struct CodeRange {
  int first;
  int last;
};

// The blocks of Unicode's EastAsianWidth W and F that are met in names and in emoji; a column too
// few for a rare one only shifts a line.
constexpr std::array<CodeRange, 13> kWide{{{0x1100, 0x115F},
                                           {0x2E80, 0x303E},
                                           {0x3041, 0x33FF},
                                           {0x3400, 0x4DBF},
                                           {0x4E00, 0x9FFF},
                                           {0xA000, 0xA4CF},
                                           {0xAC00, 0xD7A3},
                                           {0xF900, 0xFAFF},
                                           {0xFE30, 0xFE6F},
                                           {0xFF00, 0xFF60},
                                           {0xFFE0, 0xFFE6},
                                           {0x1F300, 0x1FAFF},
                                           {0x20000, 0x3FFFD}}};
constexpr std::array<CodeRange, 7> kZero{{{0x0300, 0x036F},
                                          {0x1AB0, 0x1AFF},
                                          {0x1DC0, 0x1DFF},
                                          {0x200B, 0x200F},
                                          {0x20D0, 0x20FF},
                                          {0xFE00, 0xFE0F},
                                          {0xFE20, 0xFE2F}}};

template <size_t kSize>
bool InRanges(int code, const std::array<CodeRange, kSize>& ranges) {
  for (const CodeRange& range : ranges) {
    if (code >= range.first && code <= range.last) return true;
  }
  return false;
}

int WidthOf(int code) {
  if (code < 0x300) return 1;
  if (InRanges(code, kZero)) return 0;
  return InRanges(code, kWide) ? 2 : 1;
}

}  // namespace

CodePoint DecodeAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const int first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + length > text.size()) return {};
  int value = first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return {};
    value = (value << 6) | (byte(at + i) & 0x3F);
  }
  const bool overlong = (length == 3 && value < 0x800) || (length == 4 && value < 0x10000);
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (overlong || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

int DisplayWidth(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    width += point.value < 0 ? 1 : WidthOf(point.value);
    at += point.bytes;
  }
  return width;
}

std::string PadRight(std::string_view text, int width) {
  std::string padded(text);
  const int missing = width - DisplayWidth(text);
  if (missing > 0) padded.append(static_cast<size_t>(missing), ' ');
  return padded;
}

std::string PadLeft(std::string_view text, int width) {
  const int missing = width - DisplayWidth(text);
  std::string padded(missing > 0 ? static_cast<size_t>(missing) : 0, ' ');
  padded += text;
  return padded;
}

std::string CutTo(std::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  int used = 0;
  size_t at = 0;
  while (at < text.size()) {
    const CodePoint point = DecodeAt(text, at);
    const int next = point.value < 0 ? 1 : WidthOf(point.value);
    if (used + next > width - 1) break;
    used += next;
    at += point.bytes;
  }
  return std::string(text.substr(0, at)) + "…";
}

std::string Printable(std::string_view text, bool keep_lines) {
  std::string safe;
  safe.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const CodePoint point = DecodeAt(text, at);
    const bool kept = point.value == '\t' || (keep_lines && point.value == '\n');
    // C1 controls (0x80 to 0x9F) steer some terminals as well.
    const bool control =
        (point.value >= 0 && point.value < 0x20) || (point.value >= 0x7F && point.value < 0xA0);
    if (point.value < 0) {
      safe += "\xEF\xBF\xBD";
    } else if (control && !kept) {
      safe += fmt::format("\\x{:02x}", point.value);
    } else {
      safe += text.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  return safe;
}

}  // namespace oresmith::cli
