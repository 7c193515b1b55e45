#pragma once

// The functions as people read about them: of the registry, and those that only Spark has.

#include <string>
#include <string_view>
#include <vector>

namespace oresmith::sql {

struct FunctionListing {
  std::string name;
  std::string other_names;  // by commas
  std::string_view kind;    // scalar, aggregate, window, generator; empty: not here
  std::string arguments;    // how many: 2, 1-3, 2+
  bool deterministic = true;
  bool in_stream = true;  // may stand in the query of a streaming table
};

/// Sorted by name; functions of Spark that are not here come with an empty kind. `like` is a
/// pattern of LIKE, ignoring case; empty: all.
std::vector<FunctionListing> ListFunctions(std::string_view like);

/// docs/reference/functions.md.
std::string FunctionsPage();

}  // namespace oresmith::sql
