#pragma once

// Java's regular expressions in words that RE2 and PCRE2 share, or that PCRE2
// alone has.

#include <string>
#include <string_view>

#include "base/result.h"

namespace oresmith::sql {

struct JavaRegex {
  std::string text;
  int groups = 0;  // that capture
  /// RE2 has it not, or means something else: look-around, back-references,
  /// possessive quantifiers,
  /// `$`, `\b`, (?i), classes within classes, ...
  bool needs_pcre = false;
};

/// The pattern as Java reads it, with PCRE2's UTF mode and no other option.
/// Case-blind letters are written out, because Java folds ASCII alone. Errors:
/// kInvalidInput for what Java does not take, kUnsupported for what is not
/// translated, both with the character of the pattern. Source:
/// java.util.regex.Pattern of Java 17.
Result<JavaRegex> TranslateJavaRegex(std::string_view pattern);

}  // namespace oresmith::sql
