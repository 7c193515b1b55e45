// Functions that Spark itself defines by others, and those whose constants must be translated.

#include <cctype>
#include <utility>

#include "sql/binder_internal.h"
#include "sql/java_regex.h"
#include "sql/json_text.h"

namespace oresmith::sql {
namespace {

constexpr const char* kDefaultTimePattern = "yyyy-MM-dd HH:mm:ss";

// Java's replacement text ($1, \$) in RE2's words (\1, $).
std::optional<std::string> TranslateReplacement(std::string_view java) {
  std::string re2;
  for (size_t i = 0; i < java.size(); ++i) {
    const char c = java[i];
    const char next = i + 1 < java.size() ? java[i + 1] : '\0';
    if (c == '\\') {
      if (next == '\0') return std::nullopt;
      if (next == '\\') re2 += '\\';
      re2 += next;
      ++i;
    } else if (c == '$') {
      if (std::isdigit(static_cast<unsigned char>(next)) == 0) return std::nullopt;
      re2 += '\\';
      re2 += next;
      ++i;
    } else {
      re2 += c;
    }
  }
  return re2;
}

std::string ZipName(const Expr& expr, size_t index) {
  if (const auto* name = std::get_if<NameRef>(&expr.node)) return name->parts.back().text;
  if (const auto* field = std::get_if<FieldAccess>(&expr.node)) return field->field.text;
  return std::to_string(index);
}

}  // namespace

Result<std::optional<BoundPtr>> Binder::BindRewritten(const FunctionCall& call,
                                                      std::string_view name, Span span,
                                                      ExprScope& scope) {
  const size_t count = call.args.size();
  const auto some = [](Result<BoundPtr> bound) -> Result<std::optional<BoundPtr>> {
    if (!bound) return Fail(std::move(bound).error());
    return std::optional<BoundPtr>(*std::move(bound));
  };
  if (name == "concat" && count > 0) return some(BindConcat(call, span, scope));
  if (name == "regexp_replace") return some(BindRegexReplace(call, span, scope));
  if (name == "arrays_zip" && count > 0) return some(BindArraysZip(call, span, scope));
  const bool to_time = name == "to_date" || name == "to_timestamp" || name == "try_to_date" ||
                       name == "try_to_timestamp";
  if (to_time && (count == 1 || count == 2)) return some(BindToTime(call, name, span, scope));
  if ((name == "to_timestamp_ltz" || name == "to_timestamp_ntz") && (count == 1 || count == 2)) {
    return some(BindToClock(call, name, span, scope));
  }
  if (name == "localtimestamp" && count == 0) {
    TRY(BoundPtr now, MakeCall("current_timestamp", {}, span));
    return some(CastTo(std::move(now), Type(TypeId::kTimestampNtz)));
  }
  if (name == "schema_of_json" && count == 1) return some(BindSchemaOfJson(call, span));
  if (name == "from_unixtime" && (count == 1 || count == 2)) {
    return some(BindFromUnixTime(call, span, scope));
  }
  if ((name == "unix_timestamp" || name == "to_unix_timestamp") && count <= 2) {
    return some(BindUnixTimestamp(call, span, scope));
  }
  if (name == "typeof" && count == 1) {
    TRY(const BoundPtr operand, BindExpr(*call.args[0], scope));
    return std::optional<BoundPtr>(StringConstant(operand->type.ToSimpleString(), span));
  }
  if (name == "current_timezone" && count == 0) {
    return std::optional<BoundPtr>(StringConstant(options_.time_zone, span));
  }
  return std::nullopt;
}

// concat(a, b, c) is (a || b) || c: NULL when one of them is.
Result<BoundPtr> Binder::BindConcat(const FunctionCall& call, Span span, ExprScope& scope) {
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  BoundPtr joined = std::move(args[0]);
  if (args.size() == 1 && !joined->type.Is(TypeId::kArray) && !joined->type.Is(TypeId::kBinary)) {
    return CastImplicitly(std::move(joined), Type(TypeId::kString), "concat");
  }
  for (size_t i = 1; i < args.size(); ++i) {
    std::vector<BoundPtr> pair;
    pair.push_back(std::move(joined));
    pair.push_back(std::move(args[i]));
    TRY(joined, MakeCall("||", std::move(pair), span));
  }
  return joined;
}

Result<BoundPtr> Binder::BindRegexReplace(const FunctionCall& call, Span span, ExprScope& scope) {
  if (call.args.size() != 3) {
    return Unsupported(span, "regexp_replace: only with a text, a pattern and a replacement");
  }
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  const auto replacement = FoldToText(*call.args[2]);
  if (!replacement) {
    return Unsupported(call.args[2]->span, "regexp_replace: the replacement must be a constant");
  }
  const auto pattern = FoldToText(*call.args[1]);
  const auto regex = pattern ? TranslateJavaRegex(*pattern) : Result<JavaRegex>();
  const bool by_name = replacement->find("${") != std::string::npos;
  if (pattern && regex && (regex->needs_pcre || by_name)) {
    return MakeCall("regexp_replace:java", std::move(args), span);
  }
  const auto translated = TranslateReplacement(*replacement);
  if (!translated) {
    return Unsupported(call.args[2]->span,
                       "regexp_replace: '{}' is not supported; a group is written $1",
                       *replacement);
  }
  args[2] = StringConstant(*translated, call.args[2]->span);
  return MakeCall("regexp_replace", std::move(args), span);
}

// The fields are called after the arguments, or 0 and 1.
Result<BoundPtr> Binder::BindArraysZip(const FunctionCall& call, Span span, ExprScope& scope) {
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  std::vector<types::Field> fields;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i]->type.Is(TypeId::kArray)) {
      return Invalid(args[i]->span, "arrays_zip: argument {} is {}, not an array", i + 1,
                     args[i]->type.ToSql());
    }
    fields.push_back({.name = ZipName(*call.args[i], i),
                      .type = args[i]->type.element(),
                      .nullable = true,
                      .comment = {}});
  }
  TRY(BoundPtr zipped, MakeCall("arrays_zip", std::move(args), span));
  zipped->type = Type::Array(Type::Struct(std::move(fields)), false);
  return zipped;
}

