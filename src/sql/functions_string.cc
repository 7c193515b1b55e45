// Text, binary values and hashes.

#include <algorithm>

#include "sql/functions_internal.h"
#include "sql/java_regex.h"

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

Result<Signature> ConcatWithSeparator(const FunctionEntry& entry, Infos args) {
  const Type strings = Type::Array(Type(kStr), true);
  TRY(Type separator, AcceptArgument(entry, args, 0, kStr));
  Signature signature{
      .arguments = {std::move(separator)}, .result = Type(kStr), .nullable = args[0].nullable};
  for (size_t i = 1; i < args.size(); ++i) {
    if (!args[i].type.Is(TypeId::kArray)) {
      TRY(Type type, AcceptArgument(entry, args, i, kStr));
      signature.arguments.push_back(std::move(type));
      continue;
    }
    if (!CanCastImplicitly(args[i].type, strings)) {
      return WrongArgument(entry, args, i, "an array of texts");
    }
    signature.arguments.push_back(strings);
    signature.overload = args.size() == 2 ? "concat_ws:array" : "concat_ws:mixed";
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
  const bool binary = args[0].type.Is(kBin);
  TRY(Type type, AcceptArgument(entry, args, 0, binary ? kBin : kStr));
  Signature signature{{std::move(type)}, Type(kStr), args[0].nullable, {}};
  if (args.size() == 2) {
    if (!args[1].number || (*args[1].number != 0 && *args[1].number != 256)) {
      return Fail(ErrorKind::kUnsupported, "{}: only with 256 bits", entry.name);
    }
    signature.arguments.emplace_back(kInt);
  }
  return signature;
}

// Text with one place or two: substring(s, from [, count]).
Result<Signature> Substring(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(kBin)) {
    TRY(Signature signature, (Fixed<kArgs, kBin, kBin, kInt, kInt>(entry, args)));
    signature.overload = "substring:binary";
    return signature;
  }
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kInt, kInt>(entry, args)));
  if (args.size() == 2) signature.overload = "substring:from";
  return signature;
}

Result<Signature> Pad(const FunctionEntry& entry, Infos args) {
  const bool binary = args[0].type.Is(kBin);
  if (binary && (args.size() == 2 || args[2].type.Is(kBin))) {
    TRY(Signature signature, (Fixed<kArgs, kBin, kBin, kInt, kBin>(entry, args)));
    signature.overload = entry.name == "lpad" ? "lpad:binary" : "rpad:binary";
    return signature;
  }
  if (binary) return Fail(ErrorKind::kUnsupported, "{}: of BINARY with a text", entry.name);
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kInt, kStr>(entry, args)));
  if (args.size() == 2) signature.overload = entry.name == "lpad" ? "lpad:blank" : "rpad:blank";
  return signature;
}

// ltrim(text) or, in this order, ltrim(characters, text).
Result<Signature> TrimSide(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr>(entry, args)));
  if (args.size() == 2) signature.overload = entry.name == "ltrim" ? "ltrim:of" : "rtrim:of";
  return signature;
}

Result<Signature> Trim(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr>(entry, args)));
  if (args.size() == 2) signature.overload = "btrim:of";
  return signature;
}

Result<Signature> Locate(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kArgs, kInt, kStr, kStr, kInt>(entry, args)));
  if (args.size() == 3) signature.overload = "locate:from";
  return signature;
}

Result<Signature> Replace(const FunctionEntry& entry, Infos args) {
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr, kStr>(entry, args)));
  if (args.size() == 2) signature.overload = "replace:remove";
  return signature;
}

