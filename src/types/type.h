#pragma once

// Spark's data types: what SQL binds with, what Delta's schema string says, what a batch holds.
// Names, text forms and JSON forms are Spark's. Source: Spark 4, org.apache.spark.sql.types;
// Delta PROTOCOL.md, "Schema Serialization Format".

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oresmith::types {

enum class TypeId : uint8_t {
  kVoid,  // the type of NULL
  kBoolean,
  kByte,
  kShort,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kBinary,
  kDate,
  kTimestamp,     // an instant, microseconds since 1970 in UTC; shown in the session's time zone
  kTimestampNtz,  // a wall-clock time without a zone, microseconds
  kIntervalYearMonth,
  kIntervalDayTime,
  kVariant,
  kArray,
  kMap,
  kStruct,
};

struct Field;

/// One data type. A value: cheap to copy, immutable, compared by content.
class Type {
 public:
  Type() = default;  // void
  /// Any type without parameters. REQUIRES: not decimal, array, map or struct.
  explicit Type(TypeId id);
  /// REQUIRES: 1 <= precision <= 38, 0 <= scale <= precision.
  static Type Decimal(int precision, int scale);
  static Type Array(Type element, bool contains_null = true);
  static Type Map(Type key, Type value, bool value_contains_null = true);
  static Type Struct(std::vector<Field> fields);

  TypeId id() const { return id_; }
  bool Is(TypeId id) const { return id_ == id; }
  bool IsIntegral() const { return id_ >= TypeId::kByte && id_ <= TypeId::kLong; }
  /// Integral, float, double or decimal.
  bool IsNumeric() const { return id_ >= TypeId::kByte && id_ <= TypeId::kDecimal; }
  bool IsNested() const { return id_ >= TypeId::kArray; }

  int precision() const { return precision_; }  ///< decimal only
  int scale() const { return scale_; }          ///< decimal only
  const Type& element() const;                  ///< array only
  bool contains_null() const;                   ///< array only
  const Type& key() const;                      ///< map only
  const Type& value() const;                    ///< map only
  bool value_contains_null() const;             ///< map only
  const std::vector<Field>& fields() const;     ///< struct only
  /// The field of that name, exactly spelt, else ignoring case; nullptr when there is none.
  const Field* FindField(std::string_view name) const;

  /// Spark's SQL text: BIGINT, DECIMAL(10,2), ARRAY<STRUCT<a: INT, b: STRING>>.
  std::string ToSql() const;
  /// Spark's `typeof` text, never shortened: bigint, decimal(10,2), array<struct<a:int,b:string>>.
  std::string ToSimpleString() const;
  /// Delta's schema JSON: "long", "decimal(10,2)", {"type":"array",...}.
  std::string ToJson() const;

  bool operator==(const Type& other) const;

 private:
  struct Nested;
  TypeId id_ = TypeId::kVoid;
  uint8_t precision_ = 0;
  uint8_t scale_ = 0;
  std::shared_ptr<const Nested> nested_;
};

/// A column of a table or a field of a struct.
struct Field {
  std::string name = {};
  Type type = {};
  bool nullable = true;
  std::string comment = {};  ///< empty when there is none
  /// Other Delta field metadata, kept as it came: key and raw JSON value, `comment` left out.
  std::vector<std::pair<std::string, std::string>> metadata = {};

  bool operator==(const Field& other) const = default;
};

/// The columns of a table, in order.
using Schema = std::vector<Field>;

/// `a INT, b STRUCT<c: STRING NOT NULL> COMMENT 'x'`: a DDL column list, as in from_json and
/// read_files(schema => ...). Also accepts a lone `STRUCT<...>`, and Spark's JSON form when the
/// text starts with `{`. Errors: kInvalidInput, with `place` set: line and column are relative to
/// `ddl`, file is empty;
///   kUnsupported, likewise, for a type that Spark has and this version has not.
Result<Schema> ParseDdlSchema(std::string_view ddl);

/// One data type in SQL text: `DECIMAL(10, 2)`, `array<int>`.
/// Errors: as ParseDdlSchema.
Result<Type> ParseType(std::string_view text);

/// The data type that a longer text begins with, and how many bytes of the text it takes.
struct TypePrefix {
  Type type;
  size_t length = 0;
};
/// Why there is none; `begin` and `end` are byte offsets into the text.
struct TypeSyntaxError {
  Error error;
  size_t begin = 0;
  size_t end = 0;
};
/// Reads a type at the start of `text` and leaves alone what follows: for the SQL parser.
/// Errors: as ParseDdlSchema.
tl::expected<TypePrefix, TypeSyntaxError> ParseTypePrefix(std::string_view text);

/// Delta's schemaString, a JSON struct, and back.
/// Errors: kCorrupt when it is not JSON of that form, kUnsupported for a type unknown here (by
/// name).
Result<Schema> SchemaFromJson(std::string_view json);
std::string SchemaToJson(const Schema& schema);

/// `a INT, b STRUCT<c: STRING>`: parses to the same schema again; names quoted where needed.
std::string SchemaToDdl(const Schema& schema);

}  // namespace oresmith::types
