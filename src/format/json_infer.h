#pragma once

// The schema of JSON documents, as Spark's reader infers it.

#include <memory>
#include <string_view>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::format {

/// Collects documents. The types: integers BIGINT (beyond 64 bits DECIMAL(p,0), beyond 38 digits
/// DOUBLE), other numbers DOUBLE, objects STRUCT with fields by name, arrays ARRAY of the merged
/// type; what does not merge is STRING, and so is what was null or empty everywhere. An empty
/// object gives no column. Times stay STRING.
class JsonInferrer {
 public:
  JsonInferrer();
  ~JsonInferrer();
  JsonInferrer(JsonInferrer&&) noexcept;
  JsonInferrer& operator=(JsonInferrer&&) noexcept;

  /// A line of a file. One that is malformed or is no object (nor an array of them) is counted
  /// only.
  void Add(std::string_view document);
  int64_t malformed_count() const { return malformed_count_; }
  /// The columns, by name.
  types::Schema Finish() const;

 private:
  struct Shape;
  struct Scan;
  std::unique_ptr<Shape> root_;
  int64_t malformed_count_ = 0;
};

}  // namespace oresmith::format
