#pragma once

// The statistics of a data file in the log, for a few columns, without a tree of all of them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace oresmith::delta {

struct StatsTexts {
  struct Column {
    std::optional<std::string> min;  ///< as it stands, a text without its quotes
    std::optional<std::string> max;
    std::optional<int64_t> null_count;
  };
  std::optional<int64_t> num_records;
  std::optional<bool> tight_bounds;
  std::vector<Column> columns;  ///< as many as paths were asked for
};

/// Absent when `stats` is not JSON.
std::optional<StatsTexts> ReadStatsTexts(std::string_view stats,
                                         const std::vector<const std::vector<std::string>*>& paths);

}  // namespace oresmith::delta
