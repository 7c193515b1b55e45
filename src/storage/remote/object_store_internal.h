#pragma once

// A Store over any object store that has create-if-absent, in the words of a Dialect.

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ids.h"
#include "storage/remote/dialect_internal.h"
#include "storage/remote/http_internal.h"
#include "storage/remote/sender_internal.h"
#include "storage/store.h"

namespace oresmith::storage {

/// All that one store talks through. It lives as long as the store and each file opened from it.
struct Remote {
  Remote(HttpOptions http_options, RetryOptions retry, const Clock& clock, Random& random)
      : http(std::move(http_options)),
        metadata_http({.connect_timeout = std::chrono::seconds(1),
                       .stall_timeout = std::chrono::seconds(5),
                       .ca_file = {}}),
        sender(http, clock, random, secrets, retry),
        metadata_sender(metadata_http, clock, random, secrets,
                        {.deadline = std::chrono::seconds(3)}) {}

  HttpClient http;
  /// For the cloud's metadata service, which is near or not there at all.
  HttpClient metadata_http;
  Secrets secrets;
  Sender sender;
  Sender metadata_sender;
  std::unique_ptr<Signer> signer;
  std::unique_ptr<Dialect> dialect;
  std::string url;   ///< of the root, for messages: "s3://bucket/prefix", without a trailing slash
  std::string root;  ///< of all paths, without a trailing slash; "" is the whole bucket
  int64_t part_bytes = 8 << 20;  ///< larger outputs are sent in parts of this size
};

/// Nothing is sent before the first call. Before its first write the store is asked to prove that
/// it keeps the condition; one that does not is refused with kUnsupported.
std::unique_ptr<Store> MakeObjectStore(std::shared_ptr<Remote> remote);

}  // namespace oresmith::storage
