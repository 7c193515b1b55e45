// Escapes and classes of Java's regular expressions.

#include <algorithm>
#include <array>
#include <iterator>

#include "sql/java_regex_internal.h"

namespace oresmith::sql {
namespace {

constexpr int kDepthMax = 100;
constexpr uint32_t kCodePointMax = 0x10FFFF;

// What \b takes for a part of a word.
constexpr std::string_view kWord = R"([\p{L}\p{Nd}\p{Mn}_])";

struct PropertyText {
  std::string_view name, text;  // text stands inside of brackets
  bool shared = true;           // RE2 has it too
};

constexpr std::array<PropertyText, 21> kProperties{
    {{"Lower", "a-z"},
     {"Upper", "A-Z"},
     {"ASCII", R"(\x{0}-\x{7f})"},
     {"Alpha", "a-zA-Z"},
     {"Digit", "0-9"},
     {"Alnum", "a-zA-Z0-9"},
     {"Punct", R"(\x{21}-\x{2f}\x{3a}-\x{40}\x{5b}-\x{60}\x{7b}-\x{7e})"},
     {"Graph", R"(\x{21}-\x{7e})"},
     {"Print", R"(\x{20}-\x{7e})"},
     {"Blank", R"( \x{9})"},
     {"Cntrl", R"(\x{0}-\x{1f}\x{7f})"},
     {"XDigit", "0-9a-fA-F"},
     {"Space", R"(\x{9}-\x{d} )"},
     {"IsAlphabetic", R"(\p{Alphabetic})", false},
     {"IsLowercase", R"(\p{Lowercase})", false},
     {"IsUppercase", R"(\p{Uppercase})", false},
     {"javaLowerCase", R"(\p{Lowercase})", false},
     {"javaUpperCase", R"(\p{Uppercase})", false},
     {"javaAlphabetic", R"(\p{Alphabetic})", false},
     {"javaLetter", R"(\p{L})", false},
     {"javaLetterOrDigit", R"(\p{L}\p{Nd})", false}}};

constexpr std::array<std::string_view, 13> kScripts{
    "Latin", "Greek",  "Cyrillic", "Han",      "Hiragana",   "Katakana", "Hangul",
    "Thai",  "Arabic", "Hebrew",   "Armenian", "Devanagari", "Georgian"};

bool IsCategory(std::string_view name) {
  constexpr std::string_view kAll =
      "|L|Lu|Ll|Lt|Lm|Lo|M|Mn|Mc|Me|N|Nd|Nl|No|P|Pc|Pd|Ps|Pe|Pi|Pf|Po|S|Sm|Sc|"
      "Sk|So|Z|Zs|Zl|Zp|Cc|"
      "Cf|";
  return !name.empty() && kAll.find(fmt::format("|{}|", name)) != std::string_view::npos;
}

std::optional<uint32_t> ControlOf(char c) {
  constexpr std::string_view kLetters = "tnrfae";
  constexpr std::string_view kCodes = "\t\n\r\f\x07\x1b";
  const size_t place = kLetters.find(c);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<uint32_t>(kCodes[place]);
}

}  // namespace

Result<bool> RegexTranslator::Escape(RegexFlags flags) {
  const char c = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : '\0';
  switch (c) {
    case 'A':
    case 'z':
      at_ += 2;
      out_ += fmt::format("\\{}", c);
      return false;
    case 'Z':
      at_ += 2;
      AddEnd(false);
      return false;
    case 'b':
    case 'B':
      if (pattern_.substr(at_ + 2).starts_with("{")) return Lacking("\\b{g}");
      at_ += 2;
      result_.needs_pcre = true;
      out_ += c == 'b' ? fmt::format("(?:(?<={0})(?!{0})|(?<!{0})(?={0}))", kWord)
                       : fmt::format("(?:(?<={0})(?={0})|(?<!{0})(?!{0}))", kWord);
      return false;
    case 'R':
      at_ += 2;
      result_.needs_pcre = true;
      out_ += R"((?:\r\n|[\n\x{b}\f\r\x{85}\x{2028}\x{2029}]))";
      return true;
    case 'k':
      return NamedReference(flags);
    case 'Q':
      return Quoted(flags);
    default:
      break;
  }
  if (c >= '1' && c <= '9') return Reference(flags);
  RegexClass set;
  TRY(const std::optional<uint32_t> single, ClassEscape(set, flags));
  if (single) {
    AddCharacter(*single, flags);
  } else {
    out_ += set.Text();
  }
  return true;
}

Result<bool> RegexTranslator::Reference(RegexFlags flags) {
  ++at_;
  int group = Peek() - '0';
  ++at_;
  while (IsAsciiDigit(static_cast<unsigned char>(Peek())) &&
         group * 10 + (Peek() - '0') <= result_.groups) {
    group = group * 10 + (Peek() - '0');
    ++at_;
  }
  if (group > result_.groups) return Lacking("a reference to a group that is not before it");
  if (flags.ignore_case) return Lacking("a back-reference that ignores case");
  result_.needs_pcre = true;
  out_ += fmt::format("\\g{{{}}}", group);
  return true;
}

Result<bool> RegexTranslator::NamedReference(RegexFlags flags) {
  at_ += 2;
  const size_t end = pattern_.find('>', at_);
  if (Peek() != '<' || end == std::string_view::npos) return Wrong("\\k needs a name: \\k<name>");
  const std::string name(pattern_.substr(at_ + 1, end - at_ - 1));
  if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
    return Wrong(fmt::format("no group is called {}", name));
  }
  if (flags.ignore_case) return Lacking("a back-reference that ignores case");
  at_ = end + 1;
  result_.needs_pcre = true;
  out_ += fmt::format("(?P={})", name);
  return true;
}

