#include <algorithm>

#include "sql/java_regex_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kDepthMax = 100;
// RE2 takes no greater count; PCRE2 takes 65535.
constexpr int kRe2RepeatMax = 1000;
constexpr int kRepeatMax = 65535;

constexpr std::string_view kLineEnd = R"(\n\r\x{85}\x{2028}\x{2029})";

}  // namespace

std::string RegexCharacter(uint32_t c) {
  if (IsAsciiLetter(c) || IsAsciiDigit(c) || c == ' ' || c == '_')
    return std::string(1, static_cast<char>(c));
  return fmt::format("\\x{{{:x}}}", c);
}

Result<JavaRegex> RegexTranslator::Run() {
  TRY(const bool may_be_empty, Alternatives(RegexFlags{}, 0));
  // After a match RE2 finds none of nothing at its end.
  result_.needs_pcre = result_.needs_pcre || may_be_empty;
  if (!AtEnd()) return Wrong("')' without '('");
  result_.text = std::move(out_);
  return std::move(result_);
}

size_t RegexTranslator::Character() const {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
  const auto end = pattern_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, pattern_.size()));
  return static_cast<size_t>(std::count_if(pattern_.begin(), end, begins)) + 1;
}

tl::unexpected<Error> RegexTranslator::Wrong(std::string_view what) const {
  return Fail(ErrorKind::kInvalidInput, "the pattern '{}' at its character {}: {}", pattern_,
              Character(), what);
}

tl::unexpected<Error> RegexTranslator::Lacking(std::string_view what) const {
  return Fail(ErrorKind::kUnsupported, "the pattern '{}' at its character {}: {} is not supported",
              pattern_, Character(), what);
}

uint32_t RegexTranslator::TakeCodePoint() {
  const auto lead = static_cast<unsigned char>(pattern_[at_++]);
  int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  uint32_t c = more == 3 ? lead & 7U : more == 2 ? lead & 15U : more == 1 ? lead & 31U : lead;
  for (; more > 0 && !AtEnd(); --more)
    c = (c << 6) | (static_cast<unsigned char>(pattern_[at_++]) & 63U);
  return c;
}

Result<bool> RegexTranslator::Alternatives(RegexFlags flags, int depth) {
  if (depth > kDepthMax) return Lacking("so deep a nesting");
  bool any_empty = false;
  bool all_empty = true;  // of the alternative that is read
  while (!AtEnd() && Peek() != ')') {
    if (Take("|")) {
      out_ += '|';
      any_empty = any_empty || std::exchange(all_empty, true);
      continue;
    }
    const size_t begin = out_.size();
    TRY(const bool repeatable, Atom(flags, depth));
    const bool has_width = repeatable && out_.size() > begin;
    if (!repeatable) may_be_empty_ = true;
    TRY_DO(Quantifier(has_width));
    all_empty = all_empty && may_be_empty_;
  }
  return any_empty || all_empty;
}

Result<bool> RegexTranslator::Atom(RegexFlags& flags, int depth) {
  may_be_empty_ = false;
  const char c = Peek();
  if (c == '(') return Group(flags, depth);
  if (c == '[') {
    ++at_;
    TRY(const RegexClass set, Brackets(flags, depth));
    out_ += set.Text();
    return true;
  }
  if (c == '\\') return Escape(flags);
  if (c == '*' || c == '+' || c == '?') return Wrong("nothing is there to be repeated");
  if (c == '{') return Wrong("nothing is there to be repeated; write \\{ for the character");
  if (c == '^' || c == '$') {
    ++at_;
    if (c == '$') {
      AddEnd(flags.multi_line);
    } else if (flags.multi_line) {
      result_.needs_pcre = true;
      out_ += R"((?!\z)(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n)))";
    } else {
      out_ += '^';
    }
    return false;
  }
  if (c == '.') {
    ++at_;
    out_ += flags.dot_all ? "(?s:.)" : fmt::format("[^{}]", kLineEnd);
    return true;
  }
  AddCharacter(TakeCodePoint(), flags);
  return true;
}

void RegexTranslator::AddCharacter(uint32_t c, RegexFlags flags) {
  if (flags.ignore_case && IsAsciiLetter(c)) {
    out_ += fmt::format("[{}{}]", static_cast<char>(c), static_cast<char>(c ^ 0x20U));
  } else {
    out_ += RegexCharacter(c);
  }
}

void RegexTranslator::AddEnd(bool multi_line) {
  result_.needs_pcre = true;
  out_ += multi_line ? R"((?=\z|\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}]))"
                     : R"((?=(?:\r\n|(?<!\r)\n|[\r\x{85}\x{2028}\x{2029}])?\z))";
}

