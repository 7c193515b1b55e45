#pragma once

// Which keys a store accepts: the same for every store, so that a table can move between them.

#include <string>
#include <string_view>

#include "base/result.h"

namespace oresmith::storage {

/// Errors: kInvalidInput, with the key, when it is not a relative path with `/` between its parts,
/// or has an empty, `.` or `..` part or a NUL.
Status CheckKey(std::string_view key);

/// As CheckKey, and "" (the root) is fine too.
Status CheckPrefix(std::string_view prefix);

/// `folder`/`name`, or `name` alone in the root.
std::string JoinKey(std::string_view folder, std::string_view name);

}  // namespace oresmith::storage
