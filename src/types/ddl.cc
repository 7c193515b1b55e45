// Data types and column lists in SQL text. A parser over the bytes, without a token list: the SQL
// parser calls it in the middle of a statement, and DDL strings in options stand alone.

#include <fmt/format.h>

#include <array>
#include <cctype>
#include <charconv>
#include <optional>

#include "types/text_internal.h"
#include "types/type.h"

namespace oresmith::types {
namespace {

struct PlainName {
  std::string_view name;
  TypeId id;
};

constexpr std::array<PlainName, 20> kPlainNames{{
    {"void", TypeId::kVoid},
    {"boolean", TypeId::kBoolean},
    {"tinyint", TypeId::kByte},
    {"byte", TypeId::kByte},
    {"smallint", TypeId::kShort},
    {"short", TypeId::kShort},
    {"int", TypeId::kInt},
    {"integer", TypeId::kInt},
    {"bigint", TypeId::kLong},
    {"long", TypeId::kLong},
    {"float", TypeId::kFloat},
    {"real", TypeId::kFloat},
    {"double", TypeId::kDouble},
    {"string", TypeId::kString},
    {"binary", TypeId::kBinary},
    {"date", TypeId::kDate},
    {"timestamp", TypeId::kTimestamp},
    {"timestamp_ltz", TypeId::kTimestamp},
    {"timestamp_ntz", TypeId::kTimestampNtz},
    {"variant", TypeId::kVariant},
}};

/// A name that people write, and Spark has (kUnsupported) or has not (kInvalidInput).
struct Refused {
  std::string_view name;
  ErrorKind kind;
  std::string_view fix;
};

constexpr std::array<Refused, 12> kRefusedNames{{
    {"char", ErrorKind::kUnsupported, "write STRING"},
    {"character", ErrorKind::kUnsupported, "write STRING"},
    {"varchar", ErrorKind::kUnsupported, "write STRING"},
    {"time", ErrorKind::kUnsupported, "write STRING, or TIMESTAMP_NTZ with a date"},
    {"geometry", ErrorKind::kUnsupported, "write BINARY or STRING"},
    {"geography", ErrorKind::kUnsupported, "write BINARY or STRING"},
    {"object", ErrorKind::kUnsupported, "write VARIANT or STRING"},
    {"datetime", ErrorKind::kInvalidInput, "write TIMESTAMP, or TIMESTAMP_NTZ without a zone"},
    {"text", ErrorKind::kInvalidInput, "write STRING"},
    {"bool", ErrorKind::kInvalidInput, "write BOOLEAN"},
    {"int64", ErrorKind::kInvalidInput, "write BIGINT"},
    {"null", ErrorKind::kInvalidInput, "write VOID"},
}};

bool IsNameByte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// A name as it stands in the text; `begin == end` when there is none.
struct Word {
  std::string text;
  bool quoted = false;
  size_t begin = 0;
  size_t end = 0;

  bool Is(std::string_view keyword) const { return !quoted && EqualsIgnoringCase(text, keyword); }
};

class DdlParser {
 public:
  explicit DdlParser(std::string_view text) : text_(text) {}

  Result<Type> ParseOneType();
  /// Columns up to the closing bracket or the end; the colon after a name may be left out.
  Result<std::vector<Field>> ParseFields(char close);

  size_t end() const { return last_end_; }
  size_t error_begin() const { return error_begin_; }
  size_t error_end() const { return error_end_; }
  bool AtEnd() {
    SkipSpace();
    return position_ >= text_.size();
  }
  tl::unexpected<Error> FailHere(std::string_view expected);

 private:
  void SkipSpace();
  char Peek();
  bool Take(char c);
  Word PeekWord();
  bool TakeKeyword(std::string_view keyword);
  void Advance(const Word& word) { last_end_ = position_ = word.end; }
  Status Expect(char c, std::string_view purpose);
  Result<Field> ParseField();
  Result<std::string> ParseComment();
  Result<int> ParseInteger(std::string_view what);
  Result<Type> ParseDecimal(const Word& word);
  Result<Type> ParseInterval(const Word& word);
  Result<Type> ParseTimestamp(const Word& word);
  Result<Type> ParseNested(const Word& word);
  Result<Type> ParseNamed(const Word& word);
  tl::unexpected<Error> FailAt(size_t begin, size_t end, Error error);

