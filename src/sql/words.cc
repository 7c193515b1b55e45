#include <algorithm>
#include <array>
#include <vector>

#include "sql/words_internal.h"
#include "types/text.h"

namespace oresmith::sql {
namespace {

constexpr std::array<std::string_view, 22> kNoExpressionStart{
    "SELECT",  "FROM", "WHERE",  "AS",    "AND",   "OR",   "THEN",      "WHEN",
    "ELSE",    "ON",   "HAVING", "UNION", "BY",    "JOIN", "INTERSECT", "QUALIFY",
    "BETWEEN", "LIKE", "IN",     "IS",    "RLIKE", "ILIKE"};

constexpr std::array<std::string_view, 36> kNoAlias{
    "FROM",   "WHERE", "HAVING", "UNION",   "INTERSECT", "EXCEPT",  "MINUS",   "JOIN",   "ON",
    "USING",  "INNER", "LEFT",   "RIGHT",   "FULL",      "CROSS",   "NATURAL", "SEMI",   "ANTI",
    "SELECT", "AS",    "AND",    "OR",      "QUALIFY",   "BETWEEN", "LIKE",    "ILIKE",  "RLIKE",
    "IN",     "IS",    "NOT",    "LATERAL", "THEN",      "WHEN",    "ELSE",    "REGEXP", "WITH"};

template <size_t kCount>
bool Contains(const std::array<std::string_view, kCount>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [word](std::string_view candidate) {
    return types::EqualsIgnoringCase(candidate, word);
  });
}

/// Edit distance with swapped neighbours as one edit. Stops caring beyond short words.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1);
  std::vector<size_t> previous(b.size() + 1);
  std::vector<size_t> current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[b.size()];
}

}  // namespace

bool IsNoExpressionStart(std::string_view word) { return Contains(kNoExpressionStart, word); }
bool IsNoAlias(std::string_view word) { return Contains(kNoAlias, word); }

std::string ToUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return upper;
}

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr size_t kLengthMax = 64;  // nobody misspells a longer one, and the work is quadratic
  if (word.size() > kLengthMax) return {};
  const std::string upper = ToUpper(word);
  std::string_view best;
  size_t best_distance = 1 + std::max<size_t>(1, word.size() / 3);
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLengthMax) continue;
    const size_t distance = Distance(upper, ToUpper(candidate));
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace oresmith::sql
