#pragma once

// One value of any of Spark's types, read from DuckDB's vectors and written to them: for functions
// that are computed row by row.

#include <duckdb.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/spark_text_internal.h"
#include "types/type.h"

namespace oresmith::engine {

/// NULL, or a value in the one form of its type: whole numbers, dates (days), timestamps
/// (microseconds) and intervals (months or microseconds) are int64_t; FLOAT and DOUBLE are double;
/// a decimal is its unscaled number; text and binary are std::string; an array has its elements, a
/// struct its fields, a map a key and a value for each entry.
class Datum {
 public:
  using Items = std::vector<Datum>;

  Datum() = default;
  explicit Datum(bool value) : data_(value) {}
  explicit Datum(int64_t value) : data_(value) {}
  explicit Datum(double value) : data_(value) {}
  explicit Datum(Int128 value) : data_(value) {}
  explicit Datum(std::string value) : data_(std::move(value)) {}
  explicit Datum(Items items) : data_(std::move(items)) {}

  bool IsNull() const { return std::holds_alternative<std::monostate>(data_); }
  bool Bool() const { return std::get<bool>(data_); }
  int64_t Int() const { return std::get<int64_t>(data_); }
  double Double() const { return std::get<double>(data_); }
  Int128 Decimal() const { return std::get<Int128>(data_); }
  const std::string& Text() const { return std::get<std::string>(data_); }
  const Items& List() const { return std::get<Items>(data_); }

 private:
  std::variant<std::monostate, bool, int64_t, double, Int128, std::string, Items> data_;
};

/// The value of a row. REQUIRES: the vector is flat, as DuckDB gives it to functions.
Datum ReadDatum(duckdb_vector vector, idx_t row, const types::Type& type);

/// Puts a value in a row of a function's result. Elements of lists are appended to the list's
/// child: rows are written once, in any order.
void WriteDatum(duckdb_vector vector, idx_t row, const types::Type& type, const Datum& value);

/// Spark's order of two values of a type: NULL is the least, NaN the greatest number.
bool Less(const Datum& left, const Datum& right, const types::Type& type);

}  // namespace oresmith::engine