// to_date(x) and to_timestamp(x) without a pattern are casts; with one they parse text.
Result<BoundPtr> Binder::BindToTime(const FunctionCall& call, std::string_view name, Span span,
                                    ExprScope& scope) {
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  if (args.size() == 2 && args[0]->type.Is(TypeId::kString)) {
    return MakeCall(name, std::move(args), span);
  }
  const Type type(name.ends_with("date") ? TypeId::kDate : TypeId::kTimestamp);
  if (!CanCastExplicitly(args[0]->type, type)) {
    return Invalid(span, "{}: {} is no date or time", name, args[0]->type.ToSql());
  }
  if (!name.starts_with("try_")) return CastTo(std::move(args[0]), type);
  return MakeExpr(type, true, span, BoundCast{std::move(args[0]), CastMode::kTry});
}

// schema_of_json('...'): the type of a constant, as text.
Result<BoundPtr> Binder::BindSchemaOfJson(const FunctionCall& call, Span span) {
  const auto text = FoldToText(*call.args[0]);
  if (!text) return Invalid(call.args[0]->span, "schema_of_json: the text must be a constant");
  const auto node = ReadJson(*text);
  if (!node) return Invalid(call.args[0]->span, "schema_of_json: this is not JSON");
  return StringConstant(WithoutVoid(InferJsonType(*node)).ToSql(), span);
}

// to_timestamp_ltz(x [, pattern]) and to_timestamp_ntz.
Result<BoundPtr> Binder::BindToClock(const FunctionCall& call, std::string_view name, Span span,
                                     ExprScope& scope) {
  if (name.ends_with("ltz")) return BindToTime(call, "to_timestamp", span, scope);
  if (call.args.size() == 1) {
    TRY(BoundPtr operand, BindExpr(*call.args[0], scope));
    return CastTo(std::move(operand), Type(TypeId::kTimestampNtz));
  }
  const auto pattern = FoldToText(*call.args[1]);
  if (!pattern || pattern->find_first_of("XxZzVO") != std::string::npos ||
      options_.time_zone != "UTC") {
    return Unsupported(span, "{}: only in UTC, with a constant pattern without a zone", name);
  }
  TRY(BoundPtr instant, BindToTime(call, "to_timestamp", span, scope));
  return CastTo(std::move(instant), Type(TypeId::kTimestampNtz));
}

// from_unixtime(seconds [, pattern]) is date_format(timestamp_seconds(seconds), pattern).
Result<BoundPtr> Binder::BindFromUnixTime(const FunctionCall& call, Span span, ExprScope& scope) {
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  std::vector<BoundPtr> seconds(1);
  TRY(seconds[0],
      CastImplicitly(std::move(args[0]), Type(TypeId::kLong), "from_unixtime: the seconds"));
  std::vector<BoundPtr> formatted(2);
  TRY(formatted[0], MakeCall("timestamp_seconds", std::move(seconds), span));
  formatted[1] = args.size() == 2 ? std::move(args[1]) : StringConstant(kDefaultTimePattern, span);
  return MakeCall("date_format", std::move(formatted), span);
}

// unix_timestamp([time [, pattern]]): the pattern counts for text only.
Result<BoundPtr> Binder::BindUnixTimestamp(const FunctionCall& call, Span span, ExprScope& scope) {
  TRY(std::vector<BoundPtr> args, BindArguments(call.args, scope));
  std::vector<BoundPtr> time(1);
  if (args.empty()) {
    TRY(time[0], MakeCall("current_timestamp", {}, span));
  } else if (args[0]->type.Is(TypeId::kString)) {
    if (args.size() == 1) args.push_back(StringConstant(kDefaultTimePattern, span));
    TRY(time[0], MakeCall("to_timestamp", std::move(args), span));
  } else {
    time[0] = std::move(args[0]);
  }
  return MakeCall("unix_seconds:cut", std::move(time), span);
}

}  // namespace oresmith::sql
