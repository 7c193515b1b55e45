#pragma once

// One pass of a JsonDecoder over documents: the columns under construction and the counters.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "format/column_internal.h"
#include "format/json_cursor_internal.h"
#include "format/json_decoder.h"

namespace oresmith::format {

/// A field that the schema does not name.
struct UnknownField {
  std::string name;
  int twin = -1;  // the child with the most similar name
  int64_t with = 0;
  int64_t with_twin = 0;
};

/// What a field of an object, an element or a map's value needs beside its column.
struct JsonNode {
  std::string name;
  std::string key;  ///< the name in quotes, when a document can spell it so without escapes
  Column* column = nullptr;
  const types::Type* type = nullptr;
  std::vector<JsonNode> children;

  int64_t missing = 0;          ///< objects around it without it
  int64_t mismatched = 0;       ///< values that did not fit
  const char* start = nullptr;  ///< where the value began that the object at hand has

  // Of objects only.
  /// next[i + 1] is the child that followed child i the last time; next[0] the first one.
  std::vector<int> next;
  std::unordered_map<std::string_view, int> by_name;
  std::vector<UnknownField> unknown;
  size_t unknown_next = 0;        ///< the one that is expected
  std::vector<int> unknown_here;  ///< of the object at hand
};

/// Unknown names that are counted per object type.
inline constexpr size_t kUnknownFieldsMax = 64;

enum class JsonOutcome {
  kOk,
  kPartial,   // appended, with NULL where something inside did not fit
  kMismatch,  // does not fit: the column may hold pieces, and the cursor stands anywhere
  kSyntax,    // the document is malformed
};

class JsonReader {
 public:
  /// `root` must outlive the reader.
  static Result<JsonReader> Make(const types::Type& root, const JsonOptions& options);

  /// Appends the document's value to the root column, exactly one: NULL for a blank or NULL one.
  /// Errors: kBadRecord in kFailFast mode.
  Status ReadValue(std::string_view document, int64_t index);
  /// Appends the document's rows.
  Status ReadRows(std::string_view document, int64_t index, std::vector<int32_t>& documents);

  /// What the rescued column names as "_file_path". Must outlive the reader.
  void SetFile(std::string_view uri) { file_uri_ = uri; }

  Column& column() { return *column_; }
  std::vector<MalformedJson>& malformed() { return malformed_; }
  JsonStatistics Statistics() const;

 private:
  JsonReader() = default;

  JsonOutcome Document(std::string_view document, bool rows);
  JsonOutcome RootArray();
  JsonOutcome RootRow();
  /// Takes back what the document at hand appended and counted.
  void TakeBack(int64_t length);
  void AppendRowOfNulls();
  /// Fills the corrupt-record column up to the root's length.
  void FillCorruptColumn(std::string_view document, bool bad);
  JsonOutcome Value(JsonNode& node);
  JsonOutcome NullOr(Column& column, JsonOutcome otherwise);
  template <class T>
  JsonOutcome Integer(Column& column, int64_t min, int64_t max);
  JsonOutcome Float(Column& column);
  template <class T, class Convert>
  JsonOutcome Floating(Column& column, const Convert& convert);
  JsonOutcome Double(Column& column);
  JsonOutcome Boolean(Column& column);
  JsonOutcome Decimal(Column& column);
  JsonOutcome String(Column& column);
  JsonOutcome Binary(Column& column);
  JsonOutcome Date(Column& column);
  JsonOutcome Timestamp(Column& column);
  JsonOutcome Array(JsonNode& node);
  JsonOutcome Map(JsonNode& node);
  JsonOutcome Struct(JsonNode& node);
  JsonOutcome Field(JsonNode& object, int index, int64_t row);
  JsonOutcome FieldAgain(JsonNode& child, int64_t row);
  bool FindChild(JsonNode& object, int previous, int& index, JsonString& name);
  bool CountUnknown(JsonNode& object, const JsonString& name);
  void EndObject(JsonNode& object, int64_t row, size_t found);

  /// The text of the string token at hand, unescaped; valid until the next call.
  bool Text(std::string_view& text);

  /// The columns that no field of a document fills.
  bool IsSpecialColumn(const JsonNode& object, size_t index) const {
    return &object == root_node_.get() &&
           (static_cast<int>(index) == corrupt_ || static_cast<int>(index) == rescued_);
  }
  void Rescue(const JsonString& name, const char* value);
  void FillRescuedColumn();
  Status Report(int64_t index, JsonOutcome outcome);
  void CollectStatistics(const JsonNode& node, const std::string& path,
                         std::vector<JsonFieldCount>& out) const;

  const JsonOptions* options_ = nullptr;
  std::unique_ptr<Column> column_;  // behind pointers: nodes point into them
  std::unique_ptr<JsonNode> root_node_;
  int64_t objects_ = 0;  // root objects in well-formed documents
  int corrupt_ = -1;     // child of the root that gets the text of bad documents
  JsonCursor cursor_;
  std::string text_;
  int rescued_ = -1;  // child of the root that gets what the schema has no place for
  std::string rescued_text_;
  std::string_view file_uri_;
  int64_t surprises_ = 0;          // unknown fields and values that did not fit
  std::string mismatch_;           // the first value of the document that did not fit
  std::vector<int64_t*> counted_;  // counters raised by the document at hand, to take back
  std::vector<MalformedJson> malformed_;
};

/// The text as a JSON string in quotes, as Jackson's generator writes it.
void AppendQuotedJson(std::string_view text, std::string& out);
/// Writes the value at the cursor as that generator does after Jackson's parser: no spaces, doubles
/// in Java's form, characters beyond U+FFFF as two \u escapes. False when it is malformed.
bool CopyCompact(JsonCursor& cursor, std::string& out);

/// What Java's strict base64 decoder gives; false when it would refuse.
bool DecodeBase64(std::string_view text, std::string& out);

}  // namespace oresmith::format
