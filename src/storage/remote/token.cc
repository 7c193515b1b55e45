#include <charconv>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/settings_internal.h"
#include "storage/remote/token_internal.h"

namespace oresmith::storage {
namespace {

/// Servers write it as a number or as text.
int64_t Seconds(const nlohmann::json& json) {
  if (json.is_number_integer()) return json.get<int64_t>();
  int64_t seconds = 0;
  if (json.is_string()) {
    const std::string text = json.get<std::string>();
    std::from_chars(text.data(), text.data() + text.size(), seconds);
  }
  return seconds;
}

class BearerSigner final : public Signer {
 public:
  BearerSigner(std::unique_ptr<Lease<std::string>> token, Secrets& secrets)
      : token_(std::move(token)), secrets_(secrets) {}
  Status Sign(HttpRequest& request) override {
    TRY(const std::string token, token_->Get());
    secrets_.Add(token);
    request.SetHeader("Authorization", "Bearer " + token);
    return {};
  }
  bool Renew(const HttpResponse& response) override {
    return response.status == 401 && token_->Drop();
  }

 private:
  const std::unique_ptr<Lease<std::string>> token_;
  Secrets& secrets_;
};

}  // namespace

Result<Token> AskForToken(Sender& sender, HttpRequest request, std::string_view task) {
  NoSigner nobody;
  TRY(const Answer answer, sender.Send(std::move(request), nobody, task));
  if (!answer.response.ok()) return Fail(sender.Refused(task, answer.response));
  const auto json =
      nlohmann::json::parse(answer.response.body, nullptr, /*allow_exceptions=*/false);
  const bool good = json.is_object() && json.contains("access_token") &&
                    json["access_token"].is_string() && json.contains("expires_in");
  if (!good) return Fail(ErrorKind::kUnavailable, "{}: the answer holds no token", task);
  Token token{.value = json["access_token"].get<std::string>()};
  sender.secrets().Add(token.value);
  token.expires_ms = Millis(sender.clock().Now()) + Seconds(json["expires_in"]) * 1000;
  return token;
}

Result<Token> PostForToken(Sender& sender, const std::string& url, const TextPairs& form,
                           std::string_view task) {
  TRY(const Endpoint endpoint, ParseEndpoint("the token server's URL", url));
  std::string body;
  for (const auto& [name, value] : form) {
    if (!body.empty()) body += '&';
    body += PercentEncode(name, "") + '=' + PercentEncode(value, "");
  }
  HttpRequest request;
  request.method = "POST";
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  request.path = endpoint.path.empty() ? "/" : endpoint.path;
  request.SetHeader("Content-Type", "application/x-www-form-urlencoded");
  request.body = body;
  return AskForToken(sender, std::move(request), task);
}

std::unique_ptr<Signer> MakeBearerSigner(std::unique_ptr<Lease<std::string>> token,
                                         Secrets& secrets) {
  return std::make_unique<BearerSigner>(std::move(token), secrets);
}

std::optional<std::string> ReadTextFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace oresmith::storage
