#include <algorithm>
#include <map>
#include <utility>

#include "storage/remote/azure_internal.h"
#include "storage/remote/encoding_internal.h"
#include "storage/remote/settings_internal.h"
#include "storage/remote/token_internal.h"

namespace oresmith::storage {
namespace {

constexpr std::string_view kResource = "https://storage.azure.com/";
// Of every Azurite; published with it, no secret.
constexpr std::string_view kAzuriteKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

using Parts = std::map<std::string, std::string>;

/// "AccountName=x;AccountKey=y==;BlobEndpoint=http://..."
Parts ReadConnectionString(std::string_view text) {
  Parts parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(';'), text.size());
    const std::string_view part = text.substr(0, end);
    if (const size_t equals = part.find('='); equals != std::string_view::npos) {
      parts[std::string(part.substr(0, equals))] = part.substr(equals + 1);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (parts.contains("UseDevelopmentStorage")) {
    parts.try_emplace("AccountName", "devstoreaccount1");
    parts.try_emplace("AccountKey", kAzuriteKey);
    parts.try_emplace("BlobEndpoint", "http://127.0.0.1:10000/devstoreaccount1");
  }
  return parts;
}

/// How the account is called, and where its Blob service is.
struct Account {
  std::string name;
  std::string domain;  ///< "dfs.core.windows.net"
};

/// The settings of one account, and the places that were looked at for a credential.
class AzureAccess {
 public:
  AzureAccess(const Settings& settings, Account account, std::string container, Remote& remote)
      : settings_(settings),
        account_(std::move(account)),
        container_(std::move(container)),
        remote_(remote) {
    const auto set = settings_.Find({"oresmith.storage.azure.connectionString"});
    connection_ = ReadConnectionString(
        set ? *set : settings_.Environment("AZURE_STORAGE_CONNECTION_STRING").value_or(""));
    // The string of another account, in the environment say, is not about this one.
    const std::string its_account = Connection("AccountName").value_or(account_.name);
    if (account_.name.empty()) account_.name = its_account;
    if (account_.name != its_account) connection_.clear();
    for (const char* secret : {"AccountKey", "SharedAccessSignature"}) {
      remote_.secrets.Add(Connection(secret).value_or(""));
    }
  }

  Result<AzurePlace> Place() const {
    std::string address = settings_.Find({"oresmith.storage.azure.endpoint"}).value_or("");
    if (address.empty()) address = Connection("BlobEndpoint").value_or("");
    if (address.empty() && account_.name.empty()) {
      return Fail(MakeError(ErrorKind::kInvalidInput,
                            "open the storage: the URL names no account; looked at: "
                            "oresmith.storage.azure.account, AZURE_STORAGE_ACCOUNT, the connection "
                            "string's AccountName")
                      .WithFix("write abfss://container@account.dfs.core.windows.net/path"));
    }
    if (address.empty()) {
      std::string domain = account_.domain.empty() ? "blob.core.windows.net" : account_.domain;
      if (domain.starts_with("dfs.")) domain = "blob." + domain.substr(4);
      address = fmt::format("https://{}.{}", account_.name, domain);
    }
    TRY(Endpoint endpoint, ParseEndpoint("oresmith.storage.azure.endpoint", address));
    return AzurePlace{.scheme = std::move(endpoint.scheme),
                      .host = std::move(endpoint.host),
                      .base = std::move(endpoint.path),
                      .container = container_};
  }

  Result<std::unique_ptr<Signer>> MakeSigner(const Clock& clock) {
    const std::string type = Setting("fs.azure.account.auth.type").value_or("");
    const bool any = type.empty() || type == "Custom";
    if (any || type == "SharedKey") {
      if (const auto key = Key()) return KeySigner(*key, clock);
    }
    if (any || type == "SAS") {
      if (const auto sas = Sas()) return SasSigner(*sas);
    }
    TRY(Lease<std::string>::Fetch fetch, TokenSource());
    return MakeBearerSigner(std::make_unique<Lease<std::string>>(std::move(fetch), clock),
                            remote_.secrets);
  }

