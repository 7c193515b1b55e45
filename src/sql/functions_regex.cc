#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

// What RE2 lacks, as it is written.
std::string_view UnsupportedRegex(std::string_view pattern) {
  bool in_class = false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string_view rest = pattern.substr(i);
    if (rest[0] == '\\' && rest.size() > 1) {
      if (rest[1] >= '1' && rest[1] <= '9') return "a back-reference";
      if (rest[1] == 'k' && rest.size() > 2 && rest[2] == '<') return "a back-reference";
      if (rest[1] == 'G' || rest[1] == 'Z' || rest[1] == 'R' || rest[1] == 'X' || rest[1] == 'h') {
        return "\\G, \\Z, \\R, \\X or \\h";
      }
      if (rest.starts_with("\\p{java") || rest.starts_with("\\p{Is") ||
          rest.starts_with("\\p{In")) {
        return "a Java character class";
      }
      ++i;
      continue;
    }
    if (in_class) {
      if (rest.starts_with("&&")) return "&& in a character class";
      if (rest[0] == '[' && !rest.starts_with("[:")) return "a character class in another";
      if (rest[0] == ']') in_class = false;
      continue;
    }
    if (rest[0] == '[') {
      in_class = true;
      if (rest.starts_with("[]") || rest.starts_with("[^]")) i += rest[1] == '^' ? 2 : 1;
      continue;
    }
    for (const std::string_view look : {"(?=", "(?!", "(?<=", "(?<!"}) {
      if (rest.starts_with(look)) return "look-around";
    }
    if (rest.starts_with("(?>")) return "an atomic group";
    const bool quantifier = rest[0] == '*' || rest[0] == '+' || rest[0] == '?' || rest[0] == '}';
    if (quantifier && rest.size() > 1 && rest[1] == '+') return "a possessive quantifier";
  }
  return "";
}

}  // namespace

Status CheckRegex(const FunctionEntry& entry, const ArgumentInfo& pattern) {
  if (pattern.constant == nullptr) return {};
  const std::string_view lacking = UnsupportedRegex(*pattern.constant);
  if (lacking.empty()) return {};
  return Fail(ErrorKind::kUnsupported, "{}: the pattern has {}, which is not supported: {}",
              entry.name, lacking, *pattern.constant);
}

}  // namespace oresmith::sql
