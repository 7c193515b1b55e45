#pragma once

// Arrays and batches from their JSON text, for the tests of this folder.

#include <arrow/json/from_string.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "columnar/batch.h"

namespace oresmith::columnar {

struct TestColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string json;  ///< an array: [1, null]
  bool nullable = true;
};

inline std::shared_ptr<arrow::Array> ArrayOf(const std::shared_ptr<arrow::DataType>& type,
                                             const std::string& json) {
  auto array = arrow::json::ArrayFromJSONString(type, json);
  EXPECT_TRUE(array.ok()) << array.status().ToString();
  return *array;
}

inline Batch BatchOf(const std::vector<TestColumn>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const TestColumn& column : columns) {
    fields.push_back(arrow::field(column.name, column.type, column.nullable));
    arrays.push_back(ArrayOf(column.type, column.json));
  }
  const int64_t rows = arrays.empty() ? 0 : arrays[0]->length();
  return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, std::move(arrays));
}

inline types::Field FieldOf(std::string name, types::Type type, bool nullable = true) {
  return types::Field{
      .name = std::move(name), .type = std::move(type), .nullable = nullable, .comment = {}};
}

}  // namespace oresmith::columnar
