#pragma once

// Reading and writing the vectors of a scalar function's call, row by row.

#include <duckdb.h>

#include <cstring>
#include <string>
#include <string_view>

#include "engine/functions_internal.h"
#include "engine/spark_text_internal.h"

namespace oresmith::engine {

/// One argument. DuckDB gives functions flat vectors.
class Argument {
 public:
  Argument(duckdb_data_chunk input, idx_t index)
      : vector_(duckdb_data_chunk_get_vector(input, index)),
        data_(duckdb_vector_get_data(vector_)),
        validity_(duckdb_vector_get_validity(vector_)) {}
  bool IsNull(idx_t row) const {
    return validity_ != nullptr && ((validity_[row / 64] >> (row % 64)) & 1) == 0;
  }
  template <class T>
  T Get(idx_t row) const {
    return static_cast<const T*>(data_)[row];
  }
  std::string_view Text(idx_t row) const {
    const auto& value = static_cast<const duckdb_string_t*>(data_)[row];
    const uint32_t length = value.value.inlined.length;
    return {length <= 12 ? value.value.inlined.inlined : value.value.pointer.ptr, length};
  }
  /// A DECIMAL of that precision, whose storage has the width that DuckDB chooses for it.
  Int128 Decimal(idx_t row, int precision) const {
    if (precision <= 4) return Get<int16_t>(row);
    if (precision <= 9) return Get<int32_t>(row);
    if (precision <= 18) return Get<int64_t>(row);
    const auto value = Get<duckdb_hugeint>(row);
    return (static_cast<Int128>(value.upper) << 64) + value.lower;
  }

 private:
  duckdb_vector vector_;
  const void* data_;
  const uint64_t* validity_;
};

/// The result of a call.
class Output {
 public:
  explicit Output(duckdb_vector vector) : vector_(vector), data_(duckdb_vector_get_data(vector)) {}
  void SetNull(idx_t row) {
    if (validity_ == nullptr) {
      duckdb_vector_ensure_validity_writable(vector_);
      validity_ = duckdb_vector_get_validity(vector_);
    }
    duckdb_validity_set_row_invalid(validity_, row);
  }
  template <class T>
  void Set(idx_t row, T value) {
    static_cast<T*>(data_)[row] = value;
  }
  /// `text` must be UTF-8.
  void SetText(idx_t row, std::string_view text) {
    duckdb_unsafe_vector_assign_string_element_len(vector_, row, text.data(), text.size());
  }
  void SetDecimal(idx_t row, Int128 value, int precision) {
    if (precision <= 4) {
      Set(row, static_cast<int16_t>(value));
    } else if (precision <= 9) {
      Set(row, static_cast<int32_t>(value));
    } else if (precision <= 18) {
      Set(row, static_cast<int64_t>(value));
    } else {
      Set(row, duckdb_hugeint{.lower = static_cast<uint64_t>(value),
                              .upper = static_cast<int64_t>(value >> 64)});
    }
  }

 private:
  duckdb_vector vector_;
  void* data_;
  uint64_t* validity_ = nullptr;
};

inline const FunctionExtra& ExtraOf(duckdb_function_info info) {
  return *static_cast<const FunctionExtra*>(duckdb_scalar_function_get_extra_info(info));
}

/// Calls `compute(row)` for each row without a NULL argument; the others are NULL. An empty answer
/// is a result; a text ends the query with that error, or is NULL for a try_ function.
template <class Compute>
void ForEachRow(duckdb_function_info info, duckdb_data_chunk input, Output& output,
                const Compute& compute) {
  const FunctionExtra& extra = ExtraOf(info);
  const idx_t rows = duckdb_data_chunk_get_size(input);
  const idx_t columns = duckdb_data_chunk_get_column_count(input);
  std::vector<Argument> arguments;
  for (idx_t i = 0; i < columns; ++i) arguments.emplace_back(input, i);
  for (idx_t row = 0; row < rows; ++row) {
    bool null = false;
    for (const Argument& argument : arguments) null = null || argument.IsNull(row);
    if (null) {
      output.SetNull(row);
      continue;
    }
    const std::string error = compute(arguments, row);
    if (error.empty()) continue;
    if (!extra.null_on_error) {
      duckdb_scalar_function_set_error(info, error.c_str());
      return;
    }
    output.SetNull(row);
  }
}

}  // namespace oresmith::engine