Result<bool> RegexTranslator::Quoted(RegexFlags flags) {
  at_ += 2;
  bool any = false;
  while (!AtEnd() && !Looking("\\E")) {
    AddCharacter(TakeCodePoint(), flags);
    any = true;
  }
  static_cast<void>(Take("\\E"));
  return any;
}

Result<std::optional<uint32_t>> RegexTranslator::ClassEscape(RegexClass& set, RegexFlags flags) {
  ++at_;
  if (AtEnd()) return Wrong("a '\\' at the end");
  const char c = Peek();
  const auto one = [&](uint32_t value) {
    ++at_;
    return std::optional<uint32_t>(value);
  };
  const auto items = [&](std::string_view text) {
    ++at_;
    set.items += text;
    return std::optional<uint32_t>();
  };
  if (const auto control = ControlOf(c)) return one(*control);
  switch (c) {
    case 'd':
      return items("0-9");
    case 'w':
      return items("a-zA-Z0-9_");
    case 's':
      return items(R"(\x{9}-\x{d} )");
    case 'D':
    case 'W':
      return items(c == 'D' ? R"(\D)" : R"(\W)");
    case 'S':
      ++at_;
      set.others.emplace_back(R"([^\x{9}-\x{d} ])");
      return std::optional<uint32_t>();
    case 'h':
    case 'H':
    case 'v':
    case 'V':
      result_.needs_pcre = true;
      return items(fmt::format("\\{}", c));
    case 'p':
    case 'P':
      TRY_DO(Property(set, flags));
      return std::optional<uint32_t>();
    case 'u':
    case 'x':
    case '0':
    case 'c':
      return Numbered();
    default:
      break;
  }
  if (IsAsciiLetter(static_cast<unsigned char>(c)) || IsAsciiDigit(static_cast<unsigned char>(c))) {
    constexpr std::string_view kKnown = "GXN";
    return kKnown.find(c) != std::string_view::npos
               ? Result<std::optional<uint32_t>>(Lacking(fmt::format("\\{}", c)))
               : Wrong(fmt::format("\\{} has no meaning", c));
  }
  return std::optional<uint32_t>(TakeCodePoint());
}

Result<std::optional<uint32_t>> RegexTranslator::Numbered() {
  const char kind = Peek();
  ++at_;
  if (kind == 'c') {
    if (AtEnd()) return Wrong("\\c needs a character");
    return std::optional<uint32_t>(static_cast<unsigned char>(pattern_[at_++]) ^ 64U);
  }
  const bool braces = kind == 'x' && Take("{");
  const size_t most = kind == 'u' ? 4 : kind == '0' ? 3 : braces ? 8 : 2;
  const unsigned base = kind == '0' ? 8 : 16;
  uint32_t value = 0;
  size_t count = 0;
  for (; count < most && !AtEnd(); ++count, ++at_) {
    const char c = Peek();
    const unsigned digit = IsAsciiDigit(static_cast<unsigned char>(c))
                               ? static_cast<unsigned>(c - '0')
                           : IsAsciiLetter(static_cast<unsigned char>(c))
                               ? static_cast<unsigned>((c | 0x20) - 'a') + 10
                               : 99;
    // The first of three octal digits is at most 3.
    if (digit >= base || (kind == '0' && count == 2 && value > 31)) break;
    value = value * base + digit;
  }
  if (count == 0 || (kind == 'u' && count != 4) || (kind == 'x' && !braces && count != 2)) {
    return Wrong("digits are missing");
  }
  if (braces && !Take("}")) return Wrong("'}' is missing");
  if (value > kCodePointMax || (value >= 0xD800 && value <= 0xDFFF)) {
    return Lacking("half of a surrogate pair, or what is no character");
  }
  return std::optional<uint32_t>(value);
}

