#pragma once

// A column under construction: values of one Spark type are appended, the last ones can be taken
// back, and at the end it is an Arrow array of columnar::ToArrow's type.

#include <arrow/array.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/growable_internal.h"
#include "types/type.h"

namespace oresmith::format {

using Int128 = __int128;

/// Plain data on purpose: decoders append on their hot paths. For each type, `length` counts the
/// values, and
///   boolean            one byte per value in `bytes`; packed into bits by Finish
///   numbers and times  the value's Arrow form in `bytes`
///   string, binary     `offsets` has length + 1 entries into `bytes`
///   array              `offsets` into children[0]
///   map                `offsets` into children[0] (key) and children[1] (value)
///   struct             children of the same length
struct Column {
  types::TypeId id = types::TypeId::kVoid;
  int precision = 0;
  int scale = 0;
  int width = 0;  ///< bytes of a fixed value; 0 for the others
  std::shared_ptr<arrow::DataType> arrow_type;
  int64_t length = 0;
  int64_t null_count = 0;
  Growable<uint8_t> valid;  ///< a byte per value, 0 for NULL; empty while there is no NULL
  Growable<uint8_t> bytes;
  Growable<int32_t> offsets;
  std::vector<Column> children;

  /// Errors: kUnsupported for a type that no text format can give (VARIANT, intervals).
  static Result<Column> Make(const types::Type& type);

  /// The value's own storage must have been appended already.
  void CountValid() {
    ++length;
    if (null_count != 0 || valid.size() != 0) valid.Push(1);
  }
  template <class T>
  void AppendFixed(T value) {
    std::memcpy(bytes.Extend(sizeof(T)), &value, sizeof(T));
    CountValid();
  }
  void AppendText(const char* data, int64_t size) {
    bytes.Append(reinterpret_cast<const uint8_t*>(data), size);
    EndText();
  }
  void AppendText(std::string_view text) {
    AppendText(text.data(), static_cast<int64_t>(text.size()));
  }
  /// Ends a string whose bytes were appended to `bytes`.
  void EndText() {
    offsets.Push(static_cast<int32_t>(bytes.size()));
    CountValid();
  }
  /// NULL; in a struct's children too.
  void AppendNull();
  /// Takes back the values from `new_length` on. REQUIRES: new_length <= length.
  void Truncate(int64_t new_length);
  /// The array; the column is empty and unusable afterwards.
  std::shared_ptr<arrow::ArrayData> Finish();
};

}  // namespace oresmith::format
