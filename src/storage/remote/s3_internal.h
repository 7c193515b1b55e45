#pragma once

// Amazon S3 and what speaks like it.

#include <memory>
#include <string>

#include "base/clock.h"
#include "storage/remote/dialect_internal.h"
#include "storage/remote/lease_internal.h"

namespace oresmith::storage {

struct S3Credential {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  ///< "" for a key that does not end
};

struct S3Place {
  std::string scheme;  ///< "https" or "http"
  std::string host;    ///< of the bucket when `path_style` is false
  std::string bucket;
  bool path_style = false;
};
std::unique_ptr<Dialect> MakeS3Dialect(S3Place place);

/// Signs by version 4. We do it ourselves: libcurl's own (CURLOPT_AWS_SIGV4 of 7.88) signs the
/// query in the order it stands and with the machine's clock, so that neither lists nor tests would
/// work. All must outlive it.
std::unique_ptr<Signer> MakeS3Signer(std::string region,
                                     std::unique_ptr<Lease<S3Credential>> credential,
                                     const Clock& clock, Secrets& secrets);

/// The value of the Authorization header for a request of `time`; `service` is "s3" but in the
/// published examples. All headers of the request are signed, and Host.
/// Source: "Signature Version 4 signing process", AWS General Reference.
struct SigV4Scope {
  std::string region;
  std::string service;
  std::string payload_hash;
};
std::string SigV4Authorization(const HttpRequest& request, const S3Credential& credential,
                               const SigV4Scope& scope, Instant time);

}  // namespace oresmith::storage