Status RegexTranslator::Property(RegexClass& set, RegexFlags flags) {
  const bool negated = Peek() == 'P';
  ++at_;
  std::string name;
  if (Take("{")) {
    const size_t end = pattern_.find('}', at_);
    if (end == std::string_view::npos) return Wrong("'}' is missing");
    name = pattern_.substr(at_, end - at_);
    at_ = end + 1;
  } else if (!AtEnd()) {
    name = std::string(1, pattern_[at_++]);
  }
  if (flags.ignore_case) return Lacking("a property that ignores case");
  std::string items;
  const std::string_view plain = name.starts_with("Is") ? std::string_view(name).substr(2) : name;
  for (const PropertyText& property : kProperties) {
    if (property.name != name) continue;
    items = property.text;
    if (!property.shared) result_.needs_pcre = true;
  }
  if (items.empty() && IsCategory(plain)) items = fmt::format("\\p{{{}}}", plain);
  const bool script = name.starts_with("Is") &&
                      std::find(kScripts.begin(), kScripts.end(), plain) != kScripts.end();
  if (items.empty() && script) {
    result_.needs_pcre = true;
    items = fmt::format("\\p{{sc:{}}}", plain);
  }
  if (items.empty()) return Lacking(fmt::format("\\p{{{}}}", name));
  if (negated) {
    set.others.push_back("[^" + items + "]");
  } else {
    set.items += items;
  }
  return {};
}

Result<RegexClass> RegexTranslator::Brackets(RegexFlags flags, int depth) {
  if (depth > kDepthMax) return Lacking("so deep a nesting");
  const bool negated = Take("^");
  std::vector<std::string> before;  // the operands of && that are done
  RegexClass set;
  bool first = true;
  while (AtEnd() || Peek() != ']' || first) {
    if (AtEnd()) return Wrong("']' is missing");
    if (Take("&&")) {
      if (set.Text().empty()) return Lacking("&& without a left side");
      before.push_back(std::exchange(set, RegexClass()).Text());
    } else if (Take("[")) {
      TRY(RegexClass inner, Brackets(flags, depth + 1));
      set.items += inner.items;
      std::move(inner.others.begin(), inner.others.end(), std::back_inserter(set.others));
      result_.needs_pcre = true;
    } else {
      TRY_DO(ClassItem(set, flags));
    }
    first = false;
  }
  ++at_;
  if (set.Text().empty()) return Lacking("an empty side of &&");
  if (!before.empty()) {
    std::string all = "(?:";
    for (const std::string& operand : before) all += "(?=" + operand + ")";
    all += set.Text() + ")";
    result_.needs_pcre = true;
    set = RegexClass{.items = {}, .others = {std::move(all)}};
  }
  if (!negated) return set;
  if (set.others.empty()) return RegexClass{.items = {}, .others = {"[^" + set.items + "]"}};
  // Java 9 and later differ from what one would think.
  if (!before.empty()) return Lacking("&& in a class with ^");
  result_.needs_pcre = true;
  return RegexClass{.items = {}, .others = {"(?:(?!" + set.Text() + ")(?s:.))"}};
}

Status RegexTranslator::ClassItem(RegexClass& set, RegexFlags flags) {
  TRY(const std::optional<uint32_t> low, ClassCharacter(set, flags));
  if (!low) return {};
  const bool range = Peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']' &&
                     pattern_[at_ + 1] != '[' && !pattern_.substr(at_ + 1).starts_with("&&");
  uint32_t high = *low;
  if (range) {
    ++at_;
    RegexClass none;
    TRY(const std::optional<uint32_t> end, ClassCharacter(none, flags));
    if (!end || *end < *low) return Wrong("this range has no end, or ends before it begins");
    high = *end;
  }
  set.items += RegexCharacter(*low);
  if (high > *low) set.items += "-" + RegexCharacter(high);
  if (!flags.ignore_case) return {};
  for (uint32_t c = 'A'; c <= 'z'; ++c) {
    if (IsAsciiLetter(c) && c >= *low && c <= high) set.items += RegexCharacter(c ^ 0x20U);
  }
  return {};
}

Result<std::optional<uint32_t>> RegexTranslator::ClassCharacter(RegexClass& set, RegexFlags flags) {
  if (Peek() != '\\') return std::optional<uint32_t>(TakeCodePoint());
  if (Looking("\\Q")) return Lacking("\\Q in a class");
  return ClassEscape(set, flags);
}

}  // namespace oresmith::sql
