#include <cmath>
#include <numeric>

#include "base/result.h"
#include "connector/generator/random_internal.h"

namespace oresmith::connector {

WeightedDraw::WeightedDraw(const std::vector<double>& weights) {
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  ORESMITH_ASSERT(sum > 0);
  constexpr uint64_t kWhole = uint64_t{1} << 32;
  std::vector<double> share;
  std::vector<size_t> poor;
  std::vector<size_t> rich;
  for (size_t i = 0; i < weights.size(); ++i) {
    share.push_back(weights[i] / sum * static_cast<double>(weights.size()));
    (share.back() < 1 ? poor : rich).push_back(i);
    slots_.push_back({kWhole, i});
  }
  while (!poor.empty() && !rich.empty()) {
    const size_t low = poor.back();
    const size_t high = rich.back();
    poor.pop_back();
    slots_[low] = {static_cast<uint64_t>(share[low] * static_cast<double>(kWhole)), high};
    share[high] -= 1 - share[low];
    if (share[high] >= 1) continue;
    rich.pop_back();
    poor.push_back(high);
  }
}

std::vector<double> ZipfWeights(size_t n, ZipfShape shape) {
  std::vector<double> weights;
  weights.reserve(n);
  for (size_t rank = 1; rank <= n; ++rank) {
    weights.push_back(std::pow(static_cast<double>(rank) + shape.offset, -shape.exponent));
  }
  return weights;
}

}  // namespace oresmith::connector
