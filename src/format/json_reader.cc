#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "format/datetime_text_internal.h"
#include "format/json_reader_internal.h"
#include "format/number_text_internal.h"

namespace oresmith::format {

using types::TypeId;

bool JsonReader::Text(std::string_view& text) {
  JsonString token;
  if (!cursor_.ReadString(token)) return false;
  text = token.raw;
  if (token.escaped) {
    text_.clear();
    AppendUnescaped(token.raw, text_);
    text = text_;
  }
  return true;
}

JsonOutcome JsonReader::NullOr(Column& column, JsonOutcome otherwise) {
  if (*cursor_.at != 'n') return otherwise;
  if (!cursor_.ReadLiteral("null")) return JsonOutcome::kSyntax;
  column.AppendNull();
  return JsonOutcome::kOk;
}

template <class T>
JsonOutcome JsonReader::Integer(Column& column, int64_t min, int64_t max) {
  if (!cursor_.AtNumber()) return NullOr(column, JsonOutcome::kMismatch);
  JsonNumber number;
  if (!cursor_.ReadNumber(number)) return JsonOutcome::kSyntax;
  if (number.is_float || number.digits > 19) return JsonOutcome::kMismatch;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (number.mantissa > kMax + (number.negative ? 1 : 0)) return JsonOutcome::kMismatch;
  const auto value = static_cast<int64_t>(number.negative ? 0 - number.mantissa : number.mantissa);
  if (value < min || value > max) return JsonOutcome::kMismatch;
  column.AppendFixed(static_cast<T>(value));
  return JsonOutcome::kOk;
}

template <class T, class Convert>
JsonOutcome JsonReader::Floating(Column& column, const Convert& convert) {
  if (cursor_.AtNumber()) {
    JsonNumber number;
    if (!cursor_.ReadNumber(number)) return JsonOutcome::kSyntax;
    column.AppendFixed<T>(convert(number));
    return JsonOutcome::kOk;
  }
  if (!cursor_.AtString()) return NullOr(column, JsonOutcome::kMismatch);
  std::string_view text;
  if (!Text(text)) return JsonOutcome::kSyntax;
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  if (text == "NaN") {
    column.AppendFixed(std::numeric_limits<T>::quiet_NaN());
  } else if (text == "+INF" || text == "+Infinity" || text == "Infinity") {
    column.AppendFixed(kInfinity);
  } else if (text == "-INF" || text == "-Infinity") {
    column.AppendFixed(-kInfinity);
  } else {
    return JsonOutcome::kMismatch;
  }
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Double(Column& column) { return Floating<double>(column, ToDouble); }

JsonOutcome JsonReader::Float(Column& column) { return Floating<float>(column, ToFloat); }

JsonOutcome JsonReader::Boolean(Column& column) {
  const char first = *cursor_.at;
  if (first != 't' && first != 'f') return NullOr(column, JsonOutcome::kMismatch);
  if (!cursor_.ReadLiteral(first == 't' ? "true" : "false")) return JsonOutcome::kSyntax;
  column.AppendFixed(static_cast<uint8_t>(first == 't' ? 1 : 0));
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Decimal(Column& column) {
  std::optional<Int128> value;
  if (cursor_.AtNumber()) {
    JsonNumber number;
    if (!cursor_.ReadNumber(number)) return JsonOutcome::kSyntax;
    if (!number.is_special) value = DecimalFromText(number.text, column.precision, column.scale);
  } else if (cursor_.AtString()) {
    std::string_view text;
    if (!Text(text)) return JsonOutcome::kSyntax;
    // Spark reads strings by the locale en_US: commas group digits, and it takes them anywhere.
    std::string plain(text);
    std::erase(plain, ',');
    value = DecimalFromText(plain, column.precision, column.scale);
  } else {
    return NullOr(column, JsonOutcome::kMismatch);
  }
  if (!value) return JsonOutcome::kMismatch;
  column.AppendFixed(*value);
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::String(Column& column) {
  if (cursor_.AtString()) {
    JsonString token;
    if (!cursor_.ReadString(token)) return JsonOutcome::kSyntax;
    if (token.escaped) {
      text_.clear();
      AppendUnescaped(token.raw, text_);
      column.AppendText(text_);
    } else {
      column.AppendText(token.raw);
    }
    return JsonOutcome::kOk;
  }
  if (*cursor_.at == 'n') return NullOr(column, JsonOutcome::kSyntax);
  if (options_->exact_strings) {
    const char* const begin = cursor_.at;
    if (!cursor_.SkipValue()) return JsonOutcome::kSyntax;
    column.AppendText(begin, cursor_.at - begin);
    return JsonOutcome::kOk;
  }
  text_.clear();
  if (!CopyCompact(cursor_, text_)) return JsonOutcome::kSyntax;
  column.AppendText(text_);
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Binary(Column& column) {
  if (!cursor_.AtString()) return NullOr(column, JsonOutcome::kMismatch);
  std::string_view text;
  if (!Text(text)) return JsonOutcome::kSyntax;
  std::string bytes;
  if (!DecodeBase64(text, bytes)) return JsonOutcome::kMismatch;
  column.AppendText(bytes);
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Date(Column& column) {
  if (!cursor_.AtString()) return NullOr(column, JsonOutcome::kMismatch);
  std::string_view text;
  if (!Text(text)) return JsonOutcome::kSyntax;
  std::optional<int32_t> days = DateFromText(text);
  if (!days) {
    // Spark 1.5 wrote dates as their number of days, and its readers still take that.
    const std::optional<int64_t> number = LongFromText(text);
    constexpr int64_t kGregorianSince = -141427;  // 1582-10-15; older ones would need rebasing
    if (!number || *number < kGregorianSince || *number > std::numeric_limits<int32_t>::max()) {
      return JsonOutcome::kMismatch;
    }
    days = static_cast<int32_t>(*number);
  }
  column.AppendFixed(*days);
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Timestamp(Column& column) {
  const bool local = column.id == TypeId::kTimestampNtz;
  if (cursor_.AtNumber() && !local) {
    JsonNumber number;
    if (!cursor_.ReadNumber(number)) return JsonOutcome::kSyntax;
    const std::optional<int64_t> seconds =
        number.is_float ? std::nullopt : LongFromText(number.text);
    if (!seconds) return JsonOutcome::kMismatch;
    // Wraps around beyond 292,000 years, as Spark's does.
    column.AppendFixed(static_cast<int64_t>(static_cast<uint64_t>(*seconds) * 1000000U));
    return JsonOutcome::kOk;
  }
  if (!cursor_.AtString()) return NullOr(column, JsonOutcome::kMismatch);
  std::string_view text;
  if (!Text(text)) return JsonOutcome::kSyntax;
  const std::optional<ParsedTimestamp> parsed = TimestampFromText(text);
  if (!parsed || !parsed->has_date || (local && parsed->has_zone)) return JsonOutcome::kMismatch;
  column.AppendFixed(parsed->wall_micros - parsed->offset_micros);
  return JsonOutcome::kOk;
}

JsonOutcome JsonReader::Value(JsonNode& node) {
  Column& column = *node.column;
  switch (column.id) {
    case TypeId::kString:
      return String(column);
    case TypeId::kLong:
      return Integer<int64_t>(column, std::numeric_limits<int64_t>::min(),
                              std::numeric_limits<int64_t>::max());
    case TypeId::kInt:
      return Integer<int32_t>(column, std::numeric_limits<int32_t>::min(),
                              std::numeric_limits<int32_t>::max());
    case TypeId::kShort:
      return Integer<int16_t>(column, -32768, 32767);
    case TypeId::kByte:
      // Jackson takes unsigned bytes as well: 255 is -1.
      return Integer<int8_t>(column, -128, 255);
    case TypeId::kDouble:
      return Double(column);
    case TypeId::kFloat:
      return Float(column);
    case TypeId::kBoolean:
      return Boolean(column);
    case TypeId::kDecimal:
      return Decimal(column);
    case TypeId::kDate:
      return Date(column);
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      return Timestamp(column);
    case TypeId::kBinary:
      return Binary(column);
    case TypeId::kArray:
      return Array(node);
    case TypeId::kMap:
      return Map(node);
    case TypeId::kStruct:
      return Struct(node);
    default:
      if (!cursor_.SkipValue()) return JsonOutcome::kSyntax;
      column.AppendNull();
      return JsonOutcome::kOk;
  }
}

JsonOutcome JsonReader::Array(JsonNode& node) {
  Column& column = *node.column;
  if (*cursor_.at != '[') return NullOr(column, JsonOutcome::kMismatch);
  if (!cursor_.Enter() || !cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
  JsonNode& element = node.children[0];
  JsonOutcome result = JsonOutcome::kOk;
  if (*cursor_.at == ']') {
    ++cursor_.at;
  } else {
    for (;;) {
      const JsonOutcome outcome = Value(element);
      if (outcome == JsonOutcome::kPartial) result = outcome;
      if (outcome > JsonOutcome::kPartial) return outcome;
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
      const char next = *cursor_.at++;
      if (next == ']') break;
      if (next != ',') {
        cursor_.Bad("a comma or a closing bracket is missing");
        return JsonOutcome::kSyntax;
      }
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
    }
  }
  --cursor_.depth;
  column.offsets.Push(static_cast<int32_t>(element.column->length));
  column.CountValid();
  return result;
}

JsonOutcome JsonReader::Map(JsonNode& node) {
  Column& column = *node.column;
  if (*cursor_.at != '{') return NullOr(column, JsonOutcome::kMismatch);
  if (!cursor_.Enter() || !cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
  Column& keys = *node.children[0].column;
  JsonNode& values = node.children[1];
  JsonOutcome result = JsonOutcome::kOk;
  if (*cursor_.at == '}') {
    ++cursor_.at;
  } else {
    for (;;) {
      JsonString name;
      if (!cursor_.ReadName(name)) return JsonOutcome::kSyntax;
      text_.clear();
      AppendUnescaped(name.raw, text_);
      keys.AppendText(text_);
      const JsonOutcome outcome = Value(values);
      if (outcome == JsonOutcome::kPartial) result = outcome;
      if (outcome > JsonOutcome::kPartial) return outcome;
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
      const char next = *cursor_.at++;
      if (next == '}') break;
      if (next != ',') {
        cursor_.Bad("a comma or a closing bracket is missing");
        return JsonOutcome::kSyntax;
      }
      if (!cursor_.SkipSpaceInside()) return JsonOutcome::kSyntax;
    }
  }
  --cursor_.depth;
  column.offsets.Push(static_cast<int32_t>(values.column->length));
  column.CountValid();
  return result;
}

}  // namespace oresmith::format
