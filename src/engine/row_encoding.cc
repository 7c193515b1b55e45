// Character sets, bytes as text, URLs: row by row.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>

#include "engine/characters_internal.h"
#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

// ---- characters sets -------------------------------------------------------------------------

enum class Charset { kUnknown, kAscii, kLatin1, kUtf8, kUtf16, kUtf16Be, kUtf16Le, kUtf32 };

Charset CharsetOf(const std::string& name) {
  const std::string upper = Upper(name);
  if (upper == "US-ASCII") return Charset::kAscii;
  if (upper == "ISO-8859-1") return Charset::kLatin1;
  if (upper == "UTF-8") return Charset::kUtf8;
  if (upper == "UTF-16") return Charset::kUtf16;
  if (upper == "UTF-16BE") return Charset::kUtf16Be;
  if (upper == "UTF-16LE") return Charset::kUtf16Le;
  return upper == "UTF-32" ? Charset::kUtf32 : Charset::kUnknown;
}

std::string WrongCharset(std::string_view function, const std::string& name) {
  return fmt::format(
      "[INVALID_PARAMETER_VALUE.CHARSET] {}: '{}' is no character set here; there are US-ASCII, "
      "ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16, UTF-32",
      function, name);
}

std::string Malformed(std::string_view function, const std::string& name) {
  return fmt::format(
      "[MALFORMED_CHARACTER_CODING] Invalid value found when performing `{}` with {}", function,
      name);
}

void AppendUnit(std::string& bytes, uint32_t unit, bool little) {
  const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
  bytes += little ? low : high;
  bytes += little ? high : low;
}

std::string Encode(const RowCall& call, Datum& out) {
  const Charset charset = CharsetOf(call.Text(1));
  if (charset == Charset::kUnknown) return WrongCharset("encode", call.Text(1));
  const std::string& text = call.Text(0);
  if (charset == Charset::kUtf8) return Give(out, text);
  std::string bytes;
  if (charset == Charset::kUtf16 && !text.empty()) bytes = "\xFE\xFF";
  for (const std::string_view character : Characters(text)) {
    const uint32_t code = CodePoint(character);
    if (charset == Charset::kAscii || charset == Charset::kLatin1) {
      if (code >= (charset == Charset::kAscii ? 0x80U : 0x100U)) {
        return Malformed("encode", call.Text(1));
      }
      bytes += static_cast<char>(code);
    } else if (charset == Charset::kUtf32) {
      AppendUnit(bytes, code >> 16, false);
      AppendUnit(bytes, code & 0xFFFF, false);
    } else {
      const bool little = charset == Charset::kUtf16Le;
      if (code >= 0x10000) AppendUnit(bytes, 0xD800 + ((code - 0x10000) >> 10), little);
      AppendUnit(bytes, code >= 0x10000 ? 0xDC00 + ((code - 0x10000) & 0x3FF) : code, little);
    }
  }
  return Give(out, std::move(bytes));
}

// nothing when the bytes are not of that form.
std::optional<std::string> FromUtf16(std::string_view bytes, bool little) {
  if (bytes.size() % 2 != 0) return std::nullopt;
  std::string text;
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]),
               b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(little ? b << 8 | a : a << 8 | b);
  };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t code = unit(i);
    if (code >= 0xDC00 && code < 0xE000) return std::nullopt;
    if (code >= 0xD800 && code < 0xDC00) {
      if (i + 3 >= bytes.size()) return std::nullopt;
      const uint32_t low = unit(i + 2);
      if (low < 0xDC00 || low >= 0xE000) return std::nullopt;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      i += 2;
    }
    AppendUtf8(text, code);
  }
  return text;
}

std::optional<std::string> FromUtf32(std::string_view bytes) {
  if (bytes.size() % 4 != 0) return std::nullopt;
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 4) {
    uint32_t code = 0;
    for (size_t k = 0; k < 4; ++k) code = code << 8 | static_cast<unsigned char>(bytes[i + k]);
    if (code > 0x10FFFF) return std::nullopt;
    AppendUtf8(text, code);
  }
  return text;
}

bool IsUtf8(std::string_view text) { return ReplaceInvalidUtf8(text) == text; }

std::string Decode(const RowCall& call, Datum& out) {
  std::string_view bytes = call.Text(0);
  const Charset charset = CharsetOf(call.Text(1));
  std::optional<std::string> text;
  if (charset == Charset::kUnknown) return WrongCharset("decode", call.Text(1));
  if (charset == Charset::kUtf8) {
    if (IsUtf8(bytes)) text = std::string(bytes);
  } else if (charset == Charset::kAscii || charset == Charset::kLatin1) {
    text.emplace();
    for (const char c : bytes) {
      const auto code = static_cast<unsigned char>(c);
      if (charset == Charset::kAscii && code >= 0x80) return Malformed("decode", call.Text(1));
      AppendUtf8(*text, code);
    }
  } else if (charset == Charset::kUtf32) {
    text = FromUtf32(bytes);
  } else {
    bool little = charset == Charset::kUtf16Le;
    if (charset == Charset::kUtf16 &&
        (bytes.starts_with("\xFE\xFF") || bytes.starts_with("\xFF\xFE"))) {
      little = bytes[0] == '\xFF';
      bytes.remove_prefix(2);
    }
    text = FromUtf16(bytes, little);
  }
  if (!text) return Malformed("decode", call.Text(1));
  return Give(out, *std::move(text));
}

