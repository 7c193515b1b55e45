#include "base/near.h"

#include <algorithm>
#include <cctype>

namespace oresmith {
namespace {

char Fold(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

}  // namespace

int EditDistance(std::string_view a, std::string_view b, int limit) {
  const auto rows = static_cast<int>(a.size());
  const auto columns = static_cast<int>(b.size());
  if (std::abs(rows - columns) > limit) return limit + 1;
  std::vector<int> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (int j = 0; j <= columns; ++j) previous[static_cast<size_t>(j)] = j;
  for (int i = 1; i <= rows; ++i) {
    current[0] = i;
    for (int j = 1; j <= columns; ++j) {
      const auto at = static_cast<size_t>(j);
      const char x = Fold(a[static_cast<size_t>(i - 1)]);
      const char y = Fold(b[at - 1]);
      current[at] = std::min({previous[at] + 1, current[at - 1] + 1, previous[at - 1] + (x != y)});
      const bool swapped =
          i > 1 && j > 1 && x == Fold(b[at - 2]) && Fold(a[static_cast<size_t>(i - 2)]) == y;
      if (swapped) current[at] = std::min(current[at], before[at - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return std::min(previous[b.size()], limit + 1);
}

std::string Nearest(std::string_view name, const std::vector<std::string>& candidates) {
  const int limit = std::max(1, static_cast<int>(name.size()) / 3);
  int best = limit + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const int distance = EditDistance(name, candidate, limit);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace oresmith
