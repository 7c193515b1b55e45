// Text, binary values and hashes.

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

// Texts, or arrays; anything that has a text form is text beside text.
Result<Signature> Concat(const FunctionEntry& entry, Infos args) {
  bool arrays = true, binary = true;
  for (const ArgumentInfo& arg : args) {
    arrays = arrays && arg.type.Is(TypeId::kArray);
    binary = binary && arg.type.Is(kBin);
  }
  if (arrays) {
    TRY(Signature signature, CommonOfAll(entry, args));
    signature.overload = "||:array";
    return signature;
  }
  if (binary) return CommonOfAll(entry, args);
  Signature signature{.arguments = {}, .result = Type(kStr), .nullable = AnyNullable(args)};
  for (size_t i = 0; i < args.size(); ++i) {
    TRY(Type type, AcceptArgument(entry, args, i, kStr));
    signature.arguments.push_back(std::move(type));
  }
  return signature;
}

Result<Signature> Length(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(kBin)) {
    return Signature{{args[0].type}, Type(kInt), args[0].nullable, "octet_length:binary"};
  }
  TRY(Type type, AcceptArgument(entry, args, 0, kStr));
  return Signature{{std::move(type)}, Type(kInt), args[0].nullable, {}};
}

Result<Signature> Hash(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(kBin)) return SameAsFirst(entry, args);
  TRY(Type type, AcceptArgument(entry, args, 0, kStr));
  return Signature{{std::move(type)}, Type(kStr), args[0].nullable, {}};
}

constexpr ResolveFunction kText = Fixed<kArgs, kStr, kStr>;
constexpr ResolveFunction kTextTwice = Fixed<kArgs, kStr, kStr, kStr>;

constexpr FunctionEntry kEntries[] = {
    {"||", kScalar, 2, 2, Concat, "({0} || {1})"},
    {"||:array", kScalar, 2, 2, Concat,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_concat({0}, {1}) END)"},
    {"ascii", kScalar, 1, 1, Fixed<kArgs, kInt, kStr>, "ascii({0})"},
    {"btrim", kScalar, 1, 2, kTextTwice, "trim({*})"},
    {"trim", kScalar, 1, 1, kText, "trim({0}, ' ')"},
    {"ltrim", kScalar, 1, 1, kText, "ltrim({0}, ' ')"},
    {"rtrim", kScalar, 1, 1, kText, "rtrim({0}, ' ')"},
    {"char_length", kScalar, 1, 1, Length, "CAST(length({0}) AS INTEGER)"},
    {"octet_length:binary", kScalar, 1, 1, Length, "CAST(octet_length({0}) AS INTEGER)"},
    {"contains", kScalar, 2, 2, Fixed<kArgs, kBool, kStr, kStr>, "contains({0}, {1})"},
    {"startswith", kScalar, 2, 2, Fixed<kArgs, kBool, kStr, kStr>, "starts_with({0}, {1})"},
    {"endswith", kScalar, 2, 2, Fixed<kArgs, kBool, kStr, kStr>, "ends_with({0}, {1})"},
    {"lower", kScalar, 1, 1, kText, "lower({0})"},
    {"upper", kScalar, 1, 1, kText, "upper({0})"},
    {"replace", kScalar, 3, 3, Fixed<kArgs, kStr, kStr, kStr, kStr>,
     "(CASE WHEN {1} = '' THEN {0} ELSE replace({0}, {1}, {2}) END)"},
    {"substring", kScalar, 3, 3, Fixed<kArgs, kStr, kStr, kInt, kInt>, ""},
    {"sha1", kScalar, 1, 1, Hash, "sha1({0})"},
    {"md5", kScalar, 1, 1, Hash, "md5({0})"},
};

}  // namespace

std::span<const FunctionEntry> StringEntries() { return kEntries; }

}  // namespace oresmith::sql
