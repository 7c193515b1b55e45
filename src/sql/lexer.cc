#include <fmt/format.h>

#include <array>
#include <cctype>

#include "sql/lexer_internal.h"
#include "types/text.h"

namespace oresmith::sql {
namespace {

// Longest first: the first that fits is taken.
constexpr std::array<std::string_view, 39> kSymbols{
    ">>>", "<=>", "<<", ">>", "->", "=>", "::", "||", "|>", "==", "<>", "!=", "<=",
    ">=",  "(",   ")",  "[",  "]",  "{",  "}",  ",",  ";",  ".",  ":",  "+",  "-",
    "*",   "/",   "%",  "&",  "|",  "^",  "~",  "<",  ">",  "=",  "!",  "@",  "?"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsWordByte(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool IsHighByte(char c) { return static_cast<unsigned char>(c) >= 0x80; }

struct Named {
  std::string_view bytes;
  std::string_view text;
};

/// Spaces other than ASCII's that editors and web pages put between words.
constexpr std::array<std::string_view, 7> kWideSpaces{
    "\xC2\xA0",     "\xEF\xBB\xBF", "\xE2\x80\x83", "\xE2\x80\x89",
    "\xE2\x80\x8B", "\xE2\x80\xAF", "\xE3\x80\x80"};
/// What Databricks writes between the cells of a notebook that it saves as text.
constexpr std::string_view kCellEnd = "-- COMMAND ----------";
constexpr std::array<std::string_view, 4> kCurlyQuotes{"\xE2\x80\x98", "\xE2\x80\x99",
                                                       "\xE2\x80\x9C", "\xE2\x80\x9D"};

size_t WideSpaceLength(std::string_view rest) {
  if (!IsHighByte(rest[0])) return 0;
  for (const std::string_view space : kWideSpaces) {
    if (rest.starts_with(space)) return space.size();
  }
  return 0;
}

bool StartsWithCurlyQuote(std::string_view rest) {
  if (!IsHighByte(rest[0])) return false;
  for (const std::string_view quote : kCurlyQuotes) {
    if (rest.starts_with(quote)) return true;
  }
  return false;
}

size_t DigitsFrom(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

/// End of an exponent at `at` (E10, e-3), or `at` when there is none.
size_t ExponentEnd(std::string_view text, size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const size_t end = DigitsFrom(text, digits);
  return end > digits ? end : at;
}

size_t SuffixLength(std::string_view rest, bool whole) {
  const auto upper = [&](size_t i) {
    return i < rest.size() ? std::toupper(static_cast<unsigned char>(rest[i])) : 0;
  };
  if (upper(0) == 'B' && upper(1) == 'D') return 2;
  const auto first = static_cast<char>(upper(0));
  if (first == 'F' || first == 'D') return 1;
  return whole && (first == 'Y' || first == 'S' || first == 'L') ? 1 : 0;
}

/// Length of the number that `rest` begins with, 0 when it is none: 1st and 2024_orders are names.
size_t NumberLength(std::string_view rest) {
  size_t end = DigitsFrom(rest, 0);
  const bool leading_digits = end > 0;
  bool whole = true;
  if (end < rest.size() && rest[end] == '.') {
    const size_t fraction_end = DigitsFrom(rest, end + 1);
    if (fraction_end == end + 1 && !leading_digits) return 0;
    end = fraction_end;
    whole = false;
  }
  const size_t exponent_end = ExponentEnd(rest, end);
  whole = whole && exponent_end == end;
  end = exponent_end;
  end += SuffixLength(rest.substr(end), whole);
  return end < rest.size() && IsWordByte(rest[end]) ? 0 : end;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  TokenList Run();

 private:
  bool SkipBlank();
  void Next();
  void TakeQuoted(TokenKind kind, size_t quote_at, bool escapes);
  void TakeWord();
  void TakeSymbol();
  void Add(TokenKind kind, size_t end) {
    list_.tokens.push_back(Token{kind, static_cast<uint32_t>(at_), static_cast<uint32_t>(end)});
    at_ = end;
  }
  void AddBad(size_t end, Span shown, std::string message, std::string fix) {
    list_.errors.push_back({shown, std::move(message), std::move(fix)});
    Add(TokenKind::kBad, end);
  }
  Span SpanOf(size_t begin, size_t end) const {
    return {static_cast<uint32_t>(begin), static_cast<uint32_t>(end)};
  }

  std::string_view text_;
  size_t at_ = 0;
  TokenList list_;
};

TokenList Lexer::Run() {
  while (at_ < text_.size()) {
    if (!SkipBlank()) Next();
  }
  Add(TokenKind::kEnd, text_.size());
  return std::move(list_);
}

bool Lexer::SkipBlank() {
  const char c = text_[at_];
  if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
    ++at_;
    return true;
  }
  const std::string_view rest = text_.substr(at_);
  if (const size_t space = WideSpaceLength(rest); space > 0) {
    at_ += space;
    return true;
  }
  bool closed = true;
  const size_t comment = CommentLength(rest, &closed);
  if (comment == 0) return false;
  const bool line_start = at_ == 0 || text_[at_ - 1] == '\n';
  if (line_start && rest.starts_with(kCellEnd)) {
    Add(TokenKind::kCellEnd, at_ + comment);
  } else if (closed) {
    at_ += comment;
  } else {
    AddBad(text_.size(), SpanOf(at_, at_ + 2), "parse: this comment is never closed",
           "end it with */");
  }
  return true;
}

void Lexer::Next() {
  const std::string_view rest = text_.substr(at_);
  const char c = rest[0];
  const char next = rest.size() > 1 ? rest[1] : '\0';
  const bool quote_next = next == '\'' || next == '"';
  if (c == '\'' || c == '"') return TakeQuoted(TokenKind::kString, at_, true);
  if (c == '`') return TakeQuoted(TokenKind::kName, at_, false);
  if ((c == 'r' || c == 'R') && quote_next) return TakeQuoted(TokenKind::kString, at_ + 1, false);
  if ((c == 'x' || c == 'X') && quote_next) return TakeQuoted(TokenKind::kBinary, at_ + 1, false);
  if (IsDigit(c) || (c == '.' && IsDigit(next))) {
    if (const size_t length = NumberLength(rest); length > 0) {
      return Add(TokenKind::kNumber, at_ + length);
    }
  }
  if (StartsWithCurlyQuote(rest)) {
    return AddBad(at_ + 3, SpanOf(at_, at_ + 3), "parse: a typographic quote is not a quote of SQL",
                  "write ' instead");
  }
  if (IsWordByte(c) || IsHighByte(c)) return TakeWord();
  TakeSymbol();
}

void Lexer::TakeQuoted(TokenKind kind, size_t quote_at, bool escapes) {
  const char quote = text_[quote_at];
  const std::string_view rest = text_.substr(quote_at);
  // In raw and binary literals a doubled quote is the end of one literal and the start of the next.
  const bool plain = quote != '`' && !escapes;
  const size_t close = plain ? rest.find(quote, 1) : 0;
  const size_t length = !plain                            ? QuotedLength(rest, escapes)
                        : close == std::string_view::npos ? 0
                                                          : close + 1;
  if (length == 0) {
    return AddBad(text_.size(), SpanOf(at_, quote_at + 1),
                  fmt::format("parse: this quote {} is never closed", quote),
                  fmt::format("add the closing {}", quote));
  }
  const size_t end = quote_at + length;
  if (kind == TokenKind::kName && length == 2) {
    return AddBad(end, SpanOf(at_, end), "parse: a quoted name is empty", "");
  }
  if (kind == TokenKind::kBinary) {
    const std::string_view digits = rest.substr(1, length - 2);
    if (digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      return AddBad(end, SpanOf(at_, end),
                    "parse: a binary literal has other than hexadecimal digits", "");
    }
  }
  Add(kind, end);
}

void Lexer::TakeWord() {
  size_t end = at_;
  bool high = false;
  while (end < text_.size() && (IsWordByte(text_[end]) || IsHighByte(text_[end]))) {
    if (IsHighByte(text_[end])) {
      if (WideSpaceLength(text_.substr(end)) > 0 || StartsWithCurlyQuote(text_.substr(end))) break;
      high = true;
    }
    ++end;
  }
  if (!high) return Add(TokenKind::kWord, end);
  AddBad(end, SpanOf(at_, end), "parse: an unquoted name has only the letters a to z, digits and _",
         fmt::format("write `{}`", text_.substr(at_, end - at_)));
}

void Lexer::TakeSymbol() {
  const std::string_view rest = text_.substr(at_);
  for (const std::string_view symbol : kSymbols) {
    if (rest.starts_with(symbol)) return Add(TokenKind::kSymbol, at_ + symbol.size());
  }
  const char c = rest[0];
  if (rest.starts_with("${")) {
    return AddBad(at_ + 2, SpanOf(at_, at_ + 2), "parse: a ${ was not replaced", "");
  }
  const bool shown = std::isprint(static_cast<unsigned char>(c)) != 0;
  AddBad(at_ + 1, SpanOf(at_, at_ + 1),
         shown ? fmt::format("parse: unexpected character '{}'", c)
               : fmt::format("parse: unexpected byte 0x{:02X}",
                             static_cast<int>(static_cast<unsigned char>(c))),
         shown ? "" : "remove it");
}

int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  return std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
}

}  // namespace

TokenList Tokenize(std::string_view text) { return Lexer(text).Run(); }

size_t CommentLength(std::string_view rest, bool* closed) {
  *closed = true;
  if (rest.starts_with("--")) {
    size_t end = 2;
    while (end < rest.size() && rest[end] != '\n') {
      // Spark's rule: a backslash at the end of the line takes the next line into the comment.
      end += rest.substr(end).starts_with("\\\n") ? 2 : 1;
    }
    return end;
  }
  if (!rest.starts_with("/*")) return 0;
  int depth = 1;
  size_t at = 2;
  while (at < rest.size() && depth > 0) {
    const std::string_view here = rest.substr(at);
    const bool open = here.starts_with("/*");
    const bool close = here.starts_with("*/");
    depth += open ? 1 : close ? -1 : 0;
    at += open || close ? 2 : 1;
  }
  *closed = depth == 0;
  return at;
}

size_t QuotedLength(std::string_view rest, bool backslash_escapes) {
  const char quote = rest[0];
  size_t at = 1;
  while (at < rest.size()) {
    if (backslash_escapes && rest[at] == '\\') {
      at += 2;
    } else if (rest[at] != quote) {
      ++at;
    } else if (at + 1 < rest.size() && rest[at + 1] == quote) {
      at += 2;
    } else {
      return at + 1;
    }
  }
  return 0;
}

std::string StringValue(std::string_view token) {
  if (token[0] == 'r' || token[0] == 'R') return std::string(token.substr(2, token.size() - 3));
  return types::UnescapeString(token.substr(1, token.size() - 2), token[0]);
}

std::string BinaryValue(std::string_view token) {
  const std::string_view digits = token.substr(2, token.size() - 3);
  std::string bytes;
  // Spark fills an odd number of digits with a leading zero.
  size_t at = digits.size() % 2;
  if (at == 1) bytes += static_cast<char>(HexValue(digits[0]));
  for (; at < digits.size(); at += 2) {
    bytes += static_cast<char>(HexValue(digits[at]) * 16 + HexValue(digits[at + 1]));
  }
  return bytes;
}

std::string NameValue(std::string_view token) {
  std::string name;
  for (size_t i = 1; i + 1 < token.size(); ++i) {
    name += token[i];
    if (token[i] == '`') ++i;
  }
  return name;
}

}  // namespace oresmith::sql
