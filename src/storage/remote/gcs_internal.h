#pragma once

// Google Cloud Storage, by its JSON API.

#include <memory>
#include <string>

#include "storage/remote/dialect_internal.h"

namespace oresmith::storage {

struct GcsPlace {
  std::string scheme;
  std::string host;
  std::string base;  ///< "", or what an emulator stands behind
  std::string bucket;
};
std::unique_ptr<Dialect> MakeGcsDialect(GcsPlace place, Secrets& secrets);

/// The signed claim that buys a token for a service account. Source: "Using OAuth 2.0 for Server to
/// Server Applications", Google Identity. Errors: kInvalidInput when the key is none.
struct ServiceAccount {
  std::string email;
  std::string key_pem;
  std::string key_id;
  std::string token_url;
};
Result<std::string> ServiceAccountClaim(const ServiceAccount& account, Instant now);

}  // namespace oresmith::storage
