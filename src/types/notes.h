#pragma once

// Types as SQL sees them: without what a table notes of its fields.

#include "types/type.h"

namespace oresmith::types {

/// The same without Field::metadata and comments, at all depths. Names, types and NOT NULL stay.
Schema WithoutNotes(const Schema& schema);
Type WithoutNotes(const Type& type);

}  // namespace oresmith::types