  std::string_view text_;
  size_t position_ = 0;
  size_t last_end_ = 0;  // end of the last thing taken, before any space
  int depth_ = 0;
  size_t error_begin_ = 0;
  size_t error_end_ = 0;
};

void DdlParser::SkipSpace() {
  while (position_ < text_.size()) {
    const std::string_view rest = text_.substr(position_);
    if (std::isspace(static_cast<unsigned char>(rest[0])) != 0) {
      ++position_;
    } else if (rest.starts_with("--")) {
      position_ += std::min(rest.find('\n'), rest.size());
    } else if (rest.starts_with("/*")) {
      const size_t close = rest.find("*/", 2);
      position_ += close == std::string_view::npos ? rest.size() : close + 2;
    } else {
      return;
    }
  }
}

char DdlParser::Peek() {
  SkipSpace();
  return position_ < text_.size() ? text_[position_] : '\0';
}

bool DdlParser::Take(char c) {
  if (AtEnd() || Peek() != c) return false;
  last_end_ = ++position_;
  return true;
}

Word DdlParser::PeekWord() {
  SkipSpace();
  Word word{.text = {}, .quoted = false, .begin = position_, .end = position_};
  if (Peek() != '`') {
    while (word.end < text_.size() && IsNameByte(text_[word.end])) ++word.end;
    word.text = std::string(text_.substr(word.begin, word.end - word.begin));
    return word;
  }
  word.quoted = true;
  for (size_t i = position_ + 1; i < text_.size(); ++i) {
    const bool quote = text_[i] == '`';
    if (quote && (i + 1 >= text_.size() || text_[i + 1] != '`')) {
      word.end = i + 1;
      return word;
    }
    if (quote) ++i;
    word.text += text_[i];
  }
  return Word{.text = {}, .quoted = false, .begin = position_, .end = position_};
}

bool DdlParser::TakeKeyword(std::string_view keyword) {
  const Word word = PeekWord();
  if (!word.Is(keyword)) return false;
  Advance(word);
  return true;
}

tl::unexpected<Error> DdlParser::FailAt(size_t begin, size_t end, Error error) {
  error_begin_ = begin;
  error_end_ = std::max(end, begin);
  return Fail(std::move(error).At(PlaceInText(text_, begin, end)));
}

tl::unexpected<Error> DdlParser::FailHere(std::string_view expected) {
  if (AtEnd()) {
    return FailAt(text_.size(), text_.size(),
                  MakeError(ErrorKind::kInvalidInput,
                            "parse type: expected {}, found the end of the text", expected));
  }
  Word word = PeekWord();
  if (word.begin == word.end) word.end = position_ + 1;
  const std::string_view found = text_.substr(word.begin, word.end - word.begin);
  return FailAt(
      word.begin, word.end,
      MakeError(ErrorKind::kInvalidInput, "parse type: expected {}, found '{}'", expected, found));
}

Status DdlParser::Expect(char c, std::string_view purpose) {
  if (Take(c)) return {};
  return FailHere(fmt::format("'{}' {}", c, purpose));
}

Result<std::vector<Field>> DdlParser::ParseFields(char close) {
  std::vector<Field> fields;
  const auto closed = [&] { return close == '\0' ? AtEnd() : Peek() == close; };
  if (closed()) return fields;
  do {
    TRY(Field field, ParseField());
    fields.push_back(std::move(field));
  } while (Take(','));
  return fields;
}

Result<Field> DdlParser::ParseField() {
  const Word name = PeekWord();
  if (name.begin == name.end) return FailHere("a column name");
  Advance(name);
  static_cast<void>(Take(':'));
  Field field;
  field.name = name.text;
  TRY(field.type, ParseOneType());
  if (TakeKeyword("NOT")) {
    if (!TakeKeyword("NULL")) return FailHere("NULL after NOT");
    field.nullable = false;
  }
  if (TakeKeyword("COMMENT")) {
    TRY(field.comment, ParseComment());
  }
  return field;
}

Result<std::string> DdlParser::ParseComment() {
  const char quote = Peek();
  if (quote != '\'' && quote != '"') return FailHere("a quoted comment");
  size_t close = position_ + 1;
  while (close < text_.size()) {
    if (text_[close] == quote) {
      if (close + 1 >= text_.size() || text_[close + 1] != quote) break;
      ++close;
    } else if (text_[close] == '\\') {
      ++close;
    }
    ++close;
  }
  if (close >= text_.size()) {
    return FailAt(
        position_, position_ + 1,
        MakeError(ErrorKind::kInvalidInput, "parse type: the quote {} is never closed", quote));
  }
  const std::string_view body = text_.substr(position_ + 1, close - position_ - 1);
  last_end_ = position_ = close + 1;
  return UnescapeString(body, quote);
}

Result<int> DdlParser::ParseInteger(std::string_view what) {
  const Word word = PeekWord();
  int value = 0;
  const auto [stop, code] =
      std::from_chars(word.text.data(), word.text.data() + word.text.size(), value);
  const bool whole = code == std::errc() && stop == word.text.data() + word.text.size();
  if (!whole || word.quoted || word.text.empty()) return FailHere(what);
  Advance(word);
  return value;
}

Result<Type> DdlParser::ParseDecimal(const Word& word) {
  if (!Take('(')) return Type::Decimal(10, 0);
  TRY(const int precision, ParseInteger("the precision of the decimal"));
  int scale = 0;
  if (Take(',')) {
    TRY(scale, ParseInteger("the scale of the decimal"));
  }
  TRY_DO(Expect(')', "to close the decimal"));
  if (precision < 1 || precision > 38 || scale > precision) {
    return FailAt(word.begin, last_end_,
                  MakeError(ErrorKind::kInvalidInput,
                            "parse type: a decimal has a precision of 1 to 38 and a scale of 0 to "
                            "the precision, found DECIMAL({}, {})",
                            precision, scale));
  }
  return Type::Decimal(precision, scale);
}

Result<Type> DdlParser::ParseInterval(const Word& word) {
  const bool year = TakeKeyword("YEAR");
  if (year || TakeKeyword("DAY")) {
    if (TakeKeyword("TO") && TakeKeyword(year ? "MONTH" : "SECOND")) {
      return Type(year ? TypeId::kIntervalYearMonth : TypeId::kIntervalDayTime);
    }
  }
  return FailAt(
      word.begin, last_end_,
      MakeError(ErrorKind::kUnsupported, "parse type: this interval type is not supported")
          .WithFix("write INTERVAL YEAR TO MONTH or INTERVAL DAY TO SECOND"));
}

Result<Type> DdlParser::ParseTimestamp(const Word& word) {
  if (Peek() == '(') {
    return FailAt(word.begin, word.end,
                  MakeError(ErrorKind::kUnsupported,
                            "parse type: TIMESTAMP with a precision is not supported")
                      .WithFix("write TIMESTAMP: it keeps microseconds"));
  }
  const size_t before = position_;
  const size_t before_end = last_end_;
  const auto time_zone = [this] { return TakeKeyword("TIME") && TakeKeyword("ZONE"); };
  if (TakeKeyword("WITHOUT") && time_zone()) return Type(TypeId::kTimestampNtz);
  position_ = before;
  if (TakeKeyword("WITH") && TakeKeyword("LOCAL") && time_zone()) return Type(TypeId::kTimestamp);
  position_ = before;
  last_end_ = before_end;
  return Type(TypeId::kTimestamp);
}

Result<Type> DdlParser::ParseNested(const Word& word) {
  const std::string_view name = word.Is("ARRAY") ? "ARRAY" : word.Is("MAP") ? "MAP" : "STRUCT";
  TRY_DO(Expect('<', fmt::format("after {}", name)));
  if (name == "ARRAY") {
    TRY(Type element, ParseOneType());
    TRY_DO(Expect('>', "to close the array type"));
    return Type::Array(std::move(element));
  }
  if (name == "MAP") {
    TRY(Type key, ParseOneType());
    TRY_DO(Expect(',', "between the key and the value of the map type"));
    TRY(Type value, ParseOneType());
    TRY_DO(Expect('>', "to close the map type"));
    return Type::Map(std::move(key), std::move(value));
  }
  TRY(std::vector<Field> fields, ParseFields('>'));
  TRY_DO(Expect('>', "to close the struct type"));
  return Type::Struct(std::move(fields));
}

Result<Type> DdlParser::ParseNamed(const Word& word) {
  for (const Refused& refused : kRefusedNames) {
    if (!word.Is(refused.name)) continue;
    Error error =
        refused.kind == ErrorKind::kUnsupported
            ? MakeError(refused.kind, "parse type: the type {} is not supported", word.text)
            : MakeError(refused.kind, "parse type: unknown type '{}'", word.text);
    return FailAt(word.begin, word.end, std::move(error).WithFix(std::string(refused.fix)));
  }
  for (const PlainName& plain : kPlainNames) {
    if (!word.Is(plain.name)) continue;
    Advance(word);
    if (plain.name == "timestamp") return ParseTimestamp(word);
    if (plain.id == TypeId::kString && TakeKeyword("COLLATE") && !TakeKeyword("UTF8_BINARY")) {
      return FailAt(word.begin, word.end,
                    MakeError(ErrorKind::kUnsupported, "parse type: collations are not supported")
                        .WithFix("leave COLLATE out, and compare lower(x)"));
    }
    return Type(plain.id);
  }
  return FailAt(word.begin, word.end,
                MakeError(ErrorKind::kInvalidInput, "parse type: unknown type '{}'", word.text));
}

Result<Type> DdlParser::ParseOneType() {
  const Word word = PeekWord();
  if (word.begin == word.end || word.quoted) return FailHere("a data type");
  if (depth_ >= kTypeDepthMax) {
    return FailAt(word.begin, word.end,
                  MakeError(ErrorKind::kInvalidInput,
                            "parse type: types are nested deeper than {} levels", kTypeDepthMax));
  }
  ++depth_;
  const auto parse = [&]() -> Result<Type> {
    if (word.Is("DECIMAL") || word.Is("DEC") || word.Is("NUMERIC")) {
      Advance(word);
      return ParseDecimal(word);
    }
    if (word.Is("INTERVAL")) {
      Advance(word);
      return ParseInterval(word);
    }
    if (word.Is("ARRAY") || word.Is("MAP") || word.Is("STRUCT")) {
      Advance(word);
      return ParseNested(word);
    }
    return ParseNamed(word);
  };
  Result<Type> type = parse();
  --depth_;
  return type;
}

/// `STRUCT<...>` alone is a column list too. A column may be called struct, so `<` must follow.
bool IsLoneStruct(std::string_view ddl) {
  DdlParser parser(ddl);
  const Result<Type> type = parser.ParseOneType();
  return type && type->Is(TypeId::kStruct) && parser.AtEnd();
}

}  // namespace

tl::expected<TypePrefix, TypeSyntaxError> ParseTypePrefix(std::string_view text) {
  DdlParser parser(text);
  Result<Type> type = parser.ParseOneType();
  if (type) return TypePrefix{.type = std::move(*type), .length = parser.end()};
  return tl::unexpected<TypeSyntaxError>(TypeSyntaxError{
      .error = std::move(type).error(), .begin = parser.error_begin(), .end = parser.error_end()});
}

Result<Type> ParseType(std::string_view text) {
  DdlParser parser(text);
  TRY(Type type, parser.ParseOneType());
  if (!parser.AtEnd()) return parser.FailHere("the end of the type");
  return type;
}

Result<Schema> ParseDdlSchema(std::string_view ddl) {
  const size_t first = ddl.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && ddl[first] == '{') {
    Result<Schema> schema = SchemaFromJson(ddl);
    if (schema) return schema;
    Error error = std::move(schema).error();
    if (error.kind == ErrorKind::kCorrupt) error.kind = ErrorKind::kInvalidInput;
    if (!error.place) error.place = PlaceInText(ddl, first, first + 1);
    return Fail(std::move(error));
  }
  if (IsLoneStruct(ddl)) {
    TRY(const Type type, ParseType(ddl));
    return type.fields();
  }
  DdlParser parser(ddl);
  TRY(Schema schema, parser.ParseFields('\0'));
  if (!parser.AtEnd()) return parser.FailHere("',' or the end of the column list");
  return schema;
}

}  // namespace oresmith::types
