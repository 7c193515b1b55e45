#include "sql/number_format.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace oresmith::sql {
namespace {

int ReadNumber(std::string_view format, size_t& at) {
  int number = -1;
  while (at < format.size() && format[at] >= '0' && format[at] <= '9' && number < 100'000) {
    number = std::max(number, 0) * 10 + (format[at++] - '0');
  }
  return number;
}

void ReadFlags(std::string_view format, size_t& at, PrintfPiece& piece) {
  for (; at < format.size(); ++at) {
    switch (format[at]) {
      case '-':
        piece.left = true;
        break;
      case '+':
        piece.plus = true;
        break;
      case ' ':
        piece.blank = true;
        break;
      case '0':
        piece.zero = true;
        break;
      case ',':
        piece.group = true;
        break;
      case '(':
        piece.parens = true;
        break;
      case '#':
        piece.alternate = true;
        break;
      default:
        return;
    }
  }
}

// What follows a percent sign. False: not done here.
bool ReadConversion(std::string_view format, size_t& at, int& next_argument, PrintfPiece& piece) {
  const size_t start = at;
  const int index = ReadNumber(format, at);
  if (index > 0 && at < format.size() && format[at] == '$') {
    piece.argument = index - 1;
    ++at;
  } else {
    at = start;
    piece.argument = -1;
  }
  ReadFlags(format, at, piece);
  piece.width = ReadNumber(format, at);
  if (at < format.size() && format[at] == '.') {
    ++at;
    piece.precision = ReadNumber(format, at);
    if (piece.precision < 0) return false;
  }
  if (at >= format.size()) return false;
  piece.conversion = format[at++];
  const bool known = std::string_view("dxXofeEsSbB").find(piece.conversion) != std::string::npos;
  if (!known || piece.parens || piece.alternate) return false;
  const bool number = std::string_view("dfeE").find(piece.conversion) != std::string::npos;
  if (!number && (piece.plus || piece.blank || piece.group)) return false;
  if (piece.zero && std::string_view("sSbB").find(piece.conversion) != std::string::npos) {
    return false;
  }
  const bool whole = std::string_view("dxXo").find(piece.conversion) != std::string::npos;
  if (whole && piece.precision >= 0) return false;
  if ((piece.left || piece.zero) && (piece.width < 0 || (piece.left && piece.zero))) return false;
  if (piece.argument < 0) piece.argument = next_argument++;
  return true;
}

}  // namespace

std::optional<std::vector<PrintfPiece>> ParsePrintf(std::string_view format) {
  std::vector<PrintfPiece> pieces;
  std::string text;
  int next_argument = 0;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      text += format[at++];
      continue;
    }
    const char sign = at + 1 < format.size() ? format[at + 1] : '\0';
    if (sign == '%' || sign == 'n') {
      text += sign == 'n' ? '\n' : '%';
      at += 2;
      continue;
    }
    if (!text.empty()) pieces.push_back(PrintfPiece{.text = std::exchange(text, {})});
    ++at;
    PrintfPiece piece;
    if (!ReadConversion(format, at, next_argument, piece)) return std::nullopt;
    pieces.push_back(std::move(piece));
  }
  if (!text.empty()) pieces.push_back(PrintfPiece{.text = std::move(text)});
  return pieces;
}

// Source: Spark, ToNumberParser: [ MI | S ] [ L | $ ] [ 0 | 9 | G | , ]* [ . | D [ 0 | 9 ]* ]
// [ L | $ ] [ PR | MI | S ].
Result<NumberFormat> ParseNumberFormat(std::string_view text) {
  NumberFormat format;
  const auto wrong = [&]() {
    return Fail(ErrorKind::kInvalidInput, "'{}' is no format of a number, such as '$999,990.00S'",
                text);
  };
  bool point = false, sign = false, dollar = false, digits = false, end = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = static_cast<char>(std::toupper(static_cast<unsigned char>(text[i])));
    const char next = i + 1 < text.size()
                          ? static_cast<char>(std::toupper(static_cast<unsigned char>(text[i + 1])))
                          : '\0';
    if (end) return wrong();
    if (c == '0' || c == '9') {
      if (dollar && format.tokens.back() != '$' && format.tokens.back() != '0' &&
          format.tokens.back() != '9' && format.tokens.back() != ',' &&
          format.tokens.back() != '.') {
        return wrong();
      }
      ++(point ? format.fraction_digits : format.whole_digits);
      digits = true;
      format.tokens.push_back(c);
    } else if (c == ',' || c == 'G') {
      if (point || !digits) return wrong();
      format.tokens.push_back(',');
    } else if (c == '.' || c == 'D') {
      if (point) return wrong();
      point = true;
      format.tokens.push_back('.');
    } else if (c == '$' || c == 'L') {
      if (dollar || (digits && c == 'L') || digits) return wrong();
      dollar = true;
      format.tokens.push_back('$');
    } else if (c == 'S' || (c == 'M' && next == 'I')) {
      if (sign || (!format.tokens.empty() && !digits)) return wrong();
      sign = true;
      end = digits;
      format.tokens.push_back(c);
      if (c == 'M') ++i;
    } else if (c == 'P' && next == 'R') {
      if (sign || !digits) return wrong();
      sign = true;
      end = true;
      format.tokens.push_back('P');
      ++i;
    } else {
      return wrong();
    }
  }
  if (!digits || format.precision() > 38 || (point && text.back() == ',')) return wrong();
  return format;
}

}  // namespace oresmith::sql
