#pragma once

// JSON text as Spark's functions read it: single quotes and raw control characters are taken, and
// what follows the first value is left alone.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "types/type.h"

namespace oresmith::sql {

struct JsonNode {
  enum class Kind { kNull, kTrue, kFalse, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  std::string text;  // a string's characters, a number as it is written
  std::vector<JsonNode> items;
  std::vector<std::pair<std::string, JsonNode>> members;  // in the order of the text
};

/// Nothing when the text does not begin with a JSON value.
std::optional<JsonNode> ReadJson(std::string_view text);

/// The value without needless blanks; numbers as they were written.
void AppendJsonNode(std::string& out, const JsonNode& node);

/// The type that Spark infers for the value; void for null. Source: Spark, JsonInferSchema.
types::Type InferJsonType(const JsonNode& node);
/// Void and what is empty become what a column can have. Source: canonicalizeType.
types::Type WithoutVoid(const types::Type& type);

}  // namespace oresmith::sql
