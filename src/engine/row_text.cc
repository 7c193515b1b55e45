// Text and binary values, row by row.

#include <fmt/format.h>
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <clocale>
#include <numeric>
#include <optional>
#include <string>

#include "engine/characters_internal.h"
#include "engine/row_functions_internal.h"

namespace oresmith::engine {
namespace {

using types::Type;
using types::TypeId;

// ---- characters -------------------------------------------------------------------------------

std::string Elt(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  const int64_t index = call.Int(0);
  if (index < 1 || index >= static_cast<int64_t>(call.args.size())) {
    return fmt::format(
        "[INVALID_ARRAY_INDEX] The index {} is out of bounds. The array has {} elements.", index,
        call.args.size() - 1);
  }
  out = call.args[static_cast<size_t>(index)];
  return {};
}

std::string Levenshtein(const RowCall& call, Datum& out) {
  const auto left = Characters(call.Text(0)), right = Characters(call.Text(1));
  std::vector<int64_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < left.size(); ++i) {
    int64_t diagonal = row[0]++;
    for (size_t j = 0; j < right.size(); ++j) {
      const int64_t change = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, diagonal + 1, row[j] + 1});
    }
  }
  const bool beyond = call.args.size() == 3 && row.back() > call.Int(2);
  out = Datum(beyond ? int64_t{-1} : row.back());
  return {};
}

std::string Overlay(const RowCall& call, Datum& out) {
  const bool binary = call.types[0].Is(TypeId::kBinary);
  const std::string& text = call.Text(0);
  std::vector<std::string_view> parts;
  if (binary) {
    for (size_t i = 0; i < text.size(); ++i) parts.push_back(std::string_view(text).substr(i, 1));
  } else {
    parts = Characters(text);
  }
  const int64_t size = static_cast<int64_t>(parts.size());
  const int64_t replaced = binary ? static_cast<int64_t>(call.Text(1).size())
                                  : static_cast<int64_t>(Characters(call.Text(1)).size());
  const int64_t position = call.Int(2);
  const int64_t given = call.args.size() > 3 ? call.Int(3) : -1;
  const int64_t length = given >= 0 ? given : replaced;
  // substring(input, 1, position - 1) || replacement || substring(input, position + length)
  std::string result;
  for (int64_t i = 0; i < std::min(position - 1, size); ++i)
    result += parts[static_cast<size_t>(i)];
  result += call.Text(1);
  const int64_t from = position + length;
  const int64_t start = from > 0 ? from - 1 : from < 0 ? std::max<int64_t>(0, size + from) : 0;
  for (int64_t i = start; i < size; ++i) result += parts[static_cast<size_t>(i)];
  return Give(out, std::move(result));
}

// Upper case, lower case, digit or other, as Unicode says it.
enum class Letter { kUpper, kLower, kDigit, kOther };

Letter LetterOf(std::string_view character, locale_t unicode) {
  const auto code = static_cast<wint_t>(CodePoint(character));
  // Java's mask looks at UTF-16 units: what needs two of them is neither.
  if (code > 0xFFFF) return Letter::kOther;
  if (iswupper_l(code, unicode) != 0) return Letter::kUpper;
  if (iswlower_l(code, unicode) != 0) return Letter::kLower;
  return code >= '0' && code <= '9' ? Letter::kDigit : Letter::kOther;
}

// Each class of characters becomes its own; a NULL keeps them.
std::string Mask(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  constexpr std::array<std::string_view, 4> kDefaults{"X", "x", "n", ""};
  const auto replacement = [&](size_t index, std::string_view character) {
    if (index < call.args.size()) {
      return call.args[index].IsNull() ? std::string(character) : call.Text(index);
    }
    return std::string(index == 4 ? character : kDefaults[index - 1]);
  };
  const locale_t unicode = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (unicode == nullptr) return "mask: this machine has no locale C.UTF-8";
  std::string text;
  for (const std::string_view character : Characters(call.Text(0))) {
    const auto letter = LetterOf(character, unicode);
    text += replacement(static_cast<size_t>(letter) + 1, character);
  }
  freelocale(unicode);
  return Give(out, std::move(text));
}

std::string Quote(const RowCall& call, Datum& out) {
  std::string text = "'";
  for (const char c : call.Text(0)) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return Give(out, text + "'");
}

std::string Soundex(const RowCall& call, Datum& out) {
  constexpr std::string_view kCodes = "01230127022455012623017202";
  const std::string& text = call.Text(0);
  if (text.empty() || std::isalpha(static_cast<unsigned char>(text[0])) == 0)
    return Give(out, text);
  const std::string upper = Upper(text);
  std::string code(1, upper[0]);
  char last = kCodes[static_cast<size_t>(upper[0] - 'A')];
  for (size_t i = 1; i < upper.size() && code.size() < 4; ++i) {
    if (upper[i] < 'A' || upper[i] > 'Z') {
      last = '0';
      continue;
    }
    const char next = kCodes[static_cast<size_t>(upper[i] - 'A')];
    if (next == '7') continue;  // H and W do not part letters of one code
    if (next != '0' && next != last) code += next;
    last = next;
  }
  code.resize(4, '0');
  return Give(out, std::move(code));
}

