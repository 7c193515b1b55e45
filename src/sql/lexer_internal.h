#pragma once

// Text to tokens. Pure and total: any bytes give a list of tokens that ends with kEnd; what is no
// token of Spark's becomes kBad and is reported when the parser meets it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sql/ast.h"

namespace oresmith::sql {

enum class TokenKind : uint8_t {
  kEnd,
  kWord,    // a keyword or an unquoted name: letters, digits, _
  kName,    // a backquoted name
  kNumber,  // with its suffix
  kString,  // '...' or "...", also r'...'
  kBinary,  // X'...'
  kSymbol,
  kCellEnd,  // the line between two cells of a notebook: a statement ends here
  kBad,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t begin = 0;
  uint32_t end = 0;
};

/// Why the token at `span.begin` is bad.
struct LexicalError {
  Span span;
  std::string message;
  std::string fix;
};

struct TokenList {
  std::vector<Token> tokens;         // the last one is kEnd
  std::vector<LexicalError> errors;  // in the order of the text, one for each kBad
};

/// REQUIRES: text.size() < 4 GiB.
TokenList Tokenize(std::string_view text);

/// Length of the comment that `rest` begins with; 0 when it begins with none. A block comment that
/// is never closed has the length of `rest`, and `*closed` is then false.
size_t CommentLength(std::string_view rest, bool* closed);

/// Length of the quoted text that `rest` begins with, its quotes included; 0 when it is never
/// closed. REQUIRES: rest[0] is ' or " or `.
size_t QuotedLength(std::string_view rest, bool backslash_escapes);

/// The value of a kString or kBinary token, of a kName token.
std::string StringValue(std::string_view token);
std::string BinaryValue(std::string_view token);
std::string NameValue(std::string_view token);

}  // namespace oresmith::sql
