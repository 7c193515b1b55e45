#include <nlohmann/json.hpp>
#include <utility>

#include "storage/remote/encoding_internal.h"
#include "storage/remote/gcs_internal.h"
#include "storage/remote/settings_internal.h"
#include "storage/remote/token_internal.h"

namespace oresmith::storage {
namespace {

using Fetch = Lease<std::string>::Fetch;

constexpr const char* kTokenUrl = "https://oauth2.googleapis.com/token";
constexpr const char* kGrant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Where Google's own tools look for a credential, in their order.
/// Source: "How Application Default Credentials works", Google Cloud.
class GcsAccess {
 public:
  GcsAccess(const Settings& settings, Remote& remote) : settings_(settings), remote_(remote) {}

  Result<Fetch> TokenSource() const {
    const auto email = settings_.Find({"fs.gs.auth.service.account.email"});
    const auto key = settings_.Find({"fs.gs.auth.service.account.private.key"});
    if (email && key) {
      const std::string id =
          settings_.Find({"fs.gs.auth.service.account.private.key.id"}).value_or("");
      return OfAccount({*email, Unfold(*key), id, kTokenUrl});
    }
    if (email || key) {
      return Fail(ErrorKind::kInvalidInput,
                  "credentials for GCS: fs.gs.auth.service.account.email and .private.key belong "
                  "together, one is missing");
    }
    if (const auto file = KeyFile()) return OfFile(*file);
    const std::string home = settings_.Environment("HOME").value_or("");
    const std::string user = home + "/.config/gcloud/application_default_credentials.json";
    if (ReadTextFile(user)) return OfFile(user);
    return OfMachine(user);
  }

 private:
  std::optional<std::string> KeyFile() const {
    const auto set = settings_.Find({"fs.gs.auth.service.account.json.keyfile",
                                     "google.cloud.auth.service.account.json.keyfile"});
    return set ? set : settings_.Environment("GOOGLE_APPLICATION_CREDENTIALS");
  }

  /// Secret stores and YAML often hold a key with its line ends written as \n.
  static std::string Unfold(std::string text) {
    for (size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) {
      text.replace(at, 2, "\n");
    }
    return text;
  }

  Result<Fetch> OfAccount(const ServiceAccount& account) const {
    remote_.secrets.Add(account.key_pem);
    // A bad key is told now, not at the first request.
    auto tried = ServiceAccountClaim(account, remote_.sender.clock().Now());
    if (!tried) {
      return Fail(std::move(tried).error().Within("credentials for GCS: account " + account.email));
    }
    return [owner = &remote_, account]() -> Result<Token> {
      TRY(const std::string claim, ServiceAccountClaim(account, owner->sender.clock().Now()));
      owner->secrets.Add(claim);
      return PostForToken(owner->sender, account.token_url,
                          {{"grant_type", kGrant}, {"assertion", claim}}, "ask for a token");
    };
  }

  Result<Fetch> OfFile(const std::string& path) const {
    const auto text = ReadTextFile(path);
    if (!text) {
      return Fail(MakeError(ErrorKind::kInvalidInput, "credentials for GCS: cannot read {}", path)
                      .WithFix("correct google.cloud.auth.service.account.json.keyfile or "
                               "GOOGLE_APPLICATION_CREDENTIALS"));
    }
    const auto json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
    const auto field = [&json](const char* name) {
      const bool there = json.is_object() && json.contains(name) && json[name].is_string();
      return there ? json[name].get<std::string>() : std::string();
    };
    const std::string url = field("token_uri").empty() ? kTokenUrl : field("token_uri");
    if (field("type") == "service_account") {
      return OfAccount({field("client_email"), field("private_key"), field("private_key_id"), url});
    }
    if (field("type") == "authorized_user") {
      const TextPairs form{{"grant_type", "refresh_token"},
                           {"client_id", field("client_id")},
                           {"client_secret", field("client_secret")},
                           {"refresh_token", field("refresh_token")}};
      remote_.secrets.Add(field("client_secret"));
      remote_.secrets.Add(field("refresh_token"));
      return [owner = &remote_, form, url]() -> Result<Token> {
        return PostForToken(owner->sender, url, form, "ask for a token");
      };
    }
    return Fail(ErrorKind::kInvalidInput,
                "credentials for GCS: {} is neither of type service_account nor authorized_user",
                path);
  }

  Result<Fetch> OfMachine(const std::string& user_file) const {
    const std::string host = settings_.Environment("GCE_METADATA_HOST").value_or("169.254.169.254");
    TRY(const Endpoint endpoint, ParseEndpoint("GCE_METADATA_HOST", "http://" + host));
    HttpRequest request;
    request.scheme = endpoint.scheme;
    request.host = endpoint.host;
    request.path = "/computeMetadata/v1/instance/service-accounts/default/token";
    request.SetHeader("Metadata-Flavor", "Google");
    return [owner = &remote_, request, user_file]() -> Result<Token> {
      auto token = AskForToken(owner->metadata_sender, request, "ask the machine's identity");
      if (token) return token;
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "no credentials for GCS; looked at: "
                            "fs.gs.auth.service.account.email and .private.key; "
                            "google.cloud.auth.service.account.json.keyfile; "
                            "GOOGLE_APPLICATION_CREDENTIALS; {} (no such file); the machine's "
                            "identity ({})",
                            user_file, token.error().message)
                      .WithFix("set GOOGLE_APPLICATION_CREDENTIALS to a service account's key"));
    };
  }

  const Settings& settings_;
  Remote& remote_;
};

}  // namespace

Result<std::unique_ptr<Store>> OpenGcs(const StoreUrl& url, const Settings& settings,
                                       const Clock& clock, Random& random) {
  TRY(std::shared_ptr<Remote> remote, settings.MakeRemote(clock, random));
  const auto emulator = settings.Environment("STORAGE_EMULATOR_HOST");
  auto address = settings.Find({"fs.gs.storage.root.url"});
  if (!address && emulator) {
    address = emulator->find("://") == std::string::npos ? "http://" + *emulator : *emulator;
  }
  TRY(Endpoint endpoint,
      ParseEndpoint("fs.gs.storage.root.url", address.value_or("https://storage.googleapis.com")));
  remote->url =
      fmt::format("{}://{}{}{}", url.scheme, url.authority, url.path.empty() ? "" : "/", url.path);
  remote->root = url.path;
  remote->dialect = MakeGcsDialect({.scheme = std::move(endpoint.scheme),
                                    .host = std::move(endpoint.host),
                                    .base = std::move(endpoint.path),
                                    .bucket = url.authority},
                                   remote->secrets);
  const std::string type = settings.Find({"fs.gs.auth.type"}).value_or("");
  if (type == "UNAUTHENTICATED" || (type.empty() && emulator)) {
    remote->signer = std::make_unique<NoSigner>();
  } else {
    TRY(Fetch fetch, GcsAccess(settings, *remote).TokenSource());
    remote->signer = MakeBearerSigner(std::make_unique<Lease<std::string>>(std::move(fetch), clock),
                                      remote->secrets);
  }
  return MakeObjectStore(std::move(remote));
}

}  // namespace oresmith::storage