std::string ReverseBinary(const RowCall& call, Datum& out) {
  return Give(out, std::string(call.Text(0).rbegin(), call.Text(0).rend()));
}

std::string SubstringBinary(const RowCall& call, Datum& out) {
  const std::string& bytes = call.Text(0);
  const auto size = static_cast<int64_t>(bytes.size());
  const int64_t position = call.Int(1);
  const int64_t start = position > 0 ? position - 1 : position < 0 ? size + position : 0;
  const int64_t end = call.args.size() > 2 ? std::min(size, start + call.Int(2)) : size;
  const int64_t first = std::max<int64_t>(start, 0);
  if (first >= end) return Give(out, "");
  return Give(out, bytes.substr(static_cast<size_t>(first), static_cast<size_t>(end - first)));
}

template <bool left>
std::string PadBinary(const RowCall& call, Datum& out) {
  const std::string& bytes = call.Text(0);
  const std::string pad = call.args.size() > 2 ? call.Text(2) : std::string(1, '\0');
  const auto length = static_cast<size_t>(std::max<int64_t>(0, call.Int(1)));
  if (bytes.size() >= length || pad.empty()) return Give(out, bytes.substr(0, length));
  std::string filling;
  while (filling.size() < length - bytes.size()) filling += pad;
  filling.resize(length - bytes.size());
  return Give(out, left ? filling + bytes : bytes + filling);
}

template <int kind>  // 0: contains, 1: begins with, 2: ends with
std::string TestBinary(const RowCall& call, Datum& out) {
  const std::string &bytes = call.Text(0), &part = call.Text(1);
  out = Datum(kind == 0   ? bytes.find(part) != std::string::npos
              : kind == 1 ? bytes.starts_with(part)
                          : bytes.ends_with(part));
  return {};
}

std::string ConcatWs(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull()) return {};
  std::string text;
  bool first = true;
  const auto add = [&](const Datum& part) {
    if (part.IsNull()) return;
    if (!first) text += call.Text(0);
    first = false;
    text += part.Text();
  };
  for (size_t i = 1; i < call.args.size(); ++i) {
    if (!call.types[i].Is(TypeId::kArray)) {
      add(call.args[i]);
    } else if (!call.args[i].IsNull()) {
      for (const Datum& part : call.args[i].List()) add(part);
    }
  }
  return Give(out, std::move(text));
}

// Source: Winkler, "String Comparator Metrics and Enhanced Decision Rules", 1990, with the prefix
// counted however far apart the texts are.
std::string JaroWinkler(const RowCall& call, Datum& out) {
  const auto left = Characters(call.Text(0)), right = Characters(call.Text(1));
  if (left.empty() || right.empty()) {
    out = Datum(left.empty() && right.empty() ? 1.0 : 0.0);
    return {};
  }
  const size_t reach = std::max(std::max(left.size(), right.size()) / 2, size_t{1}) - 1;
  std::vector<bool> taken(right.size());
  std::vector<std::string_view> matched;
  for (size_t i = 0; i < left.size(); ++i) {
    const size_t end = std::min(i + reach + 1, right.size());
    for (size_t j = i > reach ? i - reach : 0; j < end; ++j) {
      if (taken[j] || left[i] != right[j]) continue;
      taken[j] = true;
      matched.push_back(left[i]);
      break;
    }
  }
  if (matched.empty()) {
    out = Datum(0.0);
    return {};
  }
  size_t moved = 0, at = 0;
  for (size_t j = 0; j < right.size(); ++j) {
    if (taken[j] && matched[at++] != right[j]) ++moved;
  }
  const auto m = static_cast<double>(matched.size());
  const double jaro =
      (m / static_cast<double>(left.size()) + m / static_cast<double>(right.size()) +
       (m - static_cast<double>(moved / 2)) / m) /
      3.0;
  size_t prefix = 0;
  while (prefix < std::min({left.size(), right.size(), size_t{4}}) && left[prefix] == right[prefix])
    ++prefix;
  out = Datum(jaro + static_cast<double>(prefix) * 0.1 * (1.0 - jaro));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"concat_ws:mixed", ConcatWs, RowNulls::kPassed},
    {"contains:binary", TestBinary<0>},
    {"elt", Elt, RowNulls::kPassed},
    {"endswith:binary", TestBinary<2>},
    {"jaro_winkler_similarity", JaroWinkler},
    {"levenshtein", Levenshtein},
    {"lpad:binary", PadBinary<true>},
    {"mask", Mask, RowNulls::kPassed},
    {"overlay", Overlay},
    {"quote", Quote},
    {"reverse:binary", ReverseBinary},
    {"rpad:binary", PadBinary<false>},
    {"soundex", Soundex},
    {"startswith:binary", TestBinary<1>},
    {"substring:binary", SubstringBinary},
};

}  // namespace

std::span<const RowEntry> TextRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
