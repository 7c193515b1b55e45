#include "storage/open_store.h"

#include "storage/key_internal.h"
#include "storage/remote/encoding_internal.h"
#include "storage/remote/settings_internal.h"

namespace oresmith::storage {
namespace {

constexpr std::string_view kSchemes =
    "a path, file://, s3://bucket/path, abfss://container@account.dfs.core.windows.net/path, "
    "az://container/path, gs://bucket/path";

/// The end of "s3" in "s3://..."; npos in a path.
size_t SchemeEnd(std::string_view text) {
  const size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::string_view::npos;
  const bool is_scheme = text.substr(0, colon).find_first_not_of(
                             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-") ==
                         std::string_view::npos;
  return is_scheme ? colon : std::string_view::npos;
}

Result<StoreUrl> ParseUrl(const std::string& text) {
  const size_t colon = SchemeEnd(text);
  StoreUrl url{.text = text, .scheme = text.substr(0, colon), .authority = {}, .path = {}};
  const size_t begin = colon + 3;
  const size_t slash = text.find('/', begin);
  url.authority = text.substr(begin, slash == std::string::npos ? slash : slash - begin);
  if (slash != std::string::npos) url.path = text.substr(slash + 1);
  while (url.path.ends_with('/')) url.path.pop_back();
  while (url.path.starts_with('/')) url.path.erase(0, 1);
  // A query or a password would be a secret in a place that is shown everywhere.
  if (text.find('?') != std::string::npos || url.authority.find(':') != std::string::npos) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "open the storage: a {} URL has no '?' and no ':' behind its scheme",
                          url.scheme)
                    .WithFix("put credentials and servers into settings or the environment"));
  }
  if (url.authority.empty()) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "open the storage: the URL names no bucket or container: {}", text)
                    .WithFix(fmt::format("write {}", kSchemes)));
  }
  TRY_DO(CheckPrefix(url.path));
  return url;
}

}  // namespace

bool IsRemoteUrl(std::string_view text) {
  return SchemeEnd(text) != std::string_view::npos && !text.starts_with("file://");
}

Result<std::unique_ptr<Store>> OpenStore(const std::string& url, const StoreOptions& options,
                                         const Clock& clock, Random& random) {
  TRY(const Settings settings, Settings::Read(options));
  if (!IsRemoteUrl(url)) {
    return MakeLocalStore(url.starts_with("file://") ? url.substr(7) : url);
  }
  TRY(const StoreUrl parsed, ParseUrl(url));
  const std::string& scheme = parsed.scheme;
  if (scheme == "s3" || scheme == "s3a" || scheme == "s3n") {
    return OpenS3(parsed, settings, clock, random);
  }
  if (scheme == "abfss" || scheme == "abfs" || scheme == "az") {
    return OpenAzure(parsed, settings, clock, random);
  }
  if (scheme == "gs") return OpenGcs(parsed, settings, clock, random);
  if (scheme == "wasbs" || scheme == "wasb") {
    return Fail(MakeError(ErrorKind::kUnsupported,
                          "open the storage: {}:// is the old driver's, which Azure has retired",
                          scheme)
                    .WithFix("write abfss://container@account.dfs.core.windows.net/path: the "
                             "objects are the same"));
  }
  return Fail(
      MakeError(ErrorKind::kUnsupported, "open the storage: there is no store for {}://", scheme)
          .WithFix(fmt::format("use {}", kSchemes)));
}

}  // namespace oresmith::storage
