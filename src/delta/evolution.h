#pragma once

// Which changes of a schema old data files survive.
// Source: Delta PROTOCOL.md, "Schema"; Spark, SchemaUtils.

#include <string_view>

#include "base/result.h"
#include "types/type.h"

namespace oresmith::delta {

/// Fine when each field of `old_schema` is there with the same type (NOT NULL may be relaxed), and
/// new fields are nullable, at all depths.
/// Errors: kInvalidInput with the field.
Status CheckEvolution(const types::Schema& old_schema, const types::Schema& new_schema);

}  // namespace oresmith::delta
