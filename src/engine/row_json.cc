// JSON and CSV text, row by row.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>

#include "base/json_text.h"
#include "engine/row_functions_internal.h"
#include "sql/json_text.h"

namespace oresmith::engine {
namespace {

using sql::JsonNode;
using types::Type;
using types::TypeId;

// ---- get_json_object ----------------------------------------------------------------------------

struct Step {
  enum class Kind { kKey, kAnyKey, kIndex, kAnyIndex };
  Kind kind;
  std::string name = {};
  size_t index = 0;
};

// $.a['b'][0][*].*; nothing when it is no path. Source: Spark, JsonPathParser.
std::optional<std::vector<Step>> ParsePath(std::string_view path) {
  std::vector<Step> steps;
  if (path.empty() || path[0] != '$') return std::nullopt;
  for (size_t i = 1; i < path.size();) {
    if (path.substr(i).starts_with("['")) {
      const size_t end = path.find('\'', i + 2);
      if (end == std::string_view::npos || path.substr(end, 2) != "']" || end == i + 2)
        return std::nullopt;
      const std::string name(path.substr(i + 2, end - i - 2));
      if (name.find('?') != std::string::npos) return std::nullopt;
      steps.push_back(name == "*" ? Step{Step::Kind::kAnyKey} : Step{Step::Kind::kKey, name});
      i = end + 2;
    } else if (path[i] == '[') {
      const size_t end = path.find(']', i);
      if (end == std::string_view::npos) return std::nullopt;
      const std::string inside(path.substr(i + 1, end - i - 1));
      if (inside == "*") {
        steps.push_back({Step::Kind::kAnyIndex});
      } else if (!inside.empty() && inside.size() < 10 &&
                 inside.find_first_not_of("0123456789") == std::string::npos) {
        steps.push_back({Step::Kind::kIndex, {}, std::stoul(inside)});
      } else {
        return std::nullopt;
      }
      i = end + 1;
    } else if (path[i] == '.') {
      size_t end = path.find_first_of(".[", i + 1);
      if (end == std::string_view::npos) end = path.size();
      const std::string name(path.substr(i + 1, end - i - 1));
      if (name.empty()) return std::nullopt;
      steps.push_back(name == "*" ? Step{Step::Kind::kAnyKey} : Step{Step::Kind::kKey, name});
      i = end;
    } else {
      return std::nullopt;
    }
  }
  return steps;
}

enum class Style { kRaw, kQuoted, kFlatten };

// Writes what the path finds. Source: Spark, GetJsonObjectEvaluator.evaluatePath.
class PathEvaluator {
 public:
  explicit PathEvaluator(const std::vector<Step>& steps) : steps_(steps) {}

  // The values found, as JSON or (a lone string, raw) as its characters.
  bool Evaluate(const JsonNode& node, size_t step, Style style,
                std::vector<std::string>& out) const {
    if (step == steps_.size()) return Leaf(node, style, out);
    const Step& here = steps_[step];
    if (node.kind == JsonNode::Kind::kObject) {
      for (const auto& [name, value] : node.members) {
        const bool fits = here.kind == Step::Kind::kAnyKey ||
                          (here.kind == Step::Kind::kKey && here.name == name &&
                           value.kind != JsonNode::Kind::kNull);
        if (fits && Evaluate(value, step + 1, style, out)) return true;
      }
      return false;
    }
    if (node.kind != JsonNode::Kind::kArray) return false;
    if (here.kind == Step::Kind::kIndex) {
      if (here.index >= node.items.size()) return false;
      const bool wild = step + 1 < steps_.size() && steps_[step + 1].kind == Step::Kind::kAnyIndex;
      return Evaluate(node.items[here.index], step + 1, wild ? Style::kQuoted : style, out);
    }
    if (here.kind == Step::Kind::kAnyIndex) return All(node, step, style, out);
    return false;
  }

 private:
  static bool Leaf(const JsonNode& node, Style style, std::vector<std::string>& out) {
    if (node.kind == JsonNode::Kind::kString && style == Style::kRaw) {
      out.push_back(node.text);
      return true;
    }
    if (node.kind == JsonNode::Kind::kArray && style == Style::kFlatten) {
      bool found = false;
      for (const JsonNode& item : node.items) found = Leaf(item, style, out) || found;
      return found;
    }
    sql::AppendJsonNode(out.emplace_back(), node);
    return true;
  }

