#include "sql/functions_internal.h"
#include "sql/java_regex.h"

namespace oresmith::sql {

Result<bool> NeedsPcre(const FunctionEntry& entry, const ArgumentInfo& pattern) {
  if (pattern.constant == nullptr) return false;
  auto regex = TranslateJavaRegex(*pattern.constant);
  if (!regex) return Fail(std::move(regex).error().Within(entry.name));
  return regex->needs_pcre;
}

}  // namespace oresmith::sql
