#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "storage/remote/sender_internal.h"

namespace oresmith::storage {
namespace {

// What a server writes about a failure is shown up to here.
constexpr size_t kMessageBytesMax = 300;

bool IsAnotherAttemptAskedFor(const HttpResponse& response) {
  switch (response.status) {
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return true;
    case 400:
      return ReadServiceError(response).code == "RequestTimeout";
    case 409: {
      // S3's words for two writes of one key at the same moment: neither has won yet.
      const std::string code = ReadServiceError(response).code;
      return code == "ConditionalRequestConflict" || code == "OperationAborted";
    }
    default:
      return false;
  }
}

std::string TextOf(const nlohmann::json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? std::to_string(found->get<int64_t>()) : "";
}

ServiceError FromJson(const std::string& body) {
  const auto json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return {};
  const auto error = json.find("error");
  if (error != json.end() && error->is_object()) {
    return {TextOf(*error, "code"), TextOf(*error, "message")};
  }
  // Token servers. Source: RFC 6749, section 5.2.
  return {TextOf(json, "error"), TextOf(json, "error_description")};
}

std::string Reason(const HttpResponse& response) {
  const ServiceError error = ReadServiceError(response);
  std::string reason = fmt::format("the server answered {}", response.status);
  if (!error.code.empty()) reason += " " + error.code;
  if (!error.message.empty()) reason += ": " + error.message;
  return reason;
}

ErrorKind KindOf(int status) {
  switch (status) {
    case 404:
      return ErrorKind::kNotFound;
    case 501:
      return ErrorKind::kUnsupported;
    default:
      return status >= 500 ? ErrorKind::kUnavailable : ErrorKind::kInvalidInput;
  }
}

std::string FixFor(const HttpResponse& response, const ServiceError& error) {
  if (error.code == "RequestTimeTooSkewed") return "set this machine's clock";
  if (const auto region = response.Header("x-amz-bucket-region");
      !region.empty() && response.status / 100 != 2 && response.status != 404) {
    return fmt::format("the bucket is in {}: set fs.s3a.endpoint.region if that is another region",
                       region);
  }
  if (response.status == 401 || response.status == 403) {
    return "check the credentials, and that they may list, read, write and delete there";
  }
  if (error.code == "NoSuchBucket" || error.code == "ContainerNotFound") {
    return "create it, or correct the storage's URL";
  }
  return "";
}

}  // namespace

ServiceError ReadServiceError(const HttpResponse& response) {
  ServiceError error;
  pugi::xml_document document;
  if (response.body.starts_with("{")) {
    error = FromJson(response.body);
  } else if (document.load_buffer(response.body.data(), response.body.size())) {
    const pugi::xml_node node = document.child("Error");
    error = {node.child_value("Code"), node.child_value("Message")};
  }
  if (error.code.empty()) error.code = response.Header("x-ms-error-code");
  // Servers add ids and times in further lines.
  error.message.resize(std::min({error.message.size(), kMessageBytesMax,
                                 std::min(error.message.find('\n'), error.message.size())}));
  return error;
}

/// How long one call has been at it.
class Sender::Attempts {
 public:
  explicit Attempts(const Sender& sender) : sender_(sender), begin_(sender.clock_.Steady()) {}

  /// Waits before the next attempt; false when there is no time left for one.
  bool Wait(std::string_view retry_after) {
    ++count_;
    std::chrono::nanoseconds wait =
        std::min(sender_.options_.wait_max, sender_.options_.wait_first * (1 << Doublings()));
    // Between half and all of it: those that failed together must not come back together.
    wait = wait / 2 + wait / 2 * static_cast<int64_t>(sender_.random_.Next() % 1024) / 1024;
    int seconds = 0;
    const auto parsed =
        std::from_chars(retry_after.data(), retry_after.data() + retry_after.size(), seconds);
    if (parsed.ec == std::errc() && seconds > 0) {
      wait = std::max<std::chrono::nanoseconds>(wait, std::chrono::seconds(seconds));
    }
    const RetryOptions& options = sender_.options_;
    const auto deadline = sender_.has_answered_.load(std::memory_order_relaxed)
                              ? options.deadline
                              : std::min(options.deadline, options.first_deadline);
    if (sender_.clock_.Steady() - begin_ + wait > deadline) return false;
    sender_.clock_.Sleep(wait, {});
    return true;
  }
  int count() const { return count_; }

 private:
  int Doublings() const { return std::min(count_ - 1, 16); }
  const Sender& sender_;
  const std::chrono::nanoseconds begin_;
  int count_ = 0;
};

Result<Answer> Sender::Send(HttpRequest request, Signer& signer, std::string_view task) {
  Attempts attempts(*this);
  bool may_be_repeated = false;
  bool renewed = false;
  while (true) {
    HttpRequest attempt = request;
    if (Status signed_status = signer.Sign(attempt); !signed_status) {
      return Fail(secrets_.Redact(std::move(signed_status).error().Within(task)));
    }
    auto response = http_.Send(attempt);
    std::string reason;
    std::string_view retry_after;
    if (response) {
      has_answered_.store(true, std::memory_order_relaxed);
      // CompleteMultipartUpload starts its 200 before it knows, and may end it with an error.
      if (response->status == 200 && request.method == "POST" && response->body.starts_with('<') &&
          response->body.find("<Error>") != std::string::npos) {
        response->status = 500;
      }
      if (!renewed && !response->ok() && signer.Renew(*response)) {
        renewed = true;
        continue;
      }
      if (!IsAnotherAttemptAskedFor(*response)) {
        may_be_repeated = may_be_repeated || response->sends > 1;
        return Answer{std::move(*response), may_be_repeated};
      }
      reason = Reason(*response);
      retry_after = response->Header("retry-after");
    } else if (response.error().kind != ErrorKind::kUnavailable) {
      return Fail(secrets_.Redact(std::move(response).error().Within(task)));
    } else {
      reason = response.error().message;
    }
    may_be_repeated = true;
    if (attempts.Wait(retry_after)) continue;
    return Fail(secrets_.Redact(MakeError(ErrorKind::kUnavailable, "{}: given up after {} {}: {}",
                                          task, attempts.count(),
                                          attempts.count() == 1 ? "attempt" : "attempts", reason)));
  }
}

Error Sender::Refused(std::string_view task, const HttpResponse& response) const {
  const ServiceError error = ReadServiceError(response);
  ErrorKind kind = KindOf(response.status);
  // Not the object is missing, but the place for it: another attempt will not find it either.
  if (error.code == "NoSuchBucket" || error.code == "ContainerNotFound") {
    kind = ErrorKind::kInvalidInput;
  }
  return secrets_.Redact(
      MakeError(kind, "{}: {}", task, Reason(response)).WithFix(FixFor(response, error)));
}

}  // namespace oresmith::storage
