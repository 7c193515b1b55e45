// Numbers and texts by a pattern: format_string, format_number, to_char, to_number.

#include "sql/functions_internal.h"
#include "sql/number_format.h"

namespace oresmith::sql {
namespace {

using namespace shorthand;

// format_number(x, places) or format_number(x, 'pattern').
Result<Signature> FormatNumber(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  const Type number = type.Is(kStr) || type.Is(TypeId::kVoid) ? Type(kDouble) : type;
  if (!number.IsNumeric()) return WrongArgument(entry, args, 0, "a number");
  if (!args[1].type.Is(kStr)) {
    TRY(Type places, AcceptArgument(entry, args, 1, kInt));
    return Signature{{number, std::move(places)}, Type(kStr), true, {}};
  }
  const std::string* pattern = args[1].constant;
  if (pattern == nullptr || pattern->find_first_not_of("#0,.") != std::string::npos) {
    return Fail(ErrorKind::kUnsupported,
                "{}: the pattern must be a constant of #, 0, comma and point", entry.name);
  }
  return Signature{{number, Type(kStr)}, Type(kStr), true, {}};
}

// What one conversion of a Java format takes.
bool Takes(char conversion, const Type& type) {
  if (type.Is(TypeId::kVoid)) return true;
  switch (conversion) {
    case 'd':
    case 'x':
    case 'X':
    case 'o':
      return type.IsIntegral();
    case 'f':
    case 'e':
    case 'E':
      return type.Is(TypeId::kFloat) || type.Is(kDouble);
    case 's':
    case 'S':
      return type.Is(kStr) || type.IsIntegral() || type.Is(kBool) || type.Is(kDouble) ||
             type.Is(TypeId::kDecimal);
    case 'b':
    case 'B':
      return type.Is(kBool);
    default:
      return false;
  }
}

// format_string(format, ...): the conversions that are done here, each with a type that it takes.
Result<Signature> FormatString(const FunctionEntry& entry, Infos args) {
  if (args[0].constant == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the format must be a constant", entry.name);
  }
  const auto pieces = ParsePrintf(*args[0].constant);
  if (!pieces) {
    return Fail(ErrorKind::kUnsupported, "{}: this format is not supported: {}", entry.name,
                *args[0].constant);
  }
  for (const PrintfPiece& piece : *pieces) {
    if (piece.conversion == 0) continue;
    const auto index = static_cast<size_t>(piece.argument) + 1;
    if (index >= args.size()) {
      return Fail(ErrorKind::kInvalidInput, "{}: the format has more conversions than arguments",
                  entry.name);
    }
    if (!Takes(piece.conversion, args[index].type)) {
      return Fail(ErrorKind::kUnsupported, "{}: %{} of {} is not supported", entry.name,
                  piece.conversion, args[index].type.ToSql());
    }
  }
  Signature signature{.arguments = {}, .result = Type(kStr), .nullable = false};
  for (const ArgumentInfo& arg : args) signature.arguments.push_back(arg.type);
  return signature;
}

Result<NumberFormat> FormatOf(const FunctionEntry& entry, Infos args) {
  if (args[1].constant == nullptr) return WrongArgument(entry, args, 1, "a constant format");
  auto format = ParseNumberFormat(*args[1].constant);
  if (!format) return Fail(std::move(format).error().Within(entry.name));
  return format;
}

Result<Signature> ToNumber(const FunctionEntry& entry, Infos args) {
  TRY(const NumberFormat format, FormatOf(entry, args));
  TRY(Type text, AcceptArgument(entry, args, 0, kStr));
  return Signature{{std::move(text), Type(kStr)},
                   Type::Decimal(format.precision(), format.scale()),
                   args[0].nullable || entry.name.starts_with("try_"),
                   {}};
}

// to_char of a number; of a time it is date_format, of binary a text in some base.
Result<Signature> ToChar(const FunctionEntry& entry, Infos args) {
  const Type& type = args[0].type;
  if (type.Is(kDate) || type.Is(kTs) || type.Is(TypeId::kTimestampNtz)) {
    TRY(Signature signature, (Fixed<kArgs, kStr, kTs, kStr>(entry, args)));
    signature.overload = "date_format";
    return signature;
  }
  if (type.Is(kBin)) {
    return Signature{{type, Type(kStr)}, Type(kStr), args[0].nullable, "to_char:binary"};
  }
  TRY(const NumberFormat format, FormatOf(entry, args));
  static_cast<void>(format);
  const bool number = type.IsNumeric() || type.Is(kStr);
  if (!number) return WrongArgument(entry, args, 0, "a number");
  const Type decimal = type.Is(kStr) ? Type::Decimal(38, 18) : DecimalFor(type);
  return Signature{{decimal, Type(kStr)}, Type(kStr), args[0].nullable, {}};
}

// str_to_map(text [, between pairs [, between key and value]]): regular expressions, here only
// those which are plain text.
Result<Signature> StringToMap(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr, kStr>(entry, args)));
  for (size_t i = 1; i < args.size(); ++i) {
    const std::string* text = args[i].constant;
    if (text == nullptr || text->empty() ||
        text->find_first_of("\\^$.|?*+()[]{}") != std::string::npos) {
      return Fail(ErrorKind::kUnsupported,
                  "{}: a separator must be a constant without signs of "
                  "regular expressions",
                  entry.name);
    }
  }
  signature.result = Type::Map(Type(kStr), Type(kStr), true);
  return signature;
}

constexpr FunctionEntry kEntries[] = {
    {"format_number", kScalar, 2, 2, FormatNumber, ""},
    {"format_string", kScalar, 1, -1, FormatString, ""},
    {"printf", kScalar, 1, -1, FormatString, ""},
    {"to_number", kScalar, 2, 2, ToNumber, ""},
    {"try_to_number", kScalar, 2, 2, ToNumber, ""},
    {"to_char", kScalar, 2, 2, ToChar, ""},
    {"to_varchar", kScalar, 2, 2, ToChar, ""},
    {"str_to_map", kScalar, 1, 3, StringToMap, ""},
    {"to_char:binary", kScalar, 2, 2, ToChar, ""},
};

}  // namespace

std::span<const FunctionEntry> FormatEntries() { return kEntries; }

}  // namespace oresmith::sql