  bool All(const JsonNode& node, size_t step, Style style, std::vector<std::string>& out) const {
    const bool twice = step + 1 < steps_.size() && steps_[step + 1].kind == Step::Kind::kAnyIndex;
    std::vector<std::string> found;
    int hits = 0;
    const size_t next = twice ? step + 2 : step + 1;
    const Style inner = twice                      ? Style::kFlatten
                        : style == Style::kFlatten ? Style::kFlatten
                                                   : Style::kQuoted;
    for (const JsonNode& item : node.items) hits += Evaluate(item, next, inner, found) ? 1 : 0;
    const std::string joined = fmt::format("{}", fmt::join(found, ","));
    if (twice || style == Style::kQuoted) {
      out.push_back("[" + joined + "]");
      return hits > 0;
    }
    if (hits == 0) return false;
    out.push_back(hits > 1 ? "[" + joined + "]" : joined);
    return true;
  }

  const std::vector<Step>& steps_;
};

// Numbers with a fraction as Java prints the doubles that they are: Jackson reads and writes them.
void PrintAsJava(JsonNode& node) {
  if (node.kind == JsonNode::Kind::kNumber && node.text.find_first_of(".eE") != std::string::npos) {
    const double value = std::strtod(node.text.c_str(), nullptr);
    node.text.clear();
    AppendDouble(node.text, value);
  }
  for (JsonNode& item : node.items) PrintAsJava(item);
  for (auto& [name, value] : node.members) PrintAsJava(value);
}

std::string GetJsonObject(const RowCall& call, Datum& out) {
  const auto steps = ParsePath(call.Text(1));
  if (!steps) return {};
  auto node = sql::ReadJson(call.Text(0));
  if (!node) return {};
  PrintAsJava(*node);
  std::vector<std::string> found;
  if (PathEvaluator(*steps).Evaluate(*node, 0, Style::kRaw, found))
    out = Datum(std::move(found.front()));
  return {};
}

// json_tuple's one column: the member of that name.
std::string JsonMember(const RowCall& call, Datum& out) {
  if (call.args[0].IsNull() || call.args[1].IsNull()) return {};
  auto node = sql::ReadJson(call.Text(0));
  if (!node || node->kind != JsonNode::Kind::kObject) return {};
  PrintAsJava(*node);
  for (const auto& [name, value] : node->members) {
    if (name != call.Text(1)) continue;
    if (value.kind == JsonNode::Kind::kNull) continue;
    std::string text;
    if (value.kind == JsonNode::Kind::kString) {
      text = value.text;
    } else {
      sql::AppendJsonNode(text, value);
    }
    out = Datum(std::move(text));
  }
  return {};
}

// ---- to_json ------------------------------------------------------------------------------------

// As Java's BigDecimal.toString.
void AppendBigDecimal(std::string& text, Int128 value, int scale) {
  std::string digits;
  AppendDecimal(digits, value < 0 ? -value : value, 0);
  const int adjusted = static_cast<int>(digits.size()) - 1 - scale;
  if (adjusted >= -6) return AppendDecimal(text, value, scale);
  if (value < 0) text += '-';
  text += digits.substr(0, 1);
  if (digits.size() > 1) text += "." + digits.substr(1);
  text += fmt::format("E{}", adjusted);
}

void AppendBase64(std::string& text, const std::string& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t have = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) text += k <= have ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
  }
}

// 2024-01-05T10:20:30.123, and Z for an instant (in UTC).
void AppendIsoTime(std::string& text, int64_t micros, bool instant) {
  constexpr int64_t kDay = 86'400'000'000;
  const int64_t days = micros >= 0 ? micros / kDay : (micros - kDay + 1) / kDay;
  const int64_t of_day = micros - days * kDay;
  AppendDate(text, days);
  text +=
      fmt::format("T{:02}:{:02}:{:02}.{:03}{}", of_day / 3'600'000'000, of_day / 60'000'000 % 60,
                  of_day / 1'000'000 % 60, of_day / 1000 % 1000, instant ? "Z" : "");
}

void AppendJson(std::string& text, const Datum& value, const Type& type);

void AppendFloating(std::string& text, const Datum& value, const Type& type) {
  const bool finite = std::isfinite(value.Double());
  if (!finite) text += '"';
  if (type.Is(TypeId::kFloat)) {
    AppendFloat(text, static_cast<float>(value.Double()));
  } else {
    AppendDouble(text, value.Double());
  }
  if (!finite) text += '"';
}