// split(s, regex [, limit])
Result<Signature> Split(const FunctionEntry& entry, Infos args) {
  TRY(const bool pcre, NeedsPcre(entry, args[1]));
  const bool limited = args.size() == 3 && args[2].number.value_or(1) > 0;
  if (limited && (args[1].constant == nullptr || args[1].constant->empty())) {
    return Fail(ErrorKind::kUnsupported,
                "split: a limit needs a constant pattern that is not empty");
  }
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr, kInt>(entry, args)));
  signature.result = Type::Array(Type(kStr), false);
  // A text without special characters is searched as it is.
  const bool plain = args[1].constant != nullptr && !args[1].constant->empty() &&
                     args[1].constant->find_first_of("\\^$.|?*+()[]{}") == std::string::npos;
  if (plain) signature.overload = "split:plain";
  // Nothing as the pattern gives the characters, without the empty text that Java has at the end.
  const bool characters = args[1].constant != nullptr && args[1].constant->empty();
  if ((pcre && !characters) || limited) signature.overload = "split:java";
  return signature;
}

Result<Signature> RegexExtract(const FunctionEntry& entry, Infos args) {
  TRY(const bool pcre, NeedsPcre(entry, args[1]));
  if (args[1].constant == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the pattern must be a constant", entry.name);
  }
  TRY(const JavaRegex regex, TranslateJavaRegex(*args[1].constant));
  if (args.size() == 3 && (!args[2].number || *args[2].number < 0 || *args[2].number > 9)) {
    return Fail(ErrorKind::kUnsupported, "{}: the group must be a constant from 0 to 9",
                entry.name);
  }
  const int64_t group = args.size() == 3 ? *args[2].number : 1;
  if (group > regex.groups) {
    return Fail(
        ErrorKind::kInvalidInput,
        "{}: the pattern '{}' has {} groups, and group {} is asked for; 0 is the whole match",
        entry.name, *args[1].constant, regex.groups, group);
  }
  TRY(Signature signature, (Fixed<kArgs, kStr, kStr, kStr, kInt>(entry, args)));
  const bool all = entry.name == "regexp_extract_all";
  if (all) signature.result = Type::Array(Type(kStr), false);
  if (args.size() == 2)
    signature.overload = all ? "regexp_extract_all:first" : "regexp_extract:first";
  if (pcre) signature.overload = all ? "regexp_extract_all:java" : "regexp_extract:java";
  return signature;
}

// The binder takes the overload: the replacement is written otherwise there.
Result<Signature> RegexReplace(const FunctionEntry& entry, Infos args) {
  TRY_DO(NeedsPcre(entry, args[1]));
  return Fixed<kArgs, kStr, kStr, kStr, kStr>(entry, args);
}

Result<Signature> RegexCount(const FunctionEntry& entry, Infos args) {
  TRY(const bool pcre, NeedsPcre(entry, args[1]));
  TRY(Signature signature, (Fixed<kArgs, kInt, kStr, kStr>(entry, args)));
  if (pcre) signature.overload = "regexp_count:java";
  return signature;
}

Result<Signature> RegexPosition(const FunctionEntry& entry, Infos args) {
  TRY_DO(NeedsPcre(entry, args[1]));
  if (args[1].constant == nullptr) {
    return Fail(ErrorKind::kUnsupported, "{}: the pattern must be a constant", entry.name);
  }
  return Fixed<kArgs, kInt, kStr, kStr, kInt>(entry, args);
}

Result<Signature> RegexSubstring(const FunctionEntry& entry, Infos args) {
  TRY(const bool pcre, NeedsPcre(entry, args[1]));
  TRY(Signature signature, (Fixed<kAlways, kStr, kStr, kStr>(entry, args)));
  if (pcre) signature.overload = "regexp_substr:java";
  return signature;
}

Result<Signature> Reverse(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(kBin)) {
    return Signature{{args[0].type}, args[0].type, args[0].nullable, "reverse:binary"};
  }
  if (args[0].type.Is(TypeId::kArray)) {
    return Signature{{args[0].type}, args[0].type, args[0].nullable, "reverse:array"};
  }
  return Fixed<kArgs, kStr, kStr>(entry, args);
}

