#include <algorithm>
#include <cstring>

#include "format/json_cursor_internal.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace oresmith::format {

namespace {

bool IsStringEvent(char c, char quote) {
  const auto byte = static_cast<unsigned char>(c);
  return c == quote || c == '\\' || byte < 0x20 || byte >= 0x80;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits of \uXXXX; -1 when they are not.
int HexQuad(const char* at, const char* end) {
  if (end - at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendCodePoint(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xC0 | (code >> 6)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | (code >> 12)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | (code >> 18)));
    out.push_back(static_cast<char>(0x80 | ((code >> 12) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | ((code >> 6) & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

// Appends the character of the \u escape whose digits start at `at`; returns what follows it.
const char* AppendUnicodeEscape(const char* at, const char* end, std::string& out) {
  const auto unit = static_cast<uint32_t>(HexQuad(at, end));
  at += 4;
  if (unit < 0xD800 || unit > 0xDFFF) {
    AppendCodePoint(unit, out);
    return at;
  }
  if (unit < 0xDC00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const int low = HexQuad(at + 2, end);
    if (low >= 0xDC00 && low <= 0xDFFF) {
      AppendCodePoint(0x10000 + ((unit - 0xD800) << 10) + static_cast<uint32_t>(low - 0xDC00), out);
      return at + 6;
    }
  }
  out.push_back('?');
  return at;
}

}  // namespace

const char* FindStringEvent(const char* at, const char* end, char quote) {
#if defined(__SSE2__)
  const __m128i quotes = _mm_set1_epi8(quote);
  const __m128i backslashes = _mm_set1_epi8('\\');
  const __m128i spaces = _mm_set1_epi8(0x20);
  while (end - at >= 16) {
    const __m128i chunk = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    // Signed: bytes from 0x80 on are negative, so "less than a space" finds them as well.
    const __m128i events = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(chunk, quotes), _mm_cmpeq_epi8(chunk, backslashes)),
        _mm_cmplt_epi8(chunk, spaces));
    const int mask = _mm_movemask_epi8(events);
    if (mask != 0) return at + __builtin_ctz(static_cast<unsigned>(mask));
    at += 16;
  }
#endif
  while (at < end && !IsStringEvent(*at, quote)) ++at;
  return at;
}

bool JsonCursor::ReadString(JsonString& out) {
  const char quote = *at;
  const char* const begin = ++at;
  out.escaped = false;
  for (;;) {
    at = FindStringEvent(at, end, quote);
    if (at >= end) return Bad("a string does not end");
    if (*at == quote) break;
    if (*at == '\\') {
      out.escaped = true;
      if (end - at < 2) return Bad("a string does not end");
      const char next = at[1];
      if (next == 'u') {
        if (HexQuad(at + 2, end) < 0) return Bad("\\u is not followed by four hexadecimal digits");
        at += 6;
      } else if (std::string_view("\"\\/bfnrt'").find(next) != std::string_view::npos) {
        at += 2;
      } else {
        return Bad("an unknown escape in a string");
      }
    } else if (static_cast<unsigned char>(*at) < 0x20) {
      return Bad("a control character in a string (it must be escaped)");
    } else {
      const int length = Utf8Length(at, end);
      if (length == 0) return Bad("invalid UTF-8");
      at += length;
    }
  }
  out.raw = std::string_view(begin, static_cast<size_t>(at - begin));
  ++at;
  if (out.raw.size() > static_cast<size_t>(kJsonStringBytesMax)) {
    return Bad("a string has more than 20000000 bytes");
  }
  return true;
}

bool JsonCursor::ReadSpecialNumber(JsonNumber& out) {
  const std::string_view rest(at, static_cast<size_t>(end - at));
  for (const std::string_view word :
       {"NaN", "Infinity", "-Infinity", "+Infinity", "-INF", "+INF"}) {
    if (!rest.starts_with(word)) continue;
    at += word.size();
    out.text = word;
    out.is_special = out.is_float = true;
    return true;
  }
  return Bad("not a JSON value");
}

bool JsonCursor::ReadNumber(JsonNumber& out) {
  const char* const begin = at;
  const char* p = at;
  out.negative = *p == '-';
  if (out.negative) ++p;
  if (p == end || !IsDigit(*p)) return ReadSpecialNumber(out);
  const char* const digits = p;
  uint64_t mantissa = 0;
  while (p < end && IsDigit(*p)) mantissa = mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
  if (*digits == '0' && p - digits > 1) return Bad("a number with a leading zero");
  auto count = p - digits;
  int exponent = 0;
  out.is_float = false;
  if (p < end && *p == '.') {
    const char* const fraction = ++p;
    while (p < end && IsDigit(*p)) mantissa = mantissa * 10 + static_cast<uint64_t>(*p++ - '0');
    const auto fraction_count = p - fraction;
    if (fraction_count == 0) return Bad("a number without a digit after the point");
    count += fraction_count;
    exponent = -static_cast<int>(std::min<int64_t>(fraction_count, 100000));
    out.is_float = true;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    const bool minus = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) ++p;
    const char* const power = p;
    int value = 0;
    while (p < end && IsDigit(*p)) value = std::min(value * 10 + (*p++ - '0'), 100000);
    if (p == power) return Bad("a number without digits in its exponent");
    count += p - power;
    exponent = std::clamp(exponent + (minus ? -value : value), -100000, 100000);
    out.is_float = true;
  }
  if (count > kJsonNumberDigitsMax) return Bad("a number with more than 1000 digits");
  at = p;
  out.text = std::string_view(begin, static_cast<size_t>(p - begin));
  out.mantissa = mantissa;
  out.digits = static_cast<int>(count);
  out.exponent = exponent;
  out.is_special = false;
  return true;
}

bool JsonCursor::ReadLiteral(std::string_view word) {
  if (static_cast<size_t>(end - at) < word.size() ||
      std::memcmp(at, word.data(), word.size()) != 0) {
    return Bad("not a JSON value");
  }
  at += word.size();
  return true;
}

bool JsonCursor::ReadColon() {
  if (!SkipSpaceInside()) return false;
  if (*at != ':') return Bad("a field's name is not followed by a colon");
  ++at;
  return SkipSpaceInside();
}

bool JsonCursor::ReadName(JsonString& out) {
  if (!AtString()) return Bad("a field's name is not in quotes");
  if (!ReadString(out)) return false;
  if (out.raw.size() > static_cast<size_t>(kJsonNameBytesMax)) {
    return Bad("a field's name has more than 50000 bytes");
  }
  return ReadColon();
}

bool JsonCursor::SkipScalar() {
  switch (*at) {
    case '"':
    case '\'': {
      JsonString ignored;
      return ReadString(ignored);
    }
    case 't':
      return ReadLiteral("true");
    case 'f':
      return ReadLiteral("false");
    case 'n':
      return ReadLiteral("null");
    default: {
      JsonNumber ignored;
      return AtNumber() ? ReadNumber(ignored) : Bad("not a JSON value");
    }
  }
}

bool JsonCursor::SkipValue() {
  const int outer = depth;
  bool is_object[kJsonDepthMax + 1];
  for (;;) {
    // Before a value.
    if (*at == '{' || *at == '[') {
      const bool object = *at == '{';
      if (!Enter()) return false;
      is_object[depth] = object;
      if (!SkipSpaceInside()) return false;
      if (*at == (object ? '}' : ']')) {
        ++at;
        --depth;
      } else {
        JsonString name;
        if (object && !ReadName(name)) return false;
        continue;
      }
    } else if (!SkipScalar()) {
      return false;
    }
    // After a value: close what ends here, then go on to the next value.
    for (;;) {
      if (depth == outer) return true;
      if (!SkipSpaceInside()) return false;
      const bool object = is_object[depth];
      if (*at == ',') {
        ++at;
        if (!SkipSpaceInside()) return false;
        JsonString name;
        if (object && !ReadName(name)) return false;
        break;
      }
      if (*at != (object ? '}' : ']')) return Bad("a comma or a closing bracket is missing");
      ++at;
      --depth;
    }
  }
}

void AppendUnescaped(std::string_view raw, std::string& out) {
  const char* at = raw.data();
  const char* const end = at + raw.size();
  while (at < end) {
    const auto* const slash = static_cast<const char*>(std::memchr(at, '\\', end - at));
    if (slash == nullptr) break;
    out.append(at, slash);
    at = slash + 2;
    switch (slash[1]) {
      case 'u':
        at = AppendUnicodeEscape(at, end, out);
        break;
      case 'b':
        out.push_back('\b');
        break;
      case 'f':
        out.push_back('\f');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 'r':
        out.push_back('\r');
        break;
      case 't':
        out.push_back('\t');
        break;
      default:
        out.push_back(slash[1]);
        break;
    }
  }
  if (at < end) out.append(at, end);
}

}  // namespace oresmith::format