std::string IsValidUtf8(const RowCall& call, Datum& out) {
  out = Datum(IsUtf8(call.Text(0)));
  return {};
}

std::string MakeValidUtf8(const RowCall& call, Datum& out) {
  return Give(out, ReplaceInvalidUtf8(call.Text(0)));
}

std::string ValidateUtf8(const RowCall& call, Datum& out) {
  if (!IsUtf8(call.Text(0)))
    return "[INVALID_UTF8_STRING] Invalid UTF8 byte sequence found in string";
  return Give(out, call.Text(0));
}

std::string TryValidateUtf8(const RowCall& call, Datum& out) {
  return IsUtf8(call.Text(0)) ? Give(out, call.Text(0)) : std::string();
}

// ---- numbers as text of bytes ----------------------------------------------------------------

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> FromHex(std::string_view text) {
  std::string bytes;
  size_t i = 0;
  // An odd first digit stands alone.
  if (text.size() % 2 != 0) {
    const int digit = HexDigit(text[0]);
    if (digit < 0) return std::nullopt;
    bytes += static_cast<char>(digit);
    i = 1;
  }
  for (; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string Unhex(const RowCall& call, Datum& out) {
  auto bytes = FromHex(call.Text(0));
  return bytes ? Give(out, *std::move(bytes)) : std::string();
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+') return 62;
  return c == '/' ? 63 : -1;
}

// As Java's MIME decoder, which passes over what is no digit.
std::optional<std::string> FromBase64(std::string_view text, bool strict) {
  std::string bytes;
  uint32_t buffer = 0;
  int digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '=') {
      ++padding;
      continue;
    }
    const int digit = Base64Digit(c);
    const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (digit < 0) {
      if (strict && !blank) return std::nullopt;
      continue;
    }
    if (padding > 0) return std::nullopt;
    buffer = buffer << 6 | static_cast<uint32_t>(digit);
    if (++digits % 4 == 0) {
      bytes += {static_cast<char>(buffer >> 16), static_cast<char>(buffer >> 8),
                static_cast<char>(buffer)};
    }
  }
  if (digits % 4 == 1 || (padding > 0 && (digits + padding) % 4 != 0)) return std::nullopt;
  if (digits % 4 == 2) bytes += static_cast<char>(buffer >> 4);
  if (digits % 4 == 3) bytes += {static_cast<char>(buffer >> 10), static_cast<char>(buffer >> 2)};
  return bytes;
}

std::string Unbase64(const RowCall& call, Datum& out) {
  auto bytes = FromBase64(call.Text(0), false);
  if (!bytes) return "[CONVERSION_INVALID_INPUT] The text is not base64";
  return Give(out, *std::move(bytes));
}

constexpr std::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string ToBase32(const RowCall& call, Datum& out) {
  std::string text;
  uint64_t buffer = 0;
  int bits = 0;
  for (const char c : call.Text(0)) {
    buffer = buffer << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 5; bits -= 5) text += kBase32[buffer >> (bits - 5) & 31];
  }
  if (bits > 0) text += kBase32[buffer << (5 - bits) & 31];
  while (text.size() % 8 != 0) text += '=';
  return Give(out, std::move(text));
}

// What is no digit is passed over, as are bits that make no byte.
std::string FromBase32(const RowCall& call, Datum& out) {
  std::string bytes;
  uint64_t buffer = 0;
  int bits = 0;
  for (const char c : call.Text(0)) {
    if (c == '=') break;
    const size_t digit =
        kBase32.find(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    if (digit == std::string_view::npos) continue;
    buffer = buffer << 5 | digit;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(buffer >> bits & 255);
  }
  return Give(out, std::move(bytes));
}

template <bool is_try>
std::string ToBinary(const RowCall& call, Datum& out) {
  const std::string form = Upper(call.args.size() > 1 ? call.Text(1) : "HEX");
  std::optional<std::string> bytes;
  if (form == "HEX") {
    bytes = FromHex(call.Text(0));
  } else if (form == "BASE64") {
    bytes = FromBase64(call.Text(0), true);
  } else if (form == "UTF-8" || form == "UTF8") {
    bytes = call.Text(0);
  }
  if (bytes) return Give(out, *std::move(bytes));
  if (is_try) return {};
  return fmt::format("[CONVERSION_INVALID_INPUT] The text is not of the form {}", form);
}

// ---- URLs -------------------------------------------------------------------------------------

std::string UrlEncode(const RowCall& call, Datum& out) {
  std::string text;
  for (const char c : call.Text(0)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' ||
                       c == '.' || c == '*';
    if (c == ' ') {
      text += '+';
    } else if (plain) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return Give(out, std::move(text));
}

template <bool is_try>
std::string UrlDecode(const RowCall& call, Datum& out) {
  const std::string& text = call.Text(0);
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        if (is_try) return {};
        return fmt::format("[CANNOT_DECODE_URL] The provided URL cannot be decoded: {}", text);
      }
      decoded += static_cast<char>(high << 4 | low);
      i += 2;
    }
  }
  return Give(out, ReplaceInvalidUtf8(decoded));
}

