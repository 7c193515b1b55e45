#include "connector/files/listing_internal.h"

namespace oresmith::connector {

namespace {

// Alternatives in braces may nest, and are tried one by one.
constexpr int kBraceDepthMax = 8;

// The bracket expression that begins at pattern[0] == '['; sets its size, 0 if it does not end.
bool MatchesClass(std::string_view pattern, char c, size_t& size) {
  size_t i = 1;
  const bool negated = i < pattern.size() && (pattern[i] == '^' || pattern[i] == '!');
  if (negated) ++i;
  bool matched = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    const char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    matched |= low <= c && c <= high;
  }
  size = i < pattern.size() ? i + 1 : 0;
  return matched != negated;
}

// Splits `{a,b}rest`: the alternatives, each followed by the rest. Empty when the brace never ends.
std::vector<std::string> ExpandBraces(std::string_view pattern) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 1;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '\\') {
      ++i;
    } else if (c == '{') {
      ++depth;
    } else if (c == ',' && depth == 1) {
      parts.push_back(pattern.substr(begin, i - begin));
      begin = i + 1;
    } else if (c == '}' && --depth == 0) {
      parts.push_back(pattern.substr(begin, i - begin));
      std::vector<std::string> expanded;
      for (const std::string_view part : parts) {
        expanded.push_back(std::string(part) + std::string(pattern.substr(i + 1)));
      }
      return expanded;
    }
  }
  return {};
}

bool Matches(std::string_view pattern, std::string_view name, int depth) {
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;  // the last `*`, and how much of the name it had taken
  size_t star_name = 0;
  while (n < name.size() || p < pattern.size()) {
    if (p < pattern.size()) {
      const char c = pattern[p];
      if (c == '*') {
        star = p++;
        star_name = n;
        continue;
      }
      if (c == '{' && depth < kBraceDepthMax) {
        const std::vector<std::string> alternatives = ExpandBraces(pattern.substr(p));
        for (const std::string& alternative : alternatives) {
          if (Matches(alternative, name.substr(n), depth + 1)) return true;
        }
        if (!alternatives.empty()) {
          if (star == std::string_view::npos || star_name >= name.size()) return false;
          p = star + 1;
          n = ++star_name;
          continue;
        }
      }
      if (n < name.size()) {
        size_t size = 1;
        bool matched = c == '?' || c == name[n];
        if (c == '[') {
          size_t class_size = 0;
          const bool in_class = MatchesClass(pattern.substr(p), name[n], class_size);
          if (class_size != 0) {
            matched = in_class;
            size = class_size;
          }
        } else if (c == '\\' && p + 1 < pattern.size()) {
          matched = pattern[p + 1] == name[n];
          size = 2;
        }
        if (matched) {
          p += size;
          ++n;
          continue;
        }
      }
    }
    if (star == std::string_view::npos || star_name >= name.size()) return false;
    p = star + 1;
    n = ++star_name;
  }
  return true;
}

}  // namespace

bool MatchesGlob(std::string_view pattern, std::string_view name) {
  return Matches(pattern, name, 0);
}

std::vector<std::string> ExpandSlashes(const std::string& path) {
  for (size_t i = path.find('{'); i != std::string::npos; i = path.find('{', i + 1)) {
    const std::vector<std::string> alternatives = ExpandBraces(std::string_view(path).substr(i));
    if (alternatives.empty()) continue;
    const size_t close = path.find('}', i);
    if (path.find('/', i) > close) continue;
    std::vector<std::string> expanded;
    for (const std::string& alternative : alternatives) {
      for (std::string& one : ExpandSlashes(path.substr(0, i) + alternative)) {
        expanded.push_back(std::move(one));
      }
    }
    return expanded;
  }
  return {path};
}

bool HasGlob(std::string_view path) { return path.find_first_of("*?[{") != std::string_view::npos; }

}  // namespace oresmith::connector
