#pragma once

// The settings of stores, by name.

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/open_store.h"
#include "storage/remote/object_store_internal.h"

namespace oresmith::storage {

/// Settings whose names are all known.
class Settings {
 public:
  /// Errors: kInvalidInput for an unknown name, with the nearest known one.
  static Result<Settings> Read(const StoreOptions& options);

  /// The first of `names` that is set; nothing when none is, or it is empty.
  std::optional<std::string> Find(const std::vector<std::string>& names) const;
  std::optional<std::string> Environment(const std::string& name) const;
  /// Errors: kInvalidInput.
  Result<bool> Flag(const std::string& name, bool otherwise) const;
  /// "30s", "500ms", "2m" or milliseconds. Errors: kInvalidInput.
  Result<std::chrono::milliseconds> Duration(const std::string& name,
                                             std::chrono::milliseconds otherwise) const;
  Result<int64_t> PartBytes() const;
  Result<std::shared_ptr<Remote>> MakeRemote(const Clock& clock, Random& random) const;

 private:
  std::map<std::string, std::string> values_;
  EnvironmentLookup environment_;
};

/// Where a server is: "http://host:9000/path".
struct Endpoint {
  std::string scheme;
  std::string host;  ///< with its port
  std::string path;  ///< "" or with a leading slash and without a trailing one
};
/// Without a scheme it is https. Errors: kInvalidInput naming `setting`.
Result<Endpoint> ParseEndpoint(const std::string& setting, std::string_view text);

/// A URL's parts: scheme://authority/path, the path decoded and without slashes at its ends.
struct StoreUrl {
  std::string text;
  std::string scheme;
  std::string authority;
  std::string path;
};

Result<std::unique_ptr<Store>> OpenAzure(const StoreUrl& url, const Settings& settings,
                                         const Clock& clock, Random& random);
Result<std::unique_ptr<Store>> OpenGcs(const StoreUrl& url, const Settings& settings,
                                       const Clock& clock, Random& random);
Result<std::unique_ptr<Store>> OpenS3(const StoreUrl& url, const Settings& settings,
                                      const Clock& clock, Random& random);

}  // namespace oresmith::storage
