#pragma once

// Which fields the documents had, beside which ones their schema names.

#include <cstdint>
#include <string>
#include <vector>

namespace oresmith::format {

/// How often a field was there. Nested ones are counted per object around them.
struct JsonFieldCount {
  std::string path;  ///< line_items, line_items.element.sku
  bool in_schema = false;
  int64_t with = 0;        ///< objects that had it
  int64_t objects = 0;     ///< objects that were looked at
  int64_t mismatched = 0;  ///< of those that had it: the value did not fit the type
  std::string twin;        ///< of an unknown field: the schema's most similar name, or empty
  int64_t with_twin = 0;   ///< objects that had both
};

inline constexpr int64_t kUnknownFieldsKeptMax = 1000;

/// The fields of the schema, all of them, and the unknown ones that were met (the first 64 names of
/// each object type). Malformed documents are not counted.
struct JsonStatistics {
  std::vector<JsonFieldCount> fields;
  /// Adds the counts of `other`, by path. Past kUnknownFieldsKeptMax unknown names new ones are
  /// left out: records with a key per customer, say, must not fill the memory.
  void Merge(const JsonStatistics& other);
};

}  // namespace oresmith::format
