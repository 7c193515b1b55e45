#pragma once

// A position in one JSON document, and the steps over its tokens.
//
// What is a document, a token and an error is what Spark's parser (Jackson) says with Spark's
// default options: single quotes and NaN, Infinity, -Infinity, +INF, -INF are taken, what follows
// the document is not looked at, and the limits are Jackson's. Nothing is read beyond `end`, so a
// document needs no padding and no copy.

#include <cstdint>
#include <string>
#include <string_view>

namespace oresmith::format {

/// Jackson's StreamReadConstraints.
inline constexpr int kJsonDepthMax = 1000;
inline constexpr int kJsonNumberDigitsMax = 1000;
inline constexpr int64_t kJsonNameBytesMax = 50000;
inline constexpr int64_t kJsonStringBytesMax = 20000000;

/// A number token. `text` includes the sign.
struct JsonNumber {
  std::string_view text;
  uint64_t mantissa = 0;  ///< all digits without the point; exact when digits <= 19
  int digits = 0;         ///< leading zeros included
  int exponent = 0;       ///< value = mantissa * 10^exponent; clamped to +-100000
  bool negative = false;
  bool is_float = false;    ///< it has a point or an exponent
  bool is_special = false;  ///< NaN, Infinity and so on; only `text` counts then
};

/// The content of a string token, between the quotes.
struct JsonString {
  std::string_view raw;
  bool escaped = false;
};

struct JsonCursor {
  const char* at = nullptr;
  const char* end = nullptr;
  const char* problem = nullptr;  ///< why the document is malformed, once a step has failed
  int depth = 0;                  ///< open objects and arrays

  /// Notes the reason and returns false.
  bool Bad(const char* reason) {
    if (problem == nullptr) problem = reason;
    return false;
  }
  static bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
  static bool IsDigit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

  /// To the next byte that is not a space; false (without a reason) at the end.
  bool SkipSpace() {
    while (at < end && IsSpace(*at)) ++at;
    return at < end;
  }
  bool SkipSpaceInside() { return SkipSpace() || Bad("the document ends too early"); }
  bool Enter() {
    ++at;
    return ++depth <= kJsonDepthMax || Bad("objects and arrays are nested more than 1000 deep");
  }

  bool AtString() const { return *at == '"' || *at == '\''; }
  /// REQUIRES for these: at < end.
  bool ReadString(JsonString& out);
  bool ReadNumber(JsonNumber& out);
  bool ReadLiteral(std::string_view word);
  /// A name and the colon after it; stops before the value.
  bool ReadName(JsonString& out);
  bool ReadColon();
  /// Steps over a whole value and checks all of it.
  bool SkipValue();
  bool AtNumber() const {
    return IsDigit(*at) || *at == '-' || *at == '+' || *at == 'N' || *at == 'I';
  }

 private:
  bool ReadSpecialNumber(JsonNumber& out);
  bool SkipScalar();
};

/// Appends the text of a string token: escapes resolved, half surrogate pairs as `?`, as Java
/// writes them. REQUIRES: ReadString gave `raw`, so all escapes are valid.
void AppendUnescaped(std::string_view raw, std::string& out);

/// The first byte from `at` on that is a quote (`quote`), a backslash, a control character or not
/// ASCII; `end` when there is none.
const char* FindStringEvent(const char* at, const char* end, char quote);

/// The length of the valid UTF-8 character at `at`, 0 when there is none.
int Utf8Length(const char* at, const char* end);

/// The text with each invalid part replaced by U+FFFD, as Java's decoder does it.
std::string ReplaceInvalidUtf8(std::string_view text);
bool IsValidUtf8(std::string_view text);

}  // namespace oresmith::format
