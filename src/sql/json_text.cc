#include "sql/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/json_text.h"

namespace oresmith::sql {
namespace {

using types::Field;
using types::Type;
using types::TypeId;
using Kind = JsonNode::Kind;

constexpr int kDepthMax = 900;

void AppendUtf8(std::string& text, uint32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
    return;
  }
  if (code >= 0x10000) {
    text += static_cast<char>(0xF0 | (code >> 18));
    text += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
  } else if (code >= 0x800) {
    text += static_cast<char>(0xE0 | (code >> 12));
  } else {
    text += static_cast<char>(0xC0 | (code >> 6));
  }
  if (code >= 0x800) text += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
  text += static_cast<char>(0x80 | (code & 0x3F));
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool Value(JsonNode& node) {
    if (++depth_ > kDepthMax) return false;
    SkipBlanks();
    const bool read = at_ < text_.size() && ValueAt(node);
    --depth_;
    return read;
  }

 private:
  bool ValueAt(JsonNode& node) {
    switch (text_[at_]) {
      case '{':
        return Object(node);
      case '[':
        return Array(node);
      case '"':
      case '\'':
        node.kind = Kind::kString;
        return String(node.text);
      case 't':
        node.kind = Kind::kTrue;
        return Word("true");
      case 'f':
        node.kind = Kind::kFalse;
        return Word("false");
      case 'n':
        return Word("null");
      default:
        node.kind = Kind::kNumber;
        return Number(node.text);
    }
  }

  void SkipBlanks() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }

  bool Take(char c) {
    SkipBlanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  bool Word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return Ends();
  }

  // A word or number must not run into another.
  bool Ends() const {
    return at_ >= text_.size() ||
           std::string_view(" \t\n\r,]}:").find(text_[at_]) != std::string_view::npos;
  }

  size_t Digits() {
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ - start;
  }

  bool Number(std::string& text) {
    const size_t start = at_;
    if (text_[at_] == '-') ++at_;
    const size_t first = at_;
    const size_t whole = Digits();
    if (whole == 0 || (whole > 1 && text_[first] == '0')) return false;
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      if (Digits() == 0) return false;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      if (Digits() == 0) return false;
    }
    text = text_.substr(start, at_ - start);
    return Ends();
  }

  bool Hex(uint32_t& code) {
    if (at_ + 4 > text_.size()) return false;
    code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return false;
      code = code << 4 | static_cast<uint32_t>(digit);
    }
    return true;
  }

  bool Escape(std::string& text) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kFrom = "bfnrt\"\\/'", kTo = "\b\f\n\r\t\"\\/'";
    if (const size_t index = kFrom.find(c); index != std::string_view::npos) {
      text += kTo[index];
      return true;
    }
    uint32_t code = 0;
    if (c != 'u' || !Hex(code)) return false;
    if (code >= 0xD800 && code < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      uint32_t low = 0;
      if (!Hex(low)) return false;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(text, code);
    return true;
  }

  bool String(std::string& text) {
    const char quote = text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == quote) return true;
      if (c != '\\') {
        text += c;
      } else if (!Escape(text)) {
        return false;
      }
    }
    return false;
  }

  bool Array(JsonNode& node) {
    node.kind = Kind::kArray;
    ++at_;
    if (Take(']')) return true;
    do {
      if (!Value(node.items.emplace_back())) return false;
    } while (Take(','));
    return Take(']');
  }

  bool Object(JsonNode& node) {
    node.kind = Kind::kObject;
    ++at_;
    if (Take('}')) return true;
    do {
      SkipBlanks();
      if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\'')) return false;
      auto& [name, value] = node.members.emplace_back();
      if (!String(name) || !Take(':') || !Value(value)) return false;
    } while (Take(','));
    return Take('}');
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

bool IsWhole(const std::string& number) { return number.find_first_of(".eE") == std::string::npos; }

Type NumberType(const std::string& number) {
  if (!IsWhole(number)) return Type(TypeId::kDouble);
  const std::string digits = number.substr(number[0] == '-' ? 1 : 0);
  const bool fits = digits.size() < 19 ||
                    (digits.size() == 19 &&
                     digits <= (number[0] == '-' ? "9223372036854775808" : "9223372036854775807"));
  if (fits) return Type(TypeId::kLong);
  if (digits.size() <= 38) return Type::Decimal(static_cast<int>(digits.size()), 0);
  return Type(TypeId::kDouble);
}

