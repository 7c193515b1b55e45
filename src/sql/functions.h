#pragma once

// Spark's functions and operators: one table, one line each.

#include <optional>
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
  /// Set when the argument is a constant whole number, or a constant boolean: 0 or 1.
  std::optional<int64_t> number = std::nullopt;
};

/// What a call becomes: the types its arguments are cast to, and its result.
struct Signature {
  std::vector<types::Type> arguments;
  types::Type result;
  bool nullable = true;
  /// The entry that the call becomes instead, when one name means several things ("+:interval");
  /// empty: the entry that was asked. It takes the same arguments.
  std::string_view overload = {};
};

/// One function or operator of Spark, as the registry holds it.
struct FunctionEntry {
  std::string_view name;  // canonical: lower case, or the operator: "+", "||", "="
  FunctionKind kind = FunctionKind::kScalar;
  int args_min = 0;
  int args_max = 0;  // -1: any number
  /// Resolves types. Errors: kInvalidInput with a message about the argument that does not fit (no
  /// place).
  Result<Signature> (*resolve)(const FunctionEntry& entry, std::span<const ArgumentInfo> args);
  /// DuckDB SQL with {0}, {1}, ... for arguments, {*} for all of them separated by commas, {1*}
  /// for those from 1 on; empty
  /// when engine/ emits the call by its own code (named by `name`). In aggregates and window
  /// functions {d} stands where DISTINCT goes, {i} where IGNORE NULLS goes, {o} where an ORDER BY
  /// inside the call goes, and {f} where FILTER (WHERE ...) and OVER (...) go: each is replaced by
  /// nothing or by the clause with a blank at the side of the argument. {t} is the DuckDB type of
  /// the result. A doubled brace is one brace. The emitter casts the text to the DuckDB type of the
  /// call's result, so a template may give a wider type when that cast cannot change a value: sum
  /// of INT is HUGEINT there, BIGINT here. The second parameter of a lambda of transform and filter
  /// is the element's place, from 0.
  std::string_view duckdb;
  bool deterministic = true;
};

/// The entry of a name or alias, ignoring case; nullptr when there is none. Names with a colon are
/// overloads, which only Signature::overload leads to.
const FunctionEntry* FindFunction(std::string_view name);

/// True when Spark 4 has a function of that name that is not in the registry: refused by name.
bool IsKnownToSpark(std::string_view name);

/// The registered name that is most similar, or empty.
std::string_view NearestFunction(std::string_view name);

/// All entries, sorted by name.
std::span<const FunctionEntry> AllFunctions();

}  // namespace oresmith::sql
