#pragma once

// Functions that are computed row by row over Datums: what is too rare, too nested or too odd for a
// loop over vectors of its own.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/datum_internal.h"
#include "engine/functions_internal.h"

namespace oresmith::engine {

/// One row's call.
struct RowCall {
  const std::vector<types::Type>& types;  // of the arguments
  const types::Type& result;
  std::span<const Datum> args;

  const std::string& Text(size_t index) const { return args[index].Text(); }
  int64_t Int(size_t index) const { return args[index].Int(); }
  double Double(size_t index) const { return args[index].Double(); }
};

/// Puts the result in `out`, which is NULL before; answers an error's text, or nothing.
using RowCompute = std::string (*)(const RowCall& call, Datum& out);

/// A text as the result, without an error.
std::string Give(Datum& out, std::string text);
/// ASCII letters.
std::string Upper(std::string_view text);

enum class RowNulls {
  kNull,    // a NULL among the arguments makes the result NULL
  kPassed,  // the function gets them
};

struct RowEntry {
  std::string_view name;  // of the registry's entry
  RowCompute compute;
  RowNulls nulls = RowNulls::kNull;
};

// The parts of the table.
std::span<const RowEntry> NumericRowFunctions();
std::span<const RowEntry> TextRowFunctions();
std::span<const RowEntry> EncodingRowFunctions();
std::span<const RowEntry> FormatRowFunctions();
std::span<const RowEntry> NumberFormatRowFunctions();
std::span<const RowEntry> HashRowFunctions();
std::span<const RowEntry> DatetimeRowFunctions();
std::span<const RowEntry> JsonRowFunctions();
std::span<const RowEntry> CollectionRowFunctions();
std::span<const RowEntry> AggregateRowFunctions();

/// The function of that name for these types; nullopt when it is not a row function.
std::optional<FunctionSpec> RowFunction(std::string_view name,
                                        const std::vector<types::Type>& types,
                                        const types::Type& result);

}  // namespace oresmith::engine
