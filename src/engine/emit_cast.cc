#include <fmt/format.h>

#include "engine/emit_internal.h"
#include "engine/types_internal.h"

namespace oresmith::engine {
Result<std::string> Emitter::Cast(const std::string& text, const types::Type& from, const types::Type& to,
                           sql::CastMode) {
  if (from==to) return text;
  return fmt::format("CAST({} AS {})", text, TypeSql(to));
}
}  // namespace oresmith::engine
