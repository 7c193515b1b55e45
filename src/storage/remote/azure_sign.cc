#include <algorithm>
#include <map>

#include "storage/remote/azure_internal.h"
#include "storage/remote/encoding_internal.h"

namespace oresmith::storage {
namespace {

class KeySigner final : public Signer {
 public:
  KeySigner(AzureSharedKey key, const Clock& clock) : key_(std::move(key)), clock_(clock) {}
  Status Sign(HttpRequest& request) override {
    request.SetHeader("x-ms-date", HttpTime(clock_.Now()));
    const std::string text = AzureStringToSign(request, key_.account);
    request.SetHeader("Authorization", fmt::format("SharedKey {}:{}", key_.account,
                                                   Base64Encode(HmacSha256(key_.key, text))));
    return {};
  }
  bool Renew(const HttpResponse&) override { return false; }

 private:
  const AzureSharedKey key_;
  const Clock& clock_;
};

class SasSigner final : public Signer {
 public:
  explicit SasSigner(TextPairs query) : query_(std::move(query)) {}
  Status Sign(HttpRequest& request) override {
    request.query.insert(request.query.end(), query_.begin(), query_.end());
    return {};
  }
  bool Renew(const HttpResponse&) override { return false; }

 private:
  const TextPairs query_;
};

}  // namespace

std::string AzureStringToSign(const HttpRequest& request, const std::string& account) {
  std::map<std::string, std::string> headers;
  for (const auto& [name, value] : request.headers) headers[ToLower(name)] = value;
  if (!request.body.empty()) headers["content-length"] = std::to_string(request.body.size());
  std::string text = request.method;
  for (const char* name :
       {"content-encoding", "content-language", "content-length", "content-md5", "content-type",
        "date", "if-modified-since", "if-match", "if-none-match", "if-unmodified-since", "range"}) {
    const auto found = headers.find(name);
    text += '\n' + (found == headers.end() ? "" : found->second);
  }
  text += '\n';
  for (const auto& [name, value] : headers) {
    if (name.starts_with("x-ms-")) text += name + ':' + value + '\n';
  }
  text += '/' + account + request.path;
  std::map<std::string, std::string> query;
  for (const auto& [name, value] : request.query) query[ToLower(name)] = value;
  for (const auto& [name, value] : query) text += '\n' + name + ':' + value;
  return text;
}

std::unique_ptr<Signer> MakeAzureKeySigner(AzureSharedKey key, const Clock& clock) {
  return std::make_unique<KeySigner>(std::move(key), clock);
}

std::unique_ptr<Signer> MakeAzureSasSigner(std::string_view token) {
  TextPairs query;
  while (token.starts_with('?')) token.remove_prefix(1);
  while (!token.empty()) {
    const size_t end = std::min(token.find('&'), token.size());
    const std::string_view pair = token.substr(0, end);
    const size_t equals = std::min(pair.find('='), pair.size());
    const size_t value = std::min(equals + 1, pair.size());
    query.emplace_back(PercentDecode(pair.substr(0, equals), false),
                       PercentDecode(pair.substr(value), false));
    token.remove_prefix(std::min(end + 1, token.size()));
  }
  return std::make_unique<SasSigner>(std::move(query));
}

}  // namespace oresmith::storage