// contains, startswith and endswith.
Result<Signature> Test(const FunctionEntry& entry, Infos args) {
  if (!args[0].type.Is(kBin) || !args[1].type.Is(kBin)) {
    return Fixed<kArgs, kBool, kStr, kStr>(entry, args);
  }
  TRY(Signature signature, (Fixed<kArgs, kBool, kBin, kBin>(entry, args)));
  signature.overload = entry.name == "contains"     ? "contains:binary"
                       : entry.name == "startswith" ? "startswith:binary"
                                                    : "endswith:binary";
  return signature;
}

// mask(text [, upper [, lower [, digit [, other]]]]): constants of one character, or NULL.
Result<Signature> Mask(const FunctionEntry& entry, Infos args) {
  for (size_t i = 1; i < args.size(); ++i) {
    if (args[i].type.Is(TypeId::kVoid)) continue;
    const std::string* by = args[i].constant;
    const bool one =
        by != nullptr && !by->empty() && std::count_if(by->begin(), by->end(), [](char c) {
                                           return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                                         }) == 1;
    if (!one) return WrongArgument(entry, args, i, "a constant of one character");
  }
  return Fixed<kArgs, kStr, kStr, kStr, kStr, kStr, kStr>(entry, args);
}

// Bytes that may be no text are taken as they are.
Result<Signature> Utf8Test(const FunctionEntry& entry, Infos args) {
  const bool binary = args[0].type.Is(kBin);
  TRY(Type type, AcceptArgument(entry, args, 0, binary ? kBin : kStr));
  Signature signature{{std::move(type)}, Type(kStr), args[0].nullable, {}};
  if (entry.name == "is_valid_utf8") signature.result = Type(kBool);
  if (entry.name == "try_validate_utf8") signature.nullable = true;
  return signature;
}

// elt(n, a, b, ...): texts, or binary values.
Result<Signature> Elt(const FunctionEntry& entry, Infos args) {
  TRY(Type index, AcceptArgument(entry, args, 0, kInt));
  const bool binary = std::all_of(args.begin() + 1, args.end(),
                                  [](const ArgumentInfo& arg) { return arg.type.Is(kBin); });
  const TypeId wanted = binary ? kBin : kStr;
  Signature signature{.arguments = {std::move(index)}, .result = Type(wanted), .nullable = true};
  for (size_t i = 1; i < args.size(); ++i) {
    TRY(Type type, AcceptArgument(entry, args, i, wanted));
    signature.arguments.push_back(std::move(type));
  }
  return signature;
}

// overlay(input, replacement, position [, length])
Result<Signature> Overlay(const FunctionEntry& entry, Infos args) {
  if (args[0].type.Is(kBin) && args[1].type.Is(kBin)) {
    return Fixed<kArgs, kBin, kBin, kBin, kInt, kInt>(entry, args);
  }
  return Fixed<kArgs, kStr, kStr, kStr, kInt, kInt>(entry, args);
}

constexpr ResolveFunction kText = Fixed<kArgs, kStr, kStr>;

