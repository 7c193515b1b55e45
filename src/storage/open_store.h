#pragma once

// The store behind a URL: which kind, where, and with which credentials.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/store.h"

namespace oresmith::storage {

/// The value of a variable of the process; nothing when it is not set.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

struct StoreOptions {
  /// By Hadoop's names (`fs.s3a.access.key`, also behind `spark.hadoop.`) and ours
  /// (`oresmith.storage.caFile`): those for which IsStoreSetting holds.
  std::map<std::string, std::string> settings;
  EnvironmentLookup environment;
};

/// Whether a setting of this name is about stores, known or not.
bool IsStoreSetting(std::string_view name);

/// Whether `text` names a store by a scheme of its own: anything but a path and `file:`.
bool IsRemoteUrl(std::string_view text);

/// Opens a path, `file:///path`, `s3://bucket/prefix` (also s3a, s3n),
/// `abfss://container@account.dfs.core.windows.net/path` (also abfs), `az://container/path` or
/// `gs://bucket/path`. Nothing is read nor written, and no credential is fetched yet. `clock` and
/// `random` must outlive the store.
/// Errors: kInvalidInput for a URL that cannot be, an unknown setting (with the nearest known one),
/// a bad value; kUnsupported for another scheme. No message shows a secret.
Result<std::unique_ptr<Store>> OpenStore(const std::string& url, const StoreOptions& options,
                                         const Clock& clock, Random& random);

}  // namespace oresmith::storage
