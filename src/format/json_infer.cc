#include "format/json_infer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "format/json_cursor_internal.h"
#include "format/number_text_internal.h"

namespace oresmith::format {

using types::Type;
using types::TypeId;

namespace {

enum class Kind { kNull, kBoolean, kLong, kDecimal, kDouble, kString, kArray, kStruct };

// The digits of a BIGINT as a decimal; a decimal beside it must hold them.
constexpr int kLongPrecision = 20;
constexpr int kPrecisionMax = 38;

}  // namespace

struct JsonInferrer::Shape {
  Kind kind = Kind::kNull;
  int precision = 0;  // decimal only
  int scale = 0;
  std::unique_ptr<Shape> element;       // array only
  std::map<std::string, Shape> fields;  // struct only

  void Become(Kind other) {
    kind = other;
    element.reset();
    fields.clear();
  }

  void MergeDecimal(int other_precision, int other_scale) {
    const int new_scale = std::max(scale, other_scale);
    const int whole = std::max(precision - scale, other_precision - other_scale);
    if (whole + new_scale > kPrecisionMax) {
      Become(Kind::kDouble);
      return;
    }
    kind = Kind::kDecimal;
    precision = whole + new_scale;
    scale = new_scale;
  }

  void Merge(Shape&& other) {
    if (other.kind == Kind::kNull) return;
    if (kind == Kind::kNull) {
      *this = std::move(other);
      return;
    }
    const auto is_number = [](Kind k) { return k >= Kind::kLong && k <= Kind::kDouble; };
    if (kind == other.kind && kind == Kind::kArray) {
      element->Merge(std::move(*other.element));
    } else if (kind == other.kind && kind == Kind::kStruct) {
      for (auto& [name, field] : other.fields) fields[name].Merge(std::move(field));
    } else if (is_number(kind) && is_number(other.kind)) {
      MergeNumber(other);
    } else if (kind != other.kind) {
      Become(Kind::kString);
    }
  }

  void MergeNumber(const Shape& other) {
    if (kind == Kind::kLong && other.kind == Kind::kLong) return;
    if (kind == Kind::kDouble || other.kind == Kind::kDouble) {
      Become(Kind::kDouble);
      return;
    }
    if (kind == Kind::kLong) {
      precision = kLongPrecision;
      scale = 0;
    }
    const bool other_long = other.kind == Kind::kLong;
    MergeDecimal(other_long ? kLongPrecision : other.precision, other_long ? 0 : other.scale);
  }

  // Nothing for a type without content: an empty object, or an array of them.
  std::optional<Type> ToType() const {
    switch (kind) {
      case Kind::kBoolean:
        return Type(TypeId::kBoolean);
      case Kind::kLong:
        return Type(TypeId::kLong);
      case Kind::kDecimal:
        return Type::Decimal(precision, scale);
      case Kind::kDouble:
        return Type(TypeId::kDouble);
      case Kind::kArray: {
        const std::optional<Type> inner = element->ToType();
        if (!inner) return std::nullopt;
        return Type::Array(*inner);
      }
      case Kind::kStruct: {
        types::Schema schema = ToSchema();
        if (schema.empty()) return std::nullopt;
        return Type::Struct(std::move(schema));
      }
      case Kind::kNull:
      case Kind::kString:
        break;
    }
    return Type(TypeId::kString);
  }

  types::Schema ToSchema() const {
    types::Schema schema;
    for (const auto& [name, field] : fields) {
      const std::optional<Type> type = field.ToType();
      if (name.empty() || !type) continue;
      schema.push_back({.name = name, .type = *type, .comment = {}});
    }
    return schema;
  }
};

struct JsonInferrer::Scan {
  JsonCursor cursor;

  // The cursor's limit of depth is the limit of this recursion.
  bool Value(Shape& shape) {
    switch (*cursor.at) {
      case '{':
        return Object(shape);
      case '[':
        return Array(shape);
      case '"':
      case '\'': {
        JsonString token;
        if (!cursor.ReadString(token)) return false;
        // An empty string may stand for null, so it says nothing.
        if (!token.raw.empty()) shape.kind = Kind::kString;
        return true;
      }
      case 't':
      case 'f':
        shape.kind = Kind::kBoolean;
        return cursor.SkipValue();
      case 'n':
        return cursor.SkipValue();
      default:
        return cursor.AtNumber() ? Number(shape) : cursor.Bad("not a JSON value");
    }
  }

  bool Number(Shape& shape) {
    JsonNumber number;
    if (!cursor.ReadNumber(number)) return false;
    if (number.is_float) {
      shape.kind = Kind::kDouble;
    } else if (LongFromText(number.text)) {
      shape.kind = Kind::kLong;
    } else if (number.digits <= kPrecisionMax) {
      shape.kind = Kind::kDecimal;
      shape.precision = number.digits;
    } else {
      shape.kind = Kind::kDouble;
    }
    return true;
  }

  bool Object(Shape& shape) {
    shape.kind = Kind::kStruct;
    if (!cursor.Enter() || !cursor.SkipSpaceInside()) return false;
    while (*cursor.at != '}') {
      JsonString token;
      if (!cursor.ReadName(token)) return false;
      std::string name;
      AppendUnescaped(token.raw, name);
      Shape value;
      if (!Value(value) || !cursor.SkipSpaceInside()) return false;
      shape.fields[std::move(name)].Merge(std::move(value));
      if (!Next('}')) return false;
    }
    return Leave();
  }

  bool Array(Shape& shape) {
    shape.kind = Kind::kArray;
    shape.element = std::make_unique<Shape>();
    if (!cursor.Enter() || !cursor.SkipSpaceInside()) return false;
    while (*cursor.at != ']') {
      Shape value;
      if (!Value(value) || !cursor.SkipSpaceInside()) return false;
      shape.element->Merge(std::move(value));
      if (!Next(']')) return false;
    }
    return Leave();
  }

  // At the closing bracket, or at the value after a comma.
  bool Next(char close) {
    if (*cursor.at == close) return true;
    if (*cursor.at != ',') return cursor.Bad("a comma or a closing bracket is missing");
    ++cursor.at;
    if (!cursor.SkipSpaceInside()) return false;
    return *cursor.at != close || cursor.Bad("nothing follows a comma");
  }

  bool Leave() {
    ++cursor.at;
    --cursor.depth;
    return true;
  }
};

JsonInferrer::JsonInferrer() : root_(std::make_unique<Shape>()) { root_->kind = Kind::kStruct; }
JsonInferrer::~JsonInferrer() = default;
JsonInferrer::JsonInferrer(JsonInferrer&&) noexcept = default;
JsonInferrer& JsonInferrer::operator=(JsonInferrer&&) noexcept = default;

void JsonInferrer::Add(std::string_view document) {
  Scan scan;
  scan.cursor.at = document.data();
  scan.cursor.end = document.data() + document.size();
  if (!scan.cursor.SkipSpace()) return;
  Shape shape;
  if (!scan.Value(shape)) {
    ++malformed_count_;
    return;
  }
  // An array's elements are rows.
  while (shape.kind == Kind::kArray) {
    Shape element = std::move(*shape.element);
    shape = std::move(element);
  }
  if (shape.kind == Kind::kStruct) {
    root_->Merge(std::move(shape));
  } else if (shape.kind != Kind::kNull) {
    ++malformed_count_;
  }
}

types::Schema JsonInferrer::Finish() const { return root_->ToSchema(); }

}  // namespace oresmith::format
