// Maps, and lambdas over two things at once.

#include "sql/functions_internal.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

Result<Signature> MapConcat(const FunctionEntry& entry, Infos args) {
  if (args.empty()) return Fail(ErrorKind::kUnsupported, "map_concat: without maps");
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.Is(TypeId::kMap)) return WrongArgument(entry, args, i, "a map");
  }
  return CommonOfAll(entry, args);
}

// transform_keys, transform_values and map_filter: the lambda's type is that of its body.
Result<Signature> OfEntries(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kMap)) return WrongArgument(entry, args, 0, "a map");
  Signature signature{{type, args[1].type}, type, args[0].nullable, {}};
  if (entry.name == "transform_keys") {
    signature.result = Type::Map(args[1].type, type.value(), type.value_contains_null());
  } else if (entry.name == "transform_values") {
    signature.result = Type::Map(type.key(), args[1].type, args[1].nullable);
  } else {
    if (!CanCastImplicitly(args[1].type, Type(kBool))) {
      return WrongArgument(entry, args, 1, "a condition");
    }
    signature.arguments[1] = Type(kBool);
  }
  return signature;
}

Result<Signature> ZipWith(const FunctionEntry& entry, Infos args) {
  for (size_t i = 0; i < 2; ++i) {
    if (!args[i].type.Is(TypeId::kArray)) return WrongArgument(entry, args, i, "an array");
  }
  return Signature{{args[0].type, args[1].type, args[2].type},
                   Type::Array(args[2].type, args[2].nullable),
                   args[0].nullable || args[1].nullable,
                   {}};
}

Result<Signature> MapZipWith(const FunctionEntry& entry, Infos args) {
  for (size_t i = 0; i < 2; ++i) {
    if (!args[i].type.Is(TypeId::kMap)) return WrongArgument(entry, args, i, "a map");
  }
  if (args[0].type.key() != args[1].type.key()) {
    return WrongArgument(entry, args, 1, "a map with keys of the same type");
  }
  return Signature{{args[0].type, args[1].type, args[2].type},
                   Type::Map(args[0].type.key(), args[2].type, args[2].nullable),
                   args[0].nullable || args[1].nullable,
                   {}};
}

// array_insert(array, position, element)
Result<Signature> ArrayInsert(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (!type.Is(TypeId::kArray)) return WrongArgument(entry, args, 0, "an array");
  const auto element = CommonType(type.element(), args[2].type);
  if (!element) return WrongArgument(entry, args, 2, type.element().ToSql());
  TRY(Type position, AcceptArgument(entry, args, 1, kInt));
  return Signature{{Type::Array(*element, type.contains_null()), std::move(position), *element},
                   Type::Array(*element, true),
                   args[0].nullable || args[1].nullable,
                   {}};
}

// The binder names the fields.
Result<Signature> ArraysZip(const FunctionEntry& entry, Infos args) {
  Signature signature{.arguments = {}, .result = Type(), .nullable = AnyNullable(args)};
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.Is(TypeId::kArray)) return WrongArgument(entry, args, i, "an array");
    signature.arguments.push_back(args[i].type);
  }
  return signature;
}

constexpr FunctionEntry kEntries[] = {
    {"array_insert", kScalar, 3, 3, ArrayInsert, ""},
    {"arrays_zip", kScalar, 1, -1, ArraysZip, ""},
    {"map_concat", kScalar, 1, -1, MapConcat, ""},
    {"map_filter", kScalar, 2, 2, OfEntries, ""},
    {"map_zip_with", kScalar, 3, 3, MapZipWith, ""},
    {"transform_keys", kScalar, 2, 2, OfEntries, ""},
    {"transform_values", kScalar, 2, 2, OfEntries, ""},
    {"zip_with", kScalar, 3, 3, ZipWith, ""},
};

}  // namespace

std::span<const FunctionEntry> MapEntries() { return kEntries; }

}  // namespace oresmith::sql
