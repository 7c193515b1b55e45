#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "engine/types_internal.h"

namespace oresmith::engine {
namespace {

using types::Field;
using types::Type;
using types::TypeId;

constexpr int kDepthMax = 64;

Status CheckTypeAt(const Type& type, int depth) {
  if (depth > kDepthMax) {
    return Fail(ErrorKind::kUnsupported, "types nested deeper than {}", kDepthMax);
  }
  switch (type.id()) {
    case TypeId::kVariant:
      return Fail(ErrorKind::kUnsupported, "the type VARIANT");
    case TypeId::kArray:
      return CheckTypeAt(type.element(), depth + 1);
    case TypeId::kMap:
      TRY_DO(CheckTypeAt(type.key(), depth + 1));
      return CheckTypeAt(type.value(), depth + 1);
    case TypeId::kStruct:
      if (type.fields().empty()) return Fail(ErrorKind::kUnsupported, "a STRUCT without fields");
      for (const Field& field : type.fields()) TRY_DO(CheckTypeAt(field.type, depth + 1));
      return {};
    default:
      return {};
  }
}

duckdb_type PlainType(TypeId id) {
  switch (id) {
    case TypeId::kBoolean:
      return DUCKDB_TYPE_BOOLEAN;
    case TypeId::kByte:
      return DUCKDB_TYPE_TINYINT;
    case TypeId::kShort:
      return DUCKDB_TYPE_SMALLINT;
    case TypeId::kInt:
      return DUCKDB_TYPE_INTEGER;
    case TypeId::kLong:
      return DUCKDB_TYPE_BIGINT;
    case TypeId::kFloat:
      return DUCKDB_TYPE_FLOAT;
    case TypeId::kDouble:
      return DUCKDB_TYPE_DOUBLE;
    case TypeId::kString:
      return DUCKDB_TYPE_VARCHAR;
    case TypeId::kBinary:
      return DUCKDB_TYPE_BLOB;
    case TypeId::kDate:
      return DUCKDB_TYPE_DATE;
    case TypeId::kTimestamp:
      return DUCKDB_TYPE_TIMESTAMP_TZ;
    case TypeId::kTimestampNtz:
      return DUCKDB_TYPE_TIMESTAMP;
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
      return DUCKDB_TYPE_INTERVAL;
    default:
      return DUCKDB_TYPE_BOOLEAN;  // void: only NULLs
  }
}

std::string PlainTypeSql(TypeId id) {
  switch (id) {
    case TypeId::kByte:
      return "TINYINT";
    case TypeId::kShort:
      return "SMALLINT";
    case TypeId::kInt:
      return "INTEGER";
    case TypeId::kLong:
      return "BIGINT";
    case TypeId::kFloat:
      return "FLOAT";
    case TypeId::kDouble:
      return "DOUBLE";
    case TypeId::kString:
      return "VARCHAR";
    case TypeId::kBinary:
      return "BLOB";
    case TypeId::kDate:
      return "DATE";
    case TypeId::kTimestamp:
      return "TIMESTAMPTZ";
    case TypeId::kTimestampNtz:
      return "TIMESTAMP";
    case TypeId::kIntervalYearMonth:
    case TypeId::kIntervalDayTime:
      return "INTERVAL";
    default:
      return "BOOLEAN";
  }
}

std::string Quote(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char c : text) {
    if (c == quote) quoted += quote;
    quoted += c;
  }
  quoted += quote;
  return quoted;
}

std::string LowerCase(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Status CheckType(const Type& type) { return CheckTypeAt(type, 0); }

std::string QuoteName(std::string_view name) { return Quote(name, '"'); }
std::string QuoteText(std::string_view text) { return Quote(text, '\''); }

std::vector<std::string> FieldNames(const Type& type) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const Field& field : type.fields()) {
    std::string name = field.name.empty() ? "#" : field.name;
    for (int i = 1; !taken.insert(LowerCase(name)).second; ++i) {
      name = fmt::format("{}#{}", field.name, i);
    }
    names.push_back(std::move(name));
  }
  return names;
}

std::string TypeSql(const Type& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return fmt::format("DECIMAL({}, {})", type.precision(), type.scale());
    case TypeId::kArray:
      return TypeSql(type.element()) + "[]";
    case TypeId::kMap:
      return fmt::format("MAP({}, {})", TypeSql(type.key()), TypeSql(type.value()));
    case TypeId::kStruct: {
      const std::vector<std::string> names = FieldNames(type);
      std::string text = "STRUCT(";
      for (size_t i = 0; i < names.size(); ++i) {
        if (i > 0) text += ", ";
        text += QuoteName(names[i]) + " " + TypeSql(type.fields()[i].type);
      }
      return text + ")";
    }
    default:
      return PlainTypeSql(type.id());
  }
}

LogicalType MakeLogicalType(const Type& type) {
  switch (type.id()) {
    case TypeId::kDecimal:
      return LogicalType(duckdb_create_decimal_type(static_cast<uint8_t>(type.precision()),
                                                    static_cast<uint8_t>(type.scale())));
    case TypeId::kArray:
      return LogicalType(duckdb_create_list_type(MakeLogicalType(type.element()).get()));
    case TypeId::kMap:
      return LogicalType(duckdb_create_map_type(MakeLogicalType(type.key()).get(),
                                                MakeLogicalType(type.value()).get()));
    case TypeId::kStruct: {
      const std::vector<std::string> names = FieldNames(type);
      std::vector<const char*> name_pointers;
      std::vector<LogicalType> owned;
      std::vector<duckdb_logical_type> members;
      for (size_t i = 0; i < names.size(); ++i) {
        name_pointers.push_back(names[i].c_str());
        owned.push_back(MakeLogicalType(type.fields()[i].type));
        members.push_back(owned.back().get());
      }
      return LogicalType(
          duckdb_create_struct_type(members.data(), name_pointers.data(), members.size()));
    }
    default:
      return LogicalType(duckdb_create_logical_type(PlainType(type.id())));
  }
}

Type WithFieldNames(const Type& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return Type::Array(WithFieldNames(type.element()), type.contains_null());
    case TypeId::kMap:
      return Type::Map(WithFieldNames(type.key()), WithFieldNames(type.value()),
                       type.value_contains_null());
    case TypeId::kStruct: {
      const std::vector<std::string> names = FieldNames(type);
      std::vector<Field> fields;
      for (size_t i = 0; i < names.size(); ++i) {
        const Field& field = type.fields()[i];
        fields.push_back(Field{.name = names[i],
                               .type = WithFieldNames(field.type),
                               .nullable = field.nullable,
                               .comment = {}});
      }
      return Type::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

Type WithoutNullability(const Type& type) {
  switch (type.id()) {
    case TypeId::kArray:
      return Type::Array(WithoutNullability(type.element()));
    case TypeId::kMap:
      return Type::Map(WithoutNullability(type.key()), WithoutNullability(type.value()));
    case TypeId::kStruct: {
      std::vector<Field> fields;
      for (const Field& field : type.fields()) {
        fields.push_back(Field{.name = field.name,
                               .type = WithoutNullability(field.type),
                               .nullable = true,
                               .comment = {}});
      }
      return Type::Struct(std::move(fields));
    }
    default:
      return type;
  }
}

}  // namespace oresmith::engine
