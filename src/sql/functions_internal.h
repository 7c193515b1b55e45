#pragma once

// How entries of the registry resolve their types: small rules that the tables put together.

#include <array>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sql/coercion.h"
#include "sql/functions.h"

namespace oresmith::sql {

using types::Type;
using types::TypeId;
using Infos = std::span<const ArgumentInfo>;
using ResolveFunction = Result<Signature> (*)(const FunctionEntry&, Infos);

inline bool AnyNullable(Infos args) {
  for (const ArgumentInfo& arg : args) {
    if (arg.nullable) return true;
  }
  return false;
}

/// The type that argument `index` is cast to where `wanted` stands in the function's signature.
Result<Type> AcceptArgument(const FunctionEntry& entry, Infos args, size_t index, TypeId wanted);

/// An error about one argument: "name: argument 1 is INT, and an array is needed".
tl::unexpected<Error> WrongArgument(const FunctionEntry& entry, Infos args, size_t index,
                                    std::string_view wanted);

/// Whether a result can be NULL although no argument is.
enum class Nulls { kFromArguments, kAlways, kNever };

/// Fixed types: the result, then the arguments; fewer may be given than are named.
template <Nulls nulls, TypeId result, TypeId... arguments>
Result<Signature> Fixed(const FunctionEntry& entry, Infos args) {
  constexpr std::array<TypeId, sizeof...(arguments)> kWanted{arguments...};
  Signature signature;
  for (size_t i = 0; i < args.size(); ++i) {
    TRY(Type type, AcceptArgument(entry, args, i, kWanted[i]));
    signature.arguments.push_back(std::move(type));
  }
  signature.result = Type(result);
  signature.nullable =
      nulls == Nulls::kAlways || (nulls == Nulls::kFromArguments && AnyNullable(args));
  return signature;
}

/// Shorter names for the tables.
namespace shorthand {
constexpr TypeId kBool = TypeId::kBoolean;
constexpr TypeId kInt = TypeId::kInt;
constexpr TypeId kLong = TypeId::kLong;
constexpr TypeId kDouble = TypeId::kDouble;
constexpr TypeId kStr = TypeId::kString;
constexpr TypeId kBin = TypeId::kBinary;
constexpr TypeId kDate = TypeId::kDate;
constexpr TypeId kTs = TypeId::kTimestamp;
constexpr Nulls kArgs = Nulls::kFromArguments;
constexpr Nulls kAlways = Nulls::kAlways;
constexpr Nulls kNever = Nulls::kNever;
constexpr FunctionKind kScalar = FunctionKind::kScalar;
constexpr FunctionKind kAggregate = FunctionKind::kAggregate;
constexpr FunctionKind kWindow = FunctionKind::kWindow;
constexpr FunctionKind kGenerator = FunctionKind::kGenerator;
}  // namespace shorthand

/// All arguments get their common type, which is the result's too: coalesce, greatest.
Result<Signature> CommonOfAll(const FunctionEntry& entry, Infos args);
/// The arguments stay as they are; the result has the type of the first.
Result<Signature> SameAsFirst(const FunctionEntry& entry, Infos args);
/// The common type of all arguments of a call. Errors: kInvalidInput.
Result<Type> CommonOf(const FunctionEntry& entry, Infos args);

/// Whether a constant pattern has what RE2 has not, or means otherwise: then the overload that ends
/// in `:java` is taken. Errors: those of TranslateJavaRegex().
Result<bool> NeedsPcre(const FunctionEntry& entry, const ArgumentInfo& pattern);

// The parts of the registry.
std::span<const FunctionEntry> OperatorEntries();
std::span<const FunctionEntry> NumericEntries();
std::span<const FunctionEntry> StringEntries();
std::span<const FunctionEntry> FormatEntries();
std::span<const FunctionEntry> DatetimeEntries();
std::span<const FunctionEntry> CollectionEntries();
std::span<const FunctionEntry> MapEntries();
std::span<const FunctionEntry> JsonEntries();
std::span<const FunctionEntry> AggregateEntries();
std::span<const FunctionEntry> WindowEntries();
std::span<const FunctionEntry> GeneratorEntries();

/// Other names of entries: {alias, name}.
std::span<const std::pair<std::string_view, std::string_view>> FunctionAliases();

/// The built-in functions of Spark 4.1, sorted.
std::span<const std::string_view> SparkFunctionNames();

}  // namespace oresmith::sql
