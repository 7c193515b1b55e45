#pragma once

// Sends a request until there is an answer that means something: signs each attempt, waits between
// them, renews a credential that has ended.

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "storage/remote/http_internal.h"
#include "storage/remote/secrets_internal.h"

namespace oresmith::storage {

/// Makes a request one that the server trusts. Safe to use from many threads.
class Signer {
 public:
  virtual ~Signer() = default;
  /// Errors: kInvalidInput when there is no credential, with each place that was looked at;
  /// kUnavailable when the one that gives them out does not answer.
  virtual Status Sign(HttpRequest& request) = 0;
  /// Forgets a credential that this answer says is no longer good. True when a new one may be had.
  virtual bool Renew(const HttpResponse& response) = 0;
};

/// For stores that ask nobody, and for requests that carry their own secret.
class NoSigner final : public Signer {
 public:
  Status Sign(HttpRequest&) override { return {}; }
  bool Renew(const HttpResponse&) override { return false; }
};

/// What a server says of a failure, in XML (S3, Azure), JSON (GCS, token servers) or a header.
struct ServiceError {
  std::string code;
  std::string message;
};
ServiceError ReadServiceError(const HttpResponse& response);

struct RetryOptions {
  /// No new attempt starts later than this after the first.
  std::chrono::milliseconds deadline{120'000};
  /// The same until a server has answered anything at all: a wrong name must not take minutes.
  std::chrono::milliseconds first_deadline{20'000};
  std::chrono::milliseconds wait_first{100};
  std::chrono::milliseconds wait_max{20'000};
};

struct Answer {
  HttpResponse response;
  /// An earlier attempt may have done what was asked: its answer was lost, or no answer at all.
  bool may_be_repeated = false;
};

/// Safe to use from many threads.
class Sender {
 public:
  /// All must outlive it.
  Sender(HttpClient& http, const Clock& clock, Random& random, Secrets& secrets,
         RetryOptions options)
      : http_(http), clock_(clock), random_(random), secrets_(secrets), options_(options) {}

  /// Any answer but those that ask for another attempt (429, 5xx, 408, a conflict of requests under
  /// way). `task` starts the messages: "write s3://bucket/key".
  /// Errors: kUnavailable when the deadline passed: the request may have been done. Else the
  /// signer's and the client's, with secrets blotted out.
  Result<Answer> Send(HttpRequest request, Signer& signer, std::string_view task);

  /// The error of an answer that is no success.
  Error Refused(std::string_view task, const HttpResponse& response) const;
  const Clock& clock() const { return clock_; }
  Random& random() const { return random_; }
  Secrets& secrets() const { return secrets_; }

 private:
  class Attempts;
  HttpClient& http_;
  const Clock& clock_;
  Random& random_;
  Secrets& secrets_;
  const RetryOptions options_;
  std::atomic<bool> has_answered_ = false;
};

}  // namespace oresmith::storage
