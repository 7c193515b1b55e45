// to_number, to_char and str_to_map, row by row.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "engine/row_functions_internal.h"
#include "sql/number_format.h"

namespace oresmith::engine {
namespace {

using types::Type;

// Digits of the format between two commas, and whether they begin with 0.
struct Group {
  int digits = 0;
  bool zero = false;
};

struct Groups {
  std::vector<Group> whole{Group{}};
  Group fraction;
};

Groups GroupsOf(const sql::NumberFormat& format) {
  Groups groups;
  bool point = false;
  for (const char token : format.tokens) {
    if (token == '.') point = true;
    if (token == ',') groups.whole.emplace_back();
    if (token != '0' && token != '9') continue;
    Group& group = point ? groups.fraction : groups.whole.back();
    if (group.digits++ == 0) group.zero = token == '0';
  }
  return groups;
}

class NumberReader {
 public:
  NumberReader(const sql::NumberFormat& format, std::string_view text)
      : format_(format), groups_(GroupsOf(format)), text_(text) {}

  std::optional<Int128> Read() {
    bool digits_done = false;
    for (const char token : format_.tokens) {
      const bool digit = token == '0' || token == '9' || token == ',';
      if (digit && !digits_done) {
        if (!Whole()) return std::nullopt;
        digits_done = true;
      }
      if (digit) continue;
      if (!Sign(token)) return std::nullopt;
    }
    if (at_ != text_.size() || angle_ != 0 || !any_) return std::nullopt;
    for (int i = fraction_; i < groups_.fraction.digits; ++i) value_ *= 10;
    return negative_ ? -value_ : value_;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Sign(char token) {
    if (token == '.') {
      if (Peek() == '.') {
        ++at_;
        return Fraction();
      }
      return true;
    }
    if (token == '$') {
      if (Peek() != '$') return false;
      ++at_;
    } else if (token == 'P') {
      if (angle_ == 1) {
        if (Peek() != '>') return false;
        ++at_;
        angle_ = 0;
        negative_ = true;
      }
    } else if (Peek() == '-' || (token == 'S' && Peek() == '+')) {
      negative_ = Peek() == '-';
      ++at_;
    }
    return true;
  }

  bool Whole() {
    if (format_.tokens.back() == 'P' && Peek() == '<') {
      angle_ = 1;
      ++at_;
    }
    std::vector<int> given{0};
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == ',') {
        given.push_back(0);
      } else if (c >= '0' && c <= '9') {
        ++given.back();
        value_ = value_ * 10 + (c - '0');
        any_ = true;
        if (++whole_ > 38) return false;
      } else {
        break;
      }
    }
    const auto& wanted = groups_.whole;
    if (given.size() > wanted.size()) return false;
    // From the right: all but the first of the text are whole groups.
    for (size_t i = 0; i < wanted.size(); ++i) {
      const Group& group = wanted[wanted.size() - 1 - i];
      const int have = i < given.size() ? given[given.size() - 1 - i] : 0;
      if (have > group.digits) return false;
      const bool inner = i + 1 < given.size();
      if ((inner || group.zero) && have != group.digits) return false;
    }
    return true;
  }

  bool Fraction() {
    for (; Peek() >= '0' && Peek() <= '9'; ++at_) {
      value_ = value_ * 10 + (Peek() - '0');
      any_ = true;
      if (++fraction_ > groups_.fraction.digits) return false;
    }
    return true;
  }

