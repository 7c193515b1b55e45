#pragma once

// The translator of Java's regular expressions: groups and quantifiers in
// java_regex.cc, escapes and classes in java_regex_class.cc.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sql/java_regex.h"

namespace oresmith::sql {

struct RegexFlags {
  bool ignore_case = false, dot_all = false, multi_line = false;
};

/// A class: characters to put into brackets, and alternatives that do not fit
/// there.
struct RegexClass {
  std::string items;
  std::vector<std::string> others;

  std::string Text() const {
    const std::string plain = items.empty() ? "" : "[" + items + "]";
    if (others.empty()) return plain;
    std::string text = "(?:" + plain;
    for (const std::string& other : others) {
      if (text.size() > 3) text += '|';
      text += other;
    }
    return text + ")";
  }
};

/// [a-z] of ASCII, without a locale.
inline bool IsAsciiLetter(uint32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool IsAsciiDigit(uint32_t c) { return c >= '0' && c <= '9'; }
/// The character as it may stand outside and inside of brackets.
std::string RegexCharacter(uint32_t c);

class RegexTranslator {
 public:
  /// `pattern` must outlive the translator.
  explicit RegexTranslator(std::string_view pattern) : pattern_(pattern) {}
  Result<JavaRegex> Run();

 private:
  bool AtEnd() const { return at_ >= pattern_.size(); }
  char Peek() const { return AtEnd() ? '\0' : pattern_[at_]; }
  bool Looking(std::string_view text) const { return pattern_.substr(at_).starts_with(text); }
  bool Take(std::string_view text) {
    if (!Looking(text)) return false;
    at_ += text.size();
    return true;
  }
  size_t Character() const;
  tl::unexpected<Error> Wrong(std::string_view what) const;
  tl::unexpected<Error> Lacking(std::string_view what) const;
  uint32_t TakeCodePoint();
  /// Whether they can match nothing at all.
  Result<bool> Alternatives(RegexFlags flags, int depth);
  /// Whether a quantifier may follow.
  Result<bool> Atom(RegexFlags& flags, int depth);
  void AddCharacter(uint32_t c, RegexFlags flags);
  // Before the last line end, and between none: \r\n is one.
  void AddEnd(bool multi_line);
  Result<bool> Group(RegexFlags& flags, int depth);
  Status TakeFlags(RegexFlags& flags);
  Result<bool> GroupBody(std::string_view begin, RegexFlags flags, int depth, bool repeatable);
  Status Quantifier(bool repeatable);
  Result<int> Number();
  Status Count();
  Result<bool> Escape(RegexFlags flags);
  // As many digits as there are groups before.
  Result<bool> Reference(RegexFlags flags);
  Result<bool> NamedReference(RegexFlags flags);
  // \Q...\E: a quantifier is for the last character.
  Result<bool> Quoted(RegexFlags flags);
  /// After a backslash: one character, or what is added to `set`.
  Result<std::optional<uint32_t>> ClassEscape(RegexClass& set, RegexFlags flags);
  // \uhhhh, \xhh, \x{h...}, \0ooo, \cX
  Result<std::optional<uint32_t>> Numbered();
  // \p{Name}, \pL, and with P all others.
  Status Property(RegexClass& set, RegexFlags flags);
  Result<RegexClass> Brackets(RegexFlags flags, int depth);
  Status ClassItem(RegexClass& set, RegexFlags flags);
  Result<std::optional<uint32_t>> ClassCharacter(RegexClass& set, RegexFlags flags);

  std::string_view pattern_;
  size_t at_ = 0;
  std::string out_;
  std::vector<std::string> names_;
  bool may_be_empty_ = false;  // what was read last can match nothing
  JavaRegex result_;
};

}  // namespace oresmith::sql
