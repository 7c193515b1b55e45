#pragma once

// A JSON text as a tree: enough for a table's schema string, which is small.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oresmith::types {

/// One value. `raw` is the text it was read from and must not outlive it.
struct JsonValue {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  std::string string;  // escapes resolved
  std::vector<JsonValue> items;
  std::vector<std::pair<std::string, JsonValue>> members;  // in the order of the text
  std::string_view raw;

  /// The member of that name; nullptr when there is none or this is no object.
  const JsonValue* Find(std::string_view name) const;
};

/// Errors: kCorrupt, with `place` set, when `text` is not one JSON value.
Result<JsonValue> ParseJson(std::string_view text);

}  // namespace oresmith::types
