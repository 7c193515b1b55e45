#pragma once

// Arrow values as text, as Spark's CAST AS STRING shows them: {1, [a, null], {k -> v}}.

#include <arrow/array.h>
#include <arrow/scalar.h>

#include <string>
#include <vector>

namespace oresmith::format {

std::string Show(const arrow::Array& array, int64_t row);

inline std::string ShowRange(const arrow::Array& array, int64_t begin, int64_t end) {
  std::string text;
  for (int64_t i = begin; i < end; ++i) text += (i == begin ? "" : ", ") + Show(array, i);
  return text;
}

inline std::string Show(const arrow::Array& array, int64_t row) {
  if (array.IsNull(row)) return "null";
  switch (array.type_id()) {
    case arrow::Type::STRUCT: {
      const auto& rows = static_cast<const arrow::StructArray&>(array);
      std::string text = "{";
      for (int i = 0; i < rows.num_fields(); ++i) {
        text += (i == 0 ? "" : ", ") + Show(*rows.field(i), row);
      }
      return text + "}";
    }
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(array);
      return "[" +
             ShowRange(*lists.values(), lists.value_offset(row), lists.value_offset(row + 1)) + "]";
    }
    case arrow::Type::MAP: {
      const auto& maps = static_cast<const arrow::MapArray&>(array);
      std::string text = "{";
      for (int64_t i = maps.value_offset(row); i < maps.value_offset(row + 1); ++i) {
        text += (i == maps.value_offset(row) ? "" : ", ") + Show(*maps.keys(), i) + " -> " +
                Show(*maps.items(), i);
      }
      return text + "}";
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return static_cast<const arrow::BinaryArray&>(array).GetString(row);
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Array&>(array).FormatValue(row);
    default:
      return (*array.GetScalar(row))->ToString();
  }
}

inline std::vector<std::string> ShowAll(const arrow::Array& array) {
  std::vector<std::string> rows;
  for (int64_t i = 0; i < array.length(); ++i) rows.push_back(Show(array, i));
  return rows;
}

}  // namespace oresmith::format