struct Url {
  std::optional<std::string> protocol, authority, path, query, ref, user_info, host;
};

// As java.net.URI splits it. nothing: it is no URI.
std::optional<Url> SplitUrl(std::string_view text) {
  constexpr std::string_view kForbidden = " \"<>\\^`{|}";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x21 || c == 0x7F || kForbidden.find(text[i]) != std::string_view::npos) {
      return std::nullopt;
    }
    const bool escape = c != '%' || (i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                                     HexDigit(text[i + 2]) >= 0);
    if (!escape) return std::nullopt;
  }
  Url url;
  if (const size_t hash = text.find('#'); hash != std::string_view::npos) {
    url.ref = std::string(text.substr(hash + 1));
    text = text.substr(0, hash);
  }
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos && text.find_first_of("/?") > colon) {
    const std::string_view scheme = text.substr(0, colon);
    const bool named = !scheme.empty() &&
                       std::isalpha(static_cast<unsigned char>(scheme[0])) != 0 &&
                       std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
                         return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
                       });
    if (!named) return std::nullopt;
    url.protocol = std::string(scheme);
    text = text.substr(colon + 1);
    if (text.empty()) return std::nullopt;
    if (text[0] != '/') return url;  // opaque: mailto:...
  }
  if (const size_t mark = text.find('?'); mark != std::string_view::npos) {
    url.query = std::string(text.substr(mark + 1));
    text = text.substr(0, mark);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const size_t slash = text.find('/');
    const std::string_view authority = text.substr(0, slash);
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
    if (!authority.empty()) {
      url.authority = std::string(authority);
      std::string_view host = authority;
      if (const size_t at = host.rfind('@'); at != std::string_view::npos) {
        url.user_info = std::string(host.substr(0, at));
        host = host.substr(at + 1);
      }
      const size_t port = host.rfind(':');
      if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos) {
        host = host.substr(0, port);
      }
      url.host = std::string(host);
    }
  }
  url.path = std::string(text);
  return url;
}

template <bool is_try>
std::string ParseUrl(const RowCall& call, Datum& out) {
  const auto url = SplitUrl(call.Text(0));
  if (!url) {
    if (is_try) return {};
    return fmt::format("[INVALID_URL] The url is invalid: {}", call.Text(0));
  }
  const std::string& part = call.Text(1);
  std::optional<std::string> value;
  if (part == "HOST") value = url->host;
  if (part == "PATH") value = url->path;
  if (part == "QUERY") value = url->query;
  if (part == "REF") value = url->ref;
  if (part == "PROTOCOL") value = url->protocol;
  if (part == "AUTHORITY") value = url->authority;
  if (part == "USERINFO") value = url->user_info;
  if (part == "FILE" && url->path) value = *url->path + (url->query ? "?" + *url->query : "");
  if (call.args.size() == 3) {
    const std::string wanted = call.Text(2) + "=";
    const std::string query = part == "QUERY" && url->query ? *url->query : "";
    value.reset();
    for (size_t start = 0; start <= query.size() && !value;) {
      const size_t end = std::min(query.find('&', start), query.size());
      const std::string item = query.substr(start, end - start);
      if (item.starts_with(wanted)) value = item.substr(wanted.size());
      start = end + 1;
    }
  }
  return value ? Give(out, *std::move(value)) : std::string();
}

constexpr RowEntry kEntries[] = {
    {"decode", Decode},
    {"encode", Encode},
    {"is_valid_utf8", IsValidUtf8},
    {"make_valid_utf8", MakeValidUtf8},
    {"parse_url", ParseUrl<false>},
    {"from_base32", FromBase32},
    {"to_base32", ToBase32},
    {"to_binary", ToBinary<false>},
    {"try_parse_url", ParseUrl<true>},
    {"try_to_binary", ToBinary<true>},
    {"try_url_decode", UrlDecode<true>},
    {"try_validate_utf8", TryValidateUtf8},
    {"unbase64", Unbase64},
    {"unhex", Unhex},
    {"url_decode", UrlDecode<false>},
    {"url_encode", UrlEncode},
    {"validate_utf8", ValidateUtf8},
};

}  // namespace

std::span<const RowEntry> EncodingRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
