// A JSON value written anew, and base64.

#include <fmt/format.h>

#include "format/json_reader_internal.h"
#include "format/number_text_internal.h"

namespace oresmith::format {

// Jackson's UTF8JsonGenerator: short escapes where JSON has them, upper-case hexadecimal digits.
void AppendQuotedJson(std::string_view text, std::string& out) {
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte >= 0xF0 && end - at >= 4) {
      const uint32_t code = ((byte & 0x07U) << 18) | ((at[1] & 0x3FU) << 12) |
                            ((at[2] & 0x3FU) << 6) | (at[3] & 0x3FU);
      out += fmt::format("\\u{:04X}\\u{:04X}", 0xD800 + ((code - 0x10000) >> 10),
                         0xDC00 + ((code - 0x10000) & 0x3FF));
      at += 4;
      continue;
    }
    const size_t plain = std::string_view("\b\t\n\f\r\"\\").find(*at);
    if (plain != std::string_view::npos) {
      out.push_back('\\');
      out.push_back("btnfr\"\\"[plain]);
    } else if (byte < 0x20) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out.push_back(*at);
    }
    ++at;
  }
  out.push_back('"');
}

namespace {

bool CopyString(JsonCursor& cursor, bool is_name, std::string& out) {
  JsonString token;
  if (!(is_name ? cursor.ReadName(token) : cursor.ReadString(token))) return false;
  std::string text;
  AppendUnescaped(token.raw, text);
  AppendQuotedJson(text, out);
  if (is_name) out.push_back(':');
  return true;
}

bool CopyScalar(JsonCursor& cursor, std::string& out) {
  if (cursor.AtString()) return CopyString(cursor, false, out);
  if (cursor.AtNumber()) {
    JsonNumber number;
    if (!cursor.ReadNumber(number)) return false;
    if (!number.is_float) {
      out += number.text == "-0" ? std::string_view("0") : number.text;
      return true;
    }
    const std::string text = JavaDoubleText(ToDouble(number));
    // The generator writes what JSON has no words for as strings.
    const bool special = text.find_first_of("NI") != std::string::npos;
    out += special ? fmt::format("\"{}\"", text) : text;
    return true;
  }
  const char* const begin = cursor.at;
  if (!cursor.SkipValue()) return false;
  out.append(begin, cursor.at);
  return true;
}

bool CopyValue(JsonCursor& cursor, std::string& out) {
  if (*cursor.at != '{' && *cursor.at != '[') return CopyScalar(cursor, out);
  const bool object = *cursor.at == '{';
  const char close = object ? '}' : ']';
  // Enter holds the depth below its limit, and so this recursion.
  if (!cursor.Enter() || !cursor.SkipSpaceInside()) return false;
  out.push_back(object ? '{' : '[');
  if (*cursor.at != close) {
    for (;;) {
      if (object && !CopyString(cursor, true, out)) return false;
      if (!CopyValue(cursor, out)) return false;
      if (!cursor.SkipSpaceInside()) return false;
      if (*cursor.at == close) break;
      if (*cursor.at != ',') return cursor.Bad("a comma or a closing bracket is missing");
      ++cursor.at;
      out.push_back(',');
      if (!cursor.SkipSpaceInside()) return false;
    }
  }
  ++cursor.at;
  --cursor.depth;
  out.push_back(close);
  return true;
}

int Base64Value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  if (c == '/') return 63;
  return -1;
}

}  // namespace

bool CopyCompact(JsonCursor& cursor, std::string& out) { return CopyValue(cursor, out); }

// Jackson's decoder, unlike others, takes spaces between groups of four and goes on after padding.
bool DecodeBase64(std::string_view text, std::string& out) {
  size_t i = 0;
  while (i < text.size()) {
    if (static_cast<unsigned char>(text[i]) <= 0x20) {
      ++i;
      continue;
    }
    if (text.size() - i < 4) return false;
    const int a = Base64Value(text[i]);
    const int b = Base64Value(text[i + 1]);
    const int c = Base64Value(text[i + 2]);
    const int d = Base64Value(text[i + 3]);
    if (a < 0 || b < 0) return false;
    out.push_back(static_cast<char>((a << 2) | (b >> 4)));
    if (c < 0) {
      if (text[i + 2] != '=' || text[i + 3] != '=') return false;
    } else {
      out.push_back(static_cast<char>(((b & 15) << 4) | (c >> 2)));
      if (d >= 0) out.push_back(static_cast<char>(((c & 3) << 6) | d));
      if (d < 0 && text[i + 3] != '=') return false;
    }
    i += 4;
  }
  return true;
}

}  // namespace oresmith::format