constexpr FunctionEntry kEntries[] = {
    {"||", kScalar, 2, 2, Concat, "({0} || {1})"},
    {"||:array", kScalar, 2, 2, Concat,
     "(CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL THEN list_concat({0}, {1}) END)"},
    {"ascii", kScalar, 1, 1, Fixed<kArgs, kInt, kStr>, "ascii({0})"},
    {"to_base32", kScalar, 1, 1, Fixed<kArgs, kStr, kBin>, ""},
    {"from_base32", kScalar, 1, 1, Fixed<kArgs, kBin, kStr>, ""},
    {"base64", kScalar, 1, 1, Fixed<kArgs, kStr, kBin>, "base64({0})"},
    {"bit_length", kScalar, 1, 1,
     [](const FunctionEntry& entry, Infos args) -> Result<Signature> {
       TRY(Signature signature, Length(entry, args));
       if (args[0].type.Is(kBin)) signature.overload = "bit_length:binary";
       return signature;
     },
     "CAST(strlen({0}) * 8 AS INTEGER)"},
    {"bit_length:binary", kScalar, 1, 1, Length, "CAST(octet_length({0}) * 8 AS INTEGER)"},
    {"regexp_substr", kScalar, 2, 2, RegexSubstring, "nullif(regexp_extract({0}, {1}, 0), '')"},
    {"regexp_substr:java", kScalar, 2, 2, RegexSubstring, ""},
    {"btrim", kScalar, 1, 2, Trim, "trim({0}, ' ')"},
    {"btrim:of", kScalar, 2, 2, Trim, "trim({0}, {1})"},
    {"char", kScalar, 1, 1, Fixed<kArgs, kStr, kLong>,
     "(CASE WHEN {0} < 0 THEN '' ELSE chr(CAST({0} % 256 AS INTEGER)) END)"},
    {"char_length", kScalar, 1, 1, Length, "CAST(length({0}) AS INTEGER)"},
    {"octet_length:binary", kScalar, 1, 1, Length, "CAST(octet_length({0}) AS INTEGER)"},
    {"concat_ws", kScalar, 1, -1, ConcatWithSeparator, "concat_ws({*}, NULL)"},
    {"concat_ws:array", kScalar, 2, 2, ConcatWithSeparator,
     "(CASE WHEN {0} IS NOT NULL THEN coalesce(array_to_string({1}, {0}), '') END)"},
    {"contains", kScalar, 2, 2, Test, "contains({0}, {1})"},
    {"endswith", kScalar, 2, 2, Test, "ends_with({0}, {1})"},
    {"find_in_set", kScalar, 2, 2, Fixed<kArgs, kInt, kStr, kStr>,
     "(CASE WHEN {0} IS NULL OR {1} IS NULL THEN NULL WHEN contains({0}, ',') THEN 0 ELSE "
     "coalesce(list_position(string_split({1}, ','), {0}), 0) END)"},
    {"initcap", kScalar, 1, 1, kText,
     "array_to_string(list_transform(string_split(lower({0}), ' '), lambda w: CASE WHEN w[1] = "
     "'ß' THEN w ELSE upper(w[1]) || w[2:] END), ' ')"},
    {"instr", kScalar, 2, 2, Fixed<kArgs, kInt, kStr, kStr>, "CAST(instr({0}, {1}) AS INTEGER)"},
    {"left", kScalar, 2, 2, Fixed<kArgs, kStr, kStr, kInt>,
     "substring({0}, 1, CASE WHEN {1} < 0 THEN 0 ELSE {1} END)"},
    {"right", kScalar, 2, 2, Fixed<kArgs, kStr, kStr, kInt>,
     "right({0}, CASE WHEN {1} < 0 THEN 0 ELSE {1} END)"},
    {"locate", kScalar, 2, 3, Locate, "CAST(instr({1}, {0}) AS INTEGER)"},
    {"locate:from", kScalar, 3, 3, Locate,
     "(CASE WHEN {2} >= 1 AND {0} = '' AND {1} IS NOT NULL THEN 1 "
     "WHEN {2} < 1 OR instr(substring({1}, {2}), {0}) = 0 THEN 0 WHEN {2} > length({1}) + 1 "
     "THEN 0 ELSE instr(substring({1}, {2}), {0}) + {2} - 1 END)"},
    {"lower", kScalar, 1, 1, kText, "lower(replace({0}, 'İ', 'i̇'))"},
    {"lpad", kScalar, 2, 3, Pad,
     "(CASE WHEN {2} = '' THEN substring({0}, 1, CASE WHEN {1} < 0 THEN 0 ELSE {1} END) ELSE "
     "lpad({0}, {1}, {2}) END)"},
    {"lpad:blank", kScalar, 2, 2, Pad, "lpad({0}, {1}, ' ')"},
    {"rpad", kScalar, 2, 3, Pad,
     "(CASE WHEN {2} = '' THEN substring({0}, 1, CASE WHEN {1} < 0 THEN 0 ELSE {1} END) ELSE "
     "rpad({0}, {1}, {2}) END)"},
    {"rpad:blank", kScalar, 2, 2, Pad, "rpad({0}, {1}, ' ')"},
    {"ltrim", kScalar, 1, 2, TrimSide, "ltrim({0}, ' ')"},
    {"ltrim:of", kScalar, 2, 2, TrimSide, "ltrim({1}, {0})"},
    {"rtrim", kScalar, 1, 2, TrimSide, "rtrim({0}, ' ')"},
    {"rtrim:of", kScalar, 2, 2, TrimSide, "rtrim({1}, {0})"},
    {"md5", kScalar, 1, 1, Hash, "md5({0})"},
    {"octet_length", kScalar, 1, 1, Length, "CAST(strlen({0}) AS INTEGER)"},
    {"regexp_count", kScalar, 2, 2, RegexCount, "len(regexp_extract_all({0}, {1}))"},
    {"regexp_count:java", kScalar, 2, 2, RegexCount, ""},
    {"regexp_extract:java", kScalar, 2, 3, RegexExtract, ""},
    {"regexp_extract_all:java", kScalar, 2, 3, RegexExtract, ""},
    {"regexp_instr", kScalar, 2, 3, RegexPosition, ""},
    {"regexp_replace:java", kScalar, 3, 3, RegexReplace, ""},
    {"split:java", kScalar, 2, 3, Split, ""},
    {"regexp_extract", kScalar, 2, 3, RegexExtract, "regexp_extract({0}, {1}, {2})"},
    {"regexp_extract:first", kScalar, 2, 2, RegexExtract, "regexp_extract({0}, {1}, 1)"},
    {"regexp_extract_all", kScalar, 2, 3, RegexExtract,
     "list_transform(regexp_extract_all({0}, {1}, {2}), lambda e: coalesce(e, ''))"},
    {"regexp_extract_all:first", kScalar, 2, 2, RegexExtract,
     "list_transform(regexp_extract_all({0}, {1}, 1), lambda e: coalesce(e, ''))"},
    // The replacement has been translated from Java's $1 by the binder.
    {"regexp_replace", kScalar, 3, 3, RegexReplace, "regexp_replace({0}, {1}, {2}, 'g')"},
    {"repeat", kScalar, 2, 2, Fixed<kArgs, kStr, kStr, kInt>, "repeat({0}, {1})"},
    {"replace", kScalar, 2, 3, Replace,
     "(CASE WHEN {1} = '' THEN {0} ELSE replace({0}, {1}, {2}) END)"},
    {"replace:remove", kScalar, 2, 2, Replace,
     "(CASE WHEN {1} = '' THEN {0} ELSE replace({0}, {1}, '') END)"},
    {"reverse", kScalar, 1, 1, Reverse, "array_to_string(list_reverse(string_split({0}, '')), '')"},
    {"reverse:array", kScalar, 1, 1, Reverse, "list_reverse({0})"},
    {"sha1", kScalar, 1, 1, Hash, "sha1({0})"},
    {"sha2", kScalar, 2, 2, Hash, "sha256({0})"},
    {"space", kScalar, 1, 1, Fixed<kArgs, kStr, kInt>, "repeat(' ', {0})"},
    {"split", kScalar, 2, 3, Split,
     "(CASE WHEN {1} IS NOT NULL THEN regexp_split_to_array({0}, {1}) END)"},
    {"split:plain", kScalar, 2, 3, Split, "string_split({0}, {1})"},
    {"split_part", kScalar, 3, 3, Fixed<kArgs, kStr, kStr, kStr, kInt>,
     "(CASE WHEN {2} = 0 THEN error('[INVALID_INDEX_OF_ZERO] The index 0 is invalid.') WHEN "
     "{1} = '' AND abs({2}) = 1 THEN {0} WHEN {1} = '' THEN '' || {0}[0:0] ELSE "
     "split_part({0}, {1}, {2}) END)"},
    {"startswith", kScalar, 2, 2, Test, "starts_with({0}, {1})"},
    {"substring", kScalar, 2, 3, Substring,
     "substring({0}, CASE WHEN {1} = 0 THEN 1 ELSE {1} END, CASE WHEN {2} < 0 THEN 0 ELSE {2} "
     "END)"},
    {"substring:from", kScalar, 2, 2, Substring,
     "substring({0}, CASE WHEN {1} = 0 THEN 1 ELSE {1} END)"},
    {"substring_index", kScalar, 3, 3, Fixed<kArgs, kStr, kStr, kStr, kInt>,
     "(CASE WHEN {1} = '' OR {2} = 0 THEN CASE WHEN {0} IS NOT NULL THEN '' END WHEN {2} > 0 THEN "
     "array_to_string(list_slice(string_split({0}, {1}), 1, {2}), {1}) ELSE "
     "array_to_string(list_slice(string_split({0}, {1}), {2}, -1), {1}) END)"},
    {"translate", kScalar, 3, 3, Fixed<kArgs, kStr, kStr, kStr, kStr>, "translate({0}, {1}, {2})"},
    {"trim", kScalar, 1, 1, kText, "trim({0}, ' ')"},
    // Computed row by row.
    {"concat_ws:mixed", kScalar, 1, -1, ConcatWithSeparator, ""},
    {"contains:binary", kScalar, 2, 2, Test, ""},
    {"startswith:binary", kScalar, 2, 2, Test, ""},
    {"endswith:binary", kScalar, 2, 2, Test, ""},
    {"decode", kScalar, 2, 2, Fixed<kArgs, kStr, kBin, kStr>, ""},
    {"encode", kScalar, 2, 2, Fixed<kArgs, kBin, kStr, kStr>, ""},
    {"elt", kScalar, 2, -1, Elt, ""},
    {"is_valid_utf8", kScalar, 1, 1, Utf8Test, ""},
    {"jaro_winkler_similarity", kScalar, 2, 2, Fixed<kArgs, kDouble, kStr, kStr>, ""},
    {"levenshtein", kScalar, 2, 3, Fixed<kArgs, kInt, kStr, kStr, kInt>, ""},
    {"lpad:binary", kScalar, 2, 3, Pad, ""},
    {"rpad:binary", kScalar, 2, 3, Pad, ""},
    {"make_valid_utf8", kScalar, 1, 1, Utf8Test, ""},
    {"mask", kScalar, 1, 5, Mask, ""},
    {"overlay", kScalar, 3, 4, Overlay, ""},
    {"parse_url", kScalar, 2, 3, Fixed<kAlways, kStr, kStr, kStr, kStr>, ""},
    {"try_parse_url", kScalar, 2, 3, Fixed<kAlways, kStr, kStr, kStr, kStr>, ""},
    {"quote", kScalar, 1, 1, kText, ""},
    {"reverse:binary", kScalar, 1, 1, Reverse, ""},
    {"soundex", kScalar, 1, 1, kText, ""},
    {"substring:binary", kScalar, 2, 3, Substring, ""},
    {"to_binary", kScalar, 1, 2, Fixed<kAlways, kBin, kStr, kStr>, ""},
    {"try_to_binary", kScalar, 1, 2, Fixed<kAlways, kBin, kStr, kStr>, ""},
    {"unbase64", kScalar, 1, 1, Fixed<kArgs, kBin, kStr>, ""},
    {"unhex", kScalar, 1, 1, Fixed<kAlways, kBin, kStr>, ""},
    {"url_decode", kScalar, 1, 1, kText, ""},
    {"try_url_decode", kScalar, 1, 1, Fixed<kAlways, kStr, kStr>, ""},
    {"url_encode", kScalar, 1, 1, kText, ""},
    {"validate_utf8", kScalar, 1, 1, Utf8Test, ""},
    {"try_validate_utf8", kScalar, 1, 1, Utf8Test, ""},
    // Java writes the upper case of ß as SS.
    {"upper", kScalar, 1, 1, kText, "upper(replace({0}, 'ß', 'SS'))"},
};

}  // namespace

std::span<const FunctionEntry> StringEntries() { return kEntries; }

}  // namespace oresmith::sql