Result<bool> RegexTranslator::Group(RegexFlags& flags, int depth) {
  ++at_;
  if (!Take("?")) {
    ++result_.groups;
    return GroupBody("(", flags, depth, true);
  }
  if (Take(":")) return GroupBody("(?:", flags, depth, true);
  for (const std::string_view look : {"=", "!", "<=", "<!", ">"}) {
    if (!Take(look)) continue;
    result_.needs_pcre = true;
    return GroupBody(fmt::format("(?{}", look), flags, depth, look == ">");
  }
  if (Take("<")) {
    const size_t end = pattern_.find('>', at_);
    const std::string name(pattern_.substr(at_, end == std::string_view::npos ? 0 : end - at_));
    const bool valid = !name.empty() && IsAsciiLetter(static_cast<unsigned char>(name[0])) &&
                       std::all_of(name.begin(), name.end(), [](unsigned char c) {
                         return IsAsciiLetter(c) || IsAsciiDigit(c);
                       });
    if (!valid) return Wrong("a group's name has letters and digits, and '>' after it");
    at_ = end + 1;
    names_.push_back(name);
    ++result_.groups;
    return GroupBody(fmt::format("(?P<{}>", name), flags, depth, true);
  }
  RegexFlags inner = flags;
  TRY_DO(TakeFlags(inner));
  if (Take(")")) {
    flags = inner;
    // Nothing is there: what follows is not repeated, but an empty alternative
    // may be meant.
    return false;
  }
  if (!Take(":")) return Wrong("this kind of group is unknown");
  return GroupBody("(?:", inner, depth, true);
}

Status RegexTranslator::TakeFlags(RegexFlags& flags) {
  bool on = true;
  for (; !AtEnd() && Peek() != ')' && Peek() != ':'; ++at_) {
    const char c = Peek();
    if (c == '-') {
      on = false;
    } else if (c == 'i') {
      flags.ignore_case = on;
      result_.needs_pcre = true;
    } else if (c == 's') {
      flags.dot_all = on;
    } else if (c == 'm') {
      flags.multi_line = on;
    } else if (c == 'x' || c == 'd' || c == 'u' || c == 'U') {
      return Lacking(fmt::format("the flag {}", c));
    } else {
      return Wrong("this kind of group is unknown");
    }
  }
  return {};
}

Result<bool> RegexTranslator::GroupBody(std::string_view begin, RegexFlags flags, int depth,
                                        bool repeatable) {
  out_ += begin;
  TRY(may_be_empty_, Alternatives(flags, depth + 1));
  if (!Take(")")) return Wrong("')' is missing");
  out_ += ')';
  return repeatable;
}

Status RegexTranslator::Quantifier(bool repeatable) {
  const char c = Peek();
  if (c != '*' && c != '+' && c != '?' && c != '{') return {};
  if (!repeatable) return Lacking("repeating what has no width");
  if (c == '{') {
    TRY_DO(Count());
  } else {
    if (c != '+') may_be_empty_ = true;
    out_ += c;
    ++at_;
  }
  if (Take("?")) {
    out_ += '?';
  } else if (Take("+")) {
    out_ += '+';
    result_.needs_pcre = true;
  }
  const char next = Peek();
  if (next == '*' || next == '+' || next == '?') return Wrong("nothing is there to be repeated");
  return {};
}

Result<int> RegexTranslator::Number() {
  int number = 0;
  const size_t begin = at_;
  for (; IsAsciiDigit(static_cast<unsigned char>(Peek())); ++at_) {
    number = std::min(number * 10 + (Peek() - '0'), kRepeatMax + 1);
  }
  if (at_ == begin) return Wrong("a number is missing");
  if (number > kRepeatMax) return Lacking(fmt::format("more than {} repetitions", kRepeatMax));
  if (number > kRe2RepeatMax) result_.needs_pcre = true;
  return number;
}

Status RegexTranslator::Count() {
  ++at_;
  TRY(const int least, Number());
  if (least == 0) may_be_empty_ = true;
  std::string text = fmt::format("{{{}", least);
  if (Take(",")) {
    text += ',';
    if (Peek() != '}') {
      TRY(const int most, Number());
      if (most < least) return Wrong("the second number is less than the first");
      text += std::to_string(most);
    }
  }
  if (!Take("}")) return Wrong("'}' is missing");
  out_ += text + "}";
  return {};
}

Result<JavaRegex> TranslateJavaRegex(std::string_view pattern) {
  return RegexTranslator(pattern).Run();
}

}  // namespace oresmith::sql
