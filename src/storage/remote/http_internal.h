#pragma once

// HTTP by libcurl: one request, one answer. Retries and signing are others' work.

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace oresmith::storage {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string scheme = "https";
  std::string host;        ///< with ":port" unless it is the scheme's own
  std::string path = "/";  ///< percent-encoded
  TextPairs query;         ///< not encoded
  TextPairs headers;
  std::string_view body;  ///< must outlive the request

  /// Adds the header, or replaces the one of that name (case ignored).
  void SetHeader(std::string_view name, std::string value);
};

struct HttpResponse {
  int status = 0;
  TextPairs headers;  ///< names in lower case
  std::string body;
  /// How often the request was put on the wire. More than once when a kept-alive connection turned
  /// out to be closed: then the server may have done it before.
  int sends = 0;

  bool ok() const { return status >= 200 && status < 300; }
  /// Empty when there is none. `name` in lower case.
  std::string_view Header(std::string_view name) const;
};

struct HttpOptions {
  std::chrono::milliseconds connect_timeout{10'000};
  /// An answer that makes no progress for this long has failed.
  std::chrono::milliseconds stall_timeout{30'000};
  std::string ca_file;  ///< of trusted authorities; empty: the system's
};

/// A pool of connections that stay open. Safe to use from many threads.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// Whatever the server answers is a success here. Redirects are not followed.
  /// Errors: kUnavailable when there is no whole answer (the request may have been done);
  /// kInvalidInput for a certificate that is not trusted and a URL that cannot be. The messages
  /// name the host, never the query nor the headers.
  Result<HttpResponse> Send(const HttpRequest& request);

 private:
  class Pool;
  const HttpOptions options_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace oresmith::storage
