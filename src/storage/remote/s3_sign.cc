#include <algorithm>
#include <map>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/s3_internal.h"

namespace oresmith::storage {
namespace {

std::string CanonicalQuery(const TextPairs& query) {
  TextPairs encoded;
  for (const auto& [name, value] : query) {
    encoded.emplace_back(PercentEncode(name, ""), PercentEncode(value, ""));
  }
  std::ranges::sort(encoded);
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text += name + '=' + value;
  }
  return text;
}

class S3Signer final : public Signer {
 public:
  S3Signer(std::string region, std::unique_ptr<Lease<S3Credential>> credential, const Clock& clock,
           Secrets& secrets)
      : region_(std::move(region)),
        credential_(std::move(credential)),
        clock_(clock),
        secrets_(secrets) {}

  Status Sign(HttpRequest& request) override {
    TRY(const S3Credential credential, credential_->Get());
    secrets_.Add(credential.secret_key);
    secrets_.Add(credential.session_token);
    const Instant now = clock_.Now();
    const std::string hash = HexEncode(Sha256(request.body));
    request.SetHeader("x-amz-date", BasicTime(now));
    request.SetHeader("x-amz-content-sha256", hash);
    if (!credential.session_token.empty()) {
      request.SetHeader("x-amz-security-token", credential.session_token);
    }
    request.SetHeader(
        "Authorization",
        SigV4Authorization(request, credential,
                           {.region = region_, .service = "s3", .payload_hash = hash}, now));
    return {};
  }

  bool Renew(const HttpResponse& response) override {
    if (response.status != 400 && response.status != 401 && response.status != 403) return false;
    const std::string code = ReadServiceError(response).code;
    // The answer to HEAD has no body, and so no code.
    const bool ended = code.empty() || code == "ExpiredToken" || code == "InvalidToken" ||
                       code == "TokenRefreshRequired" || code == "InvalidAccessKeyId";
    return ended && credential_->Drop();
  }

 private:
  const std::string region_;
  const std::unique_ptr<Lease<S3Credential>> credential_;
  const Clock& clock_;
  Secrets& secrets_;
};

}  // namespace

std::string SigV4Authorization(const HttpRequest& request, const S3Credential& credential,
                               const SigV4Scope& scope, Instant time) {
  std::map<std::string, std::string> headers{{"host", request.host}};
  for (const auto& [name, value] : request.headers) headers[ToLower(name)] = value;
  std::string names;
  std::string lines;
  for (const auto& [name, value] : headers) {
    names += (names.empty() ? "" : ";") + name;
    lines += name + ':' + value + '\n';
  }
  const std::string canonical =
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                  CanonicalQuery(request.query), lines, names, scope.payload_hash);
  const std::string stamp = BasicTime(time);
  const std::string day = stamp.substr(0, 8);
  const std::string range = fmt::format("{}/{}/{}/aws4_request", day, scope.region, scope.service);
  const std::string text =
      fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", stamp, range, HexEncode(Sha256(canonical)));
  std::string key = HmacSha256("AWS4" + credential.secret_key, day);
  key = HmacSha256(key, scope.region);
  key = HmacSha256(key, scope.service);
  key = HmacSha256(key, "aws4_request");
  return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                     credential.access_key, range, names, HexEncode(HmacSha256(key, text)));
}

std::unique_ptr<Signer> MakeS3Signer(std::string region,
                                     std::unique_ptr<Lease<S3Credential>> credential,
                                     const Clock& clock, Secrets& secrets) {
  return std::make_unique<S3Signer>(std::move(region), std::move(credential), clock, secrets);
}

}  // namespace oresmith::storage
