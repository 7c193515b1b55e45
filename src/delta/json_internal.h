#pragma once

// Reading and writing the small JSON documents of the log.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.h"
#include "base/result.h"

namespace oresmith::delta {

using Json = nlohmann::json;

/// Errors: kCorrupt when `text` is not one JSON object.
Result<Json> ParseObject(std::string_view text);

/// Reads the fields of one object. A field that is absent or null is "not there"; one of another
/// type than asked is noted as the error that `status()` gives.
class ObjectReader {
 public:
  /// `what` names the object in errors; `object` must outlive the reader.
  ObjectReader(std::string_view what, const Json& object) : what_(what), object_(object) {}

  std::string Text(const char* name);  ///< "" when not there
  std::string RequiredText(const char* name);
  std::optional<std::string> OptionalText(const char* name);
  int64_t Int(const char* name, int64_t otherwise);
  int64_t RequiredInt(const char* name);
  std::optional<int64_t> OptionalInt(const char* name);
  bool Bool(const char* name, bool otherwise);
  std::optional<bool> OptionalBool(const char* name);
  std::vector<std::string> Texts(const char* name);
  std::optional<std::vector<std::string>> OptionalTexts(const char* name);
  std::map<std::string, std::string> TextMap(const char* name);
  std::map<std::string, std::optional<std::string>> NullableTextMap(const char* name);
  /// nullptr when not there.
  const Json* Object(const char* name);

  Status status() const;

 private:
  const Json* Find(const char* name) const;
  void Require(const char* name);
  void NoteWrongType(const char* name, std::string_view wanted);

  std::string what_;
  const Json& object_;
  std::string problem_;
};

}  // namespace oresmith::delta
