#include "types/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "types/text_internal.h"

namespace oresmith::types {
namespace {

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = LowerAscii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The number in `count` hexadecimal digits at `at`, or -1 when they are not all there.
int64_t ReadHex(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int64_t value = 0;
  for (const char c : text.substr(at, count)) {
    const int digit = HexDigit(c);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(std::string& out, int64_t code) {
  const auto byte = [&out](int64_t value) { out += static_cast<char>(value); };
  if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
    out += '?';  // what Java writes for half a surrogate pair
  } else if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

/// Reads the \u or \U escape whose letter stands at `at`. Returns how many bytes it has after the
/// backslash, 0 when it is not a complete escape.
size_t ReadUnicodeEscape(std::string_view body, size_t at, std::string& out) {
  if (body[at] == 'U') {
    const int64_t code = ReadHex(body, at + 1, 8);
    if (code < 0) return 0;
    AppendUtf8(out, code);
    return 9;
  }
  const int64_t first = ReadHex(body, at + 1, 4);
  if (first < 0) return 0;
  const bool high_half = first >= 0xD800 && first <= 0xDBFF;
  if (high_half && body.substr(std::min(at + 5, body.size()), 2) == "\\u") {
    const int64_t second = ReadHex(body, at + 7, 4);
    if (second >= 0xDC00 && second <= 0xDFFF) {
      AppendUtf8(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
      return 11;
    }
  }
  AppendUtf8(out, first);
  return 5;
}

bool IsOctalEscape(std::string_view body, size_t at) {
  const auto digit = [&](size_t i, char high) { return body[i] >= '0' && body[i] <= high; };
  return at + 3 <= body.size() && digit(at, '1') && digit(at + 1, '7') && digit(at + 2, '7');
}

/// Reads the escape whose backslash stands before `at`. Returns its length after the backslash.
size_t ReadEscape(std::string_view body, size_t at, std::string& out) {
  const char c = body[at];
  if (c == 'u' || c == 'U') {
    if (const size_t length = ReadUnicodeEscape(body, at, out); length > 0) return length;
  }
  if (IsOctalEscape(body, at)) {
    AppendUtf8(out, (body[at] - '0') * 64 + (body[at + 1] - '0') * 8 + (body[at + 2] - '0'));
    return 3;
  }
  switch (c) {
    case '0':
      out += '\0';
      break;
    case 'b':
      out += '\b';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'Z':
      out += '\x1A';
      break;
    case '%':
      out += "\\%";
      break;
    case '_':
      out += "\\_";
      break;
    default:
      out += c;
  }
  return 1;
}

bool IsPlainNameByte(char c, bool first) {
  if (c == '_' || (LowerAscii(c) >= 'a' && LowerAscii(c) <= 'z')) return true;
  return !first && c >= '0' && c <= '9';
}

size_t CountCodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

}  // namespace

std::string UnescapeString(std::string_view body, char quote) {
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      i += 1 + ReadEscape(body, i + 1, out);
    } else if (body[i] == quote && i + 1 < body.size() && body[i + 1] == quote) {
      out += quote;
      i += 2;
    } else {
      out += body[i++];
    }
  }
  return out;
}

std::string QuoteString(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string QuoteNameIfNeeded(std::string_view name) {
  bool plain = !name.empty();
  for (size_t i = 0; i < name.size(); ++i) plain = plain && IsPlainNameByte(name[i], i == 0);
  if (plain) return std::string(name);
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += '`';
    out += c;
  }
  return out + "`";
}

bool EqualsIgnoringCase(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return LowerAscii(a) == LowerAscii(b); });
}

SourcePlace PlaceInText(std::string_view text, size_t begin, size_t end) {
  begin = std::min(begin, text.size());
  end = std::clamp(end, begin, text.size());
  const std::string_view before = text.substr(0, begin);
  const size_t previous_end = before.rfind('\n');
  const size_t line_begin = previous_end == std::string_view::npos ? 0 : previous_end + 1;
  const size_t line_end = std::min(text.find('\n', begin), text.size());
  SourcePlace place;
  place.line = 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  place.column = 1 + static_cast<int>(CountCodePoints(text.substr(line_begin, begin - line_begin)));
  const size_t shown_end = std::min(end, line_end);
  place.length =
      std::max(1, static_cast<int>(CountCodePoints(text.substr(begin, shown_end - begin))));
  place.line_text = std::string(text.substr(line_begin, line_end - line_begin));
  if (!place.line_text.empty() && place.line_text.back() == '\r') place.line_text.pop_back();
  return place;
}

}  // namespace oresmith::types
