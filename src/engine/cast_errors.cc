// The words of Spark's cast errors.

#include <fmt/format.h>

#include "engine/cast_functions_internal.h"

namespace oresmith::engine {

using types::Type;

std::string TypeWord(const Type& type) {
  std::string word = type.ToSimpleString();
  for (char& c : word) {
    if (c == '(' || c == ',') c = '_';
  }
  std::erase(word, ')');
  return word;
}

std::string InvalidInput(std::string_view text, const Type& to) {
  return fmt::format(
      "[CAST_INVALID_INPUT] The value '{}' of the type \"STRING\" cannot be cast to \"{}\" because "
      "it is malformed. Correct the value as per the syntax, or change its target type. Use "
      "`try_cast` to tolerate malformed input and return NULL instead.",
      text, to.ToSql());
}

std::string CastOverflow(std::string_view value, const Type& from, const Type& to) {
  return fmt::format(
      "[CAST_OVERFLOW] The value {} of the type \"{}\" cannot be cast to \"{}\" due to an "
      "overflow. "
      "Use `try_cast` to tolerate overflow and return NULL instead.",
      value, from.ToSql(), to.ToSql());
}

std::string DecimalOverflow(std::string_view value, const Type& to) {
  return fmt::format(
      "[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION]  {} cannot be represented as Decimal({}, {}). "
      "If "
      "necessary set \"spark.sql.ansi.enabled\" to \"false\" to bypass this error, and return NULL "
      "instead.",
      value, to.precision(), to.scale());
}

}  // namespace oresmith::engine
