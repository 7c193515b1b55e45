#pragma once

// Finding and changing one field of a schema, however deep it lies.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::command {

/// As Spark compares names of columns.
bool SameName(std::string_view left, std::string_view right);

/// `a.b.c`, as messages and commits name a field.
std::string PathText(std::span<const std::string> path);

/// Calls `edit` with the fields among which the one of the path stands, and its place in them. What
/// an array holds is its field `element`, what a map holds its fields `key` and `value`: of these
/// only the type may be changed.
/// Errors: kInvalidInput when there is no such field; those of `edit`.
Status EditField(types::Schema& schema, std::span<const std::string> path,
                 const std::function<Status(std::vector<types::Field>&, size_t)>& edit);

/// The field of the path; the names on the way are put into the spelling of the schema.
/// Errors: kInvalidInput when there is none.
Result<types::Field> FindField(const types::Schema& schema, std::vector<std::string>& path);

}  // namespace oresmith::command