 private:
  std::optional<std::string> Connection(const std::string& name) const {
    const auto found = connection_.find(name);
    if (found == connection_.end() || found->second.empty()) return std::nullopt;
    return found->second;
  }
  /// Databricks' users name the account behind it, with the domain of either service.
  std::optional<std::string> Setting(const std::string& name) const {
    const std::string own = name + "." + account_.name;
    return settings_.Find({own + "." + account_.domain, own + ".dfs.core.windows.net",
                           own + ".blob.core.windows.net", own, name});
  }
  std::optional<std::string> First(const std::optional<std::string>& setting,
                                   const char* variable) const {
    return setting ? setting : settings_.Environment(variable);
  }

  std::optional<std::string> Key() const {
    if (const auto key = Setting("fs.azure.account.key")) return key;
    return First(Connection("AccountKey"), "AZURE_STORAGE_KEY");
  }
  std::optional<std::string> Sas() const {
    const std::string of_container = "fs.azure.sas." + container_;
    for (const std::string& name : {std::string("fs.azure.sas.fixed.token"), of_container}) {
      if (const auto sas = Setting(name)) return sas;
    }
    return First(Connection("SharedAccessSignature"), "AZURE_STORAGE_SAS_TOKEN");
  }

  Result<std::unique_ptr<Signer>> KeySigner(const std::string& text, const Clock& clock) const {
    remote_.secrets.Add(text);
    const std::optional<std::string> key = Base64Decode(text);
    if (key) return MakeAzureKeySigner({account_.name, *key}, clock);
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "open the storage: the key of the account {} is not base64",
                          account_.name)
                    .WithFix("copy it anew from the account's page, Access keys"));
  }
  Result<std::unique_ptr<Signer>> SasSigner(const std::string& token) const {
    remote_.secrets.Add(token);
    const size_t sig = token.find("sig=");
    if (sig == std::string::npos) {
      return Fail(ErrorKind::kInvalidInput,
                  "open the storage: the SAS token of the account {} has no sig=", account_.name);
    }
    const std::string_view value =
        std::string_view(token).substr(sig + 4, token.find('&', sig) - sig - 4);
    remote_.secrets.Add(value);
    remote_.secrets.Add(PercentDecode(value, false));
    return MakeAzureSasSigner(token);
  }

