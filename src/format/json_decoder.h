#pragma once

// JSON documents to Arrow columns of given Spark types, as Spark's from_json and JSON files do it.
//
// The rules, each asked of Spark 4.1: a document that is not JSON is malformed and gives NULL in
// every field; a value that does not fit its field's type gives NULL in that field alone (the
// number 1.9 or the string "1" for an INT, say); of two fields of one name the last that fits
// counts; names are compared exactly; text after the document is ignored; a blank document gives no
// value.
//
// What differs: of a malformed document Spark sometimes keeps fields, those that its parser happens
// to find when it goes on behind a mistake inside a nested value, and a BINARY that is not base64
// may cost it the whole row; here a malformed document is NULL in every field, and such a BINARY in
// its own. A time without a date (Spark adds today's) and a time zone by its region's name are
// NULL.

#include <arrow/array.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "format/json_statistics.h"
#include "types/type.h"

namespace oresmith::format {

/// What to do with a record that does not parse, or a value that does not fit its type.
enum class ParseMode {
  kPermissive,     // keep a row, NULL where nothing fits
  kDropMalformed,  // no row
  kFailFast,       // an error
};

/// PERMISSIVE, DROPMALFORMED or FAILFAST, in any case.
/// Errors: kInvalidInput, naming the three.
Result<ParseMode> ParseModeFromName(std::string_view name);

struct JsonOptions {
  ParseMode mode = ParseMode::kPermissive;
  /// A STRING field keeps an object, array or number byte for byte, as in Spark's files; else it is
  /// written anew without spaces and doubles in Java's form, as from_json does.
  bool exact_strings = false;
  /// Bytes that are not UTF-8 become U+FFFD, as in from_json; else the document is malformed.
  bool replace_invalid_utf8 = true;
  /// A document that is an array gives a row per element, as in files; else it is malformed.
  bool arrays_as_rows = false;
  /// A STRING column of this name gets the text of documents that did not fit; NULL elsewhere.
  std::string corrupt_column = "_corrupt_record";
  /// A STRING column of this name, if not empty, gets a JSON object of the root's fields that the
  /// schema does not name, or that did not fit (whole, also when only something inside did not),
  /// and "_file_path"; NULL when all did. Fields with such a misfit are still counted as drift.
  std::string rescued_column;

  static JsonOptions ForFunction() { return {}; }
  static JsonOptions ForFiles() {
    JsonOptions options;
    options.exact_strings = true;
    options.replace_invalid_utf8 = false;
    options.arrays_as_rows = true;
    return options;
  }
};

/// A document that was not decoded as it stands.
struct MalformedJson {
  int64_t index = 0;     ///< of the document in the input
  bool partial = false;  ///< it is JSON, but a value did not fit; the rest of the row is there
  std::string reason;
};

/// from_json's answer: one value for each document.
struct JsonValues {
  std::shared_ptr<arrow::Array> values;
  std::vector<MalformedJson> malformed;
  JsonStatistics statistics;
};

/// A file's rows: `documents[i]` is the document that row i came from.
struct JsonRows {
  std::shared_ptr<arrow::StructArray> rows;
  std::vector<int32_t> documents;
  std::vector<MalformedJson> malformed;
  JsonStatistics statistics;
};

/// Where lines stand.
struct LinesOrigin {
  int64_t first_line = 1;     ///< the number of the first one
  std::string_view file_uri;  ///< for the rescued column
};

/// Immutable: may be used by many threads at once.
class JsonDecoder {
 public:
  /// `root` is a STRUCT, or for DecodeValues also an ARRAY or a MAP with STRING keys.
  /// Errors: kUnsupported for types that cannot be decoded, kInvalidInput for another root or a
  /// corrupt-record column that is not STRING.
  static Result<JsonDecoder> Make(types::Type root, JsonOptions options);

  /// One value per document, in order. A document whose data() is nullptr is NULL and gives NULL,
  /// as does a blank one. A malformed one gives a STRUCT of NULLs, or NULL for another root.
  /// Errors: kBadRecord in kFailFast mode.
  Result<JsonValues> DecodeValues(std::span<const std::string_view> documents) const;

  /// The rows of the documents, which are lines of a file: none for a blank one.
  /// REQUIRES: the root is a STRUCT.
  /// Errors: kBadRecord in kFailFast mode, "line 12: reason".
  Result<JsonRows> DecodeRows(std::span<const std::string_view> documents,
                              const LinesOrigin& origin) const;

  const types::Type& root() const { return root_; }
  const JsonOptions& options() const { return options_; }

 private:
  JsonDecoder(types::Type root, JsonOptions options)
      : root_(std::move(root)), options_(std::move(options)) {}

  types::Type root_;
  JsonOptions options_;
};

}  // namespace oresmith::format