  const sql::NumberFormat& format_;
  Groups groups_;
  std::string_view text_;
  size_t at_ = 0;
  Int128 value_ = 0;
  int whole_ = 0, fraction_ = 0, angle_ = 0;
  bool negative_ = false, any_ = false;
};

template <bool is_try>
std::string ToNumber(const RowCall& call, Datum& out) {
  const auto format = sql::ParseNumberFormat(call.Text(1));
  if (!format) return "[INVALID_FORMAT] " + format.error().message;
  const auto value = NumberReader(*format, TrimAll(call.Text(0))).Read();
  if (value) {
    out = Datum(*value);
    return {};
  }
  if (is_try) return {};
  return fmt::format("[INVALID_FORMAT.MISMATCH_INPUT] The input '{}' does not match the format",
                     call.Text(0));
}

// The number's digits without needless zeros: before the point, and behind.
std::pair<std::string, std::string> DigitsOf(const Datum& value, const Type& type) {
  const Int128 number = value.Decimal() < 0 ? -value.Decimal() : value.Decimal();
  std::string text;
  AppendDecimal(text, number, type.scale());
  const size_t point = std::min(text.find('.'), text.size());
  std::string whole = text.substr(0, point);
  std::string fraction = point < text.size() ? text.substr(point + 1) : "";
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return {whole, fraction};
}

std::string Overflowed(const std::string& format) {
  std::string text;
  for (const char c : format) text += c == '0' || c == '9' ? '#' : c;
  return text;
}

// A blank in place of a digit goes before a sign, so that the sign stands at the number.
void AppendBlank(std::string& text) {
  const bool behind_sign = !text.empty() && (text.back() == '+' || text.back() == '-');
  text.insert(text.size() - (behind_sign ? 1 : 0), 1, ' ');
}

std::string ToChar(const RowCall& call, Datum& out) {
  const auto format = sql::ParseNumberFormat(call.Text(1));
  if (!format) return "[INVALID_FORMAT] " + format.error().message;
  const auto [whole, fraction] = DigitsOf(call.args[0], call.types[0]);
  const bool negative = call.args[0].Decimal() < 0;
  const auto places = static_cast<size_t>(format->whole_digits);
  if (whole.size() > places || fraction.size() > static_cast<size_t>(format->fraction_digits)) {
    return Give(out, Overflowed(call.Text(1)));
  }
  std::string text;
  const bool zero_fill =
      std::find_if(format->tokens.begin(), format->tokens.end(),
                   [](char c) { return c == '0' || c == '9'; }) != format->tokens.end() &&
      *std::find_if(format->tokens.begin(), format->tokens.end(),
                    [](char c) { return c == '0' || c == '9'; }) == '0';
  size_t place = 0, behind = 0;
  bool point = false, begun = false;
  for (const char token : format->tokens) {
    if (token == '0' || token == '9') {
      if (point) {
        text += behind < fraction.size() ? fraction[behind] : '0';
        ++behind;
        continue;
      }
      const size_t from_right = places - place++;
      begun = begun || from_right <= whole.size() || zero_fill;
      if (from_right <= whole.size()) {
        text += whole[whole.size() - from_right];
      } else if (zero_fill) {
        text += '0';
      } else {
        AppendBlank(text);
      }
    } else if (token == ',') {
      if (begun) {
        text += ',';
      } else {
        AppendBlank(text);
      }
    } else if (token == '.') {
      if (!text.empty() && text.back() == ' ') text.back() = '0';
      text += '.';
      point = true;
    } else if (token == '$') {
      text += '$';
    } else if (token == 'S') {
      text += negative ? '-' : '+';
    } else if (token == 'M') {
      text += negative ? '-' : ' ';
    } else if (token == 'P') {
      if (negative) text.insert(std::min(text.find_first_not_of(' '), text.size()), 1, '<');
      text += negative ? ">" : "  ";
    }
  }
  if (text.ends_with('.')) text.back() = ' ';
  return Give(out, std::move(text));
}

std::string ToCharBinary(const RowCall& call, Datum& out) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string form = call.Text(1);
  std::transform(form.begin(), form.end(), form.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const std::string& bytes = call.Text(0);
  if (form == "utf-8") return Give(out, ReplaceInvalidUtf8(bytes));
  std::string text;
  if (form == "hex") {
    for (const char c : bytes) text += fmt::format("{:02X}", static_cast<unsigned char>(c));
    return Give(out, std::move(text));
  }
  if (form != "base64") {
    return fmt::format("[INVALID_PARAMETER_VALUE.BINARY_FORMAT] to_char: '{}' is no form",
                       call.Text(1));
  }
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      text += k <= have ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return Give(out, std::move(text));
}

// ---- str_to_map ---------------------------------------------------------------------------------

std::string StringToMap(const RowCall& call, Datum& out) {
  const std::string& text = call.Text(0);
  const std::string pairs = call.args.size() > 1 ? call.Text(1) : ",";
  const std::string between = call.args.size() > 2 ? call.Text(2) : ":";
  Datum::Items entries;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find(pairs, start), text.size());
    const std::string pair = text.substr(start, end - start);
    const size_t colon = pair.find(between);
    const std::string key = pair.substr(0, colon);
    for (size_t i = 0; i < entries.size(); i += 2) {
      if (entries[i].Text() == key) {
        return fmt::format("[DUPLICATED_MAP_KEY] Duplicate map key {} was found", key);
      }
    }
    entries.emplace_back(key);
    entries.push_back(colon == std::string::npos ? Datum()
                                                 : Datum(pair.substr(colon + between.size())));
    start = end + pairs.size();
  }
  out = Datum(std::move(entries));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"str_to_map", StringToMap},    {"to_char", ToChar},    {"to_char:binary", ToCharBinary},
    {"to_number", ToNumber<false>}, {"to_varchar", ToChar}, {"try_to_number", ToNumber<true>},
};

}  // namespace

std::span<const RowEntry> NumberFormatRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
