#include "storage/store.h"

namespace oresmith::storage {

Result<std::shared_ptr<Unsynced>> OutputFile::CloseUnsynced() {
  TRY_DO(Close());
  return nullptr;
}

Status Store::PutIfAbsentAfter(const std::string& key, std::string_view bytes,
                               std::span<const std::shared_ptr<Unsynced>> first) {
  for (const auto& written : first) TRY_DO(written->Sync());
  return PutIfAbsent(key, bytes);
}

}  // namespace oresmith::storage
