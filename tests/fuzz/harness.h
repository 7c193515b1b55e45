#pragma once

// Runs numbered cases in child processes, so that a crash, a hang or a leak is a finding with a
// number, not the end.

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace oresmith::fuzz {

struct Options {
  uint64_t cases = UINT64_MAX;
  int64_t cpu_seconds = INT64_MAX;
  uint64_t seed = 0;  ///< number of the first case
  bool only = false;  ///< that case alone, in this process, for a debugger
};

/// [--cases N | --cpu-seconds N] [--seed N], or --only N.
Options ReadOptions(int count, char** arguments);

/// What cases have done; in memory that parent and child see.
struct Tally {
  uint64_t number = 0;  // of the case under way
  std::array<uint64_t, 4> counts{};
};

/// Runs the cases; prints what was found. The number of findings, at most 20.
/// `run` must do the same whenever it is given the same number.
int RunCases(const Options& options, Tally& tally,
             const std::function<void(uint64_t number, Tally& tally)>& run);

/// Memory for a Tally that children share with their parent.
Tally& SharedTally();

}  // namespace oresmith::fuzz