Type Merge(const Type& left, const Type& right);

Type MergeStructs(const Type& left, const Type& right) {
  std::vector<Field> fields = left.fields();
  for (const Field& field : right.fields()) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& f) { return f.name == field.name; });
    if (found == fields.end()) {
      fields.push_back(field);
    } else {
      found->type = Merge(found->type, field.type);
    }
  }
  std::sort(fields.begin(), fields.end(),
            [](const Field& a, const Field& b) { return a.name < b.name; });
  return Type::Struct(std::move(fields));
}

Type Merge(const Type& left, const Type& right) {
  if (left == right || right.Is(TypeId::kVoid)) return left;
  if (left.Is(TypeId::kVoid)) return right;
  if (left.Is(TypeId::kStruct) && right.Is(TypeId::kStruct)) return MergeStructs(left, right);
  if (left.Is(TypeId::kArray) && right.Is(TypeId::kArray)) {
    return Type::Array(Merge(left.element(), right.element()), true);
  }
  if (!left.IsNumeric() || !right.IsNumeric()) return Type(TypeId::kString);
  if (left.Is(TypeId::kDouble) || right.Is(TypeId::kDouble)) return Type(TypeId::kDouble);
  const int digits = std::max(left.Is(TypeId::kDecimal) ? left.precision() : 20,
                              right.Is(TypeId::kDecimal) ? right.precision() : 20);
  return Type::Decimal(digits, 0);
}

}  // namespace

std::optional<JsonNode> ReadJson(std::string_view text) {
  JsonNode node;
  if (!Reader(text).Value(node)) return std::nullopt;
  return node;
}

void AppendJsonNode(std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      out += "null";
      return;
    case Kind::kTrue:
      out += "true";
      return;
    case Kind::kFalse:
      out += "false";
      return;
    case Kind::kNumber:
      out += node.text;
      return;
    case Kind::kString:
      AppendJsonText(node.text, out);
      return;
    case Kind::kArray:
      out += '[';
      for (size_t i = 0; i < node.items.size(); ++i) {
        if (i > 0) out += ',';
        AppendJsonNode(out, node.items[i]);
      }
      out += ']';
      return;
    case Kind::kObject:
      out += '{';
      for (size_t i = 0; i < node.members.size(); ++i) {
        if (i > 0) out += ',';
        AppendJsonText(node.members[i].first, out);
        out += ':';
        AppendJsonNode(out, node.members[i].second);
      }
      out += '}';
      return;
  }
}

Type InferJsonType(const JsonNode& node) {
  switch (node.kind) {
    case Kind::kNull:
      return {};
    case Kind::kTrue:
    case Kind::kFalse:
      return Type(TypeId::kBoolean);
    case Kind::kNumber:
      return NumberType(node.text);
    case Kind::kString:
      return node.text.empty() ? Type() : Type(TypeId::kString);
    case Kind::kArray: {
      Type element;
      for (const JsonNode& item : node.items) element = Merge(element, InferJsonType(item));
      return Type::Array(element, true);
    }
    case Kind::kObject:
      break;
  }
  Type type = Type::Struct({});
  for (const auto& [name, value] : node.members) {
    type = MergeStructs(type, Type::Struct({{.name = name, .type = InferJsonType(value)}}));
  }
  return type;
}

Type WithoutVoid(const Type& type) {
  if (type.Is(TypeId::kVoid)) return Type(TypeId::kString);
  if (type.Is(TypeId::kArray)) return Type::Array(WithoutVoid(type.element()), true);
  if (!type.Is(TypeId::kStruct)) return type;
  std::vector<Field> fields;
  for (const Field& field : type.fields()) {
    const bool empty =
        field.name.empty() || (field.type.Is(TypeId::kStruct) && field.type.fields().empty());
    if (!empty) fields.push_back({.name = field.name, .type = WithoutVoid(field.type)});
  }
  return Type::Struct(std::move(fields));
}

}  // namespace oresmith::sql
