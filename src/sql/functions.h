#pragma once

// Spark's functions and operators: one table, one line each.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::sql {

enum class FunctionKind { kScalar, kAggregate, kWindow, kGenerator, kTable };

/// What the binder knows of an argument when it resolves a call.
struct ArgumentInfo {
  types::Type type;
  bool nullable = true;
  /// Set when the argument is a constant string (a format, a schema, a unit).
  const std::string* constant = nullptr;
};

/// What a call becomes: the types its arguments are cast to, and its result.
struct Signature {
  std::vector<types::Type> arguments;
  types::Type result;
  bool nullable = true;
};

/// One function or operator of Spark, as the registry holds it.
struct FunctionEntry {
  std::string_view name;  // canonical: lower case, or the operator: "+", "||", "="
  FunctionKind kind = FunctionKind::kScalar;
  int args_min = 0;
  int args_max = 0;  // -1: any number
  /// Resolves types. Errors: kInvalidInput with a message about the argument that does not fit (no place).
  Result<Signature> (*resolve)(const FunctionEntry& entry, std::span<const ArgumentInfo> args);
  /// DuckDB SQL with {0}, {1}, ... for arguments, {*} for all of them separated by commas; empty
  /// when engine/ emits the call by its own code (named by `name`).
  std::string_view duckdb;
  bool deterministic = true;
};

/// The entry of a name (ignoring case) and kind set; nullptr when there is none.
const FunctionEntry* FindFunction(std::string_view name);

/// True when Spark 4 has a function of that name that is not in the registry: refused by name.
bool IsKnownToSpark(std::string_view name);

/// The registered name that is most similar, or empty.
std::string_view NearestFunction(std::string_view name);

/// All entries, sorted by name.
std::span<const FunctionEntry> AllFunctions();

}  // namespace oresmith::sql
