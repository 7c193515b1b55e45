#include "delta/json_internal.h"

namespace oresmith::delta {

Result<Json> ParseObject(std::string_view text) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Fail(ErrorKind::kCorrupt, "not valid JSON");
  if (!json.is_object()) return Fail(ErrorKind::kCorrupt, "not a JSON object");
  return json;
}

const Json* ObjectReader::Find(const char* name) const {
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void ObjectReader::Require(const char* name) {
  if (Find(name) == nullptr && problem_.empty()) problem_ = fmt::format("no field '{}'", name);
}

void ObjectReader::NoteWrongType(const char* name, std::string_view wanted) {
  if (problem_.empty()) problem_ = fmt::format("field '{}' is not {}", name, wanted);
}

Status ObjectReader::status() const {
  if (problem_.empty()) return {};
  return Fail(ErrorKind::kCorrupt, "{}: {}", what_, problem_);
}

std::optional<std::string> ObjectReader::OptionalText(const char* name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* text = value->get_ptr<const std::string*>()) return *text;
  NoteWrongType(name, "a string");
  return std::nullopt;
}

std::string ObjectReader::Text(const char* name) { return OptionalText(name).value_or(""); }

std::string ObjectReader::RequiredText(const char* name) {
  Require(name);
  return Text(name);
}

std::optional<int64_t> ObjectReader::OptionalInt(const char* name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  // get_ptr to the signed type also serves small unsigned numbers; too large ones turn negative.
  const auto* number = value->get_ptr<const int64_t*>();
  if (number != nullptr && !(value->is_number_unsigned() && *number < 0)) return *number;
  NoteWrongType(name, "a whole number of 64 bits");
  return std::nullopt;
}

int64_t ObjectReader::Int(const char* name, int64_t otherwise) {
  return OptionalInt(name).value_or(otherwise);
}

int64_t ObjectReader::RequiredInt(const char* name) {
  Require(name);
  return Int(name, 0);
}

std::optional<bool> ObjectReader::OptionalBool(const char* name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (const auto* flag = value->get_ptr<const bool*>()) return *flag;
  NoteWrongType(name, "true or false");
  return std::nullopt;
}

bool ObjectReader::Bool(const char* name, bool otherwise) {
  return OptionalBool(name).value_or(otherwise);
}

std::optional<std::vector<std::string>> ObjectReader::OptionalTexts(const char* name) {
  const Json* value = Find(name);
  if (value == nullptr) return std::nullopt;
  std::vector<std::string> texts;
  if (!value->is_array()) NoteWrongType(name, "an array of strings");
  for (const Json& element : *value) {
    const auto* text = element.get_ptr<const std::string*>();
    if (text == nullptr) {
      NoteWrongType(name, "an array of strings");
      break;
    }
    texts.push_back(*text);
  }
  return texts;
}

std::vector<std::string> ObjectReader::Texts(const char* name) {
  return OptionalTexts(name).value_or(std::vector<std::string>());
}

std::map<std::string, std::optional<std::string>> ObjectReader::NullableTextMap(const char* name) {
  std::map<std::string, std::optional<std::string>> map;
  const Json* value = Find(name);
  if (value == nullptr) return map;
  if (!value->is_object()) {
    NoteWrongType(name, "an object of strings");
    return map;
  }
  for (const auto& [key, element] : value->items()) {
    const auto* text = element.get_ptr<const std::string*>();
    if (text == nullptr && !element.is_null()) NoteWrongType(name, "an object of strings");
    map[key] = text == nullptr ? std::nullopt : std::optional(*text);
  }
  return map;
}

std::map<std::string, std::string> ObjectReader::TextMap(const char* name) {
  std::map<std::string, std::string> map;
  for (auto& [key, value] : NullableTextMap(name)) {
    if (value) map[key] = *value;
  }
  return map;
}

const Json* ObjectReader::Object(const char* name) {
  const Json* value = Find(name);
  if (value == nullptr || value->is_object()) return value;
  NoteWrongType(name, "an object");
  return nullptr;
}

}  // namespace oresmith::delta
