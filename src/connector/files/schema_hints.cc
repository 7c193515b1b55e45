#include <fmt/format.h>

#include <span>
#include <string_view>
#include <vector>

#include "connector/files/schema_hints_internal.h"
#include "types/text.h"

namespace oresmith::connector {

using types::Field;
using types::Schema;
using types::Type;
using types::TypeId;

namespace {

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

// The parts between commas outside of <> and ().
std::vector<std::string_view> SplitHints(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ',';
    if (c == '<' || c == '(') ++depth;
    if (c == '>' || c == ')') --depth;
    if (c != ',' || (depth > 0 && i < text.size())) continue;
    const std::string_view part = Trim(text.substr(begin, i - begin));
    if (!part.empty()) parts.push_back(part);
    begin = i + 1;
  }
  return parts;
}

// Takes a dotted name off the beginning: a.b or `a`.`b c`.
std::vector<std::string> TakePath(std::string_view& text) {
  std::vector<std::string> path(1);
  size_t i = 0;
  bool quoted = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') {
      quoted = !quoted;
    } else if (!quoted && c == '.') {
      path.emplace_back();
    } else if (!quoted && (c == ' ' || c == ':' || c == '\t')) {
      break;
    } else {
      path.back().push_back(c);
    }
  }
  text.remove_prefix(i);
  text = Trim(text);
  if (text.starts_with(':')) text = Trim(text.substr(1));
  return path;
}

Schema SetField(Schema fields, const std::string& name, Type type) {
  for (Field& field : fields) {
    if (!types::EqualsIgnoringCase(field.name, name)) continue;
    field.type = std::move(type);
    return fields;
  }
  fields.push_back({.name = name, .type = std::move(type), .comment = {}});
  return fields;
}

// `type` with what lies at `path` inside it changed to `hinted`. As deep as the path is long, which
// the user wrote into the SQL text.
Result<Type> Change(const Type& type, std::span<const std::string> path, const Type& hinted) {
  if (path.empty()) return hinted;
  const std::string& step = path.front();
  const auto inner = path.subspan(1);
  if (type.Is(TypeId::kArray) && step == "element") {
    TRY(Type element, Change(type.element(), inner, hinted));
    return Type::Array(std::move(element));
  }
  if (type.Is(TypeId::kMap) && (step == "key" || step == "value")) {
    TRY(Type part, Change(step == "key" ? type.key() : type.value(), inner, hinted));
    if (step == "key") return Type::Map(std::move(part), type.value());
    return Type::Map(type.key(), std::move(part));
  }
  if (type.Is(TypeId::kStruct)) {
    const Field* const field = type.FindField(step);
    TRY(Type changed, Change(field == nullptr ? Type::Struct({}) : field->type, inner, hinted));
    return Type::Struct(SetField(type.fields(), step, std::move(changed)));
  }
  return Fail(ErrorKind::kInvalidInput, "option schemaHints: there is no {} in {}", step,
              type.ToSql());
}

}  // namespace

Result<Schema> ApplySchemaHints(Schema schema, const std::string& hints) {
  for (const std::string_view hint : SplitHints(hints)) {
    std::string_view rest = hint;
    const std::vector<std::string> path = TakePath(rest);
    Result<Type> type = types::ParseType(rest);
    if (!type) {
      return Fail(ErrorKind::kInvalidInput, "option schemaHints: {}: {}", hint,
                  type.error().message);
    }
    TRY(const Type changed, Change(Type::Struct(std::move(schema)), path, *type));
    schema = changed.fields();
  }
  return schema;
}

}  // namespace oresmith::connector
