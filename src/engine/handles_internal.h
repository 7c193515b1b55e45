#pragma once

// DuckDB's C handles, owned: destroyed when they go out of scope.

#include <duckdb.h>

#include <utility>

namespace oresmith::engine {

template <class T, void (*Destroy)(T*)>
class Handle {
 public:
  Handle() = default;
  explicit Handle(T value) : value_(value) {}
  Handle(Handle&& other) noexcept : value_(std::exchange(other.value_, nullptr)) {}
  Handle& operator=(Handle&& other) noexcept {
    if (this != &other) {
      Reset();
      value_ = std::exchange(other.value_, nullptr);
    }
    return *this;
  }
  ~Handle() { Reset(); }

  T get() const { return value_; }
  /// For a C function that fills the handle.
  T* out() {
    Reset();
    return &value_;
  }
  explicit operator bool() const { return value_ != nullptr; }

 private:
  void Reset() {
    if (value_ != nullptr) Destroy(&value_);
    value_ = nullptr;
  }
  T value_ = nullptr;
};

using Database = Handle<duckdb_database, duckdb_close>;
using Config = Handle<duckdb_config, duckdb_destroy_config>;
using Connection = Handle<duckdb_connection, duckdb_disconnect>;
using PreparedStatement = Handle<duckdb_prepared_statement, duckdb_destroy_prepare>;
using PendingResult = Handle<duckdb_pending_result, duckdb_destroy_pending>;
using LogicalType = Handle<duckdb_logical_type, duckdb_destroy_logical_type>;
using DataChunk = Handle<duckdb_data_chunk, duckdb_destroy_data_chunk>;
using TableFunction = Handle<duckdb_table_function, duckdb_destroy_table_function>;
using ScalarFunction = Handle<duckdb_scalar_function, duckdb_destroy_scalar_function>;
using ErrorData = Handle<duckdb_error_data, duckdb_destroy_error_data>;
using Value = Handle<duckdb_value, duckdb_destroy_value>;
using ConvertedSchema =
    Handle<duckdb_arrow_converted_schema, duckdb_destroy_arrow_converted_schema>;

/// A result, freed when it goes out of scope.
class QueryResult {
 public:
  QueryResult() = default;
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  ~QueryResult() { duckdb_destroy_result(&value_); }
  duckdb_result* out() { return &value_; }

 private:
  duckdb_result value_{};
};

}  // namespace oresmith::engine
