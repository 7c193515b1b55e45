#include <fmt/format.h>

#include <array>

#include "types/json_internal.h"
#include "types/text_internal.h"

namespace oresmith::types {
namespace {

/// A struct type takes three levels of JSON, an array or map type one.
constexpr int kJsonDepthMax = 3 * kTypeDepthMax + 10;

class JsonParser {
 public:
  explicit JsonParser(std::string_view text) : text_(text) {}

  Result<JsonValue> ParseWhole() {
    TRY(JsonValue value, ParseValue());
    SkipSpace();
    if (position_ != text_.size()) return FailHere("the end of the text");
    return value;
  }

 private:
  void SkipSpace() {
    position_ = std::min(text_.find_first_not_of(" \t\r\n", position_), text_.size());
  }
  bool Take(char c) {
    SkipSpace();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  tl::unexpected<Error> FailHere(std::string_view expected) const {
    return Fail(
        MakeError(ErrorKind::kCorrupt, "parse JSON: expected {} at byte {}", expected, position_)
            .At(PlaceInText(text_, position_, position_ + 1)));
  }
  Result<JsonValue> ParseValue();
  Status ParseObject(JsonValue& value);
  Status ParseArray(JsonValue& value);
  Result<std::string> ParseString();
  Status ParseWord(JsonValue& value);

  std::string_view text_;
  size_t position_ = 0;
  int depth_ = 0;
};

Result<JsonValue> JsonParser::ParseValue() {
  SkipSpace();
  if (position_ >= text_.size()) return FailHere("a value");
  if (depth_ >= kJsonDepthMax) return FailHere("fewer levels of nesting");
  ++depth_;
  JsonValue value;
  const size_t begin = position_;
  const char c = text_[position_];
  if (c == '{') {
    TRY_DO(ParseObject(value));
  } else if (c == '[') {
    TRY_DO(ParseArray(value));
  } else if (c == '"') {
    value.kind = JsonValue::Kind::kString;
    TRY(value.string, ParseString());
  } else {
    TRY_DO(ParseWord(value));
  }
  value.raw = text_.substr(begin, position_ - begin);
  --depth_;
  return value;
}

Status JsonParser::ParseObject(JsonValue& value) {
  value.kind = JsonValue::Kind::kObject;
  static_cast<void>(Take('{'));
  if (Take('}')) return {};
  do {
    SkipSpace();
    TRY(std::string name, ParseString());
    if (!Take(':')) return FailHere("':'");
    TRY(JsonValue member, ParseValue());
    value.members.emplace_back(std::move(name), std::move(member));
  } while (Take(','));
  if (!Take('}')) return FailHere("',' or '}'");
  return {};
}

Status JsonParser::ParseArray(JsonValue& value) {
  value.kind = JsonValue::Kind::kArray;
  static_cast<void>(Take('['));
  if (Take(']')) return {};
  do {
    TRY(JsonValue item, ParseValue());
    value.items.push_back(std::move(item));
  } while (Take(','));
  if (!Take(']')) return FailHere("',' or ']'");
  return {};
}

Result<std::string> JsonParser::ParseString() {
  if (position_ >= text_.size() || text_[position_] != '"') return FailHere("a quoted string");
  std::string out;
  size_t i = position_ + 1;
  const auto flush_escape = [&](size_t length) {
    // JSON's \u is SQL's \u, surrogate pairs included.
    out += UnescapeString(text_.substr(i, length), '\0');
    i += length;
  };
  while (i < text_.size() && text_[i] != '"') {
    if (text_[i] != '\\') {
      out += text_[i++];
      continue;
    }
    if (i + 1 >= text_.size()) break;
    switch (text_[i + 1]) {
      case 'f':
        out += '\f';
        i += 2;
        break;
      case 'u': {
        if (text_.substr(i + 2, 4).find_first_not_of("0123456789abcdefABCDEF") !=
                std::string_view::npos ||
            i + 6 > text_.size()) {
          position_ = i;
          return FailHere("four hexadecimal digits");
        }
        const bool pair = text_.substr(i + 6, 2) == "\\u";
        flush_escape(std::min<size_t>(pair ? 12 : 6, text_.size() - i));
        break;
      }
      case 'b':
      case 'n':
      case 'r':
      case 't':
      case '"':
      case '\\':
      case '/':
        flush_escape(2);
        break;
      default:
        position_ = i;
        return FailHere("a valid escape");
    }
  }
  if (i >= text_.size()) return FailHere("the end of this string");
  position_ = i + 1;
  return out;
}

Status JsonParser::ParseWord(JsonValue& value) {
  const size_t end = std::min(text_.find_first_of(" \t\r\n,:[]{}\"", position_), text_.size());
  const std::string_view word = text_.substr(position_, end - position_);
  if (word == "true" || word == "false") {
    value.kind = JsonValue::Kind::kBoolean;
    value.boolean = word == "true";
  } else if (word == "null") {
    value.kind = JsonValue::Kind::kNull;
  } else if (!word.empty() && word.find_first_not_of("+-.0123456789eE") == std::string_view::npos &&
             (word[0] == '-' || (word[0] >= '0' && word[0] <= '9'))) {
    value.kind = JsonValue::Kind::kNumber;
  } else {
    return FailHere("a value");
  }
  position_ = end;
  return {};
}

}  // namespace

const JsonValue* JsonValue::Find(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<JsonValue> ParseJson(std::string_view text) { return JsonParser(text).ParseWhole(); }

}  // namespace oresmith::types