void AppendJsonMap(std::string& text, const Datum& value, const Type& type) {
  text += '{';
  for (size_t i = 0; i < value.List().size(); i += 2) {
    if (i > 0) text += ',';
    std::string key;
    if (type.key().Is(TypeId::kString)) {
      key = value.List()[i].Text();
    } else {
      AppendJson(key, value.List()[i], type.key());
    }
    AppendJsonText(key, text);
    text += ':';
    AppendJson(text, value.List()[i + 1], type.value());
  }
  text += '}';
}

// Fields that are NULL are left out.
void AppendJsonStruct(std::string& text, const Datum& value, const Type& type) {
  text += '{';
  bool first = true;
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (value.List()[i].IsNull()) continue;
    if (!first) text += ',';
    first = false;
    AppendJsonText(type.fields()[i].name, text);
    text += ':';
    AppendJson(text, value.List()[i], type.fields()[i].type);
  }
  text += '}';
}

void AppendJson(std::string& text, const Datum& value, const Type& type) {
  if (value.IsNull()) {
    text += "null";
    return;
  }
  switch (type.id()) {
    case TypeId::kBoolean:
      text += value.Bool() ? "true" : "false";
      return;
    case TypeId::kFloat:
    case TypeId::kDouble:
      return AppendFloating(text, value, type);
    case TypeId::kDecimal:
      return AppendBigDecimal(text, value.Decimal(), type.scale());
    case TypeId::kString:
      return AppendJsonText(value.Text(), text);
    case TypeId::kBinary:
      text += '"';
      AppendBase64(text, value.Text());
      text += '"';
      return;
    case TypeId::kDate:
    case TypeId::kTimestamp:
    case TypeId::kTimestampNtz:
      text += '"';
      if (type.Is(TypeId::kDate)) {
        AppendDate(text, value.Int());
      } else {
        AppendIsoTime(text, value.Int(), type.Is(TypeId::kTimestamp));
      }
      text += '"';
      return;
    case TypeId::kArray:
      text += '[';
      for (size_t i = 0; i < value.List().size(); ++i) {
        if (i > 0) text += ',';
        AppendJson(text, value.List()[i], type.element());
      }
      text += ']';
      return;
    case TypeId::kMap:
      return AppendJsonMap(text, value, type);
    case TypeId::kStruct:
      return AppendJsonStruct(text, value, type);
    default:
      text += std::to_string(value.Int());
  }
}

std::string ToJson(const RowCall& call, Datum& out) {
  std::string text;
  AppendJson(text, call.args[0], call.types[0]);
  out = Datum(std::move(text));
  return {};
}

// ---- to_csv
// ---------------------------------------------------------------------------------------

// Quoted where the separator, a quote or the comment sign could be misread.
void AppendCsvText(std::string& text, const std::string& value) {
  if (value.empty()) {
    text += "\"\"";
    return;
  }
  const bool quoted = value.find_first_of(",\"\n\r") != std::string::npos || value.front() == '#';
  if (!quoted) {
    text += value;
    return;
  }
  text += '"';
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  text += '"';
}

std::string ToCsv(const RowCall& call, Datum& out) {
  std::string text;
  const Type& type = call.types[0];
  for (size_t i = 0; i < type.fields().size(); ++i) {
    if (i > 0) text += ',';
    const Datum& value = call.args[0].List()[i];
    const Type& field = type.fields()[i].type;
    if (value.IsNull()) continue;
    if (field.Is(TypeId::kString)) {
      std::string plain = value.Text();
      // Blanks at the ends are left out by default.
      plain = plain.substr(std::min(plain.find_first_not_of(' '), plain.size()));
      plain.resize(plain.find_last_not_of(' ') + 1);
      AppendCsvText(text, plain);
      continue;
    }
    std::string json;
    if (field.Is(TypeId::kDecimal)) {
      AppendDecimal(json, value.Decimal(), field.scale());
    } else {
      AppendJson(json, value, field);
    }
    if (json.size() > 1 && json.front() == '"') json = json.substr(1, json.size() - 2);
    text += json;
  }
  out = Datum(std::move(text));
  return {};
}

constexpr RowEntry kEntries[] = {
    {"get_json_object", GetJsonObject},
    {"json_tuple:member", JsonMember, RowNulls::kPassed},
    {"to_csv", ToCsv},
    {"to_json", ToJson},
};

}  // namespace

std::span<const RowEntry> JsonRowFunctions() { return kEntries; }

}  // namespace oresmith::engine
