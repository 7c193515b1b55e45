#include "command/schema_edit.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace oresmith::command {
namespace {

using types::Field;
using types::Type;
using types::TypeId;
using Edit = std::function<Status(std::vector<Field>&, size_t)>;

Status EditIn(std::vector<Field>& fields, std::span<const std::string> path, const Edit& edit);

/// What an array or a map holds stays what it is called.
Status CheckParts(const std::vector<Field>& before, const std::vector<Field>& after) {
  const bool same = std::ranges::equal(before, after, {}, &Field::name, &Field::name);
  if (same) return {};
  return Fail(ErrorKind::kInvalidInput,
              "the parts of an array or a map cannot be renamed, added or dropped");
}

Result<Type> Edited(const Type& type, std::span<const std::string> path, const Edit& edit) {
  switch (type.id()) {
    case TypeId::kStruct: {
      std::vector<Field> fields = type.fields();
      TRY_DO(EditIn(fields, path, edit));
      return Type::Struct(std::move(fields));
    }
    case TypeId::kArray: {
      const std::vector<Field> before{
          {.name = "element", .type = type.element(), .nullable = type.contains_null()}};
      std::vector<Field> parts = before;
      TRY_DO(EditIn(parts, path, edit));
      TRY_DO(CheckParts(before, parts));
      return Type::Array(parts[0].type, parts[0].nullable);
    }
    case TypeId::kMap: {
      const std::vector<Field> before{
          {.name = "key", .type = type.key(), .nullable = false},
          {.name = "value", .type = type.value(), .nullable = type.value_contains_null()}};
      std::vector<Field> parts = before;
      TRY_DO(EditIn(parts, path, edit));
      TRY_DO(CheckParts(before, parts));
      return Type::Map(parts[0].type, parts[1].type, parts[1].nullable);
    }
    default:
      return Fail(ErrorKind::kInvalidInput, "there is no field {}: what it would be in is a {}",
                  PathText(path), type.ToSql());
  }
}

Status EditIn(std::vector<Field>& fields, std::span<const std::string> path, const Edit& edit) {
  const auto found = std::ranges::find_if(
      fields, [&](const Field& field) { return SameName(field.name, path.front()); });
  if (found == fields.end()) {
    std::vector<std::string> names;
    for (const Field& field : fields) names.push_back(field.name);
    return Fail(ErrorKind::kInvalidInput, "there is no column {} (there are {})", PathText(path),
                fmt::join(names, ", "));
  }
  const auto index = static_cast<size_t>(found - fields.begin());
  if (path.size() == 1) return edit(fields, index);
  TRY(fields[index].type, Edited(fields[index].type, path.subspan(1), edit));
  return {};
}

}  // namespace

bool SameName(std::string_view left, std::string_view right) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::string PathText(std::span<const std::string> path) {
  return fmt::format("{}", fmt::join(path, "."));
}

Status EditField(types::Schema& schema, std::span<const std::string> path, const Edit& edit) {
  return EditIn(schema, path, edit);
}

Result<Field> FindField(const types::Schema& schema, std::vector<std::string>& path) {
  types::Schema copy = schema;
  Field found;
  for (size_t length = 1; length <= path.size(); ++length) {
    TRY_DO(EditField(copy, std::span(path).first(length),
                     [&](std::vector<Field>& fields, size_t index) -> Status {
                       found = fields[index];
                       return {};
                     }));
    path[length - 1] = found.name;
  }
  return found;
}

}  // namespace oresmith::command
