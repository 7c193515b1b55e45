#pragma once

// schemaHints => 'day DATE, user.born DATE, tags.element STRING': types for inferred columns.

#include <string>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::connector {

/// `schema` with the hinted types. A dotted name goes into structs by field name, into arrays by
/// `element`, into maps by `key` and `value`; a column that is not there is added at the end.
/// Errors: kInvalidInput when `hints` does not parse or a path leads through a plain type.
Result<types::Schema> ApplySchemaHints(types::Schema schema, const std::string& hints);

}  // namespace oresmith::connector
