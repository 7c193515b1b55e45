#pragma once

// Azure Blob Storage, also of accounts with folders (ADLS Gen2), by the Blob service's REST API.

#include <memory>
#include <string>

#include "base/clock.h"
#include "storage/remote/dialect_internal.h"

namespace oresmith::storage {

struct AzurePlace {
  std::string scheme;
  std::string host;
  std::string base;  ///< "" or, as Azurite has it, "/account"
  std::string container;
};
/// The service has no list that starts at a name: all of the folder is listed, and the store leaves
/// out what stands before.
std::unique_ptr<Dialect> MakeAzureDialect(AzurePlace place);

/// What is signed by a shared key. Source: "Authorize with Shared Key", Azure Storage REST API.
std::string AzureStringToSign(const HttpRequest& request, const std::string& account);

struct AzureSharedKey {
  std::string account;
  std::string key;  ///< raw bytes
};
/// `clock` must outlive it.
std::unique_ptr<Signer> MakeAzureKeySigner(AzureSharedKey key, const Clock& clock);
/// `token` is the query of a SAS, "sv=...&sig=...".
std::unique_ptr<Signer> MakeAzureSasSigner(std::string_view token);

}  // namespace oresmith::storage
