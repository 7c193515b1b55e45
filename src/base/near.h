#pragma once

// "did you mean": the most similar of some names.

#include <string>
#include <string_view>
#include <vector>

namespace oresmith {

/// Least number of single-character insertions, deletions, replacements and swaps of neighbours
/// that turn `a` into `b`, ignoring ASCII case; more than `limit` is given as limit + 1. Bytewise.
int EditDistance(std::string_view a, std::string_view b, int limit);

/// The candidate that is nearest to `name`, when it is near enough to be a slip of the hand (about
/// a third of its length); empty otherwise. The first one wins a tie.
std::string Nearest(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace oresmith