  /// A client's secret, a federated token, or the machine's own identity.
  Result<Lease<std::string>::Fetch> TokenSource() const {
    const auto id = First(Setting("fs.azure.account.oauth2.client.id"), "AZURE_CLIENT_ID");
    const auto secret =
        First(Setting("fs.azure.account.oauth2.client.secret"), "AZURE_CLIENT_SECRET");
    const auto file =
        First(Setting("fs.azure.account.oauth2.token.file"), "AZURE_FEDERATED_TOKEN_FILE");
    auto server = Setting("fs.azure.account.oauth2.client.endpoint");
    if (const auto tenant = First(Setting("fs.azure.account.oauth2.msi.tenant"), "AZURE_TENANT_ID");
        !server && tenant) {
      const std::string host = settings_.Environment("AZURE_AUTHORITY_HOST")
                                   .value_or("https://login.microsoftonline.com");
      server = fmt::format("{}/{}/oauth2/v2.0/token", host, *tenant);
    }
    const std::string provider = Setting("fs.azure.account.oauth.provider.type").value_or("");
    if (provider.ends_with("MsiTokenProvider") || !id || !server || (!secret && !file)) {
      return ManagedIdentity(id.value_or(""));
    }
    if (secret) remote_.secrets.Add(*secret);
    return [owner = &remote_, id = *id, secret, file, server = *server]() -> Result<Token> {
      TextPairs form{{"grant_type", "client_credentials"}, {"client_id", id}};
      const bool v2 = server.find("/v2.0/") != std::string::npos;
      form.emplace_back(v2 ? "scope" : "resource", std::string(kResource) + (v2 ? ".default" : ""));
      if (secret) {
        form.emplace_back("client_secret", *secret);
      } else {
        // Kubernetes changes the file now and then: it is read each time.
        const auto assertion = ReadTextFile(*file);
        if (!assertion) return Fail(ErrorKind::kInvalidInput, "cannot read the token in {}", *file);
        owner->secrets.Add(*assertion);
        form.emplace_back("client_assertion_type",
                          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        form.emplace_back("client_assertion", *assertion);
      }
      return PostForToken(owner->sender, server, form, "ask for a token");
    };
  }

  /// Source: "How to use managed identities on an Azure VM to acquire an access token".
  Result<Lease<std::string>::Fetch> ManagedIdentity(const std::string& client_id) const {
    const auto app_service = settings_.Environment("IDENTITY_ENDPOINT");
    TRY(const Endpoint endpoint,
        ParseEndpoint(
            "IDENTITY_ENDPOINT",
            app_service.value_or("http://169.254.169.254/metadata/identity/oauth2/token")));
    HttpRequest request;
    request.scheme = endpoint.scheme;
    request.host = endpoint.host;
    request.path = endpoint.path;
    request.query = {{"api-version", app_service ? "2019-08-01" : "2018-02-01"},
                     {"resource", std::string(kResource)}};
    if (!client_id.empty()) request.query.emplace_back("client_id", client_id);
    request.SetHeader("Metadata", "true");
    if (const auto header = settings_.Environment("IDENTITY_HEADER")) {
      remote_.secrets.Add(*header);
      request.SetHeader("X-IDENTITY-HEADER", *header);
    }
    return [owner = &remote_, request, account = account_]() -> Result<Token> {
      auto token = AskForToken(owner->metadata_sender, request, "ask the machine's identity");
      if (token) return token;
      return Fail(NoCredential(account, token.error()));
    };
  }

  static Error NoCredential(const Account& account, const Error& machine) {
    return MakeError(ErrorKind::kInvalidInput,
                     "no credentials for the Azure account {}; looked at: "
                     "fs.azure.account.key.{}.dfs.core.windows.net, the connection string, "
                     "AZURE_STORAGE_KEY; fs.azure.sas.fixed.token, AZURE_STORAGE_SAS_TOKEN; "
                     "fs.azure.account.oauth2.client.id, .secret and .endpoint, AZURE_CLIENT_ID, "
                     "AZURE_TENANT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE; the "
                     "machine's identity ({})",
                     account.name, account.name, machine.message)
        .WithFix("set one of them: ${env:NAME} keeps secrets out of files");
  }

  const Settings& settings_;
  Account account_;
  const std::string container_;
  Remote& remote_;
  Parts connection_;
};

/// container@account.dfs.core.windows.net
Result<std::pair<std::string, Account>> ReadAuthority(const StoreUrl& url) {
  const size_t at = url.authority.find('@');
  const size_t dot = url.authority.find('.', at == std::string::npos ? 0 : at);
  if (at == std::string::npos || at == 0 || dot == std::string::npos || dot == at + 1) {
    return Fail(MakeError(ErrorKind::kInvalidInput,
                          "open the storage: {}:// needs a container and an account", url.scheme)
                    .WithFix("write abfss://container@account.dfs.core.windows.net/path"));
  }
  return std::make_pair(url.authority.substr(0, at),
                        Account{.name = url.authority.substr(at + 1, dot - at - 1),
                                .domain = url.authority.substr(dot + 1)});
}

}  // namespace

Result<std::unique_ptr<Store>> OpenAzure(const StoreUrl& url, const Settings& settings,
                                         const Clock& clock, Random& random) {
  std::string container = url.authority;
  Account account;
  if (url.scheme == "az") {
    account.name = settings.Find({"oresmith.storage.azure.account"})
                       .value_or(settings.Environment("AZURE_STORAGE_ACCOUNT").value_or(""));
    account.domain = "blob.core.windows.net";
  } else {
    TRY(auto parts, ReadAuthority(url));
    container = std::move(parts.first);
    account = std::move(parts.second);
  }
  TRY(std::shared_ptr<Remote> remote, settings.MakeRemote(clock, random));
  remote->url =
      fmt::format("{}://{}{}{}", url.scheme, url.authority, url.path.empty() ? "" : "/", url.path);
  remote->root = url.path;
  AzureAccess access(settings, std::move(account), container, *remote);
  TRY(AzurePlace place, access.Place());
  remote->dialect = MakeAzureDialect(std::move(place));
  TRY(remote->signer, access.MakeSigner(clock));
  return MakeObjectStore(std::move(remote));
}

}  // namespace oresmith::storage
